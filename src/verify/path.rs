//! How Dikastes compares paths, by version (`app-policy/checker/match.go`).

use crate::config::PathMatching;
use crate::object::calico::Path;

/// Whether a request's path matches a rule's.
#[must_use]
pub fn matches(_rule: &Path, _matching: PathMatching, _path: &str) -> bool {
    false
}
