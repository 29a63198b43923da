//! How long `lint` takes, and how much memory, printed beside what is aimed at.
//!
//! usage: `cargo bench --bench lint [-- corpus | documents | memory]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

mod corpus;
mod documents;
mod input;
mod memory;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A run that takes longer is ended, and misses every aim.
const LIMIT: Duration = Duration::from_secs(90);

/// What a run took.
struct Run {
    elapsed: Duration,
    /// The peak of resident memory in KiB; `None` where the system does not tell.
    peak: Option<f64>,
}

fn main() {
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

/// Runs `unmesh lint` on a path with all that it says thrown away; `None` where it took too long.
fn lint(path: &Path) -> Option<Run> {
    run(path, Stdio::null())
}

/// The same on standard input.
fn lint_stdin(input: File) -> Option<Run> {
    run(Path::new("-"), Stdio::from(input))
}

fn run(path: &Path, input: Stdio) -> Option<Run> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    command.args(["lint", "--target", "calico@3.28", "--fail-on", "never"]).arg(path);
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let mut peak = None;
    loop {
        peak = high_water(child.id()).or(peak);
        if let Some(status) = child.try_wait().expect("the program can be waited for") {
            assert!(status.success(), "{status}");
            return Some(Run { elapsed: begin.elapsed(), peak });
        }
        if begin.elapsed() > LIMIT {
            child.kill().and_then(|()| child.wait()).expect("the program can be ended");
            println!("ended after {} s", LIMIT.as_secs());
            return None;
        }
        sleep(Duration::from_millis(2));
    }
}

/// The most memory that a process had until now, in KiB, as Linux tells it.
fn high_water(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Prints a measured value beside what is aimed at.
fn say(what: &str, measured: f64, unit: &str, aim: f64) {
    let verdict = if measured <= aim { "met" } else { "missed" };
    println!("{what}: {measured:.2}{unit} (aim {aim}{unit}: {verdict})");
}
