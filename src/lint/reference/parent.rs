//! UM152 for routes of Gateway API: parents and listeners that the input does not have.

use super::finding;
use super::gateway::Kinds;
use super::shown::{Shown, is_placeholder};
use crate::finding::codes::meaning::UNKNOWN_GATEWAY;
use crate::finding::{Finding, Severity};
use crate::istio::gateway_api::Route;
use crate::istio::gateway_api::route::{Parent, Serves};
use crate::lint::words::listed;

/// One finding for each parent.
pub(super) fn check(shown: &Shown<'_>) -> Vec<Finding> {
    let routes = shown.context.resources.gateway_api.routes.iter();
    let parents = routes.flat_map(|route| route.parents.items.iter().map(move |parent| (route, parent)));
    parents.filter_map(|(route, parent)| check_one(shown, route, parent)).collect()
}

fn check_one(shown: &Shown<'_>, route: &Route, parent: &Parent) -> Option<Finding> {
    let entry = parent.to.name.as_ref().filter(|name| !is_placeholder(&name.value))?;
    match parent.serves {
        Serves::Gateway(_) => section(shown, route, parent),
        Serves::Mesh | Serves::Other => None,
        Serves::Unknown => {
            let wanted = (parent.to.namespace_or(route.namespace()), entry.value.as_str());
            // Its class is not known, or its documents disagree.
            if shown.api_gateways.contains(&wanted) {
                return None;
            }
            if shown.gateways.contains_key(&wanted) {
                let message = format!(
                    "`{}/{}` is a Gateway of Istio's own API, and a route acts at those of Gateway API alone: it acts \
                     nowhere by this parent",
                    wanted.0, wanted.1
                );
                let help = "write a Gateway of `gateway.networking.k8s.io`";
                let warning = Severity::Warning;
                return Some(finding(&route.meta, &UNKNOWN_GATEWAY, warning, entry, message, help));
            }
            let kinds = Kinds {
                shown: shown.api_gateways.iter().copied().collect(),
                write: |namespace, _| format!("add `namespace: {namespace}`"),
            };
            let short = parent.to.namespace.is_none();
            kinds.missing(shown, &route.meta, entry, wanted, short, "this route acts nowhere by this parent")
        }
    }
}

/// A listener that the parent does not have.
fn section(shown: &Shown<'_>, route: &Route, parent: &Parent) -> Option<Finding> {
    let wanted = parent.section.as_ref().filter(|name| !is_placeholder(&name.value))?;
    let own = (parent.to.namespace_or(route.namespace()), parent.to.name());
    let mut gateways = shown.context.resources.gateway_api.gateways.iter();
    let gateway = gateways.find(|one| super::shown::name_of(&one.meta.reference) == own)?;
    let names = gateway.listeners.items.iter().filter_map(|listener| listener.name.as_ref());
    let names: Vec<&str> = names.map(|name| name.value.as_str()).collect();
    if names.is_empty() || names.contains(&wanted.value.as_str()) {
        return None;
    }
    let have: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
    let message = format!(
        "`{}` has no listener `{}`, but {}: this route acts nowhere by this parent",
        gateway.meta.reference,
        wanted.value,
        listed(&have)
    );
    let help = "name a listener that it has";
    let finding = finding(&route.meta, &UNKNOWN_GATEWAY, Severity::Warning, wanted, message, help);
    Some(finding.related("the Gateway", gateway.meta.name_span))
}
