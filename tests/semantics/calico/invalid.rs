//! Policies that Calico takes as not there, and such that nobody can judge.

use crate::calico::world::{Case, gnp, knp, np, other, read};
use unmesh::object::calico::v3::Effect;

/// Fields of a rule, in an otherwise plain policy, with the path and a part of the message.
type Row = (&'static str, &'static str, &'static str);

fn check(rows: &[Row], wrap: fn(&str) -> String, effect: Effect) {
    for (text, field, message) in rows {
        let (set, problems) = read(&wrap(text));
        assert!(set.policies.is_empty(), "{text}");
        let said: Vec<_> =
            problems.iter().map(|problem| (problem.field.as_deref(), problem.effect)).collect();
        assert_eq!(said, [(Some(*field), effect)], "{text}: {problems:?}");
        assert!(problems.iter().all(|problem| problem.message.contains(message)), "{text}: {problems:?}");
    }
}

fn in_rule(fields: &str) -> String {
    np("p", &format!("{{types: [Ingress], ingress: [{{action: Allow, {fields}}}]}}"))
}

#[test]
fn rules_that_the_validator_refuses() {
    const RULE: &str = "spec.ingress[0]";
    check(
        &[
            ("source: {nets: [10.0.0.1/8]}", "spec.ingress[0].source.nets[0]", "bits behind its mask"),
            ("source: {notNets: [10.0.0.0/40]}", "spec.ingress[0].source.notNets[0]", "no CIDR"),
            ("source: {nets: [10.0.0.0/8, \"::/0\"]}", RULE, "both IP families"),
            ("source: {nets: [10.0.0.0/8]}, destination: {notNets: [\"::/0\"]}", RULE, "both IP families"),
            ("ipVersion: 6, source: {nets: [10.0.0.0/8]}", RULE, "both IP families"),
            ("ipVersion: 5", "spec.ingress[0].ipVersion", "4 or 6"),
            ("protocol: tcp", "spec.ingress[0].protocol", "no protocol"),
            ("notProtocol: 256", "spec.ingress[0].notProtocol", "no protocol"),
            ("destination: {ports: [80]}", RULE, "ports need `protocol`"),
            ("protocol: ICMP, source: {notPorts: [80]}", RULE, "ports need `protocol`"),
            ("notProtocol: UDP, destination: {ports: [http, 80]}", RULE, "ports need `protocol`"),
            (
                "protocol: TCP, destination: {ports: [\"90:80\"]}",
                "spec.ingress[0].destination.ports[0]",
                "no port",
            ),
            ("protocol: TCP, destination: {ports: [0]}", "spec.ingress[0].destination.ports[0]", "no port"),
            ("protocol: TCP, icmp: {type: 8}", RULE, "`icmp` needs"),
            ("protocol: ICMP, icmp: {code: 8}", "spec.ingress[0].icmp.code", "needs a `type`"),
            ("source: {selector: \"app = 'x'\"}", "spec.ingress[0].source.selector", "no selector"),
            ("source: {selector: \"has(x)\\n\"}", "spec.ingress[0].source.selector", "no selector"),
            ("source: {notSelector: global()}", "spec.ingress[0].source.notSelector", "global()"),
            (
                "source: {namespaceSelector: global() || all()}",
                "spec.ingress[0].source.namespaceSelector",
                "global()",
            ),
            (
                "source: {serviceAccounts: {selector: x}}",
                "spec.ingress[0].source.serviceAccounts.selector",
                "no selector",
            ),
            (
                "source: {services: {name: s}, nets: [10.0.0.0/8]}",
                "spec.ingress[0].source.services",
                "stand alone",
            ),
            (
                "destination: {services: {name: s}}",
                "spec.ingress[0].destination.services",
                "cannot stand here",
            ),
            ("protocol: UDP, http: {methods: [GET]}", RULE, "`http` needs `protocol: TCP`"),
            ("protocol: 6, http: {methods: [GET]}", RULE, "`http` needs `protocol: TCP`"),
            ("http: {methods: [GET, GET]}", "spec.ingress[0].http.methods", "twice"),
            ("http: {paths: [{exact: x}]}", "spec.ingress[0].http.paths[0]", "begin with `/`"),
            ("http: {paths: [{prefix: \"/x?y\"}]}", "spec.ingress[0].http.paths[0]", "begin with `/`"),
            ("http: {paths: [{exact: /x, prefix: /y}]}", "spec.ingress[0].http.paths[0]", "either `exact`"),
            ("http: {paths: [{}]}", "spec.ingress[0].http.paths[0]", "either `exact`"),
        ],
        in_rule,
        Effect::Missing,
    );
}

#[test]
fn policies_that_the_validator_refuses() {
    check(
        &[
            ("{types: [Ingress, Ingress]}", "spec.types[1]", "twice"),
            ("{types: [ingress]}", "spec.types[0]", "no value of"),
            ("{selector: global()}", "spec.selector", "global()"),
            ("{namespaceSelector: global()}", "spec.namespaceSelector", "global()"),
            ("{ingress: [{}]}", "spec.ingress[0]", "needs an `action`"),
            ("{ingress: [{action: allow}]}", "spec.ingress[0].action", "no value of"),
            ("{ingress: [{action: Deny, http: {methods: [GET]}}]}", "spec.ingress[0]", "`action: Allow`"),
            ("{egress: [{action: Allow, http: {methods: [GET]}}]}", "spec.egress[0]", "ingress rules alone"),
            (
                "{egress: [{action: Allow, source: {services: {name: s, namespace: shop}}}]}",
                "spec.egress[0].source.services",
                "cannot stand here",
            ),
            (
                "{egress: [{action: Allow, destination: {services: {name: s}}}]}",
                "spec.egress[0].destination.services",
                "a namespace",
            ),
        ],
        |spec| gnp("p", spec),
        Effect::Missing,
    );
    check(
        &[
            ("{podSelector: {}, ingress: [{from: [{}]}]}", "spec.ingress[0].from[0]", "a peer needs"),
            (
                "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}",
                "spec.ingress[0].from[0]",
                "stands alone",
            ),
            (
                "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}]}]}",
                "spec.ingress[0].from[0].ipBlock",
                "lie within",
            ),
            (
                "{podSelector: {}, ingress: [{ports: [{endPort: 80}]}]}",
                "spec.ingress[0].ports[0].endPort",
                "needs a `port`",
            ),
            (
                "{podSelector: {}, ingress: [{ports: [{port: http, endPort: 80}]}]}",
                "spec.ingress[0].ports[0].port",
                "by number",
            ),
            (
                "{podSelector: {}, ingress: [{ports: [{port: 80, protocol: tcp}]}]}",
                "spec.ingress[0].ports[0].protocol",
                "no value of",
            ),
        ],
        |spec| knp("p", spec),
        Effect::Missing,
    );
}

#[test]
fn fields_that_nobody_knows() {
    check(
        &[
            ("sources: {}", "spec.ingress[0].sources", "no field `sources`"),
            ("source: {domains: [x]}", "spec.ingress[0].source.domains", "no field `domains`"),
            ("destination: {ports: 80}", "spec.ingress[0].destination.ports", "a list"),
            ("http: {headers: [x]}", "spec.ingress[0].http.headers", "no field `headers`"),
            ("source: {selector: true}", "spec.ingress[0].source.selector", "a string belongs here"),
        ],
        in_rule,
        Effect::Unclear,
    );
    let (set, problems) = read(&np("p", "{doNotTrack: true}"));
    assert!(set.policies.is_empty());
    assert_eq!(problems[0].field.as_deref(), Some("spec.doNotTrack"), "a field of global policies");
    let (set, problems) = read(&other("Tier", "name: t", "{order: '10'}"));
    assert!(set.tiers.is_empty());
    assert_eq!(problems[0].effect, Effect::Unclear);
}

#[test]
fn every_field_of_the_api_is_read() {
    let entity = "{selector: all(), notSelector: has(x), namespaceSelector: all(), serviceAccounts: {names: [a], selector: all()}, nets: [10.0.0.0/8], notNets: [10.1.0.0/16], ports: [80], notPorts: [90]}";
    let rule = format!(
        "{{action: Allow, protocol: TCP, notProtocol: UDP, ipVersion: 4, metadata: {{annotations: {{a: b}}}}, source: {entity}, destination: {entity}, http: {{methods: [GET], paths: [{{exact: /}}, {{prefix: /}}]}}}}"
    );
    let types = "tier: default, order: 1, selector: all(), serviceAccountSelector: all(), types: [Ingress, Egress], performanceHints: [AssumeNeededOnEveryNode]";
    let egress = "egress: [{action: Pass, protocol: ICMP, icmp: {type: 1, code: 2}, notICMP: {type: 3}}, {action: Log, destination: {services: {name: a, namespace: b}}}]";
    let texts = [
        np("p", &format!("{{{types}, ingress: [{rule}], {egress}}}")),
        gnp(
            "p",
            &format!(
                "{{{types}, namespaceSelector: all(), doNotTrack: false, preDNAT: false, applyOnForward: true, ingress: [{rule}], {egress}}}"
            ),
        ),
        other("Tier", "name: t", "{order: 10, defaultAction: Pass}"),
        other("NetworkSet", "name: s, namespace: shop", "{nets: [10.0.0.0/8]}"),
        other("StagedKubernetesNetworkPolicy", "name: s, namespace: shop", "{whatever: 1}"),
    ];
    let (set, problems) = read(&texts.concat());
    assert!(problems.is_empty(), "{problems:?}");
    let counts = (set.policies.len(), set.tiers.len(), set.network_sets.len(), set.staged);
    assert_eq!(counts, (2, 1, 1, 1));
}

#[test]
fn versions_refuse_differently() {
    let whole = np("p", "{types: [Ingress], ingress: [{action: Deny, source: {notNets: [0.0.0.0/0]}}]}");
    let named = np("p", "{types: [Ingress], ingress: [{action: Allow, destination: {ports: [http]}}]}");
    let rows = [
        ("T§5: refused since 3.29.6", "3.29.5", &whole, "deny end of NetworkPolicy/shop/p"),
        ("T§5: refused since 3.29.6", "3.29.6", &whole, "allow no policy"),
        ("T§5: refused since 3.30.3", "3.30.2", &whole, "deny end of NetworkPolicy/shop/p"),
        ("T§5: refused since 3.31.0", "3.31.0", &whole, "allow no policy"),
        ("T§5: protocol may be nil from 3.32", "3.31", &named, "allow no policy"),
        ("T§5: protocol may be nil from 3.32", "3.32", &named, "allow NetworkPolicy/shop/p spec.ingress[0]"),
    ];
    for (fact, version, text, expected) in rows {
        assert_eq!(Case { version, ..Case::of(text) }.decide("web"), expected, "{fact}: {version}");
    }
}
