//! Hosts, names and numbers in sentences, for every rule about traffic.

use crate::yaml::fields::Leaf;
use std::collections::{BTreeMap, BTreeSet};

/// How many names a message lists before it counts the rest.
const LISTED: usize = 4;

/// A host as Istio completes it: a name without a dot is a Service of `namespace`. Services are written
/// as `name.namespace.svc`, without the cluster's domain.
pub(super) fn full_host(host: &str, namespace: &str) -> String {
    if let Some(service) = host.strip_suffix(".svc.cluster.local") {
        return format!("{service}.svc");
    }
    if host.contains('.') || host.contains('*') || host.contains(':') {
        return host.to_string();
    }
    format!("{host}.{namespace}.svc")
}

/// Whether a completed host is a Service of a cluster.
pub(super) fn is_service_name(host: &str) -> bool {
    host.strip_suffix(".svc").is_some_and(|name| name.split('.').count() == 2 && !name.contains('*'))
}

/// Namespace and name of a Gateway as a VirtualService of `own` names it: `namespace/name`, a name of its own
/// namespace, or the old form `name.namespace` with or without more (`ResolveGatewayName`).
pub(super) fn gateway_place<'t>(name: &'t str, own: &'t str) -> (&'t str, &'t str) {
    if let Some((namespace, name)) = name.split_once('/') {
        return (if namespace == "." { own } else { namespace }, name);
    }
    match name.split_once('.') {
        Some((name, rest)) => (rest.split('.').next().unwrap_or(rest), name),
        None => (own, name),
    }
}

/// Names in backticks, joined for a sentence; a long list is cut and counted.
pub(super) fn listed(names: &[String]) -> String {
    let names: Vec<&String> = names.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut words: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED {
        words.push(format!("{} more", names.len() - LISTED));
    }
    joined(&words)
}

/// Hosts for a sentence; `*` alone is every host.
pub(super) fn listed_hosts(hosts: &[String]) -> String {
    match hosts {
        [one] if one == "*" => "any host".to_string(),
        _ => listed(hosts),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A share as people write it: at most two decimals, none where they are zero.
pub(super) fn percent(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}

/// Labels as one text, `a=b,c=d`.
pub(super) fn labels(labels: &BTreeMap<String, Leaf<String>>) -> String {
    let pairs = labels.iter().map(|(name, value)| format!("{name}={}", value.value));
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{full_host, gateway_place, is_service_name, listed, listed_hosts, percent};

    #[test]
    fn hosts_are_completed_as_istio_completes_them() {
        let rows = [
            ("reviews", "reviews.shop.svc", true),
            ("reviews.default.svc.cluster.local", "reviews.default.svc", true),
            // A dot makes it a full name to Istio, even where people mean a namespace.
            ("reviews.default", "reviews.default", false),
            ("*.default.svc.cluster.local", "*.default.svc", false),
            ("shop.example.com", "shop.example.com", false),
            ("*", "*", false),
        ];
        for (host, full, service) in rows {
            assert_eq!(full_host(host, "shop"), full, "{host}");
            assert_eq!(is_service_name(full), service, "{host}");
        }
    }

    #[test]
    fn gateways_are_named_in_four_ways() {
        let rows = [
            ("door", ("shop", "door")),
            ("edge/door", ("edge", "door")),
            ("./door", ("shop", "door")),
            ("door.edge", ("edge", "door")),
            ("door.edge.svc.cluster.local", ("edge", "door")),
        ];
        for (name, place) in rows {
            assert_eq!(gateway_place(name, "shop"), place, "{name}");
        }
    }

    #[test]
    fn shares_have_no_more_decimals_than_they_need() {
        let rows = [(70.0, "70 %"), (12.5, "12.5 %"), (100.0 / 3.0, "33.33 %"), (0.1, "0.1 %"), (0.0, "0 %")];
        for (share, words) in rows {
            assert_eq!(percent(share), words);
        }
    }

    #[test]
    fn long_lists_are_cut_and_counted() {
        let names: Vec<String> = ["e", "d", "c", "b", "a"].map(String::from).to_vec();
        assert_eq!(listed_hosts(&["*".to_string()]), "any host");
        assert_eq!(listed(&names), "`a`, `b`, `c`, `d` and 1 more");
    }
}
