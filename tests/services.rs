//! What resources say of ports, tokens at gateways, scopes and old fields: tables of what is told, and of what is
//! left alone, and the inputs of `testdata/services` with the findings that stand beside them.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests; what is missing fails the test")]

mod support;

use serde_json::{Value as Json, json};
use support::Run;

const CODES: [&str; 9] = ["UM170", "UM171", "UM172", "UM175", "UM176", "UM177", "UM178", "UM186", "UM187"];

/// Code, severity, underlined text.
type Told = (&'static str, &'static str, &'static str);

fn check(rows: &[(&str, String, &[Told])]) {
    for (fact, text, expected) in rows {
        let told = Run::parse("").translate(text).told;
        let told = told.iter().filter(|one| CODES.contains(&one.code.as_str()));
        let found: Vec<(&str, &str, &str)> = told
            .map(|one| {
                (one.code.as_str(), one.severity.as_str(), one.underlined.as_deref().unwrap_or_default())
            })
            .collect();
        assert_eq!(found, *expected, "{fact}\n{text}");
    }
}

fn object(version: &str, kind: &str, name: &str, namespace: &str, rest: &str) -> String {
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n{rest}\n---\n"
    )
}

/// The Namespace `shop`, with sidecars.
fn shop() -> String {
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\n"
        .to_string()
}

fn deployment(name: &str, namespace: &str, labels: &str) -> String {
    let spec = format!(
        "spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: c, image: i, ports: \
         [{{name: main, containerPort: 8080}}]}}]}}}}}}"
    );
    object("apps/v1", "Deployment", name, namespace, &spec)
}

fn service(name: &str, ports: &str) -> String {
    object("v1", "Service", name, "shop", &format!("spec: {{selector: {{app: web}}, ports: [{ports}]}}"))
}

fn web() -> String {
    shop() + &deployment("web", "shop", "app: web")
}

fn one_port(port: &str) -> String {
    web() + &service("web", &format!("{{{port}}}"))
}

#[test]
fn ports_that_nothing_says_the_protocol_of_are_told() {
    let told = |underlined: &'static str| ("UM170", "info", underlined);
    check(&[
        ("a name without a protocol", one_port("name: web, port: 80"), &[told("web")]),
        ("no name", one_port("port: 80"), &[told("80")]),
        (
            "an appProtocol that Istio does not know, before a name that it does",
            one_port("name: http, port: 80, appProtocol: rest"),
            &[told("rest")],
        ),
        (
            "several ports of one Service, once",
            web() + &service("web", "{name: a, port: 80}, {name: b, port: 81}, {name: http, port: 82}"),
            &[told("a")],
        ),
        (
            "a Service of a namespace with sidecars, without its workload",
            shop() + &service("web", "{name: web, port: 80}"),
            &[told("web")],
        ),
    ]);
}

#[test]
fn ports_that_say_enough_or_of_no_mesh_are_left_alone() {
    let unlabelled = deployment("web", "shop", "app: web") + &service("web", "{name: web, port: 80}");
    let out = shop()
        + &deployment("web", "shop", "app: web, sidecar.istio.io/inject: \"false\"")
        + &service("web", "{name: web, port: 80}");
    check(&[
        ("a name that begins so", one_port("name: grpc-web-api, port: 80"), &[]),
        ("in capitals", one_port("name: HTTP-web, port: 80"), &[]),
        (
            "an appProtocol of Kubernetes, which Kiali took for wrong",
            one_port("name: web, port: 80, appProtocol: kubernetes.io/h2c"),
            &[],
        ),
        ("a well-known port", one_port("name: db, port: 3306"), &[]),
        ("UDP", one_port("name: dns, port: 53, protocol: UDP"), &[]),
        ("nothing of the mesh in the input", unlabelled, &[]),
        ("pods without a proxy", out, &[]),
        (
            "a gateway's Service",
            shop()
                + &object(
                    "v1",
                    "Service",
                    "in",
                    "shop",
                    "spec: {selector: {istio: ingressgateway}, ports: [{name: status-port, port: 15021}]}",
                ),
            &[],
        ),
        (
            "ExternalName, of which proxies make no listener (IST0150)",
            shop()
                + &object(
                    "v1",
                    "Service",
                    "out",
                    "shop",
                    "spec: {type: ExternalName, externalName: db.example.com, ports: [{name: tcp, port: 80}]}",
                ),
            &[],
        ),
    ]);
}

