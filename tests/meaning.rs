//! The lints of policy that does not mean what it seems to: what they underline, and what they leave alone.

mod istio_support;

use istio_support::{read_text, resource};
use unmesh::config::Settings;
use unmesh::finding::{Direction, Finding, Severity};
use unmesh::ir::Model;
use unmesh::lint::{Context, Rule, meaning};
use unmesh::manifest::Inventory;

/// Runs one rule over one AuthorizationPolicy: what it underlines and says.
fn lint(rule: Rule, spec: &str) -> Vec<(String, Finding)> {
    let read = read_text(&resource("AuthorizationPolicy", spec));
    assert!(read.findings.is_empty(), "{spec}: {:?}", read.said(&read.findings));
    let (inventory, model, settings) = (Inventory::default(), Model::default(), Settings::default());
    let context = Context {
        manifest: &read.manifest,
        inventory: &inventory,
        resources: &read.resources,
        model: &model,
        settings: &settings,
    };
    let findings = rule(&context);
    let underlined = |finding: &Finding| finding.span.map_or("", |span| read.sources.text(span)).to_string();
    findings.into_iter().map(|finding| (underlined(&finding), finding)).collect()
}

/// Each spec gives one finding of this code on this text, none where the text is empty.
fn check(rule: Rule, code: &str, rows: &[(&str, &str)]) {
    for (spec, expected) in rows {
        let found = lint(rule, spec);
        let underlined: Vec<_> = found.iter().map(|(text, _)| text.as_str()).collect();
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(underlined, expected, "{spec}: {found:?}");
        for (_, finding) in &found {
            assert_eq!((finding.code.id, finding.direction), (code, Direction::None), "{spec}");
            assert!(finding.object.is_some() && finding.field.is_some() && finding.help.is_some(), "{spec}");
        }
    }
}

fn source(fields: &str) -> String {
    format!("{{rules: [{{from: [{{source: {{{fields}}}}}]}}]}}")
}

fn operation(fields: &str) -> String {
    format!("{{rules: [{{to: [{{operation: {{{fields}}}}}]}}]}}")
}

fn condition(key: &str, value: &str) -> String {
    format!("{{rules: [{{when: [{{key: '{key}', values: [{value}]}}]}}]}}")
}

#[test]
fn a_star_inside_is_literal() {
    let rows = [
        (operation("paths: [/a/*/b]"), "/a/*/b"),
        (operation("notPaths: ['*mid*']"), "'*mid*'"),
        (operation("hosts: ['*.a.*']"), "'*.a.*'"),
        (operation("methods: ['*ET*']"), "'*ET*'"),
        (source("principals: ['*/ns/a/*']"), "'*/ns/a/*'"),
        (source("requestPrincipals: ['*/*']"), "'*/*'"),
        (condition("request.headers[a]", "a*b"), "a*b"),
        (condition("experimental.envoy.filters.a[b]", "'[*a*]'"), "'[*a*]'"),
        (operation("paths: [/a*, '*b', '*', '/a/{*}/b']"), ""),
        (source("namespaces: ['a*b*']"), ""),
        (source("requestPrincipals: ['iss/*', '*/sub']"), ""),
        (condition("experimental.envoy.filters.a[b]", "'[a*]'"), ""),
    ];
    let rows: Vec<_> = rows.iter().map(|(spec, expected)| (spec.as_str(), *expected)).collect();
    check(meaning::literal_star::check, "UM101", &rows);
}

#[test]
fn a_namespace_pattern_crosses_into_the_account() {
    let rows = [
        (source("namespaces: ['*a']"), "'*a'"),
        (source("notNamespaces: [prod, 'prod*a']"), "'prod*a'"),
        (condition("source.namespace", "'*-sa'"), ""),
        (condition("source.namespace", "'*sa'"), "'*sa'"),
        (source("namespaces: ['prod*', '*-prod', '*']"), ""),
        (source("principals: ['*a']"), ""),
    ];
    let rows: Vec<_> = rows.iter().map(|(spec, expected)| (spec.as_str(), *expected)).collect();
    check(meaning::namespace_glob::check, "UM102", &rows);
}

