//! Faults that the random worlds showed, each as the YAML that shows it.
//!
//! Every row is one request that the mesh refused (or let through): what is written has to do the
//! same, by Felix and, where it runs, by Dikastes.

use crate::program::{run, settings};
use crate::worlds::calico::{Dataplane, Reader};
use crate::worlds::requests::{Content, Protocol, Request, Source};
use crate::worlds::world::{Namespace, Pod, Shown, Wish, World, labels};
use unmesh::config::{L7, Layout};
use unmesh::finding::Direction;

/// A pod of namespace `a` or `b`, and its template as the input shows it.
struct Template {
    namespace: &'static str,
    account: &'static str,
    app: &'static str,
    wish: Wish,
}

const fn template(namespace: &'static str, account: &'static str, app: &'static str, wish: Wish) -> Template {
    Template { namespace, account, app, wish }
}

struct Row {
    name: &'static str,
    target: &'static str,
    l7: L7,
    /// The first one is asked; `a` has the injection label, `b` has none.
    pods: &'static [Template],
    spec: &'static str,
    from: &'static str,
    content: Option<(&'static str, &'static str)>,
    allowed: bool,
}

const WEB: Template = template("a", "z", "web", Wish::Unsaid);

const ROWS: [Row; 7] = [
    Row {
        name: "a namespace is no member because one of its templates is injected",
        target: "calico@3.28",
        l7: L7::None,
        pods: &[WEB, template("b", "x", "web", Wish::In), template("b", "z", "db", Wish::Unsaid)],
        spec: "{action: ALLOW, rules: [{from: [{source: {principals: ['*']}}]}]}",
        from: "10.1.1.3",
        content: None,
        allowed: false,
    },
    Row {
        name: "the account of that template is one",
        target: "calico@3.28",
        l7: L7::None,
        pods: &[WEB, template("b", "x", "web", Wish::In), template("b", "z", "db", Wish::Unsaid)],
        spec: "{action: ALLOW, rules: [{from: [{source: {principals: ['*']}}]}]}",
        from: "10.1.1.2",
        content: None,
        allowed: true,
    },
    Row {
        name: "a pod without a proxy takes no other account with it, excluded",
        target: "calico@3.28",
        l7: L7::None,
        pods: &[WEB, template("a", "x", "web", Wish::Out)],
        spec: "{action: ALLOW, rules: [{from: [{source: {notNamespaces: ['*']}}]}]}",
        from: "10.1.1.1",
        content: None,
        allowed: false,
    },
    Row {
        name: "a pod without a proxy takes no other account with it, included",
        target: "calico@3.28",
        l7: L7::None,
        pods: &[WEB, template("a", "x", "web", Wish::Out)],
        spec: "{action: ALLOW, rules: [{from: [{source: {namespaces: [a]}}]}]}",
        from: "10.1.1.1",
        content: None,
        allowed: true,
    },
    Row {
        name: "Dikastes takes an address of the other family for one outside notNets",
        target: "calico@3.32",
        l7: L7::Dikastes,
        pods: &[WEB],
        spec: "{action: ALLOW, rules: [{to: [{operation: {methods: [GET]}}]}, \
               {from: [{source: {notIpBlocks: [0.0.0.0/0, 'fd00::/64']}}]}]}",
        from: "10.1.1.1",
        content: Some(("POST", "/x")),
        allowed: false,
    },
    Row {
        name: "Dikastes to 3.29 refuses everybody by notNets, with or without HTTP rules",
        target: "calico@3.28",
        l7: L7::Dikastes,
        pods: &[WEB],
        spec: "{action: DENY, rules: [{from: [{source: {notIpBlocks: [10.0.0.0/8]}}]}]}",
        from: "10.1.1.1",
        content: None,
        allowed: true,
    },
    Row {
        name: "an un-injected pod of the control plane's namespace has no identity to be refused by",
        target: "calico@3.28",
        l7: L7::None,
        pods: &[WEB, template("istio-system", "watcher", "watcher", Wish::Unsaid)],
        spec: "{action: DENY, rules: [{from: [{source: {namespaces: [istio-system]}}]}]}",
        from: "10.1.1.2",
        content: None,
        allowed: true,
    },
];

