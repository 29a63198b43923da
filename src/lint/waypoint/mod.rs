//! Resources of layer 7 for workloads in ambient mode, which waypoints read and ztunnel does not.
//!
//! AuthorizationPolicies are told of elsewhere (UM123 to UM126, UM437, UM438), and RequestAuthentications with
//! what they refuse (UM414). What a resource does where it is read is not known here.

mod attached;
mod labels;
mod needed;

use super::Context;
use crate::finding::Finding;
use crate::manifest::{OfService, Proxy};

/// One finding for each resource that nothing reads, and for labels that look as if something did.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = needed::check(context);
    findings.extend(attached::check(context));
    findings.extend(labels::check(context));
    findings
}

/// A waypoint of a namespace: one that it asks for, that stands in it, or that one of its Services asks for.
pub(super) fn of_namespace(context: &Context<'_>, namespace: &str) -> Option<String> {
    let waypoints = &context.inventory.waypoints;
    let services = context.inventory.services.iter();
    let mut own = services.filter(|service| service.reference.namespace.as_deref() == Some(namespace));
    waypoints.of_namespace(namespace).or_else(|| {
        own.find_map(|service| match waypoints.of_service(namespace, &service.reference.name) {
            OfService::Asked(name) => Some(name),
            OfService::NotAsked | OfService::NotShown => None,
        })
    })
}

/// Whether the input shows a workload with a sidecar, whose proxy reads what is for clients.
fn shows_sidecars(context: &Context<'_>) -> bool {
    let mut workloads = context.inventory.workloads.iter();
    workloads.any(|workload| workload.proxy == Proxy::Sidecar && !workload.gateway)
}
