//! Faults that the random worlds showed in selectors by labels of the injector's, each as its smallest case.

use crate::program::{run, settings};
use crate::worlds::calico::{Dataplane, Reader};
use crate::worlds::requests::{Content, Protocol, Request, Source};
use crate::worlds::world::{Labels, Namespace, Pod, Shown, Wish, World};
use crate::worlds::yaml;
use unmesh::config::{L7, Layout};

/// Namespace, name, labels, and what the template says of injection.
type Template = (&'static str, &'static str, &'static [(&'static str, &'static str)], Wish);

struct Row {
    name: &'static str,
    /// The first one is asked by the second.
    pods: [Template; 2],
    /// Namespace and `spec` of each AuthorizationPolicy.
    policies: &'static [(&'static str, &'static str)],
    allowed: bool,
}

const PEER: Template = ("a", "peer", &[("app", "peer")], Wish::Unsaid);

const ROWS: [Row; 7] = [
    Row {
        name: "a template says its canonical name itself, and is refused by it",
        pods: [
            ("a", "one", &[("app", "web"), ("service.istio.io/canonical-name", "db")], Wish::Unsaid),
            PEER,
        ],
        policies: &[(
            "a",
            "{action: DENY, selector: {matchLabels: {service.istio.io/canonical-name: db}}, rules: [{}]}",
        )],
        allowed: false,
    },
    Row {
        name: "a template says its canonical name itself, and is not let in by another",
        pods: [
            ("a", "one", &[("app", "web"), ("service.istio.io/canonical-name", "db")], Wish::Unsaid),
            PEER,
        ],
        policies: &[
            ("a", "{}"),
            ("a", "{selector: {matchLabels: {service.istio.io/canonical-name: web}}, rules: [{}]}"),
        ],
        allowed: false,
    },
    Row {
        name: "a template says its canonical revision itself, and is refused by it",
        pods: [
            ("a", "one", &[("version", "v1"), ("service.istio.io/canonical-revision", "v2")], Wish::Unsaid),
            PEER,
        ],
        policies: &[("a", "{selector: {matchLabels: {service.istio.io/canonical-revision: v2}}}")],
        allowed: false,
    },
    Row {
        name: "of two workloads with the same labels one is named",
        pods: [("a", "one", &[("tier", "q")], Wish::Unsaid), ("a", "other", &[("tier", "q")], Wish::Unsaid)],
        policies: &[
            ("a", "{}"),
            ("a", "{selector: {matchLabels: {service.istio.io/canonical-name: other}}, rules: [{}]}"),
        ],
        allowed: false,
    },
    Row {
        name: "a workload that is named has no label that another one's name is taken from",
        pods: [
            ("a", "one", &[("tier", "q"), ("app", "web")], Wish::Unsaid),
            ("a", "other", &[("tier", "q")], Wish::Unsaid),
        ],
        policies: &[
            ("a", "{}"),
            ("a", "{selector: {matchLabels: {service.istio.io/canonical-name: other}}, rules: [{}]}"),
        ],
        allowed: false,
    },
    Row {
        name: "a workload that is named looks like one of another namespace",
        pods: [("b", "one", &[("tier", "q")], Wish::Unsaid), ("a", "other", &[("tier", "q")], Wish::Unsaid)],
        policies: &[
            ("b", "{}"),
            (
                "istio-system",
                "{selector: {matchLabels: {service.istio.io/canonical-name: other}}, rules: [{}]}",
            ),
        ],
        allowed: false,
    },
    Row {
        name: "a pod without a proxy has no label of the injector's",
        pods: [("a", "one", &[("version", "v1")], Wish::Out), PEER],
        policies: &[("a", "{selector: {matchLabels: {service.istio.io/canonical-revision: v1}}}")],
        allowed: true,
    },
];

fn world(row: &Row) -> World {
    let namespace = |name: &str, shown, injects| Namespace { name: name.to_string(), shown, injects };
    let pod = |(index, template): (usize, &Template)| {
        let (namespace, name, labels, wish) = template;
        let address = |family: &str| format!("{family}{}", index + 1).parse().unwrap();
        Pod {
            name: (*name).to_string(),
            namespace: (*namespace).to_string(),
            account: "x".to_string(),
            labels: labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect::<Labels>(),
            wish: *wish,
            gateway: false,
            shown: true,
            excluded: Vec::new(),
            addresses: [address("10.1.1."), address("fd00::")],
        }
    };
    World {
        namespaces: vec![
            namespace("a", Shown::Enabled, true),
            namespace("b", Shown::Enabled, true),
            namespace("istio-system", Shown::Unlabelled, false),
        ],
        pods: row.pods.iter().enumerate().map(pod).collect(),
        services: Vec::new(),
        network_sets: Vec::new(),
        authorization: Vec::new(),
        peer_authentication: Vec::new(),
        network_policies: Vec::new(),
        tiers: Vec::new(),
        calico_policies: Vec::new(),
        closed: false,
    }
}

#[test]
fn selectors_by_labels_of_the_mesh_mean_the_pods_that_they_meant() {
    for row in &ROWS {
        let world = world(row);
        let mut input = yaml::render(&world);
        for (index, (namespace, spec)) in row.policies.iter().enumerate() {
            let policy = format!(
                "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
                 metadata: {{name: p-{index}, namespace: {namespace}}}\nspec: {spec}\n"
            );
            input.push_str(&policy);
        }
        for (target, layout) in [("calico@3.28", Layout::Portable), ("calico@3.32", Layout::Tiers)] {
            let run = run(&input, &settings(target, layout, L7::None));
            assert!(!run.is_blocked(), "{}: {}", row.name, run.said());
            let calico = Dataplane::new(&world, &run.objects, target, false);
            let source = Source { pod: Some(1), address: world.pods[1].addresses[0] };
            let content = Content { http: None, host: String::new(), sni: String::new() };
            let request =
                Request { source: &source, to: 0, port: 80, protocol: Protocol::Tcp, content: &content };
            let allowed = calico.allows(&request, Reader::Felix);
            assert_eq!(allowed, row.allowed, "{} ({target})\n{}\n{}", row.name, run.said(), run.text);
        }
    }
}