fn world(row: &Row) -> World {
    let namespace = |name: &str, shown, injects| Namespace { name: name.to_string(), shown, injects };
    let pod = |(index, template): (usize, &Template)| Pod {
        name: format!("{}-{}", template.app, index + 1),
        namespace: template.namespace.to_string(),
        account: template.account.to_string(),
        labels: labels(&[("app", template.app)]),
        wish: template.wish,
        gateway: false,
        shown: true,
        excluded: Vec::new(),
        addresses: [
            format!("10.1.1.{}", index + 1).parse().unwrap(),
            format!("fd00::{}", index + 1).parse().unwrap(),
        ],
    };
    World {
        namespaces: vec![
            namespace("a", Shown::Enabled, true),
            namespace("b", Shown::Unlabelled, false),
            namespace("istio-system", Shown::Unlabelled, false),
        ],
        pods: row.pods.iter().enumerate().map(pod).collect(),
        services: vec![crate::worlds::world::Service {
            name: "web".to_string(),
            namespace: "a".to_string(),
            selector: labels(&[("app", "web")]),
            port: 80,
            declared: crate::worlds::world::Declared::Http,
        }],
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
fn faults_of_the_past_stay_mended() {
    for row in &ROWS {
        let world = world(row);
        let policy = format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: p, namespace: a}}\nspec: {}\n",
            row.spec
        );
        let input = format!("{}---\n{policy}", crate::worlds::yaml::render(&world));
        let run = run(&input, &settings(row.target, Layout::Portable, row.l7));
        assert!(!run.is_blocked(), "{}: {}", row.name, run.said());
        let calico = Dataplane::new(&world, &run.objects, row.target, false);
        let address = row.from.parse().unwrap();
        let pod = world.pods.iter().position(|pod| pod.addresses.contains(&address));
        let http = row.content.map(|(method, path)| (method.to_string(), path.to_string()));
        let content = Content { http, host: String::new(), sni: String::new() };
        let source = Source { pod, address };
        let request =
            Request { source: &source, to: 0, port: 80, protocol: Protocol::Tcp, content: &content };
        let second = match (row.l7, row.target) {
            (L7::Dikastes, "calico@3.32") => Reader::NewDikastes,
            (L7::Dikastes, _) => Reader::OldDikastes,
            (L7::None | L7::Unstated, _) => Reader::Felix,
        };
        let allowed = calico.allows(&request, Reader::Felix) && calico.allows(&request, second);
        assert_eq!(allowed, row.allowed, "{}\n{}\n{}", row.name, run.said(), run.text);
    }
}

/// Inputs that narrow, and the code of the finding that has to say so.
const SAID: [(&str, &str, &str); 6] = [
    (
        "a pod without a proxy that no label sets apart from what a DENY refuses",
        "UM408",
        "apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: in, namespace: a, labels: {app: web}}
spec: {serviceAccountName: x, containers: [{name: app}]}
---
apiVersion: v1
kind: Pod
metadata: {name: out, namespace: a, labels: {app: web, sidecar.istio.io/inject: 'false'}}
spec: {serviceAccountName: x, containers: [{name: app}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: b}
spec: {action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x]}}]}]}
",
    ),
    (
        "a template that says a label of the mesh itself, and not what the injector would",
        "UM413",
        "apiVersion: v1
kind: Pod
metadata: {name: one, namespace: a, labels: {app: web, service.istio.io/canonical-revision: v1}}
spec: {containers: [{name: app}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: a}
spec: {selector: {matchLabels: {service.istio.io/canonical-revision: latest}}}
",
    ),
    (
        "a refusal that matches nothing on HTTP, and everything on TCP",
        "UM211",
        "apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: a}
spec: {action: DENY, rules: [{to: [{operation: {notMethods: ['*']}}]}]}
",
    ),
    (
        "of two PeerAuthentications of unknown age STRICT is kept, which may not act",
        "UM121",
        "apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: one, namespace: a}
spec: {mtls: {mode: PERMISSIVE}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: two, namespace: a}
spec: {mtls: {mode: STRICT}}
",
    ),
    (
        "of two of unknown age one switches mutual TLS off, and the other may act",
        "UM122",
        "apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: a}
spec: {rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x]}}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: one, namespace: istio-system}
spec: {mtls: {mode: DISABLE}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: two, namespace: istio-system}
spec: {}
",
    ),
    (
        "of two of unknown age one inherits that mutual TLS is off",
        "UM122",
        "apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: a}
spec: {rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/x]}}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: off, namespace: istio-system}
spec: {mtls: {mode: DISABLE}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: one, namespace: a}
spec: {mtls: {mode: PERMISSIVE}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: two, namespace: a}
spec: {}
",
    ),
];

#[test]
fn what_narrows_is_said() {
    for (name, code, input) in SAID {
        let run = run(input, &settings("calico@3.28", Layout::Portable, L7::None));
        let narrows = run.findings().filter(|finding| finding.direction == Direction::Narrows);
        let codes: Vec<&str> = narrows.map(|finding| finding.code.id).collect();
        assert!(codes.contains(&code), "{name}: {}", run.said());
    }
}
