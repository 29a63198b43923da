//! The order of filters, and what is left of a rule on the TCP chain.

use super::{Row, check};

#[test]
fn actions_are_asked_in_their_order() {
    check(&[
        Row {
            fact: "CUSTOM before tokens before DENY before ALLOW",
            policies: "
                AuthorizationPolicy shop/allow {rules: [{}]}
                AuthorizationPolicy shop/deny {action: DENY, rules: [{to: [{operation: {paths: [/d*]}}]}]}
                RequestAuthentication shop/jwt {jwtRules: [{issuer: i, jwksUri: 'https://i'}]}
                AuthorizationPolicy shop/custom {action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {paths: [/d/c]}}]}]}",
            asked: &[
                ("path=/d/c refuses token=invalid", "deny by authorizer custom rules[0]"),
                ("path=/d/c token=invalid", "deny by token jwt jwtRules[0]"),
                ("path=/d/c", "deny by rule deny rules[0]"),
                ("path=/", "allow by rule allow rules[0]"),
            ],
        },
        Row {
            fact: "the handshake comes before everything",
            policies: "
                PeerAuthentication shop/strict {mtls: {mode: STRICT}}
                AuthorizationPolicy shop/custom {action: CUSTOM, provider: {name: opa}, rules: [{}]}",
            asked: &[
                ("from=plain refuses", "deny by mutual TLS strict mtls.mode"),
                ("from=a/b refuses", "deny by authorizer custom rules[0]"),
            ],
        },
        Row {
            fact: "an authorizer is asked of what its rules match, and one that passes decides nothing more",
            policies: "
                AuthorizationPolicy shop/custom {action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {notPaths: [/health]}}]}]}
                AuthorizationPolicy shop/allow {rules: [{to: [{operation: {methods: [GET]}}]}]}",
            asked: &[
                ("path=/health refuses", "allow by rule allow rules[0]"),
                ("path=/x refuses", "deny by authorizer custom rules[0]"),
                ("path=/x", "allow by rule allow rules[0]"),
                ("path=/x method=POST", "deny by default allow"),
            ],
        },
        Row {
            fact: "a DENY alone refuses what it matches and nothing else",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{to: [{operation: {ports: ['9000']}}]}, {to: [{operation: {methods: [POST]}}]}]}",
            asked: &[
                ("port=9000", "deny by rule p rules[0]"),
                ("method=POST", "deny by rule p rules[1]"),
                ("method=GET", "allow by nobody"),
            ],
        },
        Row {
            fact: "one of several ALLOW policies is enough, and all are named where none matches",
            policies: "
                AuthorizationPolicy shop/one {rules: [{to: [{operation: {methods: [GET]}}]}]}
                AuthorizationPolicy shop/two {rules: [{from: [{source: {notIpBlocks: [10.0.0.0/8]}}]}]}",
            asked: &[
                ("method=POST ip=10.1.1.1", "deny by default one two"),
                ("method=GET ip=10.1.1.1", "allow by rule one rules[0]"),
                ("method=POST ip=11.1.1.1", "allow by rule two rules[0]"),
            ],
        },
        Row {
            fact: "without any policy everything passes",
            policies: "",
            asked: &[("from=plain token=invalid", "allow by nobody")],
        },
    ]);
}

#[test]
fn policies_without_rules_differ_from_those_with_an_empty_one() {
    check(&[
        Row {
            fact: "ALLOW without rules is deny-all",
            policies: "AuthorizationPolicy shop/p {}",
            asked: &[("", "deny by default p"), ("tcp", "deny by default p")],
        },
        Row {
            fact: "ALLOW with an empty list of rules is deny-all",
            policies: "AuthorizationPolicy shop/p {rules: []}",
            asked: &[("", "deny by default p")],
        },
        Row {
            fact: "an empty rule matches everything",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{}]}",
            asked: &[("", "deny by rule p rules[0]"), ("tcp from=plain", "deny by rule p rules[0]")],
        },
        Row {
            fact: "AUDIT decides nothing, and is no ALLOW",
            policies: "AuthorizationPolicy shop/p {action: AUDIT, rules: [{to: [{operation: {methods: [GET]}}]}]}",
            asked: &[("method=GET", "allow by nobody"), ("method=POST", "allow by nobody")],
        },
    ]);
}

