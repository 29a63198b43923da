//! What Istio refuses in a VirtualService: a row for each rule, with the text that is underlined.
//!
//! The rules are those of istio/istio, `pkg/config/validation`, and of the CRD's schema.

use unmesh::config::Settings;
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// Code, underlined text and message of every finding of reading one VirtualService.
fn findings(spec: &str) -> Vec<(&'static str, String, String)> {
    let head = "apiVersion: networking.istio.io/v1\nkind: VirtualService\n";
    let text = format!("{head}metadata: {{name: tested, namespace: shop}}\nspec: {spec}\n");
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let settings = Settings::default();
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    assert_eq!(documents.len(), 1, "{spec}");
    let reading = manifest::collect(documents, &sources, &settings);
    let (_, findings) = unmesh::istio::read(&reading.manifest);
    let underlined = |span| sources.text(span).to_string();
    let shown = findings
        .into_iter()
        .map(|one| (one.code.id, one.span.map(underlined).unwrap_or_default(), one.message));
    shown.collect()
}

/// A specification with one HTTP route.
fn http(route: &str) -> String {
    format!("{{hosts: [a], http: [{{{route}}}]}}")
}

const TO: &str = "route: [{destination: {host: a}}]";

#[expect(clippy::too_many_lines, reason = "a table, a row for each rule")]
#[test]
fn what_istio_refuses_is_refused_where_it_stands() {
    let rows: Vec<(&str, String, &str, &str)> = vec![
        ("no routes", "{hosts: [a]}".into(), "tested", "without routes"),
        ("host * on sidecars", format!("{{hosts: ['*'], http: [{{{TO}}}]}}"), "'*'", "on sidecars"),
        ("bad host", format!("{{hosts: [a..b], http: [{{{TO}}}]}}"), "a..b", "no host name"),
        ("host twice", format!("{{hosts: [a, a], http: [{{{TO}}}]}}"), "a", "stands twice"),
        (
            "bad gateway",
            format!("{{hosts: [a], gateways: [x/y/z], http: [{{{TO}}}]}}"),
            "x/y/z",
            "no name of a Gateway",
        ),
        (
            "* among others",
            format!("{{hosts: [a], exportTo: ['*', b], http: [{{{TO}}}]}}"),
            "'*'",
            "exportTo",
        ),
        ("delegate with gateways", format!("{{gateways: [g], http: [{{{TO}}}]}}"), "g", "no `gateways`"),
        ("delegate with tcp", format!("{{http: [{{{TO}}}], tcp: [{{{TO}}}]}}"), "tcp", "`http` routes alone"),
        (
            "delegate of a delegate",
            "{http: [{delegate: {name: b}}]}".into(),
            "delegate",
            "cannot delegate again",
        ),
        (
            "route beside redirect",
            http(&format!("redirect: {{uri: /x}}, {TO}")),
            "route",
            "beside `redirect`",
        ),
        (
            "fault beside redirect",
            http("redirect: {uri: /x}, fault: {abort: {httpStatus: 500}}"),
            "fault",
            "beside",
        ),
        (
            "rewrite beside answer",
            http("directResponse: {status: 200}, rewrite: {uri: /}"),
            "rewrite",
            "beside",
        ),
        (
            "two answers",
            http("directResponse: {status: 200}, redirect: {uri: /}"),
            "directResponse",
            "beside `redirect`",
        ),
        (
            "route beside delegate",
            http(&format!("delegate: {{name: b}}, {TO}")),
            "route",
            "beside `delegate`",
        ),
        ("nowhere", http("name: x"), "name", "nowhere"),
        (
            "mirror and mirrors",
            http(&format!("{TO}, mirror: {{host: b}}, mirrors: [{{destination: {{host: b}}}}]")),
            "mirrors",
            "beside `mirror`",
        ),
        ("no destination", http("route: [{weight: 5}]"), "weight", "without `destination`"),
        ("no host", http("route: [{destination: {subset: v1}}]"), "destination", "without `host`"),
        ("wildcard destination", http("route: [{destination: {host: '*'}}]"), "'*'", "no destination host"),
        ("bad subset", http("route: [{destination: {host: a, subset: V_1}}]"), "V_1", "no name of a subset"),
        ("port 0", http("route: [{destination: {host: a, port: {number: 0}}}]"), "0", "port 0"),
        ("weight below 0", http("route: [{destination: {host: a}, weight: -1}]"), "-1", "below 0"),
        (
            "weights of 0",
            http("route: [{destination: {host: a}}, {destination: {host: b}}]"),
            "destination",
            "come to 0",
        ),
        ("empty prefix", http(&format!("match: [{{method: {{prefix: ''}}}}], {TO}")), "''", "empty `prefix`"),
        ("empty regex", http(&format!("match: [{{uri: {{regex: ''}}}}], {TO}")), "''", "`regex`"),
        (
            "regex that delegates",
            http("match: [{uri: {regex: a}}], delegate: {name: b}"),
            "a",
            "that delegate",
        ),
        (
            "bad header name",
            http(&format!("match: [{{headers: {{'a b': {{exact: c}}}}}}], {TO}")),
            "'a b'",
            "no name of a header",
        ),
        (
            "bad namespace",
            http(&format!("match: [{{sourceNamespace: A_b}}], {TO}")),
            "A_b",
            "no name of a namespace",
        ),
        (
            "path header",
            http(&format!("{TO}, headers: {{request: {{set: {{':path': /x}}}}}}")),
            "/x",
            "header `:path`",
        ),
        (
            "host removed",
            http(&format!("{TO}, headers: {{request: {{remove: [host]}}}}")),
            "host",
            "header `host`",
        ),
        ("short timeout", http(&format!("{TO}, timeout: 0s")), "0s", "at least 1ms"),
        ("negative attempts", http(&format!("{TO}, retries: {{attempts: -1}}")), "-1", "below 0"),
        (
            "retries without attempts",
            http(&format!("{TO}, retries: {{retryOn: 5xx}}")),
            "retries",
            "without `attempts`",
        ),
        ("empty fault", http(&format!("{TO}, fault: {{}}")), "fault", "without `delay` and `abort`"),
        (
            "abort out of range",
            http(&format!("{TO}, fault: {{abort: {{httpStatus: 99}}}}")),
            "99",
            "no status",
        ),
        (
            "gRPC status",
            http(&format!("{TO}, fault: {{abort: {{grpcStatus: BROKEN}}}}")),
            "BROKEN",
            "no gRPC status",
        ),
        ("http2Error", http(&format!("{TO}, fault: {{abort: {{http2Error: X}}}}")), "X", "no `http2Error`"),
        (
            "share of faults",
            http(&format!("{TO}, fault: {{abort: {{httpStatus: 500, percentage: {{value: 101}}}}}}")),
            "101",
            "no percentage",
        ),
        (
            "share of a mirror",
            http(&format!("{TO}, mirror: {{host: b}}, mirrorPercentage: {{value: -1}}")),
            "-1",
            "no percentage",
        ),
        ("empty redirect", http("redirect: {}"), "redirect", "changes nothing"),
        ("redirect code", http("redirect: {uri: /x, redirectCode: 200}"), "200", "no status of a redirect"),
        ("redirect scheme", http("redirect: {scheme: ftp}"), "ftp", "no scheme"),
        ("two redirect paths", http("redirect: {uri: /x, prefixRewrite: /y}"), "/y", "beside `uri`"),
        (
            "prefixRewrite of a path",
            http("match: [{uri: {exact: /a}}], redirect: {prefixRewrite: /y}"),
            "/y",
            "`prefixRewrite`",
        ),
        (
            "host changed twice",
            http(&format!("{TO}, rewrite: {{authority: b}}, headers: {{request: {{set: {{host: c}}}}}}")),
            "c",
            "host twice",
        ),
        (
            "claims on sidecars",
            http(&format!("match: [{{headers: {{'@request.auth.claims.sub': {{exact: x}}}}}}], {TO}")),
            "'@request.auth.claims.sub'",
            "claims of tokens",
        ),
        ("no status", http("directResponse: {body: {string: x}}"), "directResponse", "without `status`"),
        ("empty rewrite", http(&format!("{TO}, rewrite: {{}}")), "rewrite", "changes nothing"),
        (
            "half a regex rewrite",
            http(&format!("{TO}, rewrite: {{uriRegexRewrite: {{match: a}}}}")),
            "rewrite",
            "needs `match` and `rewrite`",
        ),
        ("CORS method", http(&format!("{TO}, corsPolicy: {{allowMethods: [get]}}")), "get", "no method"),
        ("tls without match", format!("{{hosts: [a], tls: [{{{TO}}}]}}"), "route", "without `match`"),
        (
            "tls without names",
            format!("{{hosts: [a], tls: [{{match: [{{port: 443}}], {TO}}}]}}"),
            "port",
            "without `sniHosts`",
        ),
        (
            "foreign name",
            format!("{{hosts: [a], tls: [{{match: [{{sniHosts: [b]}}], {TO}}}]}}"),
            "b",
            "none of the hosts",
        ),
        ("tcp without route", "{hosts: [a], tcp: [{match: [{port: 1}]}]}".into(), "match", "without `route`"),
    ];
    for (name, spec, underlined, message) in rows {
        let found = findings(&spec);
        let [(code, text, said)] = found.as_slice() else { panic!("{name}: {found:#?}") };
        assert_eq!((*code, text.as_str()), ("UM301", underlined), "{name}: {said}");
        assert!(said.contains(message), "{name}: {said}");
    }
}

