//! Writes what unmesh makes of random worlds, for the validators of Calico and the API server's schemas.
//!
//! `UNMESH_WRITE_WORLDS` names the folder, `UNMESH_WORLDS_COUNT` how many Istio policies are to be read,
//! and `UNMESH_WORLDS_SEED` the first world. The inputs come to lie in `inputs`, what is written for each
//! target and each `--l7` in a folder of its own. `conformance/calico/validate-random` runs this.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod hostile;
#[path = "../worlds/mod.rs"]
#[expect(dead_code, reason = "worlds are written here, not decided")]
mod worlds;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use unmesh::config::{Calico, L7, Layout, Settings, Target, Version};
use unmesh::finding::Rules;
use unmesh::pipeline::{self, Analysis};
use unmesh::report::product;
use unmesh::source::{SourceFile, Sources};
use worlds::world::World;
use worlds::{generate, yaml};

/// A target, and what is said of Dikastes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Setting {
    target: Target,
    l7: L7,
    /// The folder.
    name: &'static str,
}

const fn portable(minor: u16, l7: L7, name: &'static str) -> Setting {
    Setting { target: calico(minor, Layout::Portable, false), l7, name }
}

const fn tiers(minor: u16, staged: bool, l7: L7, name: &'static str) -> Setting {
    Setting { target: calico(minor, Layout::Tiers, staged), l7, name }
}

const fn calico(minor: u16, layout: Layout, staged: bool) -> Target {
    Target::Calico(Calico { version: Version { major: 3, minor, patch: None }, layout, staged })
}

const SETTINGS: [Setting; 11] = [
    portable(28, L7::Unstated, "3.28"),
    portable(28, L7::Dikastes, "3.28-dikastes"),
    portable(31, L7::Unstated, "3.31"),
    portable(31, L7::Dikastes, "3.31-dikastes"),
    portable(32, L7::Unstated, "3.32"),
    portable(32, L7::Dikastes, "3.32-dikastes"),
    tiers(29, false, L7::Dikastes, "3.29-tiers-dikastes"),
    tiers(31, false, L7::Unstated, "3.31-tiers"),
    tiers(31, true, L7::Unstated, "3.31-tiers-staged"),
    tiers(32, false, L7::Dikastes, "3.32-tiers-dikastes"),
    Setting { target: Target::Kubernetes, l7: L7::Unstated, name: "kubernetes" },
];

/// What a world may be: as it comes, one that has an exact form, and one with hostile names and values.
fn world(seed: u64) -> World {
    match seed % 4 {
        0 => generate::any(seed),
        1 => generate::exact(seed),
        _ => hostile::any(seed),
    }
}

/// The path that the objects name as their source.
fn path(seed: u64) -> &'static str {
    hostile::PATHS[usize::try_from(seed).unwrap() % hostile::PATHS.len()]
}

fn settings(world: &World, setting: Setting) -> Settings {
    let inside = world.namespaces.iter().filter(|namespace| namespace.injects);
    Settings {
        target: setting.target,
        l7: setting.l7,
        mesh_namespaces: world.closed.then(|| inside.map(|namespace| namespace.name.clone()).collect()),
        ..Settings::default()
    }
}

/// All that the input shows, as JSON: a name such as `on` stands in quotes for every reader of YAML.
fn render(world: &World) -> String {
    let text = yaml::render(world);
    let json = |document: serde_yaml::Deserializer| {
        let value = serde_json::Value::deserialize(document).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let documents: Vec<String> = serde_yaml::Deserializer::from_str(&text).map(json).collect();
    documents.join("\n---\n")
}

/// All stages; what is found does not keep the objects back, since a user can accept most of it.
fn analyse(seed: u64, (world, text): (&World, &str), setting: Setting) -> Analysis {
    let mut sources = Sources::default();
    sources.map.add(SourceFile::new(path(seed).to_string(), None, PathBuf::from(path(seed)), text));
    let settings = settings(world, setting);
    let analysis = pipeline::analyse(sources, &settings, &Rules::default());
    for finding in &analysis.said.translation {
        let bug = ["UM602", "UM603"].contains(&finding.code.id);
        assert!(!bug, "world {seed} for {}: {}\n{}", setting.name, finding.message, text);
    }
    analysis
}

fn policies(analysis: &Analysis) -> u64 {
    let resources = &analysis.resources;
    let count = resources.authorization_policies.len() + resources.peer_authentications.len();
    count.try_into().unwrap()
}

fn write(folder: &Path, seed: u64, text: &str) {
    fs::write(folder.join(format!("{seed}.yaml")), text).expect("the file can be written");
}

#[test]
#[ignore = "writes files for other programs to judge: conformance/calico/validate-random"]
fn write_for_the_validators() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} has to be set"));
    let number = |name: &str| variable(name).parse::<u64>().expect("a number");
    let root = PathBuf::from(variable("UNMESH_WRITE_WORLDS"));
    let (mut seed, wanted) = (number("UNMESH_WORLDS_SEED"), number("UNMESH_WORLDS_COUNT"));
    let inputs = root.join("inputs");
    let folders = SETTINGS.map(|setting| root.join(setting.name));
    for folder in folders.iter().chain([&inputs]) {
        fs::create_dir_all(folder).expect("the folder can be made");
    }
    let (mut read, mut worlds, mut written) = (0, 0, BTreeMap::<&str, usize>::new());
    while read < wanted {
        let world = world(seed);
        let text = render(&world);
        write(&inputs, seed, &text);
        for (setting, folder) in SETTINGS.into_iter().zip(&folders) {
            let analysis = analyse(seed, (&world, &text), setting);
            if setting == SETTINGS[0] {
                read += policies(&analysis);
            }
            *written.entry(setting.name).or_default() += analysis.written.len();
            let texts = analysis.written.iter().map(|written| written.text.as_str());
            write(folder, seed, &product::file(texts));
        }
        (seed, worlds) = (seed + 1, worlds + 1);
    }
    println!("{read} Istio policies in {worlds} worlds");
    for (name, count) in &written {
        println!("  written for {name}: {count} objects");
    }
    assert!(written.values().all(|count| *count > 0), "nothing was written for some setting");
}
