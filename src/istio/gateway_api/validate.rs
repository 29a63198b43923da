//! What the API server refuses in Gateways and routes: required fields and rules of the definitions
//! (`sigs.k8s.io/gateway-api`, `config/crd`). Filters are in `validate_filter`.

use super::gateway::{Gateway, Listener, TlsMode};
use super::matches::{Compare, Match};
use super::route::{Backend, Route, RouteKind, Rule, Timeouts};
use super::{Reference, validate_filter};
use crate::istio::checks::Checks;
use crate::istio::common::Duration;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// What is refused in a Gateway.
pub(super) fn gateway(gateway: &Gateway, checks: &Checks<'_>) {
    let listeners = &gateway.listeners;
    if listeners.items.is_empty() {
        let whole = Leaf { value: (), span: gateway.meta.name_span, field: "metadata.name".to_string() };
        let at = listeners.at.clone().unwrap_or(whole);
        checks.refuse(&at, "a Gateway has to have `listeners`", "give it one, with name, port and protocol");
    }
    let mut names = BTreeSet::new();
    let mut places = BTreeSet::new();
    for listener in &listeners.items {
        check_listener(listener, checks);
        if let Some(name) = listener.name.as_ref().filter(|name| !names.insert(name.value.as_str())) {
            checks.refuse(name, format!("two listeners have the name `{}`", name.value), "rename one");
        }
        let Listener { port, protocol, hostname, .. } = listener;
        if let (Some(port), Some(protocol)) = (port, protocol) {
            let hostname = hostname.as_ref().map(|host| host.value.as_str());
            if !places.insert((port.value, protocol.value.as_str(), hostname)) {
                let message = format!(
                    "two listeners have port {}, protocol {} and the same hostname",
                    port.value, protocol.value
                );
                checks.refuse(port, message, "keep one of them");
            }
        }
    }
    for one in gateway.tls.iter().flat_map(|tls| &tls.validations).filter(|one| one.asked) {
        if one.authorities.items.is_empty() {
            let at = one.authorities.at.as_ref().unwrap_or(&one.at);
            checks.refuse(
                at,
                "`validation` has to have `caCertificateRefs`",
                "name a ConfigMap with authorities",
            );
        }
    }
}

fn check_listener(listener: &Listener, checks: &Checks<'_>) {
    let Listener { at, name, hostname, port, protocol, tls, allowed_routes: _ } = listener;
    for (missing, field) in
        [(name.is_none(), "name"), (port.is_none(), "port"), (protocol.is_none(), "protocol")]
    {
        if missing {
            checks.refuse(at, format!("a listener has to have `{field}`"), format!("write `{field}`"));
        }
    }
    if let Some(host) = hostname {
        hostname_fits(host, checks);
    }
    let word = protocol.as_ref().map_or("", |protocol| protocol.value.as_str());
    if let (Some(host), "TCP" | "UDP") = (hostname, word) {
        checks.refuse(host, format!("a listener with protocol {word} has no `hostname`"), "take it out");
    }
    let Some(tls) = tls else {
        if word == "TLS" {
            let message = "a listener with protocol TLS has to have `tls.mode`";
            checks.refuse(at, message, "write Passthrough or Terminate");
        }
        return;
    };
    match (word, tls.mode.as_ref()) {
        ("HTTP" | "TCP" | "UDP", _) => {
            let message = format!("a listener with protocol {word} has no `tls`");
            checks.refuse(&tls.at, message, "make it HTTPS or TLS, or take `tls` out");
        }
        ("HTTPS", Some(mode)) if mode.value == TlsMode::Passthrough => {
            let message = "TLS cannot pass a listener with protocol HTTPS";
            checks.refuse(mode, message, "make the protocol TLS, or the mode Terminate");
        }
        _ => {}
    }
    let ends = tls.mode.as_ref().is_none_or(|mode| mode.value == TlsMode::Terminate);
    if ends && tls.certificates.items.is_empty() && tls.options.is_empty() {
        let message = "TLS that ends at a listener needs `certificateRefs`";
        checks.refuse(&tls.at, message, "name the Secret with the certificate");
    }
    for certificate in &tls.certificates.items {
        named(certificate, tls.certificates.at.as_ref().unwrap_or(&tls.at), checks);
    }
}

/// What is refused in a route.
pub(super) fn route(route: &Route, checks: &Checks<'_>) {
    for parent in &route.parents.items {
        named(&parent.to, &parent.at, checks);
    }
    for host in &route.hostnames.items {
        hostname_fits(host, checks);
    }
    let most = 16;
    if let Some(rule) = route.rules.items.get(most) {
        let message = format!("a route has at most {most} rules");
        checks.refuse(&rule.at, message, "move the rest to a route of their own");
    }
    for rule in &route.rules.items {
        check_rule(rule, route.kind, checks);
    }
}

