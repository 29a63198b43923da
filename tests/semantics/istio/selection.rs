//! Which policies act on a workload: namespaces, selectors, attachment, capture.

use super::{Row, check};

#[test]
fn namespaces_and_selectors_pick_workloads() {
    check(&[
        Row {
            fact: "a policy of the root namespace acts in every namespace, seen or not",
            policies: "AuthorizationPolicy istio-system/p {}",
            asked: &[
                ("in=shop", "deny by default p"),
                ("in=pay", "deny by default p"),
                ("in=istio-system", "deny by default p"),
            ],
        },
        Row {
            fact: "with a selector it acts on such pods in every namespace",
            policies: "AuthorizationPolicy istio-system/p {selector: {matchLabels: {app: catalog}}}",
            asked: &[
                ("in=shop", "deny by default p"),
                ("in=pay", "deny by default p"),
                ("in=pay labels=app:web", "allow by nobody"),
            ],
        },
        Row {
            fact: "another namespace has its own pods alone",
            policies: "AuthorizationPolicy shop/p {}",
            asked: &[("in=shop", "deny by default p"), ("in=istio-system", "allow by nobody")],
        },
        Row {
            fact: "all labels of a selector have to be there",
            policies: "AuthorizationPolicy shop/p {selector: {matchLabels: {app: catalog, tier: db}}}",
            asked: &[
                ("labels=app:catalog,tier:db,x:y", "deny by default p"),
                ("labels=app:catalog", "allow by nobody"),
                ("labels=app:catalog,tier:web", "allow by nobody"),
            ],
        },
        Row {
            fact: "policies of both add up, whichever is narrower",
            policies: "
                AuthorizationPolicy istio-system/root {}
                AuthorizationPolicy shop/own {rules: [{from: [{source: {namespaces: [a]}}]}]}",
            asked: &[("from=a/x", "allow by rule own rules[0]"), ("from=b/x", "deny by default root own")],
        },
        Row {
            fact: "labels of the injector are labels",
            policies: "AuthorizationPolicy shop/p {selector: {matchLabels: {service.istio.io/canonical-name: db}}}",
            asked: &[("labels=service.istio.io/canonical-name:db", "deny by default p")],
        },
        Row {
            fact: "sidecars ignore what is attached by targetRefs",
            policies: "
                AuthorizationPolicy shop/p {targetRefs: [{kind: Service, name: catalog}]}
                RequestAuthentication shop/q {targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: g}], jwtRules: [{issuer: i, jwksUri: 'https://i'}]}",
            asked: &[("token=invalid", "allow by nobody")],
        },
        Row {
            fact: "a RequestAuthentication selects as an AuthorizationPolicy does",
            policies: "RequestAuthentication istio-system/p {selector: {matchLabels: {app: catalog}}, jwtRules: [{issuer: i, jwksUri: 'https://i'}]}",
            asked: &[
                ("in=pay token=invalid", "deny by token p jwtRules[0]"),
                ("in=pay labels=app:web token=invalid", "allow by nobody"),
            ],
        },
    ]);
}

#[test]
fn what_never_meets_the_proxy_is_decided_by_nobody() {
    check(&[
        Row {
            fact: "ports outside capture are open under a deny-all",
            policies: "AuthorizationPolicy shop/p {}",
            asked: &[("port=15020 uncaptured", "allow by no proxy"), ("port=8080", "deny by default p")],
        },
        Row {
            fact: "pods without a proxy are not policed",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{}]}",
            asked: &[("bare", "allow by no proxy"), ("bare tcp", "allow by no proxy")],
        },
        Row {
            fact: "the mesh polices TCP alone",
            policies: "AuthorizationPolicy istio-system/p {}",
            asked: &[("udp port=53", "allow by no proxy"), ("tcp port=53", "deny by default p")],
        },
    ]);
}

#[test]
fn where_labels_are_not_shown_only_what_all_labels_agree_on_is_said() {
    check(&[
        Row {
            fact: "a refusal that may select",
            policies: "AuthorizationPolicy shop/p {action: DENY, selector: {matchLabels: {tier: db}}, rules: [{to: [{operation: {methods: [POST]}}]}]}",
            asked: &[
                ("open method=POST", "unknown"),
                ("open method=GET", "allow by nobody"),
                ("open labels=tier:db method=POST", "deny by rule p rules[0]"),
                ("open labels=tier:web method=POST", "allow by nobody"),
            ],
        },
        Row {
            fact: "an ALLOW that may select lets in, or nobody would refuse",
            policies: "AuthorizationPolicy shop/p {selector: {matchLabels: {tier: db}}, rules: [{to: [{operation: {methods: [GET]}}]}]}",
            asked: &[("open method=GET", "allow anyhow"), ("open method=POST", "unknown")],
        },
        Row {
            fact: "beside an ALLOW that does select it can only let more in",
            policies: "
                AuthorizationPolicy shop/sure {rules: [{from: [{source: {namespaces: [a]}}]}]}
                AuthorizationPolicy shop/perhaps {selector: {matchLabels: {tier: db}}, rules: [{from: [{source: {namespaces: [b]}}]}]}",
            asked: &[
                ("open from=a/x", "allow by rule sure rules[0]"),
                ("open from=b/x", "unknown"),
                ("open from=c/x", "deny by default sure"),
            ],
        },
        Row {
            fact: "a STRICT that may select",
            policies: "PeerAuthentication shop/p {selector: {matchLabels: {tier: db}}, mtls: {mode: STRICT}}",
            asked: &[
                ("open from=plain force=PeerAuthentication/shop/p", "deny by mutual TLS p mtls.mode"),
                ("open from=plain force=none", "allow by nobody"),
                ("open from=a/b", "allow by nobody"),
            ],
        },
        Row {
            fact: "a token check that may select",
            policies: "RequestAuthentication shop/p {selector: {matchLabels: {tier: db}}, jwtRules: [{issuer: i, jwksUri: 'https://i'}]}",
            asked: &[("open token=invalid", "unknown"), ("open token=valid", "allow by nobody")],
        },
    ]);
}
