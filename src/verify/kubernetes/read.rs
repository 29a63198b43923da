//! What a NetworkPolicy says, taken out of what Calico's converter makes of it.

use crate::finding::ObjectRef;
use crate::object::calico::Ports;
use crate::object::calico::matching::{Selector, Test};
use crate::object::calico::v3::{Action, Entity, Kind, Policy, Port, Rule};
use crate::source::Span;
use crate::verify::peer::{NAMESPACE, ORCHESTRATOR, SERVICE_ACCOUNT};
use crate::verify::request::Protocol;
use ipnet::IpNet;

/// The ingress half of a policy that acts on ingress.
pub(super) struct NetworkPolicy<'p> {
    pub(super) reference: &'p ObjectRef,
    pub(super) span: Span,
    /// Which pods of its namespace it is on.
    pub(super) pods: Selector,
    pub(super) rules: Vec<Allowed<'p>>,
}

/// What a rule allows: one of its peers, over some ports of one protocol.
pub(super) struct Allowed<'p> {
    /// The peer in its policy, or the rule where it has none.
    pub(super) field: &'p str,
    pub(super) span: Span,
    pub(super) peer: Peer<'p>,
    /// `None` for whatever protocol there is.
    pub(super) protocol: Option<Protocol>,
    /// Empty for all of them.
    pub(super) ports: Vec<PortOf<'p>>,
}

/// An entry of `from`.
pub(super) enum Peer<'p> {
    /// There is none, which is anybody.
    Anybody,
    /// Pods by their labels; `namespaces` is absent for those of the policy's own.
    Pods { pods: Selector, namespaces: Option<&'p Selector> },
    /// Addresses, but for some.
    Block { cidr: &'p [IpNet], except: &'p [IpNet] },
    /// None of these: a reader that knows more than this interpreter.
    Other,
}

/// An entry of `ports`.
pub(super) enum PortOf<'p> {
    /// `port`, to `endPort` where there is one.
    Numbers(Ports),
    /// A port by the name that the pod's containers give it.
    Name(&'p str),
}

impl<'p> NetworkPolicy<'p> {
    /// Reads a policy; `None` for one of another kind, or on egress alone.
    pub(super) fn read(policy: &'p Policy) -> Option<Self> {
        let Policy {
            reference,
            kind,
            stored_name: _,
            span,
            tier: _,
            order: _,
            selector,
            namespace_selector: _,
            service_account_selector: _,
            on_ingress,
            on_egress: _,
            ingress,
        } = policy;
        if *kind != Kind::Kubernetes || !on_ingress {
            return None;
        }
        let rules = ingress.iter().map(rule).collect();
        Some(Self { reference, span: *span, pods: of_pods(selector), rules })
    }
}

fn rule(rule: &Rule) -> Allowed<'_> {
    let Rule { field, span, action, protocol, not_protocol, ip_version, icmp, source, destination, http } =
        rule;
    let plain = *action == Action::Allow
        && not_protocol.is_none()
        && ip_version.is_none()
        && !icmp
        && http.is_none()
        && peer_of(destination).is_some_and(|peer| matches!(peer, Peer::Anybody));
    let of_protocol = protocol.as_deref().map(Protocol::parse);
    let ports = destination.ports.iter().map(|port| match port {
        Port::Range(range) => PortOf::Numbers(*range),
        Port::Named(name) => PortOf::Name(name),
    });
    let peer = peer_of(source).filter(|_| plain && of_protocol != Some(None) && source.ports.is_empty());
    Allowed {
        field,
        span: *span,
        peer: peer.unwrap_or(Peer::Other),
        protocol: of_protocol.flatten(),
        ports: ports.collect(),
    }
}

/// Who an end is; `None` for what no entry of `from` can say. Its ports are read apart.
fn peer_of(entity: &Entity) -> Option<Peer<'_>> {
    let Entity {
        selector,
        not_selector,
        namespace_selector,
        service_accounts,
        service_account_selector,
        services,
        nets,
        not_nets,
        ports: _,
        not_ports,
    } = entity;
    let more = not_selector.is_some()
        || !service_accounts.is_empty()
        || service_account_selector.is_some()
        || services.is_some()
        || !not_ports.is_empty();
    match (selector, namespace_selector, nets.is_empty()) {
        _ if more => None,
        (None, None, true) if not_nets.is_empty() => Some(Peer::Anybody),
        (None, None, false) => Some(Peer::Block { cidr: nets, except: not_nets }),
        (Some(selector), namespaces, true) if not_nets.is_empty() => {
            Some(Peer::Pods { pods: of_pods(selector), namespaces: namespaces.as_ref() })
        }
        (None | Some(_), _, _) => None,
    }
}

/// A selector without the label by which Calico's converter tells pods from network sets, which it puts
/// first.
fn of_pods(selector: &Selector) -> Selector {
    let is_marker = |part: &Selector| match part {
        Selector::Label { key, test } => key == ORCHESTRATOR && *test == Test::Equals("k8s".to_string()),
        Selector::All | Selector::Global | Selector::Not(_) | Selector::And(_) | Selector::Or(_) => false,
    };
    match selector {
        Selector::And(parts) => match parts.split_first() {
            Some((first, rest)) if is_marker(first) => Selector::every(rest.to_vec()),
            Some(_) | None => selector.clone(),
        },
        other if is_marker(other) => Selector::All,
        other => other.clone(),
    }
}

/// Whether a label of pods is one that Calico adds to what it knows of them, so that what the checker
/// knows under this name is no label of the pod.
pub(super) fn is_calicos(key: &str) -> bool {
    [NAMESPACE, SERVICE_ACCOUNT, ORCHESTRATOR].contains(&key)
        || key.starts_with("pcns.")
        || key.starts_with("pcsa.")
}
