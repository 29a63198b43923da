//! PeerAuthentication: which mode is in force, and what it does to identities.

use super::{Row, check};

const STRICT: (&str, &str) = ("from=plain", "deny by mutual TLS strict mtls.mode");
const OPEN: (&str, &str) = ("from=plain", "allow by nobody");

#[test]
fn the_narrowest_scope_decides() {
    check(&[
        Row {
            fact: "the mesh",
            policies: "PeerAuthentication istio-system/strict {mtls: {mode: STRICT}}",
            asked: &[STRICT, ("from=a/b", "allow by nobody"), ("tcp from=plain", STRICT.1)],
        },
        Row {
            fact: "the namespace before the mesh",
            policies: "
                PeerAuthentication istio-system/strict {mtls: {mode: STRICT}}
                PeerAuthentication shop/own {mtls: {mode: PERMISSIVE}}",
            asked: &[OPEN, ("in=web from=plain", STRICT.1)],
        },
        Row {
            fact: "the workload before the namespace",
            policies: "
                PeerAuthentication shop/own {mtls: {mode: PERMISSIVE}}
                PeerAuthentication shop/strict {selector: {matchLabels: {app: catalog}}, mtls: {mode: STRICT}}",
            asked: &[STRICT, ("labels=app:web from=plain", "allow by nobody")],
        },
        Row {
            fact: "the port before the workload, by the workload's number",
            policies: "PeerAuthentication shop/strict {selector: {matchLabels: {app: catalog}}, mtls: {mode: STRICT}, portLevelMtls: {9090: {mode: PERMISSIVE}, 9091: {mode: UNSET}}}",
            asked: &[
                STRICT,
                ("port=9090 from=plain", "allow by nobody"),
                ("port=9091 from=plain", STRICT.1),
            ],
        },
        Row {
            fact: "STRICT on one port alone",
            policies: "PeerAuthentication shop/p {selector: {matchLabels: {app: catalog}}, portLevelMtls: {9090: {mode: STRICT}}}",
            asked: &[("port=9090 from=plain", "deny by mutual TLS p portLevelMtls[9090].mode"), OPEN],
        },
        Row {
            fact: "UNSET and no mode inherit",
            policies: "
                PeerAuthentication istio-system/strict {mtls: {mode: STRICT}}
                PeerAuthentication shop/unset {mtls: {mode: UNSET}}
                PeerAuthentication shop/none {selector: {matchLabels: {app: catalog}}}",
            asked: &[STRICT, ("labels=app:web from=plain", STRICT.1)],
        },
        Row {
            fact: "PERMISSIVE is the default",
            policies: "PeerAuthentication shop/p {mtls: {mode: UNSET}}",
            asked: &[OPEN],
        },
        Row {
            fact: "a selector in the root namespace selects nothing",
            policies: "PeerAuthentication istio-system/p {selector: {matchLabels: {app: catalog}}, mtls: {mode: STRICT}}",
            asked: &[OPEN, ("in=istio-system from=plain", "allow by nobody")],
        },
    ]);
}

#[test]
fn of_two_the_older_acts() {
    check(&[
        Row {
            fact: "by the time of creation, not by the order of files",
            policies: "
                PeerAuthentication shop/own created=2024-01-02T00:00:00Z {mtls: {mode: PERMISSIVE}}
                PeerAuthentication shop/strict created=2024-01-01T00:00:00Z {mtls: {mode: STRICT}}",
            asked: &[STRICT],
        },
        Row {
            fact: "the younger does not act at all",
            policies: "
                PeerAuthentication shop/own created=2024-01-01T00:00:00Z {mtls: {mode: PERMISSIVE}}
                PeerAuthentication shop/strict created=2024-01-02T00:00:00Z {mtls: {mode: STRICT}}",
            asked: &[OPEN],
        },
        Row {
            fact: "of one time, by the name",
            policies: "
                PeerAuthentication shop/strict created=2024-01-01T00:00:00Z {mtls: {mode: STRICT}}
                PeerAuthentication shop/own created=2024-01-01T00:00:00Z {mtls: {mode: PERMISSIVE}}",
            asked: &[OPEN],
        },
        Row {
            fact: "without a time either may be in force, unless both say the same",
            policies: "
                PeerAuthentication shop/strict {mtls: {mode: STRICT}}
                PeerAuthentication shop/own {mtls: {mode: PERMISSIVE}}
                PeerAuthentication web/strict {mtls: {mode: STRICT}}
                PeerAuthentication web/second {mtls: {mode: STRICT}}",
            asked: &[
                ("from=plain force=PeerAuthentication/shop/strict", STRICT.1),
                ("from=plain force=PeerAuthentication/shop/own", "allow by nobody"),
                ("from=a/b", "allow by nobody"),
                ("in=web from=plain", STRICT.1),
            ],
        },
    ]);
}

