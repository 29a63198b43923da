//! Back ends: the neutral model to a target's objects, with losses and provenance.
//!
//! A back end returns what it writes, what it could not say, and from which leaf each came; the
//! driver here checks that no leaf is in neither.

pub mod approximate;
pub mod calico;
pub mod ledger;
pub mod stale;

use crate::finding::Finding;
use crate::manifest::ObjectId;
use crate::object;

/// What a back end made.
#[derive(Default, Debug)]
pub struct Translation {
    /// The objects, in the order in which they are to be applied.
    pub objects: Vec<Emitted>,
    /// What they do not say, and what to know about them.
    pub findings: Vec<Finding>,
}

/// An object and the source objects that it comes from.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The object.
    pub policy: object::calico::Policy,
    /// The source objects, the first one where it stands.
    pub sources: Vec<ObjectId>,
}
