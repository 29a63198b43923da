//! Routes with a Gateway as parent: they keep their meaning with another controller, but for what is Istio's own.

use super::{finding, words};
use crate::finding::codes::traffic::{EDGE_ROUTE, WITHOUT_EFFECT};
use crate::finding::{Direction, Finding};
use crate::istio::gateway_api::filter::{Filter, FilterKind};
use crate::istio::gateway_api::matches::{CallMatch, Compare, Match, ValueMatch};
use crate::istio::gateway_api::route::{Backend, Parent, Route, Rule, Serves};
use crate::istio::gateway_api::{Controller, Reference, RouteKind};
use crate::lint::Context;
use crate::yaml::fields::Leaf;

/// What is to be said of a route that comes in through a Gateway, and what no parent changes.
pub(super) fn check(_: &Context<'_>, route: &Route) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(scope) = route.use_default_gateways.as_ref().filter(|_| route.is_istio()) {
        let message = "Istio does not act on `useDefaultGateways`: no effect";
        findings.push(finding(&route.meta, &WITHOUT_EFFECT, Direction::None, scope, message));
    }
    let gateways: Vec<&Parent> =
        route.parents.items.iter().filter(|parent| matches!(parent.serves, Serves::Gateway(_))).collect();
    if gateways.is_empty() {
        findings.extend(unknown(route).filter(|_| !route.is_istio()));
        return findings;
    }
    findings.extend(through(route, &gateways));
    for rule in &route.rules.items {
        findings.push(rule_kept(route, rule));
        findings.extend(unserved(route, rule));
    }
    findings
}

/// A parent as `namespace/name`.
pub(super) fn parent_name(parent: &Parent, route: &Route) -> String {
    format!("{}/{}", parent.to.namespace_or(route.namespace()), parent.to.name())
}

/// A route whose Gateway nobody has seen: it may be Istio's.
fn unknown(route: &Route) -> Option<Finding> {
    let missing: Vec<&Parent> =
        route.parents.items.iter().filter(|parent| parent.serves == Serves::Unknown).collect();
    let first = missing.first()?;
    let names: Vec<String> = missing.iter().map(|parent| parent_name(parent, route)).collect();
    let message = if let [name] = names.as_slice() {
        format!(
            "the input does not have Gateway `{name}`: if Istio serves it, this route waits for another controller"
        )
    } else {
        format!(
            "the input does not have the Gateways {}: if Istio serves one, this route waits for another controller",
            words::listed(&names)
        )
    };
    Some(finding(&route.meta, &EDGE_ROUTE, Direction::None, &first.at, message))
}

fn through(route: &Route, gateways: &[&Parent]) -> Option<Finding> {
    let at = route.parents.at.as_ref()?;
    let names: Vec<String> = gateways.iter().map(|parent| parent_name(parent, route)).collect();
    let waypoint =
        gateways.iter().all(|parent| matches!(parent.serves, Serves::Gateway(Controller::Waypoint)));
    let message = if waypoint {
        format!("waypoint {} takes no routes as a parent: name the Service", words::listed(&names))
    } else {
        format!(
            "{} come in through Gateway {}, which Istio serves; this route means the same to another controller that \
             takes it over",
            subject(route),
            words::listed(&names)
        )
    };
    Some(finding(&route.meta, &EDGE_ROUTE, Direction::None, at, message))
}

/// `requests to ...`, by the hosts of the route.
fn subject(route: &Route) -> String {
    let what = match route.kind {
        RouteKind::Http => "requests",
        RouteKind::Grpc => "gRPC calls",
        RouteKind::Tcp | RouteKind::Tls => "connections",
    };
    if route.hostnames.items.is_empty() {
        return format!("{what} to any host");
    }
    format!("{what} to {}", words::listed(&words::values(&route.hostnames.items)))
}