#[test]
fn a_dry_run_decides_nothing() {
    check(&[
        Row {
            fact: "an ALLOW on trial is no ALLOW",
            policies: "AuthorizationPolicy shop/p dry-run=true {}",
            asked: &[("", "allow by nobody")],
        },
        Row {
            fact: "`1` is true to Go",
            policies: "AuthorizationPolicy shop/p dry-run=1 {action: DENY, rules: [{}]}",
            asked: &[("", "allow by nobody")],
        },
        Row {
            fact: "`t` is true to Go",
            policies: "
                AuthorizationPolicy shop/p dry-run=t {rules: [{}]}
                AuthorizationPolicy shop/q {rules: [{to: [{operation: {methods: [GET]}}]}]}",
            asked: &[("method=GET", "allow by rule q rules[0]"), ("method=POST", "deny by default q")],
        },
        Row {
            fact: "`false` is no dry run",
            policies: "AuthorizationPolicy shop/p dry-run=false {action: DENY, rules: [{}]}",
            asked: &[("", "deny by rule p rules[0]")],
        },
    ]);
}

#[test]
fn on_tcp_an_allow_loses_rules_and_a_refusal_loses_fields() {
    check(&[
        Row {
            fact: "one HTTP field removes the whole rule, with the branch that has none",
            policies: "AuthorizationPolicy shop/p {rules: [{to: [{operation: {ports: ['9000']}}, {operation: {paths: [/x]}}]}]}",
            asked: &[
                ("port=9000", "allow by rule p rules[0]"),
                ("tcp port=9000", "deny by default p"),
                ("port=8080 path=/x", "allow by rule p rules[0]"),
            ],
        },
        Row {
            fact: "the same in a DENY refuses every connection",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{to: [{operation: {ports: ['9000']}}, {operation: {paths: [/x]}}]}]}",
            asked: &[
                ("tcp port=3306", "deny by rule p rules[0]"),
                ("port=8080 path=/y", "allow by nobody"),
            ],
        },
        Row {
            fact: "a DENY keeps its other fields",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {requestPrincipals: ['*'], namespaces: [a]}}], to: [{operation: {hosts: [h], ports: ['9000']}}], when: [{key: 'request.headers[x]', values: [z]}, {key: source.ip, values: [10.0.0.0/8]}]}]}",
            asked: &[
                ("tcp from=a/x port=9000 ip=10.0.0.1", "deny by rule p rules[0]"),
                ("tcp from=b/x port=9000 ip=10.0.0.1", "allow by nobody"),
                ("tcp from=a/x port=9001 ip=10.0.0.1", "allow by nobody"),
                ("tcp from=a/x port=9000 ip=11.0.0.1", "allow by nobody"),
                ("from=a/x port=9000 ip=10.0.0.1", "allow by nobody"),
            ],
        },
        Row {
            fact: "negated HTTP fields go like the others",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{to: [{operation: {notMethods: [GET]}}]}]}",
            asked: &[("tcp", "deny by rule p rules[0]"), ("method=GET", "allow by nobody")],
        },
        Row {
            fact: "a refusal by method alone refuses a TCP port that a rule allows",
            policies: "
                AuthorizationPolicy shop/deny {action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]}
                AuthorizationPolicy shop/allow {rules: [{to: [{operation: {ports: ['80']}}]}, {to: [{operation: {ports: ['3306']}}]}]}",
            asked: &[
                ("tcp port=3306", "deny by rule deny rules[0]"),
                ("port=80 method=POST", "deny by rule deny rules[0]"),
                ("port=80 method=GET", "allow by rule allow rules[0]"),
            ],
        },
        Row {
            fact: "other rules of the policy stay, and a policy without any still refuses",
            policies: "
                AuthorizationPolicy shop/mixed {rules: [{to: [{operation: {methods: [GET]}}]}, {from: [{source: {namespaces: [a]}}]}]}
                AuthorizationPolicy web/http {rules: [{to: [{operation: {methods: [GET]}}]}]}",
            asked: &[
                ("tcp from=a/x", "allow by rule mixed rules[1]"),
                ("tcp from=b/x", "deny by default mixed"),
                ("tcp in=web from=b/x", "deny by default http"),
            ],
        },
        Row {
            fact: "remote addresses and filter metadata have no such check",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]}, {when: [{key: 'experimental.envoy.filters.a[b]', values: [c]}]}, {when: [{key: connection.sni, values: [s]}]}]}",
            asked: &[
                ("tcp remote=10.0.0.1", "allow by rule p rules[0]"),
                ("tcp metadata:experimental.envoy.filters.a[b]=c", "allow by rule p rules[1]"),
                ("tcp sni=s", "allow by rule p rules[2]"),
            ],
        },
        Row {
            fact: "a provider may act on the TCP chain: the input does not say what kind it is",
            policies: "AuthorizationPolicy shop/p {action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {paths: [/x]}}]}]}",
            asked: &[("tcp refuses", "deny by authorizer p rules[0]"), ("tcp", "allow by nobody")],
        },
        Row {
            fact: "tokens are checked on the HTTP chain alone",
            policies: "RequestAuthentication shop/p {jwtRules: [{issuer: i, jwksUri: 'https://i'}]}",
            asked: &[
                ("tcp token=invalid", "allow by nobody"),
                ("token=invalid", "deny by token p jwtRules[0]"),
                ("token=valid", "allow by nobody"),
                ("", "allow by nobody"),
            ],
        },
    ]);
}

