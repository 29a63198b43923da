//! Rules of Calico's validator and CRDs that a writer has to keep.

use super::Policy;

/// Which rule of Calico's validator a policy breaks, for a version; none in a right program.
#[must_use]
pub fn violations(_policy: &Policy, _version: crate::config::Version) -> Vec<String> {
    Vec::new()
}
