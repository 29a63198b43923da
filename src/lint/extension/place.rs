//! Where a patch goes, in words: the part of the configuration, and what is asked of it.

use crate::istio::envoy_filter::{ApplyTo, ConfigPatch, FilterMatch, Match, Operation, PatchContext};
use crate::lint::proxies::{Way, joined};
use crate::yaml::fields::Leaf;

/// Which traffic a patch is for.
pub(super) fn way(patch: &ConfigPatch) -> Way {
    match patch.context() {
        PatchContext::Any => Way::Both,
        PatchContext::SidecarInbound => Way::In,
        PatchContext::SidecarOutbound => Way::Out,
        PatchContext::Gateway => Way::Gateway,
        PatchContext::Waypoint => Way::Waypoint,
    }
}

/// What passes the part: requests, or connections below them.
pub(super) fn traffic(apply_to: ApplyTo) -> &'static str {
    match apply_to {
        ApplyTo::NetworkFilter | ApplyTo::ListenerFilter | ApplyTo::Listener | ApplyTo::FilterChain => {
            "connections"
        }
        ApplyTo::Invalid
        | ApplyTo::HttpFilter
        | ApplyTo::RouteConfiguration
        | ApplyTo::VirtualHost
        | ApplyTo::HttpRoute
        | ApplyTo::Cluster
        | ApplyTo::ExtensionConfig
        | ApplyTo::Bootstrap => "requests",
    }
}

/// As `HTTP_FILTER INSERT_BEFORE, port 8080`.
pub(super) fn words(patch: &ConfigPatch) -> String {
    let apply_to = patch.apply_to.as_ref().map_or("", |leaf| leaf.value.word());
    let operation = patch.operation().map_or("", Operation::word);
    let mut words = format!("{apply_to} {operation}").trim().to_string();
    let class = patch.patch.as_ref().and_then(|patch| patch.filter_class.as_ref());
    if let Some(class) = class {
        words = format!("{words} {}", class.value.word());
    }
    for part in patch.matches.as_ref().map(parts).unwrap_or_default() {
        words = format!("{words}, {part}");
    }
    words
}

fn parts(matches: &Match) -> Vec<String> {
    let Match { at: _, context: _, proxy_version, proxy_metadata, listener, route, cluster, waypoint } =
        matches;
    let mut parts = Vec::new();
    if let Some(listener) = listener {
        parts.extend(port(listener.port.as_ref()));
        parts.extend(port(listener.destination_port.as_ref()));
        parts.extend(listener.port_name.iter().map(|name| format!("port `{}`", name.value)));
        parts.extend(listener.name.iter().map(|name| format!("listener `{}`", name.value)));
        parts.extend(listener.chain.iter().map(|name| format!("chain `{}`", name.value)));
        parts.extend(listener.listener_filter.iter().map(|name| format!("at `{}`", name.value)));
        parts.extend(listener.filter.as_ref().and_then(anchor).map(|name| format!("at `{name}`")));
    }
    if let Some(route) = route {
        parts.extend(port(route.port.as_ref()));
        parts.extend(quoted("routes", &route.names));
    }
    if let Some(cluster) = cluster {
        parts.extend(port(cluster.port.as_ref()));
        parts.extend(quoted("cluster", &cluster.names));
    }
    if let Some(waypoint) = waypoint {
        parts.extend(port(waypoint.port.as_ref()));
        parts.extend(waypoint.filter.as_ref().and_then(anchor).map(|name| format!("at `{name}`")));
        parts.extend(waypoint.route.iter().map(|name| format!("routes `{}`", name.value)));
    }
    parts.extend(proxy_version.iter().map(|version| format!("proxies `{}`", version.value)));
    let metadata = proxy_metadata.iter().map(|(key, value)| format!("proxies with `{key}: {}`", value.value));
    parts.extend(metadata);
    parts
}

fn port(port: Option<&Leaf<i64>>) -> Option<String> {
    port.filter(|port| port.value != 0).map(|port| format!("port {}", port.value))
}

fn quoted(what: &str, names: &[Leaf<String>]) -> Option<String> {
    let said = names.iter().filter(|name| !name.value.is_empty() && name.value != "ANY");
    let names = joined(said.map(|name| format!("`{}`", name.value)));
    (!names.is_empty()).then(|| format!("{what} {names}"))
}

/// The filter that a patch goes to or beside: the inner one where there is one.
pub(super) fn anchor(filter: &FilterMatch) -> Option<&str> {
    let inner = filter.sub_filter.as_ref().and_then(|(_, name)| name.as_ref());
    inner.or(filter.name.as_ref()).map(|name| name.value.as_str()).filter(|name| !name.is_empty())
}

/// The filter that a patch goes to or beside.
pub(super) fn anchor_of(patch: &ConfigPatch) -> Option<&str> {
    let matches = patch.matches.as_ref()?;
    let listener = matches.listener.as_ref();
    let waypoint = matches.waypoint.as_ref().and_then(|waypoint| waypoint.filter.as_ref());
    let filter = listener.and_then(|listener| listener.filter.as_ref()).or(waypoint);
    let of_listener = listener.and_then(|listener| listener.listener_filter.as_ref());
    filter.and_then(anchor).or(of_listener.map(|name| name.value.as_str()))
}

/// Whether the match names what REPLACE and REMOVE need to find their filter (`hasHTTPFilterMatch` and its like in
/// `listener_patch.go`). Of waypoints nothing is claimed.
pub(super) fn names_a_filter(patch: &ConfigPatch) -> bool {
    let listener = patch.matches.as_ref().and_then(|matches| matches.listener.as_ref());
    let filter = listener.and_then(|listener| listener.filter.as_ref());
    let apply_to = patch.apply_to.as_ref().map(|leaf| leaf.value);
    patch.context() == PatchContext::Waypoint
        || match apply_to {
            Some(ApplyTo::HttpFilter) => filter.is_some_and(|filter| filter.sub_filter.is_some()),
            Some(ApplyTo::ListenerFilter) => {
                let name = listener.and_then(|listener| listener.listener_filter.as_ref());
                name.is_some_and(|name| !name.value.is_empty())
            }
            Some(_) | None => filter.is_some(),
        }
}
