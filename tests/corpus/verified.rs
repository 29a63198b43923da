//! The checker over a folder: whatever is written means what was read, or a finding says otherwise.

use crate::folder::Folder;
use crate::program;
use crate::setup::Setup;
use crate::variants::choices;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the runs of a folder gave.
#[derive(Default)]
pub(crate) struct Verified {
    pub(crate) runs: BTreeMap<String, usize>,
    pub(crate) ports: usize,
    pub(crate) unknown: usize,
    pub(crate) differences: usize,
    pub(crate) silent: usize,
    /// Why something is unknown, with how often.
    pub(crate) reasons: BTreeMap<String, usize>,
    pub(crate) faults: Vec<String>,
}

impl Verified {
    pub(crate) fn add(&mut self, other: Self) {
        for (verdict, runs) in other.runs {
            *self.runs.entry(verdict).or_insert(0) += runs;
        }
        for (reason, ports) in other.reasons {
            *self.reasons.entry(reason).or_insert(0) += ports;
        }
        self.ports += other.ports;
        self.unknown += other.unknown;
        self.differences += other.differences;
        self.silent += other.silent;
        self.faults.extend(other.faults);
    }
}

/// Verifies each choice of documents alone. Codes that keep all output back are accepted, so that
/// there is something to compare.
pub(crate) fn verify(folder: &Folder, setup: Setup) -> Verified {
    // A bug of ours is nothing to accept.
    let blocking = unmesh::finding::codes::all().filter(|code| code.blocks && !code.id.starts_with("UM6"));
    let accepted: Vec<&str> = blocking.flat_map(|code| ["--accept", code.id]).collect();
    let mut verified = Verified::default();
    for choice in choices(folder) {
        let dir = tempfile::tempdir().unwrap();
        folder.copy(choice.iter().copied().filter(|part| setup.has(part)), dir.path());
        let answer = program::json(dir.path(), &[&["verify", "."], setup.args, accepted.as_slice()].concat());
        match answer {
            Ok(answer) => verified.take(&answer),
            Err(fault) => verified.faults.push(fault),
        }
    }
    verified
}

impl Verified {
    fn take(&mut self, answer: &Value) {
        let verdict = answer["verdict"].as_str().expect("a verdict").to_string();
        *self.runs.entry(verdict).or_insert(0) += 1;
        let count = |value: &Value| usize::try_from(value.as_u64().expect("a number")).unwrap();
        self.ports += count(&answer["covered"]["ports"]);
        let verdicts = answer["covered"]["verdicts"].as_array().expect("a list");
        self.unknown += verdicts.iter().filter(|port| port["verdict"] == "unknown").count();
        let unknown = answer["unknown"].as_array().expect("a list");
        for unknown in unknown {
            *self.reasons.entry(unknown["why"].to_string()).or_insert(0) += 1;
        }
        for unknown in unknown.iter().filter(|unknown| unknown["cap"] == true) {
            self.faults.push(format!("{} {}: {}", unknown["workload"], unknown["port"], unknown["why"]));
        }
        self.silent += answer["covered"]["silent"].as_array().expect("a list").len();
        for difference in answer["differences"].as_array().expect("a list") {
            self.differences += 1;
            if difference["announced_by"].is_null() {
                let side = |name: &str| difference[name].to_string();
                let fault = format!(
                    "UM601 {} {} before {} after {}",
                    difference["workload"],
                    side("request"),
                    side("before"),
                    side("after")
                );
                self.faults.push(fault);
            }
        }
    }
}
