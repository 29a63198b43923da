//! How long `verify` takes on a cluster of the size of a real one, stage by stage, and how much
//! memory, printed beside what is aimed at.
//!
//! usage: `cargo bench --bench verify [-- SEED [WORKLOADS]]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

mod cluster;
mod random;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use unmesh::config::{L7, Settings};
use unmesh::finding::Rules;
use unmesh::pipeline::{self, Check};
use unmesh::source::{SourceFile, Sources};
use unmesh::verify::answer::Answer;

/// A run that takes longer is ended, and misses every aim.
const LIMIT: Duration = Duration::from_secs(120);

const WORKLOADS: usize = 1000;

/// A target, and what is said of Dikastes.
const SETTINGS: [(&str, L7); 2] = [("calico@3.28", L7::None), ("calico@3.32", L7::Unstated)];

fn main() {
    // cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let seed = numbers.next().unwrap_or(1);
    let workloads = numbers.next().and_then(|number| usize::try_from(number).ok()).unwrap_or(WORKLOADS);
    let cluster = cluster::cluster(seed, workloads);
    println!(
        "seed {seed}: {} workloads, {} policies, {} kB",
        cluster.workloads,
        cluster.policies,
        cluster.text.len() / 1000
    );
    std::thread::spawn(|| {
        std::thread::sleep(LIMIT);
        println!("ended after {} s: missed", LIMIT.as_secs());
        std::process::exit(0);
    });
    for (target, l7) in SETTINGS {
        println!("{target}, --l7 {}", if l7 == L7::None { "none" } else { "not given" });
        run(&cluster.text, target, l7);
    }
    match high_water() {
        Some(kib) => say("peak memory", kib / 1_048_576.0, " GiB", 1.0),
        None => println!("peak memory: not known on this system"),
    }
}

fn run(text: &str, target: &str, l7: L7) {
    let settings = Settings { target: target.parse().expect("a target"), l7, ..Settings::default() };
    let rules = Rules::default();
    let mut sources = Sources::default();
    sources.map.add(SourceFile::new("cluster.yaml".to_string(), None, PathBuf::from("cluster.yaml"), text));
    let begin = Instant::now();
    let mut analysis = pipeline::analyse(sources, &settings, &rules);
    println!("read, lowered, translated: {:.3} s, {} objects", seconds(begin), analysis.written.len());
    let begin = Instant::now();
    let Check { answer, announcements, .. } = pipeline::check(&mut analysis, None, &settings, &rules);
    let elapsed = seconds(begin);
    let answer = answer.expect("nothing keeps the objects back");
    println!("{} announcements, verdict {:?}", announcements.len(), answer.verdict);
    show(&answer);
    say("verify", elapsed, " s", 5.0);
}

/// What was compared, and what came out, in numbers.
fn show(answer: &Answer) {
    let covered = &answer.covered;
    println!(
        "{} workloads and {} kinds of pods not shown, {} classes, {} ports, {} regions",
        covered.workloads, covered.unseen, covered.classes, covered.ports, covered.regions
    );
    let mut verdicts: BTreeMap<_, usize> = BTreeMap::new();
    for port in &answer.verdicts {
        *verdicts.entry(&port.verdict).or_default() += 1;
    }
    let unannounced = answer.differences.iter().filter(|difference| difference.announced_by.is_none());
    println!(
        "ports: {verdicts:?}; {} differences, {} not announced; {} unknown, {} by the cap",
        answer.differences.len(),
        unannounced.count(),
        answer.unknown.len(),
        answer.unknown.iter().filter(|unknown| unknown.cap).count()
    );
}

fn seconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64()
}

/// The most memory that this process had until now, in KiB, as Linux tells it.
fn high_water() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Prints a measured value beside what is aimed at.
fn say(what: &str, measured: f64, unit: &str, aim: f64) {
    let verdict = if measured <= aim { "met" } else { "missed" };
    println!("{what}: {measured:.2}{unit} (aim {aim}{unit}: {verdict})");
}
