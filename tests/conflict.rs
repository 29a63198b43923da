//! Conflicts between resources: the inputs of `testdata/conflict` with the findings that stand beside them, and
//! tables of what is told and of what is left alone.

mod golden;

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use unmesh::config::Settings;
use unmesh::finding::{Direction, Finding, Severity};
use unmesh::lint::{self, Context};
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// What these lints find in files: the finding, and what it underlines.
fn found_in(files: &[&str]) -> Vec<(Finding, String)> {
    let mut sources = SourceMap::default();
    let settings = Settings::default();
    let mut documents = Vec::new();
    for (index, text) in files.iter().enumerate() {
        let name = format!("{index}.yaml");
        let id = sources.add(SourceFile::new(name.clone(), None, name.into(), *text));
        let parsed = yaml::parse(id, sources.file(id), yaml::Limits::default());
        assert!(parsed.findings.is_empty() && !parsed.documents.is_empty(), "{text}\n{:?}", parsed.findings);
        documents.extend(parsed.documents);
    }
    let reading = manifest::collect(documents, &sources, &settings);
    let manifest = &reading.manifest;
    let (inventory, _) = manifest::inventory(manifest, &settings);
    let (resources, wrong) = unmesh::istio::read(manifest);
    assert!(wrong.is_empty(), "{files:?}\n{wrong:?}");
    let (model, _) = unmesh::lower::lower(&resources, &inventory, &settings);
    let (inventory, resources, model, settings) = (&inventory, &resources, &model, &settings);
    let found = lint::conflict::check(&Context { manifest, inventory, resources, model, settings });
    for finding in &found {
        assert!(finding.help.is_some() && finding.object.is_some(), "{}", finding.message);
        // Requests that fail today and get through afterwards, where that is sure.
        let widens = finding.code.id == "UM168" && finding.severity == Severity::Warning;
        assert_eq!(finding.direction == Direction::Widens, widens, "{}", finding.message);
        assert!(widens || finding.direction == Direction::None, "{}", finding.message);
    }
    let underlined = |finding: &Finding| finding.span.map_or("", |span| sources.text(span)).to_string();
    found.into_iter().map(|finding| (finding.clone(), underlined(&finding))).collect()
}

fn cases() -> Vec<PathBuf> {
    golden::cases("conflict", 7)
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let text = std::fs::read_to_string(directory.join("input.yaml")).unwrap();
        let shown = |(finding, underlined): (Finding, String)| {
            json!({
                "code": finding.code.id,
                "severity": finding.severity.word(),
                "object": finding.object.map(|object| object.to_string()),
                "underlined": underlined,
                "message": finding.message,
            })
        };
        let found: Vec<Json> = found_in(&[&text]).into_iter().map(shown).collect();
        golden::same(&directory, &found);
    }
}

