//! Expected values: istio `pkg/config/kube/conversion.go` and `pkg/config/protocol/instance.go`.

use super::*;
use crate::config::Settings;
use crate::manifest::testing::Input;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\n\
    spec: {containers: [{name: app, ports: [{name: main, containerPort: 8080}]}]}\n";

fn service(name: &str, selector: &str, ports: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, \
         spec: {{selector: {{{selector}}}, ports: [{ports}]}}}}\n"
    )
}

fn protocol(texts: &[String], port: u16) -> AppProtocol {
    let (inventory, _) =
        Input::of(&[&[POD.to_string()], texts].concat().join("---\n")).inventory(&Settings::default());
    inventory.protocols(&inventory.workloads[0]).of(port)
}

#[test]
fn a_port_is_what_istio_makes_of_its_declaration() {
    use AppProtocol::{Http, Tcp, Unknown};
    let cases = [
        ("name: http", Http),
        ("name: http-web", Http),
        ("name: HTTP2", Http),
        ("name: grpc-web", Http),
        ("name: grpc-x", Http),
        ("name: https", Tcp),
        ("name: tls-x", Tcp),
        ("name: tcp", Tcp),
        ("name: mongo", Tcp),
        ("name: redis", Tcp),
        ("name: mysql", Tcp),
        ("name: web", Unknown),
        ("name: httpx", Unknown),
        ("appProtocol: http", Http),
        ("name: http, appProtocol: tcp", Tcp),
        ("name: tcp, appProtocol: kubernetes.io/h2c", Http),
        ("appProtocol: kubernetes.io/ws", Http),
        ("appProtocol: kubernetes.io/wss", Tcp),
        ("name: http, appProtocol: example.com/x", Unknown),
        ("name: http, protocol: UDP", Unknown),
    ];
    for (declared, expected) in cases {
        let service = service("web", "app: web", &format!("{{port: 80, {declared}}}"));
        assert_eq!(protocol(&[service], 80), expected, "{declared}");
    }
}

#[test]
fn well_known_ports_are_not_sniffed() {
    for port in [25, 53, 3306, 27_017] {
        let service = service("web", "app: web", &format!("{{port: {port}}}"));
        assert_eq!(protocol(&[service], port), AppProtocol::Tcp, "{port}");
    }
    // The Service's own port is the one that counts, not the pods'.
    let service = service("web", "app: web", "{port: 80, targetPort: 3306}");
    assert_eq!(protocol(&[service], 3306), AppProtocol::Unknown);
}

#[test]
fn the_services_that_reach_the_pods_decide() {
    let http =
        |name: &str, selector: &str| service(name, selector, "{port: 80, name: http, targetPort: 8080}");
    let tcp = |name: &str| service(name, "app: web", "{port: 81, name: tcp, targetPort: 8080}");
    let external = "{apiVersion: v1, kind: Service, metadata: {name: e, namespace: shop}, spec: {type: ExternalName, \
        selector: {app: web}, ports: [{port: 8080, name: http}]}}\n";
    let entry = |protocol: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: e, namespace: shop}}, \
             spec: {{workloadSelector: {{labels: {{app: web}}}}, \
             ports: [{{number: 80, targetPort: 8080, protocol: {protocol}, name: x}}]}}}}\n"
        )
    };
    let other_namespace = http("web", "app: web").replace("namespace: shop", "namespace: other");
    let cases = [
        ("none", vec![], AppProtocol::Unknown),
        ("one", vec![http("a", "app: web")], AppProtocol::Http),
        ("another selector", vec![http("a", "app: api")], AppProtocol::Unknown),
        ("no selector", vec![http("a", "")], AppProtocol::Unknown),
        ("another namespace", vec![other_namespace], AppProtocol::Unknown),
        ("an external name", vec![external.to_string()], AppProtocol::Unknown),
        ("two that agree", vec![http("a", "app: web"), http("b", "app: web")], AppProtocol::Http),
        ("two that disagree", vec![http("a", "app: web"), tcp("b")], AppProtocol::Unknown),
        ("a ServiceEntry for pods", vec![entry("HTTP")], AppProtocol::Http),
        ("a ServiceEntry that disagrees", vec![http("a", "app: web"), entry("TCP")], AppProtocol::Unknown),
        (
            "by the name of a container port",
            vec![service("a", "app: web", "{port: 80, name: http, targetPort: main}")],
            AppProtocol::Http,
        ),
        (
            "by a name that the pod does not have",
            vec![service("a", "app: web", "{port: 8080, name: http, targetPort: other}")],
            AppProtocol::Unknown,
        ),
    ];
    for (name, texts, expected) in cases {
        assert_eq!(protocol(&texts, 8080), expected, "{name}");
    }
}

#[test]
fn a_sidecars_listeners_stand_in_place_of_services() {
    let sidecar = |name: &str, spec: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {{name: {name}, namespace: shop}}, spec: {{{spec}}}}}\n"
        )
    };
    let http = service("web", "app: web", "{port: 8080, name: http}");
    let selector = "workloadSelector: {labels: {app: web}}";
    let tcp = "ingress: [{port: {number: 8080, protocol: TCP, name: x}}]";
    let cases = [
        ("no ingress", sidecar("a", selector), AppProtocol::Http),
        ("a listener", sidecar("a", &format!("{selector}, {tcp}")), AppProtocol::Tcp),
        (
            "another port's listener",
            sidecar("a", &format!("{selector}, {}", tcp.replace("8080", "1"))),
            AppProtocol::Unknown,
        ),
        (
            "another workload's",
            sidecar("a", &format!("{}, {tcp}", selector.replace("web", "api"))),
            AppProtocol::Http,
        ),
        (
            "a selector stands before the namespace's own",
            sidecar("a", selector) + "---\n" + &sidecar("b", tcp),
            AppProtocol::Http,
        ),
        (
            "two that disagree",
            sidecar("a", selector) + "---\n" + &sidecar("b", &format!("{selector}, {tcp}")),
            AppProtocol::Unknown,
        ),
    ];
    for (name, text, expected) in cases {
        assert_eq!(protocol(&[http.clone(), text], 8080), expected, "{name}");
    }
}

#[test]
fn ports_for_policies_without_workloads_come_from_services_within_their_selector() {
    let text = [
        service(
            "a",
            "app: web, tier: front",
            "{port: 80, name: http, targetPort: 8080}, {port: 9, name: tcp, targetPort: named}",
        ),
        service("b", "tier: front", "{port: 81, name: http}"),
    ]
    .join("---\n");
    let (inventory, _) = Input::of(&text).inventory(&Settings::default());
    let labels = Labels::from([("app".to_string(), "web".to_string())]);
    let found: Vec<_> = inventory
        .service_ports_of("shop", &labels)
        .into_iter()
        .map(|port| (port.port, port.protocol))
        .collect();
    assert_eq!(found, [(8080, AppProtocol::Http)]);
    assert!(inventory.service_ports_of("other", &labels).is_empty());
}