#[test]
fn services_that_contradict_each_other_are_told() {
    let pair = |first: &str, second: &str| web() + &service("one", first) + &service("two", second);
    let http = "{name: http, port: 80, targetPort: 8080}";
    check(&[
        (
            "HTTP and TCP of one port of the pods",
            pair(http, "{name: tcp, port: 9090, targetPort: 8080}"),
            &[("UM171", "warning", "tcp")],
        ),
        (
            "by the name of the container's port",
            pair("{name: http, port: 80, targetPort: main}", "{name: tls, port: 443, targetPort: 8080}"),
            &[("UM171", "warning", "tls")],
        ),
        (
            "the same protocol by two ports (IST0137)",
            pair(http, "{name: http, port: 81, targetPort: 8080}"),
            &[],
        ),
        ("HTTP in two versions", pair(http, "{name: grpc, port: 81, targetPort: 8080}"), &[]),
        (
            "TCP and UDP on one number (IST0116)",
            pair("{name: tcp, port: 53}", "{name: dns, port: 53, protocol: UDP}"),
            &[],
        ),
        ("other ports of the pods", pair(http, "{name: tcp, port: 80, targetPort: 9090}"), &[]),
        (
            "two variants of one Service",
            web() + &service("one", http) + &service("one", "{name: tcp, port: 90, targetPort: 8080}"),
            &[],
        ),
        (
            "pods without a proxy that is shown",
            deployment("web", "shop", "app: web")
                + &service("one", http)
                + &service("two", "{name: tcp, port: 9, targetPort: 8080}"),
            &[],
        ),
    ]);
}

fn entry(spec: &str, port: &str) -> String {
    let spec =
        format!("spec: {{hosts: [db.example.com], {spec}, ports: [{{number: 5432, name: db{port}}}]}}");
    object("networking.istio.io/v1", "ServiceEntry", "db", "shop", &spec)
}

#[test]
fn tcp_ports_without_addresses_are_told() {
    let told: &[Told] = &[("UM172", "info", "5432")];
    let tcp = ", protocol: TCP";
    let capture = object(
        "v1",
        "ConfigMap",
        "istio",
        "istio-system",
        "data: {mesh: 'defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}}'}",
    );
    let ambient = shop().replace("istio-injection: enabled", "istio.io/dataplane-mode: ambient");
    check(&[
        ("TCP by DNS", entry("resolution: DNS", tcp), told),
        ("no protocol", entry("resolution: DNS", ""), told),
        ("with addresses", entry("resolution: DNS, addresses: [192.0.2.7]", tcp), &[]),
        ("passed on", entry("resolution: NONE", tcp), &[]),
        ("by server name", entry("resolution: DNS", ", protocol: TLS"), &[]),
        ("requests", entry("resolution: DNS", ", protocol: HTTP"), &[]),
        ("for no proxy", entry("resolution: DNS, exportTo: ['~']", tcp), &[]),
        ("proxies that answer DNS", capture + &entry("resolution: DNS", tcp), &[]),
        ("ztunnel, which answers DNS", ambient + &entry("resolution: DNS", tcp), &[]),
    ]);
}

const CLAIM: &str = "'@request.auth.claims.role'";

fn routes(matching: &str) -> String {
    let gateway = "spec: {selector: {istio: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}";
    let spec = format!(
        "spec: {{hosts: [a.example.com], gateways: [edge/door], http: [{{match: [{{{matching}}}], route: [{{destination: {{host: web}}}}]}}]}}"
    );
    object("networking.istio.io/v1", "Gateway", "door", "edge", gateway)
        + &object("networking.istio.io/v1", "VirtualService", "web", "shop", &spec)
}

