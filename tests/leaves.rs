//! No leaf of a policy is silent: another value, or none, changes what is written or told.
//!
//! Every scalar, empty list and empty mapping below `spec` of every Istio policy of the golden
//! inputs is changed and deleted, one at a time. The few that may be silent are listed with reasons.
#![expect(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use serde_yaml::{Mapping, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use support::Run;

/// One step into a value.
#[derive(Clone, PartialEq, Debug)]
enum Step {
    Key(Value),
    Index(usize),
}

/// Policies that write nothing: one finding names the whole of each, so its leaves have no say.
const NOTHING_WRITTEN: &[(&str, &str)] = &[
    ("audit", "AUDIT refuses nothing, whatever it logs"),
    ("custom-accepted", "the acceptance is for the whole policy"),
    ("dry-run", "a dry run refuses nothing"),
    ("gateway-by-label", "what a gateway refused is for its successor"),
    ("gateway-by-template", "what a gateway refused is for its successor"),
    ("mesh-strict-and-deny-all", "its policy on the gateway is for the gateway's successor"),
    ("target-refs", "what a gateway refused is for its successor"),
];

/// Leaves that may be silent, by topic (`*`: all), the end of the path, and what is done.
const SILENT: &[(&str, &str, Done, &str)] =
    &[("*", "spec.action=ALLOW", Done::Deleted, "ALLOW is the default")];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Done {
    Changed,
    Deleted,
}

/// Everything that a user can tell two runs by: objects without comments, findings without places.
fn outcome(run: &Run, documents: &[Value]) -> (Vec<Value>, BTreeSet<(String, String, String)>) {
    let texts: Vec<String> = documents.iter().map(|one| serde_yaml::to_string(one).unwrap()).collect();
    let outcome = run.translate(&texts.join("---\n"));
    let objects = outcome.written.iter().map(|text| serde_yaml::from_str(text).unwrap()).collect();
    let told = outcome.report.findings.iter().map(|reported| {
        let finding = &reported.finding;
        let field = finding.field.clone().unwrap_or_default();
        (finding.code.id.to_string(), field, finding.message.clone())
    });
    (objects, told.collect())
}

/// All leaves below a value.
fn leaves(value: &Value, path: &[Step], found: &mut Vec<Vec<Step>>) {
    let step = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
    match value {
        Value::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &step(Step::Index(index)), found);
            }
        }
        Value::Mapping(entries) if !entries.is_empty() => {
            for (key, entry) in entries {
                leaves(entry, &step(Step::Key(key.clone())), found);
            }
        }
        _ => found.push(path.to_vec()),
    }
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key).expect("a key"),
        Step::Index(index) => value.get_mut(*index).expect("an item"),
    })
}

/// `spec.rules[0].from[0]...=VALUE`.
fn name(path: &[Step], value: &Value) -> String {
    let step = |step: &Step| match step {
        Step::Key(Value::String(key)) => format!(".{key}"),
        Step::Key(key) => format!(".{}", serde_yaml::to_string(key).unwrap().trim()),
        Step::Index(index) => format!("[{index}]"),
    };
    let path: String = path.iter().map(step).collect();
    let value = serde_yaml::to_string(value).unwrap();
    format!("{}={}", path.trim_start_matches('.'), value.trim())
}

/// Takes a leaf out, and what is empty without it.
fn delete(document: &mut Value, path: &[Step]) {
    let Some((last, parent_path)) = path.split_last() else { return };
    let parent = at(document, parent_path);
    let empty = match (parent, last) {
        (Value::Mapping(entries), Step::Key(key)) => {
            entries.shift_remove(key);
            entries.is_empty()
        }
        (Value::Sequence(items), Step::Index(index)) => {
            items.remove(*index);
            items.is_empty()
        }
        (other, step) => panic!("{step:?} of {other:?}"),
    };
    if empty && parent_path.len() > 1 {
        delete(document, parent_path);
    }
}

/// The name of the field that a leaf belongs to.
fn field(path: &[Step]) -> &str {
    let names = path.iter().rev().filter_map(|step| match step {
        Step::Key(key) => key.as_str(),
        Step::Index(_) => None,
    });
    names.take(1).next().unwrap_or("")
}

