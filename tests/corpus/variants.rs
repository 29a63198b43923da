//! Folders that hold variants: one object in several forms is translated in none of them, so each
//! form gets a run without the others.

use crate::account::unaccounted;
use crate::folder::{Folder, Identity, Part};
use crate::program::{Report, lint};
use std::collections::BTreeSet;

/// What the runs of a folder gave.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) runs: usize,
    pub(crate) faults: Vec<String>,
}

/// Choices of documents, each without an object that stands twice, that hold every document
/// that has an object. One that holds an object twice itself stands in a choice all the same.
pub(crate) fn choices(folder: &Folder) -> Vec<Vec<&Part>> {
    let mut open: Vec<&Part> = folder.documents.iter().filter(|part| !part.objects.is_empty()).collect();
    let mut done: Vec<&Part> = Vec::new();
    let mut choices = Vec::new();
    while !open.is_empty() {
        let mut taken: BTreeSet<Identity> = BTreeSet::new();
        let mut fits = |part: &&Part| {
            let own = part.identities();
            let fits = own.is_disjoint(&taken);
            if fits {
                taken.extend(own);
            }
            fits
        };
        let (mut choice, rest): (Vec<&Part>, Vec<&Part>) = open.into_iter().partition(&mut fits);
        let again: Vec<&Part> = done.iter().copied().filter(&mut fits).collect();
        done.extend(choice.iter().copied());
        choice.extend(again);
        choice.sort_by_key(|part| part.span);
        choices.push(choice);
        open = rest;
    }
    choices
}

/// Runs each choice alone.
pub(crate) fn run(folder: &Folder) -> Outcome {
    let mut outcome = Outcome::default();
    for choice in choices(folder) {
        let dir = tempfile::tempdir().unwrap();
        folder.copy(choice.iter().copied(), dir.path());
        outcome.runs += 1;
        let report = lint(dir.path(), ".", &[]).and_then(|text| Report::parse(&text));
        match report {
            Ok(report) => outcome.faults.extend(faults(&report, &choice)),
            Err(fault) => outcome.faults.push(fault),
        }
    }
    outcome
}

/// Every object of the choice must be read, none for a double of another.
fn faults(report: &Report, choice: &[&Part]) -> Vec<String> {
    let mut faults = unaccounted(report);
    let twice = choice.iter().any(|part| part.identities().len() < part.objects.len());
    let objects: usize = choice.iter().map(|part| part.objects.len()).sum();
    if report.resources() != objects && !twice {
        faults.push(format!("{} objects read, and not {objects}", report.resources()));
    }
    let doubles = report.said().into_keys().filter(|said| matches!(said.code.as_str(), "UM012" | "UM013"));
    faults.extend(doubles.filter(|_| !twice).map(|said| format!("{}: {}", said.place, said.message)));
    faults
}
