//! The source interpreter against Istio's own code about modes of mutual TLS and about ambient mode.
//!
//! `conformance/istio/run` asks Istio about random sets of policies, and sets `UNMESH_ISTIO_RANDOM` to the
//! folder of its answers. What it answered once is kept in `testdata/vectors`, and judged without it. A line
//! has objects, workloads, and for each question all answers that Istio can give: several where the objects do
//! not show which of them is older. There the interpreter has to leave open exactly these.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, in its helpers too, and tells how much it judged"
)]

mod connections;
mod modes;
mod set;

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// A question that the interpreter answers otherwise.
pub(crate) struct Different {
    /// In the words of `tests/semantics/istio`.
    question: String,
    istio: String,
    unmesh: String,
}

/// What may come of it, in words.
pub(crate) fn words(allow: bool, deny: bool) -> &'static str {
    match (allow, deny) {
        (true, false) => "allow",
        (false, true) => "deny",
        (true, true) => "either",
        (false, false) => "nothing",
    }
}

/// What the answers to one kind of question are held against.
type Judge = fn(&Json) -> (usize, Vec<Different>);

/// All answers of a file: how many, and those that differ, by set.
fn judge(lines: &[Json], judge: Judge) -> (usize, Vec<Json>) {
    let (mut count, mut all) = (0, Vec::new());
    for line in lines {
        let (asked, different) = judge(line);
        count += asked;
        all.extend(different.into_iter().map(|each| {
            let Different { question, istio, unmesh } = each;
            json!({"set": line["name"], "question": question, "istio": istio, "unmesh": unmesh})
        }));
    }
    (count, all)
}

fn lines(file: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(file).expect("answers of Istio");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What differs is written beside the answers, for the program that makes it small.
fn random(kind: &str, of: Judge) {
    let Some(folder) = std::env::var_os("UNMESH_ISTIO_RANDOM").map(PathBuf::from) else {
        println!("left out: UNMESH_ISTIO_RANDOM is not set; `bash conformance/istio/run` sets it");
        return;
    };
    let (count, different) = judge(&lines(&folder.join(format!("{kind}.jsonl"))), of);
    let text = serde_json::to_string(&different).expect("JSON");
    std::fs::write(folder.join(format!("{kind}-different.json")), text).expect("a file beside the answers");
    println!("{count} answers: {} differ", different.len());
}

/// Files begin with who was asked.
fn recorded(kind: &str, least: usize, of: Judge) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors");
    let entries = std::fs::read_dir(folder).expect("recorded answers");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind)));
    files.sort();
    assert!(!files.is_empty(), "nothing is recorded");
    for file in files {
        let lines = lines(&file);
        let (head, sets) = lines.split_first().expect("who was asked");
        assert_eq!(head["asked"], kind, "{}", file.display());
        let (count, different) = judge(sets, of);
        println!("{}: {count} answers", file.display());
        assert!(count >= least, "{}: {count} answers", file.display());
        let told: Vec<_> = different.iter().map(Json::to_string).collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
    }
}

#[test]
fn random_modes_are_those_of_istio() {
    random("modes", modes::judge);
}

#[test]
fn recorded_modes_are_those_of_the_interpreter() {
    recorded("modes", 2000, modes::judge);
}

#[test]
fn random_ztunnel_decides_as_its_configuration_says() {
    random("ztunnel", connections::judge);
}

#[test]
fn recorded_connections_are_decided_by_the_interpreter() {
    recorded("ztunnel", 4000, connections::judge);
}
