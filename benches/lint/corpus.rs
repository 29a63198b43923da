//! `lint` over a tree of the size of a real collection, beside the bare reader over the same files.
//!
//! `UNMESH_CORPUS` names the tree; without it one is generated.

use crate::input;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use unmesh::source::{Input, read};
use unmesh::yaml::{Limits, parse};

/// Files of the generated tree, each with one application.
const FILES: usize = 800;

const RUNS: usize = 5;

pub(crate) fn run() {
    let generated = tempfile::tempdir().expect("a directory");
    let generate = || {
        input::tree(generated.path(), FILES, 1);
        generated.path().to_path_buf()
    };
    let tree = std::env::var_os("UNMESH_CORPUS").map_or_else(generate, PathBuf::from);
    let reader = best(|| reader(&tree));
    let lint = best(|| crate::lint(&tree).map_or(Duration::MAX, |run| run.elapsed));
    println!("reader: {:.3} s", reader.as_secs_f64());
    crate::say("lint", lint.as_secs_f64(), " s", 0.6);
    crate::say("lint / reader", lint.as_secs_f64() / reader.as_secs_f64(), "", 4.0);
}

/// Reads and parses all files, as `lint` begins.
fn reader(tree: &Path) -> Duration {
    let begin = Instant::now();
    let sources = read(&[Input::Path(tree.to_path_buf())]).expect("the tree can be read").map;
    let files: Vec<_> = sources.iter().collect();
    let parsed: Vec<_> = files.into_par_iter().map(|(id, file)| parse(id, file, Limits::default())).collect();
    let elapsed = begin.elapsed();
    assert!(!parsed.is_empty());
    elapsed
}

fn best(run: impl Fn() -> Duration) -> Duration {
    (0..RUNS).map(|_| run()).min().unwrap_or_default()
}
