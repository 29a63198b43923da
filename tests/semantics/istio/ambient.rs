//! Ambient mode: what ztunnel makes of the policies. Facts are those of istiod
//! (`pilot/pkg/serviceregistry/ambient/authorization.go`, `policies.go`) and of ztunnel (`src/rbac.rs`,
//! `src/state.rs`); each request is a connection.

use super::{Row, check, check_in};

#[test]
fn rules_of_layer_4_mean_what_they_mean_to_a_sidecar() {
    check(&[
        Row {
            fact: "without policies everything passes",
            policies: "",
            asked: &[("ztunnel from=plain", "allow by nobody")],
        },
        Row {
            fact: "an ALLOW without rules lets nobody in, an empty rule everybody",
            policies: "                AuthorizationPolicy shop/none {}
                AuthorizationPolicy web/all {rules: [{}]}
                AuthorizationPolicy db/all {action: DENY, rules: [{}]}",
            asked: &[
                ("ztunnel", "deny by default none"),
                ("ztunnel in=web from=plain", "allow by rule all rules[0]"),
                ("ztunnel in=db", "deny by rule all rules[0]"),
            ],
        },
        Row {
            fact: "DENY before ALLOW",
            policies: "                AuthorizationPolicy shop/allow {rules: [{from: [{source: {namespaces: [a, b]}}]}]}
                AuthorizationPolicy shop/deny {action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x]}}]}]}",
            asked: &[
                ("ztunnel from=a/x", "deny by rule deny rules[0]"),
                ("ztunnel from=a/y", "allow by rule allow rules[0]"),
                ("ztunnel from=c/y", "deny by default allow"),
                ("ztunnel from=plain", "deny by default allow"),
            ],
        },
        Row {
            fact: "ports, addresses, and the negative forms",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {ports: ['80'], notPorts: ['81']}}], from: [{source: {ipBlocks: [10.0.0.0/8], notIpBlocks: [10.1.0.0/16]}}]}, {to: [{operation: {notPorts: ['80', '90']}}], from: [{source: {notNamespaces: [a]}}]}]}",
            asked: &[
                ("ztunnel port=80 ip=10.2.0.1", "allow by rule p rules[0]"),
                ("ztunnel port=80 ip=10.1.0.1", "deny by default p"),
                ("ztunnel port=90 from=b/x", "deny by default p"),
                ("ztunnel port=91 from=b/x", "allow by rule p rules[1]"),
                ("ztunnel port=91 from=plain", "allow by rule p rules[1]"),
                ("ztunnel port=91 from=a/x", "deny by default p"),
            ],
        },
        Row {
            fact: "five keys of `when`",
            policies: "AuthorizationPolicy shop/p {rules: [{when: [{key: source.ip, values: [10.0.0.0/8]}, {key: destination.port, notValues: ['90']}]}, {when: [{key: source.namespace, values: [a]}, {key: destination.ip, values: [192.0.2.2]}]}, {when: [{key: source.principal, values: ['*/sa/z']}]}]}",
            asked: &[
                ("ztunnel ip=10.0.0.1", "allow by rule p rules[0]"),
                ("ztunnel ip=10.0.0.1 port=90", "deny by default p"),
                ("ztunnel from=a/x", "allow by rule p rules[1]"),
                ("ztunnel from=a/x to=192.0.2.9", "deny by default p"),
                ("ztunnel from=b/z", "allow by rule p rules[2]"),
            ],
        },
        Row {
            fact: "a selector, a namespace, the mesh; never targetRefs",
            policies: "                AuthorizationPolicy shop/labelled {selector: {matchLabels: {app: catalog}}, action: DENY, rules: [{from: [{source: {namespaces: [a]}}]}]}
                AuthorizationPolicy istio-system/mesh {action: DENY, rules: [{from: [{source: {namespaces: [b]}}]}]}
                AuthorizationPolicy shop/attached {targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: waypoint}], action: DENY, rules: [{from: [{source: {namespaces: [c]}}]}]}",
            asked: &[
                ("ztunnel from=a/x", "deny by rule labelled rules[0]"),
                ("ztunnel labels=app:web from=a/x", "allow by nobody"),
                ("ztunnel in=web from=b/x", "deny by rule mesh rules[0]"),
                ("ztunnel from=c/x", "allow by nobody"),
            ],
        },
        Row {
            fact: "protocols beside TCP and ports outside capture meet nobody",
            policies: "AuthorizationPolicy shop/p {}",
            asked: &[("ztunnel udp", "allow by no proxy"), ("ztunnel uncaptured", "allow by no proxy")],
        },
    ]);
}

