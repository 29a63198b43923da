//! Layouts and staged policies from outside: where tiers stand, what is said when a user changes the layout or
//! goes from staged to enforced, and what `verify` makes of staged policies.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: what cannot run has failed")]

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// How a run ended.
struct End {
    status: i32,
    stdout: String,
    stderr: String,
}

fn unmesh(dir: &Path, args: &[&str]) -> End {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    let output = command.args(args).current_dir(dir).output().unwrap();
    End {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(dir: &Path, args: &[&str]) -> Value {
    let all: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let End { stdout, stderr, .. } = unmesh(dir, &all);
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{args:?}: {error}\n{stderr}"))
}

fn policy(name: &str, action: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{selector: {{matchLabels: {{app: web}}}}, action: {action}, \
         rules: [{{to: [{{operation: {{ports: ['80']}}}}]}}]}}\n"
    )
}

/// The template that the policies select.
const TEMPLATE: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, sidecar.istio.io/inject: 'true'}}
    spec: {containers: [{name: main, image: example.com/web:1}]}
";

/// A directory `k` with files.
fn tree(files: &[(&str, String)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("k")).unwrap();
    for (name, text) in files {
        fs::write(dir.path().join("k").join(name), text).unwrap();
    }
    dir
}

fn one_policy() -> TempDir {
    tree(&[("web.yaml", format!("{}---\n{TEMPLATE}", policy("web", "ALLOW")))])
}

/// Severity, direction and object of each finding of one code.
fn found(answer: &Value, code: &str) -> Vec<(String, String, String)> {
    let findings = answer.pointer("/findings").unwrap().as_array().unwrap().iter();
    let text = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or("").to_string();
    let mut all: Vec<_> = findings
        .filter(|one| text(one, "/code") == code)
        .map(|one| {
            let object = format!("{}/{}", text(one, "/object/kind"), text(one, "/object/name"));
            (text(one, "/severity"), text(one, "/direction"), object)
        })
        .collect();
    all.sort();
    all
}

fn named(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    rows.iter().map(|(one, two, three)| ((*one).into(), (*two).into(), (*three).into())).collect()
}

#[test]
fn versions_with_tiers_have_them_by_default() {
    let dir = one_policy();
    for (args, layout) in [
        (&["--target", "calico@3.28"][..], "portable"),
        (&["--target", "calico@3.29"], "tiers"),
        (&["--target", "calico@3.29", "--layout", "portable"], "portable"),
        (&["--target", "calico@3.32.1"], "tiers"),
        (&["--target", "calico@3.40"], "tiers"),
    ] {
        let answer = json(dir.path(), &[&["lint", "k"], args].concat());
        assert_eq!(answer["layout"], layout, "{args:?}");
    }
}

/// `kubectl apply -f DIR` goes by the names of files, and the API server refuses a policy whose tier is not
/// there.
#[test]
fn a_tier_stands_before_every_policy_in_it_in_the_order_of_files() {
    let dir = tree(&[
        ("b.yaml", policy("second", "DENY")),
        ("a.yaml", policy("first", "ALLOW")),
        ("c.yaml", format!("{}---\n{}", policy("third", "ALLOW"), policy("fourth", "DENY"))),
    ]);
    let End { status, stderr, .. } =
        unmesh(dir.path(), &["translate", "--target", "calico@3.29", "-o", "out", "k"]);
    assert_eq!(status, 0, "{stderr}");
    let mut there: Vec<String> = Vec::new();
    let mut policies = 0;
    for file in ["a.yaml", "b.yaml", "c.yaml"] {
        let text = fs::read_to_string(dir.path().join("out").join(file)).unwrap();
        for document in serde_yaml::Deserializer::from_str(&text) {
            let object: Value = serde::Deserialize::deserialize(document).unwrap();
            if object["kind"] == "Tier" {
                there.push(object["metadata"]["name"].as_str().unwrap().to_string());
            } else {
                let tier = object["spec"]["tier"].as_str().unwrap();
                assert!(there.iter().any(|name| name == tier), "{file}: {tier} after {there:?}");
                policies += 1;
            }
        }
    }
    assert_eq!((there, policies), (vec!["unmesh-allow".to_string(), "unmesh-deny".to_string()], 4));
}

