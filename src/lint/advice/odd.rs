//! UM178: values that Istio takes, and that its validation warns of (`pkg/config/validation`, IST0133).
//!
//! Warnings that other rules tell are not here: a DENY with HTTP fields (UM106, UM211), `httpsRedirect` beside
//! TLS (UM343), an abort without a status (UM310), deprecated fields (UM177).

use super::super::Context;
use crate::finding::codes::meaning::ODD_VALUE;
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::istio::{RequestAuthentication, Sidecar, VirtualService};
use crate::lint::words::gateway_place;
use crate::manifest::Object;
use crate::yaml::fields::Leaf;
use crate::yaml::{Entry, Node};
use serde_json::Value as Json;
use std::net::IpAddr;

/// From which length on Istio warns of a body that proxies hold.
const LONG_BODY: usize = 100 * 1024;

/// One finding for each such value.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let resources = context.resources;
    let mut findings: Vec<Finding> =
        context.manifest.objects.iter().filter_map(|object| empty_selector(context, object)).collect();
    findings.extend(resources.virtual_services.iter().flat_map(of_routes));
    findings.extend(resources.request_authentications.iter().flat_map(private_keys));
    findings.extend(resources.sidecars.iter().flat_map(repeated_hosts));
    findings
}

fn said<T>(on: &ObjectRef, at: &Leaf<T>, severity: Severity, message: String, help: &str) -> Finding {
    let finding = Finding::new(&ODD_VALUE, Direction::None, message).severity(severity).help(help);
    finding.on(on).at(at.span).field(at.field.clone())
}

/// A selector that is there and names no label selects everything.
fn empty_selector(context: &Context<'_>, object: &Object) -> Option<Finding> {
    const KINDS: [(&str, &str); 3] = [
        ("security.istio.io", "selector"),
        ("telemetry.istio.io", "selector"),
        ("extensions.istio.io", "selector"),
    ];
    const BY_LABELS: [&str; 2] = ["Sidecar", "ServiceEntry"];
    let spec = object.root.get("spec")?;
    let of_networking = ("networking.istio.io", "workloadSelector");
    let networking = BY_LABELS.contains(&object.reference.kind.as_str()).then_some(of_networking);
    let mut kinds = KINDS.into_iter().chain(networking);
    let (_, name) = kinds.find(|(group, _)| *group == object.group())?;
    let under = if name == "selector" { "matchLabels" } else { "labels" };
    let selector: &Entry = spec.entry(name).filter(|entry| !entry.value.is_null())?;
    let labels = selector.value.get(under).map(Node::entries).unwrap_or_default();
    // What is no mapping, or has another field in place of labels, was told when it was read.
    if !labels.is_empty() || selector.value.entries().iter().any(|entry| entry.key != under) {
        return None;
    }
    let namespace = object.namespace();
    let whole = if name == "selector" && namespace == context.settings.root_namespace {
        "the mesh".to_string()
    } else {
        format!("`{namespace}`")
    };
    let message = format!("`{name}` names no label, so it selects every workload of {whole}");
    let help = if name == "selector" {
        "leave it out if that is meant, or name labels"
    } else {
        "leave it out or name labels: with an empty selector this counts as one with labels that everything has"
    };
    let at = Leaf { value: (), span: selector.key_span, field: format!("spec.{name}") };
    Some(said(&object.reference, &at, Severity::Info, message, help))
}

fn of_routes(routes: &VirtualService) -> Vec<Finding> {
    let on = &routes.meta.reference;
    let own = on.namespace.as_deref().unwrap_or_default();
    let mut findings = Vec::new();
    for gateway in routes.gateways.iter().filter(|one| one.value.contains('.') && !one.value.contains('/')) {
        let (namespace, name) = gateway_place(&gateway.value, own);
        let message = format!("`{}` is the old way to name the Gateway `{namespace}/{name}`", gateway.value);
        let help = format!("as long as the mesh stays, write `{namespace}/{name}`");
        findings.push(said(on, gateway, Severity::Info, message, &help));
    }
    let matches = routes.tls.items.iter().flat_map(|route| &route.matches.items);
    for name in matches.flat_map(|one| &one.sni_hosts).filter(|name| name.value.parse::<IpAddr>().is_ok()) {
        let message = format!(
            "`{}` is an address, and clients send no address as a server name: connections do not fit this match",
            name.value
        );
        let help =
            "match the address in `destinationSubnets` of a `tcp` route, or the name that clients send";
        findings.push(said(on, name, Severity::Warning, message, help));
    }
    for route in &routes.http.items {
        let body = route.direct_response.as_ref().and_then(|response| response.body.as_ref());
        findings.extend(body.filter(|body| body.value.len() > LONG_BODY).map(|body| long_body(on, body)));
    }
    findings
}

fn long_body(on: &ObjectRef, body: &Leaf<String>) -> Finding {
    let kilobytes = body.value.len() / 1024;
    let message = format!("this answer of {kilobytes} KB is sent to every proxy that has the route");
    said(on, body, Severity::Info, message, "have an application serve it")
}

/// Keys that sign tokens, in place of those that check them.
fn private_keys(policy: &RequestAuthentication) -> Vec<Finding> {
    let rules = policy.jwt_rules.iter().filter_map(|rule| rule.jwks.as_ref());
    let mut findings = Vec::new();
    for keys in rules {
        let Ok(set) = serde_json::from_str::<Json>(&keys.value) else { continue };
        let several = set.get("keys").and_then(Json::as_array).cloned();
        let all = several.unwrap_or_else(|| vec![set]);
        let is_private = |key: &Json| {
            let symmetric = key.get("kty").and_then(Json::as_str) == Some("oct") && key.get("k").is_some();
            symmetric || key.get("d").is_some()
        };
        let Some(index) = all.iter().position(is_private) else { continue };
        let message = format!(
            "key {} of `jwks` is private: whoever reads this can sign tokens that the mesh takes for good",
            index + 1
        );
        let help = "make a new pair, write its public key alone, and see who else took the old one for good";
        findings.push(said(&policy.meta.reference, keys, Severity::Warning, message, help));
    }
    findings
}

/// Hosts of a listener that another of its entries holds already.
fn repeated_hosts(sidecar: &Sidecar) -> Vec<Finding> {
    let mut findings = Vec::new();
    for listener in &sidecar.egress.items {
        let hosts: Vec<&Leaf<String>> =
            listener.hosts.items.iter().filter(|host| !host.value.starts_with('~')).collect();
        for (index, host) in hosts.iter().enumerate() {
            let before = hosts.iter().take(index).find(|other| other.value == host.value);
            let wider =
                hosts.iter().find(|other| other.value != host.value && holds(&other.value, &host.value));
            if let Some(other) = before.or(wider) {
                let message = format!("`{}` is in `{}` of the same list already", host.value, other.value);
                let finding = said(&sidecar.meta.reference, host, Severity::Info, message, "take it out");
                findings.push(finding.related("holds it", other.span));
            }
        }
    }
    findings
}

/// Whether a host of a Sidecar, `namespace/name`, is in another that has a star for the whole name.
fn holds(wide: &str, host: &str) -> bool {
    let (Some((wide, "*")), Some((space, _))) = (wide.split_once('/'), host.split_once('/')) else {
        return false;
    };
    wide == "*" || wide == space
}