fn tokens(namespace: &str, selector: &str) -> String {
    let spec = format!("spec: {{{selector}jwtRules: [{{issuer: https://login.example.com}}]}}");
    object("security.istio.io/v1", "RequestAuthentication", "tokens", namespace, &spec)
}

#[test]
fn routes_by_claims_need_a_check_at_the_gateway() {
    let by_claim = || routes("headers: {'@request.auth.claims.role': {exact: admin}}");
    let pods = || deployment("door", "edge", "istio: edge");
    check(&[
        (
            "a check for other pods of the namespace",
            by_claim() + &pods() + &tokens("edge", "selector: {matchLabels: {app: web}}, "),
            &[("UM175", "warning", CLAIM)],
        ),
        ("no check at all", by_claim() + &pods(), &[("UM175", "info", CLAIM)]),
        (
            "a check at the workload behind",
            by_claim() + &pods() + &tokens("shop", ""),
            &[("UM175", "info", CLAIM)],
        ),
        ("a check", by_claim() + &pods() + &tokens("edge", "selector: {matchLabels: {istio: edge}}, "), &[]),
        ("a check of the whole namespace", by_claim() + &pods() + &tokens("edge", ""), &[]),
        ("a check of the mesh", by_claim() + &pods() + &tokens("istio-system", ""), &[]),
        ("the gateway's pods are elsewhere", by_claim(), &[]),
        ("another header", routes("headers: {x-role: {exact: admin}}") + &pods(), &[]),
    ]);
}

fn sidecar(namespace: &str, spec: &str) -> String {
    let spec = format!("spec: {{{spec}egress: [{{hosts: [./*]}}]}}");
    object("networking.istio.io/v1", "Sidecar", "own", namespace, &spec)
}

#[test]
fn sidecars_for_pods_that_have_none_are_told() {
    const SELECTOR: &str = "workloadSelector: {labels: {app: web}}, ";
    let ambient = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}\n---\n";
    let gateway = |name: &str| {
        deployment(name, "shop", "app: web")
            .replace("{metadata: {", "{metadata: {annotations: {inject.istio.io/templates: gateway}, ")
    };
    let scope: &[Told] = &[("UM176", "warning", "workloadSelector")];
    check(&[
        ("of the root namespace for pods of another", web() + &sidecar("istio-system", SELECTOR), scope),
        (
            "for pods that the input does not show",
            sidecar("istio-system", SELECTOR),
            &[("UM176", "info", "workloadSelector")],
        ),
        (
            "an empty selector in the root namespace",
            web() + &sidecar("istio-system", "workloadSelector: {}, "),
            &[("UM176", "warning", "workloadSelector"), ("UM178", "info", "workloadSelector")],
        ),
        (
            "pods in ambient mode",
            ambient.to_string() + &deployment("web", "shop", "app: web") + &sidecar("shop", SELECTOR),
            scope,
        ),
        (
            "a namespace in ambient mode",
            ambient.to_string() + &sidecar("shop", ""),
            &[("UM176", "warning", "own")],
        ),
        ("a gateway's pods", shop() + &gateway("web") + &sidecar("shop", SELECTOR), scope),
        (
            "a policy without a mode",
            web() + &sidecar("shop", "outboundTrafficPolicy: {}, "),
            &[("UM176", "info", "outboundTrafficPolicy")],
        ),
        ("pods with a sidecar", web() + &sidecar("shop", SELECTOR), &[]),
        ("one for the mesh", web() + &sidecar("istio-system", ""), &[]),
        (
            "a gateway in no namespace that is written, as of an example",
            sidecar("istio-system", "").replace("egress", "outboundTrafficPolicy: {mode: ALLOW_ANY}, egress"),
            &[],
        ),
        (
            "pods of the root namespace",
            deployment("web", "istio-system", "app: web") + &sidecar("istio-system", SELECTOR),
            &[],
        ),
        ("nothing known of the pods", sidecar("shop", SELECTOR), &[]),
    ]);
}

