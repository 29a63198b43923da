//! `ports`: numbers, ranges, names, protocols.

use super::check;
use crate::calico::world::{Case, knp};

const ANY: &str = "spec.ingress[0]";

#[test]
fn which_ports() {
    check(&[
        (
            "TCP by default",
            "protocol: if not specified, this field defaults to TCP",
            "{podSelector: {}, ingress: [{ports: [{port: 53}]}]}",
            &[("web:53", ANY)],
            &["web:53/UDP", "web:53/SCTP", "web:54", "web:0/47"],
        ),
        (
            "UDP",
            "protocol: TCP, UDP, or SCTP",
            "{podSelector: {}, ingress: [{ports: [{port: 53, protocol: UDP}]}]}",
            &[("web:53/UDP", ANY)],
            &["web:53", "web:54/UDP"],
        ),
        (
            "SCTP",
            "protocol: TCP, UDP, or SCTP",
            "{podSelector: {}, ingress: [{ports: [{port: 7, protocol: SCTP}]}]}",
            &[("web:7/SCTP", ANY)],
            &["web:7", "web:7/UDP"],
        ),
        (
            "a protocol alone",
            "port: if this field is not provided, this matches all port names and numbers",
            "{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}",
            &[("web:99/UDP", ANY)],
            &["web:99"],
        ),
        (
            "an entry of nothing",
            "all ports of TCP, by both",
            "{podSelector: {}, ingress: [{ports: [{}]}]}",
            &[("web:1", ANY)],
            &["web:1/UDP", "web:1/SCTP"],
        ),
        (
            "empty",
            "ports: if this field is empty or missing, this rule matches all ports (traffic not restricted by port)",
            "{podSelector: {}, ingress: [{ports: []}]}",
            &[("web:1", ANY), ("web:1/UDP", ANY), ("web:0/ICMP", ANY), ("web:0/47", ANY)],
            &[],
        ),
        (
            "several",
            "ports: each item in this list is combined using a logical OR",
            "{podSelector: {}, ingress: [{ports: [{port: 53}, {port: 80}, {port: 53, protocol: UDP}]}]}",
            &[("web:53", ANY), ("web:80", ANY), ("web:53/UDP", ANY)],
            &["web:81", "web:80/UDP"],
        ),
        (
            "one entry without a port beside others",
            "a logical OR, in any order",
            "{podSelector: {}, ingress: [{ports: [{port: 53}, {}, {port: 54}]}]}",
            &[("web:99", ANY)],
            &["web:53/UDP"],
        ),
        (
            "a range",
            "endPort: the range of ports from port to endPort, inclusive",
            "{podSelector: {}, ingress: [{ports: [{port: 8000, endPort: 8079}]}]}",
            &[("web:8000", ANY), ("web:8040", ANY), ("web:8079", ANY)],
            &["web:7999", "web:8080", "web:8040/UDP"],
        ),
        (
            "a range of one",
            "endPort must be equal or greater than port",
            "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 80, protocol: UDP}]}]}",
            &[("web:80/UDP", ANY)],
            &["web:81/UDP", "web:80"],
        ),
        (
            "a name",
            "port: a numerical or named port on a pod",
            "{podSelector: {}, ingress: [{ports: [{port: http}]}]}",
            &[("web:8080", ANY)],
            &["web:80"],
        ),
        (
            "peers and ports",
            "this rule matches traffic that matches both ports and from",
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]}",
            &[("web:80", "spec.ingress[0].from[0]")],
            &["web:81", "api:80", "web:80/UDP"],
        ),
        (
            "rules",
            "traffic is allowed if it matches at least one ingress rule",
            "{podSelector: {}, ingress: [{ports: [{port: 80}]}, {from: [{podSelector: {matchLabels: {app: api}}}]}]}",
            &[
                ("cart:80", ANY),
                ("api:81", "spec.ingress[1].from[0]"),
                ("api:81/UDP", "spec.ingress[1].from[0]"),
            ],
            &["web:81"],
        ),
    ]);
}

#[test]
fn what_is_not_known_of_ports() {
    let text = knp("k", "{podSelector: {}, ingress: [{ports: [{port: http}]}]}");
    assert_eq!(
        Case::of_kubernetes(&text).decide("web:7000"),
        "unknown",
        "a pod whose containers are not shown"
    );
    let refused = "deny isolated by NetworkPolicy/shop/k";
    assert_eq!(Case::of_kubernetes(&text).decide("web:7000/UDP"), refused, "the protocol alone decides");
}