fn check_rule(rule: &Rule, kind: RouteKind, checks: &Checks<'_>) {
    let Rule { at, name: _, matches, filters, backends, timeouts, retry, session: _ } = rule;
    for one in &matches.items {
        check_match(one, checks);
    }
    for backend in &backends.items {
        let Backend { at, to, port, weight: _, filters } = backend;
        backend_fits(to, port.as_ref(), at, checks);
        validate_filter::check(filters, &matches.items, checks);
    }
    validate_filter::check(filters, &matches.items, checks);
    let redirect = filters.items.iter().find_map(|filter| filter.redirect.as_ref());
    if let Some(redirect) = redirect.filter(|_| !backends.items.is_empty()) {
        let message = "a rule that redirects has no `backendRefs`";
        checks.refuse(&redirect.at, message, "take the redirect or the backends out");
    }
    if matches!(kind, RouteKind::Tcp | RouteKind::Tls) && backends.items.is_empty() {
        checks.refuse(at, "a rule for connections has to have `backendRefs`", "name a Service and its port");
    }
    if let Some(Timeouts { at: _, request, backend }) = timeouts {
        for limit in [request, backend].into_iter().flatten() {
            duration_fits(limit, checks);
        }
        if let (Some(request), Some(backend)) = (request, backend) {
            let whole = request.value.nanoseconds;
            if whole != 0 && backend.value.nanoseconds > whole {
                let message = format!(
                    "the limit of a try, {}, is longer than that of the request, {}",
                    backend.value.text, request.value.text
                );
                checks.refuse(backend, message, "make it shorter");
            }
        }
    }
    if let Some(backoff) = retry.as_ref().and_then(|retry| retry.backoff.as_ref()) {
        duration_fits(backoff, checks);
    }
}

fn check_match(found: &Match, checks: &Checks<'_>) {
    const METHODS: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    let Match { at: _, path, method, call, headers, query } = found;
    if let Some(path) = path {
        let value = path.value();
        let exact = path.compare() != Compare::RegularExpression;
        let wrong = !value.starts_with('/')
            || ["//", "/./", "/../", "%2f", "%2F", "#"].iter().any(|part| value.contains(part))
            || value.ends_with("/..")
            || value.ends_with("/.");
        if exact && wrong {
            let at = path.value.as_ref().map_or_else(|| path.at.clone(), |leaf| leaf.clone().map(|_| ()));
            let message = format!("`{value}` is no path that can be matched");
            checks.refuse(&at, message, "write an absolute path without `//`, `/./`, `/../`, `%2F` and `#`");
        }
    }
    if let Some(method) = method.as_ref().filter(|method| !METHODS.contains(&method.value.as_str())) {
        let message = format!("`{}` is no method that can be matched", method.value);
        checks.refuse(method, message, "methods are written in upper case");
    }
    if let Some(call) = call.as_ref().filter(|call| call.service.is_none() && call.method.is_none()) {
        checks.refuse(&call.at, "a gRPC match has to have `service` or `method`", "name one of them");
    }
    for value in headers.items.iter().chain(&query.items) {
        for (missing, field) in [(value.name.is_none(), "name"), (value.value.is_none(), "value")] {
            if missing {
                checks.refuse(
                    &value.at,
                    format!("a match has to have `{field}`"),
                    format!("write `{field}`"),
                );
            }
        }
    }
}

/// A reference to a Service needs a port.
pub(super) fn backend_fits(to: &Reference, port: Option<&Leaf<i64>>, at: &Leaf<()>, checks: &Checks<'_>) {
    named(to, at, checks);
    if port.is_none() && to.group_or("").is_empty() && to.kind_or("Service") == "Service" {
        checks.refuse(at, "a reference to a Service has to have `port`", "write the Service's port");
    }
}

fn named(to: &Reference, at: &Leaf<()>, checks: &Checks<'_>) {
    if to.name().is_empty() {
        checks.refuse(at, "a reference has to have `name`", "name the object");
    }
}

/// A host of lower case, whose first part may be `*`.
fn hostname_fits(host: &Leaf<String>, checks: &Checks<'_>) {
    let name = host.value.strip_prefix("*.").unwrap_or(&host.value);
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty() && part.bytes().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    if host.value.len() > 253 || !name.split('.').all(part) {
        let message = format!("`{}` is no hostname", host.value);
        checks.refuse(
            host,
            message,
            "write a name in lower case, such as `shop.example.com` or `*.example.com`",
        );
    }
}

/// One to four numbers of at most five digits, with `h`, `m`, `s` or `ms`.
fn duration_fits(found: &Leaf<Duration>, checks: &Checks<'_>) {
    let mut rest = found.value.text.as_str();
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let after = rest.get(digits..).unwrap_or("");
        let unit = ["ms", "h", "m", "s"].into_iter().find(|unit| after.starts_with(unit));
        let Some(unit) = unit.filter(|_| (1..=5).contains(&digits)) else {
            parts = 0;
            break;
        };
        parts += 1;
        rest = after.strip_prefix(unit).unwrap_or("");
    }
    if !(1..=4).contains(&parts) {
        let message = format!("`{}` is no duration of Gateway API", found.value.text);
        checks.refuse(found, message, "write whole numbers with h, m, s or ms, such as `1m30s` or `500ms`");
    }
}
