//! What Istio refuses in a patch (`validateEnvoyFilter`, `pkg/config/validation/envoyfilter`, and the
//! rules of the CRD). It stops at the first problem of a patch, as Istio does.
//!
//! Regular expressions are not compiled, and Envoy's configuration is not held against its schema, but for
//! types of the v2 API, which Istio knows no more.

use super::{ApplyTo, ConfigPatch, FilterMatch, Match, Operation, PatchContext, PatchValue};
use crate::istio::checks::Checks;
use crate::yaml::fields::Leaf;
use crate::yaml::{Node, Value};

/// Both names of the HTTP connection manager.
const CONNECTION_MANAGER: [&str; 2] =
    ["envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"];

pub(super) fn check(found: &ConfigPatch, checks: &Checks<'_>) {
    if let Some(matches) = &found.matches {
        check_waypoint(matches, checks);
    }
    if found.context() == PatchContext::Waypoint {
        return;
    }
    let Some((apply_to, value)) = check_patch(found, checks) else { return };
    let fits = found.matches.as_ref().is_none_or(|matches| check_kind(apply_to, matches, checks));
    if let Some(value) = value.filter(|_| fits) {
        check_types(value, checks);
    }
}

/// `applyTo`, `patch` and `operation` have to be there, and a value but for what is removed.
fn check_patch<'a>(found: &'a ConfigPatch, checks: &Checks<'_>) -> Option<(ApplyTo, Option<&'a PatchValue>)> {
    let apply_to = found.apply_to.as_ref().map(|leaf| leaf.value);
    let Some(apply_to) = apply_to.filter(|apply_to| *apply_to != ApplyTo::Invalid) else {
        let at = found.apply_to.as_ref().map_or_else(|| found.at.clone(), |leaf| leaf.clone().map(|_| ()));
        checks.refuse(&at, "a patch has no `applyTo`", "say which part of the configuration it is for");
        return None;
    };
    let Some(patch) = &found.patch else {
        checks.refuse(&found.at, "an entry of `configPatches` has no `patch`", "say what it does");
        return None;
    };
    let operation = patch.operation.as_ref().map(|leaf| leaf.value);
    let Some(operation) = operation.filter(|operation| *operation != Operation::Invalid) else {
        let at = patch.operation.as_ref().map_or_else(|| patch.at.clone(), |leaf| leaf.clone().map(|_| ()));
        checks.refuse(&at, "a `patch` has no `operation`", "say `MERGE`, `ADD`, `INSERT_BEFORE` and so on");
        return None;
    };
    if patch.value.is_none() && operation != Operation::Remove {
        let message = format!("a `patch` that does {} has no `value`", operation.word());
        checks.refuse(&patch.at, message, "write what is put there");
        return None;
    }
    Some((apply_to, patch.value.as_ref()))
}

/// A match has to be of the kind that `applyTo` names. Whether the rest may be looked at.
fn check_kind(apply_to: ApplyTo, matches: &Match, checks: &Checks<'_>) -> bool {
    let Match { listener, route, cluster, waypoint, .. } = matches;
    let kinds = [
        ("listener", listener.as_ref().map(|listener| &listener.at)),
        ("routeConfiguration", route.as_ref().map(|route| &route.at)),
        ("cluster", cluster.as_ref().map(|cluster| &cluster.at)),
        ("waypoint", waypoint.as_ref().map(|waypoint| &waypoint.at)),
    ];
    let wanted = match apply_to {
        ApplyTo::Listener | ApplyTo::FilterChain | ApplyTo::NetworkFilter | ApplyTo::HttpFilter => "listener",
        ApplyTo::RouteConfiguration | ApplyTo::VirtualHost | ApplyTo::HttpRoute => "routeConfiguration",
        ApplyTo::Cluster => "cluster",
        ApplyTo::Invalid | ApplyTo::ExtensionConfig | ApplyTo::Bootstrap | ApplyTo::ListenerFilter => {
            return true;
        }
    };
    for (name, at) in kinds {
        if let Some(at) = at.filter(|_| name != wanted) {
            let message = format!("a patch of {} cannot match by `{name}`", apply_to.word());
            checks.refuse(at, message, format!("match by `{wanted}`, or leave the match out"));
            return false;
        }
    }
    let filter = listener.as_ref().and_then(|listener| listener.filter.as_ref());
    filter.is_none_or(|filter| check_filter(apply_to, filter, checks))
}