#[test]
fn old_fields_are_told_with_what_takes_their_place() {
    let rule = |policy: &str| {
        object(
            "networking.istio.io/v1",
            "DestinationRule",
            "web",
            "shop",
            &format!("spec: {{host: web, {policy}}}"),
        )
    };
    let http = |route: &str| {
        let spec =
            format!("spec: {{hosts: [web], http: [{{{route}, route: [{{destination: {{host: web}}}}]}}]}}");
        object("networking.istio.io/v1", "VirtualService", "web", "shop", &spec)
    };
    let old = |underlined: &'static str| ("UM177", "info", underlined);
    check(&[
        ("a value", rule("trafficPolicy: {loadBalancer: {simple: LEAST_CONN}}"), &[old("LEAST_CONN")]),
        (
            "twice in one object, once",
            rule(
                "trafficPolicy: {loadBalancer: {simple: LEAST_CONN}}, subsets: [{name: a, labels: {v: a}, trafficPolicy: {loadBalancer: {simple: LEAST_CONN}}}]",
            ),
            &[old("LEAST_CONN")],
        ),
        (
            "of one port of a subset",
            rule(
                "subsets: [{name: a, labels: {v: a}, trafficPolicy: {portLevelSettings: [{port: {number: 80}, loadBalancer: {warmupDurationSecs: 5s}}]}}]",
            ),
            &[old("warmupDurationSecs")],
        ),
        ("its new name", rule("trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}"), &[]),
        ("a share of delays", http("fault: {delay: {fixedDelay: 5s, percent: 10}}"), &[old("percent")]),
        ("a share of copies", http("mirror: {host: two}, mirrorPercent: 10"), &[old("mirrorPercent")]),
        ("the new share", http("fault: {delay: {fixedDelay: 5s, percentage: {value: 10}}}"), &[]),
        ("origins", http("corsPolicy: {allowOrigin: ['*']}"), &[old("allowOrigin")]),
    ]);
}

#[test]
fn odd_values_are_told() {
    let odd = |severity: &'static str, underlined: &'static str| ("UM178", severity, underlined);
    let policy = |spec: &str| {
        object(
            "security.istio.io/v1",
            "PeerAuthentication",
            "web",
            "shop",
            &format!("spec: {{{spec}mtls: {{mode: STRICT}}}}"),
        )
    };
    let of = |spec: &str| {
        object("networking.istio.io/v1", "VirtualService", "web", "shop", &format!("spec: {{{spec}}}"))
    };
    let sni = |name: &str| {
        of(&format!(
            "hosts: ['*.example.com', '192.0.2.7'], gateways: [door], tls: [{{match: [{{sniHosts: ['{name}']}}], route: [{{destination: {{host: web}}}}]}}]"
        ))
    };
    let routed = |gateway: &str| {
        of(&format!(
            "hosts: [a.example.com], gateways: [{gateway}], http: [{{route: [{{destination: {{host: web}}}}]}}]"
        ))
    };
    let keys = |key: &str| {
        let spec = format!("spec: {{jwtRules: [{{issuer: me, jwks: '{{\"keys\": [{key}]}}'}}]}}");
        object("security.istio.io/v1", "RequestAuthentication", "tokens", "shop", &spec)
    };
    let hosts = |hosts: &str| {
        object(
            "networking.istio.io/v1",
            "Sidecar",
            "own",
            "shop",
            &format!("spec: {{egress: [{{hosts: [{hosts}]}}]}}"),
        )
    };
    check(&[
        ("a selector that is empty", policy("selector: {}, "), &[odd("info", "selector")]),
        ("and one whose labels are", policy("selector: {matchLabels: {}}, "), &[odd("info", "selector")]),
        ("no selector", policy(""), &[]),
        ("a selector", policy("selector: {matchLabels: {app: web}}, "), &[]),
        ("an address for a server name", sni("192.0.2.7"), &[odd("warning", "'192.0.2.7'")]),
        ("a server name", sni("a.example.com"), &[]),
        (
            "the old name of a Gateway",
            routed("door.edge.svc.cluster.local"),
            &[odd("info", "door.edge.svc.cluster.local")],
        ),
        ("its new name", routed("edge/door"), &[]),
        ("a public key", keys("{\"kty\": \"RSA\", \"n\": \"AQAB\", \"e\": \"AQAB\"}"), &[]),
        (
            "a host in another",
            hosts("./*, ./web.shop.svc.cluster.local"),
            &[odd("info", "./web.shop.svc.cluster.local")],
        ),
        ("a host that is kept out", hosts("./*, istio-system/*"), &[]),
    ]);
    for key in [
        "{\"kty\": \"RSA\", \"n\": \"AQAB\", \"e\": \"AQAB\", \"d\": \"AQAB\"}",
        "{\"kty\": \"oct\", \"k\": \"AQAB\"}",
    ] {
        let told = Run::parse("").translate(&keys(key)).told;
        let found = told.iter().filter(|one| one.code == "UM178" && one.severity == "warning");
        assert_eq!(found.count(), 1, "{key}");
    }
}

