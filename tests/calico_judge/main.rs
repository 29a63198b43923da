//! The target interpreter against Calico's own code, request by request.
//!
//! `testdata/vectors/calico-*` are recordings of what Felix's calculation graph and Calico's evaluator of
//! policy decide; they are replayed always. What they decide about Kubernetes' own policies alone the
//! interpreter of Kubernetes' rules has to decide as well. `conformance/calico/run` records more, and names them in
//! `UNMESH_CALICO_RECORDING`. Where CI is set, and `UNMESH_CALICO_REQUIRED` too, a missing recording is
//! a failure.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod recording;
mod world;

use recording::{Reading, Recording};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use world::{Interpreter, Told, World};

/// How many disagreements are printed.
const SHOWN: usize = 20;
/// How many verdicts of the dataplane of each version there have to be among the vectors.
const VECTORS: usize = 2000;
/// The versions whose dataplane the vectors are of.
const VERSIONS: [&str; 2] = ["3.28.5", "3.31.0"];

/// What became of the requests of a recording.
#[derive(Default)]
struct Counts {
    sets: usize,
    dataplane: usize,
    dikastes: usize,
    /// To the dataplane about Kubernetes' policies alone, which both interpreters have to decide alike.
    kubernetes: usize,
    allowed: usize,
    /// Where labels of accounts decide that the interpreter was not told, by Calico's own word.
    undecided: usize,
    /// With the length of the objects, so that the shortest come first.
    different: Vec<Different>,
}

/// A disagreement.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Different {
    /// How long the objects are.
    size: usize,
    /// The set, and the request's place in it.
    place: (String, usize),
    /// For people.
    told: String,
}

impl Counts {
    /// Asks the interpreter about a recording, and says which version decided there.
    fn replay(&mut self, path: &Path) -> String {
        let recording = Recording::read(path);
        for line in &recording.lines {
            let of = |interpreter| (interpreter, World::new(&recording, line, interpreter));
            let worlds = match line.reading {
                Reading::Dataplane | Reading::Dikastes => vec![of(Interpreter::Calicos)],
                Reading::Kubernetes => vec![of(Interpreter::Calicos), of(Interpreter::Kubernetes)],
            };
            self.sets += 1;
            for (request, asked) in line.asked.iter().enumerate() {
                *match line.reading {
                    Reading::Dataplane => &mut self.dataplane,
                    Reading::Dikastes => &mut self.dikastes,
                    Reading::Kubernetes => &mut self.kubernetes,
                } += 1;
                self.allowed += usize::from(asked.allowed);
                self.undecided += usize::from(asked.accounts_unknown.is_none());
                let cases = [
                    ("no labels of accounts", Told::Nothing, asked.accounts_unknown),
                    ("the labels of the peer's account", Told::ThePeers, asked.subject_unknown),
                ];
                let of_each = worlds.iter().flat_map(|world| cases.map(|case| (world, case)));
                for ((interpreter, world), (what, told, expected)) in of_each {
                    let found = world.decide(asked, told);
                    if found != expected {
                        let who = format!("{}, Calico {}, `{}`", line.name, recording.calico, asked.text);
                        let said =
                            format!("  Calico: {expected:?}\n  the interpreter: {found:?} ({interpreter:?})");
                        let accounts = format!("  accounts: {:?}\n{}", line.accounts, line.objects);
                        self.different.push(Different {
                            size: line.objects.len(),
                            place: (line.name.clone(), request),
                            told: format!("{who}, knowing {what}\n{said}\n{accounts}"),
                        });
                    }
                }
            }
        }
        self.different.sort();
        recording.calico
    }

    fn requests(&self) -> usize {
        self.dataplane + self.dikastes + self.kubernetes
    }

    /// What was counted, for people.
    fn summary(&self) -> String {
        let Self { sets, dataplane, dikastes, kubernetes, allowed, undecided, different } = self;
        format!(
            "{sets} policy sets, {dataplane} requests to the dataplane, {dikastes} to Dikastes, \
             {kubernetes} about Kubernetes' policies alone, {allowed} allowed, {undecided} hang on labels of accounts: {} differ",
            different.len()
        )
    }