#[test]
fn an_allow_rule_that_asks_for_more_is_left_out() {
    const OUT: (&str, &str) = ("ztunnel from=a/x port=80 ip=10.0.0.1", "deny by default p");
    let rows = [
        ("hosts", "{to: [{operation: {hosts: [h]}}]}"),
        ("notHosts", "{to: [{operation: {notHosts: [h]}}]}"),
        ("methods", "{to: [{operation: {methods: [GET]}}]}"),
        ("notMethods", "{to: [{operation: {notMethods: [GET]}}]}"),
        ("paths", "{to: [{operation: {paths: [/]}}]}"),
        ("notPaths", "{to: [{operation: {notPaths: [/]}}]}"),
        ("requestPrincipals", "{from: [{source: {requestPrincipals: ['*'], namespaces: [a]}}]}"),
        ("notRequestPrincipals", "{from: [{source: {notRequestPrincipals: ['*'], namespaces: [a]}}]}"),
        ("remoteIpBlocks", "{from: [{source: {remoteIpBlocks: [0.0.0.0/0]}}]}"),
        ("notRemoteIpBlocks", "{from: [{source: {notRemoteIpBlocks: [10.0.0.0/8], namespaces: [a]}}]}"),
        ("an entry beside it", "{to: [{operation: {ports: ['80']}}, {operation: {methods: [GET]}}]}"),
        ("a header", "{when: [{key: 'request.headers[x]', values: [v]}]}"),
        ("a claim", "{when: [{key: 'request.auth.claims[x]', values: [v]}]}"),
        ("the server name", "{when: [{key: connection.sni, values: [h]}]}"),
        ("remote.ip", "{when: [{key: remote.ip, values: [0.0.0.0/0]}]}"),
        ("source.serviceAccount", "{when: [{key: source.serviceAccount, values: [a/x]}]}"),
        ("source.trustDomain", "{when: [{key: source.trustDomain, values: [cluster.local]}]}"),
        ("metadata", "{when: [{key: 'experimental.envoy.filters.a[b]', values: [c]}]}"),
    ];
    for (fact, rule) in rows {
        let policies = format!("AuthorizationPolicy shop/p {{rules: [{rule}]}}").leak();
        check(&[Row { fact, policies, asked: &[OUT] }]);
    }
    check(&[Row {
        fact: "other rules of the policy stay",
        policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {methods: [GET]}}]}, {from: [{source: {namespaces: [a]}}]}]}",
        asked: &[("ztunnel from=a/x", "allow by rule p rules[1]"), ("ztunnel from=b/x", "deny by default p")],
    }]);
}

