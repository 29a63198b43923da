//! The mesh as findings announce it: what each loss makes of a policy, beside what it was.

use super::world::World;
use std::collections::BTreeSet;
use unmesh::finding::{Direction, ObjectRef};
use unmesh::verify::istio::{Becomes, Loss};

/// A policy `p`, what becomes of it, and requests with who decides before and as announced.
struct Row {
    fact: &'static str,
    policies: &'static str,
    becomes: fn() -> Becomes,
    direction: Direction,
    asked: &'static [(&'static str, &'static str, &'static str)],
}

fn without(path: &str) -> Becomes {
    Becomes::Without(path.to_string())
}

#[test]
fn a_loss_makes_of_a_policy_what_it_says() {
    let rows = [
        Row {
            fact: "an entry of an ALLOW goes, the other stays",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {paths: [/a, /b]}}]}]}",
            becomes: || without("spec.rules[0].to[0].operation.paths[0]"),
            direction: Direction::Narrows,
            asked: &[
                ("path=/a", "allow by rule p rules[0]", "deny by default p"),
                ("path=/b", "allow by rule p rules[0]", "allow by rule p rules[0]"),
            ],
        },
        Row {
            fact: "an exception of an ALLOW that narrows excepts everything",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {paths: ['/*'], notPaths: [/admin]}}]}]}",
            becomes: || without("spec.rules[0].to[0].operation.notPaths"),
            direction: Direction::Narrows,
            asked: &[("path=/a", "allow by rule p rules[0]", "deny by default p")],
        },
        Row {
            fact: "an exception of an ALLOW that widens excepts nothing",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {paths: ['/*'], notPaths: [/admin]}}]}]}",
            becomes: || without("spec.rules[0].to[0].operation.notPaths[0]"),
            direction: Direction::Widens,
            asked: &[("path=/admin", "deny by default p", "allow by rule p rules[0]")],
        },
        Row {
            fact: "a field of a DENY that narrows matches everything, within its entry",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{to: [{operation: {paths: [/a], ports: ['80']}}, {operation: {ports: ['90']}}]}]}",
            becomes: || without("spec.rules[0].to[0].operation.paths"),
            direction: Direction::Narrows,
            asked: &[
                ("path=/x port=80", "allow by nobody", "deny by rule p rules[0]"),
                ("path=/a port=70", "allow by nobody", "allow by nobody"),
            ],
        },
        Row {
            fact: "an entry takes what is below it along, and its number is no beginning of another",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {paths: [/a]}}, {operation: {paths: [/b]}}]}]}",
            becomes: || without("spec.rules[0].to[0]"),
            direction: Direction::Narrows,
            asked: &[
                ("path=/a", "allow by rule p rules[0]", "deny by default p"),
                ("path=/b", "allow by rule p rules[0]", "allow by rule p rules[0]"),
            ],
        },
        Row {
            fact: "the key of a condition stands for all of it",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{when: [{key: 'request.headers[x]', values: [z]}, {key: source.ip, values: [10.0.0.0/8]}]}]}",
            becomes: || without("spec.rules[0].when[0].key"),
            direction: Direction::Narrows,
            asked: &[
                ("ip=10.0.0.1", "allow by nobody", "deny by rule p rules[0]"),
                ("ip=11.0.0.1 header:x=z", "allow by nobody", "allow by nobody"),
            ],
        },
        Row {
            fact: "a DENY that widens refuses nobody by that rule",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {namespaces: [a]}}]}, {from: [{source: {namespaces: [b]}}]}]}",
            becomes: || without("spec.rules[0]"),
            direction: Direction::Widens,
            asked: &[
                ("from=a/x", "deny by rule p rules[0]", "allow by nobody"),
                ("from=b/x", "deny by rule p rules[1]", "deny by rule p rules[1]"),
            ],
        },
        Row {
            fact: "an ALLOW whose whole spec is lost lets nobody in",
            policies: "AuthorizationPolicy shop/p {rules: [{}]}",
            becomes: || without("spec"),
            direction: Direction::Narrows,
            asked: &[("", "allow by rule p rules[0]", "deny by default p")],
        },
        Row {
            fact: "where an ALLOW may select, its loss refuses where it does",
            policies: "AuthorizationPolicy shop/p {selector: {matchLabels: {tier: db}}, rules: [{to: [{operation: {methods: [GET]}}]}]}",
            becomes: || without("spec.rules[0].to[0].operation.methods[0]"),
            direction: Direction::Narrows,
            asked: &[("open method=GET", "allow anyhow", "unknown")],
        },
        Row {
            fact: "a direction without bearing on access changes nothing",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {methods: [GET]}}]}]}",
            becomes: || without("spec.rules[0]"),
            direction: Direction::None,
            asked: &[("method=GET", "allow by rule p rules[0]", "allow by rule p rules[0]")],
        },
        Row {
            fact: "STRICT that narrows may refuse anybody",
            policies: "PeerAuthentication shop/p {mtls: {mode: STRICT}}",
            becomes: || without("spec.mtls"),
            direction: Direction::Narrows,
            asked: &[("from=a/b", "allow by nobody", "deny by mutual TLS p mtls.mode")],
        },
        Row {
            fact: "STRICT that widens refuses nobody",
            policies: "PeerAuthentication shop/p {selector: {matchLabels: {app: catalog}}, mtls: {mode: STRICT}, portLevelMtls: {90: {mode: STRICT}}}",
            becomes: || without("spec.mtls.mode"),
            direction: Direction::Widens,
            asked: &[
                ("from=plain", "deny by mutual TLS p mtls.mode", "allow by nobody"),
                (
                    "port=90 from=plain",
                    "deny by mutual TLS p portLevelMtls[90].mode",
                    "deny by mutual TLS p portLevelMtls[90].mode",
                ),
            ],
        },
        Row {
            fact: "an ALLOW that is gone neither lets in nor refuses",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {methods: [GET]}}]}]}",
            becomes: || Becomes::Gone,
            direction: Direction::Widens,
            asked: &[("method=POST", "deny by default p", "allow by nobody")],
        },
        Row {
            fact: "a PeerAuthentication that is gone leaves its workloads to the next scope",
            policies: "
                PeerAuthentication istio-system/strict {mtls: {mode: STRICT}}
                PeerAuthentication shop/p {mtls: {mode: PERMISSIVE}}",
            becomes: || Becomes::Gone,
            direction: Direction::Narrows,
            asked: &[("from=plain", "allow by nobody", "deny by mutual TLS strict mtls.mode")],
        },
        Row {
            fact: "a RequestAuthentication that is gone lets bad tokens pass",
            policies: "RequestAuthentication shop/p {jwtRules: [{issuer: i, jwksUri: 'https://i'}]}",
            becomes: || Becomes::Gone,
            direction: Direction::Widens,
            asked: &[("token=invalid", "deny by token p jwtRules[0]", "allow by nobody")],
        },
        Row {
            fact: "a DENY without its selector acts on the whole namespace and on no other",
            policies: "AuthorizationPolicy shop/p {action: DENY, selector: {matchLabels: {app: x}}, rules: [{to: [{operation: {methods: [GET]}}]}]}",
            becomes: || Becomes::Everywhere,
            direction: Direction::Narrows,
            asked: &[
                ("method=GET", "allow by nobody", "deny by rule p rules[0]"),
                ("method=POST", "allow by nobody", "allow by nobody"),
                ("in=web method=GET", "allow by nobody", "allow by nobody"),
            ],
        },
        Row {
            fact: "an ALLOW without its selector lets nobody in, wherever it is written",
            policies: "AuthorizationPolicy shop/p {selector: {matchLabels: {app: catalog}}, rules: [{}]}",
            becomes: || Becomes::Everywhere,
            direction: Direction::Narrows,
            asked: &[
                ("", "allow by rule p rules[0]", "deny by default p"),
                ("labels=app:web", "allow by nobody", "deny by default p"),
            ],
        },
        Row {
            fact: "a STRICT without its selector is in force on the whole namespace",
            policies: "PeerAuthentication shop/p {selector: {matchLabels: {app: x}}, mtls: {mode: STRICT}}",
            becomes: || Becomes::Everywhere,
            direction: Direction::Narrows,
            asked: &[
                ("from=plain", "allow by nobody", "deny by mutual TLS p mtls.mode"),
                ("in=web from=plain", "allow by nobody", "allow by nobody"),
            ],
        },
        Row {
            fact: "on pods without a sidecar one policy acts and the others do not",
            policies: "
                AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {namespaces: [a]}}]}]}
                AuthorizationPolicy shop/q {}",
            becomes: || Becomes::BarePods("shop".to_string()),
            direction: Direction::Narrows,
            asked: &[
                ("bare from=a/x", "allow by no proxy", "deny by rule p rules[0]"),
                ("bare from=b/x", "allow by no proxy", "allow by no proxy"),
                ("uncaptured from=a/x", "allow by no proxy", "allow by no proxy"),
            ],
        },
        Row {
            fact: "in a namespace outside the mesh an ALLOW lets nobody in",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: [a]}}]}]}",
            becomes: || Becomes::OutsideMesh,
            direction: Direction::Narrows,
            asked: &[
                ("bare from=a/x", "allow by no proxy", "deny by default p"),
                ("from=a/x", "allow by rule p rules[0]", "allow by rule p rules[0]"),
            ],
        },
        Row {
            fact: "on pods without a sidecar of another namespace nothing acts",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{}]}",
            becomes: || Becomes::BarePods("other".to_string()),
            direction: Direction::Narrows,
            asked: &[("bare from=a/x", "allow by no proxy", "allow by no proxy")],
        },
        Row {
            fact: "one PeerAuthentication of a tie acts beside the other",
            policies: "
                PeerAuthentication shop/p {mtls: {mode: STRICT}}
                PeerAuthentication shop/q {mtls: {mode: PERMISSIVE}}",
            becomes: || {
                Becomes::Tied(ObjectRef {
                    kind: "PeerAuthentication".to_string(),
                    namespace: Some("shop".to_string()),
                    name: "q".to_string(),
                })
            },
            direction: Direction::Narrows,
            asked: &[
                ("from=plain", "allow by nobody", "deny by mutual TLS p mtls.mode"),
                ("from=a/b", "allow by nobody", "allow by nobody"),
            ],
        },
        Row {
            fact: "on ports outside capture one policy acts and the others do not",
            policies: "
                AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {namespaces: [a]}}]}]}
                AuthorizationPolicy shop/q {}",
            becomes: || Becomes::UncapturedPorts,
            direction: Direction::Narrows,
            asked: &[
                ("bare from=a/x", "allow by no proxy", "allow by no proxy"),
                ("uncaptured from=a/x", "allow by no proxy", "deny by rule p rules[0]"),
                ("uncaptured from=b/x", "allow by no proxy", "allow by no proxy"),
                ("udp from=a/x", "allow by no proxy", "allow by no proxy"),
            ],
        },
        Row {
            fact: "beyond the proxy an ALLOW refuses what it does not let in",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: [a]}}]}]}",
            becomes: || Becomes::BarePods("shop".to_string()),
            direction: Direction::Narrows,
            asked: &[
                ("bare from=a/x", "allow by no proxy", "allow by rule p rules[0]"),
                ("bare from=b/x", "allow by no proxy", "deny by default p"),
            ],
        },
        Row {
            fact: "beyond the proxy STRICT refuses too",
            policies: "PeerAuthentication shop/p {mtls: {mode: STRICT}}",
            becomes: || Becomes::UncapturedPorts,
            direction: Direction::Narrows,
            asked: &[
                ("uncaptured from=plain", "allow by no proxy", "deny by mutual TLS p mtls.mode"),
                ("uncaptured from=a/b", "allow by no proxy", "allow by no proxy"),
            ],
        },
        Row {
            fact: "beyond the proxy a policy hands on the STRICT that it inherits",
            policies: "
                PeerAuthentication shop/p {selector: {matchLabels: {app: catalog}}, portLevelMtls: {3306: {mode: PERMISSIVE}}}
                PeerAuthentication shop/q {mtls: {mode: STRICT}}",
            becomes: || Becomes::BarePods("shop".to_string()),
            direction: Direction::Narrows,
            asked: &[
                ("bare port=80 from=plain", "allow by no proxy", "deny by mutual TLS q mtls.mode"),
                ("bare port=80 from=a/b", "allow by no proxy", "allow by no proxy"),
                ("bare port=3306 from=plain", "allow by no proxy", "allow by no proxy"),
                ("bare port=80 labels=app:web from=plain", "allow by no proxy", "allow by no proxy"),
            ],
        },
        Row {
            fact: "an authorizer that always refuses refuses what its rules match",
            policies: "AuthorizationPolicy shop/p {action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {paths: [/a]}}]}]}",
            becomes: || Becomes::AlwaysRefuses,
            direction: Direction::Narrows,
            asked: &[
                ("path=/a", "allow by nobody", "deny by authorizer p rules[0]"),
                ("path=/b refuses", "allow by nobody", "allow by nobody"),
            ],
        },
        Row {
            fact: "a policy of the mesh that is there in some namespaces alone acts in none else",
            policies: "AuthorizationPolicy istio-system/p {action: DENY, rules: [{from: [{source: {namespaces: [a]}}]}]}",
            becomes: || Becomes::GoneBut(BTreeSet::from(["shop".to_string()])),
            direction: Direction::Widens,
            asked: &[
                ("from=a/x", "deny by rule p rules[0]", "deny by rule p rules[0]"),
                ("in=later from=a/x", "deny by rule p rules[0]", "allow by nobody"),
            ],
        },
        Row {
            fact: "an ALLOW of the mesh that is there in some namespaces alone isolates in none else",
            policies: "AuthorizationPolicy istio-system/p {rules: [{from: [{source: {namespaces: [a]}}]}]}",
            becomes: || Becomes::GoneBut(BTreeSet::from(["shop".to_string()])),
            direction: Direction::Widens,
            asked: &[
                ("from=b/x", "deny by default p", "deny by default p"),
                ("in=later from=b/x", "deny by default p", "allow by nobody"),
            ],
        },
        Row {
            fact: "STRICT of the mesh that is there in some namespaces alone refuses in none else",
            policies: "PeerAuthentication istio-system/p {mtls: {mode: STRICT}}",
            becomes: || Becomes::GoneBut(BTreeSet::from(["shop".to_string()])),
            direction: Direction::Widens,
            asked: &[
                ("from=plain", "deny by mutual TLS p mtls.mode", "deny by mutual TLS p mtls.mode"),
                ("in=later from=plain", "deny by mutual TLS p mtls.mode", "allow by nobody"),
            ],
        },
        Row {
            fact: "and it still keeps a younger one from acting",
            policies: "
                PeerAuthentication istio-system/p created=2024-01-01T00:00:00Z {mtls: {mode: STRICT}}
                PeerAuthentication istio-system/younger created=2024-01-02T00:00:00Z {mtls: {mode: STRICT}}",
            becomes: || Becomes::GoneBut(BTreeSet::from(["shop".to_string()])),
            direction: Direction::Widens,
            asked: &[
                ("from=plain", "deny by mutual TLS p mtls.mode", "deny by mutual TLS p mtls.mode"),
                ("in=later from=plain", "deny by mutual TLS p mtls.mode", "allow by nobody"),
            ],
        },
        Row {
            fact: "pods that a policy selects get nothing of protocols that no rule can name",
            policies: "AuthorizationPolicy shop/p {action: DENY, selector: {matchLabels: {app: catalog}}, rules: [{from: [{source: {namespaces: [a]}}]}]}",
            becomes: || Becomes::OtherProtocols,
            direction: Direction::Narrows,
            asked: &[
                ("icmp", "allow by no proxy", "deny by isolation"),
                ("bare icmp", "allow by no proxy", "deny by isolation"),
                ("udp", "allow by no proxy", "allow by no proxy"),
                ("from=b/x", "allow by nobody", "allow by nobody"),
                ("icmp labels=app:web", "allow by no proxy", "allow by no proxy"),
                ("icmp in=web", "allow by no proxy", "allow by no proxy"),
            ],
        },
        Row {
            fact: "STRICT beside policies that add up refuses nobody, and still stands before the wider one",
            policies: "
                PeerAuthentication istio-system/strict {mtls: {mode: STRICT}}
                PeerAuthentication shop/p {mtls: {mode: STRICT}, selector: {matchLabels: {app: catalog}}, portLevelMtls: {90: {mode: STRICT}}}",
            becomes: || without("spec"),
            direction: Direction::Widens,
            asked: &[
                ("from=plain", "deny by mutual TLS p mtls.mode", "allow by nobody"),
                ("port=90 from=plain", "deny by mutual TLS p portLevelMtls[90].mode", "allow by nobody"),
                (
                    "labels=app:web from=plain",
                    "deny by mutual TLS strict mtls.mode",
                    "deny by mutual TLS strict mtls.mode",
                ),
            ],
        },
    ];
    let mut wrong = Vec::new();
    for row in rows {
        let kind = row.policies.lines().find(|line| line.contains("/p ")).unwrap();
        let object = ObjectRef {
            kind: kind.trim().split(' ').next().unwrap().to_string(),
            namespace: kind
                .split([' ', '/'])
                .rev()
                .find(|word| ["shop", "istio-system"].contains(word))
                .map(str::to_string),
            name: "p".to_string(),
        };
        let loss = Loss { object: Some(object), becomes: (row.becomes)(), direction: row.direction };
        let mut world = World::in_trust_domain(row.policies, "cluster.local");
        let before: Vec<String> = row.asked.iter().map(|(request, ..)| world.ask(request)).collect();
        let announced = world.announced(&[loss]);
        for ((request, was, becomes), before) in row.asked.iter().zip(before) {
            let after = announced.ask(request);
            if (before.as_str(), after.as_str()) != (*was, *becomes) {
                wrong.push(format!(
                    "{}\n  {request}\n  expected {was}, then {becomes}\n  found    {before}, then {after}",
                    row.fact
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
