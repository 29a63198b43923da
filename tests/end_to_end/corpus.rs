//! Folders of a corpus as scenes: their workloads, the peers that their policies tell apart, and
//! requests with the values that their policies name.
//!
//! Where a folder holds different documents of one object, copies of it have one of them each. Where it
//! asks an external authorizer, it is asked about without that policy: there is nobody to ask.
//!
//! A corpus is other people's text. It stays where it is: nothing of it is kept here.

use crate::cast::Cast;
use crate::documents::{document_of, with_own_keys, yaml};
use crate::named::Named;
use crate::scene::Scene;
use crate::worlds::random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use unmesh::config::{L7, Settings, Target};
use unmesh::finding::Rules;
use unmesh::istio::authorization_policy::Action;
use unmesh::manifest::Object;
use unmesh::pipeline::{self, Analysis};
use unmesh::source::{Input, SourceFile, SourceMap, Sources, Span, read};
use unmesh::verify::subject::Subject;
use unmesh::verify::universe;

/// Of objects with different documents, and of CUSTOM policies, so many copies of a folder are made.
const MOST_COPIES: usize = 8;

/// Every folder with an AuthorizationPolicy: those that hold one themselves, without what is below them,
/// and the corpus' own folders as a whole.
pub(crate) fn folders(corpus: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let mut below = BTreeMap::new();
    for folder in entries(corpus).into_iter().filter(|path| path.is_dir()) {
        let before = below.len();
        gather(corpus, &folder, &mut below);
        if below.len() > before {
            below.insert(name(corpus, &folder) + " (all)", vec![folder]);
        }
    }
    below.into_iter().collect()
}

fn name(corpus: &Path, folder: &Path) -> String {
    folder.strip_prefix(corpus).unwrap().display().to_string().replace('/', "_")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn gather(corpus: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<PathBuf>>) {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    let is_manifest = |path: &PathBuf| {
        path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|own| end == *own))
    };
    let files: Vec<PathBuf> = files.into_iter().filter(is_manifest).collect();
    let holds = |path: &PathBuf| {
        std::fs::read_to_string(path).is_ok_and(|text| text.contains("kind: AuthorizationPolicy"))
    };
    if files.iter().any(holds) {
        found.insert(name(corpus, folder), files);
    }
    folders.iter().filter(|path| !path.is_symlink()).for_each(|folder| gather(corpus, folder, found));
}

/// A copy of a folder: its files without some documents.
struct Copy {
    name: String,
    input: Vec<(String, String)>,
}

/// The scenes of a folder, with at most so many requests to each pod, or why there are none.
pub(crate) fn scenes(
    name: &str,
    paths: &[PathBuf],
    seed: u64,
    requests: usize,
) -> Vec<(String, Result<Scene, String>)> {
    let inputs: Vec<Input> = paths.iter().cloned().map(Input::Path).collect();
    let sources = match read(&inputs) {
        Ok(sources) => sources,
        Err(error) => return vec![(name.to_string(), Err(error.message))],
    };
    let copies = copies(name, sources);
    copies.into_iter().map(|copy| (copy.name.clone(), scene(copy, seed, requests))).collect()
}

fn settings() -> Settings {
    let target = "calico@3.32".parse::<Target>().unwrap();
    Settings { target, l7: L7::Unstated, ..Settings::default() }
}

/// The files without these documents.
fn without(sources: &SourceMap, documents: &BTreeSet<Span>) -> Vec<(String, String)> {
    let of_file = |(id, file): (_, &SourceFile)| {
        let mut text = file.text.to_string();
        for span in documents.iter().rev().filter(|span| span.file == id) {
            text.replace_range(span.range(), "");
        }
        (file.name.clone(), text)
    };
    sources.iter().map(of_file).collect()
}

fn sources(input: &[(String, String)]) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in input {
        sources.map.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text.as_str()));
    }
    sources
}

