//! The examples of the design's review that decide an ingress request on Calico's side.

use crate::calico::world::{Case, gnp, knp, np, other};

/// Example, policies, questions with decisions.
type Row = (&'static str, Vec<String>, &'static [(&'static str, &'static str)]);

fn check(version: &str, rows: Vec<Row>) {
    for (example, policies, asked) in rows {
        let text = policies.concat();
        for (question, expected) in asked {
            let case = Case { version, ..Case::of(&text) };
            assert_eq!(case.decide(question), *expected, "traps {example}: {question}");
        }
    }
}

/// A policy of `shop` on `db`, at an order.
fn on_db(name: &str, order: u16, rules: &str) -> String {
    np(name, &format!("{{order: {order}, selector: \"app == 'db'\", types: [Ingress], ingress: [{rules}]}}"))
}

const FROM_WEB: &str = r#"{action: Allow, protocol: TCP, source: {selector: "app == 'web'"}}"#;
const DENY_TCP: &str = "{action: Deny, protocol: TCP}";
const ALLOW_TCP: &str = "{action: Allow, protocol: TCP}";
const REST: &str = "{action: Allow, notProtocol: TCP}";

fn isolate() -> String {
    let from = "[{podSelector: {matchLabels: {app: web}}}, {podSelector: {matchLabels: {app: api}}}]";
    knp("net", &format!("{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: {from}}}]}}"))
}