#[test]
fn under_disable_nobody_has_an_identity() {
    check(&[
        Row {
            fact: "an ALLOW by identity lets nobody in",
            policies: "
                PeerAuthentication shop/off {mtls: {mode: DISABLE}}
                AuthorizationPolicy shop/p {rules: [{from: [{source: {principals: ['*']}}]}, {from: [{source: {namespaces: [a]}}]}, {from: [{source: {trustDomains: [cluster.local]}}]}]}",
            asked: &[("from=a/b", "deny by default p"), ("tcp from=a/b", "deny by default p")],
        },
        Row {
            fact: "a refusal of all but one identity refuses everybody",
            policies: "
                PeerAuthentication shop/off {mtls: {mode: DISABLE}}
                AuthorizationPolicy shop/p {action: DENY, rules: [{from: [{source: {notPrincipals: [cluster.local/ns/a/sa/b]}}]}]}",
            asked: &[("from=a/b", "deny by rule p rules[0]")],
        },
        Row {
            fact: "on one port alone",
            policies: "
                PeerAuthentication shop/off {selector: {matchLabels: {app: catalog}}, portLevelMtls: {9090: {mode: DISABLE}}}
                AuthorizationPolicy shop/p {rules: [{from: [{source: {serviceAccounts: [a/b]}}]}]}",
            asked: &[
                ("from=a/b", "allow by rule p rules[0]"),
                ("from=a/b port=9090", "deny by default p"),
            ],
        },
        Row {
            fact: "rules without identities go on",
            policies: "
                PeerAuthentication shop/off {mtls: {mode: DISABLE}}
                AuthorizationPolicy shop/p {rules: [{to: [{operation: {methods: [GET]}}]}]}",
            asked: &[("from=a/b method=GET", "allow by rule p rules[0]")],
        },
        Row {
            fact: "where it may be off, what hangs on identities is not known",
            policies: "
                PeerAuthentication shop/off {mtls: {mode: DISABLE}}
                PeerAuthentication shop/on {mtls: {mode: PERMISSIVE}}
                AuthorizationPolicy shop/p {rules: [{from: [{source: {namespaces: [a]}}]}]}",
            asked: &[("from=a/b", "unknown"), ("from=c/d", "deny by default p")],
        },
    ]);
}

#[test]
fn strict_is_access_control() {
    check(&[
        Row {
            fact: "an ALLOW without identities does not let plaintext in",
            policies: "
                PeerAuthentication shop/strict {mtls: {mode: STRICT}}
                AuthorizationPolicy shop/p {rules: [{to: [{operation: {ports: ['8080']}}]}]}",
            asked: &[STRICT, ("from=a/b", "allow by rule p rules[0]")],
        },
        Row {
            fact: "an identity of another trust domain is one",
            policies: "PeerAuthentication shop/strict {mtls: {mode: STRICT}}",
            asked: &[("from=far.td/a/b", "allow by nobody")],
        },
        Row {
            fact: "ports outside capture and pods without a proxy are outside",
            policies: "PeerAuthentication shop/strict {mtls: {mode: STRICT}}",
            asked: &[
                ("from=plain uncaptured", "allow by no proxy"),
                ("from=plain bare", "allow by no proxy"),
                ("from=plain udp", "allow by no proxy"),
            ],
        },
    ]);
}
