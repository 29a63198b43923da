//! Subjects and their ports, in small worlds.

use super::subjects;
use crate::config::Settings;
use crate::object::calico::matching::Known;
use crate::verify::request::Protocol;
use crate::verify::subject::{Chain, Enforcer, Subject, SubjectPort};
use crate::verify::universe::testing::Scene;

const NAMESPACE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
";

const CATALOG: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: catalog, namespace: shop}
spec:
  template:
    metadata:
      labels: {app: catalog}
      annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '9100'}
    spec:
      serviceAccountName: catalog
      containers:
      - name: main
        ports: [{name: web, containerPort: 8080}, {containerPort: 53, protocol: UDP}, {containerPort: 15020}]
---
apiVersion: v1
kind: Service
metadata: {name: catalog, namespace: shop}
spec:
  selector: {app: catalog}
  ports: [{name: http, port: 80, targetPort: web}, {name: tcp-admin, port: 9000}]
";

const GATEWAY: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: gate, namespace: shop}
spec: {template: {metadata: {labels: {istio: gate}}, spec: {containers: [{name: istio-proxy}]}}}
";

fn policy(namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn of(input: &[&str], after: &str) -> Vec<Subject> {
    Scene::new(&input.join("---\n"), after, Settings::default()).subjects().0
}

impl Scene {
    fn subjects(
        &self,
    ) -> (Vec<Subject>, Vec<crate::verify::answer::Assumption>, Vec<crate::verify::answer::Unknown>) {
        subjects(&self.world())
    }
}

fn names(subjects: &[Subject]) -> Vec<&str> {
    subjects.iter().map(|subject| subject.name.as_str()).collect()
}

/// `8080/TCP:http` and the like; `!` is what the proxy does not see, `*` what stands for others.
fn port(port: &SubjectPort) -> String {
    let chains: Vec<&str> =
        port.chains.iter().map(|chain| if *chain == Chain::Http { "http" } else { "tcp" }).collect();
    let protocol = match port.port.protocol {
        Protocol::Tcp => format!("TCP:{}", chains.join("+")),
        other => format!("{other:?}"),
    };
    let number = if port.stands_for_others { "*".to_string() } else { port.port.number.to_string() };
    format!(
        "{number}/{protocol}{}",
        if port.captured || port.port.protocol != Protocol::Tcp { "" } else { "!" }
    )
}

fn ports(subject: &Subject) -> Vec<String> {
    subject.ports.iter().map(port).collect()
}

#[test]
fn a_workload_has_the_labels_of_the_injector_before_and_not_afterwards() {
    let found = of(&[NAMESPACE, CATALOG], "");
    let [catalog] = found.as_slice() else { panic!("{:?}", names(&found)) };
    assert_eq!(catalog.name, "Deployment/shop/catalog");
    assert_eq!(catalog.enforcer, Enforcer::Sidecar);
    let rows = [
        ("app", Known::Value("catalog"), Known::Value("catalog")),
        ("service.istio.io/canonical-name", Known::Value("catalog"), Known::Absent),
        ("service.istio.io/canonical-revision", Known::Value("latest"), Known::Absent),
        ("security.istio.io/tlsMode", Known::Value("istio"), Known::Absent),
        ("istio.io/rev", Known::Unknown, Known::Absent),
        ("pod-template-hash", Known::Unknown, Known::Unknown),
        ("tier", Known::Absent, Known::Absent),
        ("pcns.istio-injection", Known::Value("enabled"), Known::Value("enabled")),
    ];
    for (key, before, after) in rows {
        assert_eq!((catalog.before.label(key), catalog.after.label(key)), (before, after), "{key}");
    }
}

#[test]
fn ports_are_those_that_anybody_mentions_and_one_for_all_others() {
    let allow = policy(
        "shop",
        "catalog",
        "{rules: [{to: [{operation: {ports: ['7000']}}]}, {to: [{operation: {ports: ['7001'], methods: [GET]}}]}]}",
    );
    let found = of(&[NAMESPACE, CATALOG, &allow], "");
    // 9000 is the Service's own port and target; 15020 is the proxy's. HTTP is spoken on declared
    // ports of templates and Services, and on those of rules with HTTP fields.
    assert_eq!(
        ports(&found[0]),
        [
            "7000/TCP:tcp",
            "7001/TCP:http+tcp",
            "8080/TCP:http",
            "9000/TCP:tcp",
            "9100/TCP:tcp!",
            "*/TCP:tcp",
            "53/Udp",
            "*/Udp",
        ]
    );
    let named = found[0].ports[2].port.names.as_ref().expect("a template");
    assert!(named.contains("web"));
}

#[test]
fn where_http_is_spoken_is_said_where_policies_ask_for_it() {
    let rule = |operation: &str| format!("{{rules: [{{to: [{{operation: {operation}}}]}}]}}");
    let rows = [
        ("a rule for HTTP", policy("shop", "p", &rule("{methods: [GET]}")), true),
        ("a rule for any bytes", policy("shop", "p", &rule("{ports: ['7000']}")), false),
        ("no policy", String::new(), false),
    ];
    for (row, policy, expected) in rows {
        let input = [NAMESPACE, CATALOG, &policy].join("---\n");
        let (found, assumed, _) = Scene::new(&input, "", Settings::default()).subjects();
        assert_eq!(names(&found), ["Deployment/shop/catalog"], "{row}");
        let said = assumed.iter().any(|assumption| assumption.text.starts_with("HTTP is spoken"));
        assert_eq!(said, expected, "{row}");
    }
}

#[test]
fn ranges_give_one_port_for_each_class() {
    let after = "
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec:
  selector: app == 'catalog'
  ingress:
  - {action: Deny, protocol: TCP, destination: {ports: ['1:8079', '8081:65535']}}
  - {action: Allow, protocol: TCP, destination: {ports: ['6000:6010']}}
  - {action: Allow, protocol: ICMP}
";
    let found = of(&[NAMESPACE, CATALOG], after);
    assert_eq!(
        ports(&found[0]),
        [
            "6000/TCP:tcp",
            "8080/TCP:http",
            "9000/TCP:tcp",
            "9100/TCP:tcp!",
            "*/TCP:tcp",
            "53/Udp",
            "*/Udp",
            "*/Icmp",
        ]
    );
}

#[test]
fn policies_that_select_nothing_shown_are_asked_of_pods_that_the_input_does_not_show() {
    let deny = |name: &str, labels: &str| {
        policy("shop", name, &format!("{{action: DENY, selector: {{matchLabels: {labels}}}, rules: [{{}}]}}"))
    };
    let rows: [(&str, Vec<String>, &[&str]); 6] = [
        ("a policy of the shown workload", vec![deny("a", "{app: catalog}")], &["Deployment/shop/catalog"]),
        (
            "a policy of another",
            vec![deny("a", "{app: cart}")],
            &["Deployment/shop/catalog", "pods of shop with app=cart"],
        ),
        (
            "two policies by one label, one by another",
            vec![deny("a", "{app: cart}"), deny("b", "{app: pay}"), deny("c", "{tier: x}")],
            &[
                "Deployment/shop/catalog",
                "pods of shop with tier=x",
                "pods of shop with app=cart",
                "pods of shop with app=pay",
                "pods of shop with app=cart, tier=x",
                "pods of shop with app=pay, tier=x",
            ],
        ),
        (
            "an unseen gateway's policy",
            vec![deny("a", "{istio: ingressgateway}")],
            &["Deployment/shop/catalog"],
        ),
        (
            "a policy of a gateway that is shown",
            vec![GATEWAY.to_string(), deny("a", "{istio: gate}")],
            &["Deployment/shop/catalog"],
        ),
        (
            "a namespace without workloads",
            vec![policy("pay", "a", "{action: DENY, rules: [{}]}")],
            &["Deployment/shop/catalog", "pods of pay"],
        ),
    ];
    for (row, policies, expected) in rows {
        let mut input = vec![NAMESPACE, CATALOG];
        input.extend(policies.iter().map(String::as_str));
        assert_eq!(names(&of(&input, "")), expected, "{row}");
    }
}

/// By the promise's second assumption: no pod with a proxy that the input does not show has all labels of
/// a template without one.
#[test]
fn unseen_pods_with_all_labels_of_a_template_without_a_proxy_are_not_asked() {
    let legacy = |labels: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: legacy, namespace: shop}}\nspec: {{template: {{metadata: {{labels: {{{labels}sidecar.istio.io/inject: 'false'}}}}, spec: {{containers: [{{name: main}}]}}}}}}\n"
        )
    };
    let deny = |labels: &str| {
        policy("shop", "a", &format!("{{action: DENY, selector: {{matchLabels: {labels}}}, rules: [{{}}]}}"))
    };
    let rows: [(&str, String, String, &[&str]); 4] = [
        ("all of its labels", legacy("app: legacy, "), deny("{app: legacy, tier: x}"), &["pods of shop"]),
        (
            "some of its labels",
            legacy("app: legacy, tier: x, "),
            deny("{app: legacy}"),
            &["pods of shop", "pods of shop with app=legacy"],
        ),
        (
            "other labels",
            legacy("app: legacy, "),
            deny("{app: cart}"),
            &["pods of shop", "pods of shop with app=cart"],
        ),
        (
            "no label of its own sets it apart",
            legacy(""),
            deny("{app: cart}"),
            &["pods of shop", "pods of shop with app=cart"],
        ),
    ];
    for (row, template, policy, expected) in rows {
        let scene = Scene::new(&[NAMESPACE, &template, &policy].join("---\n"), "", Settings::default());
        let (found, assumed, _) = scene.subjects();
        let unseen: Vec<&str> = names(&found).into_iter().filter(|name| name.starts_with("pods")).collect();
        assert_eq!(unseen, expected, "{row}");
        let said = assumed.iter().any(|assumption| assumption.text.contains("all labels of a template"));
        assert_eq!(said, row != "no label of its own sets it apart", "{row}: {assumed:?}");
    }
}

