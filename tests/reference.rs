//! What resources name and the input does not have: the inputs of `testdata/reference` with the findings that
//! stand beside them, and a table of inputs that prove nothing and are left alone.

#![expect(clippy::too_many_lines, reason = "a table has a row for each input")]
#![expect(clippy::unwrap_used, reason = "helpers of tests; what is missing fails the test")]

mod golden;

use serde_json::{Value as Json, json};
use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::finding::{Direction, Finding};
use unmesh::ir::Model;
use unmesh::lint::{self, Context};
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// Every finding of these lints in one input.
fn findings(text: &str) -> Vec<Json> {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let settings = Settings::default();
    let parsed = yaml::parse(id, sources.file(id), yaml::Limits::default());
    assert!(parsed.findings.is_empty() && !parsed.documents.is_empty(), "{text}\n{:?}", parsed.findings);
    let reading = manifest::collect(parsed.documents, &sources, &settings);
    let (inventory, _) = manifest::inventory(&reading.manifest, &settings);
    let (resources, _) = unmesh::istio::read(&reading.manifest);
    let model = Model::default();
    let manifest = &reading.manifest;
    let (inventory, resources, model, settings) = (&inventory, &resources, &model, &settings);
    let found = lint::reference::check(&Context { manifest, inventory, resources, model, settings });
    found.iter().map(|finding| shown(&sources, finding)).collect()
}

/// What Istio refuses in an input, which these lints would not see.
fn refused(text: &str) -> Vec<String> {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let settings = Settings::default();
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    let reading = manifest::collect(documents, &sources, &settings);
    let (_, findings) = unmesh::istio::read(&reading.manifest);
    findings.into_iter().map(|finding| finding.message).collect()
}

fn shown(sources: &SourceMap, finding: &Finding) -> Json {
    assert_eq!(finding.direction, Direction::None, "{}", finding.message);
    assert!(finding.field.is_some(), "{}", finding.message);
    json!({
        "code": finding.code.id,
        "severity": finding.severity.word(),
        "object": finding.object.as_ref().map(ToString::to_string),
        "underlined": finding.span.map(|span| sources.text(span)),
        "message": finding.message,
        "help": finding.help,
        "related": finding.related.iter().map(|one| sources.text(one.span)).collect::<Vec<_>>(),
    })
}

fn cases() -> Vec<PathBuf> {
    golden::cases("reference", 4)
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let found = findings(&std::fs::read_to_string(directory.join("input.yaml")).unwrap());
        golden::same(&directory, &found);
    }
}

fn object(kind: &str, name: &str, spec: &str) -> String {
    let version = match kind {
        "VirtualService" | "DestinationRule" | "ServiceEntry" | "Gateway" | "Sidecar" => {
            "networking.istio.io/v1"
        }
        "HTTPRoute" => "gateway.networking.k8s.io/v1",
        "Deployment" => "apps/v1",
        _ => "v1",
    };
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    let namespace = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\nspec: {spec}\n---\n")
}

fn service(name: &str, ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(|port| format!("{{port: {port}, targetPort: 8080}}")).collect();
    let app = name.rsplit('/').next().unwrap();
    object("Service", name, &format!("{{selector: {{app: {app}}}, ports: [{}]}}", ports.join(", ")))
}

fn deployment(name: &str, labels: &str) -> String {
    let container = "{name: it, image: it, ports: [{containerPort: 8080}]}";
    let template = format!("{{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{container}]}}}}");
    object("Deployment", name, &format!("{{template: {template}}}"))
}

/// A VirtualService of its own name that sends requests to a destination.
fn routes(name: &str, gateways: &str, destination: &str) -> String {
    let host = name.rsplit('/').next().unwrap();
    let spec = format!(
        "{{hosts: [{host}.example.com], gateways: [{gateways}], http: [{{route: [{{destination: {{{destination}}}}}]}}]}}"
    );
    object("VirtualService", name, &spec)
}

fn rule(name: &str, host: &str, subsets: &str) -> String {
    object("DestinationRule", name, &format!("{{host: {host}, subsets: [{subsets}]}}"))
}

fn server(hosts: &str, port: u16) -> String {
    format!("{{port: {{number: {port}, name: p{port}, protocol: HTTP}}, hosts: [{hosts}]}}")
}

fn gateway(name: &str, selector: &str, servers: &[String]) -> String {
    object("Gateway", name, &format!("{{selector: {{{selector}}}, servers: [{}]}}", servers.join(", ")))
}

