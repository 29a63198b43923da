//! What workloads, Namespaces and Services of `testdata/workloads` say to the mesh, with the findings that stand
//! beside each input; and that no label or annotation of Istio's is passed over.
//!
//! Expected values were written from Istio's sources: `annotation/annotations.gen.go`, `pkg/kube/inject/validate.go`
//! and `inject.go`, `tools/istio-iptables/pkg/capture`, `pilot/pkg/security/authn/policy_applier.go`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests; what is missing fails the test"
)]

mod golden;
mod support;

use serde_json::{Value as Json, json};
use std::path::PathBuf;
use support::{Outcome, Run, Told};

/// The codes of this topic; what else is found has its tests elsewhere.
fn of_topic(code: &str) -> bool {
    ("UM445"..="UM455").contains(&code)
        || ("UM033"..="UM036").contains(&code)
        || ["UM006", "UM008", "UM127"].contains(&code)
}

fn cases() -> Vec<PathBuf> {
    golden::cases("workloads", 9)
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
        let input = std::fs::read_to_string(directory.join("input.yaml")).unwrap();
        let Outcome { told, .. } = Run::parse("--target calico@3.32").translate(&input);
        let found: Vec<Json> = told.iter().filter(|told| of_topic(&told.code)).map(shown).collect();
        golden::same(&directory, &found);
    }
}

/// A value that each annotation takes.
fn value(name: &str) -> &'static str {
    match name.rsplit('/').next().unwrap() {
        "proxyCPU" | "proxyCPULimit" | "proxyMemory" | "proxyMemoryLimit" => "100m",
        "interceptionMode" => "TPROXY",
        "merge-metrics" | "inject" | "rewriteAppHTTPProbers" => "true",
        "port" | "failureThreshold" | "initialDelaySeconds" | "periodSeconds" => "7",
        "excludeInboundPorts" | "includeInboundPorts" | "excludeOutboundPorts" => "8080",
        "excludeOutboundIPRanges" | "includeOutboundIPRanges" => "203.0.113.0/24",
        "userVolume" | "userVolumeMount" => r#"{\"v\": {\"name\": \"v\"}}"#,
        "config" => "concurrency: 1",
        _ => "net1",
    }
}

/// Each annotation that Istio reads on pods, out of `istio.io/api` 1.31.1 (`Resources: Pod`).
const OF_PODS: [&str; 48] = [
    "ambient.istio.io/bypass-inbound-capture",
    "ambient.istio.io/dns-capture",
    "ambient.istio.io/redirection",
    "inject.istio.io/templates",
    "istio.io/reroute-virtual-interfaces",
    "istio.io/rev",
    "prometheus.istio.io/merge-metrics",
    "proxy.istio.io/config",
    "proxy.istio.io/overrides",
    "readiness.status.sidecar.istio.io/applicationPorts",
    "readiness.status.sidecar.istio.io/failureThreshold",
    "readiness.status.sidecar.istio.io/initialDelaySeconds",
    "readiness.status.sidecar.istio.io/periodSeconds",
    "sidecar.istio.io/agentLogLevel",
    "sidecar.istio.io/bootstrapOverride",
    "sidecar.istio.io/componentLogLevel",
    "sidecar.istio.io/discoveryAddress",
    "sidecar.istio.io/extraStatTags",
    "sidecar.istio.io/inject",
    "sidecar.istio.io/interceptionMode",
    "sidecar.istio.io/logLevel",
    "sidecar.istio.io/nativeSidecar",
    "sidecar.istio.io/proxyCPU",
    "sidecar.istio.io/proxyCPULimit",
    "sidecar.istio.io/proxyImage",
    "sidecar.istio.io/proxyImageType",
    "sidecar.istio.io/proxyMemory",
    "sidecar.istio.io/proxyMemoryLimit",
    "sidecar.istio.io/rewriteAppHTTPProbers",
    "sidecar.istio.io/statsCompression",
    "sidecar.istio.io/statsEvictionInterval",
    "sidecar.istio.io/statsFlushInterval",
    "sidecar.istio.io/statsHistogramBins",
    "sidecar.istio.io/statsHistogramBuckets",
    "sidecar.istio.io/statsInclusionPrefixes",
    "sidecar.istio.io/statsInclusionRegexps",
    "sidecar.istio.io/statsInclusionSuffixes",
    "sidecar.istio.io/status",
    "sidecar.istio.io/userVolume",
    "sidecar.istio.io/userVolumeMount",
    "status.sidecar.istio.io/port",
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/excludeInterfaces",
    "traffic.sidecar.istio.io/excludeOutboundIPRanges",
    "traffic.sidecar.istio.io/excludeOutboundPorts",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
    "traffic.sidecar.istio.io/includeOutboundPorts",
];

#[test]
fn every_annotation_of_pods_ends_in_a_finding_of_its_own_place() {
    for name in OF_PODS {
        let input = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  template:\n    metadata:\n      \
             labels: {{app: web, sidecar.istio.io/inject: \"true\"}}\n      annotations:\n        {name}: \"{}\"\n    \
             spec: {{containers: [{{name: app, ports: [{{containerPort: 8080}}]}}]}}\n",
            value(name)
        );
        let Outcome { told, .. } = Run::parse("--target calico@3.32").translate(&input);
        let problems: Vec<&Told> = told.iter().filter(|told| told.code.starts_with("UM0")).collect();
        let deprecated = problems.iter().all(|told| told.code == "UM035");
        assert!(deprecated, "{name}: {:?}", problems.iter().map(|told| &told.message).collect::<Vec<_>>());
        let at = format!("metadata.annotations[{name}]");
        let is_here = |told: &&Told| {
            let here = told.field.as_ref().is_some_and(|field| field.ends_with(&at));
            (here && told.code != "UM035") || told.message.contains(name)
        };
        assert!(told.iter().any(|told| is_here(&told)), "{name} is passed over");
    }
}

#[test]
fn what_only_sets_up_a_proxy_changes_nothing_that_is_written() {
    let written = |annotations: &str| {
        let input = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  template:\n    metadata:\n      \
             labels: {{app: web, sidecar.istio.io/inject: \"true\"}}\n      annotations: {{{annotations}}}\n    \
             spec: {{containers: [{{name: app, ports: [{{containerPort: 8080}}]}}]}}\n---\n\
             apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: web, namespace: shop}}\n\
             spec: {{rules: [{{to: [{{operation: {{ports: [\"8080\"]}}}}]}}]}}\n"
        );
        Run::parse("--target calico@3.32").translate(&input).written
    };
    let bare = written("");
    assert!(!bare.is_empty());
    assert_eq!(
        written("sidecar.istio.io/proxyCPU: 100m, sidecar.istio.io/rewriteAppHTTPProbers: \"true\""),
        bare
    );
    assert_eq!(written("proxy.istio.io/config: \"concurrency: 1\", sidecar.istio.io/logLevel: debug"), bare);
    assert_ne!(written("traffic.sidecar.istio.io/excludeInboundPorts: \"9090\""), bare);
}
