//! Connections from a workload that pass its proxy by: they show no identity, so what asks for one refuses them
//! today. Afterwards the pod is known by its namespace and account however it connects.
//!
//! Redirection happens before a Service's address is resolved, so ports are those of Services as well as those of
//! pods. The proxy's own user is never redirected (`tools/istio-iptables/pkg/capture`).

use super::capture::{in_ambient_mode, numbers, without_proxy};
use super::holder::{Holder, Mark};
use super::value::{is_local, may_hold_pods, ports, ranges};
use super::with_rest;
use crate::config::Identity;
use crate::finding::codes::platform::UNCAPTURED_OUTBOUND;
use crate::finding::{Direction, Finding, Severity};
use crate::ir;
use crate::lint::Context;
use crate::lint::mutual_tls::mode::{Mode, of_pods};
use crate::lint::mutual_tls::plain::{is_refused_by_allow, is_refused_by_deny, lets_in_identity};
use crate::lint::words::{joined, listed};
use crate::manifest::{PortTarget, Proxy, Workload, matches_labels};

/// The user of the proxy.
const PROXY_USER: i64 = 1337;

/// Which connections pass by.
enum Bypass {
    /// To these ports.
    Ports(Vec<u16>),
    /// To everything, or to blocks in which pods may be.
    Anything,
    /// To addresses that no pod has.
    Elsewhere,
}

