//! What is written for Calico is read by others as it was meant.
//!
//! Random policies and awkward strings, written and read again by an independent YAML engine; the
//! expected meaning is rendered here, without the writer.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use ipnet::IpNet;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use unmesh::object::calico::{
    Action, Destination, Http, Path, Peer, Policy, Ports, ProtocolMatch, Rule, read, read_document, write,
    write_one,
};
use unmesh::source::{SourceFile, SourceMap, Span};
use unmesh::yaml::{Entry, Node, Scalar, Style};

/// Strings that some reader of YAML takes for something else when they are not quoted right.
const AWKWARD: &[&str] = &[
    "",
    " ",
    "yes",
    "Yes",
    "YES",
    "no",
    "No",
    "on",
    "On",
    "off",
    "OFF",
    "y",
    "Y",
    "n",
    "N",
    "true",
    "True",
    "false",
    "null",
    "Null",
    "NULL",
    "nil",
    "~",
    "0",
    "-0",
    "+1",
    "1_000",
    "1__0",
    "0755",
    "0o17",
    "0x1f",
    "0b11",
    "0B1",
    "1e3",
    "1E+3",
    "1.5",
    ".5",
    "5.",
    "._",
    ".inf",
    "-.inf",
    "+.INF",
    ".nan",
    ".NaN",
    "inf",
    "1:30",
    "190:20:30",
    "2001-12-14",
    "2001-1-2",
    "2001-12-14T21:59:43Z",
    "2001-12-14 21:59:43",
    "<<",
    "=",
    "!",
    "!all()",
    "!!str x",
    "&",
    "&a",
    "*",
    "*a",
    "%",
    "%YAML 1.1",
    "@",
    "@a",
    "`",
    "`a`",
    "-",
    "--",
    "---",
    "--- a",
    "...",
    "- a",
    "-a",
    "?",
    "? a",
    "?a",
    ":",
    ": a",
    "a:",
    "a: b",
    "a:b",
    "::/0",
    ",",
    "a, b",
    "[",
    "[a]",
    "]",
    "{",
    "{a}",
    "}",
    "{}",
    "#",
    "#a",
    "a#b",
    "a #b",
    "a\t#b",
    "|",
    "|-",
    ">",
    ">+",
    "'",
    "'a'",
    "it's",
    "''",
    "\"",
    "\"a\"",
    "a\"b",
    "'\"",
    "\\",
    "\\n",
    "a\\",
    " a",
    "a ",
    "\ta",
    "a\t",
    "a\tb",
    "a  b",
    "\n",
    "a\n",
    "\na",
    "a\nb",
    "a\n\nb\n",
    "a\r\nb",
    "\r",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "\u{a0}",
    "\u{a0}a",
    "\u{feff}a",
    "\u{0}",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{9b}",
    "\u{fffe}",
    "\u{202e}cba",
    "\u{200b}",
    "é",
    "字",
    "ünïcödé: x",
    "😀",
    "👩‍👩‍👧",
    "\u{10ffff}",
    "app == 'web' && has(x)",
    "app in {'a', \"b\"}",
    "/a/{*}/b?c#d",
    "x\n- action: Allow",
    "a\n---\nb",
    "# c",
    "${HOME}",
    "{{ .Values.x }}",
    "%2e",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(AWKWARD).prop_map(str::to_string),
        2 => "[a-z][a-z0-9-]{0,12}",
        1 => any::<String>(),
        1 => "[ \t\n:#'\"\\\\a0&*!%@`?,\\[\\]{}|>=<~._+-]{0,12}",
    ]
}

fn net() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<u32>(), 0..=32_u8)
        .prop_map(|(at, prefix)| IpNet::new(std::net::Ipv4Addr::from(at).into(), prefix).unwrap().trunc());
    let v6 = (prop_oneof![any::<u128>(), 0..9_u128, Just(0xffff_0a00_0001)], 0..=128_u8)
        .prop_map(|(at, prefix)| IpNet::new(std::net::Ipv6Addr::from(at).into(), prefix).unwrap().trunc());
    prop_oneof![v4, v6]
}

