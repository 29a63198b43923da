//! The source interpreter against a real Envoy, request by request.
//!
//! `.ci/envoy/run` asks an Envoy with the filters that istiod makes of some policies, and sets
//! `UNMESH_ENVOY_RECORDING` to what it decided. Here the interpreter is asked the same about the
//! policies themselves, in `.ci/envoy/policies`. `conformance/istio/run` does the same with the
//! filters of Istio's own code, and with random policies in the folder `UNMESH_ENVOY_RANDOM`. What
//! those decided once is kept in `testdata/vectors`, and judged without any engine.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod case;
mod judged;
mod request;
mod vectors;

use judged::judge;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn the_source_interpreter_decides_as_envoy_does() {
    let Some(recording) = std::env::var_os("UNMESH_ENVOY_RECORDING").map(PathBuf::from) else {
        println!("left out: UNMESH_ENVOY_RECORDING is not set; `bash .ci/envoy/run` sets it");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/envoy/policies");
    let judged = judge(&recording, &folder);
    let (entries, cases) = (judged.entries.len(), judged.cases.len());
    println!("{entries} requests in {cases} cases: {} differ", judged.different.len());
    assert!(judged.unread.is_empty(), "{:?}", judged.unread);
    assert!(cases >= 10 && entries >= 300, "too little was recorded");
    assert!(judged.verdicts.len() >= 2 * cases - 1, "cases of which one verdict is missing");
    assert!(judged.different.is_empty(), "{}", judged.told());
}

#[test]
fn random_policies_are_decided_as_envoy_decides() {
    let Some(folder) = std::env::var_os("UNMESH_ENVOY_RANDOM").map(PathBuf::from) else {
        println!("left out: UNMESH_ENVOY_RANDOM is not set; `bash conformance/istio/run` sets it");
        return;
    };
    let judged = judge(&folder.join("recording.json"), &folder);
    // For the program that makes the disagreements small.
    let different: Vec<_> = judged.different.iter().map(|(entry, _)| entry).collect();
    let text = serde_json::to_string(&different).expect("JSON");
    std::fs::write(folder.join("different.json"), text).expect("a file beside the recording");
    let decided = judged.entries.len();
    let share = judged.allowed * 100 / decided.max(1);
    println!(
        "{decided} requests on {} sets, {share} % allowed: {} differ; {} sets are not read",
        judged.cases.len(),
        judged.different.len(),
        judged.unread.len()
    );
    for told in judged.unread.values().collect::<BTreeSet<_>>().into_iter().take(20) {
        println!("not read: {told}");
    }
    assert!(judged.different.is_empty(), "{}", judged.told());
    assert!(judged.unread.is_empty(), "Istio takes policies that unmesh does not read in silence");
}