pub(super) fn check(
    holder: &Holder<'_>,
    marks: &[&Mark<'_>],
    workload: Option<&Workload>,
    context: &Context<'_>,
) -> Option<Finding> {
    let (first, rest) = marks.split_first()?;
    let workload = workload?;
    match workload.proxy {
        Proxy::None => return without_proxy(holder, marks),
        Proxy::Ambient => return in_ambient_mode(holder, marks),
        Proxy::Sidecar | Proxy::Unlabelled | Proxy::Unknown => {}
    }
    let shown: Vec<String> = marks.iter().map(|mark| mark.shown()).collect();
    let (to, refusing) = match bypass(marks) {
        Bypass::Ports(ports) if ports.is_empty() => ("nothing".to_string(), Vec::new()),
        Bypass::Ports(ports) => (numbers(&ports), refusing(workload, Some(&ports), context)),
        Bypass::Anything => ("addresses of pods".to_string(), refusing(workload, None, context)),
        Bypass::Elsewhere => ("addresses outside".to_string(), Vec::new()),
    };
    let message = format!("{} connects to {to} past its proxy ({})", holder.name(), joined(&shown));
    let finding = told(&refusing, &message);
    Some(with_rest(finding.on(&holder.object.reference).at(first.key).field(first.field.as_str()), rest))
}

fn bypass(marks: &[&Mark<'_>]) -> Bypass {
    let mut to_ports = Vec::new();
    let mut elsewhere = false;
    for mark in marks {
        let blocks = ranges(&mark.value).unwrap_or_default();
        match mark.name.rsplit('/').next().unwrap_or_default() {
            "excludeOutboundPorts" => to_ports.extend(ports(&mark.value).unwrap_or_default()),
            "excludeOutboundIPRanges"
                if blocks.iter().any(|block| may_hold_pods(block) && !is_local(block)) =>
            {
                return Bypass::Anything;
            }
            "excludeOutboundIPRanges" => elsewhere |= !blocks.is_empty(),
            // What a list leaves out passes by; it is not known which pods are in it.
            "includeOutboundIPRanges" if mark.value != "*" => {
                let whole = blocks.iter().any(|block| block.prefix_len() == 0);
                if !whole && !blocks.iter().any(may_hold_pods) {
                    return Bypass::Anything;
                }
                elsewhere |= !whole;
            }
            _ => {}
        }
    }
    if to_ports.is_empty() && elsewhere { Bypass::Elsewhere } else { Bypass::Ports(to_ports) }
}

/// Workloads with a container of the proxy's user (IST0144).
pub(super) fn by_user(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in context.inventory.workloads.iter().filter(|workload| !workload.gateway) {
        let of_user = workload
            .containers
            .iter()
            .find(|container| container.name != "istio-proxy" && container.run_as_user == Some(PROXY_USER));
        let Some(container) = of_user.filter(|_| workload.proxy == Proxy::Sidecar) else { continue };
        let message = format!(
            "`{}` of `{}` runs as user {PROXY_USER}, which is the proxy's, so it connects to others past the proxy",
            container.name, workload.reference
        );
        let finding = told(&refusing(workload, None, context), &message);
        findings.push(finding.on(&workload.reference).at(workload.span).field("spec"));
    }
    findings
}

/// What is so, and whom it lets in.
fn told(refusing: &[String], message: &str) -> Finding {
    if refusing.is_empty() {
        return Finding::new(
            &UNCAPTURED_OUTBOUND,
            Direction::None,
            format!("{message}: without mutual TLS, and without an identity"),
        )
        .severity(Severity::Info)
        .help("without a mesh all its connections are like that; where peers that are not shown here ask for an identity, they refuse it today and know its pods afterwards");
    }
    let verb = if refusing.len() == 1 { "refuses it" } else { "refuse it" };
    let lets = if refusing.len() == 1 { "lets it in" } else { "let it in" };
    let message = format!(
        "{message}, so it shows no identity: {} {verb} today for want of one, and {lets} afterwards, by its namespace and account",
        listed(refusing)
    );
    Finding::new(&UNCAPTURED_OUTBOUND, Direction::Widens, message)
        .help("if it may connect there, accept this; if not, leave it out of what the policies let in")
}

/// Workloads that refuse such a client today, and let the pod in by what is written. `ports` are those that the
/// client asks for; `None` is any.
fn refusing(client: &Workload, ports: Option<&[u16]>, context: &Context<'_>) -> Vec<String> {
    let policed = context.model.facts.workloads.iter().filter(|workload| {
        matches!(workload.proxy, ir::Proxy::Sidecar | ir::Proxy::Ambient)
            && workload.member == ir::Member::Proven
            && workload.reference != client.reference
    });
    let refuses = |workload: &&ir::Workload| {
        let known = workload.ports.keys().copied();
        let asked: Vec<u16> = match ports {
            None => known.filter(|port| is_captured(workload, *port)).collect(),
            Some(ports) => known
                .filter(|port| is_captured(workload, *port) && is_behind(workload, *port, ports, context))
                .collect(),
        };
        asked.iter().any(|port| changes(workload, *port, &client.identity, context))
    };
    let mut names: Vec<String> =
        policed.filter(refuses).map(|workload| workload.reference.to_string()).collect();
    names.sort();
    names.dedup();
    names
}

fn is_captured(workload: &ir::Workload, port: u16) -> bool {
    match &workload.uncaptured {
        ir::Uncaptured::Ports(ports) => !ports.contains(&port),
        ir::Uncaptured::AllBut(ports) => ports.contains(&port),
    }
}

/// Whether a pod's port is asked for by one of these: its own number, or that of a Service before it.
fn is_behind(workload: &ir::Workload, port: u16, asked: &[u16], context: &Context<'_>) -> bool {
    let services = context.inventory.services.iter().filter(|service| {
        service.reference.namespace.as_deref() == Some(workload.identity.namespace.as_str())
            && !service.selector.is_empty()
            && matches_labels(&service.selector, &workload.labels)
    });
    let mut service_ports = services.flat_map(|service| &service.ports);
    asked.contains(&port)
        || service_ports.any(|own| {
            asked.contains(&own.port)
                && match &own.target {
                    PortTarget::Number(number) => *number == port,
                    // A name may be this port's.
                    PortTarget::Name(_) => true,
                }
        })
}

/// Whether a port refuses plain text, and lets this identity in.
fn changes(workload: &ir::Workload, port: u16, client: &Identity, context: &Context<'_>) -> bool {
    let (model, port) = (context.model, Some(port));
    let strict = matches!(of_pods(model, &workload.identity.namespace, &workload.labels, port), Mode::Strict);
    let refused =
        strict || is_refused_by_allow(model, workload, port) || is_refused_by_deny(model, workload, port);
    refused && lets_in_identity(model, workload, port, client)
}
