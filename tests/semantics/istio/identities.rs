//! Identities as one text: trust domains, and stars that reach further than they seem to.

use super::{Row, check, check_in};

#[test]
fn namespaces_are_expressions_over_the_whole_identity() {
    check(&[
        Row {
            fact: "`*a` ends in the `a` of `/sa/`, so it is every namespace",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: ['*a']}}]}]}",
            asked: &[
                ("from=prod/x", "allow by rule p rules[0]"),
                ("from=b/x", "allow by rule p rules[0]"),
                ("from=plain", "deny by default p"),
            ],
        },
        Row {
            fact: "`prod*a` is every namespace that begins with `prod`",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: ['prod*a']}}]}]}",
            asked: &[("from=prod-b/x", "allow by rule p rules[0]"), ("from=a/x", "deny by default p")],
        },
        Row {
            fact: "`sa` is the namespace `ns` too",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: [sa]}}]}]}",
            asked: &[
                ("from=sa/x", "allow by rule p rules[0]"),
                ("from=ns/x", "allow by rule p rules[0]"),
                ("from=other/sa", "deny by default p"),
            ],
        },
        Row {
            fact: "an exclusion of `*a` excludes whoever has an identity",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {notNamespaces: ['*a']}}]}]}",
            asked: &[("from=plain", "allow by rule p rules[0]"), ("from=b/x", "deny by default p")],
        },
    ]);
}

#[test]
fn principals_after_a_star_are_the_end_of_the_identity() {
    check(&[
        Row {
            fact: "a second star is a star: `*/ns/foo/sa/*` is nobody",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['*/ns/foo/sa/*']}}]}]}",
            asked: &[("from=foo/bar", "deny by default p"), ("from=foo/*", "allow by rule p rules[0]")],
        },
        Row {
            fact: "an account that a slash and a star follow is nobody, whatever older releases made of it",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['*/sa/a/*']}}]}]}",
            asked: &[("from=foo/a", "deny by default p"), ("from=foo/a-b", "deny by default p")],
        },
        Row {
            fact: "a dot after the star is a dot",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['*/sa/a.b']}}]}]}",
            asked: &[("from=foo/a.b", "allow by rule p rules[0]"), ("from=foo/a-b", "deny by default p")],
        },
        Row {
            fact: "a dot without a star in front is a dot",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/a.b]}}]}]}",
            asked: &[("from=foo/a.b", "allow by rule p rules[0]"), ("from=foo/a-b", "deny by default p")],
        },
        Row {
            fact: "a principal has no `spiffe://`",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['spiffe://cluster.local/ns/foo/sa/a']}}]}]}",
            asked: &[("from=foo/a", "deny by default p")],
        },
        Row {
            fact: "what no expression could be is a text like others",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['**']}}]}]}",
            asked: &[("from=foo/a", "deny by default p"), ("from=foo/*", "allow by rule p rules[0]")],
        },
    ]);
}

#[test]
fn cluster_local_is_the_local_trust_domain_in_five_segments() {
    let rows = [
        Row {
            fact: "five segments: the account is meant in the mesh's own trust domain",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['cluster.local/ns/foo/sa/*']}}]}]}",
            asked: &[("from=prod/foo/a", "allow by rule p rules[0]"), ("from=foo/a", "deny by default p")],
        },
        Row {
            fact: "four segments: nobody of this mesh",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['cluster.local/ns/foo/*']}}]}]}",
            asked: &[("from=prod/foo/a", "deny by default p")],
        },
        Row {
            fact: "the mesh's own name is kept",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: [prod/ns/foo/sa/a]}}]}]}",
            asked: &[("from=prod/foo/a", "allow by rule p rules[0]")],
        },
        Row {
            fact: "a beginning of the mesh's own name is replaced by all of it",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['pr*/ns/foo/sa/a']}}]}]}",
            asked: &[("from=prod/foo/a", "allow by rule p rules[0]"), ("from=pr/foo/a", "deny by default p")],
        },
        Row {
            fact: "a foreign trust domain stays foreign",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {principals: [other.td/ns/foo/sa/x]}}]}]}",
            asked: &[
                ("from=prod/foo/x", "allow by nobody"),
                ("from=other.td/foo/x", "deny by rule p rules[0]"),
            ],
        },
        Row {
            fact: "trustDomains takes `cluster.local` by its letters",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {trustDomains: [cluster.local]}}]}]}",
            asked: &[("from=prod/foo/a", "deny by default p"), ("from=foo/a", "allow by rule p rules[0]")],
        },
    ];
    check_in("prod", &rows);
}

