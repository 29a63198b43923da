use super::*;
use crate::manifest::testing::{Input, lines};

const POLICY: &str =
    "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\n";

fn references(reading: &Reading) -> Vec<String> {
    reading.manifest.objects.iter().map(|object| object.reference.to_string()).collect()
}

fn whys(reading: &Reading) -> Vec<&str> {
    reading.manifest.skipped.iter().map(|skipped| skipped.why.as_str()).collect()
}

/// What becomes of one document: objects, reasons of skipping, findings.
#[test]
fn each_document_is_an_object_or_counted() {
    let cases: &[(&str, &str, &[&str], &[&str], &[&str])] = &[
        ("a policy", POLICY, &["AuthorizationPolicy/shop/p"], &[], &[]),
        (
            "a cluster-scoped kind",
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, namespace: x}}",
            &["Namespace/shop"],
            &[],
            &[],
        ),
        (
            "no namespace",
            "{apiVersion: v1, kind: Service, metadata: {name: web}}",
            &["Service/default/web"],
            &[],
            &["UM016 info web"],
        ),
        (
            "an unknown kind",
            "{apiVersion: a.b/v1, kind: Foo, metadata: {name: f, namespace: n}}",
            &["Foo/n/f"],
            &[],
            &[],
        ),
        (
            "a generated name",
            "{apiVersion: batch/v1, kind: Job, metadata: {generateName: run-, namespace: n}}",
            &["Job/n/run-*"],
            &[],
            &[],
        ),
        ("values of a chart", "{replicas: 3, image: {tag: '1'}}", &[], &["neither apiVersion nor kind"], &[]),
        ("a list at the top", "[{op: add, path: /x}]", &[], &["no mapping"], &[]),
        (
            "the shape of an object",
            "{metadata: {name: p}, spec: {rules: []}}",
            &[],
            &["neither apiVersion nor kind"],
            &["UM018 warning metadata"],
        ),
        ("no kind", "{apiVersion: v1, metadata: {name: p}}", &[], &["no kind"], &["UM018 warning v1"]),
        (
            "a Helm chart",
            "{apiVersion: v2, name: web, version: 1.0.0}",
            &[],
            &["a Helm chart's description"],
            &[],
        ),
        (
            "a policy without version",
            "{kind: PeerAuthentication, metadata: {name: p}}",
            &[],
            &["no apiVersion"],
            &["UM010 error PeerAuthentication"],
        ),
        (
            "Istio without kind",
            "{apiVersion: security.istio.io/v1, metadata: {name: p}}",
            &[],
            &["no kind"],
            &["UM010 error security.istio.io/v1"],
        ),
        (
            "no name",
            "{apiVersion: v1, kind: Service, spec: {}}",
            &[],
            &["no name"],
            &["UM018 warning Service"],
        ),
        (
            "an empty name",
            "{apiVersion: v1, kind: Service, metadata: {name: ''}}",
            &[],
            &["no name"],
            &["UM018 warning Service"],
        ),
        (
            "a policy without name",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {}}",
            &[],
            &["no name"],
            &["UM010 error AuthorizationPolicy"],
        ),
        (
            "kubectl's configuration",
            "{apiVersion: v1, kind: Config, clusters: []}",
            &[],
            &["configuration of kubectl"],
            &[],
        ),
        (
            "an operator's resource without name",
            "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {namespace: i}}",
            &["IstioOperator/i/installed-state"],
            &[],
            &[],
        ),
        (
            "an unquoted name",
            "{apiVersion: v1, kind: Service, metadata: {name: 12, namespace: n}}",
            &["Service/n/12"],
            &[],
            &["UM009 error 12"],
        ),
        (
            "an unquoted label",
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: n, labels: {version: 1}}}",
            &["Service/n/a"],
            &[],
            &["UM009 error 1"],
        ),
        (
            "labels in a list",
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: n, labels: [x]}}",
            &["Service/n/a"],
            &[],
            &["UM007 error x"],
        ),
        ("nothing", "null", &[], &[], &[]),
    ];
    for (name, text, objects, skipped, findings) in cases {
        let input = Input::of(text);
        let reading = input.collect(&Settings::default());
        assert_eq!(references(&reading), *objects, "{name}");
        assert_eq!(whys(&reading), *skipped, "{name}");
        assert_eq!(lines(&reading.findings, &input.sources), *findings, "{name}");
    }
}

