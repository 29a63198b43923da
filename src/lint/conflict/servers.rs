//! UM162: servers of Gateways that cannot both listen.
//!
//! Istio makes one listener of all servers at a port of the same pods. Plain HTTP servers share it, TLS servers
//! share it by server name, and whatever fits neither is left out (`mergeGateways`).

use super::between;
use super::order::{Order, pairs};
use crate::finding::Finding;
use crate::finding::codes::meaning::SERVER_LEFT_OUT;
use crate::istio::gateway::{Protocol, Server};
use crate::istio::{Gateway, Meta};
use crate::lint::Context;
use crate::lint::words::listed;
use crate::yaml::fields::Leaf;

/// A server of a Gateway.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) server: &'a Server,
}

/// One finding for each two of which one is left out.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    neighbours(context).into_iter().filter_map(|(one, other, order)| of_two(one, other, &order)).collect()
}

/// Every two servers at one port and address of the same pods, in Istio's order, and what tells the order.
pub(super) fn neighbours<'a>(context: &Context<'a>) -> Vec<(Place<'a>, Place<'a>, String)> {
    let gateways = &context.resources.gateways;
    let mut found = Vec::new();
    for gateway in gateways {
        let two = pairs(&gateway.servers.items).filter(|(one, other)| same_listener(one, other));
        found.extend(two.map(|(one, other)| {
            let place = |server| Place { gateway, server };
            (place(one), place(other), "the first of them".to_string())
        }));
    }
    for (one, other) in pairs(gateways).filter(|(one, other)| same_pods(context, one, other)) {
        let order = Order::of(one, other, |gateway: &Gateway| -> &Meta { &gateway.meta });
        for first in &order.first.servers.items {
            let theirs = order.second.servers.items.iter();
            found.extend(theirs.filter(|second| same_listener(first, second)).map(|second| {
                let place = |gateway, server| Place { gateway, server };
                (
                    place(order.first, first),
                    place(order.second, second),
                    format!("that of {}", order.winner()),
                )
            }));
        }
    }
    found
}

/// Whether some pods listen for both: all that the narrower selector selects, or a workload of the input.
fn same_pods(context: &Context<'_>, one: &Gateway, other: &Gateway) -> bool {
    let within = |fewer: &Gateway, more: &Gateway| {
        fewer
            .selector
            .iter()
            .all(|(name, value)| more.selector.get(name).is_some_and(|own| own.value == value.value))
    };
    let selects = |gateway: &Gateway, labels: &crate::manifest::Labels| {
        gateway.selector.iter().all(|(name, value)| labels.get(name) == Some(&value.value))
    };
    within(one, other)
        || within(other, one)
        || context
            .inventory
            .workloads
            .iter()
            .any(|workload| selects(one, &workload.labels) && selects(other, &workload.labels))
}

fn number(server: &Server) -> Option<&Leaf<i64>> {
    server.port.as_ref()?.number.as_ref().filter(|number| number.value != 0)
}

fn same_listener(one: &Server, other: &Server) -> bool {
    let bind = |server: &Server| server.bind.as_ref().map_or(String::new(), |bind| bind.value.clone());
    let numbers = number(one).zip(number(other));
    numbers.is_some_and(|(one, other)| one.value == other.value) && bind(one) == bind(other)
}

fn of_two(first: Place<'_>, second: Place<'_>, order: &str) -> Option<Finding> {
    let port = number(second.server)?;
    let (one, other) = (first.server.protocol()?, second.server.protocol()?);
    // Where both are plain HTTP, a redirect to HTTPS of one is as good as that of the other.
    let encrypted = |protocol, server: &Server| protocol != Protocol::Http && server.tls.is_some();
    let (one_hides, other_hides) = (encrypted(one, first.server), encrypted(other, second.server));
    if one_hides && other_hides {
        return same_host(first, second, order, port);
    }
    if one == Protocol::Http && other == Protocol::Http || one == Protocol::Udp || other == Protocol::Udp {
        return None;
    }
    let word = |server: &Server| server.port.as_ref()?.protocol.as_ref().map(|word| word.value.clone());
    let (own, theirs) = (word(second.server)?, word(first.server)?);
    let message = if one_hides ^ other_hides {
        format!(
            "port {} of the same pods is `{theirs}` in `{}`{} and `{own}` here, and it is with TLS or without: Istio leaves one of them out",
            port.value,
            first.gateway.meta.reference,
            whose(first, second),
        )
    } else {
        format!(
            "`{}`{} listens at port {} of the same pods as `{theirs}`, which cannot be shared with `{own}`: Istio takes {order}",
            first.gateway.meta.reference,
            whose(first, second),
            port.value,
        )
    };
    let leaf = second.server.port.as_ref()?.protocol.as_ref()?;
    Some(finding(first, second, leaf, message))
}

/// Names the other server where it is of the same Gateway.
fn whose(first: Place<'_>, second: Place<'_>) -> String {
    if std::ptr::eq(first.gateway, second.gateway) {
        format!(" (`{}`)", super::routes::short(&first.server.at.field))
    } else {
        String::new()
    }
}

/// Names that stand in both: proxies tell TLS servers apart by them, and Istio leaves the whole second server out.
fn same_host(first: Place<'_>, second: Place<'_>, order: &str, port: &Leaf<i64>) -> Option<Finding> {
    let full = |place: Place<'_>, host: &str| qualified(host, super::namespace(&place.gateway.meta));
    let theirs: Vec<String> = first.server.hosts.items.iter().map(|host| full(first, &host.value)).collect();
    let shared = second.server.hosts.items.iter().filter(|host| theirs.contains(&full(second, &host.value)));
    let shared: Vec<&Leaf<String>> = shared.collect();
    let host = shared.first()?;
    let names: Vec<String> = shared.iter().map(|host| host.value.clone()).collect();
    let rest = second.server.hosts.items.len() - shared.len();
    let others = match rest {
        0 => String::new(),
        1 => ", with the other host of that server".to_string(),
        rest => format!(", with the {rest} other hosts of that server"),
    };
    let message = format!(
        "`{}`{} has a server with TLS for {} at port {} of the same pods as well: Istio takes {order} and leaves the other one out{others}",
        first.gateway.meta.reference,
        whose(first, second),
        listed(&names),
        port.value
    );
    Some(finding(first, second, host, message))
}

/// A host as Istio compares it: `./` is the Gateway's own namespace (`sanitizeServerHostNamespace`).
pub(super) fn qualified(host: &str, namespace: &str) -> String {
    match host.split_once('/') {
        Some((".", name)) => format!("{namespace}/{name}"),
        Some(("*", name)) => name.to_string(),
        _ => host.to_string(),
    }
}

fn finding<T>(first: Place<'_>, second: Place<'_>, leaf: &Leaf<T>, message: String) -> Finding {
    between(&first.gateway.meta, &second.gateway.meta, &SERVER_LEFT_OUT, leaf, message)
        .related("the other server", first.server.at.span)
        .help("let one server have the host and the port, or give one of them another port; what is left out answers nobody today")
}
