//! The way that users go: the list of acceptances beside the corpus, with a reason for each, and no
//! failure left.
//!
//! `.ci/corpus/acceptances.tsv` has a line for each: setups, folder, code, object, reason. A line that no
//! run needs is a fault, so that the list cannot grow old.

use crate::folder::Folder;
use crate::program;
use crate::setup::Setup;
use crate::variants::choices;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One line of the list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Line {
    /// `all`, or the names of some.
    setups: String,
    folder: String,
    /// What `--accept` takes.
    accepted: String,
}

impl Line {
    fn is_for(&self, setup: Setup) -> bool {
        self.setups == "all" || self.setups.split(',').any(|name| name == setup.name)
    }
}

/// The list, and which of its lines runs needed.
pub(crate) struct Acceptances {
    lines: BTreeSet<Line>,
    used: BTreeSet<Line>,
}

/// What the runs of a setup gave.
#[derive(Default)]
pub(crate) struct Accepted {
    pub(crate) statuses: BTreeMap<String, usize>,
    pub(crate) ports: usize,
    pub(crate) unknown: usize,
    pub(crate) faults: Vec<String>,
}

impl Acceptances {
    pub(crate) fn read() -> Self {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/corpus/acceptances.tsv");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let mut lines = BTreeSet::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let columns: Vec<&str> = line.split('\t').collect();
            let columns: [&str; 5] = columns.try_into().expect("five columns");
            let [setups, folder, code, object, reason] = columns;
            assert!(!reason.is_empty(), "a reason: {line}");
            let accepted = if object == "-" { code.to_string() } else { format!("{code}@{object}") };
            let line = Line { setups: setups.to_string(), folder: folder.to_string(), accepted };
            assert!(lines.insert(line), "twice: {columns:?}");
        }
        Self { lines, used: BTreeSet::new() }
    }

    /// Verifies each choice of documents with what is accepted of the folder.
    pub(crate) fn verify(&mut self, folder: &Folder, setup: Setup, all: &mut Accepted) {
        let lines: Vec<Line> = self
            .lines
            .iter()
            .filter(|line| line.is_for(setup) && line.folder == folder.name)
            .cloned()
            .collect();
        let accepts = lines.iter().flat_map(|line| ["--accept", line.accepted.as_str()]);
        let args: Vec<&str> =
            ["verify", "."].into_iter().chain(setup.args.iter().copied()).chain(accepts).collect();
        for choice in choices(folder) {
            let dir = tempfile::tempdir().unwrap();
            folder.copy(choice.iter().copied().filter(|part| setup.has(part)), dir.path());
            match program::json_and_status(dir.path(), &args) {
                Ok((answer, status)) => self.take(folder, setup, &lines, &answer, status, all),
                Err(fault) => all.faults.push(format!("{} {}: {fault}", setup.name, folder.name)),
            }
        }
    }

    fn take(
        &mut self,
        folder: &Folder,
        setup: Setup,
        lines: &[Line],
        answer: &Value,
        status: i32,
        all: &mut Accepted,
    ) {
        *all.statuses.entry(format!("{} {status}", setup.name)).or_insert(0) += 1;
        // Nothing is compared where findings hold the output back.
        let verdicts = answer["covered"]["verdicts"].as_array().map_or(&[][..], Vec::as_slice);
        all.ports += verdicts.len();
        all.unknown += verdicts.iter().filter(|port| port["verdict"] == "unknown").count();
        let mut open = BTreeSet::new();
        for finding in answer["findings"].as_array().expect("a list") {
            let said = said(finding);
            if finding["accepted"].is_null() {
                let of_input = ["UM0", "UM6"].iter().any(|family| said.starts_with(family));
                let grave = finding["direction"] == "widens" || of_input && finding["severity"] == "error";
                open.extend(
                    grave.then(|| {
                        format!("{}\t{}\t{}\t{}", setup.name, folder.name, said, finding["message"])
                    }),
                );
            } else {
                let whole = finding["code"].as_str().unwrap().to_string();
                let same = |line: &&Line| line.accepted == said.replace('\t', "@") || line.accepted == whole;
                self.used.extend(lines.iter().filter(same).cloned());
            }
        }
        if status != 0 && status != 3 {
            all.faults.push(format!("{} {}: status {status}", setup.name, folder.name));
            all.faults.extend(open);
        }
    }

    /// Lines that no run needed.
    pub(crate) fn unused(&self) -> impl Iterator<Item = String> {
        self.lines.difference(&self.used).map(|line| format!("nothing needs {line:?}"))
    }
}

/// Code and object of a finding, as the list has them.
fn said(finding: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_string();
    let object = &finding["object"];
    let object = match (object["kind"].as_str(), object["namespace"].as_str()) {
        (None, _) => "-".to_string(),
        (Some(kind), None) => format!("{kind}/{}", text(&object["name"])),
        (Some(kind), Some(namespace)) => format!("{kind}/{namespace}/{}", text(&object["name"])),
    };
    format!("{}\t{object}", text(&finding["code"]))
}
