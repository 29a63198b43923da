//! The universe: the requests that anybody could tell apart.
//!
//! Subjects and peers come from what the input shows and from what any policy names; whatever else
//! there may be is stood for by pods of the plainest kind. Values of the other dimensions come from
//! the tests that are asked of them ([`values()`]). What cannot be known from files is assumed, and
//! each assumption is said. Nothing here decides anything.

mod automata;
mod calico;
mod capture;
mod choosers;
mod combinations;
mod endpoints;
mod identities;
mod labelled;
mod names;
mod namespaces;
mod peers;
mod ports;
mod subjects;
#[cfg(test)]
mod testing;
mod unseen;
mod values;

pub use labelled::Labelled;
pub use peers::{never, peers};
pub use subjects::subjects;
pub use values::{is_ipv4, values};

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

/// A namespace that no input shows, and no policy names.
const ELSEWHERE: &str = "elsewhere";
/// A service account that nobody names.
const ANYONE: &str = "anyone";
