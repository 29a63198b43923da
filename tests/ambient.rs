//! What is told of policies on workloads in ambient mode: on which attribute, and which pods it names.
#![expect(clippy::panic, clippy::expect_used, reason = "helpers of tests")]

mod support;

use support::Run;

const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}\n---\n";
const WEB: &str =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: web, labels: {istio-injection: enabled}}\n---\n";

fn policy(kind: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{name: p, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

/// `CODE underlined` of each finding of these codes.
fn told(args: &str, input: &str, codes: &[&str]) -> Vec<String> {
    let outcome = Run::parse(&format!("{args} --target calico@3.32")).translate(input);
    let told = outcome.told.iter().filter(|told| codes.contains(&told.code.as_str()));
    told.map(|told| format!("{} {}", told.code, told.underlined.as_deref().unwrap_or_default())).collect()
}

const CODES: [&str; 7] = ["UM123", "UM124", "UM125", "UM126", "UM407", "UM437", "UM439"];

/// Rows: a rule, and what is told of it in an ALLOW and in a DENY policy of a namespace in ambient mode.
#[test]
fn each_attribute_that_ztunnel_drops_is_underlined() {
    let rows: &[(&str, &[&str], &[&str])] = &[
        ("{from: [{source: {namespaces: [a]}}], to: [{operation: {ports: ['80']}}]}", &[], &[]),
        ("{from: [{source: {notServiceAccounts: [a/x], notIpBlocks: [10.0.0.0/8]}}]}", &[], &[]),
        (
            "{when: [{key: source.ip, values: [10.0.0.0/8]}, {key: destination.port, values: ['80']}]}",
            &[],
            &[],
        ),
        ("{to: [{operation: {methods: [GET]}}]}", &["UM123 GET"], &["UM125 GET"]),
        ("{to: [{operation: {hosts: [h], ports: ['80']}}]}", &["UM123 h"], &["UM124 h"]),
        (
            "{to: [{operation: {notHosts: [h], notPaths: [/p], ports: ['80']}}]}",
            &["UM123 h"],
            &["UM124 h", "UM124 /p"],
        ),
        ("{to: [{operation: {paths: [/p]}}, {operation: {ports: ['80']}}]}", &["UM123 /p"], &["UM125 /p"]),
        (
            "{from: [{source: {namespaces: [a]}}], to: [{operation: {notMethods: [GET]}}]}",
            &["UM123 GET"],
            &["UM125 GET"],
        ),
        ("{from: [{source: {requestPrincipals: [i/s], namespaces: [a]}}]}", &["UM123 i/s"], &["UM124 i/s"]),
        ("{from: [{source: {notRequestPrincipals: [i/s]}}]}", &["UM123 i/s"], &["UM125 i/s"]),
        ("{from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]}", &["UM123 10.0.0.0/8"], &["UM125 10.0.0.0/8"]),
        ("{when: [{key: connection.sni, values: [s]}]}", &["UM123 s"], &["UM125 s"]),
        ("{when: [{key: source.serviceAccount, notValues: [a/x]}]}", &["UM123 a/x"], &["UM125 a/x"]),
        ("{when: [{key: source.trustDomain, values: [t]}]}", &["UM123 t"], &["UM125 t"]),
        ("{when: [{key: 'request.headers[x]', values: [v]}]}", &["UM123 v"], &["UM125 v"]),
        ("{from: [{source: {trustDomains: [t]}}]}", &["UM126 t"], &["UM125 t"]),
        ("{from: [{source: {notTrustDomains: [t], namespaces: [a]}}]}", &["UM126 t"], &["UM126 t"]),
    ];
    let mut wrong = Vec::new();
    for (rule, allow, deny) in rows {
        for (action, expected) in [("ALLOW", allow), ("DENY", deny)] {
            let spec = format!("{{action: {action}, rules: [{rule}]}}");
            let found = told("", &format!("{SHOP}{}", policy("AuthorizationPolicy", "shop", &spec)), &CODES);
            if found != **expected {
                wrong.push(format!("{action} {rule}: expected {expected:?}, found {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn policies_of_sidecars_and_policies_that_both_read_alike_are_left_alone() {
    let http = "{rules: [{to: [{operation: {methods: [GET]}}]}]}";
    let both = "{rules: [{from: [{source: {namespaces: [web]}}], to: [{operation: {ports: ['80']}}]}]}";
    let rows = [
        ("beside ambient mode", WEB, policy("AuthorizationPolicy", "web", http)),
        ("of both", SHOP, policy("AuthorizationPolicy", "istio-system", both)),
        (
            "attached",
            SHOP,
            policy(
                "AuthorizationPolicy",
                "shop",
                "{targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: door}], rules: [{to: [{operation: {methods: [GET]}}]}]}",
            ),
        ),
    ];
    for (name, other, policy) in rows {
        assert_eq!(told("", &format!("{SHOP}{other}{policy}"), &CODES), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_policy_of_the_mesh_names_the_namespaces_in_ambient_mode() {
    let spec = "{rules: [{to: [{operation: {methods: [GET]}}]}]}";
    let input = format!("{SHOP}{WEB}{}", policy("AuthorizationPolicy", "istio-system", spec));
    let outcome = Run::parse("--target calico@3.32").translate(&input);
    let told = outcome.told.iter().find(|told| told.code == "UM123").expect("a finding");
    assert!(told.message.starts_with("pods of `shop` are in ambient mode"), "{}", told.message);
}

#[test]
fn principals_by_another_name_of_the_trust_domain_are_nobodys() {
    let spec = "{rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x, prod/ns/a/sa/x]}}]}]}";
    let input = format!("{SHOP}{}", policy("AuthorizationPolicy", "shop", spec));
    assert_eq!(told("--trust-domain prod", &input, &CODES), ["UM126 cluster.local/ns/a/sa/x"]);
    assert_eq!(told("", &input, &CODES), Vec::<String>::new());
}

#[test]
fn actions_and_modes_that_ztunnel_does_not_keep() {
    let pair = |wide: &str, own: &str| {
        let own = policy("PeerAuthentication", "shop", own).replace("name: p", "name: own");
        format!("{SHOP}{}---\n{own}", policy("PeerAuthentication", "istio-system", wide))
    };
    let labels = "selector: {matchLabels: {app: a}}";
    let strict = "{mtls: {mode: STRICT}}";
    let custom = "{action: CUSTOM, provider: {name: opa}, rules: [{}]}";
    let rows = [
        ("CUSTOM", format!("{SHOP}{}", policy("AuthorizationPolicy", "shop", custom)), vec!["UM437 CUSTOM"]),
        (
            "a selector without labels",
            format!("{SHOP}{}", policy("AuthorizationPolicy", "shop", "{selector: {}, rules: [{}]}")),
            vec!["UM437 {}"],
        ),
        (
            "empty labels",
            format!("{SHOP}{}", policy("AuthorizationPolicy", "shop", "{selector: {matchLabels: {}}}")),
            vec![],
        ),
        (
            "STRICT on a port that the mesh seems to cover",
            pair(
                strict,
                &format!("{{{labels}, mtls: {{mode: PERMISSIVE}}, portLevelMtls: {{80: {{mode: STRICT}}}}}}"),
            ),
            vec!["UM439 STRICT"],
        ),
        (
            "DISABLE on a port alone",
            pair(strict, &format!("{{{labels}, portLevelMtls: {{80: {{mode: DISABLE}}}}}}")),
            vec!["UM439 DISABLE"],
        ),
        (
            "PERMISSIVE on a port",
            pair(strict, &format!("{{{labels}, portLevelMtls: {{80: {{mode: PERMISSIVE}}}}}}")),
            vec![],
        ),
    ];
    for (name, input, expected) in rows {
        assert_eq!(told("", &input, &CODES), expected, "{name}");
    }
}

#[test]
fn pods_of_both_kinds_that_nothing_tells_apart_keep_the_output_back() {
    let old = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: old, namespace: shop}\nspec: {template: {metadata: {labels: {app: old, sidecar.istio.io/inject: 'true'}}, spec: {containers: [{name: main}]}}}\n---\n";
    let rows = [
        ("AuthorizationPolicy", "{rules: [{to: [{operation: {methods: [GET]}}]}]}", vec!["UM407 p"]),
        ("AuthorizationPolicy", "{rules: [{to: [{operation: {ports: ['80']}}]}]}", vec![]),
        ("AuthorizationPolicy", "{action: AUDIT, rules: [{}]}", vec![]),
        ("AuthorizationPolicy", "{action: CUSTOM, provider: {name: opa}, rules: [{}]}", vec!["UM407 p"]),
        ("PeerAuthentication", "{mtls: {mode: STRICT}}", vec![]),
        ("PeerAuthentication", "{mtls: {mode: DISABLE}}", vec!["UM407 p"]),
    ];
    for (kind, spec, expected) in rows {
        let input = format!("{SHOP}{old}{}", policy(kind, "shop", spec));
        assert_eq!(told("", &input, &CODES), expected, "{kind} {spec}");
    }
}

/// What each Service has for a waypoint, and what is told of a policy that is attached to it.
#[test]
fn a_policy_for_a_waypoint_goes_with_it_or_was_never_in_force() {
    let service = |labels: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: cart, namespace: shop, labels: {{{labels}}}}}\nspec: {{selector: {{app: cart}}, ports: [{{port: 80}}]}}\n---\n"
        )
    };
    let spec = "{targetRefs: [{kind: Service, group: '', name: cart}], rules: [{to: [{operation: {methods: [GET]}}]}]}";
    let rows = [
        ("asked for", service("istio.io/use-waypoint: door"), "", vec!["UM406 cart"]),
        ("not asked for", service(""), "", vec!["UM406 cart", "UM438 cart"]),
        ("not asked for, in a closed mesh", service(""), "--mesh-namespaces shop", vec!["UM438 cart"]),
        (
            "asked for none, in a closed mesh",
            service("istio.io/use-waypoint: none"),
            "--mesh-namespaces shop",
            vec!["UM438 cart"],
        ),
        (
            "not shown, in a closed mesh",
            String::new(),
            "--mesh-namespaces shop",
            vec!["UM406 cart", "UM438 cart"],
        ),
    ];
    for (name, service, args, expected) in rows {
        let input = format!("{SHOP}{service}{}", policy("AuthorizationPolicy", "shop", spec));
        assert_eq!(told(args, &input, &["UM406", "UM438"]), expected, "{name}");
    }
}

#[test]
fn conditions_on_requests_are_never_written_for_pods_in_ambient_mode() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {app: cart}, ports: [{name: http, port: 80}]}\n---\n";
    for action in ["ALLOW", "DENY"] {
        let spec = format!(
            "{{action: {action}, rules: [{{to: [{{operation: {{methods: [GET], ports: ['80']}}}}]}}]}}"
        );
        let input = format!("{SHOP}{service}{}", policy("AuthorizationPolicy", "shop", &spec));
        for layout in ["portable", "tiers"] {
            let args = format!("--target calico@3.32 --l7 dikastes --layout {layout}");
            let written = Run::parse(&args).translate(&input).written.concat();
            assert!(!written.is_empty() && !written.contains("http:"), "{action}, {layout}\n{written}");
        }
    }
}