#[test]
fn lists_are_their_items() {
    let text = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a, namespace: n}}
- apiVersion: security.istio.io/v1
  kind: AuthorizationPolicyList
  items:
  - {metadata: {name: p, namespace: n}}
- apiVersion: v1
  kind: List
  items: []
";
    let input = Input::of(text);
    let reading = input.collect(&Settings::default());
    assert_eq!(references(&reading), ["Service/n/a", "AuthorizationPolicy/n/p"]);
    let policy = &reading.manifest.objects[1];
    assert_eq!(policy.group(), "security.istio.io");
    assert_eq!(
        policy.placement.item.map(|span| input.sources.text(span)),
        Some("metadata: {name: p, namespace: n")
    );
    assert_eq!(reading.manifest.documents, 1);
}

#[test]
fn an_empty_list_is_counted() {
    let reading = Input::of("{apiVersion: v1, kind: List, items: []}").collect(&Settings::default());
    assert_eq!(whys(&reading), ["an empty list"]);
}

#[test]
fn equal_documents_count_once() {
    let reordered = "kind: AuthorizationPolicy\napiVersion: security.istio.io/v1beta1\nmetadata: {namespace: shop, name: p}\n";
    let input = Input::of(POLICY).file("b.yaml", reordered);
    let reading = input.collect(&Settings::default());
    assert_eq!(references(&reading), ["AuthorizationPolicy/shop/p"]);
    assert_eq!(whys(&reading), ["the same as the one at in.yaml:3"]);
    assert!(reading.findings.is_empty());
}

#[test]
fn different_documents_of_one_identity_are_an_error() {
    let cases: &[(&str, &str, &str, &str, &[&str], usize)] = &[
        (
            "policies block",
            "security.istio.io/v1",
            "AuthorizationPolicy",
            "spec: {action: DENY}",
            &["UM013 error p"],
            0,
        ),
        (
            "other Istio kinds are not translated",
            "networking.istio.io/v1",
            "VirtualService",
            "spec: {hosts: [a]}",
            &["UM012 error p"],
            0,
        ),
        ("Kubernetes' kinds are kept", "apps/v1", "Deployment", "spec: {replicas: 1}", &["UM012 error p"], 2),
    ];
    for (name, version, kind, spec, findings, kept) in cases {
        let head = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: p, namespace: shop}}\n");
        let input = Input::of(&head).file("b.yaml", &format!("{head}{spec}\n"));
        let reading = input.collect(&Settings::default());
        assert_eq!(lines(&reading.findings, &input.sources), *findings, "{name}");
        assert_eq!(reading.findings[0].related[0].span.file, reading_file(&input, 0), "{name}");
        assert_eq!(reading.manifest.objects.len(), *kept, "{name}");
        assert_eq!(reading.manifest.contested.len(), 2 - kept, "{name}");
    }
}

fn reading_file(input: &Input, index: usize) -> FileId {
    input.documents[index].file
}

#[test]
fn groups_make_two_identities_and_versions_do_not() {
    let service = |version: &str, more: &str| {
        format!("{{apiVersion: {version}, kind: Service, metadata: {{name: a, namespace: n}}{more}}}")
    };
    let input =
        Input::of(&service("v1", "")).file("b.yaml", &service("serving.knative.dev/v1", ", spec: {x: 1}"));
    assert!(input.collect(&Settings::default()).findings.is_empty());
    let input = Input::of(&service("a.b/v1", "")).file("b.yaml", &service("a.b/v2", ", spec: {x: 1}"));
    assert_eq!(lines(&input.collect(&Settings::default()).findings, &input.sources), ["UM012 error a"]);
}

