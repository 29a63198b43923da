//! Hosts, clients and pods that a rule is for: nothing goes with them by themselves.

use super::{Part, Scene, subset_in_words};
use crate::finding::codes::traffic::{RULE_SCOPE, SUBSET};
use crate::finding::{Direction, Finding};
use crate::istio::VirtualService;
use crate::istio::destination_rule::{Settings, Subset};
use crate::istio::virtual_service::destination::Destination;
use crate::lint::words::{full_host, joined, labels, listed};
use crate::yaml::fields::Leaf;

/// Wildcards, `exportTo`, `workloadSelector`, and rules that do nothing.
pub(super) fn check(scene: Scene<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(wildcard(scene));
    findings.extend(nothing(scene));
    findings.extend(export_to(scene));
    findings.extend(scene.rule.selector.as_ref().map(|selector| {
        let pods = labels(&selector.labels);
        let which =
            if pods.is_empty() { "all clients".to_string() } else { format!("clients with `{pods}`") };
        let message =
            format!("{which} in `{}` alone have this rule; for others nothing changes", scene.namespace());
        scene.finding(&RULE_SCOPE, Direction::None, &selector.at, message)
    }));
    findings
}

fn nothing(scene: Scene<'_>) -> Option<Finding> {
    let idle = scene.rule.policy.is_none() && scene.rule.subsets.items.is_empty();
    let host = scene.rule.host.as_ref().filter(|_| idle)?;
    let message = "this rule has neither `trafficPolicy` nor `subsets`: no effect";
    Some(scene.finding(&RULE_SCOPE, Direction::None, host, message))
}

/// Which Services of the input a wildcard means.
fn wildcard(scene: Scene<'_>) -> Option<Finding> {
    let host = scene.rule.host.as_ref()?;
    let end = host.value.strip_prefix('*')?;
    let full = |name: &str, namespace: &str| format!("{name}.{namespace}.svc.cluster.local");
    let services = scene.context.inventory.services.iter().filter_map(|service| {
        let namespace = service.reference.namespace.as_deref().unwrap_or("");
        let name = &service.reference.name;
        full(name, namespace).ends_with(end).then(|| format!("{name}.{namespace}.svc"))
    });
    let services: Vec<String> = services.collect();
    let among = match services.as_slice() {
        [] => "no Service of the input among them".to_string(),
        [_] => format!("{} of the input among them", listed(&services)),
        _ => format!("{} Services of the input among them: {}", services.len(), listed(&services)),
    };
    let hosts =
        if end.is_empty() { "every host".to_string() } else { format!("every host that ends in `{end}`") };
    let message = format!("this rule is for {hosts} and has no rule of its own, {among}");
    Some(scene.finding(&RULE_SCOPE, Direction::None, host, message))
}

fn export_to(scene: Scene<'_>) -> Option<Finding> {
    let names = &scene.rule.export_to;
    let first = names.first()?;
    let leaf = Leaf { value: (), span: first.span, field: "spec.exportTo".to_string() };
    if names.iter().any(|name| name.value == "*") {
        let message = "this rule is for clients in all namespaces, which is the default: no effect";
        return Some(scene.finding(&RULE_SCOPE, Direction::None, &leaf, message));
    }
    let own = scene.namespace();
    let spaces =
        names.iter().map(|name| if name.value == "." { own.to_string() } else { name.value.clone() });
    let spaces: Vec<String> = spaces.collect();
    let message =
        format!("only clients in {} have this rule; for all others nothing changes", listed(&spaces));
    Some(scene.finding(&RULE_SCOPE, Direction::None, &leaf, message))
}

/// Settings of the rule and of its subset that do not act on a port with settings of its own.
pub(super) fn stands_alone(part: Part<'_>, around: &Settings, outer: Option<&Settings>) -> Option<Finding> {
    let port = part.port?;
    let given = |settings: &Settings| {
        let Settings { load_balancer, connection_pool, outlier_detection, tls } = settings;
        [
            ("loadBalancer", load_balancer.is_some()),
            ("connectionPool", connection_pool.is_some()),
            ("outlierDetection", outlier_detection.is_some()),
            ("tls", tls.is_some()),
        ]
    };
    let wide = given(around).into_iter().zip(outer.map(given).into_iter().flatten().chain([("", false); 4]));
    let wide = wide.map(|((name, inner), (_, outer))| (name, inner || outer));
    let lost = wide.zip(given(part.settings)).filter(|((_, wide), (_, own))| *wide && !own);
    let lost: Vec<String> = lost.map(|((name, _), _)| format!("`{name}`")).collect();
    if lost.is_empty() {
        return None;
    }
    let acts = if lost.len() == 1 { "does" } else { "do" };
    let message = format!(
        "settings of port {} stand for all others: {} from above {acts} not act on it, with the mesh already",
        port.value,
        joined(&lost)
    );
    Some(part.scene.finding(&RULE_SCOPE, Direction::None, port, message))
}

/// A subset, with the routes that use it.
pub(super) fn subset(scene: Scene<'_>, subset: &Subset) -> Finding {
    let Subset { at, name, labels, policy: _ } = subset;
    let host = scene.host();
    let words = subset_in_words(subset, &scene.host_in_words());
    let called = name.as_ref().map_or("", |name| name.value.as_str());
    let services = scene.context.resources.virtual_services.iter();
    let using: Vec<&VirtualService> = services.filter(|service| uses(service, &host, called)).collect();
    let all = if labels.is_empty() { ", which has no labels and is all of its pods" } else { "" };
    let message = if using.is_empty() {
        format!("no VirtualService of the input sends requests to {words}{all}: no effect by itself")
    } else {
        let names: Vec<String> = using.iter().map(|service| service.meta.reference.to_string()).collect();
        format!("routes of {} lead to {words}{all}: what becomes of them is said there", listed(&names))
    };
    let underlined = name.as_ref().map_or(at.span, |name| name.span);
    let leaf = Leaf { value: (), span: underlined, field: at.field.clone() };
    let finding = scene.finding(&SUBSET, Direction::None, &leaf, message);
    using.iter().fold(finding, |finding, service| finding.related("used here", service.meta.name_span))
}

/// Whether a VirtualService sends requests, or copies of them, to a subset.
fn uses(service: &VirtualService, host: &str, subset: &str) -> bool {
    let namespace = service.meta.reference.namespace.as_deref().unwrap_or("");
    let VirtualService { http, tls, tcp, .. } = service;
    let routes = http.items.iter().flat_map(|route| &route.route.items).map(|item| &item.to);
    let tls = tls.items.iter().flat_map(|route| &route.route.items);
    let tcp = tcp.items.iter().flat_map(|route| &route.route.items);
    let routed = routes.chain(tls).chain(tcp).filter_map(|item| item.destination.as_ref());
    let mirror = http.items.iter().filter_map(|route| route.mirror.as_ref());
    let mirrors = http.items.iter().flat_map(|route| &route.mirrors.items);
    let mirrors = mirrors.filter_map(|item| item.destination.as_ref());
    let is_there = |to: &Destination| {
        to.subset.as_ref().is_some_and(|name| name.value == subset)
            && to.host.as_ref().is_some_and(|name| full_host(&name.value, namespace) == host)
    };
    routed.chain(mirror).chain(mirrors).any(is_there)
}
