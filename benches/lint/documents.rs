//! The time of `lint` on 100,000 documents.

use crate::input;

const TOTAL: usize = 100_000;
const FILES: usize = 500;

pub(crate) fn run() {
    let dir = tempfile::tempdir().expect("a directory");
    input::tree(dir.path(), FILES, TOTAL / FILES / input::DOCUMENTS);
    match crate::lint(dir.path()) {
        Some(run) => {
            crate::say(&format!("lint of {TOTAL} documents"), run.elapsed.as_secs_f64(), " s", 10.0);
        }
        None => println!("lint of {TOTAL} documents: missed"),
    }
}
