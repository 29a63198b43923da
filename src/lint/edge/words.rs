//! Hosts, ports and names for sentences, and which VirtualServices a server lets in.

use crate::istio::gateway::Server;
use crate::istio::{Gateway, VirtualService};
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// How many names a message lists before it counts the rest.
const LISTED: usize = 4;

/// Names in backticks, joined; a long list is cut and counted.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect::<BTreeSet<_>>().into_iter().collect();
    let mut words: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED {
        words.push(format!("{} more", names.len() - LISTED));
    }
    joined(&words)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Values of leaves.
pub(super) fn values(leaves: &[Leaf<String>]) -> Vec<&str> {
    leaves.iter().map(|leaf| leaf.value.as_str()).collect()
}

/// The hosts of a server: `any host`, or names; those for one namespace alone say so.
pub(super) fn hosts(server: &Server, gateway: &Gateway) -> String {
    let mut words = Vec::new();
    for host in &server.hosts.items {
        let (namespace, name) = split(&host.value, gateway);
        let name = if name == "*" { "any host".to_string() } else { format!("`{name}`") };
        words.push(match namespace {
            Some(namespace) => format!("{name} (routes of namespace `{namespace}` alone)"),
            None => name,
        });
    }
    words.dedup();
    if let Some(more) = words.len().checked_sub(LISTED).filter(|more| *more > 0) {
        words.truncate(LISTED);
        words.push(format!("{more} more"));
    }
    if words.is_empty() { "no host".to_string() } else { joined(&words) }
}

/// `port 443`, or the socket.
pub(super) fn port(server: &Server) -> String {
    let number = server.port.as_ref().and_then(|port| port.number.as_ref()).map_or(0, |number| number.value);
    match &server.bind {
        Some(bind) if number == 0 => format!("the socket `{}`", bind.value),
        Some(bind) => format!("port {number} of the address `{}`", bind.value),
        None => format!("port {number}"),
    }
}

/// The protocol as written.
pub(super) fn protocol(server: &Server) -> &str {
    server.port.as_ref().and_then(|port| port.protocol.as_ref()).map_or("TCP", |word| word.value.as_str())
}

/// The VirtualServices of the input that a server lets in: those that name its Gateway and have a host of it.
pub(super) fn users(services: &[VirtualService], gateway: &Gateway, server: &Server) -> Vec<String> {
    let uses = services.iter().filter(|service| {
        let own = service.meta.reference.namespace.as_deref().unwrap_or("");
        let named = service.gateways.iter().any(|name| is_named(&name.value, own, gateway));
        named
            && server.hosts.items.iter().any(|host| {
                let (namespace, host) = split(&host.value, gateway);
                namespace.is_none_or(|namespace| namespace == own)
                    && service.hosts.iter().any(|other| meet(host, &other.value))
            })
    });
    uses.map(|service| {
        let reference = &service.meta.reference;
        format!("{}/{}", reference.namespace.as_deref().unwrap_or(""), reference.name)
    })
    .collect()
}

/// The namespace that a host is for, if it is for one, and the name.
pub(in crate::lint) fn split<'a>(host: &'a str, gateway: &'a Gateway) -> (Option<&'a str>, &'a str) {
    match host.split_once('/') {
        Some(("*", name)) => (None, name),
        Some((".", name)) => (gateway.meta.reference.namespace.as_deref(), name),
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, host),
    }
}

/// Whether a VirtualService's `gateways` entry means a Gateway.
fn is_named(entry: &str, own: &str, gateway: &Gateway) -> bool {
    let (namespace, name) = gateway_named(entry, own);
    let reference = &gateway.meta.reference;
    reference.name == name && reference.namespace.as_deref().unwrap_or("") == namespace
}

/// Namespace and name of the Gateway that an entry means (`resolveGatewayName`): `namespace/name`, `./name`, a
/// name in the VirtualService's own namespace, or the old `name.namespace.svc.cluster.local`.
pub(in crate::lint) fn gateway_named<'a>(entry: &'a str, own: &'a str) -> (&'a str, &'a str) {
    match entry.split_once('/') {
        Some((".", name)) => (own, name),
        Some(pair) => pair,
        None => match entry.split_once('.') {
            Some((name, rest)) => (rest.split('.').next().unwrap_or(""), name),
            None => (own, entry),
        },
    }
}

/// Whether two hosts have names in common.
pub(in crate::lint) fn meet(one: &str, other: &str) -> bool {
    let covers = |wide: &str, narrow: &str| {
        wide == "*" || wide.strip_prefix('*').is_some_and(|end| narrow.ends_with(end)) || wide == narrow
    };
    covers(one, other) || covers(other, one)
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn hosts_meet_where_one_holds_the_other() {
        for (one, other, expected) in [
            ("a.example.com", "a.example.com", true),
            ("a.example.com", "b.example.com", false),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "newexample.com", false),
            ("*", "a", true),
            ("a.b.c", "*.c", true),
            ("*.b.c", "*.c", true),
        ] {
            assert_eq!(meet(one, other), expected, "{one} {other}");
            assert_eq!(meet(other, one), expected, "{other} {one}");
        }
    }
}