#[test]
fn methods_are_upper_case() {
    let rows = [
        (operation("methods: [GET, post]"), "post"),
        (operation("notMethods: [Get]"), "Get"),
        (operation("methods: ['ge*']"), "'ge*'"),
        (operation("methods: [DELTE]"), "DELTE"),
        (operation("methods: [GET, 'P*', '*', PURGE, FETCH, PROPFIND]"), ""),
        (operation("hosts: [get]"), ""),
    ];
    let rows: Vec<_> = rows.iter().map(|(spec, expected)| (spec.as_str(), *expected)).collect();
    check(meaning::method::check, "UM103", &rows);
}

#[test]
fn an_exact_host_misses_its_ports() {
    let rows = [
        (operation("hosts: [a.example]"), "a.example"),
        (operation("hosts: ['[::1]']"), "'[::1]'"),
        (operation("hosts: [a.example, b.example, 'A.example:*']"), "b.example"),
        (operation("hosts: ['a.example:80', 'b.example:*', '*.example', '*', '[::1]:80']"), ""),
    ];
    let rows: Vec<_> = rows.iter().map(|(spec, expected)| (spec.as_str(), *expected)).collect();
    check(meaning::host_port::check, "UM104", &rows);
    let severity = |spec: &str| lint(meaning::host_port::check, spec)[0].1.severity;
    let deny = |fields: &str| operation(fields).replace("{rules", "{action: DENY, rules");
    assert_eq!(severity(&operation("hosts: [a]")), Severity::Info);
    assert_eq!(severity(&operation("notHosts: [a]")), Severity::Warning);
    assert_eq!(severity(&deny("hosts: [a]")), Severity::Warning);
    assert_eq!(severity(&deny("notHosts: [a]")), Severity::Info);
}

#[test]
fn an_empty_list_is_no_list() {
    let rows = [
        ("{rules: [{from: []}]}", "[]"),
        ("{action: DENY, rules: [{to: [ ], from: [{source: {namespaces: [a]}}]}]}", "[ ]"),
        ("{rules: [{when: []}]}", "[]"),
        ("{rules: [{from: [{source: {principals: [], namespaces: [a]}}]}]}", "[]"),
        ("{rules: [{when: [{key: source.ip, values: [], notValues: [10.0.0.1]}]}]}", "[]"),
        ("{rules: [{from: null, to: [{operation: {ports: ['80'], paths: null}}]}]}", ""),
        ("{rules: []}", ""),
    ];
    check(meaning::empty_list::check, "UM108", &rows);
}

#[test]
fn an_empty_rule_allows_everything() {
    let rows = [
        ("{rules: [{}]}", "{}"),
        ("{rules: [{from: [{source: {namespaces: [a]}}]}, {}]}", "{}"),
        ("{action: DENY, rules: [{}]}", ""),
        ("{rules: []}", ""),
    ];
    check(meaning::empty_rule::check, "UM107", &rows);
    assert_eq!(lint(meaning::empty_rule::check, "{rules: [{}]}")[0].1.severity, Severity::Info);
}

#[test]
fn paths_are_normal_and_begin_with_a_slash() {
    let rows = [
        (operation("paths: [/a/../b]"), "/a/../b"),
        (operation("notPaths: ['/a\\b']"), "'/a\\b'"),
        (operation("paths: ['/a?b']"), "'/a?b'"),
        (operation("paths: [/a//b, /a/..b, '/a/..*']"), ""),
    ];
    let rows: Vec<_> = rows.iter().map(|(spec, expected)| (spec.as_str(), *expected)).collect();
    check(meaning::path::not_normal, "UM110", &rows);
    let rows = [
        (operation("paths: [a/b]"), "a/b"),
        (operation("notPaths: [/a, 'b*']"), "'b*'"),
        (operation("paths: [/a, '*b', '*', '{*}/a']"), ""),
    ];
    let rows: Vec<_> = rows.iter().map(|(spec, expected)| (spec.as_str(), *expected)).collect();
    check(meaning::path::without_slash, "UM111", &rows);
}
