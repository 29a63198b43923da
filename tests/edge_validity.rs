//! What Istio refuses in a Gateway, and the API server in Gateway API: a row for each rule, with the text that is
//! underlined and the right neighbour.
//!
//! The rules are those of `ValidateGateway` (istio/istio, `pkg/config/validation`) and of the definitions of both.

#![expect(clippy::panic, reason = "helpers of tests: what is missing fails the test")]

use unmesh::config::Settings;
use unmesh::istio::Resources;
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// Code, underlined text and message of each finding, and what was read.
struct Read {
    said: Vec<(&'static str, String, String)>,
    resources: Resources,
}

fn read_text(text: &str) -> Read {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    assert!(!documents.is_empty(), "{text}");
    let reading = manifest::collect(documents, &sources, &Settings::default());
    let (resources, findings) = unmesh::istio::read(&reading.manifest);
    let said = findings.into_iter().map(|one| {
        let underlined = one.span.map(|span| sources.text(span).to_string());
        (one.code.id, underlined.unwrap_or_default(), one.message)
    });
    Read { said: said.collect(), resources }
}

/// Name of the rule, a spec that breaks it, what is underlined, part of the message, the right neighbour.
type Row = (&'static str, String, &'static str, &'static str, String);

fn object(version: &str, kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: shop\nspec: {spec}\n"
    )
}

fn check(version: &str, kind: &str, rows: &[Row]) {
    for (rule, wrong, underlined, fragment, right) in rows {
        let text = object(version, kind, "tested", wrong);
        let said = read_text(&text).said;
        let [(code, text, message)] = said.as_slice() else { panic!("{rule}: {said:?}") };
        assert_eq!((*code, text.as_str()), ("UM021", *underlined), "{rule}: {said:?}");
        assert!(message.contains(fragment), "{rule}: {said:?}");
        let right = read_text(&object(version, kind, "tested", right));
        assert!(right.said.is_empty(), "{rule}: {:?}", right.said);
    }
}

/// A Gateway with one server of these fields.
fn server(fields: &str) -> String {
    format!("{{servers: [{{{fields}}}]}}")
}

/// A server with this port.
fn port(fields: &str) -> String {
    server(&format!("hosts: [a.b], port: {{{fields}}}"))
}

/// A server with HTTPS and these TLS settings.
fn tls(fields: &str) -> String {
    server(&format!("hosts: [a.b], port: {{number: 443, name: s, protocol: HTTPS}}, tls: {{{fields}}}"))
}

fn host(host: &str) -> String {
    server(&format!("hosts: [{host}], {HTTP}"))
}

const HTTP: &str = "port: {number: 80, name: h, protocol: HTTP}";
const FILES: &str = "serverCertificate: /c, privateKey: /k";

#[test]
fn servers_that_istio_refuses() {
    let rows: Vec<Row> = vec![
        ("no servers", "{servers: []}".into(), "servers", "without `servers`", host("a.b")),
        ("no hosts", server(&format!("hosts: [], {HTTP}")), "hosts", "without `hosts`", host("'*'")),
        ("no port", server("hosts: [a.b]"), "hosts", "without `port`", host("./a.b")),
        ("short host", host("a"), "a", "no host", host("a.b")),
        ("part of a wildcard", host("'*a.b'"), "'*a.b'", "no host", host("'*.a.b'")),
        ("wildcard inside", host("'a.*.b'"), "'a.*.b'", "no host", host("'*/*'")),
        ("number at the end", host("a.5"), "a.5", "no host", host("10.0.0.5")),
        ("namespace", host("n_s/a.b"), "n_s/a.b", "no namespace", host("ns/a.b")),
        ("empty namespace", host("/a.b"), "/a.b", "no namespace", host("'*/a.b'")),
        (
            "protocol",
            port("number: 80, name: h, protocol: HTTP3"),
            "HTTP3",
            "no protocol",
            port("number: 80, name: h, protocol: grpc-web"),
        ),
        (
            "no protocol",
            port("number: 80, name: h"),
            "port",
            "`protocol`",
            port("number: 80, name: h, protocol: Mongo"),
        ),
        (
            "port 0",
            port("number: 0, name: h, protocol: HTTP"),
            "0",
            "port 0",
            port("number: 1, name: h, protocol: HTTP"),
        ),
        (
            "no number",
            port("name: h, protocol: HTTP"),
            "port",
            "`number`",
            port("number: 80, name: h, protocol: TCP"),
        ),
        (
            "no name",
            port("number: 80, protocol: HTTP"),
            "port",
            "`name`",
            port("number: 80, name: h, protocol: HTTP2"),
        ),
        (
            "target port",
            port("number: 80, name: h, protocol: HTTP, targetPort: 8080"),
            "8080",
            "`targetPort`",
            port("number: 80, name: h, protocol: HTTP, targetPort: 0"),
        ),
        (
            "name twice",
            format!(
                "{{servers: [{{hosts: [a.b], {HTTP}}}, {{hosts: [c.d], port: {{number: 81, name: h, protocol: HTTP}}}}]}}"
            ),
            "h",
            "port name `h`",
            format!(
                "{{servers: [{{hosts: [a.b], {HTTP}}}, {{hosts: [c.d], port: {{number: 80, name: i, protocol: HTTP}}}}]}}"
            ),
        ),
        (
            "bind",
            server(&format!("bind: host, hosts: [a.b], {HTTP}")),
            "host",
            "no address",
            server(&format!("bind: '::1', hosts: [a.b], {HTTP}")),
        ),
        (
            "path of a socket",
            server("bind: 'unix://x', hosts: [a.b], port: {number: 0, name: h, protocol: HTTP}"),
            "'unix://x'",
            "no absolute path",
            server("bind: 'unix:///x', hosts: [a.b], port: {number: 0, name: h, protocol: HTTP}"),
        ),
        (
            "port beside a socket",
            server(&format!("bind: 'unix://@x', hosts: [a.b], {HTTP}")),
            "80",
            "beside a Unix socket",
            server("bind: 'unix://@x', hosts: [a.b], port: {number: 0, name: h, protocol: HTTP}"),
        ),
    ];
    check("networking.istio.io/v1", "Gateway", &rows);
}

#[expect(clippy::too_many_lines, reason = "a table, a row for each rule")]
#[test]
fn tls_that_istio_refuses() {
    let simple = tls("mode: SIMPLE, credentialName: c");
    let rows: Vec<Row> = vec![
        (
            "https without tls",
            port("number: 443, name: s, protocol: HTTPS"),
            "HTTPS",
            "no `tls`",
            simple.clone(),
        ),
        (
            "tls on http",
            server(&format!("hosts: [a.b], {HTTP}, tls: {{mode: SIMPLE, credentialName: c}}")),
            "tls",
            "protocol HTTP",
            server(&format!("hosts: [a.b], {HTTP}, tls: {{httpsRedirect: true}}")),
        ),
        (
            "tls on tcp",
            server("hosts: [a.b], port: {number: 1, name: t, protocol: TCP}, tls: {httpsRedirect: false}"),
            "tls",
            "protocol TCP",
            server("hosts: [a.b], port: {number: 1, name: t, protocol: TLS}, tls: {httpsRedirect: false}"),
        ),
        (
            "simple without certificate",
            tls("mode: SIMPLE, privateKey: /k"),
            "SIMPLE",
            "without a certificate",
            tls(&format!("mode: SIMPLE, {FILES}")),
        ),
        (
            "simple without key",
            tls("mode: SIMPLE, serverCertificate: /c"),
            "SIMPLE",
            "private key",
            simple.clone(),
        ),
        (
            "pair without key",
            tls("mode: SIMPLE, tlsCertificates: [{serverCertificate: /c}]"),
            "serverCertificate",
            "private key",
            tls(&format!("mode: SIMPLE, tlsCertificates: [{{{FILES}}}]")),
        ),
        (
            "mutual without authorities",
            tls(&format!("mode: MUTUAL, {FILES}")),
            "MUTUAL",
            "caCertificates",
            tls(&format!("mode: MUTUAL, {FILES}, caCertificates: /a")),
        ),
        (
            "optional without authorities",
            tls(&format!("mode: OPTIONAL_MUTUAL, {FILES}")),
            "OPTIONAL_MUTUAL",
            "caCertificates",
            tls("mode: OPTIONAL_MUTUAL, credentialName: c"),
        ),
        (
            "two sources",
            tls(&format!("mode: SIMPLE, credentialName: c, {FILES}")),
            "/c",
            "second source",
            tls("mode: SIMPLE, credentialName: c, privateKey: /k"),
        ),
        (
            "two names",
            tls("mode: SIMPLE, credentialName: c, credentialNames: [d]"),
            "credentialNames",
            "second source",
            tls("mode: SIMPLE, credentialNames: [c, d]"),
        ),
        (
            "three certificates",
            tls("mode: SIMPLE, credentialNames: [c, d, e]"),
            "credentialNames",
            "one or two",
            tls("mode: SIMPLE, credentialNames: [c]"),
        ),
        (
            "own certificates",
            tls("mode: ISTIO_MUTUAL, credentialName: c"),
            "c",
            "ISTIO_MUTUAL",
            tls("mode: ISTIO_MUTUAL"),
        ),
        (
            "own key",
            tls("mode: ISTIO_MUTUAL, privateKey: /k"),
            "/k",
            "ISTIO_MUTUAL",
            tls("mode: PASSTHROUGH, privateKey: /k"),
        ),
        (
            "revoked in simple",
            tls(&format!("mode: SIMPLE, {FILES}, caCrl: /r")),
            "/r",
            "mode SIMPLE",
            tls(&format!("mode: MUTUAL, {FILES}, caCertificates: /a, caCrl: /r")),
        ),
        (
            "revoked beside a name",
            tls("mode: PASSTHROUGH, credentialName: c, caCrl: /r"),
            "/r",
            "beside `credentialName`",
            tls("mode: MUTUAL, credentialName: c, caCrl: /r"),
        ),
    ];
    check("networking.istio.io/v1beta1", "Gateway", &rows);
}

#[test]
fn a_name_of_a_gateway_has_no_dots() {
    let spec = host("a.b");
    let read = read_text(&object("networking.istio.io/v1alpha3", "Gateway", "a.b", &spec));
    let [(code, text, message)] = read.said.as_slice() else { panic!("{:?}", read.said) };
    assert_eq!((*code, text.as_str()), ("UM021", "a.b"));
    assert!(message.contains("name"), "{message}");
}

/// A Gateway of Istio's class with these listeners.
fn listeners(items: &str) -> String {
    format!("{{gatewayClassName: istio, listeners: [{items}]}}")
}

#[test]
fn gateways_that_the_api_server_refuses() {
    let plain = listeners("{name: a, port: 80, protocol: HTTP}");
    let rows: Vec<Row> = vec![
        ("no listeners", listeners(""), "listeners", "`listeners`", plain.clone()),
        ("no name", listeners("{port: 80, protocol: HTTP}"), "port", "`name`", plain.clone()),
        ("no port", listeners("{name: a, protocol: HTTP}"), "name", "`port`", plain.clone()),
        ("no protocol", listeners("{name: a, port: 80}"), "name", "`protocol`", plain.clone()),
        (
            "name twice",
            listeners("{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}"),
            "a",
            "name `a`",
            listeners("{name: a, port: 80, protocol: HTTP}, {name: b, port: 81, protocol: HTTP}"),
        ),
        (
            "place twice",
            listeners("{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}"),
            "80",
            "same hostname",
            listeners(
                "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP, hostname: a.b}",
            ),
        ),
        (
            "tls on http",
            listeners("{name: a, port: 80, protocol: HTTP, tls: {mode: Passthrough}}"),
            "tls",
            "no `tls`",
            listeners("{name: a, port: 80, protocol: TLS, tls: {mode: Passthrough}}"),
        ),
        (
            "https passes",
            listeners("{name: a, port: 80, protocol: HTTPS, tls: {mode: Passthrough}}"),
            "Passthrough",
            "HTTPS",
            listeners("{name: a, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}"),
        ),
        (
            "no certificate",
            listeners("{name: a, port: 80, protocol: HTTPS, tls: {mode: Terminate}}"),
            "tls",
            "`certificateRefs`",
            listeners("{name: a, port: 80, protocol: HTTPS, tls: {options: {a: b}}}"),
        ),
        (
            "host of tcp",
            listeners("{name: a, port: 80, protocol: TCP, hostname: a.b}"),
            "a.b",
            "no `hostname`",
            listeners("{name: a, port: 80, protocol: TCP}"),
        ),
        (
            "host in upper case",
            listeners("{name: a, port: 80, protocol: HTTP, hostname: A.b}"),
            "A.b",
            "no hostname",
            listeners("{name: a, port: 80, protocol: HTTP, hostname: '*.b'}"),
        ),
    ];
    check("gateway.networking.k8s.io/v1", "Gateway", &rows);
}

/// An HTTPRoute for a Service, with one rule.
fn rule(fields: &str) -> String {
    format!("{{parentRefs: [{{group: '', kind: Service, name: a}}], rules: [{{{fields}}}]}}")
}

fn filter(fields: &str) -> String {
    rule(&format!("filters: [{{{fields}}}]"))
}

fn path(fields: &str) -> String {
    rule(&format!("matches: [{{path: {{{fields}}}}}]"))
}

#[expect(clippy::too_many_lines, reason = "a table, a row for each rule")]
#[test]
fn routes_that_the_api_server_refuses() {
    let rows: Vec<Row> = vec![
        ("relative path", path("value: a"), "a", "no path", path("value: /a")),
        (
            "two slashes",
            path("type: Exact, value: //a"),
            "//a",
            "no path",
            path("type: RegularExpression, value: //a"),
        ),
        ("method", rule("matches: [{method: get}]"), "get", "no method", rule("matches: [{method: GET}]")),
        (
            "header without value",
            rule("matches: [{headers: [{name: x}]}]"),
            "name",
            "`value`",
            rule("matches: [{headers: [{name: x, value: z}]}]"),
        ),
        (
            "backend without port",
            rule("backendRefs: [{name: a}]"),
            "name",
            "`port`",
            rule("backendRefs: [{group: networking.istio.io, kind: Hostname, name: a}]"),
        ),
        (
            "redirect with backends",
            rule(
                "filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}], backendRefs: [{name: a, port: 80}]",
            ),
            "requestRedirect",
            "no `backendRefs`",
            rule("filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]"),
        ),
        (
            "status of a redirect",
            filter("type: RequestRedirect, requestRedirect: {statusCode: 304}"),
            "304",
            "no status",
            filter("type: RequestRedirect, requestRedirect: {statusCode: 308}"),
        ),
        ("filter without its field", filter("type: CORS"), "CORS", "`cors`", filter("type: CORS, cors: {}")),
        (
            "filter without type",
            filter("cors: {}"),
            "cors",
            "`type`",
            filter("type: CORS, cors: {maxAge: 1}"),
        ),
        (
            "filter twice",
            rule("filters: [{type: CORS, cors: {}}, {type: CORS, cors: {}}]"),
            "CORS",
            "two filters",
            rule(
                "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}}}, {type: RequestMirror, \
                 requestMirror: {backendRef: {name: b, port: 1}}}]",
            ),
        ),
        (
            "prefix of no prefix",
            rule(
                "matches: [{path: {type: Exact, value: /a}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: \
                 ReplacePrefixMatch, replacePrefixMatch: /b}}}]",
            ),
            "/b",
            "exactly one match",
            rule(
                "filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}]",
            ),
        ),
        (
            "path without its text",
            filter("type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath}}"),
            "ReplaceFullPath",
            "`replaceFullPath`",
            filter("type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /a}}"),
        ),
        (
            "two shares of a mirror",
            filter(
                "type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, percent: 1, fraction: {numerator: 1}}",
            ),
            "fraction",
            "beside `percent`",
            filter(
                "type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, fraction: {numerator: 1}}",
            ),
        ),
        (
            "more than all",
            filter(
                "type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, fraction: {numerator: 3, \
                 denominator: 2}}",
            ),
            "3",
            "more than all",
            filter("type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, percent: 100}"),
        ),
        (
            "try longer than all",
            rule("timeouts: {request: 1s, backendRequest: 2s}"),
            "2s",
            "longer",
            rule("timeouts: {request: 0s, backendRequest: 2s}"),
        ),
        (
            "fraction of a second",
            rule("timeouts: {request: 1.5s}"),
            "1.5s",
            "no duration",
            rule("timeouts: {request: 1s500ms}"),
        ),
    ];
    check("gateway.networking.k8s.io/v1", "HTTPRoute", &rows);
}

#[test]
fn what_others_serve_is_passed_over() {
    let wrong = "listeners: [{name: a, port: 80, protocol: HTTP, hostname: A, unknown: 1}]";
    let foreign = object(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "g",
        &format!("{{gatewayClassName: envoy, {wrong}}}"),
    );
    let route = "{parentRefs: [{name: g}], rules: [{matches: [{method: get}], unknown: 1}]}";
    let route = object("gateway.networking.k8s.io/v1", "HTTPRoute", "r", route);
    let read = read_text(&format!("{foreign}---\n{route}"));
    assert!(read.said.is_empty(), "{:?}", read.said);
    assert!(read.resources.gateway_api.gateways.is_empty() && read.resources.gateway_api.routes.is_empty());
}

#[test]
fn a_class_is_whose_controller_it_names() {
    let class = |controller: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {{name: c}}\nspec: {{controllerName: \
             {controller}}}\n---\n"
        )
    };
    let gateway = |class: &str| {
        let spec =
            format!("{{gatewayClassName: {class}, listeners: [{{name: a, port: 80, protocol: HTTP}}]}}");
        object("gateway.networking.k8s.io/v1", "Gateway", "g", &spec)
    };
    for (row, text, istio) in [
        ("built in", gateway("istio"), true),
        ("a waypoint's", gateway("istio-waypoint"), true),
        ("unknown", gateway("c"), false),
        ("of Istio's controller", class("istio.io/gateway-controller") + &gateway("c"), true),
        ("of another controller", class("example.com/c") + &gateway("c"), false),
    ] {
        let read = read_text(&text);
        assert_eq!(read.resources.gateway_api.gateways.len(), usize::from(istio), "{row}");
    }
}
