//! Patches, code, telemetry and dropped kinds of `testdata/extension`, with the findings that stand beside each
//! input, and what stands beside code in its message.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests; what is missing fails the test")]

mod golden;
mod support;

use serde_json::{Value as Json, json};
use std::path::PathBuf;
use support::{Outcome, Run, Told};

fn cases() -> Vec<PathBuf> {
    golden::cases("extension", 5)
}

/// What is said of these kinds: their own codes, and what Istio refuses, dropped or never had.
fn told(text: &str) -> Vec<Told> {
    let Outcome { told, written } = Run::parse("--target calico@3.32").translate(text);
    assert!(written.is_empty(), "nothing is written for these kinds");
    let own =
        |code: &str| ["UM36", "UM37", "UM014", "UM021", "UM022"].iter().any(|begin| code.starts_with(begin));
    told.into_iter().filter(|told| own(&told.code)).collect()
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let input = std::fs::read_to_string(directory.join("input.yaml")).unwrap();
        let found: Vec<Json> = told(&input).iter().map(|told| json!(told)).collect();
        golden::same(&directory, &found);
    }
}

/// The message about a plugin, or a TrafficExtension with the same code.
fn about(kind: &str, spec: &Json) -> String {
    let object = json!({
        "apiVersion": "extensions.istio.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "it", "namespace": "shop"},
        "spec": spec,
    });
    let told = told(&object.to_string());
    let [one] = told.as_slice() else { panic!("{spec}: {} findings", told.len()) };
    assert_eq!((one.code.as_str(), one.direction.as_str()), ("UM370", "widens"), "{spec}");
    one.message.clone()
}

/// `tests/fields.rs` takes no finding of their own for these: each has to be in the message.
#[test]
fn what_stands_beside_code_is_in_its_message() {
    let rows = [
        ("failStrategy", json!("FAIL_OPEN"), "FAIL_OPEN: while it fails, they pass"),
        ("imagePullPolicy", json!("Always"), "the pull policy `Always`"),
        ("imagePullSecret", json!("registry"), "the pull secret `registry`"),
        ("match", json!([{"mode": "CLIENT"}]), "requests from workloads in `shop`"),
        (
            "match",
            json!([{"mode": "SERVER", "ports": [{"number": 8080}]}]),
            "requests to workloads in `shop` on port 8080",
        ),
        ("match", json!([{"ports": [{"number": 90}]}, {"ports": [{"number": 80}]}]), "on ports 80 and 90"),
        ("phase", json!("AUTHZ"), "before Istio's authorization (AUTHZ)"),
        ("pluginConfig", json!({"rules": "strict"}), "its settings `rules`"),
        ("pluginName", json!("acme"), "the plugin's name `acme`"),
        ("priority", json!(7), "with priority 7"),
        ("selector", json!({"matchLabels": {"app": "web"}}), "pods with `app: web` in `shop`"),
        ("sha256", json!("0123456789abcdef".repeat(4)), "the check of its sum `0123456789ab`"),
        (
            "targetRefs",
            json!([{"kind": "Service", "name": "web"}]),
            "requests through the Service `web` in `shop`",
        ),
        ("type", json!("NETWORK"), "sees connections to and from workloads in `shop`"),
        ("verificationKey", json!("x"), "`verificationKey`"),
        ("vmConfig", json!({"env": [{"name": "MODE", "value": "x"}]}), "the variables `MODE`"),
    ];
    for (field, value, part) in rows {
        let mut spec = json!({"url": "oci://registry/waf:1"});
        spec[field] = value.clone();
        let message = about("WasmPlugin", &spec);
        assert!(message.contains(part), "{field}: {message}");
        let mut spec = json!({"wasm": {"url": "oci://registry/waf:1"}});
        let beside = ["match", "phase", "priority", "selector", "targetRefs"].contains(&field);
        if beside {
            spec[field] = value;
        } else {
            spec["wasm"][field] = value;
        }
        let message = about("TrafficExtension", &spec);
        assert!(message.contains(part), "{field}: {message}");
    }
}

/// Every message names the workloads that a resource is for.
#[test]
fn workloads_are_named() {
    let patch =
        json!([{"applyTo": "CLUSTER", "patch": {"operation": "MERGE", "value": {"connect_timeout": "1s"}}}]);
    let rows = [
        ("networking.istio.io/v1alpha3", "EnvoyFilter", "workloadSelector", json!({"configPatches": patch})),
        ("networking.istio.io/v1beta1", "ProxyConfig", "selector", json!({"concurrency": 2})),
        ("telemetry.istio.io/v1", "Telemetry", "selector", json!({"tracing": [{}]})),
        ("telemetry.istio.io/v1", "Telemetry", "selector", json!({"metrics": [{}]})),
        ("telemetry.istio.io/v1", "Telemetry", "selector", json!({"accessLogging": [{}]})),
        ("extensions.istio.io/v1alpha1", "TrafficExtension", "selector", json!({"lua": {"inlineCode": "x"}})),
    ];
    for (version, kind, field, spec) in rows {
        let labels = if field == "selector" { "matchLabels" } else { "labels" };
        let mut selecting = spec.clone();
        selecting[field] = json!({labels: {"app": "web"}});
        let said = |namespace: &str, spec: &Json| {
            let metadata = json!({"name": "it", "namespace": namespace});
            let object = json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
            let told = told(&object.to_string());
            assert_eq!(told.len(), 1, "{object}");
            told[0].message.clone()
        };
        let parts = [
            (said("shop", &spec), "workloads in `shop`"),
            (said("istio-system", &spec), "workloads of the whole mesh"),
            (said("shop", &selecting), "pods with `app: web` in `shop`"),
            (said("istio-system", &selecting), "pods with `app: web` in any namespace"),
        ];
        for (message, part) in parts {
            assert!(message.contains(part), "{kind}: {message}");
        }
    }
}
