//! The universe: the requests that anybody could tell apart.

use super::answer::{Assumption, Unknown};
use super::peer::Peer;
use super::request::{Dimension, Value};
use super::subject::Subject;
use super::test::{TestId, Tests};
use crate::config::Settings;
use crate::istio::Resources;
use crate::manifest::Inventory;
use crate::object::calico::v3::Set;

/// What the universe is made of.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The Istio resources.
    pub resources: &'a Resources,
    /// What the input shows of the cluster.
    pub inventory: &'a Inventory,
    /// The settings.
    pub settings: &'a Settings,
    /// The policies in force beside the mesh.
    pub before: &'a Set,
    /// The policies afterwards.
    pub after: &'a Set,
}

/// The workloads to ask about, what is assumed of them, and those that cannot be asked.
#[must_use]
pub fn subjects(_world: &World<'_>) -> (Vec<Subject>, Vec<Assumption>, Vec<Unknown>) {
    (Vec::new(), Vec::new(), Vec::new())
}

/// The peers that may ask, and what is assumed of them.
#[must_use]
pub fn peers(_world: &World<'_>) -> (Vec<Peer>, Vec<Assumption>) {
    (Vec::new(), Vec::new())
}

/// Values of a dimension (not of peers, ports and destinations) such that each combination of answers
/// that the tests can have is that of one of them, the plainest first; `None` where there are too many.
#[must_use]
pub fn values(_dimension: &Dimension, _asked: &[TestId], _tests: &Tests) -> Option<Vec<Value>> {
    None
}
