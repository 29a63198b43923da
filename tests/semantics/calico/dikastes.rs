//! Dikastes, by version: what of a policy it reads, and what it makes of the rest.

use crate::calico::world::{Case, gnp, np, other};
use unmesh::verify::answer::Reading;
use unmesh::verify::peer::Side;
use unmesh::verify::subject::Chain;

const HTTP: Chain = Chain::Http;
const TCP: Chain = Chain::Tcp;

/// Name, fact, version, chain, rules of a policy on all pods of `shop`, question, decision.
type Row = (&'static str, &'static str, &'static str, Chain, &'static str, &'static str, &'static str);

fn check(rows: &[Row]) {
    for (name, fact, version, chain, rules, question, expected) in rows {
        let text = np("p", &format!("{{types: [Ingress], ingress: [{rules}]}}"));
        let case = Case { version, chain: *chain, reading: Reading::Dikastes, ..Case::of(&text) };
        assert_eq!(case.decide(question), *expected, "{name} ({fact}), {version}: {question}");
    }
}

const BY_RULE: &str = "allow NetworkPolicy/shop/p spec.ingress[0]";
const END: &str = "deny end of NetworkPolicy/shop/p by Dikastes";

#[test]
fn methods_and_paths() {
    const GET: &str = "{action: Allow, protocol: TCP, http: {methods: [GET, HEAD]}}";
    const ANY: &str = "{action: Allow, protocol: TCP, http: {methods: [POST, '*']}}";
    const EXACT: &str = "{action: Allow, protocol: TCP, http: {paths: [{exact: /foo}]}}";
    const PREFIX: &str = "{action: Allow, protocol: TCP, http: {paths: [{exact: /x}, {prefix: /pub}]}}";
    const BOTH: &str = "{action: Allow, protocol: TCP, http: {methods: [GET], paths: [{prefix: /}]}}";
    check(&[
        ("a method", "T§1: exact", "3.28", HTTP, GET, "web HEAD /x", BY_RULE),
        ("another method", "T§1: exact", "3.28", HTTP, GET, "web POST /x", END),
        ("a method in lower case", "T§1: case-sensitive", "3.32", HTTP, GET, "web get /x", END),
        ("any method", "T§1: `*` = any", "3.28", HTTP, ANY, "web DELETE /x", BY_RULE),
        ("an exact path", "T§1: byte equality", "3.28", HTTP, EXACT, "web GET /foo", BY_RULE),
        ("a longer path", "T§1: byte equality", "3.28", HTTP, EXACT, "web GET /foobar", END),
        ("a query", "T§1: query stripped", "3.28", HTTP, EXACT, "web GET /foo?x=1", BY_RULE),
        ("a trailing slash to 3.31.5", "traps 15", "3.29", HTTP, EXACT, "web GET /foo/", END),
        (
            "a trailing slash from 3.32",
            "traps 15: exact `/foo` == `/foo/`",
            "3.32",
            HTTP,
            EXACT,
            "web GET /foo/",
            BY_RULE,
        ),
        ("two slashes from 3.32", "traps 15", "3.32", HTTP, EXACT, "web GET //foo", BY_RULE),
        (
            "an escape from 3.32",
            "traps 15: percent-decode once",
            "3.32",
            HTTP,
            EXACT,
            "web GET /%66oo",
            BY_RULE,
        ),
        (
            "a prefix to 3.31.5",
            "T§1: raw strings.HasPrefix; traps 30",
            "3.28",
            HTTP,
            PREFIX,
            "web GET /public-leak",
            BY_RULE,
        ),
        (
            "a prefix from 3.32",
            "T§1: equal or followed by `/`",
            "3.32",
            HTTP,
            PREFIX,
            "web GET /public-leak",
            END,
        ),
        ("below a prefix", "T§1: equal or followed by `/`", "3.32", HTTP, PREFIX, "web GET /pub/x", BY_RULE),
        ("neither of the paths", "T§1", "3.28", HTTP, PREFIX, "web GET /xy", END),
        ("method and path", "T§1: methods AND paths", "3.28", HTTP, BOTH, "web GET /any", BY_RULE),
        ("a path with another method", "T§1: methods AND paths", "3.28", HTTP, BOTH, "web PUT /any", END),
        (
            "nothing but `http`",
            "T§2",
            "3.28",
            HTTP,
            "{action: Allow, protocol: TCP, http: {}}",
            "web GET /x",
            BY_RULE,
        ),
        (
            "the port too",
            "T§2",
            "3.28",
            HTTP,
            "{action: Allow, protocol: TCP, destination: {ports: [80]}, http: {methods: [GET]}}",
            "web GET /x",
            "deny end of NetworkPolicy/shop/p",
        ),
    ]);
}

