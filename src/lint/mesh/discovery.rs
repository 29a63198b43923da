//! `discoverySelectors`: namespaces that istiod does not read, and policies in them.

use super::Context;
use crate::finding::codes::platform::NOT_DISCOVERED;
use crate::finding::{Direction, Finding};
use crate::ir::{Action, Policy};
use crate::manifest::ObjectId;
use crate::manifest::mesh::{Discovery, MeshConfig};
use std::collections::BTreeMap;

/// One finding for each policy in a namespace that the input shows and no selector selects: istiod never
/// read it (`pkg/kube/namespace/filter.go`). It is translated all the same, since labels may have been set
/// by hand.
pub(super) fn check(config: &MeshConfig, context: &Context<'_>) -> Vec<Finding> {
    let Some(discovery) = &config.discovery else { return Vec::new() };
    let mut found: BTreeMap<ObjectId, Finding> = BTreeMap::new();
    for policy in &context.model.policies {
        let Some(namespace) = policy.origin.reference.namespace.as_deref() else { continue };
        let left_out = context
            .inventory
            .namespaces
            .get(namespace)
            .filter(|shown| !discovery.selectors.iter().any(|selector| selector.matches(&shown.labels)));
        let Some(shown) = left_out else { continue };
        let new = finding(policy, namespace, discovery).related("its Namespace", shown.span);
        // One object may be several policies of the model: what widens is told.
        let told = found.entry(policy.origin.object).or_insert_with(|| new.clone());
        if new.direction == Direction::Widens {
            *told = new;
        }
    }
    found.into_values().collect()
}

/// A refusal that never acted narrows; whatever lets through, or takes the place of what refuses, widens.
fn finding(policy: &Policy, namespace: &str, discovery: &Discovery) -> Finding {
    let direction = match policy.action {
        Action::Deny | Action::Custom => Direction::Narrows,
        Action::RequireIdentity if !policy.rules.is_empty() => Direction::Narrows,
        Action::Allow | Action::RequireIdentity => Direction::Widens,
        Action::Audit => Direction::None,
    };
    let message = format!(
        "no `discoverySelectors` select the namespace `{namespace}` by the labels that the input shows: istiod does not read this, and it never acted, but is translated as if it did"
    );
    Finding::new(&NOT_DISCOVERED, direction, message)
        .on(&policy.origin.reference)
        .at(policy.origin.span)
        .field("metadata.namespace")
        .related("the selectors", discovery.at.span)
        .help("leave this out if it never acted; give the Namespace with all its labels if it did")
}
