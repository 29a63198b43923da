//! The comparison: every subject, port and chain, on both sides.
//!
//! Subjects that no policy tells apart are one piece of work; pieces run in parallel. What a piece
//! finds is attributed to announcements here, and gathered in the order of subjects.

mod announce;
mod attribute;
mod classes;
mod gather;
mod search;
mod single;
mod space;
mod work;

pub use self::single::{Decided, Single};

use self::classes::Library;
use self::gather::Gathered;
use self::work::{Compiled, Key, Piece, Result, World};
use super::answer::{Announcement, Answer, Reading, Unknown};
use super::subject::Subject;
use super::{assume, cover, undecided, universe};
use crate::config::{L7, Settings, Target};
use crate::finding::ObjectRef;
use crate::istio::Resources;
use crate::manifest::Inventory;
use crate::object::calico::v3::Set;
use crate::object::calico::versions::capabilities;
use crate::progress::Progress;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::BTreeMap;

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The Istio resources.
    pub resources: &'a Resources,
    /// What the input shows of the cluster.
    pub inventory: &'a Inventory,
    /// The settings.
    pub settings: &'a Settings,
    /// The network policies in force while the mesh stands.
    pub before: &'a Set,
    /// Those afterwards: the same, and what was written.
    pub after: &'a Set,
    /// What findings say of differences.
    pub announcements: &'a [Announcement],
    /// Policies in force that could not be read whole, and why: what they decide is unknown.
    pub undecided: &'a BTreeMap<ObjectRef, String>,
    /// What else nobody can compare.
    pub unknown: &'a [Unknown],
}

/// Compares both sides on every request of the model, and counts how far it is.
#[must_use]
pub fn verify(input: &Input<'_>, progress: &Progress) -> Answer {
    let compiled = Compiled::new(input);
    let world = universe::World {
        resources: input.resources,
        inventory: input.inventory,
        settings: input.settings,
        before: input.before,
        after: input.after,
    };
    let (subjects, mut assumptions, mut unknown) = universe::subjects(&world);
    let (peers, of_peers) = universe::peers(&world);
    assumptions.extend(of_peers);
    unknown.extend(input.unknown.iter().cloned());
    unknown.extend(subjects.iter().flat_map(|subject| undecided::undecided(subject, input)));
    let readings = readings(input);
    let decides = compiled.world();
    let library = Library::new(decides.tests, &world, peers);
    let pieces = pieces(&subjects, &readings);
    let (results, classes) = run(&decides, &pieces, &library, progress);
    let mut gathered = Gathered::new(input.announcements, &subjects, readings);
    for (piece, result) in pieces.iter().zip(results) {
        gathered.take(*piece, result);
    }
    let mut answer = gathered.answer(unknown, decides.meshes);
    answer.covered.classes = classes;
    (answer.covered.closed, answer.covered.assumed) = cover::dimensions(input, &subjects);
    answer.assumptions = assume::all(input, assumptions);
    answer
}

/// The ways to run the target that have to be looked at.
fn readings(input: &Input<'_>) -> Vec<Reading> {
    let Target::Calico(calico) = input.settings.target else { return vec![Reading::Dataplane] };
    let works = capabilities(calico.version).is_none_or(|capabilities| capabilities.dikastes_works);
    match input.settings.l7 {
        L7::Dikastes => vec![Reading::Dikastes],
        L7::Unstated if works && has_http(input.after) => vec![Reading::Dataplane, Reading::Dikastes],
        L7::Unstated | L7::None => vec![Reading::Dataplane],
    }
}

/// Whether anybody would run Dikastes for these policies.
pub(super) fn has_http(set: &Set) -> bool {
    set.policies.iter().flat_map(|policy| &policy.ingress).any(|rule| rule.http.is_some())
}

fn pieces<'a>(subjects: &'a [Subject], readings: &[Reading]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for subject in subjects {
        for port in &subject.ports {
            for chain in &port.chains {
                let of_reading =
                    readings.iter().map(|reading| Piece { subject, port, chain: *chain, reading: *reading });
                pieces.extend(of_reading);
            }
        }
    }
    pieces
}

/// Runs each distinct piece once; gives the results of all, and how many were distinct.
fn run<'a>(
    world: &World<'a>,
    pieces: &[Piece<'a>],
    library: &Library<'_>,
    progress: &Progress,
) -> (Vec<Result>, usize) {
    let keys: Vec<Key> = pieces.par_iter().map(|piece| world.key(*piece)).collect();
    let mut first: BTreeMap<&Key, usize> = BTreeMap::new();
    for (index, key) in keys.iter().enumerate() {
        first.entry(key).or_insert(index);
    }
    let distinct: Vec<usize> = first.values().copied().collect();
    progress.begin(distinct.len());
    let search = |index: usize| {
        let result = world.run(*pieces.get(index)?, library);
        progress.advance();
        Some((index, result))
    };
    let searched: BTreeMap<usize, Result> = distinct.into_par_iter().filter_map(search).collect();
    let result =
        |key: &Key| first.get(key).and_then(|index| searched.get(index)).cloned().unwrap_or_default();
    (keys.iter().map(result).collect(), searched.len())
}