#[test]
fn the_portable_layout() {
    check(
        "3.28",
        vec![
            (
                "1a: what matches no rule of ours falls to the NetworkPolicy in the same tier",
                vec![on_db("a", 300, FROM_WEB), isolate()],
                &[
                    ("api", "allow NetworkPolicy/shop/net spec.ingress[0].from[1]"),
                    ("cart", "deny end of NetworkPolicy/shop/a NetworkPolicy/shop/net"),
                ],
            ),
            (
                "1: order bands, 400 closes",
                vec![on_db("a", 300, FROM_WEB), on_db("b", 400, &format!("{DENY_TCP}, {REST}")), isolate()],
                &[
                    ("web", "allow NetworkPolicy/shop/a spec.ingress[0]"),
                    ("api", "deny NetworkPolicy/shop/b spec.ingress[0]"),
                    ("cart:53/UDP", "allow NetworkPolicy/shop/b spec.ingress[1]"),
                ],
            ),
            (
                "1b: 500 opens what a DENY alone leaves, 200 before it",
                vec![
                    on_db("d", 200, r#"{action: Deny, protocol: TCP, source: {selector: "app == 'api'"}}"#),
                    on_db("e", 500, "{action: Allow}"),
                ],
                &[
                    ("api", "deny NetworkPolicy/shop/d spec.ingress[0]"),
                    ("outside", "allow NetworkPolicy/shop/e spec.ingress[0]"),
                ],
            ),
            (
                "2: an Allow before order 1000 overrides a NetworkPolicy",
                vec![on_db("e", 500, ALLOW_TCP), isolate()],
                &[
                    ("cart", "allow NetworkPolicy/shop/e spec.ingress[0]"),
                    ("cart:53/UDP", "deny end of NetworkPolicy/shop/e NetworkPolicy/shop/net"),
                ],
            ),
            (
                "2: the complement in Deny rules leaves the rest to the NetworkPolicy",
                vec![
                    gnp(
                        "c",
                        "{order: 350, selector: \"app == 'db'\", types: [Ingress], ingress: [{action: Deny, protocol: TCP, source: {notSelector: \"projectcalico.org/namespace == 'shop' && app == 'web'\"}}]}",
                    ),
                    isolate(),
                ],
                &[
                    ("web", "allow NetworkPolicy/shop/net spec.ingress[0].from[0]"),
                    ("api", "deny GlobalNetworkPolicy/c spec.ingress[0]"),
                    ("outside", "deny GlobalNetworkPolicy/c spec.ingress[0]"),
                    ("cart:53/UDP", "deny end of GlobalNetworkPolicy/c NetworkPolicy/shop/net"),
                ],
            ),
        ],
    );
}

#[test]
fn single_examples() {
    check(
        "3.28",
        vec![
            (
                "5: STRICT is a refusal of whoever is no mesh member",
                vec![
                    gnp(
                        "t",
                        "{order: 220, selector: \"app == 'db'\", types: [Ingress], ingress: [{action: Deny, protocol: TCP, source: {notSelector: \"has(projectcalico.org/serviceaccount) && projectcalico.org/namespace in {'shop'}\"}}]}",
                    ),
                    gnp(
                        "u",
                        "{order: 520, selector: \"app == 'db'\", types: [Ingress], ingress: [{action: Allow}]}",
                    ),
                ],
                &[
                    ("web", "allow GlobalNetworkPolicy/u spec.ingress[0]"),
                    ("twin", "deny GlobalNetworkPolicy/t spec.ingress[0]"),
                    ("node", "deny GlobalNetworkPolicy/t spec.ingress[0]"),
                ],
            ),
            (
                "13: a label that goes with the mesh selects nothing",
                vec![np("i", "{selector: \"service.istio.io/canonical-name == 'db'\", types: [Ingress]}")],
                &[("cart", "allow no policy")],
            ),
            (
                "16: the other family gets its rule",
                vec![
                    on_db(
                        "d",
                        200,
                        r"{action: Deny, source: {notNets: [10.0.0.0/8]}}, {action: Deny, ipVersion: 6}",
                    ),
                    on_db("e", 500, "{action: Allow}"),
                ],
                &[
                    ("outside", "deny NetworkPolicy/shop/d spec.ingress[0]"),
                    ("outside6", "deny NetworkPolicy/shop/d spec.ingress[1]"),
                    ("node", "allow NetworkPolicy/shop/e spec.ingress[0]"),
                ],
            ),
            (
                "23: a controller in the node's network is no endpoint",
                vec![np(
                    "g",
                    r"{types: [Ingress], ingress: [{action: Allow, source: {namespaceSelector: all(), serviceAccounts: {names: [gateway]}}}]}",
                )],
                &[("node", "deny end of NetworkPolicy/shop/g"), ("local", "allow own node")],
            ),
            (
                "25, U2: an excluded port is open before every DENY",
                vec![
                    on_db("u", 110, "{action: Allow, protocol: TCP, destination: {ports: [9999]}}"),
                    on_db("d", 200, DENY_TCP),
                ],
                &[
                    ("cart:9999", "allow NetworkPolicy/shop/u spec.ingress[0]"),
                    ("cart", "deny NetworkPolicy/shop/d spec.ingress[0]"),
                ],
            ),
        ],
    );
}

#[test]
fn the_second_review() {
    check(
        "3.28",
        vec![
            (
                "U1: 500 on isolated pods lets everybody past the NetworkPolicy",
                vec![on_db("e", 500, "{action: Allow}"), isolate()],
                &[("outside:53/UDP", "allow NetworkPolicy/shop/e spec.ingress[0]")],
            ),
            (
                "U1: an object whose selector steps aside",
                vec![
                    np(
                        "e",
                        "{order: 500, selector: \"!(app == 'db')\", types: [Ingress], ingress: [{action: Allow}]}",
                    ),
                    isolate(),
                ],
                &[
                    ("outside", "deny end of NetworkPolicy/shop/net"),
                    ("web", "allow NetworkPolicy/shop/net spec.ingress[0].from[0]"),
                ],
            ),
            (
                "U4: an Allow on the namespace lets into every pod of it",
                vec![
                    np("a", &format!("{{order: 300, types: [Ingress], ingress: [{FROM_WEB}]}}")),
                    on_db("b", 400, DENY_TCP),
                ],
                &[
                    ("web", "allow NetworkPolicy/shop/a spec.ingress[0]"),
                    ("api", "deny NetworkPolicy/shop/b spec.ingress[0]"),
                ],
            ),
            (
                "U8: a negated identity exempts no NetworkSet that has no account",
                vec![
                    gnp(
                        "d",
                        "{order: 200, types: [Ingress], ingress: [{action: Deny, source: {notSelector: \"projectcalico.org/namespace == 'pay' && has(projectcalico.org/serviceaccount)\"}}]}",
                    ),
                    gnp("e", "{order: 500, types: [Ingress], ingress: [{action: Allow}]}"),
                    other("NetworkSet", "name: n, namespace: pay", "{nets: [203.0.113.0/24]}"),
                ],
                &[
                    ("outside", "deny GlobalNetworkPolicy/d spec.ingress[0]"),
                    ("cart", "allow GlobalNetworkPolicy/e spec.ingress[0]"),
                ],
            ),
            (
                "U8: without it, it does",
                vec![
                    gnp(
                        "d",
                        "{order: 200, types: [Ingress], ingress: [{action: Deny, source: {notSelector: \"projectcalico.org/namespace == 'pay'\"}}]}",
                    ),
                    gnp("e", "{order: 500, types: [Ingress], ingress: [{action: Allow}]}"),
                    other("NetworkSet", "name: n, namespace: pay", "{nets: [203.0.113.0/24]}"),
                ],
                &[("outside", "allow GlobalNetworkPolicy/e spec.ingress[0]")],
            ),
        ],
    );
}

#[test]
fn more_of_the_second_review() {
    check(
        "3.28",
        vec![
            (
                "U11: a user's Allow at order 100 ends evaluation before 200",
                vec![
                    gnp(
                        "user",
                        "{order: 100, types: [Ingress], ingress: [{action: Allow, source: {nets: [203.0.113.0/24]}}]}",
                    ),
                    on_db("d", 200, DENY_TCP),
                ],
                &[
                    ("outside", "allow GlobalNetworkPolicy/user spec.ingress[0]"),
                    ("node", "deny NetworkPolicy/shop/d spec.ingress[0]"),
                ],
            ),
            (
                "N1: 110 isolates pods that nothing else selects",
                vec![on_db("u", 110, "{action: Allow, protocol: TCP, destination: {ports: [9999]}}")],
                &[("web", "deny end of NetworkPolicy/shop/u")],
            ),
            (
                "N5: a branch with a selector and nets is two refusals",
                vec![
                    gnp(
                        "c",
                        "{order: 350, types: [Ingress], ingress: [{action: Deny, source: {notSelector: \"app == 'web'\"}}, {action: Deny, source: {notNets: [10.1.0.0/16]}}]}",
                    ),
                    gnp("e", "{order: 500, types: [Ingress], ingress: [{action: Allow}]}"),
                ],
                &[
                    ("web", "allow GlobalNetworkPolicy/e spec.ingress[0]"),
                    ("api", "deny GlobalNetworkPolicy/c spec.ingress[0]"),
                    ("twin", "deny GlobalNetworkPolicy/c spec.ingress[1]"),
                ],
            ),
            (
                "S1: 400 holds the default deny and what is not TCP, and 300 nothing of the latter",
                vec![on_db("b", 400, &format!("{DENY_TCP}, {REST}"))],
                &[
                    ("web", "deny NetworkPolicy/shop/b spec.ingress[0]"),
                    ("web:0/ICMP", "allow NetworkPolicy/shop/b spec.ingress[1]"),
                ],
            ),
        ],
    );
}

#[test]
fn the_layout_with_tiers() {
    let tier = |name: &str, order: u32, action: &str| {
        other("Tier", &format!("name: {name}"), &format!("{{order: {order}, defaultAction: {action}}}"))
    };
    let in_tier = |name: &str, tier: &str, rules: &str| {
        np(
            name,
            &format!("{{tier: {tier}, selector: \"app == 'db'\", types: [Ingress], ingress: [{rules}]}}"),
        )
    };
    let deny = || tier("deny", 10, "Pass");
    let allow = || tier("allow", 20, "Deny");
    let pass_web = r#"{action: Pass, notProtocol: TCP}, {action: Pass, protocol: TCP, source: {selector: "app == 'web'"}}"#;
    check(
        "3.29",
        vec![
            (
                "3: Deny and Pass before all others are an exact AND",
                vec![
                    deny(),
                    allow(),
                    in_tier("deny.200-d", "deny", r"{action: Deny, source: {nets: [10.1.0.2/32]}}"),
                    in_tier("allow.300-a", "allow", pass_web),
                    isolate(),
                ],
                &[
                    ("web", "allow NetworkPolicy/shop/net spec.ingress[0].from[0]"),
                    ("api", "deny NetworkPolicy/shop/deny.200-d spec.ingress[0]"),
                    ("cart", "deny end of NetworkPolicy/shop/allow.300-a"),
                    ("cart:53/UDP", "deny end of NetworkPolicy/shop/net"),
                ],
            ),
            (
                "3: an Allow in an earlier tier skips ours",
                vec![
                    tier("admin", 5, "Pass"),
                    deny(),
                    in_tier("admin.x", "admin", "{action: Allow, protocol: TCP}"),
                    in_tier("deny.200-d", "deny", "{action: Deny}"),
                ],
                &[
                    ("web", "allow NetworkPolicy/shop/admin.x spec.ingress[0]"),
                    ("web:53/UDP", "deny NetworkPolicy/shop/deny.200-d spec.ingress[0]"),
                ],
            ),
            (
                "U5: a guarded object alone leaves the pod open in the tier of ALLOW",
                vec![
                    allow(),
                    np(
                        "allow.310-a",
                        "{tier: allow, selector: \"unmesh.dev/l7 == 'dikastes'\", types: [Ingress], ingress: [{action: Allow, protocol: TCP, http: {methods: [GET]}}]}",
                    ),
                ],
                &[("outside", "allow no policy")],
            ),
            (
                "A6: an `http` Allow skips the tiers behind it",
                vec![
                    allow(),
                    in_tier("allow.310-a", "allow", "{action: Allow, protocol: TCP, http: {methods: [GET]}}"),
                    isolate(),
                ],
                &[("cart", "allow NetworkPolicy/shop/allow.310-a spec.ingress[0]")],
            ),
            (
                "S3: one tier with Pass for Allow",
                vec![
                    tier("mesh", 10, "Pass"),
                    in_tier("mesh.300-a", "mesh", r#"{action: Pass, source: {selector: "app == 'web'"}}"#),
                    in_tier("mesh.400-a", "mesh", DENY_TCP),
                ],
                &[("web", "allow no policy"), ("api", "deny NetworkPolicy/shop/mesh.400-a spec.ingress[0]")],
            ),
        ],
    );
}
