//! Kubernetes envelopes: Lists, identities, defaults, and what is no object.

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

/// Objects, reasons of skipping and findings of one document, in one line each.
fn outcome(text: &str) -> Vec<String> {
    let input = Input::of(text);
    let reading = input.collect(&Settings::default());
    let skipped = whys(&reading).into_iter().map(|why| format!("skipped: {why}")).collect();
    [references(&reading), skipped, lines(&reading.findings, &input.sources)].concat()
}

#[test]
fn a_policy_in_a_namespace_that_cannot_be_is_not_read() {
    let (longest, too_long) = ("n".repeat(63), "n".repeat(64));
    for (namespace, can_be) in [
        ("placeholderNamespace", false),
        ("a.b", false),
        ("-a", false),
        ("a-", false),
        (too_long.as_str(), false),
        (longest.as_str(), true),
        ("0-a", true),
    ] {
        let policy = POLICY.replace("namespace: shop", &format!("namespace: {namespace}"));
        let found = outcome(&policy);
        if can_be {
            assert_eq!(found, [format!("AuthorizationPolicy/{namespace}/p")]);
        } else {
            let wanted =
                ["skipped: no namespace can have this name".to_string(), format!("UM010 error {namespace}")];
            assert_eq!(found, wanted);
        }
    }
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: nsA}}";
    assert_eq!(outcome(service), ["skipped: no namespace can have this name", "UM008 error nsA"]);
}

#[test]
fn an_object_with_a_name_that_cannot_be_is_not_read() {
    let object = |kind: &str, metadata: &str| {
        let group = if kind == "Service" { "v1" } else { "networking.istio.io/v1" };
        outcome(&format!("{{apiVersion: {group}, kind: {kind}, metadata: {{namespace: shop, {metadata}}}}}"))
    };
    let policy = outcome(&POLICY.replace("name: p,", "name: Upper,"));
    assert_eq!(policy, ["skipped: no object can have this name", "UM010 error Upper"]);
    let refused =
        |name: &str| ["skipped: no object can have this name".to_string(), format!("UM008 error {name}")];
    assert_eq!(object("VirtualService", "name: vs_a"), refused("vs_a"));
    assert_eq!(object("VirtualService", "name: vs.a"), ["VirtualService/shop/vs.a"]);
    assert_eq!(object("VirtualService", "generateName: vs_"), refused("vs_"));
    assert_eq!(object("VirtualService", "generateName: vs-"), ["VirtualService/shop/vs-*"]);
    // `generateName` counts only where there is no name.
    assert_eq!(object("VirtualService", "name: a, generateName: B"), ["VirtualService/shop/a"]);
    assert_eq!(object("Service", "name: a.b"), refused("a.b"));
    // A kind that is not read is said to be so, whatever its name.
    assert_eq!(object("DestinationRule", "name: dr_a"), ["DestinationRule/shop/dr_a"]);
}

#[test]
fn objects_are_named_as_kubernetes_names_them() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("a policy", POLICY, &["AuthorizationPolicy/shop/p"]),
        (
            "a cluster-scoped kind",
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, namespace: x}}",
            &["Namespace/shop"],
        ),
        (
            "no namespace",
            "{apiVersion: v1, kind: Service, metadata: {name: web}}",
            &["Service/default/web", "UM016 info web"],
        ),
        (
            "an unknown kind",
            "{apiVersion: a.b/v1, kind: Foo, metadata: {name: f, namespace: ns}}",
            &["Foo/ns/f"],
        ),
        (
            "a generated name",
            "{apiVersion: batch/v1, kind: Job, metadata: {generateName: run-, namespace: ns}}",
            &["Job/ns/run-*"],
        ),
        (
            "an operator's resource without name",
            "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {namespace: i}}",
            &["IstioOperator/i/installed-state"],
        ),
        (
            "an unquoted name",
            "{apiVersion: v1, kind: Service, metadata: {name: 12, namespace: ns}}",
            &["Service/ns/12", "UM009 error 12"],
        ),
        (
            "an unquoted namespace",
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: 12}}",
            &["Service/12/a", "UM009 error 12"],
        ),
        (
            "an unquoted label",
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: ns, labels: {version: 1}}}",
            &["Service/ns/a", "UM009 error 1"],
        ),
        (
            "labels in a list",
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: ns, labels: [x]}}",
            &["Service/ns/a", "UM007 error x"],
        ),
    ];
    for (name, text, expected) in cases {
        assert_eq!(outcome(text), *expected, "{name}");
    }
}

