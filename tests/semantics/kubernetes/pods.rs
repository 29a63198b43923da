//! Which pods a policy is on, and what it does to them: isolation, and the union of what is allowed.

use crate::calico::world::{Case, knp};

const CLOSED: &str = "deny isolated by NetworkPolicy/shop/k";
const OPEN: &str = "allow no policy";

#[test]
fn isolation() {
    let rows = [
        (
            "no policyTypes",
            "policyTypes: if not specified, it will default to Ingress",
            "{podSelector: {}}",
            CLOSED,
        ),
        (
            "no policyTypes, and egress rules",
            "policies that contain an egress section are assumed to affect egress, and all policies ingress",
            "{podSelector: {}, egress: [{}]}",
            CLOSED,
        ),
        ("both", "policyTypes: Ingress, Egress", "{podSelector: {}, policyTypes: [Ingress, Egress]}", CLOSED),
        (
            "Egress alone",
            "policyTypes: Egress alone leaves ingress as it is",
            "{podSelector: {}, policyTypes: [Egress]}",
            OPEN,
        ),
        (
            "Egress alone, beside rules of ingress",
            "what is no policyType has no effect",
            "{podSelector: {}, policyTypes: [Egress], ingress: [{from: [{podSelector: {}}]}]}",
            OPEN,
        ),
        (
            "an empty list of rules",
            "ingress: if this field is empty then this NetworkPolicy does not allow any traffic",
            "{podSelector: {}, ingress: []}",
            CLOSED,
        ),
        (
            "an empty rule",
            "ingress: [{}] allows everything",
            "{podSelector: {}, ingress: [{}]}",
            "allow NetworkPolicy/shop/k spec.ingress[0]",
        ),
    ];
    for (name, fact, spec, expected) in rows {
        let text = knp("k", spec);
        assert_eq!(Case::of_kubernetes(&text).decide("outside"), expected, "{name} ({fact})");
    }
}

#[test]
fn which_pods() {
    let rows = [
        ("an empty selector", "{podSelector: {}}", CLOSED),
        ("no selector", "{policyTypes: [Ingress]}", CLOSED),
        ("its labels", "{podSelector: {matchLabels: {app: db}}}", CLOSED),
        ("other labels", "{podSelector: {matchLabels: {app: web}}}", OPEN),
        (
            "NotIn others",
            "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}",
            CLOSED,
        ),
        (
            "NotIn, absent",
            "{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}}",
            CLOSED,
        ),
        (
            "DoesNotExist, absent",
            "{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}",
            CLOSED,
        ),
        ("Exists, absent", "{podSelector: {matchExpressions: [{key: tier, operator: Exists}]}}", OPEN),
    ];
    for (name, spec, expected) in rows {
        let text = knp("k", spec);
        assert_eq!(Case::of_kubernetes(&text).decide("web"), expected, "{name}");
    }
    let elsewhere = knp("k", "{podSelector: {}}").replace("namespace: shop", "namespace: pay");
    assert_eq!(Case::of_kubernetes(&elsewhere).decide("web"), OPEN, "a policy is on pods of its namespace");
}

#[test]
fn policies_are_a_union() {
    let closed = knp("k", "{podSelector: {}}");
    let web = knp(
        "l",
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
    );
    let udp = knp("m", "{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}");
    let not_here = knp("n", "{podSelector: {matchLabels: {app: x}}, ingress: [{}]}");
    let all = format!("{not_here}{udp}{closed}{web}");
    let from_web = "allow NetworkPolicy/shop/l spec.ingress[0].from[0]";
    for (question, expected) in [
        ("web", from_web),
        ("api:1/UDP", "allow NetworkPolicy/shop/m spec.ingress[0]"),
        ("api", "deny isolated by NetworkPolicy/shop/k NetworkPolicy/shop/l NetworkPolicy/shop/m"),
    ] {
        assert_eq!(Case::of_kubernetes(&all).decide(question), expected, "{question}");
    }
    assert_eq!(Case::of_kubernetes(&format!("{web}{closed}")).decide("web"), from_web, "in any order");
    let egress = knp("n", "{podSelector: {}, policyTypes: [Egress], ingress: [{}]}");
    assert_eq!(Case::of_kubernetes(&format!("{egress}{closed}")).decide("web"), CLOSED);
}

/// The pod asked may have labels that the input does not show.
#[test]
fn a_policy_that_may_be_there() {
    let maybe = |name: &str, ingress: &str| {
        knp(name, &format!("{{podSelector: {{matchLabels: {{x: {name}}}}}, ingress: {ingress}}}"))
    };
    let from_web = "[{from: [{podSelector: {matchLabels: {app: web}}}]}]";
    let from_api = "[{from: [{podSelector: {matchLabels: {app: api}}}]}]";
    let rows = [
        ("allows it, or is not there", maybe("k", from_web), "web", "allow somehow"),
        ("isolates from it, or is not there", maybe("k", from_web), "api", "unknown"),
        ("one allows, one isolates", maybe("k", from_web) + &maybe("l", "[]"), "web", "unknown"),
        ("both allow", maybe("k", from_web) + &maybe("l", "[{}]"), "web", "allow somehow"),
        ("neither allows", maybe("k", from_web) + &maybe("l", from_web), "api", "unknown"),
        (
            "one that is there isolates",
            maybe("k", from_web) + &knp("l", "{podSelector: {}}"),
            "web",
            "unknown",
        ),
        (
            "and nobody allows",
            maybe("k", from_web) + &knp("l", "{podSelector: {}}"),
            "api",
            "deny isolated by NetworkPolicy/shop/l",
        ),
        (
            "one that is there allows",
            maybe("k", from_web) + &knp("l", &format!("{{podSelector: {{}}, ingress: {from_api}}}")),
            "api",
            "allow NetworkPolicy/shop/l spec.ingress[0].from[0]",
        ),
    ];
    for (name, text, question, expected) in rows {
        let case = Case { open: true, ..Case::of_kubernetes(&text) };
        assert_eq!(case.decide(question), expected, "{name}");
    }
}

/// Peers of `lab` have labels that nobody knows, and so has their namespace.
#[test]
fn peers_that_are_not_known() {
    for from in [
        "{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}",
        "{namespaceSelector: {matchLabels: {team: blue}}}",
    ] {
        let text = knp("k", &format!("{{podSelector: {{}}, ingress: [{{from: [{from}]}}]}}"));
        assert_eq!(Case::of_kubernetes(&text).decide("lab"), "unknown", "{from}");
    }
}
