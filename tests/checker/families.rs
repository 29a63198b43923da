//! Both ends of a connection speak one version of IP: what is asked of one end in one version leaves out
//! nothing that the other end has in the other.

use std::path::PathBuf;
use unmesh::config::{Settings, Target};
use unmesh::finding::{Direction, Rules};
use unmesh::pipeline;
use unmesh::source::{SourceFile, Sources};

/// A refusal that is gone afterwards.
struct Row {
    name: &'static str,
    /// The DENY policy's only rule.
    rule: &'static str,
}

const ROWS: [Row; 5] = [
    Row {
        name: "the source is asked for IPv4, the destination for IPv6",
        rule: "{from: [{source: {notIpBlocks: [203.0.113.0/24]}}], when: [{key: destination.ip, values: ['fd00::/64']}]}",
    },
    Row {
        name: "the source is asked for IPv6, the destination for IPv4",
        rule: "{from: [{source: {notIpBlocks: ['fd00::/64']}}], when: [{key: destination.ip, values: [10.0.0.0/8]}]}",
    },
    Row {
        name: "the destination is asked for IPv4, the source for IPv6",
        rule: "{from: [{source: {ipBlocks: ['fd00::/64']}}], when: [{key: destination.ip, notValues: [10.0.0.0/8]}]}",
    },
    Row {
        name: "the destination is asked for IPv6, the source for IPv4",
        rule: "{from: [{source: {ipBlocks: [10.0.0.0/8]}}], when: [{key: destination.ip, notValues: ['fd00::/64']}]}",
    },
    Row {
        name: "both are asked for IPv6",
        rule: "{from: [{source: {ipBlocks: ['fd00::/64']}}], when: [{key: destination.ip, values: ['fd00::/64']}]}",
    },
];

fn sources(name: &str, text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.map.add(SourceFile::new(name.to_string(), None, PathBuf::from(name), text));
    sources
}

/// Whether it is told that requests to the workload of the input get through now.
fn widens(row: &Row) -> bool {
    let input = format!(
        "
apiVersion: v1
kind: Namespace
metadata: {{name: a, labels: {{istio-injection: enabled}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: a}}
spec: {{template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: app, image: app}}]}}}}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: a}}
spec: {{action: DENY, rules: [{}]}}
",
        row.rule
    );
    let against = "
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: open, namespace: a}
spec: {types: [Ingress], ingress: [{action: Allow}]}
";
    let settings = Settings { target: "calico@3.28".parse::<Target>().unwrap(), ..Settings::default() };
    let rules = Rules::default();
    let mut analysis = pipeline::analyse(sources("input.yaml", &input), &settings, &rules);
    let check = pipeline::check(&mut analysis, Some(sources("against.yaml", against)), &settings, &rules);
    let answer = check.answer.expect("an answer");
    let mut differences = answer.differences.iter();
    differences.any(|one| one.direction == Direction::Widens && one.workload == "Deployment/a/web")
}

#[test]
fn a_refusal_between_versions_of_ip_is_not_lost_from_sight() {
    let found: Vec<&str> = ROWS.iter().filter(|row| !widens(row)).map(|row| row.name).collect();
    assert!(found.is_empty(), "not seen: {found:#?}");
}
