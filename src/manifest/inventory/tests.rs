//! The inventory: namespaces, Services and workloads of whole inputs.

use super::*;
use crate::manifest::testing::{Input, lines};
use crate::manifest::{ContainerPort, PortTarget};

fn read(text: &str) -> (Inventory, Vec<String>) {
    let input = Input::of(text);
    let (inventory, findings) = input.inventory(&Settings::default());
    (inventory, lines(&findings, &input.sources))
}

#[test]
fn each_kind_with_pods_gives_a_workload() {
    let template = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app}]}}";
    let cases = [
        ("apps/v1", "Deployment", format!("{{{template}}}")),
        ("apps/v1", "StatefulSet", format!("{{{template}}}")),
        ("apps/v1", "DaemonSet", format!("{{{template}}}")),
        ("apps/v1", "ReplicaSet", format!("{{{template}}}")),
        ("v1", "ReplicationController", format!("{{{template}}}")),
        ("batch/v1", "Job", format!("{{{template}}}")),
        ("batch/v1", "CronJob", format!("{{jobTemplate: {{spec: {{{template}}}}}}}")),
        ("argoproj.io/v1alpha1", "Rollout", format!("{{{template}}}")),
        ("apps.openshift.io/v1", "DeploymentConfig", format!("{{{template}}}")),
    ];
    for (version, kind, spec) in cases {
        let head = format!(
            "{{apiVersion: {version}, kind: {kind}, metadata: {{name: w, namespace: ns, labels: {{app: other}}}}"
        );
        let (inventory, findings) = read(&format!("{head}, spec: {spec}}}"));
        assert_eq!(inventory.workloads.len(), 1, "{kind}");
        assert_eq!(inventory.workloads[0].labels["app"], "web", "{kind}");
        assert_eq!(inventory.workloads[0].identity.account, "default", "{kind}");
        assert!(findings.is_empty(), "{kind}: {findings:?}");
    }
    let borrowed = "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: w, namespace: ns}, \
        spec: {workloadRef: {kind: Deployment, name: d}}}";
    assert!(read(borrowed).0.workloads.is_empty());
}

#[test]
fn a_pod_is_read_with_account_ports_and_users() {
    let (inventory, findings) = read(
        "apiVersion: v1
kind: Pod
metadata: {name: w, namespace: ns, labels: {app: web}}
spec:
  serviceAccount: old
  hostNetwork: true
  securityContext: {runAsUser: 7}
  containers:
  - name: a
    ports: [{name: http, containerPort: 80}, {containerPort: 53, protocol: UDP}]
  - name: b
    securityContext: {runAsUser: 1337}
",
    );
    assert_eq!(findings, Vec::<String>::new());
    let pod = &inventory.workloads[0];
    assert_eq!((pod.identity.account.as_str(), pod.host_network), ("old", true));
    assert_eq!(pod.labels["app"], "web");
    let users: Vec<_> = pod.containers.iter().map(|container| container.run_as_user).collect();
    assert_eq!(users, [Some(7), Some(1337)]);
    let http = ContainerPort { name: Some("http".into()), port: 80, protocol: "TCP".into() };
    let dns = ContainerPort { name: None, port: 53, protocol: "UDP".into() };
    assert_eq!(pod.containers[0].ports, [http, dns]);
}

#[test]
fn a_services_target_is_its_port_where_none_is_named() {
    let (inventory, _) = read(
        "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns}, spec: {selector: {app: web}, \
         ports: [{port: 80}, {port: 81, targetPort: 8081}, {port: 82, targetPort: web}]}}",
    );
    let targets: Vec<_> = inventory.services[0].ports.iter().map(|port| port.target.clone()).collect();
    assert_eq!(targets, [PortTarget::Number(80), PortTarget::Number(8081), PortTarget::Name("web".into())]);
}

#[test]
fn what_is_malformed_is_a_warning_and_unknown_fields_are_not() {
    let head = "apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns}";
    let cases: &[(&str, &str, &[&str])] = &[
        ("an unknown field", "{surprise: 1}", &[]),
        ("ports that are no list", "{ports: {a: b}}", &["UM007 warning a: b"]),
        ("a port out of range", "{ports: [{port: 70000}]}", &["UM008 warning 70000"]),
        ("an unquoted label value", "{selector: {version: 1}}", &["UM009 error 1"]),
    ];
    for (name, spec, expected) in cases {
        let (_, findings) = read(&format!("{{{head}, spec: {spec}}}"));
        assert_eq!(findings, *expected, "{name}");
    }
}

#[test]
fn istios_own_kinds_mark_their_namespaces_even_when_contested() {
    let policy = |spec: &str| {
        format!(
            "{{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {{name: p, namespace: a}}, spec: {spec}}}\n"
        )
    };
    let text = [
        policy("{action: ALLOW}"),
        policy("{action: DENY}"),
        "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: b}}\n".into(),
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: c}}\n"
            .into(),
    ];
    let (inventory, _) = read(&text.join("---\n"));
    assert_eq!(inventory.istio_namespaces.into_iter().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn accounts_and_network_sets_are_recorded() {
    let (inventory, _) = read(
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa, namespace: ns}}
---
{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: {name: g, labels: {role: ext}}, spec: {nets: [10.0.0.0/8]}}
",
    );
    let account = Identity { namespace: "ns".into(), account: "sa".into() };
    assert!(inventory.service_accounts.contains(&account));
    let set = &inventory.network_sets[0];
    assert_eq!(
        (set.reference.to_string().as_str(), set.labels["role"].as_str()),
        ("GlobalNetworkSet/g", "ext")
    );
    assert_eq!(set.nets, ["10.0.0.0/8"]);
}