#[test]
fn a_deny_rule_loses_what_ztunnel_does_not_know() {
    check(&[
        Row {
            fact: "beside what it knows in the same entry it refuses more",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{to: [{operation: {ports: ['80'], paths: [/admin*]}}]}, {from: [{source: {namespaces: [a], notRequestPrincipals: ['*']}}]}]}",
            asked: &[
                ("ztunnel port=80", "deny by rule p rules[0]"),
                ("ztunnel port=90 from=b/x", "allow by nobody"),
                ("ztunnel port=90 from=a/x", "deny by rule p rules[1]"),
            ],
        },
        Row {
            fact: "an entry that is left with nothing matches nothing, and the rule refuses nobody",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}, {from: [{source: {namespaces: [a]}}], to: [{operation: {notPaths: [/health]}}]}, {from: [{source: {namespaces: [a]}}], when: [{key: 'request.headers[x]', values: [v]}]}, {from: [{source: {namespaces: [a]}}], when: [{key: connection.sni, notValues: [v]}]}, {when: [{key: source.serviceAccount, values: [a/x]}]}, {from: [{source: {remoteIpBlocks: [0.0.0.0/0]}}]}]}",
            asked: &[("ztunnel from=a/x", "allow by nobody"), ("ztunnel from=plain", "allow by nobody")],
        },
        Row {
            fact: "an entry beside such a one still counts",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{to: [{operation: {methods: [GET]}}, {operation: {ports: ['80']}}]}]}",
            asked: &[("ztunnel port=80", "deny by rule p rules[0]"), ("ztunnel port=90", "allow by nobody")],
        },
        Row {
            fact: "AUDIT and CUSTOM are not handed over, dry runs neither",
            policies: "                AuthorizationPolicy shop/custom {action: CUSTOM, provider: {name: opa}, rules: [{}]}
                AuthorizationPolicy shop/audit {action: AUDIT, rules: [{}]}
                AuthorizationPolicy shop/trial dry-run=true {}",
            asked: &[("ztunnel refuses", "allow by nobody")],
        },
        Row {
            fact: "tokens are not looked at",
            policies: "RequestAuthentication shop/jwt {jwtRules: [{issuer: i, jwksUri: 'https://i'}]}",
            asked: &[("ztunnel token=invalid", "allow by nobody")],
        },
    ]);
}

#[test]
fn identities_are_compared_part_by_part() {
    check(&[
        Row {
            fact: "trust domains are ignored: alone they match nothing, beside others they ask nothing",
            policies: "                AuthorizationPolicy shop/p {rules: [{from: [{source: {trustDomains: [cluster.local]}}]}]}
                AuthorizationPolicy web/p {rules: [{from: [{source: {trustDomains: [other], namespaces: [a]}}]}]}
                AuthorizationPolicy db/p {action: DENY, rules: [{from: [{source: {notTrustDomains: [other]}}]}]}",
            asked: &[
                ("ztunnel from=a/x", "deny by default p"),
                ("ztunnel in=web from=a/x", "allow by rule p rules[0]"),
                ("ztunnel in=web from=b/x", "deny by default p"),
                ("ztunnel in=db from=a/x", "allow by nobody"),
            ],
        },
        Row {
            fact: "a namespace: itself, a prefix, a suffix, any",
            policies: "                AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: [a, 'b*', '*c']}}]}]}
                AuthorizationPolicy web/p {rules: [{from: [{source: {namespaces: ['*']}}]}]}",
            asked: &[
                ("ztunnel from=a/x", "allow by rule p rules[0]"),
                ("ztunnel from=ab/x", "deny by default p"),
                ("ztunnel from=bd/x", "allow by rule p rules[0]"),
                ("ztunnel from=dc/x", "allow by rule p rules[0]"),
                ("ztunnel in=web from=d/x", "allow by rule p rules[0]"),
                ("ztunnel in=web from=plain", "deny by default p"),
            ],
        },
        Row {
            fact: "its pattern never reaches into the account, and another star is a star",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: ['*a', 'x*y', '*z*']}}]}]}",
            asked: &[
                ("ztunnel from=b/sa", "deny by default p"),
                ("from=b/x", "allow by rule p rules[0]"),
                ("ztunnel from=xay/x", "deny by default p"),
                ("ztunnel from=az/x", "deny by default p"),
                ("ztunnel from=za/x", "allow by rule p rules[0]"),
            ],
        },
        Row {
            fact: "service accounts: `NAMESPACE/NAME`, or a name of the policy's namespace, and their negation",
            policies: "                AuthorizationPolicy shop/p {rules: [{from: [{source: {serviceAccounts: [a/x, own]}}]}]}
                AuthorizationPolicy web/p {rules: [{from: [{source: {notServiceAccounts: [a/x]}}]}]}",
            asked: &[
                ("ztunnel from=a/x", "allow by rule p rules[0]"),
                ("ztunnel from=shop/own", "allow by rule p rules[0]"),
                ("ztunnel from=a/own", "deny by default p"),
                ("ztunnel in=web from=a/x", "deny by default p"),
                ("ztunnel in=web from=plain", "allow by rule p rules[0]"),
            ],
        },
    ]);
    check_in(
        "prod",
        &[Row {
            fact: "principals are compared as they stand: `cluster.local` is no other name of the trust domain",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x, prod/ns/b/sa/x, '*/ns/c/sa/x']}}]}]}",
            asked: &[
                ("from=prod/a/x", "allow by rule p rules[0]"),
                ("ztunnel from=prod/a/x", "deny by default p"),
                ("ztunnel from=prod/b/x", "allow by rule p rules[0]"),
                ("ztunnel from=prod/c/x", "allow by rule p rules[0]"),
            ],
        }],
    );
}

