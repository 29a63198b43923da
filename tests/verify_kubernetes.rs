//! The checker with Kubernetes' own NetworkPolicy in place of the mesh: policies written by hand, what cannot
//! be decided there, and what is said of it.

#![expect(clippy::panic, reason = "helpers of tests: what cannot run has failed")]

use std::path::PathBuf;
use unmesh::config::{Settings, Target};
use unmesh::finding::Rules;
use unmesh::pipeline::{self, Analysis, Check};
use unmesh::report::human::{Detail, Look};
use unmesh::report::{verify, why};
use unmesh::source::{SourceFile, Sources};
use unmesh::verify::answer::Verdict;
use unmesh::verify::request::Protocol;
use unmesh::verify::why::{Content, Explanation, Pod, Question, Which, Who};

/// A workload whose ALLOW policy names namespaces, which labels can say.
const MESH: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: web, containers: [{name: app, image: app, ports: [{containerPort: 8080, name: http}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  rules: [{from: [{source: {namespaces: [pay]}}], to: [{operation: {ports: ['8080']}}]}]
---
";

/// The same by Kubernetes: what is no TCP never met the mesh.
const POLICY: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: pay}}}]
    ports: [{port: 8080}]
  - ports: [{protocol: UDP}, {protocol: SCTP}]
---
";

fn sources(name: &str, text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.map.add(SourceFile::new(name.to_string(), None, PathBuf::from(name), text));
    sources
}

/// Only what the input shows is in the mesh.
fn settings() -> Settings {
    let namespaces = ["shop", "pay"].map(str::to_string);
    Settings {
        target: Target::Kubernetes,
        mesh_namespaces: Some(namespaces.into_iter().collect()),
        ..Settings::default()
    }
}

fn check(more: &str, against: &str) -> (Analysis, Check) {
    let (settings, rules) = (settings(), Rules::default());
    let mut analysis = pipeline::analyse(sources("input.yaml", &format!("{MESH}{more}")), &settings, &rules);
    let directory = Some(sources("against.yaml", against));
    let check = pipeline::check(&mut analysis, directory, &settings, &rules);
    (analysis, check)
}

fn shown((analysis, check): &(Analysis, Check)) -> String {
    let view = verify::View {
        answer: check.answer.as_ref(),
        announcements: &check.announcements,
        sources: &analysis.sources,
        replacement: "the directory",
        target: "kubernetes",
    };
    verify::render(view, Look::plain(Detail::Verbose, false))
}

#[test]
fn what_says_the_same_holds() {
    let checked = check("", POLICY);
    let answer = checked.1.answer.as_ref().unwrap();
    assert_eq!(answer.verdict, Verdict::Holds, "{}", shown(&checked));
    assert!(answer.differences.is_empty() && answer.unknown.is_empty(), "{}", shown(&checked));
}

#[test]
fn what_says_something_else_fails() {
    let rows = [
        ("no policy", POLICY, "", "+ widens"),
        ("another namespace", "metadata.name: pay", "metadata.name: shop", "+ widens"),
        ("another port", "port: 8080", "port: 8081", "+ widens"),
        ("more ports", "port: 8080", "port: 8080, endPort: 8081", "+ widens"),
        ("every port", "    ports: [{port: 8080}]\n", "", "+ widens"),
        ("by the name of the port", "port: 8080", "port: http", ""),
        ("another name of a port", "port: 8080", "port: dns", "- narrows"),
        (
            "other pods",
            "podSelector: {matchLabels: {app: web}}",
            "podSelector: {matchLabels: {app: api}}",
            "+ widens",
        ),
        ("egress alone", "  ingress:", "  policyTypes: [Egress]\n  ingress:", "+ widens"),
        ("nothing but TCP", "  - ports: [{protocol: UDP}, {protocol: SCTP}]\n", "", "- narrows"),
        ("from everywhere", "  - ports: [{protocol: UDP}", "  - ports: [{}, {protocol: UDP}", "+ widens"),
    ];
    for (what, from, to, expected) in rows {
        let changed = POLICY.replacen(from, to, 1);
        assert_ne!(changed, POLICY, "{what}");
        let checked = check("", &changed);
        let text = shown(&checked);
        let answer = checked.1.answer.as_ref().unwrap();
        assert_eq!(answer.verdict == Verdict::Fails, !expected.is_empty(), "{what}: {text}");
        assert!(text.contains(expected), "{what}: {text}");
    }
}

