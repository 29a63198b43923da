//! Matches in words.

use super::scene::joined;
use crate::istio::common::{StringMatch, StringPattern};
use crate::istio::virtual_service::HttpRoute;
use crate::istio::virtual_service::destination::Selectors;
use crate::istio::virtual_service::http_match::HttpMatch;

/// How many alternatives a message spells out before it counts the rest.
const SPELLED: usize = 3;

/// What a route's matches ask for; `None` where it takes every request.
pub(super) fn of_route(route: &HttpRoute) -> Option<String> {
    let all: Vec<String> = route.matches.items.iter().map(of_match).collect();
    let open = |one: &HttpMatch| one.takes_every_request() && one.selectors.is_empty();
    if route.matches.items.is_empty() || route.matches.items.iter().any(open) {
        return None;
    }
    Some(alternatives(&all))
}

/// Alternatives, the first few spelled out.
pub(super) fn alternatives(all: &[String]) -> String {
    let spelled: Vec<&str> = all.iter().take(SPELLED).map(String::as_str).collect();
    let text = spelled.join(", or with ");
    match all.len().checked_sub(SPELLED) {
        Some(more) if more > 0 => format!("{text}, or with one of {more} more matches"),
        Some(_) | None => text,
    }
}

/// All conditions of one match; empty where it has none.
pub(super) fn of_match(one: &HttpMatch) -> String {
    let HttpMatch { uri, scheme, method, authority, headers, without_headers, query_params, .. } = one;
    let mut words = Vec::new();
    let named = [("path", uri), ("scheme", scheme), ("method", method), ("host header", authority)];
    for (name, found) in named {
        words.extend(found.as_ref().map(|found| pattern(name, found)));
    }
    if one.ignore_uri_case.as_ref().is_some_and(|ignore| ignore.value) && uri.is_some() {
        words.push("letter case ignored".to_string());
    }
    for (name, found) in headers {
        let claim = name.value.strip_prefix("@request.auth.claims");
        let claim = claim.map(|claim| claim.trim_matches(['.', '[', ']']));
        let what = claim
            .map_or_else(|| format!("header `{}`", name.value), |claim| format!("token claim `{claim}`"));
        words.push(pattern(&what, found));
    }
    for (name, found) in without_headers {
        words.push(format!("not {}", pattern(&format!("header `{}`", name.value), found)));
    }
    for (name, found) in query_params {
        words.push(pattern(&format!("query parameter `{}`", name.value), found));
    }
    words.extend(selectors(&one.selectors));
    joined(&words)
}

/// Conditions on port, client and gateway.
pub(super) fn selectors(found: &Selectors) -> Vec<String> {
    let Selectors { port, source_labels, source_namespace, gateways } = found;
    let mut words = Vec::new();
    words.extend(port.as_ref().map(|port| format!("port {}", port.value)));
    if !source_labels.is_empty() {
        let labels = source_labels.iter().map(|(name, value)| format!("{name}={}", value.value));
        words.push(format!("client labels `{}`", labels.collect::<Vec<_>>().join(",")));
    }
    words.extend(source_namespace.as_ref().map(|space| format!("client namespace `{}`", space.value)));
    if !gateways.is_empty() {
        let names = gateways.iter().map(|gateway| format!("`{}`", gateway.value));
        words.push(format!("gateway {}", names.collect::<Vec<_>>().join(" or ")));
    }
    words
}

fn pattern(what: &str, found: &StringMatch) -> String {
    match found.pattern.as_ref().map(|pattern| &pattern.value) {
        None => what.to_string(),
        Some(StringPattern::Exact(text)) => format!("{what} `{text}`"),
        Some(StringPattern::Prefix(text)) => format!("{what} prefix `{text}`"),
        Some(StringPattern::Regex(text)) => format!("{what} like `{text}`"),
    }
}
