//! Policies in force: what Kubernetes and Calico select, and where they stand.

use super::*;
use crate::config::Settings;
use crate::manifest::testing::Input;

fn read(texts: &[&str]) -> Vec<InForce> {
    Input::of(&texts.join("\n---\n")).inventory(&Settings::default()).0.in_force
}

fn kubernetes(spec: &str) -> String {
    format!(
        "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: p, namespace: shop}}, spec: {spec}}}"
    )
}

fn calico(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {{name: {name}, namespace: shop}}, spec: {spec}}}"
    )
}

fn global(spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {{name: g}}, spec: {spec}}}"
    )
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect()
}

#[test]
fn policies_count_if_they_act_on_ingress() {
    let staged =
        calico("s", "{types: [Ingress]}").replace("kind: NetworkPolicy", "kind: StagedNetworkPolicy");
    let admin = |spec: &str| {
        format!(
            "{{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {{name: a}}, spec: {spec}}}"
        )
    };
    let cases = [
        ("no policyTypes", kubernetes("{podSelector: {}}"), true),
        ("no policyTypes, egress rules", kubernetes("{podSelector: {}, egress: [{}]}"), true),
        ("Egress alone", kubernetes("{podSelector: {}, policyTypes: [Egress]}"), false),
        ("both", kubernetes("{podSelector: {}, policyTypes: [Egress, Ingress]}"), true),
        ("unreadable", kubernetes("[x]"), true),
        ("calico: neither", calico("c", "{selector: all()}"), true),
        ("calico: egress rules", calico("c", "{egress: [{action: Allow}]}"), false),
        ("calico: both rules", calico("c", "{ingress: [{action: Deny}], egress: [{action: Allow}]}"), true),
        ("calico: types", calico("c", "{types: [Egress], ingress: [{action: Deny}]}"), false),
        (
            "calico: host endpoints",
            global("{doNotTrack: true, applyOnForward: true, ingress: [{action: Deny}]}"),
            false,
        ),
        ("staged", staged, false),
        (
            "an administrator's without ingress",
            admin("{subject: {namespaces: {}}, egress: [{action: Deny}]}"),
            false,
        ),
        ("an administrator's", admin("{subject: {namespaces: {}}, ingress: [{action: Deny}]}"), true),
    ];
    for (name, text, expected) in cases {
        assert_eq!(!read(&[&text]).is_empty(), expected, "{name}");
    }
}

#[test]
fn policies_on_egress_alone_are_kept_apart() {
    let types = "{types: [Egress], ingress: [{action: Deny}]}";
    let cases = [
        ("kubernetes", kubernetes("{podSelector: {}, policyTypes: [Egress]}"), true),
        ("kubernetes, both", kubernetes("{podSelector: {}, policyTypes: [Egress, Ingress]}"), false),
        ("calico", calico("c", types), true),
        ("calico, global", global("{egress: [{action: Allow}]}"), true),
        ("calico, on host endpoints", global("{types: [Egress], preDNAT: true}"), false),
        ("calico, staged", calico("c", types).replace("kind: Net", "kind: StagedNet"), false),
    ];
    for (name, text, expected) in cases {
        let inventory = Input::of(&text).inventory(&Settings::default()).0;
        assert_eq!(!inventory.on_egress.is_empty(), expected, "{name}");
    }
}

#[test]
fn stages_follow_tiers() {
    let tier = |name: &str, order: &str| {
        format!(
            "{{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {{name: {name}}}, spec: {{{order}}}}}"
        )
    };
    let in_tier = |tier: &str| calico("c", &format!("{{tier: {tier}, order: 5}}"));
    let cases = [
        ("none", calico("c", "{order: 5}"), tier("x", ""), Stage::Default(Some(5.0))),
        ("no order", calico("c", "{}"), tier("x", ""), Stage::Default(None)),
        ("named default", calico("default.c", "{order: 5}"), tier("x", ""), Stage::Default(Some(5.0))),
        ("earlier", in_tier("x"), tier("x", "order: 100"), Stage::BeforeDefault),
        ("later", in_tier("x"), tier("x", "order: 2000000"), Stage::AfterDefault),
        ("by the name's prefix", calico("x.c", "{}"), tier("x", "order: 2000000"), Stage::AfterDefault),
        ("a tier without order is last", in_tier("x"), tier("x", ""), Stage::AfterDefault),
        ("equal orders, by name", in_tier("a"), tier("a", "order: 1000000"), Stage::BeforeDefault),
        ("a tier that is not shown", in_tier("y"), tier("x", "order: 2000000"), Stage::BeforeDefault),
        ("the administrators' baseline", in_tier("kube-baseline"), tier("x", ""), Stage::AfterDefault),
    ];
    for (name, policy, tier, expected) in cases {
        assert_eq!(read(&[&policy, &tier])[0].stage, expected, "{name}");
    }
    let cluster = |tier: &str| {
        format!(
            "{{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {{name: a}}, \
            spec: {{tier: {tier}, subject: {{namespaces: {{}}}}, ingress: [{{action: Accept}}]}}}}"
        )
    };
    assert_eq!(read(&[&cluster("Admin")])[0].stage, Stage::BeforeDefault);
    assert_eq!(read(&[&cluster("Baseline")])[0].stage, Stage::AfterDefault);
    assert_eq!(read(&[&kubernetes("{podSelector: {}}")])[0].stage, Stage::Default(Some(1000.0)));
}

