//! Routing that refuses: direct responses, aborts, and requests that no route takes.

use super::Route;
use super::scene::{Scene, percent};
use crate::finding::codes::traffic::{DIRECT_RESPONSE, FAULT_ABORT, UNMATCHED_REFUSED};
use crate::finding::{Direction, Finding};
use crate::istio::common::Percentage;
use crate::istio::virtual_service::HttpRoute;
use crate::istio::virtual_service::destination::Selectors;
use crate::istio::virtual_service::http_actions::{Abort, DirectResponse};
use crate::istio::virtual_service::http_match::HttpMatch;
use crate::yaml::fields::Leaf;

/// The lowest status that refuses.
const REFUSED: i64 = 400;

/// Refusals of one route.
pub(super) fn check(route: Route<'_>) -> Vec<Finding> {
    let response = route.http.direct_response.as_ref().map(|response| direct_response(route, response));
    let fault = route.http.fault.as_ref();
    let abort = fault.and_then(|fault| fault.abort.as_ref()).map(|found| abort(route, found));
    response.into_iter().chain(abort).collect()
}

fn direct_response(route: Route<'_>, found: &DirectResponse) -> Finding {
    let Route { scene, .. } = route;
    let status = found.status.as_ref().map_or(0, |status| status.value);
    let subject = route.subject();
    if status < REFUSED {
        let message = format!(
            "{subject} are answered by the proxy with {status}; afterwards they reach the application"
        );
        let help = "let the application, or what stands at the way in, answer them";
        return scene.finding(&DIRECT_RESPONSE, Direction::Drops, &found.at, message).help(help);
    }
    let message = format!("{subject} are refused with {status}; afterwards they reach the application");
    let help = "refuse them in the application, or at the way in if nothing inside the cluster may send them";
    scene.finding(&DIRECT_RESPONSE, Direction::Widens, &found.at, message).help(help)
}

fn abort(route: Route<'_>, found: &Abort) -> Finding {
    let Route { scene, .. } = route;
    let Abort { at, http_status, grpc_status, http2_error: _, percentage } = found;
    let share = percentage.as_ref().map_or(100.0, Percentage::number);
    let subject = route.subject();
    if share <= 0.0 {
        let message = format!("0 % of {subject} are aborted: no effect");
        return scene.finding(&FAULT_ABORT, Direction::None, at, message);
    }
    let (status, refuses) = match (http_status, grpc_status) {
        (Some(status), _) => (format!("status {}", status.value), status.value >= REFUSED),
        (None, Some(status)) => (format!("gRPC status {}", status.value), status.value != "OK"),
        (None, None) => {
            let message = "this abort names no status: no effect";
            return scene.finding(&FAULT_ABORT, Direction::None, at, message);
        }
    };
    let who =
        if share < 100.0 { format!("{} of {subject}", percent(share)) } else { format!("all {subject}") };
    let message = format!("{who} fail with {status}; afterwards they reach the application");
    let direction = if refuses { Direction::Widens } else { Direction::Drops };
    let help = "if this is a test of failures, accept it and inject faults in the client or with a chaos tool; if it \
                keeps requests out, refuse them in the application";
    scene.finding(&FAULT_ABORT, direction, at, message).help(help)
}

/// Requests that fit no route: a sidecar answers 404. Gateways do too, but they go, and with them the way in.
pub(super) fn unmatched(scene: &Scene<'_>) -> Option<Finding> {
    let http = &scene.service.http;
    let list = http.at.as_ref()?;
    if !scene.mesh || scene.service.hosts.is_empty() {
        return None;
    }
    let routes = &http.items;
    let open: Vec<&HttpRoute> = routes.iter().filter(|route| takes_all(scene, route)).collect();
    let caught = |asked: Option<&Selectors>| open.iter().any(|route| catches(route, asked));
    let refused = routes.iter().any(|route| match route.matches.items.as_slice() {
        [] => !caught(None),
        matches => {
            let mut conditional = matches.iter().filter(|one| is_for_sidecars(&one.selectors));
            conditional.any(|one| !one.takes_every_request() && !caught(Some(&one.selectors)))
        }
    });
    if !refused {
        return None;
    }
    let hosts = scene.hosts_in_words();
    let message = format!(
        "requests to {hosts} that fit none of these matches are refused with 404; afterwards they reach the application"
    );
    let leaf = Leaf { value: (), span: list.span, field: list.field.clone() };
    let help = "refuse other requests in the application, or accept this if it answers 404 to them itself";
    Some(scene.finding(&UNMATCHED_REFUSED, Direction::Widens, &leaf, message).help(help))
}

/// Whether sidecars have a match: it names no gateways, or `mesh` among them.
fn is_for_sidecars(selectors: &Selectors) -> bool {
    selectors.gateways.is_empty() || selectors.gateways.iter().any(|gateway| gateway.value == "mesh")
}

/// Whether a route takes every request that its selectors let it see. What a delegate takes is known
/// where the input has it; where not, the finding on the delegate says so.
fn takes_all(scene: &Scene<'_>, route: &HttpRoute) -> bool {
    let matches = &route.matches.items;
    let own = matches.is_empty() || matches.iter().any(HttpMatch::takes_every_request);
    let Some(delegate) = &route.delegate else { return own };
    let name = delegate.name.as_ref().map(|name| name.value.as_str());
    let namespace = delegate.namespace.as_ref().map_or(scene.namespace(), |space| space.value.as_str());
    let mut others = scene.context.resources.virtual_services.iter();
    let found = others.find(|other| {
        let reference = &other.meta.reference;
        Some(reference.name.as_str()) == name && reference.namespace.as_deref() == Some(namespace)
    });
    let open = |route: &HttpRoute| {
        let matches = &route.matches.items;
        matches.is_empty() || matches.iter().any(|one| one.takes_every_request() && one.selectors.is_empty())
    };
    own && found.is_none_or(|found| found.http.items.iter().any(open))
}

/// Whether a route takes what another match with these selectors leaves; `None`: from everybody.
fn catches(route: &HttpRoute, asked: Option<&Selectors>) -> bool {
    let matches = &route.matches.items;
    let mut open = matches.iter().filter(|one| one.takes_every_request() && is_for_sidecars(&one.selectors));
    matches.is_empty() || open.any(|one| chosen(&one.selectors, asked))
}

/// Whether selectors choose everything, or the same proxies and ports. Gateways were looked at before.
fn chosen(found: &Selectors, asked: Option<&Selectors>) -> bool {
    let key = |one: &Selectors| {
        let labels = one.source_labels.iter().map(|(name, leaf)| (name.clone(), leaf.value.clone()));
        let namespace = one.source_namespace.as_ref().map(|leaf| leaf.value.clone());
        (one.port.as_ref().map(|leaf| leaf.value), labels.collect::<Vec<_>>(), namespace)
    };
    key(found) == (None, Vec::new(), None) || asked.is_some_and(|asked| key(found) == key(asked))
}