/// One rule: where it leads, and which of its features not every controller serves.
fn rule_kept(route: &Route, rule: &Rule) -> Finding {
    let own = own_kinds(rule);
    let with = conditions(rule).map_or(String::new(), |words| format!(" with {words}"));
    let to = leads(rule, route.namespace());
    if let Some(kind) = own {
        let message = format!(
            "{}{with} {to}; `{kind}` is a kind of backend that is Istio's own, so no other controller serves this rule",
            subject(route)
        );
        let help =
            "name a Service in `backendRefs`, such as one of type ExternalName or with endpoints of its own";
        return finding(&route.meta, &EDGE_ROUTE, Direction::Drops, &rule.at, message).help(help);
    }
    let extended = extended(rule);
    let also = if extended.is_empty() {
        String::new()
    } else {
        format!(", if it serves {}", words::joined(&extended))
    };
    let message = format!("{}{with} {to}: the same with another controller{also}", subject(route));
    finding(&route.meta, &EDGE_ROUTE, Direction::None, &rule.at, message)
}

fn own_kinds(rule: &Rule) -> Option<String> {
    let mut kinds =
        rule.backends.items.iter().filter(|backend| backend.to.group_or("") == "networking.istio.io");
    kinds.next().map(|backend| backend.to.kind_or("Service").to_string())
}

/// Where a rule leads, in words.
fn leads(rule: &Rule, own: &str) -> String {
    let redirects = rule.filters.items.iter().any(|filter| filter.redirect.is_some());
    match rule.backends.items.as_slice() {
        _ if redirects => "are redirected".to_string(),
        [] => "are answered with 500, for want of a backend".to_string(),
        [one] => format!("go to {}", backend(one, own)),
        several => {
            let shares: Vec<String> =
                several.iter().map(|one| format!("{} to {}", one.share(), backend(one, own))).collect();
            format!("go by weight, {}", words::joined(&shares))
        }
    }
}

/// A backend in words: `` `reviews.shop.svc` port 80 ``.
pub(super) fn backend(backend: &Backend, own: &str) -> String {
    target(&backend.to, backend.port.as_ref(), own)
}

/// A reference to a destination in words.
pub(super) fn target(to: &Reference, port: Option<&Leaf<i64>>, own: &str) -> String {
    let name = match (to.group_or(""), to.kind_or("Service")) {
        ("", "Service") => format!("`{}.{}.svc`", to.name(), to.namespace_or(own)),
        ("networking.istio.io", "Hostname") => format!("`{}`", to.name()),
        (_, kind) => format!("{kind} `{}/{}`", to.namespace_or(own), to.name()),
    };
    match port {
        Some(port) => format!("{name} port {}", port.value),
        None => name,
    }
}

/// Features that the specification leaves to a controller.
fn extended(rule: &Rule) -> Vec<String> {
    let mut words = Vec::new();
    let filters =
        rule.filters.items.iter().chain(rule.backends.items.iter().flat_map(|one| &one.filters.items));
    let mut kinds: Vec<FilterKind> =
        filters.filter_map(|filter| filter.kind.as_ref()).map(|kind| kind.value).collect();
    kinds.dedup();
    for kind in kinds {
        match kind {
            FilterKind::Redirect
            | FilterKind::ResponseHeaders
            | FilterKind::Mirror
            | FilterKind::Rewrite
            | FilterKind::Cors => words.push(format!("the filter {}", kind.word())),
            // Every controller serves the first; Istio serves none of the others.
            FilterKind::RequestHeaders | FilterKind::Extension | FilterKind::External => {}
        }
    }
    if rule.timeouts.is_some() {
        words.push("timeouts".to_string());
    }
    if rule.retry.is_some() {
        words.push("retries".to_string());
    }
    if rule.matches.items.iter().any(has_expression) {
        words.push("regular expressions as Istio does (RE2, of the whole value)".to_string());
    }
    words
}

fn has_expression(found: &Match) -> bool {
    let Match { at: _, path, method: _, call, headers, query } = found;
    let is = |compare: &Option<Leaf<Compare>>| {
        compare.as_ref().is_some_and(|compare| compare.value == Compare::RegularExpression)
    };
    path.as_ref().is_some_and(|path| is(&path.compare))
        || call.as_ref().is_some_and(|call| is(&call.compare))
        || headers.items.iter().chain(&query.items).any(|value| is(&value.compare))
}

/// What Istio itself does not act on, whoever is the parent.
pub(super) fn unserved(route: &Route, rule: &Rule) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(at) = &rule.session {
        let message = "Istio does not act on `sessionPersistence` of a route: no effect";
        findings.push(finding(&route.meta, &WITHOUT_EFFECT, Direction::None, at, message));
    }
    let of_rule = rule.filters.items.iter().map(|filter| (filter, false));
    let of_backends =
        rule.backends.items.iter().flat_map(|one| &one.filters.items).map(|filter| (filter, true));
    for (filter, of_backend) in of_rule.chain(of_backends) {
        findings.extend(refused(route, filter, of_backend));
    }
    findings
}

