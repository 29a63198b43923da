//! DestinationRules of `testdata/destination`, with the findings that stand beside each input, and every
//! value of every field: it shows in what is said.

mod golden;
mod leaf;

use leaf::{put, values};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::finding::Finding;
use unmesh::ir::Model;
use unmesh::lint::{self, Context};
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

fn cases() -> Vec<PathBuf> {
    golden::cases("destination", 4)
}

/// Every finding in the DestinationRules of one input, those of reading first.
fn findings(text: String) -> Vec<Json> {
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
        let found = findings(std::fs::read_to_string(directory.join("input.yaml")).unwrap());
        golden::same(&directory, &found);
    }
}

/// Fields that Istio ignores: that they are there is said, and not what they hold.
const IGNORED: [&str; 2] =
    ["outlierDetection.consecutiveErrors", "outlierDetection.outlierDetectionHttpErrorCodes[]"];

/// What a field needs beside it to mean something: paths from the mapping of the settings, and values.
fn company(rest: &str) -> Option<(&'static str, Json)> {
    let hash = ["ringHash", "maglev", "minimumRingSize"].iter().any(|name| rest.contains(name));
    if hash {
        Some(("loadBalancer.consistentHash.useSourceIp", json!(true)))
    } else if rest.contains("ailover") {
        Some(("outlierDetection", json!({})))
    } else if rest.starts_with("tls.") && rest != "tls.mode" {
        Some(("tls.mode", json!("MUTUAL")))
    } else if rest == "outlierDetection.consecutiveLocalOriginFailures" {
        Some(("outlierDetection.splitExternalLocalOriginErrors", json!(true)))
    } else if rest == "port.number" {
        Some(("tls", json!({})))
    } else {
        None
    }
}

#[test]
fn every_value_shows_in_what_is_said() {
    let table = include_str!("../testdata/reading/fields.tsv");
    let rows = table.lines().filter(|line| line.starts_with("networking.istio.io/DestinationRule\t"));
    let mut silent = BTreeSet::new();
    let mut seen = 0;
    for row in rows {
        let [_, path, holds, _] = row.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let parent = ["trafficPolicy.portLevelSettings[].", "trafficPolicy."]
            .iter()
            .find_map(|mark| path.find(mark).map(|start| path.split_at(start + mark.len())));
        let said = |value: Json| {
            let mut spec = json!({"host": "reviews"});
            if let Some((parent, (beside, needed))) =
                parent.and_then(|(parent, rest)| Some((parent, company(rest)?)))
            {
                put(&mut spec, &format!("{parent}{beside}"), needed);
            }
            if path == "spec.host" {
                put(&mut spec, "spec.trafficPolicy.tls", json!({}));
            }
            put(&mut spec, path, value);
            let metadata = json!({"name": "it", "namespace": "shop"});
            let (version, kind) = ("networking.istio.io/v1", "DestinationRule");
            let object = json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
            let found = findings(object.to_string());
            found.iter().map(|one| one["message"].to_string()).collect::<Vec<_>>()
        };
        let mut values = values(holds);
        if IGNORED.iter().any(|ignored| path.ends_with(ignored)) {
            values.push(Json::Null);
        }
        let messages: BTreeSet<_> = values.into_iter().map(said).collect();
        if messages.len() < 2 {
            silent.insert(path);
        }
        seen += 1;
    }
    assert!(seen > 200, "the table is incomplete: {seen}");
    assert!(silent.is_empty(), "{silent:#?}");
}