#[test]
fn accounts_of_machines_are_looked_for_among_those_shown() {
    let account = |name: &str| object("v1", "ServiceAccount", name, "shop", "");
    let group = |account: &str| {
        let spec = format!("spec: {{template: {{serviceAccount: {account}}}}}");
        object("networking.istio.io/v1", "WorkloadGroup", "machines", "shop", &spec)
    };
    check(&[
        ("a slip", account("database") + &group("databse"), &[("UM186", "warning", "databse")]),
        ("another name", account("database") + &group("cache"), &[("UM186", "info", "cache")]),
        ("that name", account("database") + &group("database"), &[]),
        ("no account is shown", group("database"), &[]),
    ]);
}

#[test]
fn policies_of_namespaces_without_proxies_are_told() {
    let namespace = |labels: &str| shop().replace("istio-injection: enabled", labels);
    let policy = object(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        "web",
        "shop",
        "spec: {rules: [{from: [{source: {namespaces: [bank]}}]}]}",
    );
    let own = deployment("web", "shop", "app: web, sidecar.istio.io/inject: \"true\"");
    check(&[
        ("kept out", namespace("istio-injection: disabled") + &policy, &[("UM187", "warning", "shop")]),
        ("without a label", namespace("team: shop") + &policy, &[("UM187", "info", "shop")]),
        ("without policies", namespace("istio-injection: disabled"), &[]),
        ("by a revision", namespace("istio.io/rev: stable") + &policy, &[]),
        ("in ambient mode", namespace("istio.io/dataplane-mode: ambient") + &policy, &[]),
        ("by a template of its own", namespace("team: shop") + &own + &policy, &[]),
        ("a Namespace that is not shown", policy.clone(), &[]),
        ("two forms of one Namespace", namespace("team: shop") + &shop() + &policy, &[]),
    ]);
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    let input = include_str!("../testdata/services/ports/input.yaml");
    let expected = include_str!("../testdata/services/ports/findings.json");
    let expected: Vec<Json> = serde_json::from_str(expected).expect("JSON");
    let outcome = Run::parse("").translate(input);
    assert!(!outcome.written.is_empty(), "these lints keep nothing back");
    let told = outcome.told.iter().filter(|one| CODES.contains(&one.code.as_str()));
    let found: Vec<Json> = told
        .map(|one| {
            json!({
                "code": one.code,
                "severity": one.severity,
                "field": one.field,
                "underlined": one.underlined,
                "message": one.message,
            })
        })
        .collect();
    assert_eq!(found, expected);
}