#[test]
fn what_istio_takes_is_taken() {
    let rows: Vec<(&str, String)> = vec![
        ("plain", http(TO)),
        ("host * at a gateway", format!("{{hosts: ['*'], gateways: [g], http: [{{{TO}}}]}}")),
        ("wildcard host", format!("{{hosts: ['*.example.com'], gateways: [ns/g], http: [{{{TO}}}]}}")),
        ("empty prefix of a path", http(&format!("match: [{{uri: {{prefix: ''}}}}], {TO}"))),
        ("header by presence", http(&format!("match: [{{headers: {{x: {{}}}}}}], {TO}"))),
        (
            "claims",
            format!(
                "{{hosts: [a], gateways: [g], http: [{{match: [{{headers: {{'@request.auth.claims.sub': {{exact: x}}}}}}], {TO}}}]}}"
            ),
        ),
        ("authority set", http(&format!("{TO}, headers: {{request: {{set: {{':authority': b}}}}}}"))),
        ("no retries", http(&format!("{TO}, retries: {{attempts: 0}}"))),
        (
            "one weight of two",
            http("route: [{destination: {host: a}, weight: 100}, {destination: {host: b}}]"),
        ),
        ("delegate", format!("{{http: [{{{TO}}}]}}")),
        ("null fields", http(&format!("{TO}, redirect: null, fault: null"))),
        (
            "name below a wildcard",
            format!("{{hosts: ['*.b.c'], tls: [{{match: [{{sniHosts: [a.b.c]}}], {TO}}}]}}"),
        ),
    ];
    for (name, spec) in rows {
        assert_eq!(findings(&spec), [], "{name}");
    }
}

