//! What policies mean, as JSON, and how other readers' trees become the reader's own.

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use unmesh::object::calico::{Action, Path, Policy, Ports, ProtocolMatch, Rule, TierName};
use unmesh::source::{SourceFile, SourceMap, Span};
use unmesh::yaml::{Entry, Node, Scalar, Style};

/// A mapping of what there is: nulls and empty lists and mappings are left out.
fn present(fields: &[(&str, Value)]) -> Value {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    let kept = fields.iter().filter(|(_, value)| !empty(value));
    Value::Object(kept.map(|(key, value)| ((*key).to_string(), value.clone())).collect::<Map<_, _>>())
}

fn nets_meant(nets: &[IpNet]) -> Value {
    nets.iter().map(ToString::to_string).collect()
}

fn ports_meant(ports: &[Ports]) -> Value {
    let one = |range: &Ports| {
        if range.first == range.last {
            json!(range.first)
        } else {
            json!(format!("{}:{}", range.first, range.last))
        }
    };
    ports.iter().map(one).collect()
}

fn rule_meant(rule: &Rule) -> Value {
    let action = match rule.action {
        Action::Allow => "Allow",
        Action::Deny => "Deny",
        Action::Pass => "Pass",
        Action::Log => "Log",
    };
    let (protocol, not_protocol) = match rule.protocol {
        ProtocolMatch::Any => (Value::Null, Value::Null),
        ProtocolMatch::Tcp => (json!("TCP"), Value::Null),
        ProtocolMatch::NotTcp => (Value::Null, json!("TCP")),
    };
    let source = present(&[
        ("namespaceSelector", json!(rule.source.namespace_selector)),
        ("serviceAccounts", present(&[("names", json!(rule.source.service_accounts))])),
        ("selector", json!(rule.source.selector)),
        ("notSelector", json!(rule.source.not_selector)),
        ("nets", nets_meant(&rule.source.nets)),
        ("notNets", nets_meant(&rule.source.not_nets)),
    ]);
    let destination = present(&[
        ("nets", nets_meant(&rule.destination.nets)),
        ("notNets", nets_meant(&rule.destination.not_nets)),
        ("ports", ports_meant(&rule.destination.ports)),
        ("notPorts", ports_meant(&rule.destination.not_ports)),
    ]);
    let mut meant = present(&[
        ("action", json!(action)),
        ("protocol", protocol),
        ("notProtocol", not_protocol),
        ("source", source),
        ("destination", destination),
    ]);
    if let Some(http) = &rule.http {
        let path = |path: &Path| match path {
            Path::Exact(text) => json!({ "exact": text }),
            Path::Prefix(text) => json!({ "prefix": text }),
        };
        let paths = http.paths.iter().map(path).collect();
        meant["http"] = present(&[("methods", json!(http.methods)), ("paths", paths)]);
    }
    meant
}

/// What a policy says, as the API server would hold it.
pub(crate) fn meant(policy: &Policy) -> Value {
    let staged = if policy.staged { "Staged" } else { "" };
    let global = if policy.namespace.is_none() { "Global" } else { "" };
    let kind = format!("{staged}{global}NetworkPolicy");
    let tier = policy.tier.map(|tier| match tier {
        TierName::Deny => "unmesh-deny",
        TierName::Allow => "unmesh-allow",
    });
    let metadata = present(&[
        ("name", json!(policy.name)),
        ("namespace", json!(policy.namespace)),
        ("annotations", json!({ "unmesh.dev/source": policy.source, "unmesh.dev/target": policy.target })),
    ]);
    let mut meant = json!({
        "apiVersion": "projectcalico.org/v3",
        "kind": kind,
        "metadata": metadata,
        "spec": {
            "order": policy.order,
            "selector": policy.selector,
            "types": ["Ingress"],
            "ingress": policy.ingress.iter().map(rule_meant).collect::<Vec<_>>(),
        },
    });
    if policy.staged {
        meant["spec"]["stagedAction"] = json!("Set");
    }
    if let Some(tier) = tier {
        meant["spec"]["tier"] = json!(tier);
    }
    meant
}

/// The documents of a text, by the independent engine.
pub(crate) fn documents(text: &str) -> Vec<serde_yaml::Value> {
    let read =
        |document| serde_yaml::Value::deserialize(document).unwrap_or_else(|error| panic!("{error}\n{text}"));
    serde_yaml::Deserializer::from_str(text).map(read).collect()
}

/// The same as JSON.
pub(crate) fn as_json(document: &serde_yaml::Value) -> Value {
    serde_json::to_value(document).expect("JSON can hold it")
}

/// The independent engine's tree as the reader's tree; places mean nothing here.
pub(crate) fn node(value: &serde_yaml::Value) -> Node {
    let mut sources = SourceMap::default();
    let span = Span::new(sources.add(SourceFile::new(String::new(), None, PathBuf::new(), "")), 0, 0);
    let scalar = |text: String, style| unmesh::yaml::Value::Scalar(Scalar { text, style });
    let value = match value {
        serde_yaml::Value::Null => scalar(String::new(), Style::Plain),
        serde_yaml::Value::Bool(value) => scalar(value.to_string(), Style::Plain),
        serde_yaml::Value::Number(value) => scalar(value.to_string(), Style::Plain),
        serde_yaml::Value::String(value) => scalar(value.clone(), Style::Text),
        serde_yaml::Value::Sequence(items) => unmesh::yaml::Value::Sequence(items.iter().map(node).collect()),
        serde_yaml::Value::Mapping(fields) => {
            let entry = |(key, value): (&serde_yaml::Value, &serde_yaml::Value)| Entry {
                key: key.as_str().expect("only strings are keys").to_string(),
                key_span: span,
                value: node(value),
            };
            unmesh::yaml::Value::Mapping(fields.iter().map(entry).collect())
        }
        serde_yaml::Value::Tagged(_) => panic!("nothing is tagged"),
    };
    Node { span, value }
}

/// A policy as it can be read back: comments are not read.
pub(crate) fn without_comments(policy: &Policy) -> Policy {
    let mut bare = Policy { selector_comment: None, ..policy.clone() };
    for rule in &mut bare.ingress {
        rule.comments.clear();
    }
    bare
}
