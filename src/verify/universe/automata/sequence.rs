//! Patterns with gaps: globs, and templates of paths.

use super::word::number;
use super::{Machine, State};
use crate::ir::{Glob, Segment};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What one place of a pattern takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Letter {
    Only(char),
    But(char),
    Any,
}

/// One place of a pattern.
#[derive(Clone, Copy, Debug)]
struct Place {
    letter: Letter,
    /// Whether it takes any number of letters, none too.
    repeats: bool,
}

/// One pattern, read in all the ways that are possible at once.
#[derive(Debug)]
pub(in super::super) struct Sequence {
    places: Vec<Place>,
    /// Where it can be; the state is the place in this list.
    states: Vec<BTreeSet<usize>>,
    numbers: BTreeMap<BTreeSet<usize>, State>,
    steps: HashMap<(State, char), State>,
}

impl Letter {
    fn takes(self, letter: char) -> bool {
        match self {
            Self::Only(only) => letter == only,
            Self::But(but) => letter != but,
            Self::Any => true,
        }
    }
}

const ANYTHING: Place = Place { letter: Letter::Any, repeats: true };

impl Sequence {
    fn new(places: Vec<Place>) -> Self {
        let mut sequence =
            Self { places, states: Vec::new(), numbers: BTreeMap::new(), steps: HashMap::new() };
        let start = sequence.spread([0]);
        sequence.state(start);
        sequence
    }

    /// Texts with anything between them.
    pub(in super::super) fn glob(glob: &Glob) -> Self {
        let mut places = Vec::new();
        for (index, piece) in glob.pieces().iter().enumerate() {
            if index > 0 {
                places.push(ANYTHING);
            }
            places.extend(piece.chars().map(one));
        }
        Self::new(places)
    }

    /// A template of paths: `{*}` takes one segment, `{**}` anything behind its slash.
    pub(in super::super) fn template(segments: &[Segment]) -> Self {
        let mut places = Vec::new();
        for segment in segments {
            places.push(one('/'));
            places.extend(match segment {
                Segment::Literal(text) => text.chars().map(one).collect(),
                Segment::One => {
                    let letter = Letter::But('/');
                    vec![Place { letter, repeats: false }, Place { letter, repeats: true }]
                }
                Segment::Any => vec![ANYTHING],
            });
        }
        Self::new(places)
    }

    /// How many slashes it speaks of.
    pub(in super::super) fn segments(&self) -> usize {
        self.places.iter().filter(|place| place.letter == Letter::Only('/')).count()
    }

    /// The places without those that take nothing: where one repeats, the next one counts too.
    fn spread(&self, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        for start in from {
            let mut at = start;
            while all.insert(at) && self.places.get(at).is_some_and(|place| place.repeats) {
                at += 1;
            }
        }
        all
    }

    fn state(&mut self, places: BTreeSet<usize>) -> State {
        if let Some(state) = self.numbers.get(&places) {
            return *state;
        }
        let state = number(self.states.len());
        self.states.push(places.clone());
        self.numbers.insert(places, state);
        state
    }
}

/// A place for one letter.
fn one(letter: char) -> Place {
    Place { letter: Letter::Only(letter), repeats: false }
}

impl Machine for Sequence {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        if let Some(next) = self.steps.get(&(state, letter)) {
            return Some(*next);
        }
        let at = self.states.get(state as usize)?;
        let after = at.iter().filter_map(|index| {
            let place = self.places.get(*index)?;
            place.letter.takes(letter).then_some(if place.repeats { *index } else { index + 1 })
        });
        let after = self.spread(after.collect::<Vec<_>>());
        let next = self.state(after);
        self.steps.insert((state, letter), next);
        Some(next)
    }

    fn letters(&self, state: State, into: &mut BTreeSet<char>) {
        for index in self.states.get(state as usize).into_iter().flatten() {
            match self.places.get(*index).map(|place| place.letter) {
                Some(Letter::Only(letter) | Letter::But(letter)) => drop(into.insert(letter)),
                Some(Letter::Any) | None => {}
            }
        }
    }

    fn answer(&mut self, state: State) -> Option<u32> {
        let at = self.states.get(state as usize)?;
        Some(u32::from(at.contains(&self.places.len())))
    }
}
