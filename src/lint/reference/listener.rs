//! UM157: ports of a Gateway that no Service in front of its pods has.
//!
//! A server's port is that of a Service in front of the pods, which listen at its `targetPort`; where no Service
//! has it, they listen at the number itself (`resolvePorts`, `pilot/pkg/model/gateway.go`), and a Service with that
//! `targetPort` leads there all the same.

use super::finding;
use super::shown::{Shown, is_placeholder, spec};
use crate::finding::codes::meaning::PORT_NOT_EXPOSED;
use crate::finding::{Finding, Severity};
use crate::istio::Gateway;
use crate::istio::gateway::Server;
use crate::lint::words::{joined, listed};
use crate::manifest::{Object, PortTarget, Service, Workload, matches_labels};
use crate::yaml::Node;
use std::collections::BTreeSet;

/// One finding for each port of a Gateway.
pub(super) fn check(shown: &Shown<'_>) -> Vec<Finding> {
    shown.context.resources.gateways.iter().flat_map(|gateway| check_one(shown, gateway)).collect()
}

fn check_one(shown: &Shown<'_>, gateway: &Gateway) -> Vec<Finding> {
    let inventory = shown.context.inventory;
    let selected: Vec<&Workload> = inventory
        .workloads
        .iter()
        .filter(|workload| {
            let own = &workload.labels;
            gateway.selector.iter().all(|(key, value)| own.get(key).is_some_and(|own| *own == value.value))
        })
        .collect();
    if gateway.selector.is_empty() || selected.iter().any(|workload| workload.host_network) {
        return Vec::new();
    }
    let objects = &shown.context.manifest.objects;
    let in_front: Vec<&Service> = inventory
        .services
        .iter()
        .filter(|service| {
            let own = service.reference.namespace.as_deref().unwrap_or("");
            let mut pods = selected.iter().filter(|workload| workload.identity.namespace == own);
            !service.selector.is_empty()
                && pods.any(|workload| matches_labels(&service.selector, &workload.labels))
        })
        .collect();
    // By the name of a Service without an address, clients reach every port of the pods.
    if in_front.iter().any(|service| is_headless(objects, service)) {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let servers = gateway.servers.items.iter();
    let closed = servers.filter_map(|server| closed(gateway, server, &selected, &in_front, &mut seen));
    closed.collect()
}

fn is_headless(objects: &[Object], service: &Service) -> bool {
    let mut forms = objects.iter().filter(|object| object.reference == service.reference);
    forms.any(|form| spec(form, "clusterIP").and_then(Node::as_str) == Some("None"))
}

fn closed(
    gateway: &Gateway,
    server: &Server,
    selected: &[&Workload],
    in_front: &[&Service],
    seen: &mut BTreeSet<i64>,
) -> Option<Finding> {
    let number = server.port.as_ref()?.number.as_ref().filter(|number| number.value != 0)?;
    let first = in_front.first()?;
    let ports = || in_front.iter().flat_map(|service| &service.ports);
    let leads = ports().any(|port| match &port.target {
        PortTarget::Number(target) => {
            i64::from(*target) == number.value || i64::from(port.port) == number.value
        }
        // Which number that is, pods say that the input may not show.
        PortTarget::Name(_) => true,
    });
    // A port that a container declares may be reached on the node (`hostPort`), or by the pod's address.
    let declared = selected.iter().flat_map(|workload| &workload.containers).flat_map(|one| &one.ports);
    let declared = declared.into_iter().any(|port| i64::from(port.port) == number.value);
    if leads
        || declared
        || server.bind.is_some()
        || is_placeholder(&first.reference.name)
        || !seen.insert(number.value)
    {
        return None;
    }
    let names: Vec<String> = in_front.iter().map(|service| service.reference.to_string()).collect();
    let own: BTreeSet<u16> = ports().map(|port| port.port).collect();
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let message = format!(
        "{} in front of the pods of this Gateway {} {} and not {}: nobody comes in here",
        listed(&names),
        if names.len() == 1 { "has" } else { "have" },
        joined(&own),
        number.value
    );
    let help = format!("add the port {} to the Service, or write one that it has", number.value);
    let finding = finding(&gateway.meta, &PORT_NOT_EXPOSED, Severity::Warning, number, message, help);
    Some(finding.related("the Service", first.span))
}
