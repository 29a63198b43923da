//! DestinationRules of `testdata/destination`, with the findings that stand beside each input.

#![expect(clippy::unwrap_used, reason = "helpers of tests; what is missing fails the test")]

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use unmesh::config::Settings;
use unmesh::finding::Finding;
use unmesh::ir::Model;
use unmesh::lint::{self, Context};
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/destination");
    let mut found: Vec<PathBuf> = root.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(found.len() >= 4, "testdata/destination is incomplete");
    found
}

/// Every finding in the DestinationRules of one input, those of reading first.
fn findings(directory: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(directory.join("input.yaml")).unwrap();
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let settings = Settings::default();
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    let reading = manifest::collect(documents, &sources, &settings);
    let (inventory, _) = manifest::inventory(&reading.manifest, &settings);
    let (resources, mut findings) = unmesh::istio::read(&reading.manifest);
    let model = Model::default();
    let manifest = &reading.manifest;
    let (inventory, resources, model, settings) = (&inventory, &resources, &model, &settings);
    findings.extend(lint::destination::check(&Context { manifest, inventory, resources, model, settings }));
    findings.iter().map(|finding| shown(&sources, finding)).collect()
}

fn shown(sources: &SourceMap, finding: &Finding) -> Json {
    json!({
        "code": finding.code.id,
        "object": finding.object.as_ref().map(ToString::to_string),
        "direction": finding.direction.word(),
        "field": finding.field,
        "underlined": finding.span.map(|span| sources.text(span)),
        "message": finding.message,
    })
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let text = std::fs::read_to_string(directory.join("findings.json")).unwrap();
        let expected: Vec<Json> = serde_json::from_str(&text).unwrap();
        let found = findings(&directory);
        for finding in &found {
            assert!(expected.contains(finding), "{}: not expected:\n{finding:#}", directory.display());
        }
        for finding in &expected {
            assert!(found.contains(finding), "{}: missing:\n{finding:#}", directory.display());
        }
        assert_eq!(found.len(), expected.len(), "{}", directory.display());
    }
}
