//! UM104: an exact host without a port.
//!
//! Istio compares hosts with the whole `:authority`, port and all, and clients send the port where it
//! is not the default one of the scheme. A rule that refuses by such a host can be walked round.

use super::values::{self, Attribute, Compared};
use super::warning;
use crate::finding::codes::meaning::HOST_WITHOUT_PORT;
use crate::finding::{Finding, Severity};
use crate::istio::authorization_policy::Action;
use crate::lint::Context;

/// One finding for each exact host that has neither a port nor `HOST:*` beside it.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.resources.authorization_policies {
        let refuses = match policy.action.value {
            Action::Allow => false,
            Action::Deny | Action::Custom | Action::Audit => true,
        };
        for compared in values::of(policy).into_iter().filter(is_exact_without_port) {
            let host = compared.leaf.value.as_str();
            // What an ALLOW leaves out and what a DENY names can be reached with a port.
            let evaded = refuses != compared.negated;
            let message = format!("`{host}` does not match requests that name a port, such as `{host}:8080`");
            let severity = if evaded { Severity::Warning } else { Severity::Info };
            let finding = warning(&HOST_WITHOUT_PORT, policy, compared.leaf, message).severity(severity);
            findings.push(finding.help(format!("add `{host}:*` beside it")));
        }
    }
    findings
}

fn is_exact_without_port(compared: &Compared<'_>) -> bool {
    let host = compared.leaf.value.as_str();
    let port = match host.rsplit_once(']') {
        Some((_, after)) => after.starts_with(':'),
        None => host.contains(':'),
    };
    let with_any_port = format!("{host}:*");
    compared.attribute == Attribute::Host
        && !host.contains('*')
        && !port
        && !compared.list.iter().any(|other| other.value.eq_ignore_ascii_case(&with_any_port))
}