#[test]
fn policies_of_others_are_unknown_to_what_they_may_select() {
    let calico = |kind: &str, metadata: &str, selector: &str| {
        format!(
            "apiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {metadata}\nspec: {{{selector}, ingress: [{{action: Deny}}]}}\n---\n"
        )
    };
    let administrator = |label: &str| {
        format!(
            "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {{name: admin}}\nspec:\n  priority: 1\n  subject: {{namespaces: {{matchLabels: {{kubernetes.io/metadata.name: {label}}}}}}}\n  ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]\n---\n"
        )
    };
    let cilium = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\nspec: {endpointSelector: {}, ingress: [{}]}\n---\n";
    let (namespaced, global) = ("NetworkPolicy", "GlobalNetworkPolicy");
    let rows = [
        (
            "Calico's",
            calico(namespaced, "{name: n, namespace: shop}", "selector: app == 'web'"),
            Some("`NetworkPolicy/shop/n` may select it: it is Calico's"),
        ),
        (
            "Calico's of others",
            calico(namespaced, "{name: n, namespace: shop}", "selector: app == 'api'"),
            None,
        ),
        ("Calico's elsewhere", calico(namespaced, "{name: n, namespace: pay}", "selector: all()"), None),
        (
            "a global one",
            calico(global, "{name: g}", "namespaceSelector: kubernetes.io/metadata.name == 'shop'"),
            Some("`GlobalNetworkPolicy/g` may select it"),
        ),
        (
            "a global one elsewhere",
            calico(global, "{name: g}", "namespaceSelector: kubernetes.io/metadata.name == 'pay'"),
            None,
        ),
        ("an administrator's", administrator("shop"), Some("`AdminNetworkPolicy/admin` may select it")),
        ("an administrator's elsewhere", administrator("pay"), None),
        ("Cilium's", cilium.to_string(), Some("`CiliumNetworkPolicy/shop/c` may select it")),
    ];
    for (what, more, expected) in rows {
        for (more, against) in
            [(more.clone(), POLICY.to_string()), (String::new(), format!("{POLICY}{more}"))]
        {
            // An administrator's policy is no part of a directory of policies.
            if against.contains("AdminNetworkPolicy") {
                continue;
            }
            let checked = check(&more, &against);
            let answer = checked.1.answer.as_ref().unwrap();
            let unknown: Vec<&str> = answer
                .unknown
                .iter()
                .filter(|unknown| unknown.workload.contains("web") || unknown.workload.contains("every"))
                .map(|unknown| unknown.why.as_str())
                .collect();
            match expected {
                None => assert!(unknown.is_empty(), "{what}: {unknown:?}"),
                Some(expected) => {
                    assert!(unknown.iter().any(|why| why.contains(expected)), "{what}: {unknown:?}");
                    assert_eq!(answer.verdict, Verdict::Unknown, "{what}");
                }
            }
        }
    }
}

#[test]
fn what_is_taken_for_granted_names_no_calico_where_there_is_none() {
    let checked = check("", POLICY);
    let answer = checked.1.answer.as_ref().unwrap();
    let said = |text: &str| answer.assumptions.iter().any(|assumption| assumption.text.contains(text));
    assert!(said("the network plugin sees the address that the proxy saw"));
    assert!(said("the network plugin enforces NetworkPolicy as the API documents it"));
    assert!(said("protocols other than TCP, UDP and SCTP"));
    assert!(!said("an `ipBlock` matches whoever has an address in it"));
    assert!(!shown(&checked).contains("Calico's dataplane"));
    let block = POLICY.replace("from: [", "from: [{ipBlock: {cidr: 198.51.100.0/24}}, ");
    let checked = check("", &block);
    let text = shown(&checked);
    assert!(text.contains("an `ipBlock` matches whoever has an address in it"), "{text}");
}

