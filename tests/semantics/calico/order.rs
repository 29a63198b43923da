//! Which policy is asked first, what ends evaluation, and which policies are on a pod at all.

use crate::calico::world::{Case, gnp, knp, np, other, stored};

pub(crate) const ALLOW: &str = "ingress: [{action: Allow}]";
pub(crate) const DENY: &str = "ingress: [{action: Deny}]";
pub(crate) const PASS: &str = "ingress: [{action: Pass}]";

/// A spec on all pods, on ingress.
pub(crate) fn spec(order: &str, rules: &str) -> String {
    let order = if order.is_empty() { String::new() } else { format!("order: {order}, ") };
    format!("{{{order}types: [Ingress], {rules}}}")
}

/// Name, fact, version, policies, the decision on `web`.
pub(crate) type Row = (&'static str, &'static str, &'static str, Vec<String>, &'static str);

pub(crate) fn check(rows: Vec<Row>) {
    for (name, fact, version, policies, expected) in rows {
        let text = policies.concat();
        let case = Case { version, ..Case::of(&text) };
        assert_eq!(case.decide("web"), expected, "{name} ({fact}), {version}");
        // The order of documents never matters.
        let text: String = policies.into_iter().rev().collect();
        assert_eq!(Case { policies: &text, ..case }.decide("web"), expected, "{name} ({fact}), backwards");
    }
}

#[test]
fn policies_by_order() {
    let allow = |name, order| np(name, &spec(order, ALLOW));
    let deny = |name, order| np(name, &spec(order, DENY));
    let first = "allow NetworkPolicy/shop/p spec.ingress[0]";
    let last = "deny NetworkPolicy/shop/q spec.ingress[0]";
    check(vec![
        ("lower first", "T§4: ascending", "3.28", vec![allow("p", "10"), deny("q", "20")], first),
        ("higher last", "T§4: ascending", "3.28", vec![allow("p", "20"), deny("q", "10")], last),
        ("no order is last", "T§4: nil = +infinity", "3.28", vec![allow("p", ""), deny("q", "1e9")], last),
        (
            "any order before none",
            "T§4: nil = +infinity",
            "3.32",
            vec![allow("p", "1e9"), deny("q", "")],
            first,
        ),
        ("fractions", "T§4: float", "3.28", vec![allow("p", "1.25"), deny("q", "1.5")], first),
        ("below zero", "T§4: float", "3.28", vec![allow("p", "-1"), deny("q", "0")], first),
        (
            "minus zero is zero",
            "policy_sorter.go compares floats",
            "3.28",
            vec![allow("p", "0"), deny("q", "-0.0")],
            first,
        ),
        (
            "global and namespaced alike",
            "T§4",
            "3.28",
            vec![allow("p", "5"), gnp("q", &spec("6", DENY))],
            first,
        ),
        (
            "Kubernetes' at 1000, Calico's before",
            "T§4: order 1000",
            "3.28",
            vec![np("q", &spec("999", DENY)), knp("p", "{podSelector: {}, ingress: [{}]}")],
            last,
        ),
        (
            "Kubernetes' at 1000, Calico's after",
            "T§4: order 1000",
            "3.28",
            vec![np("q", &spec("1001", DENY)), knp("p", "{podSelector: {}, ingress: [{}]}")],
            first,
        ),
    ]);
}

#[test]
fn ties_by_version() {
    let allow = |name| np(name, &spec("10", ALLOW));
    let deny = |name| np(name, &spec("10", DENY));
    let global = gnp("z", &spec("10", DENY));
    let kubernetes = || knp("k", "{podSelector: {}, ingress: [{}]}");
    let calico = || np("m", &spec("1000", DENY));
    let by = |reference: &str| format!("{reference} spec.ingress[0]");
    let [np_a, np_b, np_ab] = ["a", "b", "a-b"].map(|name| by(&format!("NetworkPolicy/shop/{name}")));
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let (allow_a, deny_b, deny_ab) =
        (leak(format!("allow {np_a}")), leak(format!("deny {np_b}")), leak(format!("deny {np_ab}")));
    let deny_z = "deny GlobalNetworkPolicy/z spec.ingress[0]";
    let allow_k = "allow NetworkPolicy/shop/k spec.ingress[0]";
    let deny_m = "deny NetworkPolicy/shop/m spec.ingress[0]";
    check(vec![
        ("by name", "T§4 tie-break", "3.28", vec![allow("a"), deny("b")], allow_a),
        ("by name, the other way", "T§4 tie-break", "3.32", vec![allow("c"), deny("b")], deny_b),
        (
            "`default.` before the namespace `shop`",
            "T§4: <=3.31",
            "3.31",
            vec![allow("a"), global.clone()],
            deny_z,
        ),
        ("name before all", "T§4: >=3.32", "3.32", vec![allow("a"), global], allow_a),
        ("`default.` before `knp.`", "T§4: <=3.31", "3.30", vec![calico(), kubernetes()], deny_m),
        ("`k` before `m`", "T§4: >=3.32 without prefix", "3.32", vec![calico(), kubernetes()], allow_k),
        (
            "a name and a longer one",
            "T§4: <=3.31 the name is last",
            "3.29",
            vec![allow("a"), deny("a-b")],
            allow_a,
        ),
        (
            "a name and a longer one, with a slash behind",
            "T§4: >=3.32 `name/namespace/kind`",
            "3.32",
            vec![allow("a"), deny("a-b")],
            deny_ab,
        ),
    ]);
}

