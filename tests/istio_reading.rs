//! What is read of Istio's security kinds, and what is refused, one named row for each rule.
//!
//! The rules are those of Istio 1.31: `ValidateAuthorizationPolicy`, `ValidatePeerAuthentication`,
//! `ValidateRequestAuthentication`, `checkDryRunAnnotation`, `pkg/config/security`, and the CRDs.

mod istio_support;

use istio_support::{read_text, resource};
use unmesh::istio::Attachment;
use unmesh::istio::authorization_policy::{Action, Key};
use unmesh::istio::peer_authentication::Mode;

/// Name of the rule, a spec that breaks it, what is underlined, part of the message, the right neighbour.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Each wrong spec has exactly one finding, of this code and on this text; each right one has none.
fn check(kind: &str, code: &str, rows: &[Row]) {
    for (rule, wrong, underlined, fragment, right) in rows {
        let text = resource(kind, wrong);
        let read = read_text(&text);
        let said = read.said(&read.findings);
        let found: Vec<_> = said.iter().map(|(code, text, _)| (*code, *text)).collect();
        assert_eq!(found, [(code, *underlined)], "{rule}: {said:?}");
        assert!(said.iter().all(|(_, _, message)| message.contains(fragment)), "{rule}: {said:?}");
        let right = read_text(&resource(kind, right));
        assert!(right.findings.is_empty(), "{rule}: {:?}", right.said(&right.findings));
        let resources = &right.resources;
        let kept = resources.authorization_policies.len()
            + resources.peer_authentications.len()
            + resources.request_authentications.len();
        assert_eq!(kept, 1, "{rule}");
    }
}

#[test]
fn attachments_that_istio_refuses() {
    let rows: &[Row] = &[
        (
            "one of",
            "{selector: {matchLabels: {a: b}}, targetRef: {kind: Service, name: s}}",
            "targetRef",
            "side by side",
            "{targetRef: {kind: Service, name: s}}",
        ),
        (
            "one of both lists",
            "{targetRef: {kind: Service, name: s}, targetRefs: [{kind: Service, name: t}]}",
            "targetRefs",
            "side by side",
            "{targetRefs: [{kind: Service, name: t}]}",
        ),
        (
            "empty label name",
            "{selector: {matchLabels: {\"\": b}}}",
            "\"\"",
            "empty name",
            "{selector: {matchLabels: {a: \"\"}}}",
        ),
        (
            "wildcard in a name",
            "{selector: {matchLabels: {\"a*\": b}}}",
            "\"a*\"",
            "no wildcards",
            "{selector: {}}",
        ),
        (
            "wildcard in a value",
            "{selector: {matchLabels: {a: b*}}}",
            "b*",
            "no wildcards",
            "{selector: {matchLabels: {a: b}}}",
        ),
        (
            "long value",
            "{selector: {matchLabels: {a: x234567890123456789012345678901234567890123456789012345678901234}}}",
            "x234567890123456789012345678901234567890123456789012345678901234",
            "longer than 63",
            "{selector: {matchLabels: {a: x23456789012345678901234567890123456789012345678901234567890123}}}",
        ),
        (
            "target without name",
            "{targetRef: {kind: Service}}",
            "targetRef",
            "no `name`",
            "{targetRef: {kind: Service, name: s, group: \"\"}}",
        ),
        (
            "target in a namespace",
            "{targetRef: {kind: Service, name: s, namespace: shop}}",
            "shop",
            "`namespace`",
            "{targetRef: {kind: Service, name: s, namespace: \"\"}}",
        ),
        (
            "target of another kind",
            "{targetRef: {kind: Deployment, name: s, group: apps}}",
            "Deployment",
            "`Deployment` of `apps`",
            "{targetRef: {kind: Gateway, name: s, group: gateway.networking.k8s.io}}",
        ),
        (
            "target of the wrong group",
            "{targetRef: {kind: Gateway, name: s}}",
            "Gateway",
            "core group",
            "{targetRef: {kind: ServiceEntry, name: s, group: networking.istio.io}}",
        ),
    ];
    check("AuthorizationPolicy", "UM011", rows);
    check("RequestAuthentication", "UM020", rows);
}

