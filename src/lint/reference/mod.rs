//! What resources name and the input does not have: hosts, subsets, Gateways, namespaces, ports, pods.
//!
//! An input is rarely whole: one team's manifests, or one repository. So an absence alone is a note, and only
//! where the input shows things of the same kind in the same namespace. A warning needs proof: a name that is one
//! of the input but for a slip of the pen, or two objects that contradict each other. These rules look at types
//! and inventory alone; they must not know how a finding is shown.

mod destinations;
mod gateway;
mod host;
mod listener;
mod namespace;
mod parent;
mod pods;
mod port;
mod server;
mod shown;
mod sidecar;
mod subset;

use self::shown::Shown;
use super::Context;
use crate::finding::{Code, Direction, Finding, Severity};
use crate::istio::Meta;
use crate::yaml::fields::Leaf;

/// One finding for each name, where the input shows that something is wrong with it.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let shown = Shown::of(context);
    let destinations = destinations::of(context);
    let as_read = |kinds: &[&str]| !shown.is_patched(kinds);
    let mut findings = host::check(&shown, &destinations);
    findings.extend(sidecar::check(&shown));
    if as_read(&["DestinationRule"]) {
        findings.extend(subset::check(&shown, &destinations));
    }
    if as_read(&["Service", "ServiceEntry", "VirtualService", "Gateway"]) {
        findings.extend(port::check(&shown, &destinations));
    }
    findings.extend(gateway::check(&shown));
    findings.extend(parent::check(&shown));
    findings.extend(namespace::check(&shown));
    if as_read(&["Gateway", "Deployment"]) {
        findings.extend(pods::check(&shown));
    }
    if as_read(&["Gateway", "Deployment", "Service"]) {
        findings.extend(listener::check(&shown));
    }
    if as_read(&["Gateway", "VirtualService"]) {
        findings.extend(server::check(&shown));
    }
    findings
}

/// A finding on a resource that is wrong today already, with the mesh as without it.
fn finding<T>(
    meta: &Meta,
    code: &'static Code,
    severity: Severity,
    leaf: &Leaf<T>,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Finding {
    let finding = Finding::new(code, Direction::None, message).severity(severity).help(help);
    finding.at(leaf.span).on(&meta.reference).field(leaf.field.as_str())
}

/// The namespace of a resource.
fn namespace_of(meta: &Meta) -> &str {
    meta.reference.namespace.as_deref().unwrap_or("")
}
