//! Gateways and routes of `testdata/edge`, with the findings that stand beside each input, and the account of every leaf.

#![expect(clippy::unwrap_used, reason = "helpers of tests; what is missing fails the test")]

mod golden;

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use unmesh::config::Settings;
use unmesh::finding::Finding;
use unmesh::ir::Model;
use unmesh::lint::{self, Context};
use unmesh::manifest::{self, Object};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml::{self, Node, Value};

/// An input with what was found in its Gateways and routes.
struct Case {
    sources: SourceMap,
    objects: Vec<Object>,
    findings: Vec<Finding>,
}

fn cases() -> Vec<PathBuf> {
    golden::cases("edge", 5)
}

fn read(directory: &Path) -> Case {
    let path = directory.join("input.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let settings = Settings::default();
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    assert!(!documents.is_empty(), "{}: no document was read", path.display());
    let reading = manifest::collect(documents, &sources, &settings);
    let (inventory, _) = manifest::inventory(&reading.manifest, &settings);
    let (resources, mut findings) = unmesh::istio::read(&reading.manifest);
    let model = Model::default();
    let manifest = &reading.manifest;
    let (inventory, resources, model, settings) = (&inventory, &resources, &model, &settings);
    findings.extend(lint::edge::check(&Context { manifest, inventory, resources, model, settings }));
    Case { sources, objects: reading.manifest.objects, findings }
}

fn shown(case: &Case, finding: &Finding) -> Json {
    json!({
        "object": finding.object.as_ref().map(ToString::to_string),
        "code": finding.code.id,
        "severity": finding.severity.word(),
        "direction": finding.direction.word(),
        "field": finding.field,
        "underlined": finding.span.map(|span| case.sources.text(span)),
        "message": finding.message,
    })
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let case = read(&directory);
        let found: Vec<Json> = case.findings.iter().map(|finding| shown(&case, finding)).collect();
        golden::same(&directory, &found);
    }
}

#[test]
fn every_leaf_is_under_a_finding_or_named_in_one() {
    for directory in cases() {
        let case = read(&directory);
        for object in &case.objects {
            let findings =
                case.findings.iter().filter(|finding| finding.object.as_ref() == Some(&object.reference));
            let findings: Vec<&Finding> = findings.collect();
            // What others serve has no finding at all, and a route whose Gateway is not shown has one.
            if findings.is_empty() || object.reference.name == "unseen" {
                continue;
            }
            let mut leaves = Vec::new();
            collect(object.root.get("spec").unwrap(), "spec", &mut leaves);
            for (leaf, text) in leaves {
                let covered = findings.iter().any(|finding| {
                    let field = finding.field.as_deref().unwrap_or_default();
                    let under = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
                    leaf.strip_prefix(field).is_some_and(under)
                        || in_words(&leaf, &text, field, &finding.message)
                });
                assert!(covered, "{}: {}: {leaf}", directory.display(), object.reference);
            }
        }
    }
}

/// Hosts stand in every message of their route, and the only backend of a rule in that on its matches.
fn in_words(leaf: &str, text: &str, field: &str, message: &str) -> bool {
    let host = leaf.starts_with("spec.hostnames[") && message.contains(&format!("`{text}`"));
    let rule = field.strip_suffix(".matches");
    let backend = rule.is_some_and(|rule| leaf.starts_with(&format!("{rule}.backendRefs[0].")));
    host || (backend && message.contains(text))
}

/// The paths and texts of all scalars and empty collections; null is absent.
fn collect(node: &Node, path: &str, leaves: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Scalar(_) if node.is_null() => {}
        Value::Mapping(entries) if !entries.is_empty() => {
            for entry in entries {
                collect(&entry.value, &format!("{path}.{}", entry.key), leaves);
            }
        }
        Value::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{index}]"), leaves);
            }
        }
        Value::Scalar(scalar) => leaves.push((path.to_string(), scalar.text.clone())),
        Value::Mapping(_) | Value::Sequence(_) => leaves.push((path.to_string(), String::new())),
    }
}
