//! Which dimensions of the requests the input closes, and which are open, so that they are compared as
//! though anything might be there.

use super::compare::Input;
use super::request::Protocol;
use super::subject::Subject;
use crate::istio::Resources;
use crate::istio::authorization_policy::{Condition, Key, Rule};
use crate::manifest::Proxy;

/// What the input says of the values of a dimension, in words.
enum Said {
    /// It names them all.
    Closed(String),
    /// There may be others.
    Open(String),
}

/// The dimensions of the requests to these subjects: those closed by the input, and those open.
pub(super) fn dimensions(input: &Input<'_>, subjects: &[Subject]) -> (Vec<String>, Vec<String>) {
    let said = [namespaces(input), workloads(subjects), proxies(input), protocols(subjects), tokens(input)];
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for said in said.into_iter().flatten() {
        match said {
            Said::Closed(text) => closed.push(text),
            Said::Open(text) => open.push(text),
        }
    }
    (closed, open)
}

fn namespaces(input: &Input<'_>) -> Option<Said> {
    Some(match &input.settings.mesh_namespaces {
        Some(_) => Said::Closed("the namespaces of the mesh: --mesh-namespaces lists them".to_string()),
        None => Said::Open(
            "the namespaces of the mesh: any that the input does not show may be in it".to_string(),
        ),
    })
}

fn workloads(subjects: &[Subject]) -> Option<Said> {
    let unseen = subjects.iter().filter(|subject| subject.workload.is_none()).count();
    Some(if subjects.is_empty() {
        return None;
    } else if unseen == 0 {
        Said::Closed("the workloads that policies select: the input shows them".to_string())
    } else {
        Said::Open(
            "the workloads that policies select: there may be pods that the input does not show".to_string(),
        )
    })
}

/// Whether the input says of each template if its pods have a proxy.
fn proxies(input: &Input<'_>) -> Option<Said> {
    let mut templates = input.inventory.workloads.iter();
    let unknown = templates.any(|workload| match workload.proxy {
        Proxy::Unknown | Proxy::Unlabelled => true,
        Proxy::Sidecar | Proxy::Ambient | Proxy::None => false,
    });
    (!input.inventory.workloads.is_empty()).then(|| {
        if unknown {
            Said::Open(
                "the proxies of workloads: the input does not show of each whether it has one".to_string(),
            )
        } else {
            Said::Closed("the proxies of workloads: the input shows of each whether it has one".to_string())
        }
    })
}

/// Whether Services say of each port of the input's workloads what it carries.
fn protocols(subjects: &[Subject]) -> Option<Said> {
    let shown = subjects.iter().filter(|subject| subject.workload.is_some());
    let mut ports = shown
        .flat_map(|subject| &subject.ports)
        .filter(|port| port.captured && port.port.protocol == Protocol::Tcp && !port.stands_for_others);
    let ports: Vec<_> = ports.by_ref().collect();
    if ports.is_empty() {
        return None;
    }
    Some(if ports.iter().all(|port| port.chains.len() == 1) {
        Said::Closed("what the ports of workloads carry: Services declare it".to_string())
    } else {
        Said::Open("what the ports of workloads carry: some may carry HTTP or anything else".to_string())
    })
}

/// Tokens matter where a policy asks of them.
fn tokens(input: &Input<'_>) -> Option<Said> {
    let Resources {
        authorization_policies,
        peer_authentications: _,
        request_authentications,
        virtual_services: _,
    } = input.resources;
    let mut rules = authorization_policies.iter().flat_map(|policy| policy.rules.iter().flatten());
    let asked = !request_authentications.is_empty() || rules.any(asks_of_tokens);
    asked.then(|| Said::Open("tokens: a request may carry any token of any issuer, or none".to_string()))
}

fn asks_of_tokens(rule: &Rule) -> bool {
    let by_source = rule
        .from
        .iter()
        .any(|source| !source.request_principals.is_empty() || !source.not_request_principals.is_empty());
    let by_condition = |condition: &Condition| match &condition.key.value {
        Key::RequestPrincipal | Key::RequestAudiences | Key::RequestPresenter | Key::RequestClaim(_) => true,
        Key::RequestHeader(_)
        | Key::SourceIp
        | Key::RemoteIp
        | Key::SourcePrincipal
        | Key::SourceNamespace
        | Key::SourceServiceAccount
        | Key::SourceTrustDomain
        | Key::DestinationIp
        | Key::DestinationPort
        | Key::ConnectionSni
        | Key::EnvoyFilter(_) => false,
    };
    by_source || rule.when.iter().any(by_condition)
}
