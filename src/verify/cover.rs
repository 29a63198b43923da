//! Which dimensions of the requests the input closes, and which are open, so that they are compared as
//! though anything might be there.

use super::compare::Input;
use super::request::Protocol;
use super::subject::{Subject, SubjectPort};
use crate::istio::Resources;
use crate::istio::authorization_policy::{Condition, Key, Rule};
use crate::manifest::Proxy;

/// What the input says of the values of a dimension.
struct Said {
    /// It names them all.
    closed: bool,
    /// In words.
    text: String,
}

/// A dimension, with what to say where the input closes it and where not.
fn said(dimension: &str, closed: bool, [is_closed, is_open]: [&str; 2]) -> Said {
    Said { closed, text: format!("{dimension}: {}", if closed { is_closed } else { is_open }) }
}

/// The dimensions of the requests to these subjects: those closed by the input, and those open.
pub(super) fn dimensions(input: &Input<'_>, subjects: &[Subject]) -> (Vec<String>, Vec<String>) {
    let all =
        [Some(namespaces(input)), workloads(subjects), proxies(input), protocols(subjects), tokens(input)];
    let (closed, open): (Vec<Said>, Vec<Said>) = all.into_iter().flatten().partition(|said| said.closed);
    let texts = |said: Vec<Said>| said.into_iter().map(|said| said.text).collect();
    (texts(closed), texts(open))
}

fn namespaces(input: &Input<'_>) -> Said {
    let listed = input.settings.mesh_namespaces.is_some();
    let words = ["--mesh-namespaces lists them", "any that the input does not show may be in it"];
    said("the namespaces of the mesh", listed, words)
}

fn workloads(subjects: &[Subject]) -> Option<Said> {
    let shown = subjects.iter().all(|subject| subject.workload.is_some());
    let words = ["the input shows them", "there may be pods that the input does not show"];
    (!subjects.is_empty()).then(|| said("the workloads that policies select", shown, words))
}

/// Whether the input says of each template if its pods have a proxy.
fn proxies(input: &Input<'_>) -> Option<Said> {
    let known = input.inventory.workloads.iter().all(|workload| match workload.proxy {
        Proxy::Sidecar | Proxy::Ambient | Proxy::None => true,
        Proxy::Unknown | Proxy::Unlabelled => false,
    });
    let words =
        ["the input shows of each whether it has one", "the input does not show of each whether it has one"];
    (!input.inventory.workloads.is_empty()).then(|| said("the proxies of workloads", known, words))
}

/// Whether Services say of each port of the input's workloads what it carries.
fn protocols(subjects: &[Subject]) -> Option<Said> {
    let shown = subjects.iter().filter(|subject| subject.workload.is_some());
    let ports = shown.flat_map(|subject| &subject.ports);
    let asked =
        |port: &&SubjectPort| port.captured && port.port.protocol == Protocol::Tcp && !port.stands_for_others;
    let ports: Vec<&SubjectPort> = ports.filter(asked).collect();
    let declared = ports.iter().all(|port| port.chains.len() == 1);
    let words = ["Services declare it", "some may carry HTTP or anything else"];
    (!ports.is_empty()).then(|| said("what the ports of workloads carry", declared, words))
}

/// Tokens matter where a policy asks of them.
fn tokens(input: &Input<'_>) -> Option<Said> {
    let Resources {
        authorization_policies,
        peer_authentications: _,
        request_authentications,
        destination_rules: _,
        virtual_services: _,
        envoy_filters: _,
        wasm_plugins: _,
        traffic_extensions: _,
        telemetries: _,
        proxy_configs: _,
        gateways: _,
        gateway_api: _,
        service_entries: _,
        sidecars: _,
        workload_entries: _,
        workload_groups: _,
    } = input.resources;
    let mut rules = authorization_policies.iter().flat_map(|policy| policy.rules.iter().flatten());
    let asked = !request_authentications.is_empty() || rules.any(asks_of_tokens);
    let open = "a request may carry any token of any issuer, or none";
    asked.then(|| said("tokens", false, ["", open]))
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
