//! The account of a run: nothing of the input is missing in what the report counts.

use crate::folder::Folder;
use crate::program::{Report, lint};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use unmesh::source::FileId;

/// Runs `lint` on a path twice, once on one thread, and reads the report.
pub(crate) fn report(dir: &Path, path: &str) -> Result<Report, String> {
    let text = lint(dir, path, &[])?;
    if text != lint(dir, path, &["--jobs", "1"])? {
        return Err("two runs differ".into());
    }
    Report::parse(&text)
}

/// What is wrong with the report on a folder, or on several together.
pub(crate) fn faults(report: &Report, folders: &[Folder]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut equal = |what: &str, found: usize, expected: usize| {
        if found != expected {
            faults.push(format!("{found} {what}, and not {expected}"));
        }
    };
    let sum = |count: fn(&Folder) -> usize| folders.iter().map(count).sum::<usize>();
    equal("files", report.files(), sum(|folder| folder.sources.files().len()));
    equal("documents", report.documents(), sum(|folder| folder.documents.len()));
    // Each document, and each item of a List, is an object, skipped with a reason, or contested.
    let accounted = report.resources() + report.skipped().len() + contested(report);
    let items = |folder: &Folder| folder.documents.iter().map(|part| part.items).sum();
    equal("objects and items in the account", accounted, sum(items));
    faults.extend(unaccounted(report));
    faults
}

/// The findings that say that a field is in no output and in no finding.
pub(crate) fn unaccounted(report: &Report) -> Vec<String> {
    let found = report.said().into_keys().filter(|said| said.code == "UM602");
    found.map(|said| format!("UM602 at {}: {}", said.place, said.message)).collect()
}

/// Objects of Istio that stand in several forms: they are in no other count. Each form but the first
/// has a finding, which says that none is translated.
fn contested(report: &Report) -> usize {
    let twice = |finding: &&Value| matches!(finding["code"].as_str(), Some("UM012" | "UM013"));
    let neither = |finding: &&Value| {
        finding["help"].as_str().is_some_and(|help| help.starts_with("neither is translated"))
    };
    let findings = || report.findings().iter().filter(twice).filter(neither);
    let first: BTreeSet<String> = findings().map(|finding| finding["related"][0].to_string()).collect();
    findings().count() + first.len()
}

/// Files whose documents an independent engine (libyaml) counts otherwise, of those that both read.
pub(crate) fn counted_otherwise(folder: &Folder) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, file) in folder.sources.iter() {
        let parts = || folder.documents.iter().filter(|part| part.file == id);
        if parts().any(|part| part.root.is_none()) {
            continue;
        }
        let documents = serde_yaml::Deserializer::from_str(&file.text).map(serde_yaml::Value::deserialize);
        let Ok(documents) = documents.collect::<Result<Vec<_>, _>>() else { continue };
        let others = documents.iter().filter(|document| !document.is_null()).count();
        if others != parts().count() {
            faults.push(format!(
                "{}: {} documents, and {others} to libyaml",
                name(folder, id),
                parts().count()
            ));
        }
    }
    faults
}

fn name(folder: &Folder, file: FileId) -> String {
    format!("{}/{}", folder.name, folder.path(file).display())
}
