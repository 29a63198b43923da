//! Headers that proxies change, and CORS.

use super::Route;
use super::scene::{joined, listed};
use crate::finding::codes::traffic::{CORS_POLICY, HEADER_CHANGE, HEADER_PROTECTION};
use crate::finding::{Direction, Finding};
use crate::istio::common::StringPattern;
use crate::istio::virtual_service::http_actions::{
    CorsPolicy, HeaderOperations, Headers, UnmatchedPreflights,
};
use crate::yaml::fields::Leaf;

/// Header operations and CORS of one route.
pub(super) fn check(route: Route<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let own = route.http.headers.as_ref().map(|headers| (headers, None));
    let destinations = route.http.route.items.iter();
    let theirs = destinations.filter_map(|item| Some((item.headers.as_ref()?, item.to.destination.as_ref())));
    for (headers, to) in own.into_iter().chain(theirs) {
        let to = to.map(|to| format!(" that go to {}", route.scene.destination_in_words(to, true)));
        let subject = format!("{}{}", route.subject(), to.unwrap_or_default());
        findings.extend(changes(route, headers, &subject));
    }
    findings.extend(route.http.cors_policy.as_ref().map(|found| cors(route, found)));
    findings
}

fn changes(route: Route<'_>, headers: &Headers, subject: &str) -> Vec<Finding> {
    let Headers { at: _, request, response } = headers;
    let mut findings = Vec::new();
    if let Some(HeaderOperations { at, set, add, remove }) = request {
        findings.extend(remove.iter().map(|name| removed(route, name, subject)));
        for (name, value) in set {
            findings.push(if is_authority(name) {
                host(route, value, subject)
            } else {
                forced(route, name, value, subject)
            });
        }
        findings.extend(changed(route, at, subject, "the application", &[], add, &[]));
    }
    if let Some(HeaderOperations { at, set, add, remove }) = response {
        let set: Vec<_> = set.iter().collect();
        findings.extend(changed(
            route,
            at,
            &format!("answers to {subject}"),
            "the client",
            &set,
            add,
            remove,
        ));
    }
    findings
}

fn removed(route: Route<'_>, name: &Leaf<String>, subject: &str) -> Finding {
    let message = format!(
        "the header `{}` is taken from {subject}; afterwards the application sees what the client wrote there",
        name.value
    );
    let help = "make the application ignore this header, or take it away at the way in; pods inside the cluster can \
                send it in any case";
    route.scene.finding(&HEADER_PROTECTION, Direction::Widens, name, message).help(help)
}

fn forced(route: Route<'_>, name: &str, value: &Leaf<String>, subject: &str) -> Finding {
    let message = format!(
        "the header `{name}` of {subject} is always `{}`; afterwards it is missing, or what the client wrote there",
        value.value
    );
    let help = "do not let the application believe this header, or set it at the way in; pods inside the cluster can \
                send any value";
    route.scene.finding(&HEADER_PROTECTION, Direction::Widens, value, message).help(help)
}

/// The `Host` header is part of the address: setting it is a rewrite.
fn host(route: Route<'_>, value: &Leaf<String>, subject: &str) -> Finding {
    let message =
        format!("{subject} reach the application with host `{}`; afterwards with the client's", value.value);
    let help = "let the application answer to the old host, or make clients ask for the new one";
    route.scene.finding(&HEADER_CHANGE, Direction::Drops, value, message).help(help)
}

fn is_authority(name: &str) -> bool {
    name.eq_ignore_ascii_case("host") || name.eq_ignore_ascii_case(":authority")
}

/// Headers that are changed without protecting anybody: one finding for one direction of a route.
fn changed(
    route: Route<'_>,
    at: &Leaf<()>,
    subject: &str,
    reader: &str,
    set: &[(&String, &Leaf<String>)],
    add: &std::collections::BTreeMap<String, Leaf<String>>,
    remove: &[Leaf<String>],
) -> Option<Finding> {
    let mut words = Vec::new();
    words.extend(set.iter().map(|(name, value)| format!("`{name}: {}` is set", value.value)));
    words.extend(add.iter().map(|(name, value)| format!("`{name}: {}` is added", value.value)));
    words.extend(remove.iter().map(|name| format!("`{}` is removed", name.value)));
    if words.is_empty() {
        return None;
    }
    let message = format!("in {subject}, {}; afterwards {reader} sees them unchanged", joined(&words));
    let help = "change these headers in the application, or at the way in with an HTTPRoute's header filters";
    Some(route.scene.finding(&HEADER_CHANGE, Direction::Drops, at, message).help(help))
}

/// Browsers enforce CORS: nobody else is kept out by it, and without its headers browsers refuse.
fn cors(route: Route<'_>, found: &CorsPolicy) -> Finding {
    let CorsPolicy { at, allow_origins, allow_origin, allow_methods, .. } = found;
    let patterns = allow_origins.iter().filter_map(|origin| origin.pattern.as_ref());
    let mut origins: Vec<String> = patterns
        .map(|pattern| match &pattern.value {
            StringPattern::Exact(text) | StringPattern::Regex(text) => text.clone(),
            StringPattern::Prefix(text) => format!("{text}..."),
        })
        .collect();
    origins.extend(allow_origin.iter().map(|origin| origin.value.clone()));
    let methods: Vec<String> = allow_methods.iter().map(|method| method.value.clone()).collect();
    let from = if origins.is_empty() { "no origin".to_string() } else { listed(&origins) };
    let how = if methods.is_empty() { String::new() } else { format!(" with {}", listed(&methods)) };
    let unmatched = match found.unmatched_preflights.as_ref().map(|words| words.value) {
        Some(UnmatchedPreflights::Ignore) => ", other origins answered by the proxy",
        Some(UnmatchedPreflights::Forward | UnmatchedPreflights::Unspecified) | None => "",
    };
    let message = format!(
        "preflights of browsers for {} are answered for {from}{how}{unmatched}; afterwards browsers refuse these calls \
         unless the application answers them",
        route.subject()
    );
    let help = "set the same CORS policy in the application's web framework, or at the way in; only browsers obey it";
    route.scene.finding(&CORS_POLICY, Direction::Drops, at, message).help(help)
}
