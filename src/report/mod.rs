//! Renderers: what a run found and wrote, as text for people, for machines and for `patch`.
//!
//! Everything here takes plain data and gives text; nothing prints, and nothing decides what is
//! shown, accepted or written. The counting was done by the sink before.

pub mod column;
pub mod compare;
pub mod configuration;
mod decision;
pub mod diff;
pub(crate) mod escape;
mod excerpt;
mod fold;
mod frame;
pub mod github;
pub mod gitlab;
mod hidden;
pub mod human;
pub mod init;
pub mod json;
pub mod junit;
pub mod listing;
pub mod markdown;
pub mod matrix;
pub mod paths;
pub mod peers;
pub mod product;
mod request;
pub mod rules;
pub mod sarif;
#[cfg(test)]
mod schemas;
pub mod settings;
pub mod summary;
pub mod verify;
pub mod why;
mod xml;
