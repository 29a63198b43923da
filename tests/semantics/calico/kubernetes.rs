//! Kubernetes' own NetworkPolicy, as Calico converts it (T§6, `conversion.go`).

use crate::calico::world::{Case, knp, np, other};

/// Name, fact, spec, who gets through (by which field), who does not.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

fn check(rows: &[Row]) {
    for (name, fact, spec, allowed, denied) in rows {
        let text = knp("k", spec);
        for (question, field) in *allowed {
            let expected = format!("allow NetworkPolicy/shop/k {field}");
            assert_eq!(Case::of(&text).decide(question), expected, "{name} ({fact}): {question}");
        }
        for question in *denied {
            let expected = "deny end of NetworkPolicy/shop/k";
            assert_eq!(Case::of(&text).decide(question), expected, "{name} ({fact}): {question}");
        }
    }
}

const FROM: &str = "spec.ingress[0].from[0]";
const PEERS: &[Row] = &[
    ("nothing", "T§6: isolation", "{podSelector: {}, policyTypes: [Ingress]}", &[], &["web", "outside"]),
    (
        "everybody",
        "T§6: empty from = any",
        "{podSelector: {}, ingress: [{}]}",
        &[("outside", "spec.ingress[0]"), ("web:53/UDP", "spec.ingress[0]")],
        &[],
    ),
    (
        "an empty list is everybody",
        "T§6: empty from = any",
        "{podSelector: {}, ingress: [{from: []}]}",
        &[("node", "spec.ingress[0]")],
        &[],
    ),
    (
        "pods of the own namespace",
        "T§6: podSelector",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
        &[("web", FROM)],
        &["twin", "api", "outside"],
    ),
    (
        "all pods of the own namespace",
        "T§6: podSelector",
        "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
        &[("api", FROM)],
        &["cart", "node"],
    ),
    (
        "namespaces",
        "T§6: namespaceSelector",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}",
        &[("cart", FROM)],
        &["web", "outside"],
    ),
    (
        "a namespace by name",
        "T§6: kubernetes.io/metadata.name",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: pay}}}]}]}",
        &[("twin", FROM)],
        &["api"],
    ),
    (
        "all namespaces",
        "conversion.go: all()",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}",
        &[("cart", FROM), ("web", FROM)],
        &["outside"],
    ),
    (
        "pods of namespaces",
        "T§6: AND within one item",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {app: web}}}]}]}",
        &[("twin", FROM)],
        &["cart", "web"],
    ),
    (
        "pods or namespaces",
        "T§6: OR between items",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}, {podSelector: {matchLabels: {app: web}}}]}]}",
        &[("cart", FROM), ("web", "spec.ingress[0].from[1]")],
        &["api"],
    ),
    (
        "In",
        "T§6",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [web, x]}]}}]}]}",
        &[("web", FROM)],
        &["api"],
    ),
    (
        "NotIn, and absent",
        "T§6; architecture: NotIn matches absent labels",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: release, operator: NotIn, values: [v12-beta]}]}}]}]}",
        &[("api", FROM)],
        &["web"],
    ),
    (
        "Exists",
        "T§6",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: release, operator: Exists}]}}]}]}",
        &[("web", FROM)],
        &["api"],
    ),
    (
        "DoesNotExist",
        "T§6",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: release, operator: DoesNotExist}]}}]}]}",
        &[("api", FROM)],
        &["web", "outside"],
    ),
    (
        "a block",
        "T§6: ipBlock",
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}",
        &[("outside", FROM)],
        &["web", "outside6"],
    ),
    (
        "host bits",
        "conversion.go: ParseCIDR cuts them",
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.77/24}}]}]}",
        &[("outside", FROM)],
        &["node"],
    ),
    (
        "a block but some",
        "T§6: except",
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.2.0.0/16, 203.0.113.0/24]}}]}]}",
        &[("web", FROM)],
        &["cart", "outside", "outside6"],
    ),
];

#[test]
fn peers() {
    check(PEERS);
}

