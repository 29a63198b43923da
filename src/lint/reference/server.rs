//! UM158: hosts of a VirtualService that the Gateways it is for do not let in.
//!
//! Istio takes the routes of a VirtualService into a server with a host in common
//! (`buildGatewayHTTPRouteConfig`, `pilot/pkg/networking/core/gateway.go`); short names are completed first.

use super::shown::{Shown, completed, is_placeholder, service_of};
use super::{finding, namespace_of};
use crate::finding::codes::meaning::HOST_NOT_LET_IN;
use crate::finding::{Finding, Severity};
use crate::istio::{Gateway, VirtualService};
use crate::lint::edge::words::{gateway_named, meet, split};
use crate::lint::words::{listed, listed_hosts};
use crate::yaml::fields::Leaf;

/// One finding for each Gateway that lets none of the hosts in, and for each host that none lets in.
pub(super) fn check(shown: &Shown<'_>) -> Vec<Finding> {
    let services = shown.context.resources.virtual_services.iter();
    services
        .filter(|service| !service.hosts.is_empty())
        .flat_map(|service| check_one(shown, service))
        .collect()
}

fn check_one(shown: &Shown<'_>, service: &VirtualService) -> Vec<Finding> {
    let own = namespace_of(&service.meta);
    let mut findings = Vec::new();
    let mut known = Vec::new();
    let mut all_known = true;
    for entry in &service.gateways {
        let gateway = shown.gateways.get(&gateway_named(&entry.value, own)).copied().flatten();
        let Some(gateway) = gateway.filter(|_| entry.value != "mesh") else {
            all_known = false;
            continue;
        };
        // What waits to be filled in may be any host.
        let open = gateway.servers.items.iter().flat_map(|server| &server.hosts.items);
        if open.chain(&service.hosts).any(|host| is_placeholder(&host.value)) {
            return Vec::new();
        }
        if service.hosts.iter().any(|host| lets_in(gateway, host, own, true)) {
            known.push(gateway);
        } else {
            all_known = false;
            findings.push(shut(service, entry, gateway));
        }
    }
    if all_known && !known.is_empty() {
        findings.extend(service.hosts.iter().filter_map(|host| shut_host(service, host, &known)));
    }
    findings
}

/// Whether a server of a Gateway has a host in common; `strict`: for routes of this namespace.
fn lets_in(gateway: &Gateway, host: &Leaf<String>, own: &str, strict: bool) -> bool {
    let full = completed(&host.value, own).to_ascii_lowercase();
    gateway.servers.items.iter().flat_map(|server| &server.hosts.items).any(|entry| {
        let (space, name) = split(&entry.value, gateway);
        meet(&name.to_ascii_lowercase(), &full) && (!strict || space.is_none_or(|space| space == own))
    })
}

fn shut(service: &VirtualService, entry: &Leaf<String>, gateway: &Gateway) -> Finding {
    let own = namespace_of(&service.meta);
    let hosts: Vec<String> = service.hosts.iter().map(|host| completed(&host.value, own)).collect();
    let entries = || gateway.servers.items.iter().flat_map(|server| &server.hosts.items);
    let has: Vec<String> = entries().map(|entry| entry.value.clone()).collect();
    let of_name = |entry: &&Leaf<String>| hosts.iter().any(|host| meet(split(&entry.value, gateway).1, host));
    let meant: Vec<String> = entries().filter(of_name).map(|entry| entry.value.clone()).collect();
    let by_namespace = service.hosts.iter().any(|host| lets_in(gateway, host, own, false));
    let why = if by_namespace {
        format!("it lets routes of other namespaces alone have them ({})", listed(&meant))
    } else if has.is_empty() {
        "it has none".to_string()
    } else {
        format!("it has {}", listed_hosts(&has))
    };
    let message = format!(
        "Gateway `{}/{}` does not let in {}: {why}, so these routes act nowhere by it",
        namespace_of(&gateway.meta),
        gateway.meta.reference.name,
        listed(&hosts)
    );
    let help = if by_namespace {
        format!("let routes of `{own}` have the host: `{own}/` before it in the Gateway")
    } else {
        "add the host to a server of the Gateway, or take the Gateway out here".to_string()
    };
    let finding = finding(&service.meta, &HOST_NOT_LET_IN, Severity::Warning, entry, message, help);
    finding.related("the Gateway", gateway.meta.name_span)
}

/// A host beside others; the full name of a Service does no harm there.
fn shut_host(service: &VirtualService, host: &Leaf<String>, known: &[&Gateway]) -> Option<Finding> {
    let own = namespace_of(&service.meta);
    if known.iter().any(|gateway| lets_in(gateway, host, own, true))
        || service_of(&completed(&host.value, own)).is_some()
    {
        return None;
    }
    let names: Vec<String> = known
        .iter()
        .map(|gateway| format!("{}/{}", namespace_of(&gateway.meta), gateway.meta.reference.name))
        .collect();
    let (what, verb) = if names.len() == 1 { ("Gateway", "does") } else { ("the Gateways", "do") };
    let message = format!(
        "{what} {} {verb} not let in `{}`: these routes act for the other hosts alone",
        listed(&names),
        host.value
    );
    let help = "add the host to a server of the Gateway, or take it out here";
    Some(finding(&service.meta, &HOST_NOT_LET_IN, Severity::Info, host, message, help))
}