#[test]
fn authorization_policies_that_istio_refuses() {
    check(
        "AuthorizationPolicy",
        "UM011",
        &[
            ("deny without rules", "{action: DENY}", "DENY", "never refuses", "{action: DENY, rules: [{}]}"),
            (
                "deny with an empty list",
                "{action: DENY, rules: []}",
                "DENY",
                "never refuses",
                "{action: ALLOW, rules: []}",
            ),
            (
                "custom without rules",
                "{action: CUSTOM, provider: {name: p}}",
                "CUSTOM",
                "never asks",
                "{action: CUSTOM, provider: {name: p}, rules: [{}]}",
            ),
            (
                "custom without provider",
                "{action: CUSTOM, rules: [{}]}",
                "CUSTOM",
                "`provider.name`",
                "{action: CUSTOM, provider: {name: p}, rules: [{to: [{operation: {paths: [/a]}}]}]}",
            ),
            (
                "provider beside allow",
                "{provider: {name: p}, rules: [{}]}",
                "provider",
                "CUSTOM alone",
                "{rules: [{}]}",
            ),
            ("null rule", "{rules: [null]}", "null", "rule is null", "{rules: [{}]}"),
            (
                "null from",
                "{rules: [{from: [null]}]}",
                "null",
                "no `source`",
                "{rules: [{from: [{source: {namespaces: [a]}}]}]}",
            ),
            (
                "from without source",
                "{rules: [{from: [{}]}]}",
                "{}",
                "no `source`",
                "{rules: [{from: [{source: {ipBlocks: [10.0.0.1]}}]}]}",
            ),
            (
                "empty source",
                "{rules: [{from: [{source: {principals: []}}]}]}",
                "source",
                "`source` is empty",
                "{rules: [{from: [{source: {principals: [], namespaces: [a]}}]}]}",
            ),
            (
                "to without operation",
                "{rules: [{to: [{}]}]}",
                "{}",
                "no `operation`",
                "{rules: [{to: [{operation: {ports: [\"80\"]}}]}]}",
            ),
            (
                "empty operation",
                "{rules: [{to: [{operation: {}}]}]}",
                "operation",
                "`operation` is empty",
                "{rules: [{to: [{operation: {notPorts: [\"80\"]}}]}]}",
            ),
            (
                "empty principal",
                "{rules: [{from: [{source: {principals: [\"\"]}}]}]}",
                "\"\"",
                "empty value",
                "{rules: [{from: [{source: {principals: [\"*\"]}}]}]}",
            ),
            (
                "empty path",
                "{rules: [{to: [{operation: {notPaths: [/a, \"\"]}}]}]}",
                "\"\"",
                "empty value",
                "{rules: [{to: [{operation: {notPaths: [/a]}}]}]}",
            ),
            (
                "accounts beside namespaces",
                "{rules: [{from: [{source: {serviceAccounts: [web], notNamespaces: [a]}}]}]}",
                "web",
                "cannot stand beside",
                "{rules: [{from: [{source: {serviceAccounts: [web], ipBlocks: [10.0.0.0/8]}}]}]}",
            ),
            (
                "account with a wildcard",
                "{rules: [{from: [{source: {serviceAccounts: [shop/*]}}]}]}",
                "shop/*",
                "no wildcards",
                "{rules: [{from: [{source: {notServiceAccounts: [shop/web]}}]}]}",
            ),
            (
                "account with two slashes",
                "{rules: [{from: [{source: {notServiceAccounts: [a/b/c]}}]}]}",
                "a/b/c",
                "more than one `/`",
                "{rules: [{from: [{source: {serviceAccounts: [a/b]}}]}]}",
            ),
            (
                "too many accounts",
                "{rules: [{from: [{source: {serviceAccounts: [a,b,c,d,e,f,g,h,i,j,k,l,m,nn,o,p,q]}}]}]}",
                "q",
                "more than 16",
                "{rules: [{from: [{source: {serviceAccounts: [a,b,c,d,e,f,g,h,i,j,k,l,m,nn,o,p]}}]}]}",
            ),
            (
                "domain with a wildcard inside",
                "{rules: [{from: [{source: {trustDomains: [a*b]}}]}]}",
                "a*b",
                "in the middle",
                "{rules: [{from: [{source: {trustDomains: [a*]}}]}]}",
            ),
            (
                "domain with a slash",
                "{rules: [{from: [{source: {notTrustDomains: [td/ns]}}]}]}",
                "td/ns",
                "`/`",
                "{rules: [{from: [{source: {notTrustDomains: [\"*.td\"]}}]}]}",
            ),
            (
                "no address",
                "{rules: [{from: [{source: {ipBlocks: [10.0.0]}}]}]}",
                "10.0.0",
                "no IP address",
                "{rules: [{from: [{source: {ipBlocks: [10.1.2.3/8]}}]}]}",
            ),
            (
                "prefix too long",
                "{rules: [{from: [{source: {notRemoteIpBlocks: [10.0.0.0/33]}}]}]}",
                "10.0.0.0/33",
                "from 0 to 32",
                "{rules: [{from: [{source: {remoteIpBlocks: [\"2001:db8::/33\"]}}]}]}",
            ),
            (
                "port too large",
                "{rules: [{to: [{operation: {ports: [\"65536\"]}}]}]}",
                "\"65536\"",
                "no port",
                "{rules: [{to: [{operation: {ports: [\"0\"]}}]}]}",
            ),
            (
                "port by name",
                "{rules: [{to: [{operation: {notPorts: [http]}}]}]}",
                "http",
                "no port",
                "{rules: [{to: [{operation: {notPorts: [\"080\"]}}]}]}",
            ),
            (
                "template goes on",
                "{rules: [{to: [{operation: {paths: [\"/{**}/{*}\"]}}]}]}",
                "\"/{**}/{*}\"",
                "after `{**}`",
                "{rules: [{to: [{operation: {paths: [\"/{*}/{**}\"]}}]}]}",
            ),
            (
                "brace in a segment",
                "{rules: [{to: [{operation: {notPaths: [\"/a{*}\"]}}]}]}",
                "\"/a{*}\"",
                "brace",
                "{rules: [{to: [{operation: {notPaths: [\"/a/{*}\"]}}]}]}",
            ),
            (
                "star in a template",
                "{rules: [{to: [{operation: {paths: [\"/{*}/b*\"]}}]}]}",
                "\"/{*}/b*\"",
                "no URL path",
                "{rules: [{to: [{operation: {paths: [\"/a/b*\"]}}]}]}",
            ),
            (
                "condition without key",
                "{rules: [{when: [{values: [a]}]}]}",
                "{values: [a]}",
                "no `key`",
                "{rules: [{when: [{key: source.ip, values: [10.0.0.1]}]}]}",
            ),
            (
                "empty key",
                "{rules: [{when: [{key: \"\", values: [a]}]}]}",
                "\"\"",
                "empty `key`",
                "{rules: [{when: [{key: connection.sni, values: [a]}]}]}",
            ),
            (
                "unknown key",
                "{rules: [{when: [{key: source.workload.name, values: [a]}]}]}",
                "source.workload.name",
                "no attribute",
                "{rules: [{when: [{key: source.principal, values: [a]}]}]}",
            ),
            (
                "key of old",
                "{rules: [{when: [{key: \"destination.labels[app]\", values: [a]}]}]}",
                "\"destination.labels[app]\"",
                "`selector`",
                "{rules: [{when: [{key: \"request.headers[app]\", values: [a]}]}]}",
            ),
            (
                "condition without values",
                "{rules: [{when: [{key: source.ip, values: []}]}]}",
                "source.ip",
                "neither",
                "{rules: [{when: [{key: source.ip, notValues: [10.0.0.1]}]}]}",
            ),
            (
                "condition with an empty value",
                "{rules: [{when: [{key: \"request.headers[a]\", notValues: [\"\"]}]}]}",
                "\"\"",
                "empty value",
                "{rules: [{when: [{key: \"request.headers[a]\", notValues: [\"*\"]}]}]}",
            ),
            (
                "condition on no address",
                "{rules: [{when: [{key: remote.ip, notValues: [a]}]}]}",
                "a",
                "no IP address",
                "{rules: [{when: [{key: destination.ip, notValues: [\"::1\"]}]}]}",
            ),
            (
                "condition on no port",
                "{rules: [{when: [{key: destination.port, values: [\"-1\"]}]}]}",
                "\"-1\"",
                "no port",
                "{rules: [{when: [{key: destination.port, values: [\"1\"]}]}]}",
            ),
            (
                "condition on an account",
                "{rules: [{when: [{key: source.serviceAccount, values: [a*]}]}]}",
                "a*",
                "no wildcards",
                "{rules: [{when: [{key: source.serviceAccount, values: [a]}]}]}",
            ),
            (
                "custom by namespace",
                "{action: CUSTOM, provider: {name: p}, rules: [{from: [{source: {notNamespaces: [a]}}]}]}",
                "a",
                "`notNamespaces`",
                "{action: CUSTOM, provider: {name: p}, rules: [{from: [{source: {notIpBlocks: [10.0.0.1]}}]}]}",
            ),
            (
                "custom by claim",
                "{action: CUSTOM, provider: {name: p}, rules: [{when: [{key: \"request.auth.claims[a]\", values: [b]}]}]}",
                "\"request.auth.claims[a]\"",
                "cannot ask",
                "{action: CUSTOM, provider: {name: p}, rules: [{when: [{key: \"request.headers[a]\", values: [b]}]}]}",
            ),
        ],
    );
}

