//! UM107: an ALLOW policy with a rule that matches every request.

use super::warning;
use crate::finding::codes::meaning::EMPTY_RULE_ALLOWS_ALL;
use crate::finding::{Finding, Severity};
use crate::istio::authorization_policy::Action;
use crate::lint::Context;

/// One note for each empty rule of an ALLOW policy.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let policies = context.resources.authorization_policies.iter();
    for policy in policies.filter(|policy| policy.action.value == Action::Allow) {
        let rules = policy.rules.iter().flatten();
        for rule in rules.filter(|rule| rule.from.is_empty() && rule.to.is_empty() && rule.when.is_empty()) {
            let message =
                "an empty rule allows every request, whatever the other rules and ALLOW policies say";
            let finding = warning(&EMPTY_RULE_ALLOWS_ALL, policy, &rule.at, message).severity(Severity::Info);
            findings.push(finding.help("to allow nothing, leave `rules` out altogether"));
        }
    }
    findings
}