#[test]
fn what_cannot_be_read_has_the_codes_of_reading() {
    let rows: Vec<(&str, String, &str, &str)> = vec![
        ("unknown field", http(&format!("{TO}, timeouts: 5s")), "UM006", "timeouts"),
        (
            "proto spelling",
            format!("{{hosts: [a], tls: [{{match: [{{sni_hosts: [a]}}], {TO}}}]}}"),
            "UM006",
            "sni_hosts",
        ),
        ("wrong type", http("route: {destination: {host: a}}"), "UM007", "{destination: {host: a}}"),
        ("no duration", http(&format!("{TO}, timeout: 5x")), "UM008", "5x"),
        ("no word of the list", http("redirect: {uri: /, derivePort: SAME}"), "UM008", "SAME"),
        (
            "two matches in one",
            http(&format!("match: [{{uri: {{exact: a, prefix: b}}}}], {TO}")),
            "UM008",
            "{exact: a, prefix: b}",
        ),
        (
            "number as a string",
            http(&format!("match: [{{headers: {{x: {{exact: 1}}}}}}], {TO}")),
            "UM009",
            "1",
        ),
    ];
    for (name, spec, code, underlined) in rows {
        let found = findings(&spec);
        let [(given, text, said)] = found.as_slice() else { panic!("{name}: {found:#?}") };
        assert_eq!((*given, text.as_str()), (code, underlined), "{name}: {said}");
    }
}
