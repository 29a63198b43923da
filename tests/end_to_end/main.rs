//! End to end: what real Istio and Envoy decide, against what real Calico decides on unmesh's output.
//!
//! `conformance/end-to-end/run` calls this twice. First `UNMESH_END_TO_END_ASK` names a folder, and
//! scenes are written there: clusters with their policies, what unmesh makes of them, and requests.
//! Then `UNMESH_END_TO_END_ANSWERS` names the folder with what the engines decided, and each difference
//! between before and after has to be announced by a finding. `UNMESH_END_TO_END_SEED`,
//! `UNMESH_END_TO_END_WORLDS` and `UNMESH_END_TO_END_REQUESTS` say which worlds, or
//! `UNMESH_END_TO_END_SMALLER` which one is to be made smaller (`from_world.rs`). The names of scenes with
//! faults, the smallest first, are written to the file `UNMESH_END_TO_END_FAULTS`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod carried;
mod cast;
mod claims;
mod corpus;
mod documents;
mod dressed;
mod from_world;
#[path = "../checker/http.rs"]
mod http;
mod judge;
mod named;
mod scene;
mod translated;
mod way;
#[path = "../worlds/mod.rs"]
#[expect(dead_code, reason = "the naive evaluators are left aside: the engines are asked instead")]
mod worlds;

use judge::Judged;
use scene::Scene;
use std::path::PathBuf;
use translated::Translated;
use way::WAYS;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// All scenes that the environment asks for, and why folders of a corpus are left out.
fn scenes() -> (Vec<Scene>, Vec<String>) {
    let first = number("UNMESH_END_TO_END_SEED", 1);
    let requests = number("UNMESH_END_TO_END_REQUESTS", 200);
    let requests = usize::try_from(requests).unwrap();
    if let Ok(place) = std::env::var("UNMESH_END_TO_END_SMALLER") {
        let smaller = from_world::smaller_scenes(&place, requests);
        return (smaller.into_iter().filter(|scene| !scene.asks.is_empty()).collect(), Vec::new());
    }
    let Some(corpus) = std::env::var_os("UNMESH_END_TO_END_CORPUS").map(PathBuf::from) else {
        let worlds = number("UNMESH_END_TO_END_WORLDS", 40);
        let all = (first..first + worlds).map(|seed| from_world::scene(seed, requests));
        return (all.filter(|scene| !scene.asks.is_empty()).collect(), Vec::new());
    };
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for (name, paths) in corpus::folders(&corpus) {
        for (name, scene) in corpus::scenes(&name, &paths, first, requests) {
            match scene {
                Ok(scene) => found.push(scene),
                Err(why) => left_out.push(format!("left out: {name}: {why}")),
            }
        }
    }
    (found, left_out)
}

/// The folder that a variable names, or nothing where the test is left out.
fn folder(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        println!("left out: {variable} is not set; `conformance/end-to-end/run` sets it");
    }
    found
}

#[test]
fn write() {
    let Some(folder) = folder("UNMESH_END_TO_END_ASK") else { return };
    for scene in scenes().0 {
        let written = WAYS.iter().filter_map(|way| Some((way, Translated::new(&scene, way).ok()?.written)));
        let written: Vec<_> = written.collect();
        let text = serde_json::to_string(&scene.to_json(&written)).unwrap();
        std::fs::write(folder.join(format!("{}.json", scene.name)), text).unwrap();
    }
}

#[test]
fn judge() {
    let Some(folder) = folder("UNMESH_END_TO_END_ANSWERS") else { return };
    let mut judged = Judged::default();
    let (scenes, left_out) = scenes();
    for why in &left_out {
        println!("{why}");
    }
    for scene in scenes {
        let path = folder.join(format!("{}.json", scene.name));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", scene.name));
        judged.take(&scene, &serde_json::from_str(&text).expect("the answers"));
    }
    println!("{}", judged.told());
    if let Some(path) = std::env::var_os("UNMESH_END_TO_END_FAULTS") {
        std::fs::write(path, judged.faulty_scenes()).expect("a file that can be written");
    }
    assert!(!judged.has_faults(), "see the rows above");
    for (target, figures) in &judged.figures {
        assert!(figures.narrower + figures.wider > 0, "{target}: without differences nothing is tested");
    }
}