/// Whether Istio leaves a route out for a filter that it does not serve: then nothing that it says happens.
pub(super) fn is_left_out(route: &Route) -> bool {
    route.rules.items.iter().any(|rule| {
        rule.filters.items.iter().any(|filter| !is_served(filter, false))
            || rule
                .backends
                .items
                .iter()
                .any(|one| one.filters.items.iter().any(|filter| !is_served(filter, true)))
    })
}

/// Whether Istio serves a filter of a rule, or of a backend; one without type is refused elsewhere.
fn is_served(filter: &Filter, of_backend: bool) -> bool {
    filter.kind.as_ref().is_none_or(|kind| match kind.value {
        FilterKind::RequestHeaders | FilterKind::ResponseHeaders => true,
        FilterKind::Mirror | FilterKind::Redirect | FilterKind::Rewrite | FilterKind::Cors => !of_backend,
        FilterKind::Extension | FilterKind::External => false,
    })
}

/// A filter that Istio does not know refuses its whole route (`unsupported filter type`, `computeRoute`).
fn refused(route: &Route, filter: &Filter, of_backend: bool) -> Option<Finding> {
    let kind = filter.kind.as_ref()?;
    if is_served(filter, of_backend) {
        return None;
    }
    let place = if of_backend { " of a backend" } else { "" };
    let message = format!(
        "Istio serves no filter {}{place}, and leaves the whole route out for it; a controller that serves it will act on \
         the route",
        kind.value.word()
    );
    Some(finding(&route.meta, &WITHOUT_EFFECT, Direction::None, &filter.at, message))
}

/// What a rule's matches ask for; `None` where it takes every request.
pub(super) fn conditions(rule: &Rule) -> Option<String> {
    let matches = &rule.matches.items;
    if matches.is_empty() || matches.iter().any(Match::takes_every_request) {
        return None;
    }
    let spelled = 3;
    let mut all: Vec<String> = matches.iter().take(spelled).map(of_match).collect();
    if let Some(more) = matches.len().checked_sub(spelled).filter(|more| *more > 0) {
        all.push(format!("one of {more} more matches"));
    }
    Some(all.join(", or with "))
}

fn of_match(found: &Match) -> String {
    let Match { at: _, path, method, call, headers, query } = found;
    let mut words = Vec::new();
    words.extend(path.as_ref().map(|path| compared("path", path.compare(), path.value())));
    words.extend(method.as_ref().map(|method| format!("method `{}`", method.value)));
    words.extend(call.as_ref().map(of_call));
    words.extend(headers.items.iter().map(|header| of_value("header", header)));
    words.extend(query.items.iter().map(|query| of_value("query parameter", query)));
    words::joined(&words)
}

fn of_call(call: &CallMatch) -> String {
    let CallMatch { at: _, compare, service, method } = call;
    let like = if compare.as_ref().is_some_and(|one| one.value == Compare::RegularExpression) {
        "like "
    } else {
        ""
    };
    match (service, method) {
        (Some(service), Some(method)) => format!("gRPC method {like}`{}/{}`", service.value, method.value),
        (Some(service), None) => format!("gRPC service {like}`{}`", service.value),
        (None, Some(method)) => format!("gRPC method {like}`{}`", method.value),
        (None, None) => "any gRPC method".to_string(),
    }
}

fn of_value(what: &str, found: &ValueMatch) -> String {
    let name = found.name.as_ref().map_or("", |name| name.value.as_str());
    let value = found.value.as_ref().map_or("", |value| value.value.as_str());
    let compare = found.compare.as_ref().map_or(Compare::Exact, |compare| compare.value);
    compared(&format!("{what} `{name}`"), compare, value)
}

fn compared(what: &str, compare: Compare, value: &str) -> String {
    match compare {
        Compare::Exact => format!("{what} `{value}`"),
        Compare::PathPrefix => format!("{what} prefix `{value}`"),
        Compare::RegularExpression => format!("{what} like `{value}`"),
    }
}
