//! How long `lint` takes, and how much memory, printed beside what is aimed at.
//!
//! usage: `cargo bench --bench lint [-- corpus | documents | memory]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

mod corpus;
mod documents;
mod input;
mod memory;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    if memory::was_program() {
        return;
    }
    // cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let benches: [(&str, fn()); 3] =
        [("corpus", corpus::run), ("documents", documents::run), ("memory", memory::run)];
    for (name, run) in benches {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run();
        }
    }
}

/// Runs `unmesh lint` with all that it says thrown away, and gives the time.
fn lint(path: &Path) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    command.args(["lint", "--target", "calico@3.28", "--fail-on", "never"]).arg(path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let status = command.status().expect("the program starts");
    assert!(status.success(), "{status}");
    begin.elapsed()
}

/// Prints a measured value beside what is aimed at.
fn say(what: &str, measured: f64, unit: &str, aim: f64) {
    let verdict = if measured <= aim { "met" } else { "missed" };
    println!("{what}: {measured:.2}{unit} (aim {aim}{unit}: {verdict})");
}
