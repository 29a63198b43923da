//! The program over a corpus of real manifests, folder by folder.
//!
//! Asked for by `--ignored` alone, with `UNMESH_CORPUS` naming a folder of folders; `.ci/corpus/run`
//! does so. `UNMESH_PROGRAM` names another build of the program.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its output is read by people"
)]

mod accepted;
mod account;
mod counts;
mod floor;
mod folder;
mod judged;
mod program;
mod setup;
mod variants;
mod verified;

use floor::{Exceptions, Floor, Losses};
use folder::Folder;
use setup::SETUPS;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn corpus() -> PathBuf {
    std::env::var_os("UNMESH_CORPUS").expect("UNMESH_CORPUS is not set").into()
}

fn folders() -> Vec<Folder> {
    let corpus = corpus();
    let folders: Vec<Folder> =
        folder::names(&corpus).iter().map(|name| Folder::read(&corpus, name)).collect();
    assert!(!folders.is_empty(), "the corpus is empty");
    folders
}

/// Prints what is wrong, and fails if anything is.
fn conclude(faults: &[String]) {
    for fault in faults {
        println!("  {fault}");
    }
    assert!(faults.is_empty(), "{} faults", faults.len());
}

#[test]
#[ignore = "needs a corpus"]
fn every_document_is_accounted_for() {
    let (corpus, folders) = (corpus(), folders());
    let mut faults = Vec::new();
    for folder in &folders {
        let found = match account::report(&corpus, &folder.name) {
            Ok(report) => account::faults(&report, std::slice::from_ref(folder)),
            Err(fault) => vec![fault],
        };
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", folder.name)));
        faults.extend(account::counted_otherwise(folder));
    }
    match account::report(&corpus, ".") {
        Ok(report) => {
            let (files, documents) = (report.files(), report.documents());
            println!("{} folders, {files} files, {documents} documents", folders.len());
            faults
                .extend(account::faults(&report, &folders).into_iter().map(|fault| format!("all: {fault}")));
        }
        Err(fault) => faults.push(format!("all: {fault}")),
    }
    conclude(&faults);
}

#[test]
#[ignore = "needs a corpus"]
fn every_document_is_translated_in_some_run() {
    let (mut runs, mut faults) = (0, Vec::new());
    for folder in folders() {
        let outcome = variants::run(&folder);
        runs += outcome.runs;
        faults.extend(outcome.faults.into_iter().map(|fault| format!("{}: {fault}", folder.name)));
    }
    faults.sort();
    faults.dedup();
    println!("{runs} runs, one for each variant");
    conclude(&faults);
}

#[test]
#[ignore = "needs a corpus"]
fn floor_holds() {
    let mut all: BTreeMap<Floor, Losses> = BTreeMap::new();
    for folder in folders() {
        for (floor, losses) in floor::losses(&folder) {
            all.entry(floor).or_default().extend(losses);
        }
    }
    let exceptions = Exceptions::read();
    let mut faults = Vec::new();
    for floor in Floor::ALL {
        let losses = all.remove(&floor).unwrap_or_default();
        let whole = losses.values().filter(|codes| codes.is_empty()).count();
        println!("{}: {whole} of {} policies without loss", floor.name(), losses.len());
        for (name, codes) in losses.iter().filter(|(_, codes)| !codes.is_empty()) {
            println!("  {name}: {}", floor::list(codes));
        }
        faults.extend(exceptions.faults(floor, &losses));
    }
    conclude(&faults);
}

/// At most this share of workloads' ports may stay undecided, in percent.
const MOST_UNKNOWN: usize = 2;

#[test]
#[ignore = "needs a corpus"]
fn what_is_written_means_what_was_read() {
    let folders = folders();
    let mut faults = Vec::new();
    for setup in SETUPS {
        let mut all = verified::Verified::default();
        for folder in &folders {
            let mut verified = verified::verify(folder, setup);
            for fault in &mut verified.faults {
                *fault = format!("{} {}: {fault}", setup.name, folder.name);
            }
            all.add(verified);
        }
        println!(
            "{}: {} workload ports, {} unknown, {} differences announced or not",
            setup.name, all.ports, all.unknown, all.differences
        );
        println!("{} findings announce what no request shows", all.silent);
        for (verdict, runs) in &all.runs {
            println!("  {verdict}: {runs} runs");
        }
        for (reason, ports) in &all.reasons {
            println!("  unknown {ports} times: {reason}");
        }
        if all.unknown * 100 > all.ports * MOST_UNKNOWN {
            all.faults.push(format!("{}: more than {MOST_UNKNOWN} % are unknown", setup.name));
        }
        faults.extend(all.faults);
    }
    conclude(&faults);
}

#[test]
#[ignore = "needs a corpus"]
fn nothing_fails_once_the_list_is_accepted() {
    let mut acceptances = accepted::Acceptances::read();
    let mut all = accepted::Accepted::default();
    for folder in folders() {
        for setup in SETUPS {
            acceptances.verify(&folder, setup, &mut all);
        }
    }
    for (status, runs) in &all.statuses {
        println!("  {status}: {runs} runs");
    }
    println!("{} workload ports, {} unknown", all.ports, all.unknown);
    all.faults.extend(acceptances.unused());
    if all.unknown * 100 > all.ports * MOST_UNKNOWN {
        all.faults.push(format!("more than {MOST_UNKNOWN} % are unknown"));
    }
    conclude(&all.faults);
}

/// Fewer would prove little.
const FEWEST_JUDGED: usize = 80;

#[test]
#[ignore = "needs a corpus"]
fn policies_that_are_right_raise_no_alarm() {
    let verdict = judged::judge(&corpus());
    println!(
        "{} right, {} wrong, of {} of which nothing is said:",
        verdict.right,
        verdict.wrong,
        verdict.missed.len()
    );
    for missed in &verdict.missed {
        println!("  {missed}");
    }
    assert!(verdict.right + verdict.wrong >= FEWEST_JUDGED, "the list is too short");
    conclude(&verdict.alarms);
}

#[test]
#[ignore = "needs a corpus"]
fn counts_are_as_they_were_reviewed() {
    let corpus = corpus();
    let lines: Result<Vec<String>, String> =
        folder::names(&corpus).iter().map(|name| counts::line(&corpus, name)).collect();
    conclude(&counts::faults(&lines.expect("every folder is read")));
}
