//! UM145: paths that are kept out by one spelling of them.
//!
//! Istio compares a path as it comes in, normalised as the mesh says. Servers often take `/admin`,
//! `/admin/`, `//admin` and `/ADMIN` for one page.

use super::ambient::is_ztunnels;
use super::{tcp_port, warning};
use crate::config::PathNormalization;
use crate::finding::codes::meaning::EXACT_PATH_KEPT_OUT;
use crate::finding::{Finding, Severity};
use crate::istio::AuthorizationPolicy;
use crate::istio::authorization_policy::{Action, Rule};
use crate::lint::Context;
use crate::manifest::ObjectId;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// One note for each list of paths that are kept out, at the first that its neighbours do not complete.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let dropped: BTreeSet<(ObjectId, &str)> = tcp_port::rules(context)
        .map(|(policy, rule)| (policy.origin.object, rule.at.field.as_str()))
        .collect();
    let mut findings = Vec::new();
    // ztunnel reads nothing of HTTP, and UM123 to UM125 say so.
    for policy in
        context.resources.authorization_policies.iter().filter(|policy| !is_ztunnels(policy, context))
    {
        // Where the path is dropped it keeps out nothing, or everything, and UM105 or UM106 says so.
        let acts = |rule: &&Rule| !dropped.contains(&(policy.meta.object, rule.at.field.as_str()));
        let operations = || policy.rules.iter().flatten().filter(acts).flat_map(|rule| &rule.to);
        match policy.action.value {
            Action::Deny => {
                let all: Vec<&Leaf<String>> = operations().flat_map(|operation| &operation.paths).collect();
                findings.extend(
                    operations().filter_map(|operation| finding(context, policy, &operation.paths, &all)),
                );
            }
            Action::Allow => findings.extend(operations().filter_map(|operation| {
                let all: Vec<&Leaf<String>> = operation.not_paths.iter().collect();
                finding(context, policy, &operation.not_paths, &all)
            })),
            Action::Audit | Action::Custom => {}
        }
    }
    findings
}

fn finding(
    context: &Context<'_>,
    policy: &AuthorizationPolicy,
    list: &[Leaf<String>],
    all: &[&Leaf<String>],
) -> Option<Finding> {
    let leaf = list.iter().find(|leaf| is_page(&leaf.value) && !is_completed(&leaf.value, all))?;
    let path = &leaf.value;
    let spellings = match context.settings.path_normalization {
        PathNormalization::None | PathNormalization::Base => format!("`{path}/` or `/{path}`"),
        PathNormalization::MergeSlashes | PathNormalization::DecodeAndMergeSlashes => format!("`{path}/`"),
    };
    let message = if policy.action.value == Action::Allow {
        format!(
            "`{path}` leaves out this one spelling: {spellings}, which many servers take for the same page, is allowed"
        )
    } else {
        format!(
            "`{path}` refuses this one spelling, and not {spellings}, which many servers take for the same page"
        )
    };
    let finding = warning(&EXACT_PATH_KEPT_OUT, policy, leaf, message).severity(Severity::Info);
    Some(finding.help(format!("add `{path}/*`, or allow the paths that are meant instead")))
}

/// A path that a server may serve with a slash behind it; a file or a gRPC call it does not.
fn is_page(path: &str) -> bool {
    path.starts_with('/') && path.len() > 1 && !path.ends_with('/') && !path.contains(['*', '{', '.'])
}

/// Whether another value matches the path with a slash behind it.
fn is_completed(path: &str, all: &[&Leaf<String>]) -> bool {
    let slashed = format!("{path}/");
    all.iter().any(|leaf| match leaf.value.strip_suffix('*') {
        Some(prefix) => slashed.starts_with(prefix),
        None => leaf.value == slashed,
    })
}
