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

/// Pods in ambient mode whom istiod hands a policy that does not select them, and policies that it does not hand
/// to those whom they select.
#[test]
fn selectors_that_istiod_reads_otherwise_in_ambient_mode_keep_the_output_back() {
    let pod = |namespace: &str, labels: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: bare, namespace: {namespace}, labels: {labels}}}\nspec: {{containers: [{{name: main}}]}}\n---\n"
        )
    };
    let bare = pod("shop", "{}");
    let labelled = pod("shop", "{app: other}");
    let in_web = pod("web", "{}");
    let selecting = "{selector: {matchLabels: {app: a}}, rules: [{from: [{source: {namespaces: [x]}}]}]}";
    let asking = "{selector: {matchLabels: {app: a}}, action: CUSTOM, provider: {name: opa}, rules: [{}]}";
    let authorization = |namespace: &str, spec: &str| policy("AuthorizationPolicy", namespace, spec);
    let peer = |namespace: &str, spec: &str| policy("PeerAuthentication", namespace, spec);
    let rows = [
        ("no labels", &bare, authorization("shop", selecting), vec!["UM407 p"]),
        ("no labels, policy of the mesh", &bare, authorization("istio-system", selecting), vec!["UM407 p"]),
        ("another namespace", &bare, authorization("web", selecting), vec![]),
        ("a label", &labelled, authorization("shop", selecting), vec![]),
        ("no labels beside a sidecar", &in_web, authorization("web", selecting), vec![]),
        ("an action that ztunnel does not get", &bare, authorization("shop", asking), vec!["UM437 CUSTOM"]),
        (
            "bare selector",
            &labelled,
            peer("istio-system", "{selector: {}, mtls: {mode: STRICT}}"),
            vec!["UM407 {}"],
        ),
        (
            "bare labels",
            &labelled,
            peer("shop", "{selector: {matchLabels: {}}, mtls: {mode: STRICT}}"),
            vec!["UM407 {matchLabels: {}}"],
        ),
        (
            "bare selector, sidecars alone",
            &in_web,
            peer("web", "{selector: {}, mtls: {mode: STRICT}}"),
            vec![],
        ),
        ("no selector", &labelled, peer("istio-system", "{mtls: {mode: STRICT}}"), vec![]),
    ];
    for (name, pod, policy, expected) in rows {
        let input = format!("{SHOP}{WEB}{pod}{policy}");
        assert_eq!(told("", &input, &CODES), expected, "{name}");
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

/// Who accepts that a policy is written otherwise than ztunnel reads it is shown where, and nothing else is said.
#[test]
fn what_is_accepted_of_pods_in_ambient_mode_is_announced() {
    let deployment = |name: &str, labels: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{template: {{metadata: {{labels: {{app: {name}{labels}}}}}, spec: {{containers: [{{name: main, ports: [{{containerPort: 80}}]}}]}}}}}}\n---\n"
        )
    };
    let both = deployment("old", ", sidecar.istio.io/inject: 'true'") + &deployment("new", "");
    let bare = "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, namespace: shop}\nspec: {containers: [{name: main, ports: [{containerPort: 80}]}]}\n---\n";
    let from = "from: [{source: {namespaces: [a]}}]";
    let get = "to: [{operation: {methods: [GET]}}]";
    let rows = [
        (both.as_str(), "AuthorizationPolicy", format!("{{action: DENY, rules: [{{{get}}}]}}")),
        (&both, "AuthorizationPolicy", format!("{{action: DENY, rules: [{{{from}, {get}}}]}}")),
        (&both, "AuthorizationPolicy", "{action: CUSTOM, provider: {name: opa}, rules: [{}]}".to_string()),
        (&both, "PeerAuthentication", "{mtls: {mode: DISABLE}}".to_string()),
        (
            bare,
            "AuthorizationPolicy",
            format!("{{selector: {{matchLabels: {{app: a}}}}, rules: [{{{from}}}]}}"),
        ),
        (
            bare,
            "AuthorizationPolicy",
            format!("{{selector: {{matchLabels: {{app: a}}}}, action: DENY, rules: [{{{from}}}]}}"),
        ),
    ];
    let asks = policy("AuthorizationPolicy", "shop", &format!("{{rules: [{{{from}}}]}}"))
        .replace("name: p", "name: q");
    for (pods, kind, spec) in &rows {
        let asks = if *kind == "PeerAuthentication" { asks.as_str() } else { "" };
        let input = format!("{SHOP}{pods}{}---\n{asks}", policy(kind, "shop", spec));
        for target in ["calico@3.28", "calico@3.32", "kubernetes"] {
            let (status, text) = verify(&input, target);
            assert_eq!(status, Some(0), "{kind} {spec} for {target}\n{text}");
            assert!(text.starts_with("holds as announced"), "{kind} {spec} for {target}\n{text}");
        }
    }
}

/// The status, and the answer.
fn verify(input: &str, target: &str) -> (Option<i32>, String) {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    command.args(["verify", "-", "--target", target, "--accept", "ambient-workload"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut program = command.spawn().expect("the program starts");
    program.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = program.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}
