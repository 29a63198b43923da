//! ServiceEntries, Sidecars and machines of `testdata/egress`, with the findings that stand beside each input;
//! every value of every field shows in what is said; which policy for unknown destinations is in force.

#![expect(clippy::unwrap_used, reason = "helpers of tests; what is missing fails the test")]

mod golden;
mod leaf;

use leaf::{put, values};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::finding::{Finding, ObjectRef};
use unmesh::istio::sidecar::Mode;
use unmesh::lint::egress::{self, MeshDefault};
use unmesh::lint::{self, Context};
use unmesh::manifest::{self, Manifest};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;
use unmesh::yaml::fields::Leaf;

fn cases() -> Vec<PathBuf> {
    golden::cases("egress", 4)
}

fn collected(text: String) -> (SourceMap, Manifest) {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    let manifest = manifest::collect(documents, &sources, &Settings::default()).manifest;
    (sources, manifest)
}

/// Every finding of these rules in one input, in a mesh with this policy.
fn findings(text: String, mesh: Option<Mode>) -> Vec<Json> {
    let (sources, manifest) = collected(text);
    let settings = Settings::default();
    let (inventory, _) = manifest::inventory(&manifest, &settings);
    let (resources, _) = unmesh::istio::read(&manifest);
    let (model, _) = unmesh::lower::lower(&resources, &inventory, &settings);
    let context = Context {
        manifest: &manifest,
        inventory: &inventory,
        resources: &resources,
        model: &model,
        settings: &settings,
    };
    let object = ObjectRef {
        kind: "ConfigMap".to_string(),
        namespace: Some("istio-system".to_string()),
        name: "istio".to_string(),
    };
    let span = manifest.objects.first().unwrap().name_span;
    let at = Leaf { value: (), span, field: "data.mesh".to_string() };
    let mesh = mesh.map(|mode| MeshDefault { mode, object: &object, at: &at });
    let found = lint::egress::check_in_mesh(&context, mesh.as_ref());
    found.iter().map(|finding| shown(&sources, finding)).collect()
}

fn shown(sources: &SourceMap, finding: &Finding) -> Json {
    json!({
        "code": finding.code.id,
        "object": finding.object.as_ref().map(ToString::to_string),
        "direction": finding.direction.word(),
        "field": finding.field,
        "underlined": finding.span.map(|span| sources.text(span)),
        "message": finding.message,
    })
}

#[test]
fn inputs_have_the_findings_that_stand_beside_them() {
    for directory in cases() {
        let found = findings(std::fs::read_to_string(directory.join("input.yaml")).unwrap(), None);
        golden::same(&directory, &found);
    }
}

#[test]
fn a_mesh_that_refuses_is_told_where_it_says_so() {
    let text = std::fs::read_to_string(cases().last().unwrap().join("input.yaml")).unwrap();
    let of_mesh = |mode| {
        let found = findings(text.clone(), Some(mode)).into_iter();
        let told = found.filter(|one| one["object"] == "ConfigMap/istio-system/istio");
        told.map(|one| one["message"].to_string()).collect::<Vec<_>>()
    };
    assert!(of_mesh(Mode::AllowAny).is_empty());
    let told = of_mesh(Mode::RegistryOnly);
    // Both Deployments have a Sidecar with a policy of its own.
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].contains("Deployment"), "{told:?}");
    assert!(told[0].contains("`api.partner.example` on port 443 (HTTPS) and `api.bank.example`"), "{told:?}");
    let partner = findings(text, Some(Mode::RegistryOnly))
        .into_iter()
        .find(|one| one["code"] == "UM350" && one["object"] == "ServiceEntry/payments/bank");
    let message = partner.unwrap()["message"].to_string();
    assert!(message.contains("past the `REGISTRY_ONLY` of `ConfigMap/istio-system/istio`"), "{message}");
}

/// A Sidecar: namespace, name, selected label `app`, policy.
type Row = (&'static str, &'static str, Option<&'static str>, Option<&'static str>);

fn sidecar((namespace, name, app, policy): &Row) -> String {
    let selector =
        app.map_or_else(String::new, |app| format!("workloadSelector: {{labels: {{app: {app}}}}}, "));
    let policy = policy.map_or_else(String::new, |policy| format!("outboundTrafficPolicy: {{{policy}}}, "));
    format!(
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{{selector}{policy}egress: [{{hosts: ['*/*']}}]}}\n---\n"
    )
}