#[test]
fn connections_that_are_not_http() {
    const METHOD: &str = "{action: Allow, protocol: TCP, http: {methods: [GET]}}";
    const PATH: &str =
        "{action: Allow, protocol: TCP, http: {paths: [{prefix: /}]}}, {action: Allow, protocol: TCP}";
    const PATH_OF_WEB: &str = r#"{action: Allow, protocol: TCP, source: {selector: "app == 'web'"}, http: {paths: [{prefix: /}]}}, {action: Allow, protocol: TCP}"#;
    check(&[
        ("a method to 3.29", "T§1: <=3.29 no match", "3.29", TCP, METHOD, "web", END),
        ("a method from 3.30", "T§1: a nil method matches; traps 8d", "3.32", TCP, METHOD, "web", BY_RULE),
        (
            "any method to 3.29",
            "match.go: `*` matches no name",
            "3.28",
            TCP,
            "{action: Allow, protocol: TCP, http: {methods: ['*']}}",
            "web",
            BY_RULE,
        ),
        (
            "a path to 3.29",
            "traps 8d: panics even where a later rule allows",
            "3.28",
            TCP,
            PATH,
            "web",
            "deny NetworkPolicy/shop/p spec.ingress[0] by Dikastes",
        ),
        ("a path from 3.30", "T§1: a nil path matches", "3.32", TCP, PATH, "web", BY_RULE),
        (
            "a path for others to 3.29",
            "match.go: the source is compared first",
            "3.28",
            TCP,
            PATH_OF_WEB,
            "api",
            "allow NetworkPolicy/shop/p spec.ingress[1]",
        ),
        (
            "a method that does not match hides the path",
            "match.go: methods before paths",
            "3.28",
            TCP,
            "{action: Allow, protocol: TCP, http: {methods: [GET], paths: [{prefix: /}]}}, {action: Allow, protocol: TCP}",
            "web",
            "allow NetworkPolicy/shop/p spec.ingress[0]",
        ),
        ("a rule without `http`", "T§2", "3.28", TCP, "{action: Allow, protocol: TCP}", "web", BY_RULE),
    ]);
}

