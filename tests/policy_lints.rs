//! Lints of AuthorizationPolicies that look at more than one value: the inputs of `testdata/meaning`
//! with the findings that stand beside them, and tables of what is told and what is left alone.

mod golden;

use serde_json::{Value as Json, json};
use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::finding::{Direction, Finding};
use unmesh::lint::{self, Context};
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// What these lints find in a text: the finding, and what it underlines.
fn findings(text: &str) -> Vec<(Finding, String)> {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let settings = Settings::default();
    let parsed = yaml::parse(id, sources.file(id), yaml::Limits::default());
    assert!(parsed.findings.is_empty() && !parsed.documents.is_empty(), "{text}\n{:?}", parsed.findings);
    let reading = manifest::collect(parsed.documents, &sources, &settings);
    let manifest = &reading.manifest;
    let (inventory, _) = manifest::inventory(manifest, &settings);
    let (resources, wrong) = unmesh::istio::read(manifest);
    assert!(wrong.is_empty(), "{text}\n{wrong:?}");
    let (model, _) = unmesh::lower::lower(&resources, &inventory, &settings);
    let context = Context {
        manifest,
        inventory: &inventory,
        resources: &resources,
        model: &model,
        settings: &settings,
    };
    let found =
        lint::run(&context).into_iter().filter(|finding| ("UM130".."UM160").contains(&finding.code.id));
    let found: Vec<_> = found
        .map(|finding| {
            let underlined = finding.span.map_or("", |span| sources.text(span)).to_string();
            (finding, underlined)
        })
        .collect();
    for (finding, _) in &found {
        assert_eq!(finding.direction, Direction::None, "{}", finding.message);
        assert!(finding.help.is_some() && finding.object.is_some(), "{}", finding.message);
    }
    found
}

fn cases() -> Vec<PathBuf> {
    golden::cases("meaning", 4)
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let text = std::fs::read_to_string(directory.join("input.yaml")).unwrap();
        let found: Vec<Json> = findings(&text)
            .into_iter()
            .map(|(finding, underlined)| {
                json!({
                    "code": finding.code.id,
                    "severity": finding.severity.word(),
                    "object": finding.object.map(|object| object.to_string()),
                    "underlined": underlined,
                    "message": finding.message,
                })
            })
            .collect();
        golden::same(&directory, &found);
    }
}

/// A policy `p` of `shop`, or of another namespace.
fn policy(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n---\n"
    )
}

