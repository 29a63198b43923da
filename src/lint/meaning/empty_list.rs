//! UM108: an empty list in a rule.
//!
//! Istio reads policies as JSON into protocol buffers, where an empty list is no list. So it asks for
//! nothing, though it looks as if nothing could match it.

use super::warning;
use crate::finding::Finding;
use crate::finding::codes::meaning::EMPTY_LIST;
use crate::istio::authorization_policy::Empty;
use crate::lint::Context;

/// One warning for each empty list.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.resources.authorization_policies {
        for list in policy.empty.iter().filter(|empty| empty.value == Empty::List) {
            let name = list.field.rsplit('.').next().unwrap_or(&list.field);
            let message =
                format!("`{name}` is empty, which Istio takes for no `{name}` at all: it asks for nothing");
            let help = format!("leave `{name}` out; to match nothing, leave out the whole rule");
            findings.push(warning(&EMPTY_LIST, policy, list, message).help(help));
        }
    }
    findings
}
