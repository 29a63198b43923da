//! MeshConfigs of `testdata/mesh`, with the findings that stand beside each input and, where it matters, a
//! text that what is written has.
//!
//! Expected values were written from Istio's sources: `pkg/config/mesh/mesh.go`, its chart's `configmap.yaml`,
//! `pilot/pkg/security/trustdomain/bundle.go`, `pilot/pkg/security/authz/builder/extauthz.go`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests; what is missing fails the test"
)]

mod golden;
mod support;

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use support::{Outcome, Run, Told};

/// The codes of this topic; what else is found has its tests elsewhere.
const CODES: [&str; 13] = [
    "UM006", "UM014", "UM212", "UM217", "UM418", "UM425", "UM426", "UM427", "UM428", "UM429", "UM430",
    "UM431", "UM432",
];

/// What is written, or is not: case, whether anything is, a text in it.
const WRITTEN: &[(&str, bool, &str)] = &[
    // The alias is this mesh's own trust domain, so the refusal holds for the pods of jobs/batch.
    ("aliases", true, "- batch"),
    ("disagree", false, ""),
    ("unreadable", false, ""),
    // A policy of the root namespace is one of the whole mesh, not of `mesh-admin`.
    ("operator", true, "kind: GlobalNetworkPolicy"),
    ("settings", true, "kind: GlobalNetworkPolicy"),
];

fn cases() -> Vec<PathBuf> {
    golden::cases("mesh", 11)
}

fn run(directory: &Path) -> Outcome {
    let args = std::fs::read_to_string(directory.join("args")).unwrap_or_default();
    let args = format!("--target calico@3.28 {}", args.trim());
    let text = std::fs::read_to_string(directory.join("input.yaml")).unwrap();
    Run::parse(args.trim()).translate(&text)
}

fn shown(told: &Told) -> Json {
    json!({
        "code": told.code,
        "severity": told.severity,
        "direction": told.direction,
        "field": told.field,
        "underlined": told.underlined,
        "message": told.message,
    })
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let Outcome { told, .. } = run(&directory);
        let of_topic = told.iter().filter(|told| CODES.contains(&told.code.as_str()));
        let found: Vec<Json> = of_topic.map(shown).collect();
        golden::same(&directory, &found);
    }
}

#[test]
fn settings_of_the_input_decide_what_is_written() {
    for (case, any, text) in WRITTEN {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/mesh").join(case);
        let Outcome { written, .. } = run(&directory);
        assert_eq!(!written.is_empty(), *any, "{case}");
        let has = written.iter().any(|written| written.contains(text));
        assert!(has || !any, "{case}: {written:#?}");
    }
}

/// A value that each field of `testdata/reading/mesh_config.tsv` can have.
fn values(holds: &str) -> Vec<Json> {
    match holds {
        "string" => vec![json!("1s")],
        "integer" => vec![json!(1), json!("1")],
        "number" => vec![json!(1.5)],
        "boolean" => vec![json!(true)],
        "nothing" | "anything" => vec![json!({})],
        words => words.split('|').map(|word| json!(word)).collect(),
    }
}

/// A MeshConfig with one field; `{}` is a map's value and `[]` a list's item.
fn with(path: &str, value: Json, name: fn(&str) -> String) -> Json {
    path.rsplit('.').fold(value, |value, step| {
        let key = step.trim_end_matches("[]").trim_end_matches("{}");
        let value = if step.ends_with("[]") { json!([value]) } else { value };
        let value = if step.ends_with("{}") { json!({ "k": value }) } else { value };
        json!({ name(key): value })
    })
}

/// The name that the `.proto` file has, which protobuf takes in JSON as well.
fn in_proto(name: &str) -> String {
    let letter = |letter: char| match letter {
        'A'..='Z' => format!("_{}", letter.to_ascii_lowercase()),
        other => other.to_string(),
    };
    match name {
        "meshMTLS" => "mesh_mTLS".to_string(),
        "enable64bitTraceId" => "enable_64bit_trace_id".to_string(),
        "consecutive5xxErrors" => "consecutive_5xx_errors".to_string(),
        other => other.chars().map(letter).collect(),
    }
}

/// The table holds each leaf of MeshConfig of `istio.io/api` 1.31.1, out of its descriptor.
#[test]
fn every_field_of_mesh_config_is_known() {
    let mut wrong = Vec::new();
    for line in include_str!("../testdata/reading/mesh_config.tsv").lines() {
        let (path, holds) = line.split_once('\t').unwrap();
        for value in values(holds) {
            for name in [str::to_string, in_proto] {
                let mesh = serde_json::to_string_pretty(&with(path, value.clone(), name)).unwrap();
                let mesh = mesh.replace('\n', "\n    ");
                let text = format!(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\ndata:\n  mesh: |\n    {mesh}\n"
                );
                let Outcome { told, .. } = Run::parse("--target calico@3.28").translate(&text);
                let of_reading = ["UM006", "UM007", "UM008", "UM009", "UM426"];
                let problems = told.iter().filter(|told| of_reading.contains(&told.code.as_str()));
                wrong.extend(problems.map(|told| format!("{path} {value}: {}", told.message)));
                assert!(told.iter().any(|told| told.code == "UM425"), "{path}: no MeshConfig was read");
            }
        }
    }
    assert!(wrong.is_empty(), "{} fields:\n{}", wrong.len(), wrong.join("\n"));
}
