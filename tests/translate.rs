//! Golden translations: small inputs, each about one thing, and what is written and told for them.
//!
//! The expected files are written by hand from the design and from facts of Istio and Calico. Both
//! sides are read by an engine of its own (libyaml) and compared as objects.
#![expect(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Outcome, Run};

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// The directories below one, by name.
fn topics(path: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(testdata(path)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The documents of a text, as values.
fn documents(text: &str) -> Vec<serde_yaml::Value> {
    let documents = serde_yaml::Deserializer::from_str(text);
    let values = documents.map(|document| serde::Deserialize::deserialize(document).expect("YAML"));
    values.filter(|value: &serde_yaml::Value| !value.is_null()).collect()
}

/// The arguments of a topic.
fn args(topic: &Path) -> String {
    fs::read_to_string(topic.join("args")).unwrap_or_default()
}

/// Objects side by side: the first that differs is shown as YAML.
fn compare(name: &str, outcome: &Outcome, expected: &str) -> Vec<String> {
    let expected = documents(expected);
    let found: Vec<_> = outcome.written.iter().flat_map(|text| documents(text)).collect();
    let text = |value: Option<&serde_yaml::Value>| {
        value.map_or_else(|| "nothing\n".to_string(), |value| serde_yaml::to_string(value).unwrap())
    };
    let pairs = (0..expected.len().max(found.len())).map(|index| (expected.get(index), found.get(index)));
    let differing = pairs.filter(|(expected, found)| expected != found);
    let shown = |(expected, found)| format!("{name}: expected\n{}found\n{}", text(expected), text(found));
    differing.map(shown).collect()
}

/// Findings as the golden files hold them. UM410 is told in every run that writes a policy, UM420 in every
/// run that writes one for Kubernetes that does not let everything in, and those from UM445 on of whatever has a
/// label of the mesh, UM127 of every refusal by identity without a PeerAuthentication: these have golden files of
/// their own.
fn findings(outcome: &Outcome) -> Vec<Value> {
    let elsewhere =
        |code: &str| ["UM127", "UM410", "UM420"].contains(&code) || ("UM445"..="UM455").contains(&code);
    let told = outcome.told.iter().filter(|told| !elsewhere(&told.code));
    let without_message = told.map(|told| {
        let mut value = serde_json::to_value(told).unwrap();
        value.as_object_mut().unwrap().remove("message");
        value
    });
    without_message.collect()
}

#[test]
fn worked_examples_come_out_as_designed() {
    let mut wrong = Vec::new();
    for topic in topics("examples") {
        let name = topic.file_name().unwrap().to_string_lossy().into_owned();
        let input = fs::read_to_string(topic.join("input.yaml")).unwrap();
        for (target, file) in [("3.28", "calico-3.28-portable.yaml"), ("3.32", "calico-3.32-tiers.yaml")] {
            let expected = fs::read_to_string(topic.join(file)).unwrap();
            let args = format!("{} --target calico@{target}", args(&topic));
            let outcome = Run::parse(&args).translate(&input);
            wrong.extend(compare(&format!("{name}: {file}"), &outcome, &expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_command_line_writes_what_the_stages_make() {
    for topic in topics("examples") {
        let input = fs::read_to_string(topic.join("input.yaml")).unwrap();
        let args = args(&topic);
        let outcome = Run::parse(&args).translate(&input);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_unmesh"))
            .args(["translate", "--fail-on", "never", "-q"])
            .args(args.split_whitespace())
            .arg(topic.join("input.yaml"))
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let wrong = compare(&topic.to_string_lossy(), &outcome, &stdout);
        assert!(wrong.is_empty() && output.status.success(), "{}", wrong.join("\n"));
    }
}

/// A topic with its input, and with the same input what is expected of other layouts and versions, which
/// stands in folders below it.
fn forms(topic: &Path) -> Vec<(PathBuf, String)> {
    let input = fs::read_to_string(topic.join("input.yaml")).unwrap();
    let entries = fs::read_dir(topic).unwrap().map(|entry| entry.unwrap().path());
    let mut below: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    below.sort();
    std::iter::once(topic.to_path_buf()).chain(below).map(|folder| (folder, input.clone())).collect()
}

#[test]
fn golden_translations() {
    golden("translate", "calico.yaml", "", 40);
}

#[test]
fn golden_network_policies() {
    golden("kubernetes", "kubernetes.yaml", "--target kubernetes ", 20);
}

/// Each topic of a directory: at least so many, with what is written in files of this name.
fn golden(directory: &str, expected: &str, target: &str, least: usize) {
    let all = topics(directory);
    assert!(all.len() >= least, "{} topics", all.len());
    let file = expected;
    let mut wrong = Vec::new();
    for (topic, input) in all.iter().flat_map(|topic| forms(topic)) {
        let name = topic.strip_prefix(testdata(directory)).unwrap().to_string_lossy().into_owned();
        let objects = fs::read_to_string(topic.join(file)).unwrap();
        let expected: Vec<Value> =
            serde_json::from_str(&fs::read_to_string(topic.join("findings.json")).unwrap()).unwrap();
        let outcome = Run::parse(&format!("{target}{}", args(&topic))).translate(&input);
        wrong.extend(compare(&name, &outcome, &objects));
        let found = findings(&outcome);
        if found != expected {
            let lines =
                |list: &[Value]| list.iter().map(|one| format!("  {one}")).collect::<Vec<_>>().join("\n");
            wrong.push(format!("{name}: expected findings\n{}\nfound\n{}", lines(&expected), lines(&found)));
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