const ANY: &str = "spec.ingress[0]";
const PORTS: &[Row] = &[
    (
        "TCP by default",
        "T§6: default TCP",
        "{podSelector: {}, ingress: [{ports: [{port: 53}]}]}",
        &[("web:53", ANY)],
        &["web:53/UDP", "web:54"],
    ),
    (
        "a protocol alone",
        "conversion.go: nil is all ports",
        "{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}",
        &[("web:99/UDP", ANY)],
        &["web"],
    ),
    (
        "no entry is any protocol",
        "T§6: empty ports = any",
        "{podSelector: {}, ingress: [{ports: []}]}",
        &[("web:0/47", ANY)],
        &[],
    ),
    (
        "an entry of nothing is TCP",
        "conversion.go: protoTCP",
        "{podSelector: {}, ingress: [{ports: [{}]}]}",
        &[("web:1", ANY)],
        &["web:1/UDP"],
    ),
    (
        "a range",
        "T§6: endPort",
        "{podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8079}]}]}",
        &[("web:8000", ANY), ("web:8079", ANY)],
        &["web:7999", "web:8080"],
    ),
    (
        "a name",
        "T§6: port int/name",
        "{podSelector: {}, ingress: [{ports: [{port: http}]}]}",
        &[("web:8080", ANY)],
        &["web:80"],
    ),
    (
        "two protocols",
        "conversion.go: one rule for each protocol",
        "{podSelector: {}, ingress: [{ports: [{port: 53}, {port: 54, protocol: UDP}]}]}",
        &[("web:53", ANY), ("web:54/UDP", ANY)],
        &["web:54", "web:53/UDP"],
    ),
    (
        "one entry for all ports beats others",
        "conversion.go: a nil is not overwritten",
        "{podSelector: {}, ingress: [{ports: [{port: 53}, {protocol: TCP}, {port: 54}]}]}",
        &[("web:99", ANY)],
        &["web:99/UDP"],
    ),
    (
        "SCTP",
        "T§6: TCP/UDP/SCTP",
        "{podSelector: {}, ingress: [{ports: [{port: 7, protocol: SCTP}]}]}",
        &[("web:7/SCTP", ANY)],
        &["web:7"],
    ),
    (
        "peers and ports",
        "T§6: from AND ports",
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]}",
        &[("web:80", "spec.ingress[0].from[0]")],
        &["web:81", "api:80"],
    ),
    (
        "rules are a union",
        "T§6: union of allows",
        "{podSelector: {}, ingress: [{ports: [{port: 80}]}, {from: [{podSelector: {matchLabels: {app: api}}}]}]}",
        &[("cart:80", "spec.ingress[0]"), ("api:81", "spec.ingress[1].from[0]")],
        &["web:81"],
    ),
];

#[test]
fn ports() {
    check(PORTS);
}

#[test]
fn isolation() {
    let nothing = "allow no policy";
    let end = "deny end of NetworkPolicy/shop/k";
    let rows = [
        ("Ingress by default", "T§6", "{podSelector: {}}", end),
        (
            "Ingress by default, with egress rules",
            "facts: isolates ingress even so",
            "{podSelector: {}, egress: [{}]}",
            end,
        ),
        (
            "Egress alone",
            "T§6: per direction",
            "{podSelector: {}, policyTypes: [Egress], egress: []}",
            nothing,
        ),
        ("other pods", "T§6: podSelector", "{podSelector: {matchLabels: {app: web}}}", nothing),
        ("these pods", "T§6: podSelector", "{podSelector: {matchLabels: {app: db}}}", end),
        ("no selector is all", "T§6: podSelector", "{policyTypes: [Ingress]}", end),
    ];
    for (name, fact, spec, expected) in rows {
        let text = knp("k", spec);
        assert_eq!(Case::of(&text).decide("web"), expected, "{name} ({fact})");
    }
    let two = knp("k", "{podSelector: {}}") + &knp("l", "{podSelector: {}, ingress: [{}]}");
    assert_eq!(
        Case::of(&two).decide("web"),
        "allow NetworkPolicy/shop/l spec.ingress[0]",
        "T§6: union of allows"
    );
    let after = knp("k", "{podSelector: {}}") + &np("n", "{types: [Ingress], ingress: [{action: Allow}]}");
    let allowed = "allow NetworkPolicy/shop/n spec.ingress[0]";
    assert_eq!(Case::of(&after).decide("web"), allowed, "T§4: K8s NP never denies explicitly");
    let set = other("NetworkSet", "name: s, namespace: shop, labels: {app: web}", "{nets: [203.0.113.0/24]}");
    let pods = knp("k", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}") + &set;
    assert_eq!(Case::of(&pods).decide("outside"), end, "traps 20: Calico adds the orchestrator");
}
