//! Expected values: istio `pkg/kube/inject/inject.go` and the selectors of its webhooks.

use super::*;
use crate::manifest::testing::{Input, lines};

/// A Deployment in `shop`, with more under `metadata` and `spec` of its template.
fn deployment(metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{template: {{metadata: {{{metadata}}}, spec: {{containers: [{{name: app}}]{spec}}}}}}}\n"
    )
}

fn namespace(labels: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}\n")
}

fn proxy_of(texts: &[String], settings: &Settings) -> Proxy {
    let (inventory, _) = Input::of(&texts.join("---\n")).inventory(settings);
    inventory.workloads[0].proxy
}

const IN: &str = "labels: {sidecar.istio.io/inject: 'true'}";
const OUT: &str = "labels: {sidecar.istio.io/inject: 'false'}";
const ANNOTATED: &str = "annotations: {sidecar.istio.io/inject: 'true'}";
const BOTH: &str =
    "labels: {sidecar.istio.io/inject: 'false'}, annotations: {sidecar.istio.io/inject: 'true'}";
const REVISION: &str = "labels: {istio.io/rev: stable}";
const AMBIENT: &str = "labels: {istio.io/dataplane-mode: ambient}";
const NOT_AMBIENT: &str = "labels: {istio.io/dataplane-mode: none}";
const HOST: &str = ", hostNetwork: true";
const ENABLED: &str = "istio-injection: enabled";
const DISABLED: &str = "istio-injection: disabled";

#[test]
fn a_shown_namespace_and_the_template_decide_together() {
    let cases = [
        ("enabled", ENABLED, "", "", Proxy::Sidecar),
        ("enabled, label says no", ENABLED, OUT, "", Proxy::None),
        ("enabled, label beats annotation", ENABLED, BOTH, "", Proxy::None),
        ("enabled, host network", ENABLED, "", HOST, Proxy::None),
        ("disabled", DISABLED, "", "", Proxy::None),
        ("disabled: no webhook selects it, whatever the pod says", DISABLED, IN, "", Proxy::None),
        ("a revision", "istio.io/rev: stable", "", "", Proxy::Sidecar),
        ("a revision under disabled", "istio-injection: disabled, istio.io/rev: stable", "", "", Proxy::None),
        ("no label", "", "", "", Proxy::Unlabelled),
        ("no label, pod label", "", IN, "", Proxy::Sidecar),
        ("no label, pod revision", "", REVISION, "", Proxy::Sidecar),
        ("no label, annotation: only some webhooks see it", "", ANNOTATED, "", Proxy::Unknown),
        ("ambient", "istio.io/dataplane-mode: ambient", "", "", Proxy::Ambient),
        ("ambient, pod opts out", "istio.io/dataplane-mode: ambient", NOT_AMBIENT, "", Proxy::None),
        ("ambient, no sidecar wanted", "istio.io/dataplane-mode: ambient", OUT, "", Proxy::Ambient),
        ("ambient, host network", "istio.io/dataplane-mode: ambient", "", HOST, Proxy::None),
        ("a pod in ambient mode", "", AMBIENT, "", Proxy::Ambient),
    ];
    for (name, labels, metadata, spec, expected) in cases {
        let texts = [deployment(metadata, spec), namespace(labels)];
        assert_eq!(proxy_of(&texts, &Settings::default()), expected, "{name}");
    }
}

#[test]
fn without_the_namespace_only_the_template_speaks() {
    let cases = [
        ("nothing", "", Proxy::Unknown),
        ("label", IN, Proxy::Sidecar),
        ("label says no", OUT, Proxy::None),
        ("annotation: the namespace may have no label", ANNOTATED, Proxy::Unknown),
        ("ambient", AMBIENT, Proxy::Ambient),
    ];
    for (name, metadata, expected) in cases {
        assert_eq!(proxy_of(&[deployment(metadata, "")], &Settings::default()), expected, "{name}");
    }
}

#[test]
fn a_namespace_without_label_but_with_policy_proves_nothing() {
    let policy = "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: p, namespace: shop}}\n";
    let texts = [deployment("", ""), namespace(""), policy.to_string()];
    assert_eq!(proxy_of(&texts, &Settings::default()), Proxy::Unknown);
}