#[test]
fn authorization_policies_that_cannot_be_read_are_left_out() {
    let rows = [
        ("unknown field", "{rules: [{from: [{source: {principal: [a]}}]}]}", "principal", "no field"),
        ("snake case", "{rules: [{from: [{source: {not_principals: [a]}}]}]}", "not_principals", "no field"),
        ("unknown action", "{action: deny}", "deny", "no value"),
        ("list for mapping", "{rules: [{from: {source: {}}}]}", "{source: {}}", "has to be a list"),
        ("string for list", "{rules: [{to: [{operation: {paths: /a}}]}]}", "/a", "has to be a list"),
        ("unquoted port", "{rules: [{to: [{operation: {ports: [80]}}]}]}", "80", "a string belongs here"),
        ("null value", "{rules: [{to: [{operation: {ports: [null]}}]}]}", "null", "is null"),
        ("unquoted label", "{selector: {matchLabels: {a: true}}}", "true", "a string belongs here"),
        ("spec is a list", "[]", "[]", "has to be a mapping"),
        (
            "key that only Istio reads",
            "{rules: [{when: [{key: \"request.experimental.inline.headers[a]\", values: [b]}]}]}",
            "\"request.experimental.inline.headers[a]\"",
            "does not read yet",
        ),
    ];
    for (what, spec, underlined, fragment) in rows {
        let read = read_text(&resource("AuthorizationPolicy", spec));
        let said = read.said(&read.findings);
        assert_eq!(said.len(), 1, "{what}: {said:?}");
        assert_eq!((said[0].0, said[0].1), ("UM010", underlined), "{what}: {said:?}");
        assert!(said[0].2.contains(fragment), "{what}: {said:?}");
        assert!(read.resources.authorization_policies.is_empty(), "{what}");
    }
}

