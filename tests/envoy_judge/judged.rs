//! What the interpreter says about a recording.

use crate::case::Case;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The requests of a recording, and those that the interpreter decides otherwise.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) entries: Vec<Json>,
    pub(crate) cases: BTreeMap<String, Case>,
    pub(crate) different: Vec<(Json, String)>,
    pub(crate) verdicts: BTreeSet<(String, bool)>,
    pub(crate) allowed: usize,
    /// Sets of policies that Istio takes and unmesh does not read without a word.
    pub(crate) unread: BTreeMap<String, String>,
}

fn read(folder: &Path, name: &str) -> Result<Case, String> {
    let file = folder.join(format!("{name}.yaml"));
    Case::read(name, &std::fs::read_to_string(file).expect("the policies of the case"))
}

/// Asks the interpreter each request of the recording, about policies in the folder.
pub(crate) fn judge(recording: &Path, folder: &Path) -> Judged {
    let text = std::fs::read_to_string(recording).expect("the recording");
    let entries: Vec<Json> = serde_json::from_str(&text).expect("a list");
    let mut judged = Judged::default();
    for entry in &entries {
        let name = entry["case"].as_str().expect("the name of a case").to_string();
        if judged.unread.contains_key(&name) {
            continue;
        }
        if !judged.cases.contains_key(&name) {
            match read(folder, &name) {
                Ok(case) => drop(judged.cases.insert(name.clone(), case)),
                Err(told) => {
                    judged.unread.insert(name, told);
                    continue;
                }
            }
        }
        let allowed = entry["allowed"].as_bool().expect("a verdict");
        let decision = judged.cases.get(&name).expect("a case").decide(entry);
        if decision.as_ref().map(|decision| decision.allowed) != Some(allowed) {
            judged.different.push((entry.clone(), format!("{decision:?}")));
        }
        judged.verdicts.insert((name, allowed));
        judged.allowed += usize::from(allowed);
    }
    judged.entries = entries;
    judged
}

impl Judged {
    /// All that differs.
    pub(crate) fn told(&self) -> String {
        let lines: Vec<_> = self
            .different
            .iter()
            .map(|(entry, decision)| format!("{entry}\n  the interpreter: {decision}"))
            .collect();
        lines.join("\n")
    }
}
