//! The target interpreter: what Felix and Dikastes decide, by policy objects as they stand in text.

use super::answer::Reading;
use super::peer::Side;
use super::program::Part;
use super::subject::{Chain, Subject};
use super::test::Tests;
use crate::config::Version;
use crate::object::calico::v3::Set;

/// A policy set on one side, compiled.
#[derive(Clone, Debug)]
pub struct Cluster {}

impl Cluster {
    /// Compiles a policy set.
    #[must_use]
    pub fn new(_set: &Set, _side: Side, _version: Version, _tests: &mut Tests) -> Self {
        Self {}
    }

    /// Who decides about connections to a subject: Felix, and in the reading with Dikastes, on pods
    /// with a sidecar, Dikastes too. `chain` says whether Dikastes sees a request or a connection.
    #[must_use]
    pub fn parts(&self, _subject: &Subject, _chain: Chain, _reading: Reading) -> Vec<Part<'_>> {
        Vec::new()
    }
}
