//! `PeerAuthentication` (`security.istio.io/v1`, `v1beta1`).

use super::{Attachment, Meta};
use crate::yaml::fields::Leaf;

/// A PeerAuthentication that Istio accepts.
#[derive(Clone, Debug)]
pub struct PeerAuthentication {
    /// Name and place.
    pub meta: Meta,
    /// Which workloads it is for; it has no `targetRefs`.
    pub attachment: Attachment,
    /// `mtls.mode`; absent inherits.
    pub mode: Option<Leaf<Mode>>,
    /// `portLevelMtls`, by workload port; an absent mode inherits from `mtls`.
    pub ports: Vec<(Leaf<u16>, Option<Leaf<Mode>>)>,
}

/// `mode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Inherits from the namespace, the mesh, and at last PERMISSIVE.
    Unset,
    /// Plaintext alone.
    Disable,
    /// Mutual TLS and plaintext.
    Permissive,
    /// Mutual TLS alone.
    Strict,
}