/// By the promise's ninth assumption: what all templates of a policy leave out of the proxy, its other
/// pods leave out too.
#[test]
fn ports_of_unseen_pods_reach_the_proxy_as_those_of_templates_of_the_same_policy_do() {
    let by = |name: &str, rest: &str| {
        policy(
            "shop",
            name,
            &format!("{{action: DENY, {rest}rules: [{{to: [{{operation: {{ports: ['80']}}}}]}}]}}"),
        )
    };
    let template = |name: &str, annotation: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{template: {{metadata: {{labels: {{app: {name}}}, annotations: {{traffic.sidecar.istio.io/{annotation}}}}}, spec: {{containers: [{{name: main}}]}}}}}}\n"
        )
    };
    let out = template("a", "excludeInboundPorts: '9100,9200'");
    let more = template("b", "excludeInboundPorts: '9200'");
    let only = template("c", "includeInboundPorts: '80'");
    let strict = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: all, namespace: shop}\nspec: {mtls: {mode: STRICT}}\n";
    let permissive = strict.replace("STRICT", "PERMISSIVE");
    let web = by("web", "selector: {matchLabels: {app: web}}, ");
    let rows: [(&str, Vec<&str>, &[&str]); 7] = [
        ("its own policy alone", vec![&out, &web], &["80", "*"]),
        ("one for all", vec![&out, &web, strict], &["80", "9100!", "9200!", "*"]),
        ("one for all that refuses nobody", vec![&out, &web, &permissive], &["80", "*"]),
        ("templates that differ", vec![&out, &more, &web, strict], &["80", "9200!", "*"]),
        ("a list of what reaches it", vec![&only, &web, strict], &["80", "*!"]),
        ("a list and an exception", vec![&only, &out, &web, strict], &["80", "9100!", "9200!", "*"]),
        ("a template that leaves nothing out", vec![&out, CATALOG, &web, strict], &["80", "9100!", "*"]),
    ];
    for (row, input, expected) in rows {
        let scene = Scene::new(&[&[NAMESPACE], &input[..]].concat().join("---\n"), "", Settings::default());
        let (found, assumed, _) = scene.subjects();
        let unseen = found.iter().find(|subject| subject.name == "pods of shop with app=web").expect(row);
        let tcp = unseen.ports.iter().filter(|port| port.port.protocol == Protocol::Tcp);
        let tcp: Vec<String> = tcp
            .map(|port| {
                let number =
                    if port.stands_for_others { "*".to_string() } else { port.port.number.to_string() };
                format!("{number}{}", if port.captured { "" } else { "!" })
            })
            .collect();
        assert_eq!(tcp, expected, "{row}");
        let said = assumed.iter().any(|assumption| assumption.text.contains("leave out of the proxy"));
        assert_eq!(said, tcp.iter().any(|port| port.ends_with('!')), "{row}: {assumed:?}");
    }
}

