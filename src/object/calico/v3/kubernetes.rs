//! Kubernetes' own NetworkPolicy, as Calico converts it
//! (`libcalico-go/lib/backend/k8s/conversion/conversion.go`, `K8sNetworkPolicyToCalico`).

use super::super::Ports;
use super::super::matching::{Selector, Test};
use super::super::nets::{Family, mask};
use super::entity::number_or_string;
use super::port::port_of;
use super::set::Document;
use super::{Action, Entity, Kind, Policy, Port, Rule};
use crate::yaml::fields::{Field, Fields};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// The order at which all of them stand, in the tier `default`.
const ORDER: f64 = 1000.0;
/// What pods carry and network sets do not.
const ORCHESTRATOR: &str = "projectcalico.org/orchestrator";

/// Reads a policy.
pub(super) fn policy(document: &Document<'_>, spec: &Field<'_>) -> Option<Policy> {
    let mut fields = spec.fields()?;
    let pods = fields.take("podSelector").and_then(|field| requirements(&field)).unwrap_or_default();
    let ingress = rules(&mut fields, "ingress", "from");
    let _egress = rules(&mut fields, "egress", "to");
    let (on_ingress, on_egress) = types(&mut fields);
    fields.finish();
    Some(Policy {
        reference: document.reference.clone(),
        kind: Kind::Kubernetes,
        stored_name: format!("knp.default.{}", document.reference.name),
        span: document.span,
        tier: "default".to_string(),
        order: Some(ORDER),
        selector: pod_selector(pods),
        namespace_selector: None,
        service_account_selector: None,
        on_ingress,
        on_egress,
        ingress,
    })
}

/// `policyTypes`. The API server fills them in: Ingress always, Egress where `egress` is there; and
/// what comes without any acts on ingress.
fn types(fields: &mut Fields<'_>) -> (bool, bool) {
    let has_egress =
        fields.take("egress").and_then(|field| field.list()).is_some_and(|rules| !rules.is_empty());
    let words = [("Ingress", true), ("Egress", false)];
    let items = fields.take("policyTypes").and_then(|field| field.list()).unwrap_or_default();
    if items.is_empty() {
        return (true, has_egress);
    }
    let named: Vec<bool> =
        items.iter().filter_map(|item| item.one_of(&words)).map(|word| word.value).collect();
    (named.contains(&true), named.contains(&false))
}

/// `ingress` or `egress`: one rule for each peer and protocol; without peers anybody, without ports any
/// protocol.
fn rules(fields: &mut Fields<'_>, name: &'static str, peers: &'static str) -> Vec<Rule> {
    let items = fields.take(name).and_then(|field| field.list()).unwrap_or_default();
    items.iter().flat_map(|item| rule(item, peers).unwrap_or_default()).collect()
}

fn rule(field: &Field<'_>, name: &'static str) -> Option<Vec<Rule>> {
    let mut fields = field.fields()?;
    let peers = fields.take(name).and_then(|field| field.list()).unwrap_or_default();
    let peers = peers.iter().filter_map(|item| Some((peer(item)?, item.path.clone(), item.node.span)));
    let mut peers: Vec<_> = peers.collect();
    let ports = fields.take("ports").and_then(|field| field.list()).unwrap_or_default();
    let ports = by_protocol(&ports);
    fields.finish();
    if peers.is_empty() {
        peers.push((Entity::default(), field.path.clone(), field.node.span));
    }
    let mut rules = Vec::new();
    for (protocol, ports) in ports {
        for (source, path, span) in &peers {
            rules.push(Rule {
                field: path.clone(),
                span: *span,
                action: Action::Allow,
                protocol: protocol.clone(),
                not_protocol: None,
                ip_version: None,
                icmp: false,
                source: source.clone(),
                destination: Entity { ports: ports.clone(), ..Entity::default() },
                http: None,
            });
        }
    }
    Some(rules)
}

