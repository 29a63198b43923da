//! What the engines decided once, kept in `testdata/vectors`.
//!
//! The first line of a file says which engines were asked. Each other line has objects, a set of them
//! and its variants (`sets`, with indexes of objects), and requests: what was asked (`asked`, for
//! `conformance/istio/ask-again`), what the mesh saw of it (`seen`), and whether it was allowed in the
//! set and in its variants (`allowed`).

use crate::case::Case;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Below, a file says too little.
const LEAST: usize = 2000;

/// A set of policies or a variant of it.
struct Set {
    case: Case,
    destination: Json,
    labels: Vec<String>,
}

impl Set {
    fn read(name: &str, set: &Json, objects: &[Json]) -> Self {
        let indexes = set["policies"].as_array().expect("policies").iter();
        let index = |index: &Json| index.as_u64().and_then(|index| usize::try_from(index).ok());
        let documents: Vec<_> = indexes
            .map(|at| index(at).and_then(|at| objects.get(at)).expect("an object of the line").to_string())
            .collect();
        let case = Case::read(name, &documents.join("\n---\n")).expect("policies that are read");
        let about = set["about"].as_array().expect("labels").iter();
        let labels = about.map(|label| label.as_str().expect("a label").to_string()).collect();
        Self { case, destination: set["destination"].clone(), labels }
    }
}

#[derive(Default)]
struct Replayed {
    verdicts: usize,
    different: Vec<String>,
    /// By label: the verdicts of the sets that are about it.
    of_label: BTreeMap<String, BTreeSet<bool>>,
}

impl Replayed {
    fn family(&mut self, line: &Json) {
        let objects = line["objects"].as_array().expect("objects");
        let sets: BTreeMap<_, _> = line["sets"]
            .as_object()
            .expect("sets")
            .iter()
            .map(|(name, set)| (name.clone(), Set::read(name, set, objects)))
            .collect();
        for request in line["requests"].as_array().expect("requests") {
            for (name, allowed) in request["allowed"].as_object().expect("verdicts") {
                let set = sets.get(name).expect("a set of the line");
                self.verdict(name, set, &request["seen"], allowed.as_bool().expect("a verdict"));
            }
        }
    }

    fn verdict(&mut self, name: &str, set: &Set, seen: &Json, allowed: bool) {
        let mut asked = seen.clone();
        let fields = asked.as_object_mut().expect("what the mesh saw");
        fields.insert("destination".to_string(), set.destination.clone());
        let decision = set.case.decide(&asked);
        if decision.as_ref().map(|decision| decision.allowed) != Some(allowed) {
            let engines = if allowed { "allow" } else { "deny" };
            self.different.push(format!("{name}: {asked}\n  the engines {engines}: {decision:?}"));
        }
        self.verdicts += 1;
        for label in &set.labels {
            self.of_label.entry(label.clone()).or_default().insert(allowed);
        }
    }
}

fn replay(file: &Path) -> Replayed {
    let text = std::fs::read_to_string(file).expect("recorded verdicts");
    let mut lines = text.lines().map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let head = lines.next().expect("which engines were asked");
    let mut replayed = Replayed::default();
    lines.for_each(|line| replayed.family(&line));
    let promised: BTreeSet<_> = head
        .get("labels")
        .and_then(Json::as_array)
        .expect("labels")
        .iter()
        .filter_map(Json::as_str)
        .collect();
    let one_sided: Vec<_> = promised
        .iter()
        .filter(|label| replayed.of_label.get(**label).is_none_or(|verdicts| verdicts.len() < 2))
        .collect();
    assert!(promised.len() > 200, "{}: {} labels", file.display(), promised.len());
    assert!(one_sided.is_empty(), "{}: no two verdicts about {one_sided:?}", file.display());
    assert!(replayed.verdicts >= LEAST, "{}: {} verdicts", file.display(), replayed.verdicts);
    replayed
}

#[test]
fn recorded_verdicts_are_those_of_the_interpreter() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("recorded verdicts")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("istio-")))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "nothing is recorded");
    for file in files {
        let replayed = replay(&file);
        println!("{}: {} verdicts", file.display(), replayed.verdicts);
        assert!(replayed.different.is_empty(), "{}", replayed.different.join("\n"));
    }
}
