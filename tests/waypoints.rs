//! Resources for requests of workloads in ambient mode: tables of what is told, and of what is left alone, and the
//! input of `testdata/waypoints` with the findings that stand beside it.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests; what is missing fails the test")]

mod support;

use serde_json::{Value as Json, json};
use support::Run;

const CODES: [&str; 5] = ["UM036", "UM173", "UM174", "UM185", "UM414"];

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

fn namespace(name: &str, labels: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n---\n")
}

const AMBIENT: &str = "istio.io/dataplane-mode: ambient";
const WITH_WAYPOINT: &str = "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: door";

/// The Namespace `shop` with these labels, and the Service and pods `web` in it.
fn shop(labels: &str) -> String {
    let service = "spec: {selector: {app: web}, ports: [{name: http, port: 80}]}";
    namespace("shop", labels)
        + &object("v1", "Service", "web", "shop", service)
        + &deployment("web", "shop", "app: web")
}

fn deployment(name: &str, namespace: &str, labels: &str) -> String {
    let spec = format!(
        "spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}}}"
    );
    object("apps/v1", "Deployment", name, namespace, &spec)
}

fn waypoint(name: &str, namespace: &str) -> String {
    let spec =
        "spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}";
    object("gateway.networking.k8s.io/v1", "Gateway", name, namespace, spec)
}

fn rule(namespace: &str, host: &str) -> String {
    let spec =
        format!("spec: {{host: {host}, trafficPolicy: {{connectionPool: {{http: {{maxRetries: 3}}}}}}}}");
    object("networking.istio.io/v1", "DestinationRule", "limits", namespace, &spec)
}

fn routes(namespace: &str, host: &str, gateways: &str) -> String {
    let spec = format!(
        "spec: {{hosts: [{host}], {gateways}http: [{{timeout: 5s, route: [{{destination: {{host: {host}}}}}]}}]}}"
    );
    object("networking.istio.io/v1", "VirtualService", "times", namespace, &spec)
}

const HOST: &str = "web.shop.svc.cluster.local";

#[test]
fn rules_and_routes_that_ztunnel_does_not_know_are_told() {
    check(&[
        ("a rule without a waypoint", shop(AMBIENT) + &rule("shop", "web"), &[("UM173", "warning", "web")]),
        (
            "routes without a waypoint",
            shop(AMBIENT) + &routes("shop", "web", ""),
            &[("UM173", "warning", "web")],
        ),
        ("by the whole name", shop(AMBIENT) + &routes("shop", HOST, ""), &[("UM173", "warning", HOST)]),
        (
            "a waypoint that stands there, and nobody asks for",
            shop(AMBIENT) + &waypoint("door", "shop") + &rule("shop", "web"),
            &[("UM173", "info", "web")],
        ),
        (
            "a rule of a namespace that no waypoint looks at",
            shop(WITH_WAYPOINT) + &namespace("web", AMBIENT) + &rule("web", HOST),
            &[("UM173", "warning", HOST)],
        ),
        (
            "routes of the root namespace, where only rules count",
            shop(WITH_WAYPOINT) + &routes("istio-system", HOST, ""),
            &[("UM173", "warning", HOST)],
        ),
    ]);
}

#[test]
fn rules_and_routes_that_somebody_reads_are_left_alone() {
    let client = namespace("old", "istio-injection: enabled") + &deployment("client", "old", "app: client");
    let ingress = object(
        "networking.k8s.io/v1",
        "Ingress",
        "in",
        "shop",
        "spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}",
    );
    let route = object(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "in",
        "shop",
        "spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 80}]}]}",
    );
    check(&[
        ("with a waypoint", shop(WITH_WAYPOINT) + &rule("shop", "web") + &routes("shop", "web", ""), &[]),
        ("a rule of the root namespace", shop(WITH_WAYPOINT) + &rule("istio-system", HOST), &[]),
        ("clients with a sidecar", shop(AMBIENT) + &client + &rule("shop", "web"), &[]),
        ("routes of a gateway", shop(AMBIENT) + &routes("shop", "web", "gateways: [edge], "), &[]),
        ("a rule for an Ingress", shop(AMBIENT) + &ingress + &rule("shop", "web"), &[]),
        ("a rule for a route of Gateway API", shop(AMBIENT) + &route + &rule("shop", "web"), &[]),
        ("a host outside the mesh", shop(AMBIENT) + &rule("shop", "db.example.com"), &[]),
        ("many hosts", shop(AMBIENT) + &rule("shop", "'*.shop.svc.cluster.local'"), &[]),
        ("a Service that is not shown", namespace("shop", AMBIENT) + &rule("shop", "web"), &[]),
        ("a namespace that is not shown", rule("shop", "web") + &routes("shop", "web", ""), &[]),
        ("sidecars", shop("istio-injection: enabled") + &rule("shop", "web"), &[]),
        (
            "a Service that asks for no waypoint, as its Namespace does",
            shop("a: b") + &rule("shop", "web"),
            &[],
        ),
    ]);
}

