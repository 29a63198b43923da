//! Which value counts, and `unmesh config`, which says so.

use super::{Place, header};
use serde_json::{Value, json};
use unmesh::config::file::{File, keys};

/// Key; the value without file and flag, in the file, by the flag; the flags.
type Row = (&'static str, Value, &'static str, Value, &'static [&'static str], Value);

fn rows() -> Vec<Row> {
    vec![
        (
            "target",
            json!("calico@3.28"),
            "\"calico@3.30\"",
            json!("calico@3.30"),
            &["--target", "kubernetes"],
            json!("kubernetes"),
        ),
        (
            "layout",
            json!("portable"),
            "\"portable\"",
            json!("portable"),
            &["--layout", "portable"],
            json!("portable"),
        ),
        ("staged", json!(false), "false", json!(false), &["--no-staged"], json!(false)),
        ("l7", Value::Null, "\"none\"", json!("none"), &["--l7", "dikastes"], json!("dikastes")),
        ("fail-on", json!("error"), "\"info\"", json!("info"), &["--fail-on", "never"], json!("never")),
        ("baseline", Value::Null, "\"a.json\"", json!("a.json"), &["--baseline", "b.json"], json!("b.json")),
        (
            "mesh.root-namespace",
            json!("istio-system"),
            "\"a\"",
            json!("a"),
            &["--root-namespace", "b"],
            json!("b"),
        ),
        (
            "mesh.trust-domain",
            json!("cluster.local"),
            "\"a\"",
            json!("a"),
            &["--trust-domain", "b"],
            json!("b"),
        ),
        (
            "mesh.namespaces",
            Value::Null,
            "[\"b\", \"a\"]",
            json!(["a", "b"]),
            &["--mesh-namespaces", "c"],
            json!(["c"]),
        ),
        (
            "mesh.system-namespaces",
            json!([]),
            "[\"b\"]",
            json!(["b"]),
            &["--system-namespaces", "a"],
            json!(["a", "b"]),
        ),
        (
            "mesh.default-namespace",
            json!("default"),
            "\"a\"",
            json!("a"),
            &["--default-namespace", "b"],
            json!("b"),
        ),
    ]
}

fn setting(run: &Value, key: &str) -> (Value, Vec<String>) {
    let all = run["settings"].as_array().unwrap();
    let one = all.iter().find(|one| one["key"] == key).unwrap();
    let origins = one["origins"].as_array().unwrap().iter();
    let origin = |origin: &Value| match origin["kind"].as_str().unwrap() {
        "flag" => origin["flag"].as_str().unwrap().to_string(),
        "default" => "default".to_string(),
        _ => format!("{}:{}", origin["file"].as_str().unwrap(), origin["line"]),
    };
    (one["value"].clone(), origins.map(origin).collect())
}

#[test]
fn a_flag_counts_before_the_file_and_the_file_before_the_default() {
    for (key, unsaid, toml, of_file, flags, of_flag) in rows() {
        let place = Place::new(&[]);
        let config = |more: &[&str]| {
            let args: Vec<&str> = ["config"].iter().chain(more).copied().collect();
            setting(&place.json(&args), key)
        };
        assert_eq!(config(&[]), (unsaid, vec!["default".to_string()]), "{key}");
        place.write("unmesh.toml", format!("\n{key} = {toml}\n"));
        assert_eq!(config(&[]), (of_file, vec!["unmesh.toml:2".to_string()]), "{key}");
        let (value, origins) = config(flags);
        let both = ["unmesh.toml:2".to_string(), flags[0].to_string()];
        let expected = if key == "mesh.system-namespaces" { &both[..] } else { &both[1..] };
        assert_eq!((value, origins.as_slice()), (of_flag, expected), "{key}");
        assert_eq!(config(&["--no-config"]).1, ["default"], "{key}");
    }
}

/// A key that nobody tries would not be missed.
#[test]
fn every_key_of_one_value_is_in_the_table() {
    let tried: Vec<&str> = rows().iter().map(|row| row.0).collect();
    for key in keys::ALL.iter().filter(|key| key.table.is_empty() || key.table == "mesh") {
        let name = if key.table.is_empty() { key.name.to_string() } else { format!("mesh.{}", key.name) };
        assert!(tried.contains(&name.as_str()) || name == "exclude", "{name}");
    }
}

#[test]
fn a_target_of_the_command_line_leaves_out_what_is_for_another() {
    let place = Place::new(&[
        ("unmesh.toml", "target = \"calico@3.30\"\nlayout = \"tiers\"\nstaged = true\n"),
        ("a.yaml", ""),
    ]);
    let end = place.run(&["lint", "a.yaml", "--target", "kubernetes"]);
    assert_eq!(end.status, 2, "{}", end.stderr);
    assert!(
        end.stderr.contains("`staged` of unmesh.toml:3 is for Calico alone, not for kubernetes"),
        "{}",
        end.stderr
    );
    let end = place.run(&["lint", "a.yaml", "--target", "kubernetes", "--no-staged"]);
    assert_eq!(end.status, 0, "{}", end.stderr);
    assert!(
        end.stderr.contains("info: `layout` of unmesh.toml does not go with kubernetes, and is left out"),
        "{}",
        end.stderr
    );
    place.write("unmesh.toml", "target = \"calico@3.26\"\nlayout = \"tiers\"\n");
    let end = place.run(&["lint", "a.yaml"]);
    assert!(
        end.status == 2 && end.stderr.contains("`layout` of unmesh.toml:2 does not go with calico@3.26"),
        "{}",
        end.stderr
    );
}