#[test]
fn what_is_no_object_is_counted_and_named_where_somebody_meant_one() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("values of a chart", "{replicas: 3, image: {tag: '1'}}", &["skipped: neither apiVersion nor kind"]),
        ("a list at the top", "[{op: add, path: /x}]", &["skipped: no mapping"]),
        (
            "a Helm chart",
            "{apiVersion: v2, name: web, version: 1.0.0}",
            &["skipped: a Helm chart's description"],
        ),
        (
            "a kustomization without version",
            "{kind: Kustomization, resources: []}",
            &["skipped: configuration of kustomize"],
        ),
        (
            "kubectl's configuration",
            "{apiVersion: v1, kind: Config, clusters: []}",
            &["skipped: configuration of kubectl"],
        ),
        (
            "the shape of an object",
            "{metadata: {name: p}, spec: {rules: []}}",
            &["skipped: neither apiVersion nor kind", "UM018 warning metadata"],
        ),
        ("no kind", "{apiVersion: v1, metadata: {name: p}}", &["skipped: no kind", "UM018 warning v1"]),
        (
            "no name",
            "{apiVersion: v1, kind: Service, spec: {}}",
            &["skipped: no name", "UM018 warning Service"],
        ),
        (
            "an empty name",
            "{apiVersion: v1, kind: Service, metadata: {name: ''}}",
            &["skipped: no name", "UM018 warning Service"],
        ),
        (
            "a policy without version",
            "{kind: PeerAuthentication, metadata: {name: p}}",
            &["skipped: no apiVersion", "UM010 error PeerAuthentication"],
        ),
        (
            "Istio without kind",
            "{apiVersion: security.istio.io/v1, metadata: {name: p}}",
            &["skipped: no kind", "UM010 error security.istio.io/v1"],
        ),
        (
            "a policy without name",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {}}",
            &["skipped: no name", "UM010 error AuthorizationPolicy"],
        ),
        ("an empty list", "{apiVersion: v1, kind: List, items: []}", &["skipped: an empty list"]),
        ("nothing", "null", &[]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(outcome(text), *expected, "{name}");
    }
}

#[test]
fn lists_are_their_items() {
    let text = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a, namespace: ns}}
- apiVersion: security.istio.io/v1
  kind: AuthorizationPolicyList
  items:
  - {metadata: {name: p, namespace: ns}}
- apiVersion: v1
  kind: List
  items: []
";
    let input = Input::of(text);
    let reading = input.collect(&Settings::default());
    assert_eq!(references(&reading), ["Service/ns/a", "AuthorizationPolicy/ns/p"]);
    let policy = &reading.manifest.objects[1];
    assert_eq!(policy.group(), "security.istio.io");
    let item = policy.placement.item.map(|span| input.sources.text(span)).unwrap_or_default();
    assert!(item.contains("name: p") && !item.contains("name: a"), "{item}");
    assert_eq!(reading.manifest.documents, 1);
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
    let cases = [
        ("policies block", "security.istio.io/v1", "AuthorizationPolicy", "UM013 error p", 0),
        (
            "other Istio kinds are not translated",
            "networking.istio.io/v1",
            "VirtualService",
            "UM012 error p",
            0,
        ),
        ("Kubernetes' kinds are kept", "apps/v1", "Deployment", "UM012 error p", 2),
    ];
    for (name, version, kind, finding, kept) in cases {
        let head = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: p, namespace: shop}}\n");
        let input = Input::of(&head).file("b.yaml", &format!("{head}spec: {{a: 1}}\n"));
        let reading = input.collect(&Settings::default());
        assert_eq!(lines(&reading.findings, &input.sources), [finding], "{name}");
        let (place, other) = (reading.findings[0].span.expect(name), reading.findings[0].related[0].span);
        assert_eq!((place.file, other.file), (input.documents[1].file, input.documents[0].file), "{name}");
        assert_eq!(reading.manifest.objects.len(), kept, "{name}");
        assert_eq!(reading.manifest.contested.len(), 2 - kept, "{name}");
    }
}

#[test]
fn groups_make_two_identities_and_versions_do_not() {
    let service = |version: &str, more: &str| {
        format!("{{apiVersion: {version}, kind: Service, metadata: {{name: a, namespace: ns}}{more}}}")
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
            "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: x\n  namespace: ns\n  annotations: {{unmesh.dev/source: a, unmesh.dev/target: b}}\n"
        )
    };
    let header = format!(
        "{}\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {{name: x, namespace: ns}}\n",
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
            "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: ns}\nspec: {port1: 1, port2: 2}\n",
            "port1",
            "port2",
            "UM005 error port2",
        ),
        (
            "in a policy",
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: ns}\nspec: {rules1: 1, rules2: 2}\n",
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
    let text = "kind: Service # kind: AuthorizationPolicy before\napiVersion: v1\nmetadata: {name: a, namespace: ns}\n";
    let input = Input::of(text).duplicate("kind", "kind").duplicate("metadata", "metadata");
    assert_eq!(lines(&input.collect(&Settings::default()).findings, &input.sources), ["UM010 error kind"]);
    let harmless = text.replace("AuthorizationPolicy", "ConfigMap");
    let input = Input::of(&harmless).duplicate("kind", "kind");
    assert_eq!(lines(&input.collect(&Settings::default()).findings, &input.sources), ["UM005 error kind"]);
}