fn few<T: std::fmt::Debug>(item: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    proptest::collection::vec(item, 0..4)
}

fn ports() -> impl Strategy<Value = Ports> {
    let any_range = (any::<u16>(), any::<u16>()).prop_map(|(a, b)| Ports { first: a.min(b), last: a.max(b) });
    let sexagesimal = (1..60_u16, 0..60_u16).prop_map(|(a, b)| Ports { first: a, last: b.max(a) });
    prop_oneof![any::<u16>().prop_map(Ports::one), any_range, sexagesimal]
}

fn peer() -> impl Strategy<Value = Peer> {
    let optional = || proptest::option::of(text());
    (optional(), few(text()), optional(), optional(), few(net()), few(net())).prop_map(
        |(namespace_selector, service_accounts, selector, not_selector, nets, not_nets)| Peer {
            namespace_selector,
            service_accounts,
            selector,
            not_selector,
            nets,
            not_nets,
        },
    )
}

fn destination() -> impl Strategy<Value = Destination> {
    (few(net()), few(net()), few(ports()), few(ports()))
        .prop_map(|(nets, not_nets, ports, not_ports)| Destination { nets, not_nets, ports, not_ports })
}

fn http() -> impl Strategy<Value = Http> {
    let path = prop_oneof![text().prop_map(Path::Exact), text().prop_map(Path::Prefix)];
    (few(text()), few(path)).prop_map(|(methods, paths)| Http { methods, paths })
}