#[test]
fn what_it_does_not_read() {
    // traps 9: r1 leaves out 10/8, r2 is GET.
    const NOT_NETS: &str = "{action: Allow, protocol: TCP, source: {notNets: [10.0.0.0/8]}}, {action: Allow, protocol: TCP, http: {methods: [GET]}}";
    const DENY_NOT_NETS: &str =
        "{action: Deny, protocol: TCP, source: {notNets: [10.0.0.0/8]}}, {action: Allow}";
    const NOT_PORTS: &str = "{action: Allow, protocol: TCP, destination: {notPorts: [8080]}}, {action: Allow, protocol: TCP, http: {methods: [GET]}}";
    const VERSION: &str =
        "{action: Allow, ipVersion: 6}, {action: Allow, protocol: TCP, http: {methods: [GET]}}";
    const NETS: &str = r#"{action: Allow, source: {nets: ["::/0"]}}, {action: Allow, protocol: TCP, http: {methods: [GET]}}"#;
    const NAMED: &str = "{action: Allow, protocol: TCP, destination: {ports: [http]}}";
    const NOT_SELECTOR: &str = r#"{action: Allow, protocol: TCP, source: {notSelector: "app == 'web'"}}"#;
    const SECOND: &str = "allow NetworkPolicy/shop/p spec.ingress[1]";
    check(&[
        ("notNets to 3.29", "traps 9", "3.28", HTTP, NOT_NETS, "web POST /y", SECOND),
        ("notNets from 3.32", "traps 9: first in v3.32.1", "3.32", HTTP, NOT_NETS, "web POST /y", END),
        (
            "notNets of a Deny to 3.29",
            "traps 9: denies everybody instead",
            "3.29",
            HTTP,
            DENY_NOT_NETS,
            "web GET /",
            "deny NetworkPolicy/shop/p spec.ingress[0] by Dikastes",
        ),
        ("notNets of a Deny from 3.32", "traps 9", "3.32", HTTP, DENY_NOT_NETS, "web GET /", SECOND),
        (
            "notNets and the other family",
            "match.go: no filterNets",
            "3.32",
            HTTP,
            DENY_NOT_NETS,
            "outside6 GET /",
            "deny NetworkPolicy/shop/p spec.ingress[0] by Dikastes",
        ),
        ("notPorts to 3.29", "traps 9", "3.28", HTTP, NOT_PORTS, "web POST /y", SECOND),
        ("notPorts from 3.32", "traps 9", "3.32", HTTP, NOT_PORTS, "web POST /y", END),
        ("ipVersion", "traps U9: unknown in every version", "3.32", HTTP, VERSION, "web POST /y", SECOND),
        (
            "the family by nets",
            "traps U9: written `nets: [\"::/0\"]`",
            "3.32",
            HTTP,
            NETS,
            "web POST /y",
            END,
        ),
        ("named ports to 3.29", "match.go: ContainsAddress", "3.29", HTTP, NAMED, "web GET /", BY_RULE),
        (
            "named ports from 3.30",
            "match.go, matchPort: the number alone",
            "3.32",
            HTTP,
            NAMED,
            "web GET /",
            END,
        ),
        ("notSelector", "traps 9: `notSelector` is read", "3.28", HTTP, NOT_SELECTOR, "api GET /", BY_RULE),
        (
            "notSelector, the others",
            "traps 9: `notSelector` is read",
            "3.28",
            HTTP,
            NOT_SELECTOR,
            "web GET /",
            "deny end of NetworkPolicy/shop/p",
        ),
        (
            "a plaintext peer by its address",
            "T§2: falls back to IP sets",
            "3.28",
            HTTP,
            r#"{action: Allow, source: {serviceAccounts: {names: [web]}, namespaceSelector: "team == 'blue'"}}"#,
            "twin GET /",
            BY_RULE,
        ),
        (
            "UDP",
            "app-policy: an HTTP and TCP filter",
            "3.28",
            HTTP,
            "{action: Allow, protocol: UDP}",
            "web:53/UDP",
            BY_RULE,
        ),
    ]);
}

fn dikastes<'t>(version: &'t str, text: &'t str) -> Case<'t> {
    Case { version, reading: Reading::Dikastes, ..Case::of(text) }
}