#[test]
fn no_sidecar_is_no_proof_where_ambient_mode_is_in_use() {
    let ambient = "{apiVersion: v1, kind: Namespace, metadata: {name: x, labels: {istio.io/dataplane-mode: ambient}}}\n";
    assert_eq!(proxy_of(&[deployment(OUT, ""), ambient.to_string()], &Settings::default()), Proxy::Unknown);
}

#[test]
fn mesh_namespaces_beat_labels() {
    let listed = |name: &str| Settings {
        mesh_namespaces: Some(BTreeSet::from([name.to_string()])),
        ..Settings::default()
    };
    let cases = [
        ("listed, disabled by label", "shop", DISABLED, "", Proxy::Sidecar),
        ("listed, template opts out", "shop", "", OUT, Proxy::None),
        ("not listed, enabled by label", "other", ENABLED, "", Proxy::None),
        ("not listed, template opts in", "other", "", IN, Proxy::Sidecar),
    ];
    for (name, mesh, labels, metadata, expected) in cases {
        let texts = [deployment(metadata, ""), namespace(labels)];
        assert_eq!(proxy_of(&texts, &listed(mesh)), expected, "{name}");
    }
}

#[test]
fn a_proxy_by_hand_is_a_sidecar_and_alone_it_is_a_gateway() {
    let pod = |containers: &str, inits: &str, metadata: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop{metadata}}}\n\
             spec: {{containers: [{containers}], initContainers: [{inits}]}}\n"
        )
    };
    let cases = [
        ("beside", "{name: app}, {name: istio-proxy}", "", "", (Proxy::Sidecar, false)),
        ("native sidecar", "{name: app}", "{name: istio-proxy}", "", (Proxy::Sidecar, false)),
        ("alone", "{name: istio-proxy}", "", "", (Proxy::Sidecar, true)),
        (
            "by template",
            "{name: app}",
            "",
            ", annotations: {inject.istio.io/templates: gateway}",
            (Proxy::Unknown, true),
        ),
        (
            "generated",
            "{name: app}",
            "",
            ", labels: {gateway.networking.k8s.io/gateway-name: g}",
            (Proxy::Unknown, true),
        ),
        ("neither", "{name: app}", "", "", (Proxy::Unknown, false)),
    ];
    for (name, containers, inits, metadata, expected) in cases {
        let (inventory, _) = Input::of(&pod(containers, inits, metadata)).inventory(&Settings::default());
        let workload = &inventory.workloads[0];
        assert_eq!((workload.proxy, workload.gateway), expected, "{name}");
    }
}

#[test]
fn captured_ports_are_those_that_iptables_redirects() {
    let own = |more: &[u16]| CapturedPorts::AllBut([more, &[15_020, 15_021, 15_090]].concat());
    let cases = [
        ("nothing said", "", own(&[]), ""),
        ("excluded", "traffic.sidecar.istio.io/excludeInboundPorts: '9000, 81'", own(&[81, 9000]), ""),
        (
            "included",
            "traffic.sidecar.istio.io/includeInboundPorts: '80,443'",
            CapturedPorts::Only(vec![80, 443]),
            "",
        ),
        ("star", "traffic.sidecar.istio.io/includeInboundPorts: '*'", own(&[]), ""),
        ("none", "traffic.sidecar.istio.io/includeInboundPorts: ''", CapturedPorts::Only(vec![]), ""),
        (
            "a list beats exclusions",
            "traffic.sidecar.istio.io/includeInboundPorts: '80', traffic.sidecar.istio.io/excludeInboundPorts: '80'",
            CapturedPorts::Only(vec![80]),
            "",
        ),
        ("no ports", "traffic.sidecar.istio.io/excludeInboundPorts: '80,x'", own(&[]), "UM008 warning 80,x"),
    ];
    for (name, annotations, expected, finding) in cases {
        let input = Input::of(&deployment(&format!("annotations: {{{annotations}}}"), ""));
        let (inventory, findings) = input.inventory(&Settings::default());
        assert_eq!(inventory.workloads[0].captured, expected, "{name}");
        assert_eq!(lines(&findings, &input.sources).join(""), finding, "{name}");
    }
}