    /// Writes down where the disagreements are, the smallest sets first, for the program that makes them
    /// smaller.
    fn write_different(&self, path: &Path) {
        let places: Vec<_> = self.different.iter().map(|different| &different.place).collect();
        let text = serde_json::to_string(&places).expect("JSON");
        std::fs::write(path, text).expect("a file that can be written");
    }

    fn judge(&self) {
        let (allowed, requests) = (self.allowed, self.requests());
        assert!(requests >= 100, "too little was recorded");
        assert!(allowed * 10 >= requests * 3 && allowed * 10 <= requests * 7, "verdicts of one kind");
        let shown: Vec<&str> =
            self.different.iter().take(SHOWN).map(|different| different.told.as_str()).collect();
        assert!(self.different.is_empty(), "{}", shown.join("\n"));
    }
}

/// The path of the recording, or nothing where the test is left out.
fn recording() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name);
    if let Some(path) = set("UNMESH_CALICO_RECORDING") {
        return Some(PathBuf::from(path));
    }
    let required = set("CI").is_some_and(|value| value == "true") && set("UNMESH_CALICO_REQUIRED").is_some();
    assert!(!required, "UNMESH_CALICO_RECORDING is not set, and a recording is required");
    None
}

#[test]
fn the_target_interpreter_decides_as_calico_does() {
    let Some(path) = recording() else {
        println!("left out: UNMESH_CALICO_RECORDING is not set; `conformance/calico/run` sets it");
        return;
    };
    let mut counts = Counts::default();
    counts.replay(&path);
    if let Some(path) = std::env::var_os("UNMESH_CALICO_DIFFERENT") {
        counts.write_different(Path::new(&path));
    }
    println!("{}", counts.summary());
    counts.judge();
}

#[test]
fn the_target_interpreter_decides_as_the_vectors_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("calico-")))
        .collect();
    paths.sort();
    let mut counts = Counts::default();
    let mut of_version: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for path in &paths {
        let before = [counts.dataplane, counts.kubernetes];
        let version = counts.replay(path);
        let found = of_version.entry(version).or_default();
        found[0] += counts.dataplane - before[0];
        found[1] += counts.kubernetes - before[1];
    }
    for version in VERSIONS {
        let found = of_version.get(version).copied().unwrap_or_default();
        let enough = found.iter().all(|verdicts| *verdicts >= VECTORS);
        assert!(enough, "{found:?} verdicts of the dataplane of {version}, and about Kubernetes' policies");
    }
    println!("{}", counts.summary());
    counts.judge();
}

/// What is said of a pod whose labels are not shown holds for one that has some.
#[test]
fn what_is_said_without_labels_of_the_pod_holds_with_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/vectors");
    let (mut known, mut open) = (0, 0);
    for version in VERSIONS {
        let path = folder.join(format!("calico-{version}-kubernetes-seed-1.jsonl"));
        let recording = Recording::read(&path);
        for line in &recording.lines {
            let of = |interpreter| World::new(&recording, line, interpreter);
            let [calicos, kubernetes] = [Interpreter::Calicos, Interpreter::Kubernetes].map(of);
            for asked in &line.asked {
                let found = kubernetes.decide_unlabelled(asked);
                let told = || format!("{}, `{}`\n{}", line.name, asked.text, line.objects);
                assert!(found.is_none_or(|allowed| allowed == asked.allowed), "{}", told());
                assert_eq!(found, calicos.decide_unlabelled(asked), "{}", told());
                *(if found.is_some() { &mut known } else { &mut open }) += 1;
            }
        }
    }
    println!("{known} known without labels of the pod, {open} open");
    assert!(known >= VECTORS / 2 && open >= VECTORS / 2, "{known} known, {open} open");
}
