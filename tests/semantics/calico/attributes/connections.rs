//! Addresses, families, protocols, ports, network sets, and what the input does not show.

use super::In::{Gnp, Np};
use super::{Row, check};
use crate::calico::world::{Case, namespace, np, other};

const ADDRESSES: &[Row] = &[
    ("nets", "T§3: only nets", Np, "source: {nets: [10.2.0.0/16]}", &["cart"], &["web", "outside6"]),
    ("one address", "T§5: nets parse", Np, "source: {nets: [203.0.113.9]}", &["outside"], &["node"]),
    (
        "nets of the other family",
        "T§5",
        Np,
        r#"source: {nets: ["2001:db8::/32"]}"#,
        &["outside6"],
        &["outside"],
    ),
    (
        "any IPv6",
        "traps U9: the other family by `::/0`",
        Gnp,
        r#"source: {nets: ["::/0"]}"#,
        &["outside6"],
        &["web"],
    ),
    (
        "notNets drop the rule for the other family",
        "traps 16: filterNets",
        Np,
        "source: {notNets: [10.0.0.0/8]}",
        &["outside"],
        &["web", "outside6"],
    ),
    (
        "notNets of IPv6",
        "traps 16: filterNets",
        Np,
        r#"source: {notNets: ["fd00::/8"]}"#,
        &["outside6"],
        &["outside", "web"],
    ),
    (
        "nets but some",
        "T§5: notNets",
        Np,
        "source: {nets: [10.0.0.0/8], notNets: [10.2.0.0/16]}",
        &["web"],
        &["cart", "outside"],
    ),
    (
        "a whole family in notNets",
        "T§5: 0.0.0.0/0 in notNets, dropped by Felix too",
        Gnp,
        r#"source: {notNets: ["0.0.0.0/0"]}"#,
        &[],
        &["outside", "outside6"],
    ),
    ("ipVersion 4", "T§5 ipVersion", Np, "ipVersion: 4", &["outside"], &["outside6"]),
    ("ipVersion 6", "T§5 ipVersion", Np, "ipVersion: 6", &["outside6"], &["outside"]),
    (
        "selectors and nets",
        "T§3: fields of a rule are ANDed",
        Np,
        r#"source: {selector: "app == 'web'", nets: [10.1.0.0/16]}"#,
        &["web"],
        &["api", "outside"],
    ),
    (
        "the pod's own address",
        "T§3 EntityRule conversion, destination",
        Np,
        "destination: {nets: [10.1.0.0/24]}",
        &["outside"],
        &["outside6"],
    ),
    (
        "the pod's own address, negated",
        "traps 16, destination",
        Np,
        "destination: {notNets: [10.2.0.0/16]}",
        &["outside"],
        &["outside6"],
    ),
];

#[test]
fn addresses() {
    check(ADDRESSES, "");
}

const PROTOCOLS_AND_PORTS: &[Row] = &[
    ("a protocol", "T§5 protocol", Np, "protocol: UDP", &["web:53/UDP"], &["web:53"]),
    ("a protocol by number", "T§5: or 1-255", Np, "protocol: 17", &["web:53/UDP"], &["web"]),
    ("a number without name", "T§5: or 1-255", Np, "protocol: 47", &["web:0/47"], &["web"]),
    ("not a protocol", "traps S1: `notProtocol TCP`", Np, "notProtocol: TCP", &["web:53/UDP"], &["web"]),
    (
        "ICMP is of IPv4",
        "felix/calc/rule_convert.go",
        Np,
        "protocol: ICMP",
        &["outside:0/ICMP"],
        &["outside6:0/ICMP", "outside"],
    ),
    (
        "ICMPv6 is of IPv6",
        "felix/calc/rule_convert.go",
        Np,
        "protocol: ICMPv6",
        &["outside6:0/ICMPv6"],
        &["outside:0/ICMPv6"],
    ),
    (
        "SCTP ports",
        "T§5: TCP/UDP/SCTP",
        Np,
        "protocol: SCTP, destination: {ports: [80]}",
        &["web:80/SCTP"],
        &["web:80"],
    ),
    (
        "a port",
        "T§5 ports",
        Np,
        "protocol: TCP, destination: {ports: [8080]}",
        &["web"],
        &["web:8081", "web:8080/UDP"],
    ),
    (
        "a range",
        "T§5: range \"a:b\"",
        Np,
        r#"protocol: TCP, destination: {ports: ["8000:8081"]}"#,
        &["web:8000", "web:8081"],
        &["web:7999", "web:8082"],
    ),
    (
        "ports as text, several",
        "T§5: anyOf int/string",
        Np,
        r#"protocol: TCP, destination: {ports: ["80", 8080]}"#,
        &["web:80", "web"],
        &["web:81"],
    ),
    (
        "not a port",
        "T§5 notPorts",
        Np,
        r#"protocol: TCP, destination: {notPorts: [8080, "9000:9100"]}"#,
        &["web:80"],
        &["web", "web:9050", "web:80/UDP"],
    ),
    (
        "ports but some",
        "T§5 notPorts",
        Np,
        r#"protocol: TCP, destination: {ports: ["1:100"], notPorts: [22]}"#,
        &["web:80"],
        &["web:22", "web"],
    ),
    (
        "a named port",
        "T§3 namedPorts: resolved through endpoints",
        Np,
        "protocol: TCP, destination: {ports: [http]}",
        &["web:8080"],
        &["web:80"],
    ),
    (
        "a name or a number",
        "felix/rules/policy.go: or-ed with the numeric ports",
        Np,
        "protocol: TCP, destination: {ports: [http, 9090]}",
        &["web:8080", "web:9090"],
        &["web:80"],
    ),
    (
        "not a named port",
        "T§3 namedPorts",
        Np,
        "protocol: TCP, destination: {notPorts: [http]}",
        &["web:80"],
        &["web:8080"],
    ),
    (
        "the pod's own labels",
        "T§3 EntityRule conversion, destination",
        Np,
        r#"destination: {selector: "app == 'db'"}"#,
        &["outside"],
        &[],
    ),
    (
        "labels that the pod has not",
        "T§3 EntityRule conversion, destination",
        Gnp,
        r#"destination: {selector: "app == 'web'"}"#,
        &[],
        &["web"],
    ),
    (
        "not the pod's own labels",
        "T§3 EntityRule conversion, destination",
        Gnp,
        r#"destination: {notSelector: "app == 'db'"}"#,
        &[],
        &["web"],
    ),
    (
        "http is not read",
        "T§2: rendered as plain L4 allow",
        Np,
        "protocol: TCP, http: {methods: [GET]}",
        &["web POST /x"],
        &["web:80/UDP"],
    ),
];

