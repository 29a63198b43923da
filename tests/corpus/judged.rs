//! Policies of the corpus that people judged by hand, before the lints ran: `.ci/corpus/judged.tsv`, with
//! folder, file, object, `right` or `wrong`, the fault, and the reason.
//!
//! A right one is a false alarm where a lint about its meaning speaks at `warning` or above; of a wrong one
//! something has to be said.

use crate::program::{self, Report};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// One line of the list.
struct Judged {
    folder: String,
    file: String,
    object: String,
    right: bool,
    fault: String,
}

/// What the list says of the lints.
#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) right: usize,
    pub(crate) wrong: usize,
    /// False alarms: each is a fault.
    pub(crate) alarms: Vec<String>,
    /// Wrong policies of which nothing is said.
    pub(crate) missed: Vec<String>,
}

fn list() -> Vec<Judged> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/corpus/judged.tsv");
    let text = std::fs::read_to_string(path).expect("the list");
    let judged = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [folder, file, object, verdict, fault, reason]: [&str; 6] =
            columns.try_into().expect("six columns");
        assert!(!reason.is_empty() && ["right", "wrong"].contains(&verdict), "{line}");
        Judged {
            folder: folder.to_string(),
            file: file.to_string(),
            object: object.to_string(),
            right: verdict == "right",
            fault: fault.to_string(),
        }
    };
    text.lines().filter(|line| !line.starts_with('#')).map(judged).collect()
}

/// Lints each file of the list by itself, as it was judged.
pub(crate) fn judge(corpus: &Path) -> Verdict {
    let mut reports: BTreeMap<(String, String), Report> = BTreeMap::new();
    let mut verdict = Verdict::default();
    for Judged { folder, file, object, right, fault } in list() {
        let report = reports.entry((folder.clone(), file.clone())).or_insert_with(|| {
            let text = program::lint(&corpus.join(&folder), &file, &["--target", "calico@3.32"]);
            Report::parse(&text.expect("a run")).expect("a report")
        });
        let own = report.findings().iter().filter(|finding| said_of(finding) == object);
        if right {
            verdict.right += 1;
            verdict.alarms.extend(own.filter(|finding| is_alarm(finding)).map(|finding| {
                format!("{folder} {file} {object}: {} {}", finding["code"], finding["message"])
            }));
        } else {
            verdict.wrong += 1;
            if own.count() == 0 {
                verdict.missed.push(format!("{folder} {file} {object}: {fault}"));
            }
        }
    }
    verdict
}

fn is_alarm(finding: &Value) -> bool {
    let of_meaning = finding["code"].as_str().is_some_and(|code| code.starts_with("UM1"));
    of_meaning && ["error", "warning"].iter().any(|severity| finding["severity"] == *severity)
}

fn said_of(finding: &Value) -> String {
    let text = |key: &str| finding["object"][key].as_str().unwrap_or("").to_string();
    format!("{}/{}/{}", text("kind"), text("namespace"), text("name"))
}
