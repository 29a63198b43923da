//! What the mesh encrypts and authenticates, told once for all of it.

use super::mode::{Mode, of_pods};
use crate::finding::codes::platform::ENCRYPTION_ENDS;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Member, Policy, Proxy, Uncaptured, Workload};
use crate::lint::Context;
use crate::lint::words::listed;

/// The workloads of the mesh with their ports by mode.
#[derive(Default)]
struct Census {
    strict: Vec<String>,
    permissive: Vec<String>,
    strict_ports: usize,
    permissive_ports: usize,
}

/// One finding, where the input shows a mesh: an error if somebody asked for mutual TLS. Where nobody did,
/// plaintext passed as well, so that nobody could rely on it.
pub(super) fn check(context: &Context<'_>) -> Option<Finding> {
    let model = context.model;
    let members = model.facts.workloads.iter().filter(|workload| is_member(workload));
    let members: Vec<&Workload> = members.collect();
    let census = census(&members, context);
    let strict = |policy: &&Policy| policy.action == Action::RequireIdentity && !policy.rules.is_empty();
    let demands: Vec<&Policy> = model.policies.iter().filter(strict).collect();
    let what = census.words();
    if what.is_empty() && demands.is_empty() {
        return None;
    }
    let message = if what.is_empty() {
        let names: Vec<String> = demands.iter().map(|policy| policy.origin.reference.to_string()).collect();
        let verb = if names.len() == 1 { "asks" } else { "ask" };
        format!(
            "{} {verb} for mutual TLS: what it encrypts crosses the network in clear, and proves nobody's identity",
            listed(&names)
        )
    } else {
        format!(
            "mutual TLS ends with the mesh: connections to {} cross the network in clear, and prove nobody's identity",
            what.join(", and to ")
        )
    };
    let (direction, severity) = if demands.is_empty() {
        (Direction::Drops, Severity::Info)
    } else {
        (Direction::Widens, Severity::Error)
    };
    let finding = Finding::new(&ENCRYPTION_ENDS, direction, message).severity(severity).help(
        "WireGuard of the network plugin encrypts between nodes: not between pods of one node, not to a node without it, without an identity, and nothing is refused for want of it; where more is asked for, let applications speak TLS",
    );
    // The policies themselves are carried, as refusals: what is told here must not look like a loss of theirs.
    Some(match members.first() {
        Some(first) => finding.at(first.span),
        None => demands
            .iter()
            .fold(finding, |finding, policy| finding.related("this asks for it", policy.origin.span)),
    })
}

/// Pods with a proxy by what the input shows; gateways end TLS of their own.
fn is_member(workload: &Workload) -> bool {
    matches!(workload.proxy, Proxy::Sidecar | Proxy::Ambient) && workload.member == Member::Proven
}

fn census(members: &[&Workload], context: &Context<'_>) -> Census {
    let mut census = Census::default();
    for workload in members {
        let name = workload.reference.to_string();
        let captured = |port: &u16| match &workload.uncaptured {
            Uncaptured::Ports(ports) => !ports.contains(port),
            Uncaptured::AllBut(ports) => ports.contains(port),
        };
        let ports: Vec<u16> = workload.ports.keys().copied().filter(captured).collect();
        let mode = |port| of_pods(context.model, &workload.identity.namespace, &workload.labels, port);
        let (mut strict, mut permissive) = (0, 0);
        for port in &ports {
            match mode(Some(*port)) {
                Mode::Strict => strict += 1,
                Mode::Permissive(_) => permissive += 1,
                // ztunnel speaks mutual TLS all the same.
                Mode::Off if workload.proxy == Proxy::Ambient => permissive += 1,
                Mode::Off => {}
            }
        }
        let portless = ports.is_empty()
            && workload.ports.is_empty()
            && workload.uncaptured != Uncaptured::AllBut(Vec::new());
        let (none_strict, none_permissive) = match mode(None) {
            Mode::Strict => (portless, false),
            Mode::Permissive(_) => (false, portless),
            Mode::Off => (false, portless && workload.proxy == Proxy::Ambient),
        };
        if strict > 0 || none_strict {
            census.strict.push(name.clone());
        }
        if permissive > 0 || none_permissive {
            census.permissive.push(name);
        }
        census.strict_ports += strict;
        census.permissive_ports += permissive;
    }
    census
}

impl Census {
    fn words(&self) -> Vec<String> {
        let of = |names: &[String], ports: usize, mode: &str| {
            let ports = match ports {
                0 => String::new(),
                1 => "1 port, ".to_string(),
                ports => format!("{ports} ports, "),
            };
            (!names.is_empty()).then(|| format!("{} ({ports}{mode})", listed(names)))
        };
        let strict = of(&self.strict, self.strict_ports, "STRICT");
        let permissive = of(&self.permissive, self.permissive_ports, "PERMISSIVE: from clients of the mesh");
        strict.into_iter().chain(permissive).collect()
    }
}
