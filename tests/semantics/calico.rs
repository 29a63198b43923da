//! Calico: from the text of policies to who is let through, and by whom.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod attributes;
mod dikastes;
mod doubt;
mod invalid;
mod kubernetes;
mod order;
mod tiers;
mod traps;
pub(crate) mod world;
