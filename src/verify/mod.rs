//! The checker: does the written policy mean what the mesh meant?
//!
//! Interpreters of both sides and one comparison. [`istio`] decides on the typed Istio resources,
//! [`calico`] or [`kubernetes`] on policy objects as they stand in their text ([`dataplane`] is either);
//! all compile what they read to [`program`]s over the same tests, and the comparison searches all requests that any test can tell apart. Nothing here
//! may know how resources are lowered or translated: a wrong translation shows only because this
//! stage shares neither code nor intermediate form with it.

pub mod answer;
mod assume;
pub mod calico;
mod compare;
mod cover;
pub mod dataplane;
pub mod formula;
pub mod istio;
pub mod kubernetes;
pub mod path;
pub mod peer;
pub mod program;
pub mod request;
pub mod subject;
pub mod test;
pub mod trace;
mod undecided;
pub mod universe;
pub mod why;

pub use compare::{Decided, Input, Single, verify};