#[test]
fn a_selector_without_labels_selects_nobody() {
    check(&[
        Row {
            fact: "DENY and ALLOW, of a namespace and of the mesh; null is no selector, and empty `matchLabels` select everybody",
            policies:
                "                AuthorizationPolicy shop/deny {action: DENY, selector: {}, rules: [{}]}
                AuthorizationPolicy istio-system/allow {selector: {matchLabels: null}}
                AuthorizationPolicy web/absent {selector: null}
                AuthorizationPolicy db/empty {selector: {matchLabels: {}}}",
            asked: &[
                ("ztunnel", "allow by nobody"),
                ("ztunnel in=web", "deny by default absent"),
                ("ztunnel in=db", "deny by default empty"),
                ("tcp", "deny by rule deny rules[0]"),
                ("tcp in=other", "deny by default allow"),
            ],
        },
        Row {
            fact: "an ALLOW with it lets nobody in beside another",
            policies: "                AuthorizationPolicy shop/all {selector: {}, rules: [{}]}
                AuthorizationPolicy shop/none {}",
            asked: &[("ztunnel", "deny by default none"), ("tcp", "allow by rule all rules[0]")],
        },
    ]);
}

#[test]
fn of_two_of_one_time_any_may_act() {
    check(&[Row {
        fact: "names tell them apart for sidecars alone",
        policies:
            "                PeerAuthentication shop/a created=2024-01-01T00:00:00Z {mtls: {mode: STRICT}}
                PeerAuthentication shop/b created=2024-01-01T00:00:00Z {mtls: {mode: PERMISSIVE}}
                PeerAuthentication web/a created=2024-01-01T00:00:00Z {mtls: {mode: STRICT}}
                PeerAuthentication web/b created=2024-01-02T00:00:00Z {mtls: {mode: PERMISSIVE}}",
        asked: &[
            ("ztunnel from=plain force=none", "allow by nobody"),
            ("ztunnel from=plain force=PeerAuthentication/shop/a", "deny by mutual TLS a mtls.mode"),
            ("ztunnel in=web from=plain force=none", "deny by mutual TLS a mtls.mode"),
            ("tcp from=plain force=none", "deny by mutual TLS a mtls.mode"),
        ],
    }]);
}

