//! Where clients come in: Istio's Gateways, and Gateway API as far as Istio serves it.
//!
//! What each did here, and what stands in for it. These rules look at types and inventory alone; they
//! must not know how a finding is shown.

mod api;
mod clients;
mod mesh_filter;
mod mesh_route;
mod route;
mod server;
pub(in crate::lint) mod words;

use super::Context;
use crate::finding::codes::traffic::GATEWAY_WORKLOADS;
use crate::finding::{Code, Direction, Finding};
use crate::istio::{Gateway, Meta};
use crate::yaml::fields::Leaf;

/// One finding for each feature in use.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gateway in &context.resources.gateways {
        findings.extend(workloads(context, gateway));
        for server in &gateway.servers.items {
            findings.extend(server::check(context, gateway, server));
        }
    }
    findings.extend(api::check(context));
    findings
}

/// A finding on a resource.
fn finding<T>(
    meta: &Meta,
    code: &'static Code,
    direction: Direction,
    leaf: &Leaf<T>,
    message: impl Into<String>,
) -> Finding {
    Finding::new(code, direction, message).at(leaf.span).on(&meta.reference).field(leaf.field.as_str())
}

/// Whose proxies listen. Istio looks for them in every namespace.
fn workloads(context: &Context<'_>, gateway: &Gateway) -> Option<Finding> {
    let at = gateway.selector_at.as_ref()?;
    let labels: Vec<String> =
        gateway.selector.iter().map(|(name, value)| format!("{name}={}", value.value)).collect();
    let labels = labels.join(",");
    let found: Vec<String> = context
        .inventory
        .workloads
        .iter()
        .filter(|workload| {
            gateway.selector.iter().all(|(name, value)| workload.labels.get(name) == Some(&value.value))
        })
        .map(|workload| workload.reference.to_string())
        .collect();
    let message = if gateway.selector.is_empty() {
        "an empty `selector` means every proxy that routes for this Gateway".to_string()
    } else if found.is_empty() {
        format!(
            "the proxies of pods with the labels `{labels}` listen for this Gateway; the input has no such pods"
        )
    } else {
        format!(
            "the proxies of {} have the labels `{labels}` and listen for this Gateway; as gateways of the mesh they go \
             with it",
            words::listed(&found)
        )
    };
    Some(finding(&gateway.meta, &GATEWAY_WORKLOADS, Direction::None, at, message))
}
