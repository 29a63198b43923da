//! Mutual TLS as it is in force: what ends with it, and which refusals it does not hold up today.
//!
//! These rules look at the model alone, in which PeerAuthentications of all levels are settled.

mod ends;
pub(super) mod mode;
mod passes;
pub(super) mod plain;

use super::Context;
use crate::finding::Finding;

/// One finding for what ends, and one for each refusal that clients without identity pass.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = passes::check(context);
    findings.extend(ends::check(context));
    findings
}