fn check_filter(apply_to: ApplyTo, filter: &FilterMatch, checks: &Checks<'_>) -> bool {
    let FilterMatch { at, name, sub_filter } = filter;
    let Some(name) = name.as_ref().filter(|name| !name.value.is_empty()) else {
        checks.refuse(at, "a match of a `filter` has no `name`", "name the filter");
        return false;
    };
    let Some((at, sub_name)) = sub_filter else { return true };
    let (message, help) = if apply_to != ApplyTo::HttpFilter {
        (
            "`subFilter` can only stand in a patch of HTTP_FILTER",
            "take it out, or apply the patch to HTTP_FILTER",
        )
    } else if !CONNECTION_MANAGER.contains(&name.value.as_str()) {
        (
            "`subFilter` can only stand within `envoy.filters.network.http_connection_manager`",
            "name that as the filter",
        )
    } else if sub_name.as_ref().is_none_or(|name| name.value.is_empty()) {
        ("a `subFilter` has no `name`", "name the filter")
    } else {
        return true;
    };
    checks.refuse(at, message, help);
    false
}

/// The CRD: `waypoint` stands with the context of that name, and only there.
fn check_waypoint(matches: &Match, checks: &Checks<'_>) {
    let context = matches.context.as_ref().filter(|context| context.value == PatchContext::Waypoint);
    match (context, &matches.waypoint) {
        (Some(context), None) => {
            let message = "a match with the context WAYPOINT has no `waypoint`";
            checks.refuse(
                context,
                message,
                "add `waypoint`, which may be empty of all but a filter or route",
            );
        }
        (None, Some(waypoint)) => {
            let message = "`waypoint` can only stand beside the context WAYPOINT";
            checks.refuse(&waypoint.at, message, "write `context: WAYPOINT`");
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    let port = matches.waypoint.as_ref().and_then(|waypoint| waypoint.port.as_ref());
    if let Some(port) = port.filter(|port| !(1..=65535).contains(&port.value)) {
        let message = format!("{} is no port", port.value);
        checks.refuse(port, message, "it is a whole number from 1 to 65535");
    }
}

fn check_types(value: &PatchValue, checks: &Checks<'_>) {
    if let Some((at, name)) = old_type(&value.node, &value.at.field) {
        let message = format!("`{name}` is a type of Envoy's v2 API, which Istio knows no more");
        checks.refuse(&at, message, "use the type of the v3 API");
    }
}

/// The first type of the v2 API. What a `TypedStruct` holds is not looked up by Istio.
fn old_type<'a>(node: &'a Node, path: &str) -> Option<(Leaf<()>, &'a str)> {
    match &node.value {
        Value::Scalar(_) => None,
        Value::Sequence(items) => {
            items.iter().enumerate().find_map(|(index, item)| old_type(item, &format!("{path}[{index}]")))
        }
        Value::Mapping(entries) => {
            let name = node.get("@type").and_then(Node::as_str).unwrap_or_default();
            if name.ends_with(".TypedStruct") {
                return None;
            }
            let old = name.contains("/envoy.") && (name.contains(".v2.") || name.contains(".v2alpha."));
            if let Some(own) = node.get("@type").filter(|_| old) {
                let field = format!("{path}.@type");
                return Some((Leaf { value: (), span: own.span, field }, name));
            }
            entries.iter().find_map(|entry| old_type(&entry.value, &format!("{path}.{}", entry.key)))
        }
    }
}