#[test]
fn an_authorization_policy_is_read_whole() {
    let read = read_text(&resource(
        "AuthorizationPolicy",
        "{selector: {matchLabels: {app: web}}, action: DENY, rules: [{from: [{source: {notNamespaces: [a, b]}}], to: [{operation: {hosts: [h], notPaths: [/x]}}], when: [{key: \"request.auth.claims[a][b]\", values: [v], notValues: [w]}]}]}",
    ));
    assert_eq!(read.said(&read.findings), []);
    let policy = &read.resources.authorization_policies[0];
    assert_eq!(policy.meta.reference.to_string(), "AuthorizationPolicy/shop/p");
    assert_eq!(policy.action.value, Action::Deny);
    let Attachment::Selector(labels) = &policy.attachment else { panic!("{:?}", policy.attachment) };
    assert_eq!(labels["app"].value, "web");
    let rule = &policy.rules.as_ref().unwrap()[0];
    let values: Vec<_> = rule.from[0].not_namespaces.iter().map(|leaf| leaf.value.as_str()).collect();
    assert_eq!(values, ["a", "b"]);
    assert_eq!(rule.to[0].hosts[0].value, "h");
    assert_eq!(rule.to[0].not_paths[0].field, "spec.rules[0].to[0].operation.notPaths[0]");
    assert_eq!(read.sources.text(rule.to[0].not_paths[0].span), "/x");
    let condition = &rule.when[0];
    assert_eq!(condition.key.value, Key::RequestClaim(vec!["a".to_string(), "b".to_string()]));
    assert_eq!((condition.values[0].value.as_str(), condition.not_values[0].value.as_str()), ("v", "w"));
}