#[test]
fn rules_and_ends() {
    let p = |rules: &str| np("p", &spec("10", rules));
    let q = |rules: &str| np("q", &spec("20", rules));
    let end = "deny end of NetworkPolicy/shop/p";
    let ends = "deny end of NetworkPolicy/shop/p NetworkPolicy/shop/q";
    let [p0, p1] =
        ["allow NetworkPolicy/shop/p spec.ingress[0]", "deny NetworkPolicy/shop/p spec.ingress[1]"];
    let nothing = "allow no policy";
    check(vec![
        ("nothing", "T§4: no policy => allowed", "3.28", vec![], nothing),
        (
            "first match",
            "T§4: first matching rule wins",
            "3.28",
            vec![p("ingress: [{action: Allow}, {action: Deny}]")],
            p0,
        ),
        (
            "the second where the first does not match",
            "T§4: first matching rule wins",
            "3.28",
            vec![p("ingress: [{action: Allow, protocol: UDP}, {action: Deny}]")],
            p1,
        ),
        (
            "Log goes on",
            "T§4: Log continues",
            "3.28",
            vec![p("ingress: [{action: Log}, {action: Deny}]")],
            p1,
        ),
        (
            "Log alone ends as nothing does",
            "T§4: Log continues",
            "3.28",
            vec![p("ingress: [{action: Log}]")],
            end,
        ),
        (
            "Pass to the profile",
            "T§4: after the last tier -> profiles",
            "3.28",
            vec![p(PASS), q(DENY)],
            nothing,
        ),
        (
            "Pass behind Deny",
            "T§4: first matching rule wins",
            "3.28",
            vec![p(DENY), q(PASS)],
            "deny NetworkPolicy/shop/p spec.ingress[0]",
        ),
        ("no rules", "T§4: end-of-tier drop", "3.28", vec![p("ingress: []")], end),
        (
            "no rule matches",
            "T§4: end-of-tier drop is shared",
            "3.28",
            vec![p("ingress: []"), q("ingress: []")],
            ends,
        ),
        (
            "the next policy of the tier is asked",
            "T§4: end of tier",
            "3.28",
            vec![p("ingress: []"), q(ALLOW)],
            "allow NetworkPolicy/shop/q spec.ingress[0]",
        ),
    ]);
}

#[test]
fn policies_on_ingress() {
    let p = |fields: &str| np("p", &format!("{{{fields}}}"));
    let egress = "egress: [{action: Allow}]";
    let (nothing, end) = ("allow no policy", "deny end of NetworkPolicy/shop/p");
    check(vec![
        ("egress alone", "T§4: in that direction", "3.28", vec![p("types: [Egress]")], nothing),
        ("both", "T§4: in that direction", "3.28", vec![p("types: [Egress, Ingress]")], end),
        ("no types and no rules", "T§4: none->Ingress", "3.28", vec![p("")], end),
        ("no types, egress rules", "T§4: only egress rules->Egress", "3.28", vec![p(egress)], nothing),
        (
            "no types, no ingress rules",
            "T§4: by length",
            "3.28",
            vec![p(&format!("ingress: [], {egress}"))],
            nothing,
        ),
        (
            "no types, both rules",
            "T§4: both->both",
            "3.28",
            vec![p(&format!("ingress: [{{action: Deny}}], {egress}"))],
            "deny NetworkPolicy/shop/p spec.ingress[0]",
        ),
        ("no types at all", "T§4: by length", "3.28", vec![p(&format!("types: [], {egress}"))], nothing),
        (
            "the stored form, past the defaults",
            "policy_sorter.go: no Types means Ingress and Egress",
            "3.28",
            vec![stored("NetworkPolicy", "name: default.p, namespace: shop", &format!("{{{egress}}}"))],
            "deny end of NetworkPolicy/shop/default.p",
        ),
        (
            "ingress rules of a policy on egress",
            "T§4: types",
            "3.28",
            vec![p(&format!("types: [Egress], {DENY}"))],
            nothing,
        ),
        (
            "staged",
            "T§4: non-staged",
            "3.30",
            vec![other("StagedNetworkPolicy", "name: p, namespace: shop", "{types: [Ingress]}")],
            nothing,
        ),
        (
            "staged, global",
            "T§4: non-staged",
            "3.30",
            vec![other("StagedGlobalNetworkPolicy", "name: p", "{types: [Ingress]}")],
            nothing,
        ),
        (
            "before the connection is tracked",
            "T§4: HostEndpoints only",
            "3.28",
            vec![gnp("p", "{doNotTrack: true, applyOnForward: true, types: [Ingress]}")],
            nothing,
        ),
        (
            "before the address is translated",
            "T§4: HostEndpoints only",
            "3.28",
            vec![gnp("p", "{preDNAT: true, applyOnForward: true, types: [Ingress]}")],
            nothing,
        ),
        (
            "forwarded too",
            "T§4: irrelevant to pods",
            "3.28",
            vec![gnp("p", "{applyOnForward: true, types: [Ingress]}")],
            "deny end of GlobalNetworkPolicy/p",
        ),
    ]);
}