/// A VirtualService of the namespace `shop`, with its spec in one line.
fn service(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

/// Codes and severities in order.
fn codes(objects: &[String]) -> String {
    let found = found_in(&[&objects.join("---\n")]);
    let words = found.iter().map(|(finding, _)| format!("{} {}", finding.code.id, finding.severity.word()));
    words.collect::<Vec<_>>().join(", ")
}

const TO_WEB: &str = "route: [{destination: {host: web}}]";

/// Two VirtualServices for one host, by what stands beside `hosts`, and whether they meet.
#[test]
fn virtual_services_meet_where_both_are_for_some_request() {
    let rows: [(&str, &str, &str, &str); 15] = [
        ("the same host in the mesh", "http: [{R}]", "http: [{R}]", "UM160 warning"),
        ("private beside public", "exportTo: [.], http: [{R}]", "http: [{R}]", ""),
        ("both private", "exportTo: [.], http: [{R}]", "exportTo: [shop], http: [{R}]", "UM160 warning"),
        ("for other clients", "exportTo: [a, b], http: [{R}]", "exportTo: [c, d], http: [{R}]", ""),
        ("HTTP and TCP", "http: [{R}]", "tcp: [{R}]", ""),
        ("other ports", "http: [{match: [{port: 80}], R}]", "http: [{match: [{port: 81}], R}]", ""),
        (
            "clients with other labels",
            "http: [{match: [{sourceLabels: {app: a}}], R}]",
            "http: [{match: [{sourceLabels: {app: b}}], R}]",
            "",
        ),
        ("mesh and gateway", "http: [{R}]", "gateways: [edge], http: [{R}]", ""),
        (
            "in the mesh by a match for a gateway alone",
            "gateways: [mesh, edge], http: [{match: [{gateways: [edge]}], R}]",
            "http: [{R}]",
            "",
        ),
        ("other gateways", "gateways: [edge], http: [{R}]", "gateways: [back], http: [{R}]", ""),
        (
            "one gateway, every request",
            "gateways: [edge], http: [{R}]",
            "gateways: [shop/edge], http: [{R}]",
            "UM160 warning",
        ),
        (
            "one gateway, other paths",
            "gateways: [edge], http: [{match: [{uri: {prefix: /a}}], R}]",
            "gateways: [edge], http: [{match: [{uri: {prefix: /b}}], R}]",
            "",
        ),
        (
            "one gateway, a path inside another",
            "gateways: [edge], http: [{match: [{uri: {prefix: /a}}], R}]",
            "gateways: [edge], http: [{match: [{uri: {prefix: /a/b}}], R}]",
            "UM160 info",
        ),
        (
            "one gateway, a path beside every request, which comes last",
            "gateways: [edge], http: [{match: [{uri: {prefix: /a}}], R}]",
            "gateways: [edge], http: [{R}]",
            "",
        ),
        (
            "one gateway, the same path with another header",
            "gateways: [edge], http: [{match: [{uri: {prefix: /a}, headers: {x: {exact: a}}}], R}]",
            "gateways: [edge], http: [{match: [{uri: {prefix: /a}, headers: {x: {exact: b}}}], R}]",
            "",
        ),
    ];
    for (name, one, other, expected) in rows {
        let spec = |text: &str| format!("{{hosts: [web], {}}}", text.replace('R', TO_WEB));
        let (one, other) = (spec(one), spec(other));
        let found = codes(&[service("one", &one), service("two", &other)]);
        assert_eq!(found, expected, "{name}");
    }
}

/// The routes of one VirtualService, `;` between them; which of them is told.
#[test]
fn routes_are_behind_others_by_what_they_mean() {
    let rows: [(&str, &str, &str); 20] = [
        ("no match twice", "R; R", "UM166 warning"),
        ("a prefix of everything before no match", "{uri: {prefix: /}}; R", "UM166 warning"),
        ("an expression for everything", "{uri: {regex: '/.*'}}; {uri: {exact: /a}}", "UM166 warning"),
        ("narrow before wide", "{uri: {exact: /a}}; {uri: {prefix: /a}}; R", ""),
        ("wide before narrow", "{uri: {prefix: /a}}; {uri: {exact: /ab}}", "UM166 warning"),
        (
            "the same for another method",
            "{uri: {prefix: /a}, method: {exact: POST}}; {uri: {prefix: /a/b}}",
            "",
        ),
        ("for GET, then for any", "{uri: {prefix: /a}, method: {exact: GET}}; {uri: {prefix: /a/b}}", ""),
        (
            "for any, then for POST",
            "{uri: {prefix: /a}}; {uri: {prefix: /a}, method: {exact: POST}}",
            "UM166 warning",
        ),
        ("another header", "{headers: {x: {exact: a}}}; {headers: {x: {exact: b}}}", ""),
        (
            "a header of other letters",
            "{headers: {X-A: {exact: a}}}; {headers: {x-a: {exact: a}}}",
            "UM166 warning",
        ),
        ("a header that is there", "{headers: {x: {}}}; {headers: {x: {exact: b}}}", "UM166 warning"),
        ("a header that is not there", "{withoutHeaders: {x: {}}}; {headers: {x: {exact: b}}}", ""),
        (
            "a parameter more",
            "{uri: {prefix: /a}}; {uri: {prefix: /a}, queryParams: {q: {exact: b}}}",
            "UM166 warning",
        ),
        ("letters of either case", "{uri: {prefix: /A}}; {uri: {prefix: /a}, ignoreUriCase: true}", ""),
        ("a port", "{port: 80}; {port: 81}", ""),
        ("every port, then one", "{uri: {prefix: /a}}; {uri: {prefix: /a}, port: 81}", "UM166 warning"),
        ("other clients", "{sourceLabels: {app: a}}; {sourceLabels: {app: b}}", ""),
        (
            "clients, then fewer of them",
            "{sourceLabels: {app: a}}; {sourceLabels: {app: a, v: b}}",
            "UM166 warning",
        ),
        (
            "clients, then a gateway",
            "{sourceLabels: {app: a}}; {gateways: [mesh], sourceLabels: {app: a}}",
            "",
        ),
        ("another host asked for", "{authority: {exact: a.example}}; {authority: {exact: b.example}}", ""),
    ];
    for (name, routes, expected) in rows {
        let route = |text: &str| match text {
            "R" => format!("{{{TO_WEB}}}"),
            found => format!("{{match: [{found}], {TO_WEB}}}"),
        };
        let routes: Vec<String> = routes.split("; ").map(route).collect();
        let spec = format!("{{hosts: [web], http: [{}]}}", routes.join(", "));
        assert_eq!(codes(&[service("web", &spec)]), expected, "{name}");
    }
}

/// What peers warn of and Istio merges, or what the input does not prove: the first line of each file says it.
#[test]
fn what_does_not_conflict_is_left_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/conflict_silent");
    let files: Vec<PathBuf> = root.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 16, "testdata/conflict_silent is incomplete");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let found = found_in(&[&text]);
        assert!(found.is_empty(), "{}: {found:#?}", file.display());
    }
}

/// Files may hold variants of which one is applied; what comes from a cluster is there.
#[test]
fn variants_in_other_files_are_no_warning() {
    let text = |name: &str| service(name, &format!("{{hosts: [web], http: [{{{TO_WEB}}}]}}"));
    let severity = |files: &[&str]| {
        let found = found_in(files);
        assert_eq!(found.len(), 1);
        found.first().map(|(finding, _)| (finding.severity.word(), finding.message.contains("if both files")))
    };
    let (one, two) = (text("one"), text("two"));
    assert_eq!(severity(&[&one, &two]), Some(("info", true)));
    assert_eq!(severity(&[&format!("{one}---\n{two}")]), Some(("warning", false)));
    let live = |text: &str, second: u8| {
        text.replace(
            "namespace: shop",
            &format!("namespace: shop, creationTimestamp: '2026-01-01T00:00:0{second}Z'"),
        )
    };
    assert_eq!(severity(&[&live(&one, 1), &live(&two, 2)]), Some(("warning", false)));
}