/// `pilot/pkg/security/trustdomain/bundle.go`, as `bundle_test.go` has it.
#[test]
fn aliases_of_the_trust_domain_are_the_mesh_s_own() {
    const ALLOW: &str = "allow by rule p rules[0]";
    const REFUSED: &str = "deny by default p";
    let rows = [
        Row {
            fact: "a principal of an alias is one of the trust domain and of all its aliases",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: [old-td/ns/foo/sa/bar]}}]}]}",
            asked: &[
                ("from=td2/foo/bar", ALLOW),
                ("from=old-td/foo/bar", ALLOW),
                ("from=older/foo/bar", ALLOW),
                ("from=cluster.local/foo/bar", REFUSED),
                ("from=far/foo/bar", REFUSED),
                ("from=td2/foo/other", REFUSED),
            ],
        },
        Row {
            fact: "so is one of the trust domain, and the pointer `cluster.local`",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/bar]}}]}]}",
            asked: &[
                ("from=td2/foo/bar", ALLOW),
                ("from=older/foo/bar", ALLOW),
                ("from=cluster.local/foo/bar", REFUSED),
            ],
        },
        Row {
            fact: "a star in front that fits an alias is kept, and the others stand beside it",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['*-td/ns/foo/sa/bar']}}]}]}",
            asked: &[
                ("from=td2/foo/bar", ALLOW),
                ("from=new-td/foo/bar", ALLOW),
                ("from=older/foo/bar", ALLOW),
                ("from=far/foo/bar", REFUSED),
            ],
        },
        Row {
            fact: "four segments have no trust domain to Istio",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['old-td/ns/foo/*']}}]}]}",
            asked: &[("from=td2/foo/bar", REFUSED), ("from=old-td/foo/bar", ALLOW)],
        },
        Row {
            fact: "another trust domain is itself",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: [far/ns/foo/sa/bar]}}]}]}",
            asked: &[("from=td2/foo/bar", REFUSED), ("from=far/foo/bar", ALLOW)],
        },
        Row {
            fact: "an entry of `trustDomains` that is one of the mesh's own is all of them",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {trustDomains: [older]}}]}]}",
            asked: &[
                ("from=td2/foo/bar", ALLOW),
                ("from=old-td/foo/bar", ALLOW),
                ("from=cluster.local/foo/bar", REFUSED),
            ],
        },
        Row {
            fact: "one with a star is taken as it is written",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {trustDomains: ['old*']}}]}]}",
            asked: &[("from=td2/foo/bar", REFUSED), ("from=older/foo/bar", ALLOW)],
        },
        Row {
            fact: "an exclusion excludes the mesh's own by an alias",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {notPrincipals: [old-td/ns/foo/sa/bar]}}]}]}",
            asked: &[("from=td2/foo/bar", REFUSED), ("from=td2/foo/other", ALLOW)],
        },
        Row {
            fact: "a condition on `source.principal` is expanded, too",
            policies: "AuthorizationPolicy shop/p {rules: [{when: [{key: source.principal, values: [old-td/ns/foo/sa/bar]}]}]}",
            asked: &[("from=td2/foo/bar", ALLOW), ("from=far/foo/bar", REFUSED)],
        },
    ];
    check_in("td2 old-td older", &rows);
}

#[test]
fn identities_by_certificate_are_not_pods() {
    check(&[
        Row {
            fact: "an allowed namespace lets no pod without a proxy in",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: [foo]}}]}]}",
            asked: &[("from=foo/legacy", "allow by rule p rules[0]"), ("from=plain", "deny by default p")],
        },
        Row {
            fact: "a refusal of all other namespaces refuses pods without a proxy and addresses outside",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {notNamespaces: [foo]}}]}]}",
            asked: &[
                ("from=plain ip=203.0.113.9", "deny by rule p rules[0]"),
                ("from=foo/x ip=203.0.113.9", "allow by nobody"),
            ],
        },
        Row {
            fact: "a refusal of whoever has an identity refuses nobody without one",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {principals: ['*']}}]}]}",
            asked: &[("from=plain", "allow by nobody"), ("from=far.td/x/y", "deny by rule p rules[0]")],
        },
        Row {
            fact: "the same identity in another cluster is the same identity",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/x]}}]}]}",
            asked: &[("from=foo/x ip=198.51.100.1", "deny by rule p rules[0]")],
        },
        Row {
            fact: "two principals of a refusal are both refused",
            policies: "AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x, '*/sa/y']}}]}]}",
            asked: &[("from=a/x", "deny by rule p rules[0]"), ("from=b/y", "deny by rule p rules[0]")],
        },
        Row {
            fact: "the gateway's account is an identity like any other",
            policies: "AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: [cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account]}}]}]}",
            asked: &[
                ("from=istio-system/istio-ingressgateway-service-account", "allow by rule p rules[0]"),
                ("from=istio-system/default", "deny by default p"),
            ],
        },
    ]);
}