#[test]
fn patches_of_a_kustomization_are_no_resources() {
    for listed in [
        "patches: [{path: ../base/./p.yaml}]",
        "patchesStrategicMerge: [../base/p.yaml]",
        "patchesJson6902: [{path: ../base/p.yaml, target: {kind: X}}]",
    ] {
        let input = Input::default()
            .file("apps/prod/kustomization.yaml", listed)
            .file("apps/base/p.yaml", &format!("{POLICY}---\n{POLICY}"))
            .file("apps/base/other.yaml", POLICY);
        let reading = input.collect(&Settings::default());
        assert_eq!(lines(&reading.findings, &input.sources), ["UM017 warning p"], "{listed}");
        assert_eq!(
            reading.findings[0].help.as_deref(),
            Some("give unmesh what kustomize makes: `kustomize build apps/prod | unmesh lint -`")
        );
        assert_eq!(references(&reading), ["AuthorizationPolicy/shop/p"], "{listed}");
        assert_eq!(
            whys(&reading),
            ["neither apiVersion nor kind", "a kustomize patch", "a kustomize patch"],
            "{listed}"
        );
    }
}

#[test]
fn what_a_kustomization_changes_is_said() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("nothing", "resources: [a.yaml]\nimages: []", &[]),
        ("a namespace", "resources: [a.yaml]\nnamespace: prod", &["UM019 warning namespace"]),
        ("a patch in place", "patches:\n- patch: |-\n    - op: remove\n", &["UM019 warning patches"]),
    ];
    for (name, text, findings) in cases {
        let input = Input::default().file("kustomization.yaml", text);
        assert_eq!(lines(&input.collect(&Settings::default()).findings, &input.sources), *findings, "{name}");
    }
}

#[test]
fn own_output_is_counted_and_never_an_object() {
    let annotated = |kind: &str, version: &str| {
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: x\n  namespace: n\n  annotations: {{unmesh.dev/source: a, unmesh.dev/target: b}}\n"
        )
    };
    let header = format!(
        "{}\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {{name: x, namespace: n}}\n",
        own::HEADER
    );
    let cases = [
        ("annotated", annotated("NetworkPolicy", "projectcalico.org/v3"), 1),
        ("with the header", header.clone(), 1),
        (
            "a tier",
            "{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: unmesh-deny}}".to_string(),
            1,
        ),
        (
            "somebody's tier",
            "{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: deny}}".to_string(),
            0,
        ),
        ("an Istio policy never is", annotated("AuthorizationPolicy", "security.istio.io/v1"), 0),
    ];
    for (name, text, own) in cases {
        let reading = Input::of(&text).collect(&Settings::default());
        assert_eq!(reading.manifest.own.len(), own, "{name}");
        assert_eq!(reading.manifest.objects.len(), 1 - own, "{name}");
        assert_eq!(whys(&reading), vec!["written by unmesh"; own], "{name}");
    }
}

#[test]
fn keys_that_stand_twice_block_where_they_may_hide_a_refusal() {
    let cases = [
        (
            "in a Service",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: n}\nspec: {port1: 1, port2: 2}\n",
            "port1",
            "port2",
            "UM005 error port2",
        ),
        (
            "in a policy",
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: n}\nspec: {rules1: 1, rules2: 2}\n",
            "rules1",
            "rules2",
            "UM010 error rules2",
        ),
    ];
    for (name, text, first, later, expected) in cases {
        let input = Input::of(text).duplicate(first, later);
        let reading = input.collect(&Settings::default());
        assert_eq!(lines(&reading.findings, &input.sources), [expected], "{name}");
        assert_eq!(input.sources.text(reading.findings[0].related[0].span), first, "{name}");
    }
}

#[test]
fn a_forgotten_separator_behind_a_policy_blocks() {
    // `kind` twice: the reader keeps the Service, and the policy is gone.
    let text = "kind: Service # kind: AuthorizationPolicy before\napiVersion: v1\nmetadata: {name: a, namespace: n}\n";
    let input = Input::of(text).duplicate("kind", "kind");
    assert_eq!(lines(&input.collect(&Settings::default()).findings, &input.sources), ["UM010 error kind"]);
    let harmless = text.replace("AuthorizationPolicy", "ConfigMap");
    let input = Input::of(&harmless).duplicate("kind", "kind");
    assert_eq!(lines(&input.collect(&Settings::default()).findings, &input.sources), ["UM005 error kind"]);
}