#[test]
fn protocols_and_ports() {
    check(PROTOCOLS_AND_PORTS, "");
}

#[test]
fn network_sets() {
    let sets = [
        other(
            "NetworkSet",
            "name: offices, namespace: pay, labels: {role: office}",
            "{nets: [203.0.113.0/24]}",
        ),
        other("GlobalNetworkSet", "name: bad, labels: {role: bad}", r#"{nets: ["2001:db8::/32", 10.9.0.1]}"#),
        namespace("pay", "team: blue"),
    ];
    check(
        &[
            (
                "a global set",
                "T§3: host endpoints and (Global)NetworkSets",
                Gnp,
                r#"source: {selector: "role == 'bad'"}"#,
                &["outside6", "node"],
                &["outside"],
            ),
            (
                "all() of a global policy",
                "traps 20: `all()` in a GNP matches GlobalNetworkSets",
                Gnp,
                "source: {selector: all()}",
                &["outside", "node", "web"],
                &[],
            ),
            (
                "a negated selector",
                "traps 20; U8: the negation of the whole",
                Gnp,
                r#"source: {notSelector: "role == 'bad'"}"#,
                &["outside", "web"],
                &["outside6", "node"],
            ),
            (
                "a set by its namespace",
                "traps 20: `namespaces: [foo]` also matches a NetworkSet in foo",
                Gnp,
                r#"source: {namespaceSelector: "projectcalico.org/name == 'pay'"}"#,
                &["outside", "cart"],
                &["outside6", "web"],
            ),
            (
                "a set by a label of its namespace",
                "networksetprocessor.go: the kns profile",
                Gnp,
                r#"source: {namespaceSelector: "team == 'blue'"}"#,
                &["outside"],
                &["node"],
            ),
            (
                "has a service account",
                "traps 20: carry has(projectcalico.org/serviceaccount)",
                Gnp,
                r#"source: {selector: "projectcalico.org/namespace == 'pay' && has(projectcalico.org/serviceaccount)"}"#,
                &["cart"],
                &["outside"],
            ),
            (
                "a set of another namespace",
                "traps 10b",
                Np,
                r#"source: {selector: "role == 'office'"}"#,
                &[],
                &["outside"],
            ),
            (
                "what has a namespace",
                "T§3: `all()` is `has(projectcalico.org/namespace)`",
                Gnp,
                "source: {namespaceSelector: all()}",
                &["outside", "web"],
                &["outside6", "node"],
            ),
            (
                "what has no namespace",
                "T§3: `global()` is `!has(...)`",
                Np,
                "source: {namespaceSelector: global()}",
                &["node", "outside6"],
                &["outside", "web"],
            ),
        ],
        &sets.concat(),
    );
}

#[test]
fn what_the_input_does_not_show_is_unknown() {
    let rule = |rule: &str| np("p", &format!("{{types: [Ingress], ingress: [{{action: Allow, {rule}}}]}}"));
    let office = other("NetworkSet", "name: o, namespace: lab", "{nets: [203.0.113.0/24]}");
    let rows = [
        ("a label", r"source: {namespaceSelector: all(), selector: has(x)}", "lab", "unknown"),
        ("a label of a namespace", r"source: {namespaceSelector: has(x)}", "lab", "unknown"),
        ("a label of a set's namespace", r"source: {namespaceSelector: has(x)}", "outside", "unknown"),
        (
            "no label of an address",
            r"source: {namespaceSelector: has(x)}",
            "node",
            "deny end of NetworkPolicy/shop/p",
        ),
        ("the client's port", "protocol: TCP, source: {ports: [1]}", "web", "unknown"),
        ("types of ICMP", "protocol: ICMP, icmp: {type: 8}", "web:0/ICMP", "unknown"),
        (
            "types of ICMP on TCP",
            "protocol: ICMP, icmp: {type: 8}",
            "web",
            "deny end of NetworkPolicy/shop/p",
        ),
        ("a Service", "source: {services: {name: s}}", "web", "unknown"),
        (
            "a named port of an unknown pod",
            "protocol: TCP, destination: {ports: [http]}",
            "web:7000",
            "unknown",
        ),
    ];
    for (name, fields, question, expected) in rows {
        let text = format!("{}{office}", rule(fields));
        assert_eq!(Case::of(&text).decide(question), expected, "{name}");
    }
}
