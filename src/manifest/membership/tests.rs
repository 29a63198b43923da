//! Membership: what proves a namespace in or out.

use super::*;
use crate::manifest::testing::Input;
use std::collections::BTreeSet;

fn namespace(labels: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}\n")
}

fn pod(metadata: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: web, namespace: shop{metadata}}}, spec: {{containers: [{{name: app}}]}}}}\n"
    )
}

const INJECTED: &str = ", labels: {sidecar.istio.io/inject: 'true'}";
const POLICY: &str =
    "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: shop}}\n";

#[test]
fn the_input_proves_a_namespace_inside_or_outside_or_neither() {
    let workload = Membership::Proven(Inside::Workload(ObjectRef {
        kind: "Pod".into(),
        namespace: Some("shop".into()),
        name: "web".into(),
    }));
    let gateway =
        ", annotations: {inject.istio.io/templates: gateway}, labels: {sidecar.istio.io/inject: 'true'}";
    let cases = [
        ("not in the input", vec![], Membership::Unknown),
        (
            "injection",
            vec![namespace("istio-injection: enabled")],
            Membership::Proven(Inside::InjectionLabel),
        ),
        ("revision", vec![namespace("istio.io/rev: a")], Membership::Proven(Inside::InjectionLabel)),
        (
            "ambient",
            vec![namespace("istio.io/dataplane-mode: ambient")],
            Membership::Proven(Inside::AmbientLabel),
        ),
        ("no label", vec![namespace("a: b")], Membership::Outside(Outside::Unlabelled)),
        (
            "injection off",
            vec![namespace("istio-injection: disabled")],
            Membership::Outside(Outside::Unlabelled),
        ),
        ("no label, but a policy", vec![namespace(""), POLICY.into()], Membership::Unknown),
        ("no label, but an injected pod", vec![namespace(""), pod(INJECTED)], workload.clone()),
        ("an injected pod alone", vec![pod(INJECTED)], workload),
        (
            "a gateway does not speak for its namespace",
            vec![namespace(""), pod(gateway)],
            Membership::Unknown,
        ),
        ("a plain pod in it", vec![namespace(""), pod("")], Membership::Outside(Outside::Unlabelled)),
        (
            "two Namespaces that disagree count as not shown",
            vec![namespace("istio-injection: enabled"), namespace("")],
            Membership::Unknown,
        ),
    ];
    for (name, texts, expected) in cases {
        let (inventory, _) = Input::of(&texts.join("---\n")).inventory(&Settings::default());
        assert_eq!(inventory.membership("shop", &Settings::default()), expected, "{name}");
    }
}

#[test]
fn settings_decide_before_the_input() {
    let (inventory, _) = Input::of(&namespace("istio-injection: enabled")).inventory(&Settings::default());
    let plain = Settings::default();
    let listing =
        Settings { mesh_namespaces: Some(BTreeSet::from(["pay".to_string()])), ..Settings::default() };
    let system = Settings { system_namespaces: BTreeSet::from(["shop".to_string()]), ..Settings::default() };
    let cases = [
        ("listed", "pay", &listing, Membership::Proven(Inside::Listed)),
        ("not listed, in spite of its label", "shop", &listing, Membership::Outside(Outside::NotListed)),
        ("a system namespace", "kube-system", &plain, Membership::Outside(Outside::System)),
        ("made a system namespace", "shop", &system, Membership::Outside(Outside::System)),
        ("the control plane", "istio-system", &plain, Membership::Outside(Outside::ControlPlane)),
    ];
    for (name, namespace, settings, expected) in cases {
        assert_eq!(inventory.membership(namespace, settings), expected, "{name}");
    }
}
