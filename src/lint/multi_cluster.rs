//! Meshes of several clusters: one identity may belong to pods of each.
//!
//! A refusal by identity held for peers of every cluster. A network policy knows the pods of its own
//! cluster alone, so peers of the others are no longer met by it.

use super::Context;
use crate::finding::codes::platform::MULTI_CLUSTER;
use crate::finding::{Direction, Finding};
use crate::ir::identity::project;
use crate::ir::{Action, Attribute, Bound, Policy, Rule, Test};
use crate::source::Span;

/// One finding for each refusal by identity, where the input shows several clusters.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let Some((what, span)) = evidence(context) else { return Vec::new() };
    let policies = context
        .model
        .policies
        .iter()
        .filter(|policy| refuses_by_identity(policy, &context.settings.trust_domain));
    let finding = |policy: &Policy| {
        let message = format!(
            "`{what}` shows a mesh of several clusters, and this refuses by identity: pods of other clusters are not met any more"
        );
        Finding::new(&MULTI_CLUSTER, Direction::Widens, message)
            .at(policy.origin.span)
            .on(&policy.origin.reference)
            .field("spec")
            .related("shown here", span)
            .help("refuse the other clusters' addresses by `ipBlocks`, or keep their traffic out at the network's edge")
    };
    policies.map(finding).collect()
}

/// An east-west gateway, a namespace or workload that belongs to a named network, or an installation with
/// a network or several.
fn evidence(context: &Context<'_>) -> Option<(String, Span)> {
    const NETWORK: &str = "topology.istio.io/network";
    let gateway = context.inventory.workloads.iter().find(|workload| {
        let labelled = workload.labels.get("istio").is_some_and(|value| value == "eastwestgateway");
        labelled || workload.labels.contains_key(NETWORK)
    });
    let namespace = context.inventory.namespaces.iter().find(|(_, found)| found.labels.contains_key(NETWORK));
    let gateway = gateway.map(|workload| (workload.reference.to_string(), workload.span));
    let namespace = namespace.map(|(name, found)| (format!("Namespace/{name}"), found.span));
    let several = context.inventory.mesh.several_clusters.as_ref();
    let setting = several.map(|(reference, at)| (reference.to_string(), at.span));
    gateway.or(namespace).or(setting)
}

/// Whether a policy refuses peers that it names: by DENY or CUSTOM, or as an exception of ALLOW.
/// Identities of other trust domains are refused wherever they come from.
fn refuses_by_identity(policy: &Policy, trust_domain: &str) -> bool {
    let is_local = |test: &Test| {
        project(&test.pattern, trust_domain, Bound::Over).is_some_and(|pairs| !pairs.is_empty())
    };
    let clauses = policy.rules.iter().flat_map(Rule::conjunctions).flat_map(|all| &all.clauses);
    let mut identities = clauses.filter(|clause| clause.attribute == Attribute::Identity);
    policy.not_enforced.is_none()
        && match policy.action {
            Action::Deny | Action::Custom => identities.any(|clause| clause.any_of.iter().any(is_local)),
            Action::Allow => identities.any(|clause| clause.none_of.iter().any(is_local)),
            Action::RequireIdentity | Action::Audit => false,
        }
}
