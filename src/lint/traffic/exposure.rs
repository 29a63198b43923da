//! Where routes apply: Gateways, sidecars, namespaces.

use super::scene::{Scene, is_service_name, listed, listed_hosts};
use crate::finding::codes::traffic::{EXPORT_TO, GATEWAY_BINDING};
use crate::finding::{Direction, Finding};
use crate::istio::VirtualService;
use crate::manifest::Object;
use crate::yaml::Node;
use crate::yaml::fields::Leaf;

/// Gateways and `exportTo`.
pub(super) fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let named = scene.service.gateways.iter().filter(|gateway| gateway.value != "mesh");
    let named: Vec<_> = named.collect();
    let mut findings: Vec<Finding> = gateways(scene, &named).into_iter().collect();
    findings.extend(scene.service.gateways.first().filter(|_| named.is_empty()).map(|mesh| {
        let message = "these routes are for sidecars, which is the default: no effect";
        scene.finding(&GATEWAY_BINDING, Direction::None, mesh, message)
    }));
    findings.extend(export_to(scene));
    findings
}

/// One finding for all Gateways of a VirtualService: the first is underlined.
fn gateways(scene: &Scene<'_>, named: &[&Leaf<String>]) -> Option<Finding> {
    let first = named.first()?;
    let leaf = Leaf { value: (), span: first.span, field: "spec.gateways".to_string() };
    if leads_out(scene) {
        return Some(way_out(scene, &leaf));
    }
    let exposed: Vec<String> = scene.hosts.clone();
    let missing: Vec<String> = exposed.iter().filter(|host| way_in(scene, host).is_none()).cloned().collect();
    let through = scene.ways_in();
    if missing.is_empty() {
        let others: Vec<String> = exposed.iter().filter_map(|host| way_in(scene, host)).collect();
        let message = format!(
            "{} is reached from outside through Gateway {through}, and through {} afterwards",
            listed_hosts(&exposed),
            listed(&others)
        );
        return Some(scene.finding(&GATEWAY_BINDING, Direction::None, &leaf, message));
    }
    let message = format!(
        "{} can be reached from outside through Gateway {through}, which goes with the mesh; afterwards nothing in the \
         input lets those clients in",
        listed_hosts(&missing)
    );
    let help = "expose the hosts another way (an HTTPRoute of Gateway API, an Ingress, a Service of type LoadBalancer) \
                with the same hosts and paths, before the Gateway goes";
    Some(scene.finding(&GATEWAY_BINDING, Direction::Narrows, &leaf, message).help(help))
}

/// Whether the Gateway is one for egress: some route of it ends at the outside host itself.
fn leads_out(scene: &Scene<'_>) -> bool {
    let VirtualService { http, tls, tcp, .. } = scene.service;
    let http = http.items.iter().flat_map(|route| &route.route.items).map(|item| &item.to);
    let tls = tls.items.iter().flat_map(|route| &route.route.items);
    let tcp = tcp.items.iter().flat_map(|route| &route.route.items);
    let destinations = http.chain(tls).chain(tcp).filter_map(|item| item.destination.as_ref());
    let mut hosts = destinations.map(|destination| scene.host_of(destination));
    hosts.any(|host| !is_service_name(&host) && scene.hosts.contains(&host))
}

fn way_out(scene: &Scene<'_>, leaf: &Leaf<()>) -> Finding {
    let message = format!(
        "requests to {} leave through Gateway {}, which goes with the mesh; afterwards pods reach it directly, from \
         addresses of their own",
        scene.hosts_in_words(),
        scene.ways_in()
    );
    let help = "where a firewall outside knows the Gateway's address alone, let it know the nodes' too, or use an \
                egress gateway of the network plugin; limit who may leave with egress policy";
    scene.finding(&GATEWAY_BINDING, Direction::Drops, leaf, message).help(help)
}

/// What else in the input exposes a host: an Ingress, or a route of Gateway API that Istio does not serve alone.
fn way_in(scene: &Scene<'_>, host: &str) -> Option<String> {
    let objects = scene.context.manifest.objects.iter();
    let stays = |object: &Object| !scene.context.resources.gateway_api.goes(&object.reference);
    let mut exposing = objects.filter(|object| exposes(object, host) && stays(object));
    exposing.next().map(|object| object.reference.to_string())
}

fn exposes(object: &Object, host: &str) -> bool {
    let Some(spec) = object.root.get("spec") else { return false };
    match (object.group(), object.reference.kind.as_str()) {
        ("networking.k8s.io", "Ingress") => {
            let rules = spec.get("rules").map(Node::items).unwrap_or_default();
            rules.iter().any(|rule| rule.get("host").and_then(|name| name.as_str()) == Some(host))
        }
        ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TLSRoute") => {
            let names = spec.get("hostnames").map(Node::items).unwrap_or_default();
            names.iter().any(|name| name.as_str() == Some(host))
        }
        _ => false,
    }
}

fn export_to(scene: &Scene<'_>) -> Option<Finding> {
    let names = &scene.service.export_to;
    let first = names.first()?;
    let leaf = Leaf { value: (), span: first.span, field: "spec.exportTo".to_string() };
    if names.iter().any(|name| name.value == "*") {
        let message = "these routes are for all namespaces, which is the default: no effect";
        return Some(scene.finding(&EXPORT_TO, Direction::None, &leaf, message));
    }
    let own = scene.namespace();
    let spaces =
        names.iter().map(|name| if name.value == "." { own.to_string() } else { name.value.clone() });
    let spaces: Vec<String> = spaces.collect();
    let message =
        format!("only clients in {} have these routes; for all others nothing changes", listed(&spaces));
    Some(scene.finding(&EXPORT_TO, Direction::None, &leaf, message))
}