const MESH: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-config}\ndata:\n  mesh: |-\n    rootNamespace: roots\n    trustDomain: prod\n";

#[test]
fn what_a_mesh_config_says_stands_below_the_file() {
    let place = Place::new(&[("mesh.yaml", MESH)]);
    let shown = place.json(&["config"]);
    assert_eq!(setting(&shown, "mesh.root-namespace").0, "roots");
    let (value, origins) = setting(&shown, "mesh.trust-domain");
    assert_eq!((value, origins), (json!("prod"), vec!["mesh.yaml:7".to_string()]));
    let text = place.run(&["config"]).stdout;
    assert!(text.contains("trust-domain = \"prod\"  # MeshConfig of mesh.yaml:7\n"), "{text}");
    place.write("unmesh.toml", "[mesh]\ntrust-domain = \"own\"\n");
    let (value, origins) = setting(&place.json(&["config"]), "mesh.trust-domain");
    assert_eq!((value, origins), (json!("own"), vec!["unmesh.toml:2".to_string()]));
    // It counts for the stages as the flag does.
    let finding = |place: &Place| place.json(&["lint", "."])["findings"].clone();
    let by_file = finding(&place);
    std::fs::remove_file(place.path().join("unmesh.toml")).unwrap();
    assert_eq!(by_file, place.json(&["lint", ".", "--trust-domain", "own"])["findings"]);
    assert_ne!(by_file, finding(&place));
}

const ALL: &str = r#"
target = "calico@3.30"
layout = "tiers"
staged = true
l7 = "none"
fail-on = "never"
exclude = ["a \" b", "c/**"]
[mesh]
root-namespace = "roots"
trust-domain = "own"
namespaces = ["shop"]
system-namespaces = ["batch"]
default-namespace = "shop"
[mesh.identities]
"istio-system/ingress" = ["edge/nginx", "edge/nginx.v2"]
"istio-system/internal" = "edge/haproxy"
[severity]
UM305 = "error"
UM3xx = "info"
[[accept]]
code = "custom-action"
object = "AuthorizationPolicy/shop/web"
paths = ["a/**"]
reason = "it says \"no\"\tanyway"
[[override]]
paths = ["legacy/**"]
severity = { UM1xx = "info", host-match = "warning" }
"#;

#[test]
fn what_is_shown_is_a_configuration_that_says_the_same() {
    let place = Place::new(&[("unmesh.toml", ALL), ("x.yaml", &header("x"))]);
    let shown = place.run(&["config", "--accept", "header-match", "--severity", "UM4xx=off"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let file = File::read(&shown.stdout).unwrap_or_else(|problems| panic!("{problems:?}\n{}", shown.stdout));
    assert_eq!(file.mesh.identities.len(), 3);
    place.write("unmesh.toml", &shown.stdout);
    let again = place.run(&["config"]);
    let plain = |text: &str| -> Vec<String> {
        let mut lines: Vec<String> =
            text.lines().map(|line| line.split("  # ").next().unwrap().to_string()).collect();
        // Codes come behind families once they stand in one file.
        lines.sort();
        lines
    };
    assert_eq!(plain(&again.stdout), plain(&shown.stdout));
    // A code counts before its family, wherever it stands.
    let severity = place.json(&["config"])["severity"].clone();
    let codes: Vec<&str> =
        severity.as_array().unwrap().iter().map(|one| one["codes"].as_str().unwrap()).collect();
    assert_eq!(codes, ["UM3xx", "UM4xx", "UM305"]);
}

#[test]
fn lists_of_the_file_are_added_to_and_flags_are_stronger() {
    let place = Place::new(&[
        (
            "unmesh.toml",
            "[severity]\nUM202 = \"off\"\n[[override]]\npaths = [\"x.yaml\"]\nseverity = { UM202 = \"info\" }\n",
        ),
        ("x.yaml", &header("x")),
    ]);
    let shown = |args: &[&str]| {
        let args: Vec<&str> = ["lint", "x.yaml"].iter().chain(args).copied().collect();
        super::of_code(&place.json(&args), "UM202")
            .into_iter()
            .map(|(_, severity)| severity)
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&[]), ["info"]);
    assert_eq!(shown(&["--severity", "UM202=warning"]), ["warning"]);
    assert_eq!(shown(&["--severity", "UM2xx=warning"]), ["warning"]);
    assert_eq!(shown(&["--no-config"]), ["error"]);
}
