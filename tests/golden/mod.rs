//! Inputs of `testdata/<topic>/<case>/input.yaml`, and the findings that stand beside them in `findings.json`.
#![expect(clippy::expect_used, reason = "a helper of tests: what cannot be read has failed")]

use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// The directories of a topic's cases; at least as many as there were once.
pub(crate) fn cases(topic: &str, least: usize) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(topic);
    let entries = root.read_dir().expect("the topic has cases");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory").path()).collect();
    found.sort();
    assert!(found.len() >= least, "testdata/{topic} is incomplete");
    found
}

/// Fails where what was found in a case is not what stands beside its input, in any order.
pub(crate) fn same(directory: &Path, found: &[Json]) {
    let text = std::fs::read_to_string(directory.join("findings.json")).expect("findings beside the input");
    let expected: Vec<Json> = serde_json::from_str(&text).expect("JSON");
    let new = found.iter().filter(|finding| !expected.contains(finding));
    let gone = expected.iter().filter(|finding| !found.contains(finding));
    let mut wrong: Vec<String> = new.map(|finding| format!("not expected:\n{finding:#}")).collect();
    wrong.extend(gone.map(|finding| format!("missing:\n{finding:#}")));
    assert!(wrong.is_empty(), "{}: {}", directory.display(), wrong.join("\n"));
    assert_eq!(found.len(), expected.len(), "{}", directory.display());
}
