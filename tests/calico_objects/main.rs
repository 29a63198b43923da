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

mod meaning;
mod random;

use meaning::{as_json, documents, meant, node, without_comments};
use proptest::prelude::*;
use random::{AWKWARD, filled, policy};
use serde_json::{Value, json};
use std::path::PathBuf;
use unmesh::object::calico::{Policy, Ports, read, read_document, write, write_one};

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
        ("/spec/tier", json!("default"), "`spec.tier` has to be `unmesh-deny` or"),
        ("/spec/stagedAction", json!("Set"), "`spec.stagedAction` is nothing"),
        ("/kind", json!("StagedNetworkPolicy"), "`spec.stagedAction` is missing"),
        ("/spec/ingress/0/action", json!("Next"), "`spec.ingress[0].action` has to be"),
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
