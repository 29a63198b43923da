//! UM173 for DestinationRules and VirtualServices: ztunnel knows neither, and a waypoint takes them of some
//! namespaces alone.
//!
//! `pilot/pkg/networking/core/listener_waypoint.go`, `getVirtualServiceForWaypoint`: routes of the Service's
//! namespace and of the waypoint's own. `pilot/pkg/model/push_context.go`, `destinationRule`: rules of these,
//! and of the root namespace. Clients with a sidecar, and gateways, read them without a waypoint.

use super::shows_sidecars;
use crate::finding::codes::meaning::WAYPOINT_NEEDED;
use crate::finding::{Direction, Finding, Severity};
use crate::istio::{DestinationRule, Meta, VirtualService};
use crate::lint::Context;
use crate::lint::words::full_host;
use crate::manifest::{Object, OfService};
use crate::yaml::fields::Leaf;
use crate::yaml::{Node, Value};

/// One finding for each resource, at its first host.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    if shows_sidecars(context) {
        return Vec::new();
    }
    let rules = context.resources.destination_rules.iter().filter_map(|rule| of_rule(context, rule));
    let routes = context.resources.virtual_services.iter().filter_map(|routes| of_routes(context, routes));
    rules.chain(routes).collect()
}

fn of_rule(context: &Context<'_>, rule: &DestinationRule) -> Option<Finding> {
    let sets = rule.policy.is_some() || !rule.subsets.items.is_empty();
    let host = rule.host.as_ref().filter(|_| sets)?;
    let service = ambient_service(context, &rule.meta, host)?;
    if is_behind_gateway(context, &service.0, &service.1) {
        return None;
    }
    told(context, &rule.meta, host, &service, Kind { name: "DestinationRule", of_root: true })
}

fn of_routes(context: &Context<'_>, routes: &VirtualService) -> Option<Finding> {
    let mesh = routes.gateways.is_empty() || routes.gateways.iter().any(|gateway| gateway.value == "mesh");
    let kind = Kind { name: "VirtualService", of_root: false };
    let mut hosts = routes.hosts.iter().filter(|_| mesh);
    hosts.find_map(|host| {
        let service = ambient_service(context, &routes.meta, host)?;
        told(context, &routes.meta, host, &service, kind)
    })
}

/// What a resource is, and whether waypoints take it of the root namespace too.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    of_root: bool,
}

/// Name and namespace of a host's Service, where the input shows it in a namespace in ambient mode.
fn ambient_service(context: &Context<'_>, meta: &Meta, host: &Leaf<String>) -> Option<(String, String)> {
    let host = full_host(&host.value, meta.reference.namespace.as_deref().unwrap_or_default());
    let (name, namespace) = host.strip_suffix(".svc")?.split_once('.')?;
    let is_it = |found: &crate::finding::ObjectRef| {
        found.name == name && found.namespace.as_deref() == Some(namespace)
    };
    let shown = context.inventory.services.iter().any(|service| is_it(&service.reference));
    (shown && context.inventory.is_ambient(namespace, context.settings))
        .then(|| (name.to_string(), namespace.to_string()))
}

fn told(
    context: &Context<'_>,
    meta: &Meta,
    host: &Leaf<String>,
    (name, namespace): &(String, String),
    kind: Kind,
) -> Option<Finding> {
    let waypoints = &context.inventory.waypoints;
    let own = meta.reference.namespace.as_deref().unwrap_or_default();
    let (severity, message, help) = match waypoints.of_service(namespace, name) {
        OfService::NotShown => return None,
        OfService::NotAsked => {
            let message = format!(
                "`{namespace}` is in ambient mode, and neither it nor Service `{name}` asks for a waypoint: for clients \
                 in ambient mode this {} does nothing",
                kind.name
            );
            match waypoints.of_namespace(namespace) {
                None => (
                    Severity::Warning,
                    message,
                    format!(
                        "ztunnel knows connections alone: label Service `{name}` or its Namespace with `istio.io/use-waypoint`, or delete this; clients with a sidecar and gateways read it all the same"
                    ),
                ),
                Some(waypoint) => (
                    Severity::Info,
                    format!("{message}, as far as the input shows"),
                    format!(
                        "there is the waypoint `{waypoint}`: see that the label `istio.io/use-waypoint` is on Service `{name}` or its Namespace"
                    ),
                ),
            }
        }
        OfService::Asked(waypoint) => {
            let of_waypoint = waypoint.split_once('/').is_some_and(|(space, _)| space == own);
            let of_root = kind.of_root && own == context.settings.root_namespace;
            let assumed =
                own == context.settings.default_namespace && !context.inventory.namespaces.contains_key(own);
            if own == namespace || of_waypoint || of_root || assumed {
                return None;
            }
            let message = format!(
                "the waypoint `{waypoint}` of Service `{name}` takes no {} of `{own}`: for clients in ambient mode this \
                 does nothing",
                kind.name
            );
            (Severity::Warning, message, format!("move it to `{namespace}`, the Service's namespace"))
        }
    };
    let finding = Finding::new(&WAYPOINT_NEEDED, Direction::None, message).severity(severity).help(help);
    let finding = finding.at(host.span).field(host.field.clone()).on(&meta.reference);
    let around = context.inventory.namespaces.get(namespace);
    Some(around.into_iter().fold(finding, |finding, shown| finding.related("in ambient mode", shown.span)))
}

/// Whether a route at a gateway, or an Ingress, names the Service: proxies of gateways read what is for clients.
fn is_behind_gateway(context: &Context<'_>, name: &str, namespace: &str) -> bool {
    let long = format!("{name}.{namespace}.");
    let is_route = |object: &&Object| match (object.group(), object.reference.kind.as_str()) {
        ("gateway.networking.k8s.io", kind) => kind.ends_with("Route"),
        ("networking.istio.io", "VirtualService") => {
            let gateways = object.root.get("spec").and_then(|spec| spec.get("gateways"));
            gateways.map(Node::items).unwrap_or_default().iter().any(|item| item.as_str() != Some("mesh"))
        }
        ("networking.k8s.io", kind) => kind == "Ingress",
        _ => false,
    };
    let mut routes = context.manifest.objects.iter().filter(is_route);
    routes.any(|object| object.root.get("spec").is_some_and(|spec| names(spec, name, &long)))
}

fn names(node: &Node, short: &str, long: &str) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.text == short || scalar.text.starts_with(long),
        Value::Sequence(items) => items.iter().any(|item| names(item, short, long)),
        Value::Mapping(entries) => entries.iter().any(|entry| names(&entry.value, short, long)),
    }
}