/// Another valid value of the same kind.
fn other(path: &[Step], value: &Value) -> Value {
    if let Value::Mapping(entries) = value
        && entries.is_empty()
    {
        return empty_mapping(path);
    }
    let Some(text) = value.as_str() else { panic!("{path:?}: {value:?}") };
    let new = match field(path) {
        "action" if text == "ALLOW" => "DENY",
        "action" => "ALLOW",
        "mode" if text == "STRICT" => "PERMISSIVE",
        "mode" => "STRICT",
        "namespaces" | "notNamespaces" => "zeta",
        "principals" | "notPrincipals" => "cluster.local/ns/zeta/sa/zeta",
        "serviceAccounts" => "zeta/zeta",
        "ports" | "notPorts" => "4711",
        "ipBlocks" | "notIpBlocks" | "remoteIpBlocks" | "notRemoteIpBlocks" => "198.51.100.0/24",
        "methods" | "notMethods" => "PUT",
        "paths" | "notPaths" => "/zeta",
        "hosts" => "zeta.example.com",
        "requestPrincipals" | "notRequestPrincipals" => "zeta.example.com/zeta",
        "key" => other_key(text),
        "values" | "notValues" if text.contains('/') => "198.51.100.0/24",
        "values" | "notValues" if text.parse::<u16>().is_ok() => "4711",
        "kind" => "Service",
        "group" => "",
        _ => "zeta",
    };
    assert_ne!(new, text, "{path:?}");
    Value::String(new.to_string())
}

/// A key whose values look the same.
fn other_key(key: &str) -> &'static str {
    match key {
        "source.ip" => "destination.ip",
        "destination.ip" => "source.ip",
        "source.namespace" => "connection.sni",
        "connection.sni" => "source.namespace",
        "destination.port" => "request.headers[x-zeta]",
        key if key.starts_with("request.headers") => "request.headers[x-zeta]",
        key if key.starts_with("request.auth.claims") => "request.auth.claims[zeta]",
        other => panic!("no other key for `{other}`"),
    }
}

/// Something where nothing was: a rule where there was none, a source in an empty rule.
fn empty_mapping(path: &[Step]) -> Value {
    let one = |key: &str, value: Value| Value::Mapping(Mapping::from_iter([(Value::from(key), value)]));
    let namespaces = one("namespaces", Value::Sequence(vec![Value::from("zeta")]));
    let from = one("from", Value::Sequence(vec![one("source", namespaces)]));
    match field(path) {
        "spec" => one("rules", Value::Sequence(vec![from])),
        "rules" => from,
        other => panic!("`{other}` is empty"),
    }
}

/// Whether this leaf may be silent.
fn is_excused(topic: &str, leaf: &str, done: Done) -> bool {
    SILENT
        .iter()
        .any(|(of, end, what, _)| (*of == "*" || *of == topic) && leaf.ends_with(end) && *what == done)
}

/// The silent leaves of one topic, and how many were tried.
fn silent(topic: &Path, args: &str) -> (Vec<String>, usize) {
    let name_of_topic = topic.file_name().unwrap().to_string_lossy().into_owned();
    let input = fs::read_to_string(topic.join("input.yaml")).unwrap();
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(&input)
        .map(|document| serde::Deserialize::deserialize(document).unwrap())
        .collect();
    let run = Run::parse(args);
    let before = outcome(&run, &documents);
    let (mut found, mut tried) = (Vec::new(), 0);
    for (index, document) in documents.iter().enumerate() {
        let kind = document.get("kind").and_then(Value::as_str).unwrap_or("");
        let Some(spec) = document.get("spec") else { continue };
        if !["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"].contains(&kind) {
            continue;
        }
        let mut paths = Vec::new();
        leaves(spec, &[Step::Key(Value::from("spec"))], &mut paths);
        for path in paths {
            let mut document = document.clone();
            let value = at(&mut document, &path).clone();
            let leaf = name(&path, &value);
            for done in [Done::Changed, Done::Deleted] {
                let mut document = document.clone();
                match done {
                    Done::Changed => *at(&mut document, &path) = other(&path, &value),
                    Done::Deleted => delete(&mut document, &path),
                }
                let mut documents = documents.clone();
                if let Some(place) = documents.get_mut(index) {
                    *place = document;
                }
                tried += 1;
                if outcome(&run, &documents) == before && !is_excused(&name_of_topic, &leaf, done) {
                    found.push(format!("{name_of_topic}: {kind} {leaf} {done:?}"));
                }
            }
        }
    }
    (found, tried)
}

#[test]
fn every_leaf_has_a_say() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let (mut found, mut tried) = (Vec::new(), 0);
    for folder in ["examples", "translate"] {
        let entries = fs::read_dir(testdata.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut topics: Vec<_> = entries.filter(|path| path.is_dir()).collect();
        topics.sort();
        for topic in topics {
            let name = topic.file_name().unwrap().to_string_lossy().into_owned();
            if NOTHING_WRITTEN.iter().any(|(of, _)| *of == name) {
                continue;
            }
            let args = fs::read_to_string(topic.join("args")).unwrap_or_default();
            let (silent, count) = silent(&topic, &args);
            found.extend(silent);
            tried += count;
        }
    }
    assert!(tried > 400, "{tried} leaves tried");
    assert!(found.is_empty(), "{} silent leaves of {tried}\n{}", found.len(), found.join("\n"));
}
