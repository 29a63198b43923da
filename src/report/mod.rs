//! Renderers: what a run found and wrote, as text for people, for machines and for `patch`.
//!
//! Everything here takes plain data and gives text; nothing prints, and nothing decides what is
//! shown, accepted or written. The counting was done by the sink before.

pub mod diff;
pub(crate) mod escape;
mod excerpt;
pub mod human;
pub mod json;
pub mod product;
pub mod summary;
