//! `VirtualService` (`networking.istio.io/v1`, `v1beta1`, `v1alpha3`).

use super::Meta;

/// A VirtualService.
#[derive(Clone, Debug)]
pub struct VirtualService {
    /// Name and place.
    pub meta: Meta,
}