fn attached(kind: &str, attachment: &str) -> String {
    let (version, name, rest) = match kind {
        "WasmPlugin" => ("extensions.istio.io/v1alpha1", "audit", "url: oci://example.com/audit:1"),
        "Telemetry" => ("telemetry.istio.io/v1", "logs", "accessLogging: [{disabled: true}]"),
        _ => ("security.istio.io/v1", "tokens", "jwtRules: [{issuer: https://login.example.com}]"),
    };
    object(version, kind, name, "shop", &format!("spec: {{{attachment}{rest}}}"))
}

#[test]
fn what_is_attached_to_workloads_in_ambient_mode_is_told() {
    const SELECTOR: &str = "selector: {matchLabels: {app: web}}, ";
    const TARGET: &str = "targetRefs: [{kind: Service, name: web}], ";
    let all = |attachment: &str| attached("WasmPlugin", attachment) + &attached("Telemetry", attachment);
    check(&[
        (
            "without a waypoint",
            shop(AMBIENT) + &all(SELECTOR),
            &[("UM173", "warning", "web"), ("UM173", "warning", "web")],
        ),
        (
            "with one, by a selector",
            shop(WITH_WAYPOINT) + &all(SELECTOR),
            &[("UM174", "warning", "web"), ("UM174", "warning", "web")],
        ),
        (
            "with one, of the whole namespace: a Telemetry counts",
            shop(WITH_WAYPOINT) + &all(""),
            &[("UM174", "warning", "audit")],
        ),
        ("by name", shop(WITH_WAYPOINT) + &all(TARGET), &[]),
        ("for sidecars", shop("istio-injection: enabled") + &all(SELECTOR), &[]),
        ("for pods of which nothing is known", all(SELECTOR), &[]),
        (
            "for pods of a gateway in the namespace too",
            shop(AMBIENT)
                + &deployment("edge", "shop", "gateway.networking.k8s.io/gateway-name: edge")
                + &all(""),
            &[],
        ),
        (
            "a check of tokens, which has a code of its own",
            shop(WITH_WAYPOINT) + &attached("RequestAuthentication", SELECTOR),
            &[("UM414", "warning", "tokens")],
        ),
    ]);
}

#[test]
fn a_waypoint_is_not_chosen_by_a_selector() {
    let policy = |name: &str| {
        let spec = format!(
            "spec: {{selector: {{matchLabels: {{gateway.networking.k8s.io/gateway-name: {name}}}}}, rules: [{{from: [{{source: {{namespaces: [web]}}}}]}}]}}"
        );
        object("security.istio.io/v1", "AuthorizationPolicy", "door", "shop", &spec)
    };
    let gateway = object(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "edge",
        "shop",
        "spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}",
    );
    check(&[
        (
            "the pods of a waypoint",
            shop(WITH_WAYPOINT) + &waypoint("door", "shop") + &policy("door"),
            &[("UM174", "warning", "door")],
        ),
        (
            "the pods of a gateway, where a selector counts (IST0166)",
            shop(AMBIENT) + &gateway + &policy("edge"),
            &[],
        ),
        ("a Gateway that is not shown", shop(AMBIENT) + &policy("door"), &[]),
    ]);
}

#[test]
fn labels_of_both_kinds_are_told() {
    let both = "app: api, sidecar.istio.io/inject: \"true\", istio.io/dataplane-mode: ambient";
    let sidecar = "app: api, sidecar.istio.io/inject: \"true\"";
    check(&[
        (
            "one template that asks for both",
            shop(AMBIENT) + &deployment("api", "shop", both),
            &[("UM036", "warning", "istio.io/dataplane-mode")],
        ),
        (
            "a workload that kept its sidecar",
            shop(AMBIENT) + &deployment("api", "shop", sidecar),
            &[("UM185", "info", "api")],
        ),
        (
            "a waypoint for nobody that the input shows",
            shop("istio-injection: enabled, istio.io/use-waypoint: door"),
            &[("UM185", "info", "istio.io/use-waypoint")],
        ),
        (
            "a waypoint for clients elsewhere",
            shop("istio.io/use-waypoint: door") + &namespace("web", AMBIENT),
            &[],
        ),
        ("no waypoint, by name", shop("istio-injection: enabled, istio.io/use-waypoint: none"), &[]),
        ("ambient mode alone", shop(WITH_WAYPOINT), &[]),
        (
            "a waypoint by nearly its name",
            shop("istio.io/dataplane-mode: ambient, istio.io/use-waypoint: fornt-door")
                + &waypoint("front-door", "shop"),
            &[("UM185", "warning", "fornt-door")],
        ),
        (
            "another one than is shown there",
            shop("istio.io/dataplane-mode: ambient, istio.io/use-waypoint: back") + &waypoint("door", "shop"),
            &[("UM185", "info", "back")],
        ),
        (
            "a gateway for outside in its place",
            shop(WITH_WAYPOINT)
                + &waypoint("door", "shop").replace("istio-waypoint", "istio").replace("HBONE", "HTTP"),
            &[("UM185", "warning", "door")],
        ),
        (
            "a waypoint of another namespace",
            shop(
                "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: door, istio.io/use-waypoint-namespace: edge",
            ) + &waypoint("door", "edge"),
            &[],
        ),
    ]);
}

#[test]
fn the_input_has_the_findings_that_stand_beside_it() {
    let input = include_str!("../testdata/waypoints/ambient/input.yaml");
    let expected = include_str!("../testdata/waypoints/ambient/findings.json");
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
