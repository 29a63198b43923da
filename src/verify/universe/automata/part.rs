//! Texts within texts.

use super::ending::Endings;
use super::word::number;
use super::{Machine, State};
use std::collections::{BTreeMap, BTreeSet};

/// What a text contains.
#[derive(Debug)]
pub(in super::super) struct Parts {
    endings: Endings,
    /// Where the endings are, and what was seen; the state is the place in this list.
    states: Vec<(State, BTreeSet<u32>)>,
    places: BTreeMap<(State, BTreeSet<u32>), State>,
    /// What was seen, by number.
    seen: BTreeMap<BTreeSet<u32>, u32>,
}

impl Parts {
    /// Of texts that may be contained.
    pub(in super::super) fn new<'t>(parts: impl IntoIterator<Item = &'t str>) -> Self {
        let start = (0, BTreeSet::new());
        Self {
            endings: Endings::new(parts, false),
            states: vec![start.clone()],
            places: BTreeMap::from([(start, 0)]),
            seen: BTreeMap::new(),
        }
    }
}

impl Machine for Parts {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        let (at, mut seen) = self.states.get(state as usize)?.clone();
        let at = self.endings.step(at, letter);
        seen.extend(self.endings.ended(at));
        let key = (at, seen);
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        let place = number(self.states.len());
        self.states.push(key.clone());
        self.places.insert(key, place);
        Some(place)
    }

    fn letters(&self, state: State, into: &mut BTreeSet<char>) {
        if let Some((at, _)) = self.states.get(state as usize) {
            self.endings.letters(*at, into);
        }
    }

    fn answer(&mut self, state: State) -> Option<u32> {
        let (_, seen) = self.states.get(state as usize)?;
        let next = number(self.seen.len());
        Some(*self.seen.entry(seen.clone()).or_insert(next))
    }
}