/// One copy for each place among the documents of contested objects; each without CUSTOM.
fn copies(name: &str, sources: Sources) -> Vec<Copy> {
    let front = pipeline::read(sources, &settings());
    let mut contested: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for Object { reference, placement, .. } in &front.manifest.contested {
        contested.entry(reference.to_string()).or_default().push(placement.document_span);
    }
    let count = contested.values().map(Vec::len).max().unwrap_or(1).min(MOST_COPIES);
    let copy = |place: usize| {
        let others = contested.values().flat_map(|spans| {
            let kept = spans.get(place.min(spans.len() - 1));
            spans.iter().filter(move |span| Some(*span) != kept).copied()
        });
        let input = without(&front.sources, &others.collect());
        let name = if count > 1 { format!("{name} #{}", place + 1) } else { name.to_string() };
        without_custom(Copy { name, input })
    };
    (0..count).map(copy).collect()
}

fn without_custom(copy: Copy) -> Copy {
    let front = pipeline::read(sources(&copy.input), &settings());
    let policies = front.resources.authorization_policies.iter();
    let custom = policies.filter(|policy| policy.action.value == Action::Custom);
    let documents: BTreeSet<Span> = custom
        .filter_map(|policy| front.manifest.objects.get(policy.meta.object.0))
        .map(|object| object.placement.document_span)
        .collect();
    if documents.is_empty() {
        return copy;
    }
    Copy { name: format!("{} without CUSTOM", copy.name), input: without(&front.sources, &documents) }
}

/// The text of each object of these kinds.
fn texts(analysis: &Analysis, groups: &[&str], kinds: &[&str]) -> Result<Vec<String>, String> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for object in &analysis.manifest.objects {
        if groups.contains(&object.group()) && kinds.contains(&object.reference.kind.as_str()) {
            if !seen.insert(object.reference.to_string()) {
                return Err(format!("it holds different documents of `{}`", object.reference));
            }
            let document = analysis.sources.text(object.placement.document_span);
            all.push(yaml(&with_own_keys(document_of(document, object)?)));
        }
    }
    Ok(all)
}

/// Why no AuthorizationPolicy is left, in the words of the first finding about the input.
fn unread(analysis: &Analysis) -> String {
    let first = analysis.said.input.first().map(|finding| finding.message.as_str());
    format!("no AuthorizationPolicy in it can be read: {}", first.unwrap_or("there is none"))
}

fn scene(copy: Copy, seed: u64, requests: usize) -> Result<Scene, String> {
    let settings = settings();
    let mut analysis = pipeline::analyse(sources(&copy.input), &settings, &Rules::default());
    if analysis.resources.authorization_policies.is_empty() {
        return Err(unread(&analysis));
    }
    if !analysis.manifest.contested.is_empty() {
        return Err("items of one List are different documents of one object".to_string());
    }
    let kinds = ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"];
    let istio = texts(&analysis, &["security.istio.io"], &kinds)?;
    let kinds = ["NetworkPolicy", "GlobalNetworkPolicy", "NetworkSet", "GlobalNetworkSet", "Tier"];
    let in_force = texts(&analysis, &["networking.k8s.io", "projectcalico.org"], &kinds)?;
    let sides = pipeline::sides(&mut analysis, None, &settings);
    let world = universe::World {
        resources: &analysis.resources,
        inventory: &analysis.inventory,
        settings: &settings,
        before: &sides.before,
        after: &sides.after,
    };
    let (subjects, _, _) = universe::subjects(&world);
    let (peers, _) = universe::peers(&world);
    let named = Named::of(&analysis.resources);
    let mut cast = Cast::new(&named, &analysis);
    let mut random = Random::new(seed);
    let asked: Vec<(usize, Subject)> =
        subjects.into_iter().filter_map(|subject| Some((cast.subject(&subject)?, subject))).collect();
    for peer in &peers {
        cast.peer(peer);
    }
    let mut asks = Vec::new();
    for (place, subject) in &asked {
        cast.asks(*place, subject, &mut random, requests, &mut asks);
    }
    if asks.is_empty() {
        return Err("it shows no pod that could be asked".to_string());
    }
    let Cast { pods, namespaces, .. } = cast;
    Ok(Scene {
        name: copy.name,
        input: copy.input,
        istio: istio.join("---\n"),
        in_force,
        namespaces,
        pods,
        asks,
        settings,
    })
}