#[test]
fn what_proves_nothing_is_left_alone() {
    let v1 = "{name: v1, labels: {version: v1}}";
    let rows: Vec<(&str, Vec<String>)> = vec![
        ("nothing is known of the namespace", vec![routes("shop/web", "mesh", "host: reviews")]),
        (
            "one Service of the namespace shows no list of them",
            vec![service("shop/web", &[80]), routes("shop/web", "mesh", "host: reviews")],
        ),
        (
            "names with numbers are other names",
            vec![service("shop/reviews-v1", &[80]), routes("shop/web", "mesh", "host: reviews-v2")],
        ),
        (
            "a ServiceEntry has the host",
            vec![
                object(
                    "ServiceEntry",
                    "shop/out",
                    "{hosts: [api.example.org], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}",
                ),
                routes("shop/web", "mesh", "host: api.example.org, port: {number: 443}"),
            ],
        ),
        (
            "a wildcard of a ServiceEntry holds the host",
            vec![
                object(
                    "ServiceEntry",
                    "shop/out",
                    "{hosts: ['*.example.org'], ports: [{number: 443, name: tls, protocol: TLS}]}",
                ),
                routes("shop/web", "mesh", "host: apis.example.org"),
            ],
        ),
        (
            "hosts outside are not compared with Services",
            vec![
                service("shop/reviews", &[80]),
                service("shop/web", &[80]),
                routes("shop/web", "mesh", "host: api.example.org"),
            ],
        ),
        (
            "the host of a VirtualService is what clients ask for, and no name of the registry",
            vec![
                service("shop/reviews", &[80]),
                service("shop/web", &[80]),
                routes("shop/review", "mesh", "host: reviews"),
            ],
        ),
        (
            "whoever applies it chooses the namespace",
            vec![service("shop/reviews", &[80]), routes("web", "mesh", "host: reviews")],
        ),
        (
            "a workload of this name may bring its Service",
            vec![
                service("shop/reviews", &[80]),
                deployment("shop/review", "app: x"),
                routes("shop/web", "mesh", "host: review"),
            ],
        ),
        (
            "a wildcard of a DestinationRule means whatever there is",
            vec![
                service("shop/a", &[80]),
                service("shop/b", &[80]),
                rule("shop/all", "'*.other.svc.cluster.local'", ""),
            ],
        ),
        (
            "a placeholder",
            vec![
                service("shop/a", &[80]),
                service("shop/b", &[80]),
                object(
                    "HTTPRoute",
                    "shop/a",
                    "{parentRefs: [{group: '', kind: Service, name: a}], rules: [{backendRefs: [{name: '${APP}', port: 80}]}]}",
                ),
            ],
        ),
        (
            "a subset of another rule of the host",
            vec![
                rule("shop/one", "web", v1),
                rule("shop/two", "web.shop.svc.cluster.local", "{name: v2, labels: {version: v2}}"),
                routes("shop/web", "mesh", "host: web, subset: v2"),
            ],
        ),
        (
            "a subset of a rule for a wildcard",
            vec![
                rule("shop/all", "'*.shop.svc.cluster.local'", v1),
                routes("shop/web", "mesh", "host: web, subset: v1"),
            ],
        ),
        (
            "a rule that stands twice with different content",
            vec![
                rule("shop/web", "web", v1),
                rule("shop/web", "web", "{name: v2, labels: {version: v2}}"),
                routes("shop/web", "mesh", "host: web, subset: v3"),
            ],
        ),
        (
            "no rule of the input has subsets",
            vec![service("shop/web", &[80]), routes("shop/web", "mesh", "host: web, subset: v1")],
        ),
        (
            "no pod behind the Service is shown",
            vec![service("shop/web", &[80]), deployment("shop/db", "app: db"), rule("shop/web", "web", v1)],
        ),
        (
            "labels that Istio gives endpoints",
            vec![
                service("shop/web", &[80]),
                deployment("shop/web", "app: web"),
                rule("shop/web", "web", "{name: near, labels: {topology.kubernetes.io/zone: a}}"),
            ],
        ),
        (
            "pods with the same labels in another namespace",
            vec![
                service("shop/web", &[80]),
                deployment("other/web", "app: web, version: v2"),
                rule("shop/web", "web", v1),
            ],
        ),
        ("no Gateway is shown", vec![routes("shop/web", "istio-system/public", "host: web")]),
        (
            "Gateways of other namespaces alone",
            vec![
                gateway("edge/public", "app: gw", &[server("'*'", 80)]),
                routes("shop/web", "istio-system/private", "host: web"),
            ],
        ),
        (
            "a Gateway that stands twice with different content",
            vec![
                gateway("shop/gw", "app: gw", &[server("a.example.com", 80)]),
                gateway("shop/gw", "app: gw", &[server("b.example.com", 80)]),
                routes("shop/web", "gw", "host: web"),
            ],
        ),
        (
            "hosts meet, whichever is wider",
            vec![
                gateway("shop/gw", "app: gw", &[server("'shop/*.example.com'", 80)]),
                gateway("shop/any", "app: gw", &[server("'*/*'", 80)]),
                routes("shop/web", "gw, shop/any, mesh", "host: web"),
            ],
        ),
        (
            "the only port needs no number",
            vec![
                service("shop/web", &[80]),
                gateway("shop/gw", "app: gw", &[server("'*'", 443)]),
                routes("shop/web", "gw", "host: web"),
            ],
        ),
        (
            "several ports, and the one that requests come in by among them",
            vec![
                service("shop/web", &[80, 9090]),
                gateway("shop/gw", "app: gw", &[server("'*'", 80)]),
                routes("shop/web", "gw", "host: web"),
            ],
        ),
        (
            "several ports, and a Gateway that is not shown",
            vec![service("shop/web", &[8080, 9090]), routes("shop/web", "edge/gw", "host: web")],
        ),
        (
            "the Services of the gateway are not shown",
            vec![deployment("edge/gw", "app: gw"), gateway("edge/gw", "app: gw", &[server("'*'", 8443)])],
        ),
        (
            "a Service of the gateway leads to the port, or has it",
            vec![
                deployment("edge/gw", "app: gw"),
                object("Service", "edge/gw", "{selector: {app: gw}, ports: [{port: 443, targetPort: 8443}]}"),
                gateway("edge/gw", "app: gw", &[server("'*'", 443), server("'*'", 8443)]),
            ],
        ),
        (
            "a container of the gateway declares the port",
            vec![
                deployment("edge/gw", "app: gw"),
                object("Service", "edge/gw", "{selector: {app: gw}, ports: [{port: 443, targetPort: 8443}]}"),
                gateway("edge/gw", "app: gw", &[server("'*'", 8080)]),
            ],
        ),
        (
            "by a headless Service, clients reach every port",
            vec![
                deployment("edge/gw", "app: gw"),
                object("Service", "edge/gw", "{selector: {app: gw}, clusterIP: None, ports: [{port: 443}]}"),
                gateway("edge/gw", "app: gw", &[server("'*'", 8443)]),
            ],
        ),
        (
            "requests do not come by a port that carries TCP",
            vec![
                object(
                    "Service",
                    "shop/web",
                    "{ports: [{name: http, port: 80}, {name: tcp-db, port: 3306}]}",
                ),
                object(
                    "Service",
                    "shop/new",
                    "{ports: [{name: http, port: 80}, {name: http-admin, port: 81}]}",
                ),
                object(
                    "VirtualService",
                    "shop/web",
                    "{hosts: [web], http: [{route: [{destination: {host: new}}]}]}",
                ),
            ],
        ),
        (
            "the selector of Istio's own gateway",
            vec![
                deployment("edge/gw", "istio: ingress-gateway"),
                gateway("edge/gw", "istio: ingressgateway", &[server("'*'", 80)]),
            ],
        ),
        (
            "a selector that is far from all labels",
            vec![
                deployment("edge/gw", "app: edge"),
                gateway("edge/gw", "app: public-gateway", &[server("'*'", 80)]),
            ],
        ),
        (
            "a namespace in an input without Namespaces",
            vec![object(
                "DestinationRule",
                "shop/web",
                "{host: web.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}, exportTo: [other]}",
            )],
        ),
        (
            "a Sidecar's entries for wildcards, and for what it keeps out",
            vec![
                service("shop/a", &[80]),
                service("shop/b", &[80]),
                object(
                    "Sidecar",
                    "shop/default",
                    "{egress: [{hosts: ['./*', '*/*.other.svc.cluster.local', '~shop/nothing.example.com']}]}",
                ),
            ],
        ),
    ];
    for (name, objects) in rows {
        let text = objects.concat();
        let found = findings(&text);
        assert!(found.is_empty(), "{name}: {found:#?}");
        assert_eq!(refused(&text), Vec::<String>::new(), "{name}");
    }
}
