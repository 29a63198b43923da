//! What unmesh wrote itself: counted, never read as a policy in force.

use super::{Object, scope};
use crate::object::calico::TierName;
use crate::source::{FileId, SourceMap};

/// The first line of each file that unmesh writes.
pub const HEADER: &str = "# Written by unmesh from Istio policy. Do not edit.";

/// The annotation with the sources of an object.
pub const SOURCE_ANNOTATION: &str = "unmesh.dev/source";

/// The annotation with the target that an object was written for.
pub const TARGET_ANNOTATION: &str = "unmesh.dev/target";

/// Whether a file begins with unmesh's header.
pub(super) fn has_header(sources: &SourceMap, file: FileId) -> bool {
    sources.file(file).text.lines().next().is_some_and(|line| line.trim_end() == HEADER)
}

/// Whether an object is unmesh's own: by its file's header, by both annotations, or as one of its
/// Tiers. Istio's kinds never are, so that no annotation can make a policy disappear.
pub(super) fn is_own(object: &Object, by_header: bool) -> bool {
    if scope::is_istio(object.group()) {
        return false;
    }
    let annotated = [SOURCE_ANNOTATION, TARGET_ANNOTATION];
    by_header
        || annotated.iter().all(|key| object.annotations.contains_key(*key))
        || (object.reference.kind == "Tier" && TierName::of(&object.reference.name).is_some())
}
