//! What Istio takes and warns of: deprecated fields, and values that its validation calls odd.
//!
//! What the fields do is told elsewhere; these rules look at documents alone.

mod deprecated;
mod group;
mod odd;

use super::Context;
use crate::finding::Finding;

/// One finding for each such field or value.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = deprecated::check(context);
    findings.extend(odd::check(context));
    findings.extend(group::check(context));
    findings
}
