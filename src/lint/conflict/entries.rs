//! UM165: several ServiceEntries for one host that contradict each other.
//!
//! For each host a proxy knows the first of them. Of one namespace, with the same resolution and selector, ports and
//! endpoints of all are put together, and a port that two of them have is that of the first; otherwise the others do
//! not count (`appendSidecarServices`, `canMergeServices`).

use super::order::{Export, Order, sharing};
use super::{between, namespace, note};
use crate::finding::Finding;
use crate::finding::codes::meaning::CONTRADICTING_ENTRY;
use crate::istio::port::{Port, Traffic};
use crate::istio::{Meta, ServiceEntry};
use crate::lint::Context;
use crate::lint::words::joined;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// One finding for each two.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let hosts = |entry: &ServiceEntry| -> Vec<String> {
        entry.hosts.items.iter().map(|host| host.value.to_lowercase()).collect()
    };
    let two = sharing(&context.resources.service_entries, hosts);
    two.into_iter().filter_map(|(one, other)| of_two(one, other)).collect()
}

fn of_two(one: &ServiceEntry, other: &ServiceEntry) -> Option<Finding> {
    let export = |entry: &ServiceEntry| Export::of(&entry.export_to, entry.namespace());
    if !export(one).rivals(&export(other)) {
        return None;
    }
    let order = Order::of(one, other, |entry: &ServiceEntry| -> &Meta { &entry.meta });
    let (first, second) = (order.first, order.second);
    let same = |host: &&Leaf<String>| {
        first.hosts.items.iter().any(|own| own.value.eq_ignore_ascii_case(&host.value))
    };
    let host = second.hosts.items.iter().find(same)?;
    let merged = first.namespace() == second.namespace()
        && first.resolution() == second.resolution()
        && export(first) == export(second)
        && labels(first) == labels(second);
    let (what, leaf) =
        protocols(first, second).or_else(|| unknown(first, second, host).filter(|_| !merged))?;
    let message = format!(
        "`{}` is for `{}` as well, {what}: proxies know {} for it",
        first.meta.reference,
        host.value,
        if merged { format!("that of {}", order.winner()) } else { format!("{} alone", order.winner()) }
    );
    // A Sidecar elsewhere may show each client one of them.
    let said = if namespace(&first.meta) == namespace(&second.meta) {
        between(&first.meta, &second.meta, &CONTRADICTING_ENTRY, &leaf, message)
    } else {
        note(&second.meta, &CONTRADICTING_ENTRY, &leaf, message)
    };
    Some(said.related("the other one", first.meta.name_span).help(
        "write one ServiceEntry for the host; afterwards clients reach it by DNS, whatever both of them said",
    ))
}

fn labels(entry: &ServiceEntry) -> Vec<(&String, &String)> {
    let selector = entry.selector.iter().flat_map(|selector| &selector.labels);
    selector.map(|(name, value)| (name, &value.value)).collect()
}

fn number(port: &Port) -> Option<i64> {
    port.number.as_ref().map(|number| number.value)
}

/// A port with another protocol. TLS and HTTPS are the same to a proxy that passes them on.
fn protocols(first: &ServiceEntry, second: &ServiceEntry) -> Option<(String, Leaf<()>)> {
    let word =
        |port: &Port| port.protocol.as_ref().map_or("none".to_string(), |word| word.value.to_uppercase());
    second.ports.items.iter().find_map(|port| {
        let same =
            first.ports.items.iter().find(|own| number(own).is_some() && number(own) == number(port))?;
        let passes = |port: &Port| port.traffic() == Traffic::ServerNames;
        if word(same) == word(port) || (passes(same) && passes(port)) {
            return None;
        }
        let what =
            format!("with protocol `{}` at port {} and not `{}`", word(same), number(port)?, word(port));
        let leaf = port.protocol.as_ref().map_or_else(|| port.at.clone(), |word| word.clone().map(drop));
        Some((what, leaf))
    })
}

/// What the first does not say, where the second does not count.
fn unknown(first: &ServiceEntry, second: &ServiceEntry, host: &Leaf<String>) -> Option<(String, Leaf<()>)> {
    let mut words = Vec::new();
    let ports =
        |entry: &ServiceEntry| -> BTreeSet<i64> { entry.ports.items.iter().filter_map(number).collect() };
    let lost: Vec<String> = ports(second).difference(&ports(first)).map(ToString::to_string).collect();
    if !lost.is_empty() {
        words.push(format!("without port {}", joined(&lost)));
    }
    if first.resolution() != second.resolution() {
        let (theirs, own) = (first.resolution().word(), second.resolution().word());
        words.push(format!("with resolution `{theirs}` and not `{own}`"));
    }
    if first.location() != second.location() {
        words.push("on the other side of the mesh's border".to_string());
    }
    let addresses = |entry: &ServiceEntry| -> BTreeSet<String> {
        let given = entry.endpoints.items.iter().filter_map(|machine| machine.address.as_ref());
        given.map(|address| address.value.clone()).collect()
    };
    if addresses(first) != addresses(second) {
        words.push("with other endpoints".to_string());
    }
    (!words.is_empty()).then(|| (joined(&words), host.clone().map(drop)))
}
