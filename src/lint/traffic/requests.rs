//! Routing by what requests carry and who sends them.

use super::Route;
use super::conditions;
use super::destinations::{Target, target};
use crate::finding::codes::traffic::{REQUEST_MATCH, ROUTE_STATISTICS};
use crate::finding::{Direction, Finding};

/// The matches of a route.
pub(super) fn check(route: Route<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = matching(route).into_iter().collect();
    for one in &route.http.matches.items {
        let Some(prefix) = &one.stat_prefix else { continue };
        let message = format!(
            "the proxies' statistics `route.{}` end: nothing counts these requests apart",
            prefix.value
        );
        let help = "count in the application, or at the way in";
        findings.push(route.scene.finding(&ROUTE_STATISTICS, Direction::Drops, prefix, message).help(help));
    }
    findings
}

fn matching(route: Route<'_>) -> Option<Finding> {
    let Route { scene, http } = route;
    let list = http.matches.at.as_ref().filter(|_| !http.matches.items.is_empty())?;
    let Some(conditions) = conditions::of_route(http) else {
        let message = "this match takes every request: no effect";
        return Some(scene.finding(&REQUEST_MATCH, Direction::None, list, message));
    };
    let hosts = scene.hosts_in_words();
    let subject = format!("requests to {hosts} with {conditions}");
    let to = match target(route) {
        Target::Elsewhere(found) => scene.destination_in_words(found, !scene.is_own_host(found)),
        Target::Plain(found) if scene.only_gateways() => scene.destination_in_words(found, true),
        Target::Plain(_) | Target::None | Target::Split => {
            let message = format!("{subject} take this route; what it does to them is said with it");
            return Some(scene.finding(&REQUEST_MATCH, Direction::None, list, message));
        }
    };
    let message = format!("{subject} go to {to}; afterwards {}", afterwards(route));
    let help = if scene.only_gateways() {
        "give what stands in for the Gateway (an HTTPRoute of Gateway API, an Ingress) the same matches"
    } else {
        "match in an HTTPRoute (Gateway API) at the way in, or let clients or the application decide; a Service looks \
         at no request"
    };
    Some(scene.finding(&REQUEST_MATCH, Direction::Drops, list, message).help(help))
}

fn afterwards(route: Route<'_>) -> String {
    if route.scene.only_gateways() {
        return route.scene.afterwards();
    }
    format!("nothing looks at them, and {}", route.scene.afterwards())
}
