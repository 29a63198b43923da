//! `from`: pods, namespaces, blocks of addresses.

use super::check;
use crate::calico::world::{Case, knp, np, other};

const FROM: &str = "spec.ingress[0].from[0]";

#[test]
fn who_may_ask() {
    check(&[
        (
            "absent",
            "from: if this field is empty or missing, this rule matches all sources",
            "{podSelector: {}, ingress: [{}]}",
            &[
                ("outside", "spec.ingress[0]"),
                ("lab:53/UDP", "spec.ingress[0]"),
                ("node:0/47", "spec.ingress[0]"),
            ],
            &[],
        ),
        (
            "empty",
            "from: if this field is empty or missing, this rule matches all sources",
            "{podSelector: {}, ingress: [{from: []}]}",
            &[("outside6", "spec.ingress[0]")],
            &[],
        ),
        (
            "pods of the own namespace",
            "podSelector: otherwise it selects the pods matching podSelector in the policy's own namespace",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
            &[("web", FROM)],
            &["twin", "api", "cart", "node", "outside"],
        ),
        (
            "all pods of the own namespace",
            "podSelector: if present but empty, it selects all pods",
            "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
            &[("web", FROM), ("api", FROM)],
            &["cart", "lab", "node", "outside", "outside6"],
        ),
        (
            "namespaces",
            "namespaceSelector: otherwise it selects all pods in the namespaces selected",
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}",
            &[("cart", FROM), ("twin", FROM)],
            &["web", "outside"],
        ),
        (
            "all namespaces",
            "namespaceSelector: if present but empty, it selects all namespaces",
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}",
            &[("cart", FROM), ("web", FROM), ("lab", FROM)],
            &["node", "outside"],
        ),
        (
            "pods of namespaces",
            "namespaceSelector: if podSelector is also set, the pods matching podSelector in the namespaces selected",
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {app: web}}}]}]}",
            &[("twin", FROM)],
            &["cart", "web"],
        ),
        (
            "pods of any namespace",
            "both, the namespaces all",
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}]}]}",
            &[("twin", FROM), ("web", FROM)],
            &["cart", "outside"],
        ),
        (
            "several entries",
            "from: items in this list are combined using a logical OR operation",
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}, {podSelector: {matchLabels: {app: web}}}, {ipBlock: {cidr: 203.0.113.0/24}}]}]}",
            &[("cart", FROM), ("web", "spec.ingress[0].from[1]"), ("outside", "spec.ingress[0].from[2]")],
            &["api", "outside6"],
        ),
        (
            "a namespace by its name",
            "the label kubernetes.io/metadata.name is set on all namespaces",
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}]}]}",
            &[("lab", FROM)],
            &["web", "cart"],
        ),
    ]);
}

#[test]
fn expressions() {
    check(&[
        (
            "In",
            "In: a label's value is one of the values",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [api, x]}]}}]}]}",
            &[("api", FROM)],
            &["web"],
        ),
        (
            "NotIn",
            "NotIn matches objects without the key, too (labels and selectors: set-based requirements)",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: release, operator: NotIn, values: [v12-beta]}]}}]}]}",
            &[("api", FROM)],
            &["web", "outside", "node"],
        ),
        (
            "Exists",
            "Exists: the key, whatever its value",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: release, operator: Exists}]}}]}]}",
            &[("web", FROM)],
            &["api"],
        ),
        (
            "DoesNotExist",
            "DoesNotExist: no such key; an address is no pod",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: release, operator: DoesNotExist}]}}]}]}",
            &[("api", FROM)],
            &["web", "outside", "node"],
        ),
        (
            "all of them",
            "the requirements are ANDed",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}, matchExpressions: [{key: release, operator: In, values: [v1]}]}}]}]}",
            &[],
            &["web", "api"],
        ),
        (
            "of namespaces",
            "NotIn matches namespaces without the key",
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}}]}]}",
            &[("web", FROM)],
            &["cart", "outside"],
        ),
    ]);
}

#[test]
fn blocks() {
    check(&[
        (
            "a block",
            "cidr is a string representing the IPBlock",
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}",
            &[("outside", FROM)],
            &["web", "node", "outside6"],
        ),
        (
            "but for some",
            "except is a slice of CIDRs that should not be included within an IPBlock",
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.2.0.0/16, 203.0.113.0/24]}}]}]}",
            &[("web", FROM), ("node", FROM)],
            &["cart", "outside", "outside6"],
        ),
        (
            "the other family",
            "valid examples are 192.168.1.0/24 or 2001:db8::/64",
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: '2001:db8::/32'}}]}]}",
            &[("outside6", FROM)],
            &["outside", "web"],
        ),
        (
            "an exception of one entry is none of another",
            "items in this list are combined using a logical OR operation",
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.2.0.0/16]}}, {ipBlock: {cidr: 10.2.0.1/32}}]}]}",
            &[("web", FROM), ("cart", "spec.ingress[0].from[1]")],
            &["twin"],
        ),
    ]);
}

#[test]
fn what_calico_adds_is_nothing_here() {
    let set = other("NetworkSet", "name: s, namespace: shop, labels: {app: web}", "{nets: [203.0.113.0/24]}");
    let pods =
        knp("k", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}") + &set;
    assert_eq!(Case::of_kubernetes(&pods).decide("outside"), "deny isolated by NetworkPolicy/shop/k");
    // Calico's own policy is read elsewhere, or is unknown: it takes no part in this.
    let refused = knp("k", "{podSelector: {}, ingress: [{}]}")
        + &np("n", "{order: 1, types: [Ingress], ingress: [{action: Deny}]}");
    assert_eq!(Case::of_kubernetes(&refused).decide("web"), "allow NetworkPolicy/shop/k spec.ingress[0]");
    // Whether a pod has a label of its own under Calico's name for something else, nobody can tell.
    for label in
        ["projectcalico.org/namespace: shop", "projectcalico.org/orchestrator: k8s", "pcns.team: red"]
    {
        let named = format!(
            "{{podSelector: {{}}, ingress: [{{from: [{{podSelector: {{matchLabels: {{{label}}}}}}}]}}]}}"
        );
        let text = knp("k", &named);
        assert_eq!(Case::of_kubernetes(&text).decide("web"), "unknown", "{label}");
        assert_eq!(
            Case::of_kubernetes(&text).decide("node"),
            "deny isolated by NetworkPolicy/shop/k",
            "{label}"
        );
        let on = knp("k", &format!("{{podSelector: {{matchLabels: {{{label}}}}}}}"));
        assert_eq!(Case::of_kubernetes(&on).decide("web"), "unknown", "{label}");
    }
    let name = knp(
        "k",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {projectcalico.org/name: shop}}}]}]}",
    );
    assert_eq!(Case::of_kubernetes(&name).decide("web"), "unknown");
}

#[test]
fn the_pods_own_node_always_gets_through() {
    let closed = knp("k", "{podSelector: {}}");
    assert_eq!(Case::of_kubernetes(&closed).decide("local"), "allow own node");
    assert_eq!(Case::of_kubernetes(&closed).decide("node"), "deny isolated by NetworkPolicy/shop/k");
}
