//! What Istio's validation refuses in a VirtualService, apart from its HTTP routes.
//!
//! The rules are those of istio/istio, `pkg/config/validation` (`validation.go`, `virtualservice.go`)
//! and of the CRD's schema. Each is a finding on the value that breaks it.

use super::VirtualService;
use super::destination::{Destination, Selectors, WeightedDestination};
use super::layer4::{TcpRoute, TlsRoute};
use super::validate_http;
use crate::finding::codes::traffic::VIRTUAL_SERVICE_INVALID;
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::istio::common::{Duration, is_host};
use crate::names::is_label;
use crate::source::Span;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// Collects what is refused.
pub(super) struct Refusals<'a> {
    object: &'a ObjectRef,
    findings: Vec<Finding>,
}

impl Refusals<'_> {
    /// Istio refuses the value at `leaf`.
    pub(super) fn add<T>(&mut self, leaf: &Leaf<T>, message: impl Into<String>, help: &str) {
        self.findings.push(refusal(self.object, leaf.span, message).field(leaf.field.clone()).help(help));
    }
}

fn refusal(object: &ObjectRef, span: Span, message: impl Into<String>) -> Finding {
    Finding::new(&VIRTUAL_SERVICE_INVALID, Direction::None, message)
        .severity(Severity::Error)
        .at(span)
        .on(object)
}

/// A VirtualService without a `spec`.
pub(super) fn no_spec(object: &ObjectRef, name: Span) -> Finding {
    refusal(object, name, "Istio refuses this VirtualService: it has no `spec`")
        .help("give it `hosts` and routes, or remove it")
}

/// Everything that Istio refuses, in the order of the fields.
pub(super) fn check(found: &VirtualService) -> Vec<Finding> {
    let VirtualService { meta, hosts, gateways, http, tls, tcp, export_to } = found;
    let mut refusals = Refusals { object: &meta.reference, findings: Vec::new() };
    let whole = Leaf { value: (), span: meta.name_span, field: "spec".to_string() };
    let delegate = hosts.is_empty();
    check_hosts(hosts, serves_mesh(gateways), &mut refusals);
    check_gateways(gateways, &mut refusals);
    if delegate {
        delegate_fields(found, &mut refusals);
    } else if http.items.is_empty() && tls.items.is_empty() && tcp.items.is_empty() {
        refusals.add(
            &whole,
            "Istio refuses a VirtualService without routes",
            "give it `http`, `tls` or `tcp` routes",
        );
    }
    for route in &http.items {
        validate_http::check(route, delegate, &mut refusals);
        if serves_mesh(gateways) && !delegate {
            validate_http::no_claims(route, &mut refusals);
        }
    }
    tls.items.iter().for_each(|route| tls_route(route, hosts, &mut refusals));
    tcp.items.iter().for_each(|route| tcp_route(route, &mut refusals));
    let words = export_to.len();
    for name in export_to {
        if name.value.is_empty() || (words > 1 && name.value == "*") {
            let message = format!("Istio refuses `{}` in `exportTo` here", name.value);
            refusals.add(name, message, "write `*` alone, or `.` and names of namespaces");
        }
    }
    refusals.findings
}

/// Whether a list of gateways includes the sidecars.
fn serves_mesh(gateways: &[Leaf<String>]) -> bool {
    gateways.is_empty() || gateways.iter().any(|gateway| gateway.value == "mesh")
}

fn check_hosts(hosts: &[Leaf<String>], mesh: bool, refusals: &mut Refusals<'_>) {
    let mut seen = BTreeSet::new();
    for host in hosts {
        let name = host.value.as_str();
        if name == "*" && mesh {
            let message = "Istio refuses the host `*` on sidecars";
            refusals.add(host, message, "name the hosts, or list gateways without `mesh`");
        } else if !is_host(name) {
            refusals.add(
                host,
                format!("`{name}` is no host name"),
                "write a DNS name; `*` may only be its first part",
            );
        } else if !seen.insert(name) {
            refusals.add(host, format!("the host `{name}` stands twice"), "remove one of them");
        }
    }
}

fn check_gateways(gateways: &[Leaf<String>], refusals: &mut Refusals<'_>) {
    for gateway in gateways {
        let name = gateway.value.as_str();
        let parts: Vec<&str> = name.split('/').collect();
        let fits = match parts.as_slice() {
            [name] => name.split('.').all(is_label),
            [namespace, name] => is_label(namespace) && is_label(name),
            _ => false,
        };
        if !fits {
            let message = format!("`{name}` is no name of a Gateway");
            refusals.add(gateway, message, "write `NAME` or `NAMESPACE/NAME`, or `mesh`");
        }
    }
}

/// Without hosts it is a delegate, which has HTTP routes alone.
fn delegate_fields(found: &VirtualService, refusals: &mut Refusals<'_>) {
    let why = "without `hosts` it is a delegate, which";
    if let Some(gateway) = found.gateways.first() {
        refusals.add(gateway, format!("{why} has no `gateways`"), "add `hosts`, or remove `gateways`");
    }
    for at in [&found.tls.at, &found.tcp.at].into_iter().flatten() {
        refusals.add(at, format!("{why} has `http` routes alone"), "add `hosts`, or move the routes");
    }
    if found.http.items.is_empty() {
        let whole = Leaf { value: (), span: found.meta.name_span, field: "spec".to_string() };
        refusals.add(&whole, "Istio refuses a VirtualService without routes", "give it `hosts` and routes");
    }
}