#[test]
fn objects_of_the_other_layout_are_stale() {
    for (first, then, left) in [
        ("portable", "tiers", &["NetworkPolicy/unmesh-300-web", "NetworkPolicy/unmesh-400-web"][..]),
        ("tiers", "portable", &["NetworkPolicy/unmesh-allow.300-web"]),
    ] {
        let dir = one_policy();
        let translate = ["translate", "--target", "calico@3.29", "-o", "k/out", "--layout", first, "k"];
        assert_eq!(unmesh(dir.path(), &translate).status, 0);
        let args = ["lint", "--target", "calico@3.29", "--layout"];
        let same = json(dir.path(), &[&args[..], &[first, "k"]].concat());
        assert_eq!(found(&same, "UM030"), [], "{first}");
        let other = json(dir.path(), &[&args[..], &[then, "k"]].concat());
        let rows: Vec<(&str, &str, &str)> = left.iter().map(|name| ("error", "widens", *name)).collect();
        assert_eq!(found(&other, "UM030"), named(&rows), "{first} to {then}");
    }
}

#[test]
fn staged_policies_left_behind_are_said_and_decide_nothing() {
    let dir = one_policy();
    let translate = ["translate", "--target", "calico@3.30", "--staged", "-o", "k/out", "k"];
    assert_eq!(unmesh(dir.path(), &translate).status, 0);
    let enforced = json(dir.path(), &["lint", "--target", "calico@3.30", "k"]);
    let row = ("warning", "none", "StagedNetworkPolicy/unmesh-allow.300-web");
    assert_eq!(found(&enforced, "UM030"), named(&[row]));
    // Back to watching: what is enforced stays until it is replaced.
    let dir = one_policy();
    let translate = ["translate", "--target", "calico@3.30", "-o", "k/out", "k"];
    assert_eq!(unmesh(dir.path(), &translate).status, 0);
    let staged = json(dir.path(), &["lint", "--target", "calico@3.30", "--staged", "k"]);
    assert_eq!(found(&staged, "UM030"), []);
}

#[test]
fn staged_policies_are_verified_as_they_will_be_enforced() {
    let dir = one_policy();
    let staged = ["--target", "calico@3.30", "--staged"];
    let End { status, stdout, stderr } = unmesh(dir.path(), &[&["verify", "k"], &staged[..]].concat());
    assert_eq!(status, 0, "{stdout}{stderr}");
    assert!(stdout.starts_with("holds: "), "{stdout}");
    assert!(stdout.contains("as they will decide once they are enforced"), "{stdout}");
    let why = ["why", "k", "--from", "10.1.2.3", "--to", "shop/web:81", "--protocol", "tcp"];
    let answer = unmesh(dir.path(), &[&why[..], &staged[..]].concat());
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("unmesh-allow.300-web"), "{}", answer.stdout);
    assert!(answer.stdout.contains("once they are enforced"), "{}", answer.stdout);
}

#[test]
fn staged_policies_of_a_directory_decide_nothing() {
    let dir = one_policy();
    let translate = ["translate", "--target", "calico@3.30", "--staged", "-o", "out", "k"];
    assert_eq!(unmesh(dir.path(), &translate).status, 0);
    let End { status, stdout, .. } =
        unmesh(dir.path(), &["verify", "--target", "calico@3.30", "--against", "out", "k"]);
    assert_eq!(status, 1, "{stdout}");
    assert!(stdout.contains("what else it holds decides nothing: 1 StagedNetworkPolicy"), "{stdout}");
}

/// Each golden input, in tiers: no difference without a finding.
#[test]
fn whatever_tiers_change_is_announced() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compared = 0;
    let mut wrong = Vec::new();
    for folder in ["testdata/translate", "testdata/examples"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let topic = entry.unwrap().path();
            let input = topic.join("input.yaml");
            if !input.is_file() {
                continue;
            }
            let args = fs::read_to_string(topic.join("args")).unwrap_or_default();
            let mut args: Vec<&str> = args.split_whitespace().collect();
            for option in ["--target", "--layout"] {
                if let Some(place) = args.iter().position(|arg| *arg == option) {
                    args.drain(place..=place + 1);
                }
            }
            args.retain(|arg| *arg != "--staged");
            let fixed = ["verify", input.to_str().unwrap(), "--target", "calico@3.29"];
            let answer = json(root, &[&fixed[..], &args[..]].concat());
            compared += usize::from(!answer["verdict"].is_null());
            if !found(&answer, "UM601").is_empty() {
                wrong.push(topic.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 140, "{compared} inputs were compared");
}