#[test]
fn without_a_spec_a_policy_allows_nothing() {
    for spec in ["{}", "null", "", "{rules: null}", "{rules: []}", "{action: ALLOW}"] {
        let read = read_text(&resource("AuthorizationPolicy", spec));
        assert_eq!(read.said(&read.findings), [], "{spec}");
        let policy = &read.resources.authorization_policies[0];
        assert_eq!(policy.action.value, Action::Allow, "{spec}");
        assert!(policy.rules.as_ref().is_none_or(Vec::is_empty), "{spec}");
        assert!(matches!(policy.attachment, Attachment::Everything), "{spec}");
    }
}

/// A policy with the annotation of the dry run.
fn annotated(kind: &str, value: &str, spec: &str) -> String {
    resource(kind, spec)
        .replace("  name: p\n", &format!("  name: p\n  annotations: {{istio.io/dry-run: {value}}}\n"))
}

#[test]
fn the_dry_run_is_read_as_istio_reads_it() {
    for (value, expected) in
        [("\"true\"", true), ("T", true), ("\"1\"", true), ("\"false\"", false), ("F", false)]
    {
        let read = read_text(&annotated("AuthorizationPolicy", value, "{rules: [{}]}"));
        assert_eq!(read.said(&read.findings), [], "{value}");
        assert_eq!(read.resources.authorization_policies[0].dry_run.is_some(), expected, "{value}");
    }
    let rows = [
        ("AuthorizationPolicy", "\"yes\"", "{rules: [{}]}", "UM011", "\"yes\"", "no value"),
        ("AuthorizationPolicy", "true", "{rules: [{}]}", "UM010", "true", "a string belongs here"),
        (
            "AuthorizationPolicy",
            "\"true\"",
            "{action: AUDIT, rules: [{}]}",
            "UM011",
            "\"true\"",
            "ALLOW and DENY",
        ),
        ("PeerAuthentication", "\"true\"", "{}", "UM011", "istio.io/dry-run", "AuthorizationPolicy"),
        ("RequestAuthentication", "\"true\"", "{}", "UM020", "istio.io/dry-run", "AuthorizationPolicy"),
    ];
    for (kind, value, spec, code, underlined, fragment) in rows {
        let read = read_text(&annotated(kind, value, spec));
        let said = read.said(&read.findings);
        assert_eq!(said.len(), 1, "{kind} {value}: {said:?}");
        assert_eq!((said[0].0, said[0].1), (code, underlined), "{kind} {value}");
        assert!(said[0].2.contains(fragment), "{said:?}");
    }
}

#[test]
fn peer_authentications_that_istio_refuses() {
    check(
        "PeerAuthentication",
        "UM011",
        &[
            (
                "ports without selector",
                "{portLevelMtls: {80: {mode: STRICT}}}",
                "portLevelMtls",
                "needs a selector",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {80: {mode: STRICT}}}",
            ),
            (
                "ports with an empty selector",
                "{selector: {matchLabels: {}}, portLevelMtls: {80: {}}}",
                "portLevelMtls",
                "needs a selector",
                "{selector: {matchLabels: {}}}",
            ),
            (
                "no ports",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {}}",
                "portLevelMtls",
                "is empty",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: null}",
            ),
            (
                "port 0",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {0: {mode: STRICT}}}",
                "0",
                "no port",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {1: {mode: STRICT}}}",
            ),
            (
                "port too large",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {65536: {mode: STRICT}}}",
                "65536",
                "no port",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {\"65535\": {mode: STRICT}}}",
            ),
            (
                "port by name",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {http: {mode: STRICT}}}",
                "http",
                "no port",
                "{selector: {matchLabels: {a: b}}, portLevelMtls: {8080: {mode: DISABLE}}}",
            ),
            (
                "wildcard",
                "{selector: {matchLabels: {a: \"*\"}}}",
                "\"*\"",
                "no wildcards",
                "{mtls: {mode: STRICT}}",
            ),
        ],
    );
    let rows = [
        ("unknown mode", "{mtls: {mode: strict}}", "strict", "no value"),
        ("unknown field", "{mtls: {modes: STRICT}}", "modes", "no field"),
        ("no targetRefs here", "{targetRefs: []}", "targetRefs", "no field"),
        ("mode without its mapping", "{mtls: STRICT}", "STRICT", "has to be a mapping"),
    ];
    for (what, spec, underlined, fragment) in rows {
        let read = read_text(&resource("PeerAuthentication", spec));
        let said = read.said(&read.findings);
        assert_eq!(said.len(), 1, "{what}: {said:?}");
        assert_eq!((said[0].0, said[0].1), ("UM010", underlined), "{what}");
        assert!(said[0].2.contains(fragment), "{what}: {said:?}");
        assert!(read.resources.peer_authentications.is_empty(), "{what}");
    }
}