#[test]
fn mesh_wide_policies_are_asked_everywhere_and_elsewhere() {
    let strict = policy("istio-system", "all", "{action: DENY, rules: [{}]}");
    let found = of(&[NAMESPACE, CATALOG, &strict], "");
    assert_eq!(
        names(&found),
        [
            "Deployment/shop/catalog",
            "pods of istio-system",
            "pods of a namespace that the input does not show"
        ]
    );
    let sidecars: Vec<bool> = found.iter().map(|subject| subject.enforcer.is_there()).collect();
    assert_eq!(sidecars, [true, false, true]);
}

#[test]
fn canonical_names_of_unseen_pods_follow_from_their_labels() {
    let by = |name: &str, labels: &str| {
        policy("shop", name, &format!("{{action: DENY, selector: {{matchLabels: {labels}}}, rules: [{{}}]}}"))
    };
    let found = of(&[&by("a", "{service.istio.io/canonical-name: cart}"), &by("b", "{app: pay}")], "");
    assert_eq!(
        names(&found),
        [
            "pods of shop",
            "pods of shop with service.istio.io/canonical-name=cart",
            "pods of shop with app=pay",
        ]
    );
    let key = "service.istio.io/canonical-name";
    let labels = |index: usize| (found[index].before.label(key), found[index].after.label(key));
    assert_eq!(labels(1), (Known::Value("cart"), Known::Absent));
    assert_eq!(labels(2), (Known::Value("pay"), Known::Absent));
}