#[test]
fn actions_are_those_of_ingress_rules() {
    let cases = [
        ("allow", calico("c", "{ingress: [{action: Allow}]}"), (true, false)),
        ("deny and log", calico("c", "{ingress: [{action: Deny}, {action: Log}]}"), (false, false)),
        ("pass", calico("c", "{ingress: [{action: Pass}]}"), (false, true)),
        (
            "an action that does not exist may do anything",
            calico("c", "{ingress: [{action: Foo}]}"),
            (true, true),
        ),
        (
            "egress does not count",
            calico("c", "{types: [Ingress], egress: [{action: Allow}]}"),
            (false, false),
        ),
        ("kubernetes", kubernetes("{podSelector: {}, ingress: [{}]}"), (true, false)),
        ("kubernetes, none", kubernetes("{podSelector: {}, ingress: []}"), (false, false)),
    ];
    for (name, text, expected) in cases {
        let policy = &read(&[&text])[0];
        assert_eq!((policy.has_allow, policy.has_pass), expected, "{name}");
    }
}

#[test]
fn a_policy_selects_a_pod_or_not_or_nobody_can_tell() {
    let web = labels(&[("app", "web")]);
    let prod = labels(&[("env", "prod")]);
    let expression = |operator: &str, key: &str, values: &str| {
        kubernetes(&format!(
            "{{podSelector: {{matchExpressions: [{{key: {key}, operator: {operator}{values}}}]}}}}"
        ))
    };
    let admin = "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: a}, \
        spec: {subject: {pods: {namespaceSelector: {matchLabels: {env: prod}}, podSelector: {matchLabels: {app: web}}}}, \
        ingress: [{action: Deny}]}}";
    let cases = [
        ("all pods", kubernetes("{podSelector: {}}"), Some(&prod), Some(true)),
        ("by label", kubernetes("{podSelector: {matchLabels: {app: web}}}"), Some(&prod), Some(true)),
        ("another label", kubernetes("{podSelector: {matchLabels: {app: api}}}"), Some(&prod), Some(false)),
        (
            "another namespace",
            kubernetes("{podSelector: {}}").replace("shop", "pay"),
            Some(&prod),
            Some(false),
        ),
        ("NotIn of an absent label", expression("NotIn", "x", ", values: [a]"), Some(&prod), Some(true)),
        ("DoesNotExist", expression("DoesNotExist", "app", ""), Some(&prod), Some(false)),
        ("a label that a controller sets", expression("Exists", "pod-template-hash", ""), Some(&prod), None),
        ("an unreadable selector selects all", kubernetes("{podSelector: [x]}"), Some(&prod), Some(true)),
        ("namespace and pod labels", admin.to_string(), Some(&prod), Some(true)),
        ("namespace labels unknown", admin.to_string(), None, None),
        ("calico by label", calico("c", "{selector: app == 'web'}"), Some(&prod), Some(true)),
        ("calico without selector", calico("c", "{}"), Some(&prod), Some(true)),
        ("calico by namespace label", global("{selector: pcns.env == 'prod'}"), Some(&prod), Some(true)),
        (
            "calico by namespace",
            global("{selector: projectcalico.org/namespace == 'pay'}"),
            None,
            Some(false),
        ),
        (
            "calico by orchestrator",
            global("{selector: projectcalico.org/orchestrator == 'k8s'}"),
            None,
            Some(true),
        ),
        ("calico namespaceSelector", global("{namespaceSelector: env == 'dev'}"), Some(&prod), Some(false)),
        (
            "calico namespaceSelector by name",
            global("{namespaceSelector: projectcalico.org/name == 'shop'}"),
            None,
            Some(true),
        ),
        (
            "calico by account",
            global("{selector: projectcalico.org/serviceaccount == 'a'}"),
            Some(&prod),
            None,
        ),
        ("calico account selector", global("{serviceAccountSelector: has(x)}"), Some(&prod), None),
    ];
    for (name, text, namespace, expected) in cases {
        let policy = &read(&[&text])[0];
        assert_eq!(policy.selects("shop", namespace, &web), expected, "{name}");
    }
}

#[test]
fn a_policy_whose_selector_calico_cannot_read_is_not_in_force() {
    for selector in ["selector: app = 'web'", "namespaceSelector: has(", "serviceAccountSelector: all"] {
        let text = "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: c}, spec: {SELECTOR, ingress: [{action: Allow}]}}";
        assert_eq!(read(&[&text.replace("SELECTOR", selector)]).len(), 0, "{selector}");
        assert_eq!(read(&[&text.replace("SELECTOR", "selector: all()")]).len(), 1);
    }
}