#[test]
fn what_the_api_refuses_is_not_there() {
    let refused = POLICY.replace("port: 8080", "port: http, endPort: 8081");
    let checked = check("", &refused);
    let messages: Vec<&str> = checked.1.findings.iter().map(|finding| finding.message.as_str()).collect();
    let expected = "`endPort` needs a `port` by number, not above it: the cluster refuses it, and it counts as not there";
    assert!(messages.contains(&expected), "{messages:?}");
    assert_eq!(checked.1.answer.as_ref().unwrap().verdict, Verdict::Fails);
}

fn explain(more: &str, against: &str, from: Who, port: u16) -> (Explanation, String) {
    let (settings, rules) = (settings(), Rules::default());
    let mut analysis = pipeline::analyse(sources("input.yaml", &format!("{MESH}{more}")), &settings, &rules);
    let question = Question {
        from,
        address: None,
        to: Pod { namespace: "shop".to_string(), which: Which::Workload("web".to_string()) },
        port,
        protocol: Some(Content::Bytes(Protocol::Tcp)),
        method: None,
        path: None,
        host: None,
        sni: None,
        headers: std::collections::BTreeMap::new(),
        claims: None,
    };
    let directory = Some(sources("against.yaml", against));
    let (explained, _) = pipeline::explain(&mut analysis, directory, &settings, &rules, &question);
    let explained = explained.unwrap_or_else(|refusal| panic!("{}", refusal.message));
    let view = why::View { explained: &explained, sources: &analysis.sources, target: "kubernetes" };
    let json = why::json::render(view);
    let people = why::render(view, Look::plain(Detail::Verbose, false));
    (explained, format!("{people}\n{json}"))
}

#[test]
fn one_request_is_followed_through_the_policies() {
    let account = |namespace: &str| {
        let which = Which::Account("a".to_string());
        Who::Pod(Pod { namespace: namespace.to_string(), which })
    };
    let (allowed, text) = explain("", POLICY, account("pay"), 8080);
    assert_eq!((allowed.before.allowed, allowed.after.allowed), (Some(true), Some(true)), "{text}");
    for part in [
        "after, by kubernetes: allowed: `spec.ingress[0].from[0]` of `NetworkPolicy/shop/web` matches",
        "the cluster's network plugin: allowed",
        "the peer is a pod",
        "\"engine\": \"kubernetes\"",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    let (refused, text) = explain("", POLICY, account("shop"), 8080);
    assert_eq!((refused.before.allowed, refused.after.allowed), (Some(false), Some(false)), "{text}");
    let isolated = "no rule of `NetworkPolicy/shop/web` matches, and the pod is isolated";
    assert!(text.contains(isolated) && text.contains("\"isolated\""), "{text}");
    let (outside, text) = explain("", POLICY, Who::Outside, 8080);
    assert_eq!(outside.after.allowed, Some(false), "{text}");
    assert!(text.contains("the peer's namespace (the peer is no endpoint) is `pay`"), "{text}");
    let (local, text) = explain("", POLICY, Who::NodeLocal, 8080);
    assert_eq!(local.after.allowed, Some(true), "{text}");
    let calico = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: n, namespace: shop}\nspec: {ingress: [{action: Deny}]}\n---\n";
    let (noted, _) = explain(calico, POLICY, account("pay"), 8080);
    let notes = noted.notes.join("\n");
    assert!(
        notes.contains("`NetworkPolicy/shop/n`, which may select the workload, decides nothing here"),
        "{notes}"
    );
}
