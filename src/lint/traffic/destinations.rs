//! Where requests go: shares, subsets, other hosts, other ports, or nowhere special.

use super::Route;
use super::conditions;
use super::scene::{Known, Scene, joined, percent};
use crate::finding::codes::traffic::{
    DESTINATION_PORT, OTHER_HOST_ROUTE, PLAIN_ROUTE, SUBSET_ROUTE, WEIGHTED_SPLIT,
};
use crate::finding::{Code, Direction, Finding};
use crate::istio::virtual_service::destination::{Destination, WeightedDestination};
use crate::yaml::fields::Leaf;

/// What a list of destinations comes to.
pub(super) enum Target<'a> {
    /// There is none: the route answers itself, or delegates.
    None,
    /// One host without a subset, which is where requests go anyway (or what a Gateway exposes).
    Plain(&'a Destination),
    /// A subset, or another host.
    Elsewhere(&'a Destination),
    /// Several, by weight.
    Split,
}

/// What an HTTP route's destinations come to.
pub(super) fn target(route: Route<'_>) -> Target<'_> {
    let Route { scene, http } = route;
    match http.route.items.as_slice() {
        [] => Target::None,
        [one] => match &one.to.destination {
            None => Target::None,
            Some(found) if found.subset.is_some() => Target::Elsewhere(found),
            Some(found) if scene.is_own_host(found) || scene.only_gateways() => Target::Plain(found),
            Some(found) => Target::Elsewhere(found),
        },
        [_, _, ..] => Target::Split,
    }
}

/// The destinations of an HTTP route.
pub(super) fn check(route: Route<'_>) -> Vec<Finding> {
    let Route { scene, http } = route;
    let subject = route.subject();
    let mut findings = Vec::new();
    if let [one] = http.route.items.as_slice() {
        findings.extend(lone_weight(scene, &one.to));
    }
    match target(route) {
        Target::None => {}
        Target::Plain(found) => findings.push(plain(route, found, &subject)),
        Target::Elsewhere(found) => findings.extend(elsewhere(route, found, &subject)),
        Target::Split => {
            let items: Vec<_> = http.route.items.iter().map(|item| &item.to).collect();
            findings.extend(split(scene, http.route.at.as_ref(), &items, &subject, "requests"));
        }
    }
    findings
}

/// Shares of several destinations; `unit` is what is shared out.
pub(super) fn split(
    scene: &Scene<'_>,
    list: Option<&Leaf<()>>,
    items: &[&WeightedDestination],
    subject: &str,
    unit: &str,
) -> Option<Finding> {
    let list = list?;
    let weights = items.iter().map(|item| item.weight.as_ref().map_or(0, |weight| weight.value));
    let total: i64 = weights.clone().sum();
    let hosts: Vec<_> = items.iter().filter_map(|item| item.destination.as_ref()).collect();
    let name_hosts = hosts.iter().any(|one| !scene.is_own_host(one));
    let share = |(item, weight): (&&WeightedDestination, i64)| {
        let to = scene.destination_in_words(item.destination.as_ref()?, name_hosts);
        #[expect(clippy::cast_precision_loss, reason = "weights are far below 2^53")]
        let part = if total == 0 { 0.0 } else { weight as f64 * 100.0 / total as f64 };
        Some((percent(part), to))
    };
    let shares: Vec<(String, String)> = items.iter().zip(weights).filter_map(share).collect();
    let subject = subject.strip_prefix(unit).unwrap_or(subject);
    let message = match shares.as_slice() {
        [] => return None,
        [(first, to), rest @ ..] => {
            let mut words = vec![format!("{first} of {unit}{subject} go to {to}")];
            words.extend(rest.iter().map(|(part, to)| format!("{part} to {to}")));
            format!("{}; afterwards {}", joined(&words), scene.afterwards())
        }
    };
    let at = items.iter().find_map(|item| item.weight.as_ref()).map_or(list.span, |weight| weight.span);
    let leaf = Leaf { value: (), span: at, field: list.field.clone() };
    let help = "use weights of an HTTPRoute (Gateway API) at the way in, or a rollout controller that shares out \
                by numbers of pods; inside the cluster, one Service for each version lets clients choose";
    Some(scene.finding(&WEIGHTED_SPLIT, Direction::Drops, &leaf, message).help(help))
}

/// A weight of the only destination: it takes all, whatever the number.
pub(super) fn lone_weight(scene: &Scene<'_>, item: &WeightedDestination) -> Option<Finding> {
    let weight = item.weight.as_ref()?;
    let message = format!("the weight {} has no effect: it is the only destination", weight.value);
    Some(scene.finding(&WEIGHTED_SPLIT, Direction::None, weight, message))
}

fn elsewhere(route: Route<'_>, found: &Destination, subject: &str) -> Option<Finding> {
    let Route { scene, http } = route;
    let matched = conditions::of_route(http).is_some();
    let own = scene.is_own_host(found) || scene.only_gateways();
    let unserved = scene.hosts.iter().find(|host| scene.mesh && matches!(scene.known(host), Known::Missing));
    if let Some(host) = unserved.filter(|_| !own) {
        return Some(nobody_answers(scene, found, subject, host));
    }
    // The finding on the match says where these requests go.
    if matched {
        return None;
    }
    Some(moved(scene, found, subject))
}

/// Requests that go to a subset or another host, whatever they carry.
pub(super) fn moved(scene: &Scene<'_>, found: &Destination, subject: &str) -> Finding {
    let to = scene.destination_in_words(found, !scene.is_own_host(found));
    let message = format!("{subject} go to {to}; afterwards {}", scene.afterwards());
    if scene.is_own_host(found) || scene.only_gateways() {
        let help =
            "give the subset a Service of its own whose selector has its labels, and send clients there";
        return at_destination(scene, &SUBSET_ROUTE, Direction::Drops, found, message).help(help);
    }
    let help = "point clients at the destination, or let the Service select its pods; the policy of the pods that \
                then answer decides who may ask";
    at_destination(scene, &OTHER_HOST_ROUTE, Direction::Drops, found, message).help(help)
}

fn nobody_answers(scene: &Scene<'_>, found: &Destination, subject: &str, host: &str) -> Finding {
    let to = scene.destination_in_words(found, true);
    let message =
        format!("{subject} go to {to}; afterwards nobody answers, since the input has no Service `{host}`");
    let help = "point clients at the destination, or add a Service of the old name that selects its pods";
    at_destination(scene, &OTHER_HOST_ROUTE, Direction::Narrows, found, message).help(help)
}

/// A destination that changes nothing, but maybe the port.
fn plain(route: Route<'_>, found: &Destination, subject: &str) -> Finding {
    let Route { scene, http } = route;
    let host = scene.host_of(found);
    if scene.only_gateways() {
        let to = scene.destination_in_words(found, true);
        let message = format!(
            "through Gateway {}, {subject} go to {to}: what stands in has to send them there",
            scene.ways_in()
        );
        return at_destination(scene, &PLAIN_ROUTE, Direction::None, found, message);
    }
    let Some(port) = &found.port else {
        let retries =
            if http.retries.is_none() { "; Istio's own two retries of failed requests go" } else { "" };
        let message = format!("{subject} go to its own pods, with the mesh and without it{retries}");
        return at_destination(scene, &PLAIN_ROUTE, Direction::None, found, message);
    };
    match scene.known(&host) {
        Known::Service(service) if service.ports.iter().any(|one| i64::from(one.port) != port.value) => {
            let ports: Vec<String> = service.ports.iter().map(|one| one.port.to_string()).collect();
            let message = format!(
                "{subject} go to port {}, whichever port is asked; afterwards each of its ports ({}) leads to its own",
                port.value,
                joined(&ports)
            );
            let help = format!("make clients ask for port {}", port.value);
            let leaf = Leaf { value: (), span: port.span, field: found.at.field.clone() };
            scene.finding(&DESTINATION_PORT, Direction::Drops, &leaf, message).help(help)
        }
        Known::Service(_) => {
            let message =
                format!("{subject} go to port {}, the only one that its Service has: no effect", port.value);
            at_destination(scene, &PLAIN_ROUTE, Direction::None, found, message)
        }
        Known::Missing | Known::Unknown | Known::NoService => {
            let message = format!(
                "{subject} go to port {} of it; with clients that ask for that port nothing changes",
                port.value
            );
            at_destination(scene, &PLAIN_ROUTE, Direction::None, found, message)
        }
    }
}

/// A finding that underlines the subset or the host, and stands for the whole destination.
fn at_destination(
    scene: &Scene<'_>,
    code: &'static Code,
    direction: Direction,
    found: &Destination,
    message: String,
) -> Finding {
    let underlined = found.subset.as_ref().or(found.host.as_ref()).map_or(found.at.span, |leaf| leaf.span);
    let leaf = Leaf { value: (), span: underlined, field: found.at.field.clone() };
    scene.finding(code, direction, &leaf, message)
}