#[test]
fn policies_on_the_pod() {
    let p = |fields: &str| np("p", &format!("{{types: [Ingress], {fields}}}"));
    let g = |fields: &str| gnp("g", &format!("{{types: [Ingress], {fields}}}"));
    let elsewhere = other("NetworkPolicy", "name: p, namespace: pay", "{types: [Ingress]}");
    let (nothing, on_p, on_g) =
        ("allow no policy", "deny end of NetworkPolicy/shop/p", "deny end of GlobalNetworkPolicy/g");
    check(vec![
        ("its labels", "T§3", "3.28", vec![p("selector: \"app == 'db'\"")], on_p),
        ("other labels", "T§3", "3.28", vec![p("selector: \"app == 'web'\"")], nothing),
        ("all pods of the namespace", "T§3: empty string = all()", "3.28", vec![p("selector: ''")], on_p),
        (
            "another namespace",
            "T§3: NP spec.selector is ANDed with own namespace",
            "3.28",
            vec![elsewhere],
            nothing,
        ),
        ("all pods", "T§3", "3.28", vec![g("selector: all()")], on_g),
        (
            "Kubernetes' pods",
            "traps 20: subjects carry orchestrator",
            "3.28",
            vec![g("selector: \"projectcalico.org/orchestrator == 'k8s'\"")],
            on_g,
        ),
        (
            "a namespace within the selector",
            "traps: valid in a GNP",
            "3.28",
            vec![g("selector: \"projectcalico.org/namespace == 'shop' && app == 'db'\"")],
            on_g,
        ),
        (
            "namespaces",
            "T§3: GNP has namespaceSelector too",
            "3.28",
            vec![g("namespaceSelector: \"team == 'red'\"")],
            on_g,
        ),
        (
            "other namespaces",
            "T§3: GNP has namespaceSelector too",
            "3.28",
            vec![g("namespaceSelector: \"team == 'blue'\"")],
            nothing,
        ),
        (
            "all namespaces",
            "globalnetworkpolicyprocessor.go: all()",
            "3.28",
            vec![g("namespaceSelector: all()")],
            on_g,
        ),
        (
            "accounts",
            "T§3: keys prefixed pcsa. and ANDed",
            "3.28",
            vec![p("serviceAccountSelector: \"projectcalico.org/name == 'db'\"")],
            on_p,
        ),
        (
            "other accounts",
            "T§3: keys prefixed pcsa. and ANDed",
            "3.28",
            vec![g("serviceAccountSelector: \"projectcalico.org/name == 'web'\"")],
            nothing,
        ),
        ("nothing", "T§3 grammar", "3.28", vec![p("selector: \"!all()\"")], nothing),
    ]);
    let on_open = |policies: [String; 2]| {
        let text = policies.concat();
        Case { open: true, ..Case::of(&text) }.decide("web")
    };
    let unknown = || p("order: 5, selector: has(x)");
    let q = |order, rules| np("q", &spec(order, rules));
    let allow = "allow NetworkPolicy/shop/q spec.ingress[0]";
    assert_eq!(
        on_open([unknown(), String::new()]),
        "unknown",
        "nobody knows whether the only policy is on the pod"
    );
    assert_eq!(on_open([unknown(), q("1", ALLOW)]), allow, "what comes before decides");
    assert_eq!(
        on_open([unknown(), q("9", ALLOW)]),
        allow,
        "its end is that of the tier, behind all policies"
    );
    assert_eq!(
        on_open([unknown(), q("9", "ingress: []")]),
        "deny end of NetworkPolicy/shop/q",
        "so is that of the other"
    );
    let denies = || p(&format!("order: 5, selector: has(x), {DENY}"));
    assert_eq!(
        on_open([denies(), q("9", DENY)]),
        "deny somehow",
        "a refusal, whether or not it is on the pod"
    );
    assert_eq!(on_open([denies(), q("9", ALLOW)]), "unknown", "a refusal, or not");
}

#[test]
fn sources_on_the_nodes() {
    let text = np("p", &spec("", "ingress: []"));
    let case = Case::of(&text);
    assert_eq!(case.decide("local"), "allow own node", "T§4, traps 17: host -> local pod always allowed");
    assert_eq!(
        case.decide("node"),
        "deny end of NetworkPolicy/shop/p",
        "T§4: remote nodes' traffic IS policed"
    );
    let text = gnp("p", &spec("", DENY));
    assert_eq!(Case::of(&text).decide("local"), "allow own node", "traps 17: no Calico setting changes this");
}