#[test]
fn versions_and_tiers() {
    let allow = np("p", "{types: [Ingress], ingress: [{action: Allow}]}");
    for version in ["3.30", "3.30.7", "3.31", "3.31.6"] {
        let decision = dikastes(version, &allow).decide("web GET /");
        assert_eq!(decision, "deny broken by Dikastes", "T§2: broken in 3.30 and 3.31, {version}");
        assert_eq!(dikastes(version, &allow).decide("web:53/UDP"), BY_RULE, "TCP alone, {version}");
    }
    for version in ["3.26", "3.29", "3.32"] {
        assert_eq!(dikastes(version, &allow).decide("web GET /"), BY_RULE, "T§2, {version}");
    }
    let egress = np("p", "{types: [Egress], egress: []}");
    assert_eq!(
        dikastes("3.28", &egress).decide("web GET /"),
        END,
        "traps 30: to 3.28 denies a pod that has only egress policies"
    );
    assert_eq!(dikastes("3.29", &egress).decide("web GET /"), "allow no policy", "traps 30");
    assert_eq!(dikastes("3.28", "").decide("web GET /"), "allow no policy", "T§4: no policy => allowed");

    let tier = |action: &str| other("Tier", "name: early", &format!("{{order: 1, defaultAction: {action}}}"));
    let get = "{tier: early, types: [Ingress], ingress: [{action: Pass, protocol: TCP, source: {notNets: [10.1.0.1]}}]}";
    let two = |action| tier(action) + &np("early.e", get) + &allow;
    assert_eq!(
        dikastes("3.29", &two("Pass")).decide("web GET /"),
        BY_RULE,
        "traps: Dikastes 3.29+ honours defaultAction Pass"
    );
    assert_eq!(
        dikastes("3.32", &two("Deny")).decide("web GET /"),
        "deny end of NetworkPolicy/shop/early.e",
        "T§2: all tiers since 3.29"
    );

    let get =
        np("p", "{types: [Ingress], ingress: [{action: Allow, protocol: TCP, http: {methods: [GET]}}]}");
    let bare = Case { sidecar: false, ..dikastes("3.28", &get) };
    assert_eq!(bare.decide("web POST /"), BY_RULE, "T§2: without a sidecar the rule fails open");
    let before = Case { side: Side::Before, ..dikastes("3.28", &get) };
    assert_eq!(
        before.decide("web POST /"),
        END,
        "where it runs, it reads the policies in force beside the mesh too"
    );

    let closed = np("p", "{types: [Ingress]}");
    let decision = dikastes("3.28", &closed).decide("local GET /");
    assert_eq!(decision, END, "the own node is Felix's exception alone");
    let pass = np("p", "{types: [Ingress], ingress: [{action: Log}, {action: Pass}, {action: Deny}]}");
    assert_eq!(
        dikastes("3.28", &pass).decide("web GET /"),
        "allow no policy",
        "check.go: Log goes on, Pass to the profiles"
    );
}

#[test]
fn the_label_of_pods_that_run_it() {
    // traps 4: the guarded rule, and the base object that isolates.
    let guarded = "{order: 310, selector: \"app == 'db' && unmesh.dev/l7 == 'dikastes'\", types: [Ingress], ingress: [{action: Allow, protocol: TCP, http: {methods: [GET]}}]}";
    let base =
        "{order: 400, selector: \"app == 'db'\", types: [Ingress], ingress: [{action: Deny, protocol: TCP}]}";
    let text = gnp("r", guarded) + &gnp("s", base);
    let case = Case::of(&text);
    let closed = "deny GlobalNetworkPolicy/s spec.ingress[0]";
    assert_eq!(case.decide("web GET /"), closed, "traps 4: without the label the pods are still isolated");
    assert_eq!(Case { open: true, ..case }.decide("web GET /"), closed, "nobody has the label");
    let read = Case { reading: Reading::Dikastes, ..case };
    assert_eq!(read.decide("web GET /"), "allow GlobalNetworkPolicy/r spec.ingress[0]");
    assert_eq!(read.decide("web POST /"), format!("{closed} by Dikastes"));
    let bare = Case { sidecar: false, ..read };
    assert_eq!(bare.decide("web GET /"), closed, "T§2: Dikastes runs in sidecars alone");
    let before = Case { side: Side::Before, reading: Reading::Dikastes, ..case };
    assert_eq!(before.decide("web GET /"), closed, "while the mesh stands a pod has the labels that it has");
}