fn rule() -> impl Strategy<Value = Rule> {
    let action = prop_oneof![Just(Action::Allow), Just(Action::Deny)];
    let protocol =
        prop_oneof![Just(ProtocolMatch::Any), Just(ProtocolMatch::Tcp), Just(ProtocolMatch::NotTcp)];
    (few(text()), action, protocol, peer(), destination(), proptest::option::of(http())).prop_map(
        |(comments, action, protocol, source, destination, http)| Rule {
            comments,
            action,
            protocol,
            source,
            destination,
            http,
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let named = (text(), proptest::option::of(text()), text(), text());
    let ruled = (any::<u16>(), text(), proptest::option::of(text()), few(rule()));
    (named, ruled).prop_map(
        |((name, namespace, source, target), (order, selector, selector_comment, ingress))| Policy {
            name,
            namespace,
            source,
            target,
            order,
            selector,
            selector_comment,
            ingress,
        },
    )
}

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
fn meant(policy: &Policy) -> Value {
    let kind = if policy.namespace.is_none() { "GlobalNetworkPolicy" } else { "NetworkPolicy" };
    let metadata = present(&[
        ("name", json!(policy.name)),
        ("namespace", json!(policy.namespace)),
        ("annotations", json!({ "unmesh.dev/source": policy.source, "unmesh.dev/target": policy.target })),
    ]);
    json!({
        "apiVersion": "projectcalico.org/v3",
        "kind": kind,
        "metadata": metadata,
        "spec": {
            "order": policy.order,
            "selector": policy.selector,
            "types": ["Ingress"],
            "ingress": policy.ingress.iter().map(rule_meant).collect::<Vec<_>>(),
        },
    })
}

/// The documents of a text, by the independent engine.
fn documents(text: &str) -> Vec<serde_yaml::Value> {
    let read =
        |document| serde_yaml::Value::deserialize(document).unwrap_or_else(|error| panic!("{error}\n{text}"));
    serde_yaml::Deserializer::from_str(text).map(read).collect()
}

/// The same as JSON.
fn as_json(document: &serde_yaml::Value) -> Value {
    serde_json::to_value(document).expect("JSON can hold it")
}

/// The independent engine's tree as the reader's tree; places mean nothing here.
fn node(value: &serde_yaml::Value) -> Node {
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
fn without_comments(policy: &Policy) -> Policy {
    let mut bare = Policy { selector_comment: None, ..policy.clone() };
    for rule in &mut bare.ingress {
        rule.comments.clear();
    }
    bare
}

/// A policy with one text in every place that takes a text.
fn filled(text: &str) -> Policy {
    let all = || vec![text.to_string(), text.to_string()];
    Policy {
        name: text.to_string(),
        namespace: Some(text.to_string()),
        source: text.to_string(),
        target: text.to_string(),
        order: 310,
        selector: text.to_string(),
        selector_comment: Some(text.to_string()),
        ingress: vec![Rule {
            comments: all(),
            source: Peer {
                namespace_selector: Some(text.to_string()),
                service_accounts: all(),
                selector: Some(text.to_string()),
                not_selector: Some(text.to_string()),
                ..Peer::default()
            },
            http: Some(Http {
                methods: all(),
                paths: vec![Path::Exact(text.to_string()), Path::Prefix(text.to_string())],
            }),
            ..Rule::all(Action::Allow, ProtocolMatch::Tcp)
        }],
    }
}

#[test]
fn awkward_strings_are_read_as_they_were_meant_in_every_place() {
    for text in AWKWARD {
        let policy = filled(text);
        let written = write_one(&policy);
        let documents = documents(&written);
        assert_eq!(documents.len(), 1, "{text:?}\n{written}");
        assert_eq!(as_json(&documents[0]), meant(&policy), "{text:?}\n{written}");
    }
}

#[test]
fn no_text_adds_or_takes_a_line() {
    let lines = write_one(&filled("plain")).lines().count();
    for text in AWKWARD {
        let written = write_one(&filled(text));
        assert_eq!(written.lines().count(), lines, "{text:?}\n{written}");
        let hidden =
            |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}'));
        assert!(!written.contains(hidden), "{text:?}\n{written}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_policies_are_read_as_they_were_meant(policies in proptest::collection::vec(policy(), 1..4)) {
        let written = write(&policies);
        let documents = documents(&written);
        let expected: Vec<Value> = policies.iter().map(meant).collect();
        let found: Vec<Value> = documents.iter().map(as_json).collect();
        prop_assert_eq!(found, expected, "{}", written);
        prop_assert_eq!(&written, &write(&policies));
    }

    #[test]
    fn random_policies_are_read_back(policy in policy()) {
        let documents = documents(&write_one(&policy));
        prop_assert_eq!(read_document(&node(&documents[0])), Ok(without_comments(&policy)));
    }
}

/// A valid document, a change to it by pointer, and the field that the error has to name.
#[test]
fn what_cannot_be_held_is_refused_by_its_path() {
    let mut whole = filled("x");
    whole.ingress[0].source.nets = vec!["10.0.0.0/8".parse().unwrap()];
    whole.ingress[0].destination.ports = vec![Ports::one(80)];
    let rows = [
        ("/apiVersion", json!("crd.projectcalico.org/v1"), "`apiVersion` has to be"),
        ("/kind", json!("Tier"), "`kind` has to be"),
        ("/kind", json!("GlobalNetworkPolicy"), "`metadata.namespace` is nothing"),
        ("/metadata/labels", json!({}), "`metadata.labels` is nothing"),
        ("/metadata/annotations/a", json!("b"), "`metadata.annotations.a` is nothing"),
        ("/metadata/name", json!(1), "`metadata.name` has to be a string"),
        ("/metadata/name", Value::Null, "`metadata.name` is missing"),
        ("/status", json!({}), "`status` is nothing"),
        ("/spec/order", json!(-1), "`spec.order` has to be a whole number"),
        ("/spec/order", json!("400"), "`spec.order` has to be a whole number"),
        ("/spec/types", json!(["Ingress", "Egress"]), "`spec.types` has to be `Ingress` alone"),
        ("/spec/types", json!(["Egress"]), "`spec.types[0]` has to be `Ingress`"),
        ("/spec/egress", json!([]), "`spec.egress` is nothing"),
        ("/spec/tier", json!("default"), "`spec.tier` is nothing"),
        ("/spec/ingress/0/action", json!("Pass"), "`spec.ingress[0].action` has to be"),
        ("/spec/ingress/0/protocol", json!("UDP"), "`spec.ingress[0].protocol` has to be `TCP`"),
        ("/spec/ingress/0/notProtocol", json!("TCP"), "`spec.ingress[0].protocol` and `notProtocol`"),
        ("/spec/ingress/0/ipVersion", json!(4), "`spec.ingress[0].ipVersion` is nothing"),
        ("/spec/ingress/0/source/ports", json!([80]), "`spec.ingress[0].source.ports` is nothing"),
        ("/spec/ingress/0/source/nets/0", json!("10.0.0.0/33"), "`spec.ingress[0].source.nets[0]` has to be"),
        (
            "/spec/ingress/0/source/serviceAccounts/selector",
            json!("a"),
            "serviceAccounts.selector` is nothing",
        ),
        ("/spec/ingress/0/source/serviceAccounts/names", json!([]), "serviceAccounts` has to name"),
        ("/spec/ingress/0/destination/ports/0", json!("http"), "destination.ports[0]` has to be a port"),
        ("/spec/ingress/0/destination/ports/0", json!("1:70000"), "destination.ports[0]` has to be a port"),
        ("/spec/ingress/0/destination/ports/0", json!(70000), "destination.ports[0]` has to be a port"),
        ("/spec/ingress/0/destination/selector", json!("a"), "destination.selector` is nothing"),
        ("/spec/ingress/0/http/headers", json!([]), "http.headers` is nothing"),
        ("/spec/ingress/0/http/paths/0/prefix", json!("/"), "http.paths[0]` has to have"),
        ("/spec/ingress/0", json!("x"), "`spec.ingress[0]` has to be a mapping"),
    ];
    let valid = meant(&whole);
    let read = |value: &Value| read_document(&node(&serde_yaml::to_value(value).unwrap()));
    assert!(read(&valid).is_ok());
    for (pointer, change, expected) in rows {
        let mut broken = valid.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match broken.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = change,
            Value::Object(fields) => {
                fields.insert(key.to_string(), change);
            }
            other => panic!("{other}"),
        }
        let error = read(&broken).expect_err(pointer);
        assert!(error.contains(expected), "{pointer}: {error}");
    }
}

#[test]
#[ignore = "needs the YAML parser, which is not there yet"]
fn what_was_written_is_read_back_from_its_text() {
    let policies: Vec<Policy> = AWKWARD.iter().map(|text| filled(text)).collect();
    let expected: Vec<Policy> = policies.iter().map(without_comments).collect();
    assert_eq!(read(&write(&policies)), Ok(expected));
}

/// Random policies and what they mean, for readers that are no part of this build:
/// `.ci/calico-roundtrip` drives it.
#[test]
#[ignore = "writes files for another program; run by .ci/calico-roundtrip"]
fn write_for_other_readers() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let folder =
        PathBuf::from(std::env::var_os("UNMESH_ROUNDTRIP_DIR").expect("UNMESH_ROUNDTRIP_DIR is not set"));
    let count = std::env::var("UNMESH_ROUNDTRIP_COUNT").map_or(500, |count| count.parse().expect("a number"));
    let mut runner = TestRunner::deterministic();
    let mut policies: Vec<Policy> = AWKWARD.iter().map(|text| filled(text)).collect();
    policies.extend((0..count).map(|_| policy().new_tree(&mut runner).expect("a policy").current()));
    let expected: Vec<Value> = policies.iter().map(meant).collect();
    std::fs::write(folder.join("policies.yaml"), write(&policies)).expect("policies.yaml");
    std::fs::write(folder.join("expected.json"), Value::Array(expected).to_string()).expect("expected.json");
}
