//! What Kubernetes' own NetworkPolicies decide, naively, document by document: a pod that any of them
//! selects gets what any of their rules lets in, and nothing else.

use crate::worlds::requests::{Protocol, Request, Source};
use crate::worlds::world::{Labels, World};
use crate::worlds::yaml::{self, pod_labels};
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;

/// The policies of a cluster, and its pods.
pub(crate) struct NetworkPolicies<'w> {
    world: &'w World,
    /// Those that were in force beside the mesh: they know what takes a gateway's place as they knew it.
    kept: Vec<Value>,
    /// Those in its place, to which whoever takes a gateway's place is a stranger.
    ours: Vec<Value>,
}

/// The NetworkPolicies in force in a world.
pub(crate) fn in_force(world: &World) -> Vec<Value> {
    let read = |document| serde_json::to_value(serde_yaml::Value::deserialize(document).unwrap()).unwrap();
    let all = serde_yaml::Deserializer::from_str(&yaml::render(world)).map(read).collect::<Vec<Value>>();
    all.into_iter().filter(|object| object["apiVersion"] == "networking.k8s.io/v1").collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A label selector: `matchLabels` and `matchExpressions`, all of them.
fn selects(selector: &Value, labels: &Labels) -> bool {
    let equal = |(key, value): (&String, &Value)| labels.get(key).map(String::as_str) == value.as_str();
    let expression = |one: &Value| {
        let value = labels.get(text(&one["key"]));
        let among = value.is_some_and(|value| list(&one["values"]).iter().any(|other| text(other) == value));
        match text(&one["operator"]) {
            "In" => among,
            "NotIn" => !among,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            other => panic!("{other}"),
        }
    };
    selector["matchLabels"].as_object().into_iter().flatten().all(equal)
        && list(&selector["matchExpressions"]).iter().all(expression)
}

fn holds(block: &Value, address: IpAddr) -> bool {
    let within = |net: &Value| text(net).parse::<IpNet>().unwrap().contains(&address);
    within(&block["cidr"]) && !list(&block["except"]).iter().any(within)
}

impl<'w> NetworkPolicies<'w> {
    pub(crate) fn new(world: &'w World, kept: Vec<Value>, ours: Vec<Value>) -> Self {
        Self { world, kept, ours }
    }

    /// The policies on a pod's ingress, each with whether it stands in place of the mesh.
    fn on_pod(&self, to: usize) -> Vec<(bool, &Value)> {
        let pod = &self.world.pods[to];
        let on_pod = |policy: &Value| {
            let types = list(&policy["spec"]["policyTypes"]);
            (types.is_empty() || types.contains(&json!("Ingress")))
                && policy["metadata"]["namespace"] == json!(pod.namespace)
                && selects(&policy["spec"]["podSelector"], &pod_labels(pod))
        };
        let kept = self.kept.iter().map(|policy| (false, policy));
        let all = kept.chain(self.ours.iter().map(|policy| (true, policy)));
        all.filter(|(_, policy)| on_pod(policy)).collect()
    }

    /// The lists of TCP or UDP ports in policies on a pod: a rule's ports are one list.
    pub(crate) fn port_lists(&self, to: usize, protocol: Protocol) -> Vec<Vec<(u16, u16)>> {
        let policies = self.on_pod(to).into_iter();
        let rules = policies.flat_map(|(_, policy)| list(&policy["spec"]["ingress"]));
        let of_rule = |rule: &Value| {
            let ports = list(&rule["ports"]).iter().filter(|port| of_protocol(port) == Some(protocol));
            ports.map(range).collect()
        };
        rules.map(of_rule).collect()
    }

    /// Whether a request gets through.
    pub(crate) fn allows(&self, request: &Request<'_>) -> bool {
        let is_gone = |pod: &usize| self.world.pods[*pod].gateway;
        let stranger = Source { pod: request.source.pod.filter(|pod| !is_gone(pod)), ..*request.source };
        let to_ours = Request { source: &stranger, ..*request };
        let policies = self.on_pod(request.to);
        let mut rules = policies.iter().flat_map(|(ours, policy)| {
            let own = text(&policy["metadata"]["namespace"]);
            let request = if *ours { &to_ours } else { request };
            list(&policy["spec"]["ingress"]).iter().map(move |rule| (own, rule, request))
        });
        policies.is_empty() || rules.any(|(own, rule, request)| self.lets_in(own, rule, request))
    }

    fn lets_in(&self, own: &str, rule: &Value, request: &Request<'_>) -> bool {
        let (peers, ports) = (list(&rule["from"]), list(&rule["ports"]));
        (peers.is_empty() || peers.iter().any(|peer| self.is_peer(own, peer, request)))
            && (ports.is_empty() || ports.iter().any(|port| is_port(port, request)))
    }

    fn is_peer(&self, own: &str, peer: &Value, request: &Request<'_>) -> bool {
        if !peer["ipBlock"].is_null() {
            return holds(&peer["ipBlock"], request.source.address);
        }
        let Some(pod) = request.source.pod.map(|index| &self.world.pods[index]) else { return false };
        let name = Labels::from([("kubernetes.io/metadata.name".to_string(), pod.namespace.clone())]);
        let in_namespace = match &peer["namespaceSelector"] {
            Value::Null => pod.namespace == own,
            selector => selects(selector, &name),
        };
        in_namespace && selects(&peer["podSelector"], &pod_labels(pod))
    }
}

fn of_protocol(port: &Value) -> Option<Protocol> {
    match port["protocol"].as_str().unwrap_or("TCP") {
        "TCP" => Some(Protocol::Tcp),
        "UDP" => Some(Protocol::Udp),
        _ => None,
    }
}

/// First and last; without a port all of them.
fn range(port: &Value) -> (u16, u16) {
    let number = |key: &str| port[key].as_u64().map(|number| u16::try_from(number).unwrap());
    let first = number("port");
    (first.unwrap_or(1), number("endPort").or(first).unwrap_or(u16::MAX))
}

fn is_port(port: &Value, request: &Request<'_>) -> bool {
    let (first, last) = range(port);
    of_protocol(port) == Some(request.protocol) && (first..=last).contains(&request.port)
}
