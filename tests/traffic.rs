//! VirtualServices of `testdata/traffic`, with the findings that stand beside each input, and the
//! account of every leaf: under the field of some finding, or named in one.

#![expect(clippy::unwrap_used, reason = "helpers of tests; what is missing fails the test")]

mod golden;

use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use unmesh::config::Settings;
use unmesh::finding::Finding;
use unmesh::ir::Model;
use unmesh::lint::{self, Context};
use unmesh::manifest::{self, Object};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml::{self, Node, Value};

/// An input with what was found in its VirtualServices.
struct Case {
    sources: SourceMap,
    objects: Vec<Object>,
    findings: Vec<Finding>,
}

fn cases() -> Vec<PathBuf> {
    golden::cases("traffic", 7)
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
    findings.extend(lint::traffic::check(&Context { manifest, inventory, resources, model, settings }));
    findings.retain(|finding| finding.object.as_ref().is_some_and(|object| object.kind == "VirtualService"));
    Case { sources, objects: reading.manifest.objects, findings }
}

fn shown(case: &Case, finding: &Finding) -> Json {
    json!({
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
        if !directory.join("findings.json").exists() {
            continue;
        }
        let case = read(&directory);
        let found: Vec<Json> = case.findings.iter().map(|finding| shown(&case, finding)).collect();
        golden::same(&directory, &found);
    }
}

#[test]
fn every_leaf_is_under_a_finding_or_named_in_one() {
    for directory in cases() {
        let case = read(&directory);
        let services = case.objects.iter().filter(|object| object.reference.kind == "VirtualService");
        for object in services {
            let fields: BTreeSet<&str> = case
                .findings
                .iter()
                .filter(|finding| finding.object.as_ref() == Some(&object.reference))
                .filter_map(|finding| finding.field.as_deref())
                .collect();
            let mut leaves = Vec::new();
            collect(object.root.get("spec").unwrap(), "spec", &mut leaves);
            let missed: Vec<_> = leaves.iter().filter(|leaf| !covered(leaf, &fields)).collect();
            assert!(missed.is_empty(), "{}: {}: {missed:?}", directory.display(), object.reference);
        }
    }
}

/// The paths of all scalars and empty collections; null is absent.
fn collect(node: &Node, path: &str, leaves: &mut Vec<String>) {
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
        Value::Scalar(_) | Value::Mapping(_) | Value::Sequence(_) => leaves.push(path.to_string()),
    }
}

/// Whether a finding's field is the leaf or above it, or one names the leaf in its message.
fn covered(leaf: &str, fields: &BTreeSet<&str>) -> bool {
    let leaf = match map_key(leaf) {
        Some(named) => named,
        None => leaf.to_string(),
    };
    let under = |field: &&str| {
        leaf.strip_prefix(*field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let named_in = |prefix: String| fields.iter().any(|field| field.starts_with(&prefix));
    // Hosts are the subject of every message.
    if fields.iter().any(under) || leaf.starts_with("spec.hosts[") {
        return true;
    }
    let Some((route, rest)) = leaf.split_once("].").map(|(route, rest)| (format!("{route}]"), rest)) else {
        return false;
    };
    // A mirror's message has its share; a match's message has the destination; a name only labels its route.
    match rest.split(['.', '[']).next() {
        Some("mirrorPercentage" | "mirrorPercent") => named_in(format!("{route}.mirror")),
        Some("route") => rest.contains(".destination.") && named_in(format!("{route}.match")),
        Some("name") => named_in(format!("{route}.")),
        Some(_) | None => false,
    }
}

/// Header operations name their header in the path as findings write it: `set[x-user]`.
fn map_key(leaf: &str) -> Option<String> {
    ["set", "add"].iter().find_map(|list| {
        let (before, key) = leaf.rsplit_once(&format!(".{list}."))?;
        Some(format!("{before}.{list}[{key}]"))
    })
}
