//! Routes of connections: by server name, by port, by client.

use super::conditions;
use super::destinations;
use super::scene::{Scene, joined, listed};
use crate::finding::codes::traffic::{PLAIN_ROUTE, SNI_ROUTE, TCP_ROUTE};
use crate::finding::{Code, Direction, Finding};
use crate::istio::common::List;
use crate::istio::virtual_service::destination::{Selectors, WeightedDestination};
use crate::istio::virtual_service::layer4::{TcpMatch, TcpRoute, TlsMatch, TlsRoute};
use crate::yaml::fields::Leaf;

/// All `tls` and `tcp` routes.
pub(super) fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let tls = scene.service.tls.items.iter().flat_map(|route| tls(scene, route));
    let tcp = scene.service.tcp.items.iter().flat_map(|route| tcp(scene, route));
    tls.chain(tcp).collect()
}

/// A route of either kind, in words.
struct Connections<'a> {
    code: &'static Code,
    at: &'a Leaf<()>,
    /// What the finding underlines beside the route itself, where it can.
    underlined: Option<&'a Leaf<String>>,
    what: &'static str,
    conditions: Vec<String>,
    route: &'a List<WeightedDestination>,
}

fn tls(scene: &Scene<'_>, route: &TlsRoute) -> Vec<Finding> {
    let TlsRoute { at, matches, route } = route;
    let words = |one: &TlsMatch| {
        let names: Vec<String> = one.sni_hosts.iter().map(|sni| sni.value.clone()).collect();
        let name = (!names.is_empty()).then(|| format!("server name {}", listed(&names)));
        matched(name, &one.destination_subnets, &one.selectors)
    };
    let conditions = matches.items.iter().map(words).collect();
    let underlined = matches.items.iter().find_map(|one| one.sni_hosts.first());
    let what = "TLS connections";
    connections(scene, &Connections { code: &SNI_ROUTE, at, underlined, what, conditions, route })
}

fn tcp(scene: &Scene<'_>, route: &TcpRoute) -> Vec<Finding> {
    let TcpRoute { at, matches, route } = route;
    let words = |one: &TcpMatch| {
        let source = one.source_subnet.as_ref().map(|subnet| format!("client address `{}`", subnet.value));
        matched(source, &one.destination_subnets, &one.selectors)
    };
    let conditions = matches.items.iter().map(words).collect();
    let first = route.items.iter().find_map(|item| item.destination.as_ref());
    let underlined = first.and_then(|found| found.subset.as_ref().or(found.host.as_ref()));
    let what = "TCP connections";
    connections(scene, &Connections { code: &TCP_ROUTE, at, underlined, what, conditions, route })
}

/// The conditions of one match in words; empty where it has none.
fn matched(first: Option<String>, subnets: &[Leaf<String>], selectors: &Selectors) -> String {
    let mut words: Vec<String> = first.into_iter().collect();
    if !subnets.is_empty() {
        let names: Vec<String> = subnets.iter().map(|subnet| subnet.value.clone()).collect();
        words.push(format!("destination address {}", listed(&names)));
    }
    words.extend(conditions::selectors(selectors));
    joined(&words)
}

fn connections(scene: &Scene<'_>, found: &Connections<'_>) -> Vec<Finding> {
    let Connections { code, at, underlined, what, conditions, route } = found;
    let spelled = conditions.iter().all(|words| !words.is_empty()) && !conditions.is_empty();
    let with =
        if spelled { format!(" with {}", conditions::alternatives(conditions)) } else { String::new() };
    let subject = format!("{what} to {}{with}", scene.hosts_in_words());
    let span = underlined.map_or(at.span, |leaf| leaf.span);
    let leaf = Leaf { value: (), span, field: at.field.clone() };
    if let [one] = route.items.as_slice() {
        let mut findings: Vec<Finding> = destinations::lone_weight(scene, one).into_iter().collect();
        findings.extend(single(scene, code, &leaf, one, &subject));
        return findings;
    }
    let items: Vec<_> = route.items.iter().collect();
    // The whole route is what the split stands for, so that its match is covered.
    let whole = route.at.as_ref().map(|list| Leaf { value: (), span: list.span, field: at.field.clone() });
    destinations::split(scene, whole.as_ref(), &items, &subject, what).into_iter().collect()
}

fn single(
    scene: &Scene<'_>,
    code: &'static Code,
    leaf: &Leaf<()>,
    one: &WeightedDestination,
    subject: &str,
) -> Option<Finding> {
    let to = one.destination.as_ref()?;
    let words = scene.destination_in_words(to, true);
    if scene.is_own_host(to) && to.subset.is_none() {
        let message = format!("{subject} go to {words}, which is where they go anyway: no effect");
        return Some(scene.finding(&PLAIN_ROUTE, Direction::None, leaf, message));
    }
    let message = format!("{subject} go to {words}; afterwards {}", scene.afterwards());
    let help = if scene.only_gateways() {
        "give what stands in for the Gateway the same route (a TLSRoute or TCPRoute of Gateway API, or a Service of \
         type LoadBalancer)"
    } else {
        "point clients at the destination, or give its pods a Service of the old name"
    };
    Some(scene.finding(code, Direction::Drops, leaf, message).help(help))
}
