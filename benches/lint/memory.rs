//! The peak memory of `lint` on one file of 50 MB.
//!
//! The peak is that of a process, so the bench starts itself again as the program.

use crate::input;
use std::fs::{read_to_string, write};
use std::process::{Command, Stdio};

const SIZE: usize = 50_000_000;

/// Names the file for the peak, in the process that is the program.
const PEAK: &str = "UNMESH_BENCH_PEAK";

/// Whether this process is the program, which has run now and left its peak behind.
pub(crate) fn was_program() -> bool {
    let Some(peak) = std::env::var_os(PEAK) else { return false };
    // What it found is of no interest here.
    let _ = unmesh::cli::main();
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    write(peak, line.unwrap_or("").trim().trim_end_matches(" kB")).expect("the peak is written");
    true
}

pub(crate) fn run() {
    let dir = tempfile::tempdir().expect("a directory");
    let (file, peak) = (dir.path().join("large.yaml"), dir.path().join("peak"));
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= SIZE {
            break;
        }
        text.push_str(&input::application(number));
    }
    write(&file, &text).expect("the file is written");
    let mut command = Command::new(std::env::current_exe().expect("the bench has a path"));
    command.args(["lint", "--target", "calico@3.28", "--fail-on", "never"]).arg(&file).env(PEAK, &peak);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().expect("the program starts").success());
    match read_to_string(&peak).ok().and_then(|peak| peak.parse::<f64>().ok()) {
        Some(kib) => crate::say("peak memory for 50 MB", kib / 1_048_576.0, " GiB", 1.5),
        None => println!("peak memory for 50 MB: not known on this system"),
    }
}