#[test]
fn a_peer_authentication_is_read_whole() {
    let read = read_text(&resource(
        "PeerAuthentication",
        "{selector: {matchLabels: {a: b}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}, \"9090\": {}}}",
    ));
    assert_eq!(read.said(&read.findings), []);
    let policy = &read.resources.peer_authentications[0];
    assert_eq!(policy.mode.as_ref().map(|mode| mode.value), Some(Mode::Strict));
    let ports: Vec<_> =
        policy.ports.iter().map(|(port, mode)| (port.value, mode.as_ref().map(|mode| mode.value))).collect();
    assert_eq!(ports, [(8080, Some(Mode::Disable)), (9090, None)]);
}

#[test]
fn request_authentications_that_istio_refuses() {
    check(
        "RequestAuthentication",
        "UM020",
        &[
            (
                "neither issuer nor keys",
                "{jwtRules: [{jwks: '{\"keys\": []}'}]}",
                "{jwks: '{\"keys\": []}'}",
                "neither",
                "{jwtRules: [{issuer: i, jwks: '{\"keys\": []}'}]}",
            ),
            (
                "two places for keys",
                "{jwtRules: [{issuer: i, jwksUri: \"https://a\", jwks_uri: \"https://b\"}]}",
                "jwks_uri",
                "side by side",
                "{jwtRules: [{jwks_uri: \"https://b\"}]}",
            ),
            (
                "empty audience",
                "{jwtRules: [{issuer: i, audiences: [\"\"]}]}",
                "\"\"",
                "audience is empty",
                "{jwtRules: [{issuer: i, audiences: [a]}]}",
            ),
            (
                "scheme",
                "{jwtRules: [{jwksUri: \"ftp://a\"}]}",
                "\"ftp://a\"",
                "http",
                "{jwtRules: [{jwksUri: \"http://a:80/k\"}]}",
            ),
            (
                "keys that are no JSON",
                "{jwtRules: [{issuer: i, jwks: keys}]}",
                "keys",
                "no JSON",
                "{jwtRules: [{issuer: i}]}",
            ),
            (
                "header without name",
                "{jwtRules: [{issuer: i, fromHeaders: [{prefix: p}]}]}",
                "{prefix: p}",
                "no `name`",
                "{jwtRules: [{issuer: i, fromHeaders: [{name: h, prefix: p}]}]}",
            ),
            (
                "header with an empty name",
                "{jwtRules: [{issuer: i, fromHeaders: [{name: \"\"}]}]}",
                "\"\"",
                "empty name",
                "{jwtRules: [{issuer: i, fromHeaders: []}]}",
            ),
            (
                "empty parameter",
                "{jwtRules: [{issuer: i, fromParams: [\"\"]}]}",
                "\"\"",
                "empty name",
                "{jwtRules: [{issuer: i, fromParams: [t]}]}",
            ),
            (
                "empty cookie",
                "{jwtRules: [{issuer: i, fromCookies: [\"\"]}]}",
                "\"\"",
                "empty name",
                "{jwtRules: [{issuer: i, fromCookies: [t]}]}",
            ),
            (
                "claim without header",
                "{jwtRules: [{issuer: i, outputClaimToHeaders: [{claim: c}]}]}",
                "{claim: c}",
                "needs a `header`",
                "{jwtRules: [{issuer: i, outputClaimToHeaders: [{claim: c, header: x-c}]}]}",
            ),
            (
                "bad header",
                "{jwtRules: [{issuer: i, outputClaimToHeaders: [{claim: c, header: x.c}]}]}",
                "x.c",
                "no header name",
                "{jwtRules: [{issuer: i, outputClaimToHeaders: [{claim: c, header: X_c-1}]}]}",
            ),
            (
                "no duration",
                "{jwtRules: [{issuer: i, timeout: \"5\"}]}",
                "\"5\"",
                "no duration",
                "{jwtRules: [{issuer: i, timeout: 5s}]}",
            ),
            (
                "short timeout",
                "{jwtRules: [{issuer: i, timeout: 10us}]}",
                "10us",
                "shorter",
                "{jwtRules: [{issuer: i, timeout: 1ms}]}",
            ),
        ],
    );
}

