//! What Services and ServiceEntries say of ports to the mesh: nothing, too little, or two things at once.
//!
//! The protocol of a declared port is decided with the inventory. What becomes of rules on such a port is not
//! known here: UM215 says so of each rule.

mod addresses;
mod conflicts;
mod port_name;

use super::Context;
use crate::finding::Finding;
use crate::manifest::{
    Inside, Membership, Object, OfService, Proxy, Service, ServicePort, Workload, matches_labels,
};
use crate::source::Span;
use crate::yaml::Node;

/// One finding for each Service whose ports say nothing, and for each contradiction.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = port_name::check(context);
    findings.extend(conflicts::check(context));
    findings.extend(addresses::check(context));
    findings
}

/// The templates behind a Service.
fn behind<'c>(context: &Context<'c>, service: &'c Service) -> impl Iterator<Item = &'c Workload> + use<'c> {
    let namespace = service.reference.namespace.as_deref().unwrap_or_default();
    let selected = |workload: &&Workload| {
        !service.selector.is_empty() && matches_labels(&service.selector, &workload.labels)
    };
    context.inventory.workloads_of(namespace).filter(selected)
}

/// Whether the input shows that a proxy of the mesh asks for what the Service's ports carry: a sidecar of its
/// pods, or a waypoint before it. ztunnel does not ask.
fn is_of_mesh(context: &Context<'_>, service: &Service) -> bool {
    let namespace = service.reference.namespace.as_deref().unwrap_or_default();
    if service.selector.is_empty()
        || namespace == context.settings.root_namespace
        || is_of_gateway(context, service)
    {
        return false;
    }
    // A document without a namespace says nothing of the one that it is taken to be in.
    let assumed = namespace == context.settings.default_namespace
        && !context.inventory.namespaces.contains_key(namespace);
    let of_istio = !assumed && context.inventory.istio_namespaces.contains(namespace);
    let waypoint = || {
        let asked = context.inventory.waypoints.of_service(namespace, &service.reference.name);
        matches!(asked, OfService::Asked(_))
    };
    let shown: Vec<&Workload> = behind(context, service).collect();
    if !shown.is_empty() {
        return shown.iter().any(|workload| match workload.proxy {
            _ if workload.gateway => false,
            Proxy::Sidecar => true,
            Proxy::Ambient => waypoint(),
            Proxy::Unknown => of_istio,
            Proxy::None | Proxy::Unlabelled => false,
        });
    }
    match context.inventory.membership(namespace, context.settings) {
        Membership::Proven(Inside::AmbientLabel) => waypoint(),
        Membership::Proven(Inside::Listed | Inside::InjectionLabel | Inside::Workload(_)) => true,
        Membership::Unknown => of_istio,
        Membership::Outside(_) => false,
    }
}

/// Whether its pods are those of a Gateway: the protocol of their ports is that of the Gateway's servers.
fn is_of_gateway(context: &Context<'_>, service: &Service) -> bool {
    let own = |key: &str, value: &str| service.selector.get(key).is_some_and(|own| own == value);
    context
        .resources
        .gateways
        .iter()
        .any(|gateway| gateway.selector.iter().any(|(key, leaf)| own(key, &leaf.value)))
        || service.selector.get("istio").is_some_and(|value| value.ends_with("gateway"))
}

/// What stands for a port's protocol, or else its number: path and place.
fn place(context: &Context<'_>, service: &Service, port: &ServicePort) -> (String, Span) {
    let own = |object: &&Object| object.name_span == service.span;
    let ports = context
        .manifest
        .objects
        .iter()
        .find(own)
        .and_then(|object| object.root.get("spec"))
        .and_then(|spec| spec.get("ports"))
        .map(Node::items)
        .unwrap_or_default();
    let found = ports.iter().enumerate().find(|(_, item)| item.span == port.span);
    let Some((index, item)) = found else { return ("spec.ports".to_string(), port.span) };
    let named = ["appProtocol", "name", "port"].iter().find_map(|key| Some((*key, item.get(key)?.span)));
    named.map_or_else(
        || (format!("spec.ports[{index}]"), port.span),
        |(key, span)| (format!("spec.ports[{index}].{key}"), span),
    )
}