/// Code, severity, underlined text.
type Told = (&'static str, &'static str, &'static str);

/// Each text gives these.
fn check(rows: &[(&str, String, &[Told])]) {
    for (fact, text, expected) in rows {
        let found = findings(text);
        let found: Vec<(&str, &str, &str)> = found
            .iter()
            .map(|(finding, text)| (finding.code.id, finding.severity.word(), text.as_str()))
            .collect();
        assert_eq!(found, *expected, "{fact}");
    }
}

fn one(spec: &str) -> String {
    policy("p", "shop", spec)
}

/// A policy of two rules.
fn two(action: &str, first: &str, second: &str) -> String {
    one(&format!("{{action: {action}, rules: [{{{first}}}, {{{second}}}]}}"))
}

fn from(source: &str) -> String {
    format!("from: [{{source: {{{source}}}}}]")
}

/// Whether the second rule is told to change nothing.
fn redundant(rows: &[(&str, String, bool)]) {
    for (fact, text, expected) in rows {
        let mut found = findings(text).into_iter().map(|(finding, _)| finding);
        let found = found
            .find(|finding| finding.code.id == "UM131" && finding.field.as_deref() == Some("spec.rules[1]"));
        assert_eq!(found.is_some(), *expected, "{fact}");
    }
}

#[test]
fn rules_are_redundant_only_where_that_is_proven() {
    let to = |operation: &str| format!("to: [{{operation: {{{operation}}}}}]");
    let both = |source: &str, operation: &str| format!("{}, {}", from(source), to(operation));
    redundant(&[
        (
            "a namespace and a port of it",
            two("ALLOW", &from("namespaces: [a]"), &both("namespaces: [a]", "ports: ['80']")),
            true,
        ),
        (
            "a principal within a namespace",
            two("DENY", &from("namespaces: [a]"), &from("principals: [cluster.local/ns/a/sa/x]")),
            true,
        ),
        (
            "another namespace",
            two("DENY", &from("namespaces: [b]"), &from("principals: [cluster.local/ns/a/sa/x]")),
            false,
        ),
        ("a prefix of paths", two("ALLOW", &to("paths: ['/a*']"), &to("paths: [/a/b, '/ab*']")), true),
        ("a path beyond the prefix", two("ALLOW", &to("paths: ['/a*']"), &to("paths: [/a/b, /b]")), false),
        (
            "a block within a block",
            two("ALLOW", &from("ipBlocks: [10.0.0.0/8]"), &from("ipBlocks: [10.1.0.0/16]")),
            true,
        ),
        (
            "a wider block",
            two("ALLOW", &from("ipBlocks: [10.1.0.0/16]"), &from("ipBlocks: [10.0.0.0/7]")),
            false,
        ),
        (
            "what the wider one leaves out",
            two(
                "ALLOW",
                &from("namespaces: [a], notPrincipals: [cluster.local/ns/a/sa/x]"),
                &from("namespaces: [a]"),
            ),
            false,
        ),
        ("left out by both", two("ALLOW", &from("notNamespaces: [a]"), &from("notNamespaces: [a, b]")), true),
        (
            "left out by naming others",
            two("ALLOW", &from("notNamespaces: [a]"), &from("namespaces: [b]")),
            true,
        ),
        (
            "a DENY by path is for TCP ports a DENY of all, and not for HTTP",
            two("DENY", &to("paths: [/a]"), &from("namespaces: [a]")),
            false,
        ),
        (
            "an HTTP rule within one for all",
            two("ALLOW", &from("namespaces: [a]"), &both("namespaces: [a]", "methods: [GET]")),
            true,
        ),
        (
            "each way is held by one of several",
            two(
                "ALLOW",
                "from: [{source: {namespaces: [a]}}, {source: {namespaces: [b]}}]",
                &from("namespaces: [b]"),
            ),
            true,
        ),
        (
            "a header by another letter case",
            two(
                "ALLOW",
                "when: [{key: 'request.headers[X-A]', values: ['*']}]",
                "when: [{key: 'request.headers[x-a]', values: [b]}]",
            ),
            true,
        ),
        (
            "a claim that may hold more",
            two(
                "ALLOW",
                "when: [{key: 'request.auth.claims[g]', notValues: [a]}]",
                "when: [{key: 'request.auth.claims[g]', values: [b]}]",
            ),
            false,
        ),
    ]);
}

#[test]
fn issuer_and_subject_of_a_token_are_compared_apart() {
    let tokens = |first: &str, second: &str| {
        let token = |value: &str| from(&format!("requestPrincipals: [{value}]"));
        two("ALLOW", &token(first), &token(second))
    };
    redundant(&[
        ("an issuer and its subject", tokens("https://a/*", "https://a/b"), true),
        ("any token", tokens("'*'", "https://a/b"), true),
        ("`https://a*` has the issuer `https:/`", tokens("https://a*", "https://ab/c"), false),
    ]);
}

#[test]
fn scopes_decide_whether_one_rule_covers_another() {
    let rule = "rules: [{from: [{source: {namespaces: [a]}}]}]";
    let web = format!("{{selector: {{matchLabels: {{app: web}}}}, {rule}}}");
    let api = format!("{{selector: {{matchLabels: {{app: web, tier: api}}}}, {rule}}}");
    let all = format!("{{{rule}}}");
    let at = "{from: [{source: {namespaces: [a]}}]}";
    let told: &[Told] = &[("UM131", "info", at)];
    check(&[
        ("wider selector", policy("a", "shop", &web) + &policy("b", "shop", &api), told),
        ("narrower selector first", policy("a", "shop", &api) + &policy("b", "shop", &web), told),
        ("another namespace", policy("a", "shop", &web) + &policy("b", "other", &web), &[]),
        ("the root namespace", policy("a", "shop", &web) + &policy("b", "istio-system", &all), told),
        (
            "other labels",
            policy("a", "shop", &web) + &policy("b", "shop", &web.replace("app: web", "app: cart")),
            &[],
        ),
    ]);
}

#[test]
fn a_refusal_of_all_that_is_allowed_is_told() {
    let allow = policy("allow", "shop", "{rules: [{from: [{source: {namespaces: [a]}}]}]}");
    let deny = |rule: &str| policy("deny", "shop", &format!("{{action: DENY, rules: [{rule}]}}"));
    let at = "{from: [{source: {namespaces: [a]}}]}";
    check(&[
        (
            "the same clients",
            deny("{from: [{source: {namespaces: [a, b]}}]}") + &allow,
            &[("UM132", "warning", at)],
        ),
        ("some of them", deny("{from: [{source: {principals: [cluster.local/ns/a/sa/x]}}]}") + &allow, &[]),
        (
            "one port",
            deny("{from: [{source: {namespaces: [a]}}], to: [{operation: {ports: ['80']}}]}") + &allow,
            &[],
        ),
        (
            "one path: on HTTP ports others remain",
            deny("{to: [{operation: {paths: [/a]}}]}") + &allow,
            &[("UM145", "info", "/a")],
        ),
        ("everything", deny("{}") + &allow, &[("UM132", "warning", "{}")]),
        ("all but these", deny("{from: [{source: {notNamespaces: [a]}}]}") + &allow, &[]),
        (
            "all but others",
            deny("{from: [{source: {notNamespaces: [b]}}]}") + &allow,
            &[("UM132", "warning", at)],
        ),
    ]);
}

#[test]
fn parts_contradict_each_other_only_where_that_is_proven() {
    let source = |fields: &str| one(&format!("{{rules: [{{from: [{{source: {{{fields}}}}}]}}]}}"));
    let when = |conditions: &str| one(&format!("{{rules: [{{when: [{conditions}]}}]}}"));
    let claim = |values: &str| format!("{{key: 'request.headers[a]', {values}}}");
    let warned = |text: &'static str| [("UM133", "warning", text)];
    check(&[
        (
            "a principal of another namespace",
            source("principals: [cluster.local/ns/a/sa/x], namespaces: [b]"),
            &warned("b"),
        ),
        ("its own namespace", source("principals: [cluster.local/ns/a/sa/x], namespaces: ['a*']"), &[]),
        ("an account in any namespace", source("principals: ['*/sa/x'], namespaces: [b]"), &[]),
        ("left out again", source("namespaces: [a], notNamespaces: ['a*']"), &warned("a")),
        ("left out in part", source("namespaces: [a, b], notNamespaces: [a]"), &[("UM133", "info", "a")]),
        ("blocks apart", source("ipBlocks: [10.0.0.0/8], notIpBlocks: [10.0.0.0/7]"), &warned("10.0.0.0/8")),
        ("a narrower block left out", source("ipBlocks: [10.0.0.0/8], notIpBlocks: [10.1.0.0/16]"), &[]),
        (
            "two conditions on a header",
            when(&format!("{}, {}", claim("values: [x]"), claim("values: ['y*']"))),
            &warned("'y*'"),
        ),
        ("two that meet", when(&format!("{}, {}", claim("values: ['x*']"), claim("values: ['*y']"))), &[]),
        (
            "ports",
            one(
                "{rules: [{to: [{operation: {ports: ['80']}}], when: [{key: destination.port, values: ['81']}]}]}",
            ),
            &warned("'80'"),
        ),
    ]);
}

#[test]
fn entries_are_alternatives() {
    let from =
        |action: &str, entries: &str| one(&format!("{{action: {action}, rules: [{{from: [{entries}]}}]}}"));
    let rows: &[(&str, String, &[Told])] = &[
        (
            "whom one leaves out the other names",
            from("ALLOW", "{source: {namespaces: [a, b]}}, {source: {notNamespaces: [a]}}"),
            &[("UM134", "warning", "source")],
        ),
        (
            "named, and let in anyway",
            from("ALLOW", "{source: {namespaces: [b]}}, {source: {notNamespaces: [a]}}"),
            &[("UM134", "warning", "source")],
        ),
        (
            "addresses beside namespaces",
            from("ALLOW", "{source: {namespaces: [b]}}, {source: {notIpBlocks: [10.0.0.0/8]}}"),
            &[("UM134", "info", "source")],
        ),
        (
            "a DENY of one and of all but another is sensible",
            from("DENY", "{source: {ipBlocks: [10.0.0.0/8]}}, {source: {notNamespaces: [a]}}"),
            &[],
        ),
        ("two namespaces", from("ALLOW", "{source: {namespaces: [a]}}, {source: {namespaces: [b]}}"), &[]),
        (
            "the same twice",
            from("ALLOW", "{source: {namespaces: [a]}}, {source: {namespaces: [a]}}"),
            &[("UM134", "info", "source")],
        ),
    ];
    check(rows);
}

#[test]
fn numbers_hosts_and_paths() {
    let allow = |fields: &str| one(&format!("{{rules: [{{to: [{{operation: {{{fields}}}}}]}}]}}"));
    let deny = |fields: &str| allow(fields).replace("{rules", "{action: DENY, rules");
    let blocks =
        |block: &str| one(&format!("{{rules: [{{from: [{{source: {{ipBlocks: ['{block}']}}}}]}}]}}"));
    check(&[
        ("port 0", allow("ports: ['0']"), &[("UM136", "warning", "'0'")]),
        ("ports", allow("ports: ['80']"), &[]),
        ("host bits", blocks("10.0.0.1/8"), &[("UM137", "warning", "'10.0.0.1/8'")]),
        ("host bits of IPv6", blocks("2001:db8::1/64"), &[("UM137", "warning", "'2001:db8::1/64'")]),
        ("none", blocks("10.0.0.0/8"), &[]),
        ("an address", blocks("10.0.0.1"), &[]),
        ("letters", allow("hosts: ['*example.com']"), &[("UM143", "warning", "'*example.com'")]),
        (
            "refused by letters",
            deny("hosts: ['*example.com', 'a.b:*']"),
            &[("UM143", "info", "'*example.com'")],
        ),
        ("labels", allow("hosts: ['*.example.com', 'example.com:*']"), &[]),
        ("got round by a port", deny("hosts: ['*.example.com']"), &[("UM144", "warning", "'*.example.com'")]),
        (
            "left out, and got round",
            allow("notHosts: ['*.example.com']"),
            &[("UM144", "warning", "'*.example.com'")],
        ),
        ("one spelling", deny("paths: [/a]"), &[("UM145", "info", "/a")]),
        ("left out by one spelling", allow("notPaths: [/a]"), &[("UM145", "info", "/a")]),
        ("more spellings", deny("paths: [/a, '/a/*']"), &[]),
        ("a file, a call, the root", deny("paths: [/a.html, /shop.Cart/Add, /]"), &[]),
        ("allowed", allow("paths: [/a]"), &[]),
        ("a call by its form", allow("paths: [/shop.Cart/Add], methods: [GET]"), &[("UM135", "info", "GET")]),
        ("a POST of it", allow("paths: [/shop.Cart/Add], methods: ['P*']"), &[]),
    ]);
}
