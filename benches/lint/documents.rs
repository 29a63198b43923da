//! The time of `lint` on 100,000 documents from standard input.

use crate::input;
use std::fs::File;

const TOTAL: usize = 100_000;

pub(crate) fn run() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("stream.yaml");
    let text: String = (0..TOTAL / input::DOCUMENTS).map(input::application).collect();
    std::fs::write(&file, text).expect("the file is written");
    match crate::lint_stdin(File::open(&file).expect("the file is there")) {
        Some(run) => {
            crate::say(&format!("lint of {TOTAL} documents"), run.elapsed.as_secs_f64(), " s", 10.0);
        }
        None => println!("lint of {TOTAL} documents: missed"),
    }
}
