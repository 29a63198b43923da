//! UM171: several Services that say different protocols of one port of a workload
//! (`pilot/pkg/networking/core/listener_inbound.go`, `reportInboundConflict`).
//!
//! Istio makes one listener for a port of a pod, by the Service that is the oldest. Ports of the Services
//! themselves may be shared, and several may lead to one port of the pods, as long as they agree.

use super::{behind, place};
use crate::finding::codes::meaning::PORTS_IN_CONFLICT;
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::lint::Context;
use crate::lint::words::listed;
use crate::manifest::{AppProtocol, Proxy, Service, ServicePort, Workload};
use crate::source::Span;
use std::collections::BTreeMap;

/// A pair of ports that contradict each other, by their places, and the number.
type Pair = (Span, Span, u16);

/// One finding for each pair of Services and port.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut pairs: BTreeMap<Pair, (Vec<String>, Finding)> = BTreeMap::new();
    for (workload, services) in before(context) {
        let contradicting = services.iter().enumerate().flat_map(|(index, second)| {
            let earlier = services.get(..index).unwrap_or_default();
            earlier.iter().map(move |first| (*first, *second))
        });
        for (first, second) in contradicting {
            for (port, one, other) in contradictions(first, second, workload) {
                let entry = pairs
                    .entry((one.span, other.span, port))
                    .or_insert_with(|| (Vec::new(), finding(context, (first, one), (second, other), port)));
                entry.0.push(workload.reference.to_string());
            }
        }
    }
    let said = |(workloads, mut finding): (Vec<String>, Finding)| {
        finding.message = format!(
            "{} of {}: its proxies take the older Service's word",
            finding.message,
            listed(&workloads)
        );
        finding
    };
    pairs.into_values().map(said).collect()
}

/// The workloads for which a sidecar listens, each with the Services before it, in the order of the input.
/// Variants of one Service are not several Services, and of one workload nobody knows which one runs.
fn before<'c>(context: &Context<'c>) -> Vec<(&'c Workload, Vec<&'c Service>)> {
    let inventory = context.inventory;
    let services = single(inventory.services.iter().map(|service| (&service.reference, service)));
    let mut before: BTreeMap<&ObjectRef, Vec<&Service>> = BTreeMap::new();
    for service in services {
        for workload in behind(context, service) {
            before.entry(&workload.reference).or_default().push(service);
        }
    }
    let workloads = single(inventory.workloads.iter().map(|workload| (&workload.reference, workload)));
    let listened = workloads.into_iter().filter(|workload| listens(workload));
    listened.filter_map(|workload| Some((workload, before.remove(&workload.reference)?))).collect()
}

/// Those whose document is the only one of its name, in their order.
fn single<'c, T>(all: impl Iterator<Item = (&'c ObjectRef, &'c T)> + Clone) -> Vec<&'c T> {
    let mut count: BTreeMap<&ObjectRef, usize> = BTreeMap::new();
    for (reference, _) in all.clone() {
        *count.entry(reference).or_insert(0) += 1;
    }
    all.filter(|(reference, _)| count.get(reference) == Some(&1)).map(|(_, object)| object).collect()
}

/// Whether a sidecar listens for the workload.
fn listens(workload: &Workload) -> bool {
    let sidecar = match workload.proxy {
        Proxy::Sidecar => true,
        Proxy::Ambient | Proxy::None | Proxy::Unlabelled | Proxy::Unknown => false,
    };
    sidecar && !workload.gateway
}

fn contradictions<'s>(
    first: &'s Service,
    second: &'s Service,
    workload: &Workload,
) -> Vec<(u16, &'s ServicePort, &'s ServicePort)> {
    let mut found = Vec::new();
    for other in &second.ports {
        let Some(port) = other.number_on(workload) else { continue };
        let differs = |one: &&ServicePort| {
            one.number_on(workload) == Some(port)
                && matches!(
                    (one.declared(), other.declared()),
                    (AppProtocol::Http, AppProtocol::Tcp) | (AppProtocol::Tcp, AppProtocol::Http)
                )
        };
        found.extend(first.ports.iter().filter(differs).map(|one| (port, one, other)));
    }
    found
}

fn finding(
    context: &Context<'_>,
    (first, one): (&Service, &ServicePort),
    (second, other): (&Service, &ServicePort),
    port: u16,
) -> Finding {
    let message = format!(
        "`{}` says {} and `{}` says {} of port {port}",
        first.reference,
        declared(one),
        second.reference,
        declared(other)
    );
    let (field, span) = place(context, second, other);
    let (_, before) = place(context, first, one);
    Finding::new(&PORTS_IN_CONFLICT, Direction::None, message)
        .severity(Severity::Warning)
        .on(&second.reference)
        .at(span)
        .field(field)
        .related(format!("says {}", declared(one)), before)
        .help(
            "give both ports the same protocol: as TCP, rules with HTTP fields do not hold there, and as HTTP, \
             connections of other protocols fail",
        )
}

fn declared(port: &ServicePort) -> String {
    let word = if port.declared() == AppProtocol::Http { "HTTP" } else { "TCP" };
    match (&port.app_protocol, &port.name) {
        (Some(protocol), _) => format!("{word} (`appProtocol: {protocol}`)"),
        (None, Some(name)) => format!("{word} (`{name}`)"),
        (None, None) => format!("{word} (port {})", port.port),
    }
}