#[test]
fn tokens_have_to_be_valid_or_absent() {
    check(&[
        Row {
            fact: "a RequestAuthentication without rules is no filter",
            policies: "RequestAuthentication shop/p {}",
            asked: &[("token=invalid", "allow by nobody")],
        },
        Row {
            fact: "a request that begins CORS passes with any token, whatever else it has to meet",
            policies: "RequestAuthentication shop/jwt {jwtRules: [{issuer: i}]}
                AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}], to: [{operation: {paths: [/a]}}]}]}",
            asked: &[
                ("method=OPTIONS header:origin=o header:access-control-request-method=PUT token=invalid", "allow by nobody"),
                ("method=OPTIONS header:origin=o token=invalid", "deny by token jwt jwtRules[0]"),
                ("method=OPTIONS header:access-control-request-method=PUT token=invalid", "deny by token jwt jwtRules[0]"),
                ("path=/a method=OPTIONS header:origin=o header:access-control-request-method=PUT token=valid principal=i/s", "deny by rule p rules[0]"),
                ("path=/a method=OPTIONS header:origin=o token=valid principal=i/s", "allow by nobody"),
            ],
        },
        Row {
            fact: "a claim that all rules split is split, one that some do is only known without spaces",
            policies: "
                RequestAuthentication shop/jwt {jwtRules: [{issuer: i, spaceDelimitedClaims: [roles, teams]}, {issuer: j, spaceDelimitedClaims: [roles]}]}
                AuthorizationPolicy shop/p {rules: [{when: [{key: 'request.auth.claims[roles]', values: [a]}]}, {when: [{key: 'request.auth.claims[teams]', values: ['b*']}]}]}",
            asked: &[
                ("token=valid claim:roles=x+a", "allow by rule p rules[0]"),
                ("token=valid claim:roles=x+ab", "deny by default p"),
                ("token=valid claim:teams=b", "allow by rule p rules[1]"),
                ("token=valid claim:teams=b+c", "allow by rule p rules[1]"),
                ("token=valid claim:teams=c+b", "unknown"),
                ("token=valid claim:teams=c", "deny by default p"),
            ],
        },
        Row {
            fact: "the usual pair demands a token",
            policies: "
                RequestAuthentication shop/jwt {jwtRules: [{issuer: i, jwksUri: 'https://i'}]}
                AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}",
            asked: &[
                ("", "deny by rule p rules[0]"),
                ("token=invalid", "deny by token jwt jwtRules[0]"),
                ("token=valid principal=i/s", "allow by nobody"),
            ],
        },
    ]);
}