#[test]
fn strict_is_a_refusal_and_disable_is_permissive() {
    const PLAIN: &str = "ztunnel from=plain";
    check(&[
        Row {
            fact: "STRICT of the mesh, of a namespace, of a workload",
            policies: "PeerAuthentication istio-system/mesh {mtls: {mode: STRICT}}",
            asked: &[(PLAIN, "deny by mutual TLS mesh mtls.mode"), ("ztunnel from=a/x", "allow by nobody")],
        },
        Row {
            fact: "the narrowest says it, and one without a mode inherits",
            policies: "                PeerAuthentication istio-system/mesh {mtls: {mode: STRICT}}
                PeerAuthentication web/own {mtls: {mode: PERMISSIVE}}
                PeerAuthentication shop/own {mtls: {mode: UNSET}}",
            asked: &[(PLAIN, "deny by mutual TLS mesh mtls.mode"), ("ztunnel in=web from=plain", "allow by nobody")],
        },
        Row {
            fact: "DISABLE leaves identities proven",
            policies: "                PeerAuthentication shop/off {mtls: {mode: DISABLE}}
                AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: [a]}}]}]}",
            asked: &[
                ("ztunnel from=a/x", "allow by rule p rules[0]"),
                (PLAIN, "deny by default p"),
                ("from=a/x", "deny by default p"),
            ],
        },
        Row {
            fact: "ports of a STRICT workload that are spared, DISABLE like PERMISSIVE",
            policies: "PeerAuthentication shop/own {selector: {matchLabels: {app: catalog}}, mtls: {mode: STRICT}, portLevelMtls: {80: {mode: PERMISSIVE}, 90: {mode: DISABLE}, 70: {mode: STRICT}}}",
            asked: &[
                ("ztunnel from=plain port=80", "allow by nobody"),
                ("ztunnel from=plain port=90", "allow by nobody"),
                ("ztunnel from=plain port=70", "deny by mutual TLS own mtls.mode"),
                (PLAIN, "deny by mutual TLS own mtls.mode"),
            ],
        },
        Row {
            fact: "a STRICT port of a PERMISSIVE workload",
            policies: "PeerAuthentication shop/own {selector: {matchLabels: {app: catalog}}, mtls: {mode: PERMISSIVE}, portLevelMtls: {80: {mode: STRICT}}}",
            asked: &[
                ("ztunnel from=plain port=80", "deny by mutual TLS own portLevelMtls[80].mode"),
                (PLAIN, "allow by nobody"),
            ],
        },
        Row {
            fact: "a STRICT port of a PERMISSIVE workload is not refused where the mesh is STRICT and the namespace says nothing",
            policies: "                PeerAuthentication istio-system/mesh {mtls: {mode: STRICT}}
                PeerAuthentication web/ns {mtls: {mode: STRICT}}
                PeerAuthentication shop/own {selector: {matchLabels: {app: catalog}}, mtls: {mode: PERMISSIVE}, portLevelMtls: {80: {mode: STRICT}}}
                PeerAuthentication web/own {selector: {matchLabels: {app: catalog}}, mtls: {mode: DISABLE}, portLevelMtls: {80: {mode: STRICT}}}",
            asked: &[
                ("ztunnel from=plain port=80", "allow by nobody"),
                ("ztunnel in=web from=plain port=80", "deny by mutual TLS own portLevelMtls[80].mode"),
            ],
        },
        Row {
            fact: "a workload that inherits STRICT spares a port by PERMISSIVE, by DISABLE only beside one",
            policies: "                PeerAuthentication istio-system/mesh {mtls: {mode: STRICT}}
                PeerAuthentication shop/own {selector: {matchLabels: {app: catalog}}, portLevelMtls: {80: {mode: PERMISSIVE}, 90: {mode: DISABLE}}}
                PeerAuthentication web/own {selector: {matchLabels: {app: catalog}}, portLevelMtls: {90: {mode: DISABLE}}}",
            asked: &[
                ("ztunnel from=plain port=80", "allow by nobody"),
                ("ztunnel from=plain port=90", "allow by nobody"),
                (PLAIN, "deny by mutual TLS mesh mtls.mode"),
                ("ztunnel in=web from=plain port=90", "deny by mutual TLS mesh mtls.mode"),
            ],
        },
        Row {
            fact: "where it spares one beside a policy of the namespace without a mode, nothing is refused at all",
            policies: "                PeerAuthentication istio-system/mesh {mtls: {mode: STRICT}}
                PeerAuthentication shop/ns {mtls: {mode: UNSET}}
                PeerAuthentication shop/own {selector: {matchLabels: {app: catalog}}, portLevelMtls: {80: {mode: PERMISSIVE}, 70: {mode: STRICT}}}",
            asked: &[
                (PLAIN, "allow by nobody"),
                ("ztunnel from=plain port=70", "allow by nobody"),
                ("ztunnel labels=app:web from=plain", "deny by mutual TLS mesh mtls.mode"),
            ],
        },
    ]);
}
