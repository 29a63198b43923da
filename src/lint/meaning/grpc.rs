//! UM135: methods that no gRPC request has.
//!
//! Every gRPC call is a POST to `/PACKAGE.SERVICE/METHOD` (gRPC over HTTP/2, "Requests"). The name of
//! a call goes into `paths`.

use super::ambient::is_ztunnels;
use super::warning;
use crate::finding::codes::meaning::GRPC_METHOD;
use crate::finding::{Finding, Severity};
use crate::istio::authorization_policy::{Action, Operation};
use crate::istio::{Attachment, AuthorizationPolicy};
use crate::lint::Context;
use crate::manifest::{AppProtocol, PortTarget, Service, ServicePort, Workload};
use std::collections::BTreeMap;

/// One finding for each list of methods without POST, for calls of gRPC.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // ztunnel reads nothing of HTTP, and UM123 to UM125 say so.
    for policy in
        context.resources.authorization_policies.iter().filter(|policy| !is_ztunnels(policy, context))
    {
        let operations = policy.rules.iter().flatten().flat_map(|rule| &rule.to);
        findings.extend(operations.filter_map(|operation| finding(context, policy, operation)));
    }
    findings
}

fn finding(context: &Context<'_>, policy: &AuthorizationPolicy, operation: &Operation) -> Option<Finding> {
    let first = operation.methods.first()?;
    let is_post = |method: &str| {
        method.strip_suffix('*').is_some_and(|start| "POST".starts_with(start))
            || method.strip_prefix('*').is_some_and(|end| "POST".ends_with(end))
            || method == "POST"
    };
    if operation.methods.iter().any(|leaf| is_post(&leaf.value)) {
        return None;
    }
    let effect = match policy.action.value {
        Action::Allow => "allows none of them",
        Action::Deny => "refuses none of them",
        Action::Audit | Action::Custom => "matches none of them",
    };
    let help = "write `methods: [POST]`, or leave `methods` out; a call's name goes into `paths`, as `/shop.Cart/AddItem`";
    if let Some(service) = grpc_service(context, policy, operation) {
        let message = format!(
            "`{}` declares these ports to carry gRPC, where every call is a POST: this {effect}",
            service.reference
        );
        let severity = Severity::Warning;
        return Some(warning(&GRPC_METHOD, policy, first, message).severity(severity).help(help));
    }
    let call = operation.paths.first().filter(|_| operation.paths.iter().all(|leaf| is_call(&leaf.value)))?;
    let message =
        format!("`{}` is a gRPC call by its form, and every call is a POST: this {effect}", call.value);
    Some(warning(&GRPC_METHOD, policy, first, message).severity(Severity::Info).help(help))
}

/// `/PACKAGE.SERVICE/METHOD`, with the upper case that names of services and methods have.
fn is_call(path: &str) -> bool {
    let Some((service, method)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return false;
    };
    let name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    service.rsplit_once('.').is_some_and(|(_, service)| name(service)) && (name(method) || method == "*")
}

/// A Service that declares all ports of an operation gRPC, if all of the policy's workloads that
/// the input shows have such Services alone. An operation without ports is about all ports.
fn grpc_service<'a>(
    context: &Context<'a>,
    policy: &AuthorizationPolicy,
    operation: &Operation,
) -> Option<&'a Service> {
    let Attachment::Selector(labels) = &policy.attachment else { return None };
    let namespace = policy.meta.reference.namespace.as_deref().unwrap_or_default();
    if !operation.not_ports.is_empty() {
        return None;
    }
    let wanted: Vec<u16> = operation.ports.iter().filter_map(|leaf| leaf.value.parse().ok()).collect();
    let fits = |workload: &&Workload| {
        workload.identity.namespace == namespace
            && labels.iter().all(|(key, leaf)| workload.labels.get(key) == Some(&leaf.value))
    };
    let mut found = None;
    for workload in context.inventory.workloads.iter().filter(fits) {
        let ports = declared(context, workload);
        let known = workload.containers.iter().flat_map(|container| &container.ports);
        let mut all: Vec<u16> = known.filter(|port| port.protocol == "TCP").map(|port| port.port).collect();
        all.extend(ports.keys());
        let asked = if wanted.is_empty() { &all } else { &wanted };
        for port in asked {
            found = Some(ports.get(port).copied().flatten()?);
        }
    }
    found
}

/// The ports that Services declare for a workload, with the Service where all declare gRPC.
fn declared<'a>(context: &Context<'a>, workload: &Workload) -> BTreeMap<u16, Option<&'a Service>> {
    let mut ports: BTreeMap<u16, Option<&'a Service>> = BTreeMap::new();
    let inventory = context.inventory;
    let services = inventory.services.iter().filter(|service| {
        service.reference.namespace.as_ref() == Some(&workload.identity.namespace)
            && !service.selector.is_empty()
            && service.selector.iter().all(|(key, value)| workload.labels.get(key) == Some(value))
    });
    for service in services {
        for port in &service.ports {
            let Some(number) = number(port, workload) else { continue };
            let says = is_grpc(port).then_some(service);
            let known = ports.entry(number).or_insert(says);
            if says.is_none() {
                *known = None;
            }
        }
    }
    ports
}

fn number(port: &ServicePort, workload: &Workload) -> Option<u16> {
    match &port.target {
        PortTarget::Number(number) => Some(*number),
        PortTarget::Name(name) => {
            let mut own = workload.containers.iter().flat_map(|container| &container.ports);
            own.find(|own| own.name.as_ref() == Some(name)).map(|own| own.port)
        }
    }
}

/// `grpc-web` is another protocol, which browsers ask about with OPTIONS first.
fn is_grpc(port: &ServicePort) -> bool {
    let word = port.app_protocol.as_deref().or(port.name.as_deref()).unwrap_or_default().to_ascii_lowercase();
    port.declared() == AppProtocol::Http
        && word.split('-').next() == Some("grpc")
        && !word.starts_with("grpc-web")
}

#[cfg(test)]
mod tests {
    use super::is_call;

    #[test]
    fn calls_are_known_by_their_form() {
        for path in ["/shop.Cart/AddItem", "/a.b.v1.Cart/Add_Item2", "/shop.Cart/*"] {
            assert!(is_call(path), "{path}");
        }
        for path in
            ["/shop/cart", "/v1.0/Cart", "/shop.Cart", "/shop.Cart/a/b", "/Cart/Add", "/img.PNG/x", "*"]
        {
            assert!(!is_call(path), "{path}");
        }
    }
}