fn tls_route(route: &TlsRoute, hosts: &[Leaf<String>], refusals: &mut Refusals<'_>) {
    let TlsRoute { at, matches, route } = route;
    if matches.items.is_empty() {
        refusals.add(at, "Istio refuses a `tls` route without `match`", "name the servers in `sniHosts`");
    }
    for one in &matches.items {
        if one.sni_hosts.is_empty() {
            refusals.add(
                &one.at,
                "Istio refuses a `tls` match without `sniHosts`",
                "name the servers in `sniHosts`",
            );
        }
        for sni in &one.sni_hosts {
            if !hosts.iter().any(|host| host_covers(&host.value, &sni.value)) {
                let message = format!("`{}` is none of the hosts of this VirtualService", sni.value);
                refusals.add(sni, message, "add it to `hosts`; Istio refuses other names");
            }
        }
        check_selectors(&one.selectors, refusals);
    }
    destinations(at, route.items.iter(), "tls", refusals);
}

fn tcp_route(route: &TcpRoute, refusals: &mut Refusals<'_>) {
    let TcpRoute { at, matches, route } = route;
    for one in &matches.items {
        check_selectors(&one.selectors, refusals);
    }
    destinations(at, route.items.iter(), "tcp", refusals);
}

/// Rules for a list of destinations; `kind` is the list of routes that it stands in.
fn destinations<'d>(
    at: &Leaf<()>,
    items: impl ExactSizeIterator<Item = &'d WeightedDestination>,
    kind: &str,
    refusals: &mut Refusals<'_>,
) {
    if items.len() == 0 {
        refusals.add(at, format!("Istio refuses a `{kind}` route without `route`"), "give it a destination");
        return;
    }
    weighted(items, refusals);
}

/// Destinations and weights: hosts are needed, and of several, one has a weight above 0.
pub(super) fn weighted<'d>(
    items: impl ExactSizeIterator<Item = &'d WeightedDestination>,
    refusals: &mut Refusals<'_>,
) {
    let many = items.len() > 1;
    let mut total = 0;
    let mut first = None;
    for item in items {
        first = first.or(Some(&item.at));
        match &item.destination {
            Some(one) => destination(one, refusals),
            None => {
                refusals.add(&item.at, "Istio refuses a route without `destination`", "name a destination");
            }
        }
        if let Some(weight) = &item.weight {
            total += weight.value.max(0);
            if weight.value < 0 {
                refusals.add(weight, "Istio refuses a weight below 0", "write a weight from 0 to 100");
            }
        }
    }
    if let Some(at) = first.filter(|_| many && total == 0) {
        let message = "Istio refuses several destinations whose weights come to 0";
        refusals.add(at, message, "give each destination its `weight`");
    }
}

/// A destination: a host that is a name, a subset that is a label.
pub(super) fn destination(one: &Destination, refusals: &mut Refusals<'_>) {
    let Destination { at, host, subset, port } = one;
    match host {
        None => refusals.add(at, "Istio refuses a destination without `host`", "name a host"),
        Some(host) if host.value == "*" || !is_host(&host.value) => {
            refusals.add(host, format!("`{}` is no destination host", host.value), "name one host");
        }
        Some(_) => {}
    }
    if let Some(subset) = subset.as_ref().filter(|subset| !is_label(&subset.value)) {
        let message = format!("`{}` is no name of a subset", subset.value);
        refusals.add(subset, message, "use lower-case letters, digits and `-`");
    }
    if let Some(port) = port.as_ref().filter(|port| port.value == 0) {
        refusals.add(port, "Istio refuses the port 0", "write a port from 1 to 65535");
    }
}

/// Match fields that choose proxies.
pub(super) fn check_selectors(selectors: &Selectors, refusals: &mut Refusals<'_>) {
    let Selectors { port: _, source_labels: _, source_namespace, gateways } = selectors;
    check_gateways(gateways, refusals);
    if let Some(namespace) =
        source_namespace.as_ref().filter(|name| !name.value.is_empty() && !is_label(&name.value))
    {
        let message = format!("`{}` is no name of a namespace", namespace.value);
        refusals.add(namespace, message, "use lower-case letters, digits and `-`");
    }
}

/// Durations are at least a millisecond (a rule of the CRD, and of Istio's validation).
pub(super) fn duration(found: Option<&Leaf<Duration>>, refusals: &mut Refusals<'_>) {
    if let Some(leaf) = found.filter(|leaf| leaf.value.nanoseconds < 1_000_000) {
        let message = format!("Istio refuses `{}`: a duration is at least 1ms", leaf.value.text);
        refusals.add(leaf, message, "write a longer duration, or leave the field out");
    }
}

/// Whether the names of `wide` hold all of `narrow`.
fn host_covers(wide: &str, narrow: &str) -> bool {
    match wide.strip_prefix('*') {
        None => wide == narrow,
        Some(end) => narrow.ends_with(end),
    }
}
