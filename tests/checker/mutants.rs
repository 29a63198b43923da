//! Changes of what was written, or of what it was made from, have to show.

use crate::brute::{self, Decided, Place};
use crate::mutate_model::slips;
use crate::mutate_objects::mutants;
use crate::run::{self, Checked, Setting};
use crate::told::is_told;
use crate::worlds::random::Random;
use crate::worlds::world::World;
use serde_json::Value;
use unmesh::verify::answer::Reading;

/// What trying changes came to.
#[derive(Default, Debug)]
pub(crate) struct Tried {
    /// Changes that were tried.
    pub(crate) changes: usize,
    /// Those that mean something else in this world.
    pub(crate) meaningful: usize,
    /// Those that the checker reported as announced by nobody.
    pub(crate) unannounced: usize,
    pub(crate) fault: Option<String>,
}

impl Tried {
    pub(crate) fn add(&mut self, other: &Self) {
        self.changes += other.changes;
        self.meaningful += other.meaningful;
        self.unannounced += other.unannounced;
    }

    /// Looks at what the checker says of a change; `world` was without a difference where `old`
    /// says so.
    pub(crate) fn take(
        &mut self,
        what: &str,
        world: &World,
        setting: Setting,
        old: &[Value],
        checked: &Checked,
    ) {
        self.changes += 1;
        let readings = &checked.answer.readings;
        let new = brute::decide(world, setting, &checked.documents, readings);
        let fault = crate::witness(world, setting, checked).or_else(|| {
            let changed = changed(world, setting, old, readings, &new);
            if changed.is_empty() {
                return None;
            }
            self.meaningful += 1;
            let unannounced =
                checked.answer.differences.iter().any(|difference| difference.announced_by.is_none());
            self.unannounced += usize::from(unannounced);
            let mut untold = changed.iter();
            let untold = untold.find(|(place, _)| !is_told(world, setting, checked, place));
            untold.map(|(place, request)| checked.untold(place, request))
        });
        self.fault = self.fault.take().or_else(|| fault.map(|fault| format!("{what}: {fault}")));
    }
}

/// Where requests are decided otherwise than by the mesh that were decided alike before the change.
fn changed(
    world: &World,
    setting: Setting,
    old: &[Value],
    readings: &[Reading],
    new: &[Decided],
) -> Vec<(Place, String)> {
    let old = brute::decide(world, setting, old, readings);
    assert_eq!(old.len(), new.len());
    let pairs = old.iter().zip(new).filter(|(old, new)| old.was == old.is && new.was != new.is);
    pairs.map(|(_, new)| (new.place.clone(), new.request.clone())).collect()
}

/// Some of the changes, different ones for each seed.
fn some<T>(mut all: Vec<T>, count: usize, seed: u64) -> Vec<T> {
    let mut random = Random::new(seed);
    let mut found = Vec::new();
    while found.len() < count && !all.is_empty() {
        found.push(all.swap_remove(random.below(all.len())));
    }
    found
}

/// Changes of the objects.
pub(crate) fn of_objects(world: &World, setting: Setting, count: usize, seed: u64) -> Option<Tried> {
    let original = run::verify(world, setting)?;
    let mut tried = Tried::default();
    for mutant in some(mutants(&original.documents), count, seed) {
        let Some(checked) = run::verify_against(world, setting, &mutant.documents) else { continue };
        tried.take(&mutant.what, world, setting, &original.documents, &checked);
    }
    Some(tried)
}

/// Changes of the lowered model.
pub(crate) fn of_model(world: &World, setting: Setting, count: usize, seed: u64) -> Option<Tried> {
    let mut changes = Vec::new();
    let original = run::verify_lowered(world, setting, |model| changes = slips(model))?;
    let mut tried = Tried::default();
    for slip in some(changes, count, seed) {
        let Some(checked) = run::verify_lowered(world, setting, slip.change) else { continue };
        tried.take(&slip.what, world, setting, &original.documents, &checked);
    }
    Some(tried)
}
