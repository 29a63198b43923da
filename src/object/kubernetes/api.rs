//! The API's own type: what a policy is meant to be, and what its text says.

use super::write::{only_value, port_entries, requirements};
use super::{NAMESPACE_NAME, Namespaces, Peer, Policy, Rule, Selector, Test};
use crate::object::calico::read::documents;
use crate::object::calico::{SOURCE_ANNOTATION, TARGET_ANNOTATION};
use crate::yaml::{Node, Resolved, Value, resolve};
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

/// The policy as the API has it.
#[must_use]
pub fn built(policy: &Policy) -> NetworkPolicy {
    let Policy { name, namespace, source, target, pods, comments: _, ingress } = policy;
    let annotations = [(SOURCE_ANNOTATION, source), (TARGET_ANNOTATION, target)];
    NetworkPolicy {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(namespace.clone()),
            annotations: Some(
                annotations.into_iter().map(|(key, text)| (key.to_string(), text.clone())).collect(),
            ),
            ..ObjectMeta::default()
        },
        spec: Some(NetworkPolicySpec {
            egress: None,
            ingress: Some(ingress.iter().map(rule).collect()),
            pod_selector: Some(selector(pods)),
            policy_types: Some(vec!["Ingress".to_string()]),
        }),
    }
}

fn rule(rule: &Rule) -> NetworkPolicyIngressRule {
    let Rule { comments: _, peers, ports } = rule;
    let port = |entry: super::write::PortEntry| NetworkPolicyPort {
        protocol: Some(entry.protocol.to_string()),
        port: entry.port.map(|ports| IntOrString::Int(i32::from(ports.first))),
        end_port: entry.port.filter(|ports| ports.last != ports.first).map(|ports| i32::from(ports.last)),
    };
    let ports: Vec<NetworkPolicyPort> = port_entries(ports).into_iter().map(port).collect();
    let peers: Vec<NetworkPolicyPeer> = peers.iter().map(peer).collect();
    NetworkPolicyIngressRule {
        from: Some(peers).filter(|peers| !peers.is_empty()),
        ports: Some(ports).filter(|ports| !ports.is_empty()),
    }
}

fn peer(peer: &Peer) -> NetworkPolicyPeer {
    match peer {
        Peer::Pods { namespaces, pods } => {
            let names = match namespaces {
                Namespaces::In(names) => Some(Test::In(names.clone())),
                Namespaces::NotIn(names) if names.is_empty() => None,
                Namespaces::NotIn(names) => Some(Test::NotIn(names.clone())),
            };
            let by_name = names.iter().map(|test| (NAMESPACE_NAME, test));
            NetworkPolicyPeer {
                namespace_selector: Some(label_selector(by_name)),
                pod_selector: (!pods.is_everything()).then(|| selector(pods)),
                ip_block: None,
            }
        }
        Peer::Block { cidr, except } => NetworkPolicyPeer {
            ip_block: Some(IPBlock {
                cidr: cidr.to_string(),
                except: (!except.is_empty()).then(|| except.iter().map(ToString::to_string).collect()),
            }),
            namespace_selector: None,
            pod_selector: None,
        },
    }
}

fn selector(selector: &Selector) -> LabelSelector {
    label_selector(selector.tests().map(|(key, test)| (key.as_str(), test)))
}

fn label_selector<'a>(tests: impl Iterator<Item = (&'a str, &'a Test)>) -> LabelSelector {
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    let mut expressions = Vec::new();
    for (key, test) in tests {
        if let Some(value) = only_value(test) {
            labels.insert(key.to_string(), value.clone());
            continue;
        }
        let requirement = |(operator, values): (&str, std::collections::BTreeSet<String>)| {
            let values: Vec<String> = values.into_iter().collect();
            LabelSelectorRequirement {
                key: key.to_string(),
                operator: operator.to_string(),
                values: Some(values).filter(|values| !values.is_empty()),
            }
        };
        expressions.extend(requirements(test).into_iter().map(requirement));
    }
    LabelSelector {
        match_labels: Some(labels).filter(|labels| !labels.is_empty()),
        match_expressions: Some(expressions).filter(|list| !list.is_empty()),
    }
}

/// Reads one document into the API's type, with nothing passed over.
///
/// # Errors
/// The text is no YAML, or no NetworkPolicy, or has a field that the type has not.
pub fn read(text: &str) -> Result<NetworkPolicy, String> {
    let documents = documents(text)?;
    let [document] = documents.as_slice() else { return Err("it is not one document".to_string()) };
    let value = json(&document.root)?;
    let policy: NetworkPolicy = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let again = serde_json::to_value(&policy).map_err(|error| error.to_string())?;
    if again == value { Ok(policy) } else { Err("it has fields that no NetworkPolicy has".to_string()) }
}

/// A YAML tree as JSON, as the API server gets it.
fn json(node: &Node) -> Result<serde_json::Value, String> {
    Ok(match &node.value {
        Value::Mapping(entries) => {
            let fields = entries.iter().map(|entry| Ok((entry.key.clone(), json(&entry.value)?)));
            serde_json::Value::Object(fields.collect::<Result<_, String>>()?)
        }
        Value::Sequence(items) => {
            serde_json::Value::Array(items.iter().map(json).collect::<Result<_, String>>()?)
        }
        Value::Scalar(scalar) => match resolve(scalar) {
            Resolved::String => scalar.text.clone().into(),
            Resolved::Null => serde_json::Value::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Int(number) => {
                i64::try_from(number).map_err(|_| format!("`{}` is no number here", scalar.text))?.into()
            }
            Resolved::Float(_) => return Err(format!("`{}` is no number here", scalar.text)),
        },
    })
}
