//! Every field that Istio's own definitions have is read, and is in a finding.
//!
//! `testdata/reading/fields.tsv` holds each leaf below `spec` of each kind, out of Istio's definitions and those of Gateway API
//! (`conformance/kubernetes`, command `fields`). Each is put into a small object of its kind.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod support;

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use support::{Outcome, Run, Told};

/// Kinds that are not read yet: each is one warning.
const UNREAD: &[&str] = &[];

/// Kinds whose leaves have an account elsewhere: `tests/leaves.rs` and `tests/traffic.rs`.
const ACCOUNTED_ELSEWHERE: &[&str] =
    &["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "VirtualService"];

/// What an object of a kind needs beside the leaf, so that the leaf means something.
fn base(kind: &str) -> Json {
    match kind {
        "DestinationRule" => json!({"host": "reviews"}),
        "EnvoyFilter" => json!({"configPatches": [
            {"applyTo": "CLUSTER", "patch": {"operation": "MERGE", "value": {"connect_timeout": "1s"}}}
        ]}),
        "WasmPlugin" => json!({"url": "oci://registry/waf:1"}),
        "TrafficExtension" => json!({"wasm": {"url": "oci://registry/waf:1"}}),
        "Telemetry" => json!({"accessLogging": [{"providers": [{"name": "envoy"}]}]}),
        "ProxyConfig" => json!({"concurrency": 2}),
        "ServiceEntry" => json!({"hosts": ["api.partner.example"]}),
        "WorkloadEntry" => json!({"address": "10.0.0.1"}),
        _ => json!({}),
    }
}

/// The same for kinds of Gateway API, which are Istio's by their class or their parents.
fn base_of_gateway_api(kind: &str) -> Json {
    match kind {
        "Gateway" => {
            json!({"gatewayClassName": "istio", "listeners": [{"name": "a", "port": 80, "protocol": "HTTP"}]})
        }
        _ => json!({
            "parentRefs": [{"group": "", "kind": "Service", "name": "a"}],
            "rules": [{"backendRefs": [{"name": "a", "port": 80}]}],
        }),
    }
}

/// Leaves that no finding has to name: kind, path, why.
const SILENT: &[(&str, &str, &str)] = &[
    ("EnvoyFilter", "spec.targetRefs[].group", WORKLOADS),
    ("EnvoyFilter", "spec.targetRefs[].kind", WORKLOADS),
    ("EnvoyFilter", "spec.targetRefs[].name", WORKLOADS),
    ("EnvoyFilter", "spec.targetRefs[].namespace", WORKLOADS),
    ("EnvoyFilter", "spec.workloadSelector.labels{}", WORKLOADS),
    ("ProxyConfig", "spec.selector.matchLabels{}", WORKLOADS),
    ("Telemetry", "spec.selector.matchLabels{}", WORKLOADS),
    ("TrafficExtension", "spec.selector.matchLabels{}", WORKLOADS),
    ("WasmPlugin", "spec.selector.matchLabels{}", WORKLOADS),
    ("EnvoyFilter", "spec.priority", "an order among filters whose patches all go"),
    ("TrafficExtension", "spec.match[].mode", BESIDE),
    ("TrafficExtension", "spec.match[].ports[].number", BESIDE),
    ("TrafficExtension", "spec.phase", BESIDE),
    ("TrafficExtension", "spec.priority", BESIDE),
    ("WasmPlugin", "spec.failStrategy", BESIDE),
    ("WasmPlugin", "spec.imagePullPolicy", BESIDE),
    ("WasmPlugin", "spec.imagePullSecret", BESIDE),
    ("WasmPlugin", "spec.match[].mode", BESIDE),
    ("WasmPlugin", "spec.match[].ports[].number", BESIDE),
    ("WasmPlugin", "spec.phase", BESIDE),
    ("WasmPlugin", "spec.pluginConfig", BESIDE),
    ("WasmPlugin", "spec.pluginName", BESIDE),
    ("WasmPlugin", "spec.priority", BESIDE),
    ("WasmPlugin", "spec.type", BESIDE),
    ("WasmPlugin", "spec.verificationKey", BESIDE),
    ("WasmPlugin", "spec.vmConfig.env[].name", BESIDE),
    ("Gateway", "spec.gatewayClassName", OTHERS),
    ("GRPCRoute", "spec.parentRefs[].group", OTHERS),
    ("GRPCRoute", "spec.parentRefs[].kind", OTHERS),
    ("HTTPRoute", "spec.parentRefs[].group", OTHERS),
    ("HTTPRoute", "spec.parentRefs[].kind", OTHERS),
    ("TCPRoute", "spec.parentRefs[].group", OTHERS),
    ("TCPRoute", "spec.parentRefs[].kind", OTHERS),
    ("TLSRoute", "spec.parentRefs[].group", OTHERS),
    ("TLSRoute", "spec.parentRefs[].kind", OTHERS),
    ("WorkloadEntry", "spec.labels{}", "told with the address: `tests/egress.rs` asks for the value"),
    ("WorkloadEntry", "spec.locality", "told with the address: `tests/egress.rs` asks for the value"),
    ("WorkloadEntry", "spec.network", "told with the address: `tests/egress.rs` asks for the value"),
    ("WorkloadEntry", "spec.ports{}", "told with the address: `tests/egress.rs` asks for the value"),
    ("WorkloadEntry", "spec.weight", "told with the address: `tests/egress.rs` asks for the value"),
];

const WORKLOADS: &str = "every message of the resource names the workloads that it is for";

/// `tests/extension.rs` holds that each of these changes the message.
const BESIDE: &str = "in the message of the code's finding";

/// The value of the test makes it the object of another controller, which goes on without the mesh.
const OTHERS: &str = "with that value it is not Istio's";

struct Leaf {
    group: String,
    kind: String,
    path: String,
    holds: String,
    versions: Vec<String>,
}

fn leaves() -> Vec<Leaf> {
    let table = include_str!("../testdata/reading/fields.tsv");
    let leaf = |line: &str| {
        let [kind, path, holds, versions] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let (group, kind) = kind.split_once('/').unwrap();
        Leaf {
            group: group.to_string(),
            kind: kind.to_string(),
            path: path.to_string(),
            holds: holds.to_string(),
            versions: versions.split(',').map(str::to_string).collect(),
        }
    };
    table.lines().map(leaf).collect()
}

impl Leaf {
    /// Values that the field can have.
    fn values(&self) -> Vec<Json> {
        match self.holds.as_str() {
            "string" | "integer or string" => vec![json!("1s")],
            "integer" => vec![json!(1)],
            "number" => vec![json!(1.5)],
            "boolean" => vec![json!(true)],
            "nothing" | "anything" => vec![json!({})],
            words => {
                let value = |word: &str| word.parse::<i64>().map_or(json!(word), |number| json!(number));
                words.split('|').map(value).collect()
            }
        }
    }

    /// The path as findings have it: first items, and the key `k`.
    fn place(&self) -> String {
        self.path.replace("[]", "[0]").replace("{}", "[k]")
    }

    /// An object with the field.
    fn object(&self, version: &str, value: Json) -> String {
        let mut spec = match self.group.as_str() {
            "gateway.networking.k8s.io" => base_of_gateway_api(&self.kind),
            _ => base(&self.kind),
        };
        let path = self.path.replace("[]", ".[]").replace("{}", ".{}");
        let mut place = &mut spec;
        for step in path.split('.').skip(1) {
            place = match step {
                "[]" => {
                    if !place.is_array() {
                        *place = json!([null]);
                    }
                    place.get_mut(0).unwrap()
                }
                name => {
                    if !place.is_object() {
                        *place = Json::Object(Map::new());
                    }
                    let key = if name == "{}" { "k" } else { name };
                    place.as_object_mut().unwrap().entry(key).or_insert(Json::Null)
                }
            };
        }
        *place = value;
        let object = json!({
            "apiVersion": format!("{}/{version}", self.group),
            "kind": self.kind,
            "metadata": {"name": "it", "namespace": "shop"},
            "spec": spec,
        });
        serde_json::to_string_pretty(&object).unwrap()
    }
}

/// Kinds that decide no access become no object.
fn read(leaf: &Leaf, text: &str) -> Vec<Told> {
    let Outcome { told, written } = Run::parse("--target calico@3.28").translate(text);
    let kind = leaf.kind.as_str();
    assert!(written.is_empty() || ACCOUNTED_ELSEWHERE.contains(&kind), "{kind} {}", leaf.path);
    told
}

#[test]
fn every_field_of_every_version_is_known() {
    let mut wrong = Vec::new();
    for leaf in leaves() {
        for version in &leaf.versions {
            for value in leaf.values() {
                let told = read(&leaf, &leaf.object(version, value.clone()));
                let problems = |told: &&Told| {
                    // Of policies, one code stands for all that cannot be read.
                    matches!(told.code.as_str(), "UM006" | "UM007" | "UM009" | "UM015")
                        || (told.code == "UM008" && told.message.contains("is no value of"))
                        || (told.code == "UM010" && !told.message.contains("1s"))
                };
                if let Some(problem) = told.iter().find(problems) {
                    wrong.push(format!("{} {} {value}: {}", leaf.kind, leaf.path, problem.message));
                }
                let unread = told.iter().any(|told| told.code == "UM014");
                assert_eq!(unread, UNREAD.contains(&leaf.kind.as_str()), "{} {}", leaf.kind, leaf.path);
            }
        }
    }
    assert!(wrong.is_empty(), "{} fields:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_field_is_in_a_finding() {
    let mut silent = BTreeSet::new();
    for leaf in leaves() {
        let kind = leaf.kind.as_str();
        if UNREAD.contains(&kind) || ACCOUNTED_ELSEWHERE.contains(&kind) {
            continue;
        }
        let version = leaf.versions.first().unwrap();
        let told = |value: Json| {
            read(&leaf, &leaf.object(version, value)).iter().any(|told| names(told, &leaf.place()))
        };
        if !leaf.values().into_iter().any(told) {
            silent.insert((leaf.kind.clone(), leaf.path.clone()));
        }
    }
    let allowed = SILENT.iter().map(|(kind, path, _)| ((*kind).to_string(), (*path).to_string()));
    assert_eq!(silent, allowed.collect(), "fields that no finding names, or that need no exception");
}

/// Whether a finding is about a field: it stands on it or on something around it, other than all of `spec`.
fn names(told: &Told, place: &str) -> bool {
    told.field.as_deref().filter(|field| *field != "spec").is_some_and(|field| {
        place.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}
