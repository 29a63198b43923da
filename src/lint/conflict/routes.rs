//! UM166 and UM167: routes and matches of one VirtualService behind others that take their requests.
//!
//! Proxies try HTTP routes in the order of the list, and the matches of a route in theirs.

use super::cover::{covers, takes_all};
use super::{layer4, note, warning};
use crate::finding::Finding;
use crate::finding::codes::meaning::{OVERLAPPED_MATCH, UNREACHABLE_ROUTE};
use crate::istio::VirtualService;
use crate::istio::virtual_service::HttpRoute;
use crate::istio::virtual_service::http_match::HttpMatch;
use crate::lint::Context;
use crate::yaml::fields::Leaf;

/// One finding for each route that is never taken, and for each match that adds nothing.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = &context.resources.virtual_services;
    services.iter().flat_map(|service| [http(service), layer4::check(service)].concat()).collect()
}

/// What took requests before.
struct Before<'a> {
    /// Absent for a route that takes every request.
    matched: Option<&'a HttpMatch>,
    route: &'a HttpRoute,
}

impl Before<'_> {
    fn place(&self) -> &Leaf<()> {
        self.matched.map_or(&self.route.at, |found| &found.at)
    }
}

/// The Gateways of a VirtualService, by the names in it.
pub(super) fn gateways(service: &VirtualService) -> Vec<String> {
    match service.gateways.as_slice() {
        [] => vec!["mesh".to_string()],
        names => names.iter().map(|name| name.value.clone()).collect(),
    }
}

fn http(service: &VirtualService) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut before: Vec<Before<'_>> = Vec::new();
    let names = gateways(service);
    for route in &service.http.items {
        let matches = &route.matches.items;
        if matches.is_empty() {
            let all = before.iter().find(|one| one.matched.is_none_or(takes_all));
            findings.extend(all.map(|one| unreachable(service, route, one)));
        }
        let covering = |list: &[Before<'_>], found: &HttpMatch| {
            list.iter().position(|one| one.matched.is_none_or(|outer| covers(outer, found, &names)))
        };
        let taken: Vec<Option<usize>> = matches.iter().map(|found| covering(&before, found)).collect();
        let first = taken.first().copied().flatten().and_then(|index| before.get(index));
        if let Some(one) = first.filter(|_| taken.iter().all(Option::is_some)) {
            findings.push(unreachable(service, route, one));
        } else {
            let own = matches.iter().zip(&taken).filter_map(|(found, index)| Some((found, (*index)?)));
            let own = own.filter_map(|(found, index)| Some((found, before.get(index)?)));
            findings.extend(own.map(|(found, one)| overlapped(service, found, one)));
            findings.extend(repeated(service, route, &taken, &names));
        }
        // What a delegate leaves goes on to the routes behind it.
        if route.delegate.is_none() {
            let own = matches.iter().map(|found| Before { matched: Some(found), route });
            before.extend(own);
            if matches.is_empty() {
                before.push(Before { matched: None, route });
            }
        }
    }
    findings
}

/// How a route is called, for a sentence.
fn called(route: &HttpRoute) -> String {
    match route.name.as_ref().filter(|name| !name.value.is_empty()) {
        Some(name) => format!("the route `{}`", name.value),
        None => format!("`{}`", short(&route.at.field)),
    }
}

/// A field's path without `spec.`.
pub(super) fn short(field: &str) -> &str {
    field.strip_prefix("spec.").unwrap_or(field)
}

fn unreachable(service: &VirtualService, route: &HttpRoute, before: &Before<'_>) -> Finding {
    let message = format!(
        "{} is never taken: `{}` stands before it and takes {}",
        called(route),
        short(&before.place().field),
        if route.matches.items.is_empty() { "every request" } else { "all of its requests" }
    );
    let at = route.name.as_ref().map_or(route.at.span, |name| name.span);
    let leaf = Leaf { value: (), span: at, field: route.at.field.clone() };
    warning(&service.meta, &UNREACHABLE_ROUTE, &leaf, message)
        .related("this takes its requests", before.place().span)
        .help("move the narrower route to the front, or delete it; do not carry it over as it stands, where it would begin to act")
}

/// A match whose requests another route takes, beside matches of its route that act.
fn overlapped(service: &VirtualService, found: &HttpMatch, before: &Before<'_>) -> Finding {
    let message = format!(
        "`{}` takes no request: `{}` stands before it and takes them all, for {}",
        short(&found.at.field),
        short(&before.place().field),
        called(before.route)
    );
    warning(&service.meta, &OVERLAPPED_MATCH, &found.at, message)
        .related("this takes its requests", before.place().span)
        .help("move the narrower one to the front, or delete it")
}

/// Matches of one route that another match of the same route holds: nothing is lost with them.
fn repeated(
    service: &VirtualService,
    route: &HttpRoute,
    taken: &[Option<usize>],
    names: &[String],
) -> Vec<Finding> {
    let matches = &route.matches.items;
    let mut findings = Vec::new();
    for (index, (found, taken)) in matches.iter().zip(taken).enumerate() {
        let mut earlier = matches.iter().take(index);
        let Some(one) = earlier.find(|one| covers(one, found, names)).filter(|_| taken.is_none()) else {
            continue;
        };
        let message = format!(
            "`{}` adds nothing: `{}` of the same route takes the same requests, and all of them",
            short(&found.at.field),
            short(&one.at.field)
        );
        let finding = note(&service.meta, &OVERLAPPED_MATCH, &found.at, message);
        findings.push(finding.related("this takes its requests", one.at.span).help("delete it"));
    }
    findings
}