/// The ports of each protocol, TCP where none is said; an entry without a port is all of them. No
/// entry is any protocol.
fn by_protocol(items: &[Field<'_>]) -> BTreeMap<Option<String>, Vec<Port>> {
    let mut found: BTreeMap<Option<String>, Option<Vec<Port>>> = BTreeMap::new();
    for item in items {
        let Some(mut fields) = item.fields() else { continue };
        let words = [("TCP", "TCP"), ("UDP", "UDP"), ("SCTP", "SCTP")];
        let protocol = fields.take("protocol").and_then(|field| field.one_of(&words));
        let protocol = protocol.map_or("TCP", |word| word.value).to_string();
        let port = ports(&mut fields);
        fields.finish();
        let ports = found.entry(Some(protocol)).or_insert_with(|| Some(Vec::new()));
        match (port, ports) {
            (Some(port), Some(ports)) => ports.push(port),
            (Some(_), None) => {}
            (None, ports) => *ports = None,
        }
    }
    if found.is_empty() {
        found.insert(None, None);
    }
    found.into_iter().map(|(protocol, ports)| (protocol, ports.unwrap_or_default())).collect()
}

/// `port` and `endPort`.
fn ports(fields: &mut Fields<'_>) -> Option<Port> {
    let end = fields.take("endPort");
    let last = end.as_ref().and_then(|end| end.integer(1..=65535));
    let Some(field) = fields.take("port") else {
        if let Some(end) = end {
            end.wrong_value("`endPort` needs a `port`", None);
        }
        return None;
    };
    let text = number_or_string(&field)?;
    let port = port_of(&text).filter(|_| !text.contains(':'));
    let last = last.and_then(|last| u16::try_from(last.value).ok());
    match (port, last) {
        (None, _) => field.wrong_value(format!("`{text}` is no port and no name of one"), None),
        (Some(Port::Range(Ports { first, .. })), Some(last)) if first <= last => {
            return Some(Port::Range(Ports { first, last }));
        }
        (Some(_), Some(_)) => field.wrong_value("`endPort` needs a `port` by number, not above it", None),
        (Some(port), None) => return Some(port),
    }
    None
}

/// An entry of `from`: pods, or addresses.
fn peer(field: &Field<'_>) -> Option<Entity> {
    let mut fields = field.fields()?;
    let block = fields.take("ipBlock").and_then(|field| ip_block(&field));
    let pods = fields.take("podSelector").and_then(|field| requirements(&field));
    let namespaces = fields.take("namespaceSelector").and_then(|field| requirements(&field));
    fields.finish();
    match (block, pods, namespaces) {
        (Some(block), None, None) => Some(block),
        (None, None, None) => {
            field.wrong_value("a peer needs `podSelector`, `namespaceSelector` or `ipBlock`", None);
            None
        }
        (None, pods, namespaces) => Some(Entity {
            selector: Some(pod_selector(pods.unwrap_or_default())),
            namespace_selector: namespaces.map(Selector::every),
            ..Entity::default()
        }),
        (Some(_), _, _) => {
            field.wrong_value("`ipBlock` stands alone in its peer", None);
            None
        }
    }
}

/// `ipBlock`; its host bits are cut off.
fn ip_block(field: &Field<'_>) -> Option<Entity> {
    let mut fields = field.fields()?;
    let cidr = fields.take("cidr").and_then(|field| cidr(&field));
    let except = fields.take("except").and_then(|field| field.list()).unwrap_or_default();
    let except: Vec<IpNet> = except.iter().filter_map(self::cidr).collect();
    fields.finish();
    let Some(cidr) = cidr else {
        field.wrong_value("`ipBlock` needs a `cidr`", None);
        return None;
    };
    if except.iter().any(|net| Family::of(net) != Family::of(&cidr) || !cidr.contains(net)) {
        field.wrong_value("`except` has to lie within `cidr`", None);
    }
    Some(Entity { nets: vec![cidr], not_nets: except, ..Entity::default() })
}

fn cidr(field: &Field<'_>) -> Option<IpNet> {
    let text = field.string()?.value;
    let net = text.parse().ok().map(mask);
    if net.is_none() {
        field.wrong_value(format!("`{text}` is no CIDR"), None);
    }
    net
}

/// A selector of pods, which network sets never match.
fn pod_selector(mut requirements: Vec<Selector>) -> Selector {
    requirements.insert(0, Selector::label(ORCHESTRATOR, Test::Equals("k8s".to_string())));
    Selector::every(requirements)
}

/// A `metav1.LabelSelector`: `matchLabels` by key, then `matchExpressions`.
fn requirements(field: &Field<'_>) -> Option<Vec<Selector>> {
    let mut fields = field.fields()?;
    let labels = fields.take("matchLabels").map(|field| field.string_map()).unwrap_or_default();
    let equals = |(key, value): (String, crate::yaml::fields::Leaf<String>)| {
        Selector::label(key, Test::Equals(value.value))
    };
    let mut found: Vec<Selector> = labels.into_iter().map(equals).collect();
    let expressions = fields.take("matchExpressions").and_then(|field| field.list()).unwrap_or_default();
    found.extend(expressions.iter().filter_map(expression));
    fields.finish();
    Some(found)
}

fn expression(field: &Field<'_>) -> Option<Selector> {
    let mut fields = field.fields()?;
    let key = fields.take("key").and_then(|field| field.string());
    let words = [("In", 0), ("NotIn", 1), ("Exists", 2), ("DoesNotExist", 3)];
    let operator = fields.take("operator").and_then(|field| field.one_of(&words));
    let values = fields.take("values").map(|field| field.strings()).unwrap_or_default();
    fields.finish();
    let (Some(key), Some(operator)) = (key, operator) else {
        field.wrong_value("a requirement needs a `key` and an `operator`", None);
        return None;
    };
    let values: Vec<String> = values.into_iter().map(|value| value.value).collect();
    Some(match operator.value {
        0 => Selector::label(key.value, Test::In(values)),
        1 => Selector::label(key.value, Test::NotIn(values)),
        2 => Selector::label(key.value, Test::Has),
        _ => Selector::Not(Box::new(Selector::label(key.value, Test::Has))),
    })
}