#[test]
fn a_request_authentication_is_kept_as_far_as_it_can_be_read() {
    let read = read_text(&resource(
        "RequestAuthentication",
        "{jwtRules: [{issuer: i, issuers: j, audiences: a, forwardOriginalToken: \"true\", timeout: 5, spaceDelimitedClaims: [s]}]}",
    ));
    let said = read.said(&read.findings);
    let codes: Vec<_> = said.iter().map(|(code, underlined, _)| (*code, *underlined)).collect();
    assert_eq!(codes, [("UM007", "a"), ("UM007", "\"true\""), ("UM009", "5"), ("UM006", "issuers")]);
    let rule = &read.resources.request_authentications[0].jwt_rules[0];
    assert_eq!(rule.issuer.as_ref().map(|issuer| issuer.value.as_str()), Some("i"));
    assert_eq!(rule.space_delimited_claims[0].value, "s");
}

#[test]
fn versions_and_top_level_fields_that_are_not_known() {
    let rows = [
        (
            "AuthorizationPolicy",
            "security.istio.io/v1",
            "security.istio.io/v1alpha1",
            "UM010",
            "security.istio.io/v1alpha1",
        ),
        (
            "RequestAuthentication",
            "security.istio.io/v1",
            "security.istio.io/v2",
            "UM015",
            "security.istio.io/v2",
        ),
        (
            "VirtualService",
            "security.istio.io/v1",
            "networking.istio.io/v2",
            "UM015",
            "networking.istio.io/v2",
        ),
        ("PeerAuthentication", "spec:", "specs:", "UM010", "specs"),
        ("RequestAuthentication", "spec:", "specs:", "UM006", "specs"),
    ];
    for (kind, from, to, code, underlined) in rows {
        let read = read_text(&resource(kind, "{}").replace(from, to));
        let said = read.said(&read.findings);
        assert_eq!(said.len(), 1, "{kind}: {said:?}");
        assert_eq!((said[0].0, said[0].1), (code, underlined), "{kind}");
    }
    let read = read_text(
        &resource("AuthorizationPolicy", "{}\nstatus: {conditions: []}").replace("/v1\n", "/v1beta1\n"),
    );
    assert_eq!(read.said(&read.findings), []);
}

#[test]
fn kinds_that_are_not_read_are_one_finding_each() {
    let object = |group: &str, kind: &str, name: &str| {
        format!("apiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n---\n")
    };
    let text = [
        object("networking.istio.io/v1", "TrafficPolicy", "one"),
        object("extensions.istio.io/v1alpha1", "LuaPlugin", "two"),
        object("networking.istio.io/v1", "TrafficPolicy", "three"),
        // Dropped kinds are another code's, and a lint's.
        object("rbac.istio.io/v1alpha1", "ServiceRole", "four"),
        object("v1", "ConfigMap", "five"),
        object("istio.io.example.com/v1", "Sidecar", "six"),
    ]
    .concat();
    let read = read_text(&text);
    let mut said = read.said(&read.findings);
    said.sort_unstable();
    let underlined: Vec<_> = said.iter().map(|(code, underlined, _)| (*code, *underlined)).collect();
    assert_eq!(underlined, [("UM014", "one"), ("UM014", "two")]);
    assert!(said[0].2.contains("2 objects"), "{said:?}");
    let policy = read.findings.iter().find(|finding| finding.message.contains("TrafficPolicy")).unwrap();
    assert_eq!(read.sources.text(policy.related[0].span), "three");
    assert_eq!(read.manifest.objects.len(), 6);
}