#[test]
fn unseen_pods_listen_as_their_services_say() {
    let service = "
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  selector: {app: cart}
  ports: [{name: http, port: 8000}]
";
    let deny = policy("shop", "a", "{action: DENY, selector: {matchLabels: {app: cart}}, rules: [{}]}");
    let found = of(&[service, &deny], "");
    assert_eq!(names(&found), ["pods of shop", "pods of shop with app=cart"]);
    assert_eq!(ports(&found[0]), ["*/TCP:tcp", "*/Udp"]);
    assert_eq!(ports(&found[1]), ["8000/TCP:http", "*/TCP:tcp", "*/Udp"]);
    assert_eq!(found[1].ports[0].port.names, None);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let ambient = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec: {template: {metadata: {labels: {istio.io/dataplane-mode: ambient}}, spec: {containers: [{name: main}]}}}
";
    let host = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec: {template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: main}]}}}
";
    let scene = Scene::new(&[ambient, GATEWAY, host].join("---"), "", Settings::default());
    let (found, assumed, unknown) = scene.subjects();
    assert_eq!(names(&found), ["Deployment/shop/a"]);
    assert_eq!(found[0].enforcer, Enforcer::Ztunnel);
    assert!(found[0].ports.iter().filter(|port| port.captured).all(|port| port.chains == [Chain::Ztunnel]));
    assert!(unknown.is_empty(), "{unknown:?}");
    let said = |part: &str| assumed.iter().any(|assumption| assumption.text.contains(part));
    assert!(said("the gateway `Deployment/shop/gate`"), "{assumed:?}");
    assert!(said("`DaemonSet/shop/agent`"), "{assumed:?}");
    assert!(said("by HBONE"), "{assumed:?}");
}

#[test]
fn too_many_combinations_are_said() {
    let many: Vec<String> = (0..13)
        .map(|index| {
            let spec =
                format!("{{action: DENY, selector: {{matchLabels: {{key-{index}: x}}}}, rules: [{{}}]}}");
            policy("shop", &format!("p{index}"), &spec)
        })
        .collect();
    let scene = Scene::new(&many.concat(), "", Settings::default());
    let (found, _, unknown) = scene.subjects();
    assert!(found.is_empty(), "{:?}", names(&found));
    assert_eq!(unknown.len(), 1);
    assert!(unknown[0].cap);
}

#[test]
fn labels_of_namespaces_that_the_input_does_not_show_are_tried_both_ways() {
    let after = "
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: a}
spec:
  namespaceSelector: team == 'web'
  ingress: [{action: Deny}]
";
    let found = of(&[CATALOG], after);
    assert_eq!(
        names(&found),
        [
            "Deployment/shop/catalog",
            "Deployment/shop/catalog, if the Namespace has team=web",
            "pods of istio-system",
            "pods of istio-system, if the Namespace has team=web",
            "pods of a namespace that the input does not show",
            "pods of a namespace that the input does not show, if the Namespace has team=web",
        ]
    );
    let shown = of(&[NAMESPACE, CATALOG], after);
    assert_eq!(names(&shown)[0], "Deployment/shop/catalog");
    assert!(!names(&shown)[1].contains("shop"), "{:?}", names(&shown));
}

#[test]
fn revisions_of_unseen_pods_are_told_apart() {
    let deny =
        policy("shop", "a", "{action: DENY, selector: {matchLabels: {istio.io/rev: canary}}, rules: [{}]}");
    let found = of(&[&deny], "");
    assert_eq!(names(&found), ["pods of shop", "pods of shop with istio.io/rev=canary"]);
    let rev: Vec<Known<'_>> = found.iter().map(|subject| subject.before.label("istio.io/rev")).collect();
    assert_eq!(rev, [Known::Value("default"), Known::Value("canary")]);
    assert_eq!(found[1].after.label("istio.io/rev"), Known::Absent);
}

#[test]
fn the_label_of_pods_with_dikastes_makes_no_pods_of_its_own() {
    let after = "
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec:
  selector: app == 'catalog' && unmesh.dev/l7 == 'dikastes'
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [8081]}, http: {methods: [GET]}}]
";
    let found = of(&[NAMESPACE, CATALOG], after);
    assert_eq!(names(&found), ["Deployment/shop/catalog"]);
    assert!(ports(&found[0]).iter().any(|port| port.starts_with("8081/TCP")));
}
