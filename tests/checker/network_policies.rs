//! What Kubernetes' own NetworkPolicies decide, naively, document by document: a pod that any of them
//! selects gets what any of their rules lets in, and nothing else.

use crate::worlds::requests::{Protocol, Request};
use crate::worlds::world::{Labels, World};
use crate::worlds::yaml::{self, pod_labels};
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;

/// The policies of a cluster, and its pods.
pub(crate) struct NetworkPolicies<'w> {
    world: &'w World,
    policies: Vec<Value>,
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
    pub(crate) fn new(world: &'w World, policies: Vec<Value>) -> Self {
        Self { world, policies }
    }

    /// Whether a request gets through.
    pub(crate) fn allows(&self, request: &Request<'_>) -> bool {
        let pod = &self.world.pods[request.to];
        let on_pod = |policy: &&Value| {
            let types = list(&policy["spec"]["policyTypes"]);
            (types.is_empty() || types.contains(&json!("Ingress")))
                && policy["metadata"]["namespace"] == json!(pod.namespace)
                && selects(&policy["spec"]["podSelector"], &pod_labels(pod))
        };
        let policies: Vec<&Value> = self.policies.iter().filter(on_pod).collect();
        let mut rules = policies.iter().flat_map(|policy| {
            let own = text(&policy["metadata"]["namespace"]);
            list(&policy["spec"]["ingress"]).iter().map(move |rule| (own, rule))
        });
        policies.is_empty() || rules.any(|(own, rule)| self.lets_in(own, rule, request))
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

fn is_port(port: &Value, request: &Request<'_>) -> bool {
    let protocol = match port["protocol"].as_str().unwrap_or("TCP") {
        "TCP" => Some(Protocol::Tcp),
        "UDP" => Some(Protocol::Udp),
        _ => None,
    };
    let first = port["port"].as_u64();
    let last = port["endPort"].as_u64().or(first);
    protocol == Some(request.protocol)
        && first.is_none_or(|first| u64::from(request.port) >= first)
        && last.is_none_or(|last| u64::from(request.port) <= last)
}