#[test]
fn one_policy_for_unknown_destinations_is_in_force() {
    const CLOSED: Option<&str> = Some("mode: REGISTRY_ONLY");
    const OPEN: Option<&str> = Some("mode: ALLOW_ANY");
    let (closed, open) = (Mode::RegistryOnly, Mode::AllowAny);
    let rows: [(&str, &[Row], Option<Mode>, Mode); 14] = [
        ("nothing says anything", &[], None, open),
        ("the mesh closes", &[], Some(closed), closed),
        ("the mesh opens", &[], Some(open), open),
        ("the namespace closes", &[("shop", "a", None, CLOSED)], None, closed),
        ("the namespace opens what the mesh closes", &[("shop", "a", None, OPEN)], Some(closed), open),
        ("a policy without a mode closes", &[("shop", "a", None, Some(""))], Some(open), closed),
        ("without a policy the mesh counts", &[("shop", "a", None, None)], Some(closed), closed),
        (
            "a selector stands before the namespace",
            &[("shop", "a", None, CLOSED), ("shop", "b", Some("web"), OPEN)],
            None,
            open,
        ),
        (
            "of another workload it does not",
            &[("shop", "a", None, CLOSED), ("shop", "b", Some("db"), OPEN)],
            None,
            closed,
        ),
        ("the root namespace closes", &[("istio-system", "a", None, CLOSED)], Some(open), closed),
        ("its selectors are its own", &[("istio-system", "a", Some("web"), CLOSED)], Some(open), open),
        (
            "the namespace stands before the root",
            &[("istio-system", "a", None, CLOSED), ("shop", "b", None, OPEN)],
            None,
            open,
        ),
        // The Sidecar in charge says nothing: the mesh counts, and not the root namespace's Sidecar.
        (
            "nor is the root asked then",
            &[("istio-system", "a", None, CLOSED), ("shop", "b", None, None)],
            None,
            open,
        ),
        (
            "of two that may be older, one closes",
            &[("shop", "a", Some("web"), OPEN), ("shop", "b", Some("web"), CLOSED)],
            None,
            closed,
        ),
    ];
    let labels: BTreeMap<String, String> = [("app".to_string(), "web".to_string())].into();
    for (name, sidecars, mesh, expected) in rows {
        let (_, manifest) = collected(sidecars.iter().map(sidecar).collect());
        let (resources, _) = unmesh::istio::read(&manifest);
        assert_eq!(resources.sidecars.len(), sidecars.len(), "{name}");
        let found = egress::effective(&resources.sidecars, "istio-system", "shop", &labels, mesh);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn the_older_of_two_sidecars_is_in_charge() {
    let one = |name: &str, year: u32, mode: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: {name}, namespace: shop, \
             creationTimestamp: '{year}-01-01T00:00:00Z'}}\nspec: {{outboundTrafficPolicy: {{mode: {mode}}}}}\n---\n"
        )
    };
    for (first, second, expected) in [(2024, 2023, Mode::AllowAny), (2023, 2024, Mode::RegistryOnly)] {
        let text = one("a", first, "REGISTRY_ONLY") + &one("b", second, "ALLOW_ANY");
        let (_, manifest) = collected(text);
        let (resources, _) = unmesh::istio::read(&manifest);
        let found = egress::effective(&resources.sidecars, "istio-system", "shop", &BTreeMap::new(), None);
        assert_eq!(found, expected);
    }
}

/// What a field needs around it to mean something.
fn base(kind: &str, path: &str) -> Json {
    match kind {
        "ServiceEntry" if path.starts_with("spec.ports") => {
            json!({"hosts": ["api.example.com"], "ports": [{"number": 80, "name": "http"}]})
        }
        "ServiceEntry" if path == "spec.resolution" => json!({"hosts": ["api.example.com"]}),
        "ServiceEntry" => {
            json!({"hosts": ["api.example.com"], "resolution": "STATIC", "endpoints": [{"address": "10.0.0.1"}]})
        }
        "WorkloadEntry" => json!({"address": "10.0.0.1"}),
        _ if path.contains("ingress[].connectionPool") => json!({"ingress": [{"port": {"number": 80}}]}),
        _ if path.contains("ingress[]") => {
            json!({"ingress": [{"port": {"number": 443}, "defaultEndpoint": "127.0.0.1:80", "tls": {"mode": "MUTUAL"}}]})
        }
        _ if path.contains("egress[].port") => json!({"egress": [{"bind": "127.0.0.1", "hosts": ["./*"]}]}),
        _ => json!({}),
    }
}

/// Fields whose value nobody is told, and why.
const UNTOLD: [(&str, &str); 5] = [
    ("ServiceEntry spec.ports[].name", "endpoints call a port so, and show it"),
    ("Sidecar spec.egress[].port.name", "nothing refers to it"),
    ("Sidecar spec.ingress[].port.name", "nothing refers to it"),
    ("Sidecar spec.egress[].port.targetPort", "Istio refuses it"),
    ("Sidecar spec.ingress[].port.targetPort", "Istio refuses it"),
];

#[test]
fn every_value_shows_in_what_is_said() {
    let table = include_str!("../testdata/reading/fields.tsv");
    let mut silent = BTreeSet::new();
    let mut seen = 0;
    for row in table.lines() {
        let [kind, path, holds, _] = row.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let Some(kind) = kind.strip_prefix("networking.istio.io/") else { continue };
        if !["ServiceEntry", "Sidecar", "WorkloadEntry", "WorkloadGroup"].contains(&kind) {
            continue;
        }
        let said = |value: Json| {
            let mut spec = base(kind, path);
            put(&mut spec, path, value);
            let metadata = json!({"name": "it", "namespace": "shop"});
            let version = "networking.istio.io/v1";
            let object = json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec});
            let found = findings(object.to_string(), None);
            found.iter().map(|one| one["message"].to_string()).collect::<Vec<_>>()
        };
        let messages: BTreeSet<_> = values(holds).into_iter().map(said).collect();
        if messages.len() < 2 {
            silent.insert(format!("{kind} {path}"));
        }
        seen += 1;
    }
    assert!(seen > 100, "the table is incomplete: {seen}");
    let untold: BTreeSet<String> = UNTOLD.iter().map(|(field, _)| (*field).to_string()).collect();
    assert_eq!(silent, untold);
}
