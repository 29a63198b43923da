//! Texts by class: machines that read a text letter by letter, and the search for the shortest text
//! of each class that they tell apart.

pub(super) mod calico_path;
pub(super) mod constraint;
pub(super) mod ending;
pub(super) mod envoy_path;
pub(super) mod part;
pub(super) mod sequence;
pub(super) mod word;

use std::collections::{BTreeSet, HashSet, VecDeque};

/// Where a machine is.
pub(super) type State = u32;

/// A machine that reads a text. States with one answer accept the same patterns.
pub(super) trait Machine {
    /// Where it is after a further letter; `None` where no text goes on so.
    fn next(&mut self, state: State, letter: char) -> Option<State>;

    /// The letters after which it may go elsewhere than after all others, which are alike to it.
    fn letters(&self, state: State, into: &mut BTreeSet<char>);

    /// What it says of a text that ends here; `None` where no text ends here.
    fn answer(&mut self, state: State) -> Option<u32>;
}

/// A machine that reads a part of a longer text: what stands before the part was read, and its
/// answer is where it is behind the text that follows.
pub(super) struct Within<'m> {
    pub(super) machine: &'m mut dyn Machine,
    /// Where it is before the part.
    pub(super) head: State,
    /// What follows.
    pub(super) tail: &'static str,
}

/// State 0 is the head; others are one more than the machine's own.
impl Machine for Within<'_> {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        let own = state.checked_sub(1).unwrap_or(self.head);
        self.machine.next(own, letter)?.checked_add(1)
    }

    fn letters(&self, state: State, into: &mut BTreeSet<char>) {
        self.machine.letters(state.checked_sub(1).unwrap_or(self.head), into);
    }

    fn answer(&mut self, state: State) -> Option<u32> {
        let own = state.checked_sub(1).unwrap_or(self.head);
        if self.tail.is_empty() { self.machine.answer(own) } else { read(self.machine, own, self.tail) }
    }
}

/// Machines to search with.
pub(super) fn borrowed(machines: &mut [Box<dyn Machine>]) -> Vec<&mut dyn Machine> {
    machines.iter_mut().map(|machine| &mut **machine as &mut dyn Machine).collect()
}

/// Where a machine is after a text.
pub(super) fn read(machine: &mut dyn Machine, from: State, text: &str) -> Option<State> {
    text.chars().try_fold(from, |state, letter| machine.next(state, letter))
}

/// Letters for what nobody mentions, the most readable first. No hexadecimal digit is among the
/// first, so that none makes an escape.
const FRESH: &str = "xyzwvutsrqponmlkjihgXYZWVUTSRQPONMLKJIHGabcdefABCDEF0123456789";

/// A search for texts, over machines that read them side by side. Each starts in state 0, or where
/// it was put.
pub(super) struct Search<'m> {
    machines: Vec<&'m mut dyn Machine>,
    start: Vec<State>,
    /// The longest text that is made.
    longest: usize,
    /// The most states that are visited.
    most: usize,
}

/// Where the search has been: the letter read, and from where.
struct Visit {
    from: Option<usize>,
    letter: char,
    length: usize,
}

impl<'m> Search<'m> {
    /// A search from the empty text on.
    pub(super) fn new(machines: Vec<&'m mut dyn Machine>, longest: usize, most: usize) -> Self {
        let start = vec![0; machines.len()];
        Self { machines, start, longest, most }
    }

    /// Reads a text before all others; `false` where no text goes on so.
    pub(super) fn read(&mut self, text: &str) -> bool {
        let start = self.start.clone();
        match self.after(&start, text) {
            Some(states) => self.start = states,
            None => return false,
        }
        true
    }

    fn after(&mut self, from: &[State], text: &str) -> Option<Vec<State>> {
        text.chars().try_fold(from.to_vec(), |states, letter| self.step(&states, letter))
    }

    fn step(&mut self, from: &[State], letter: char) -> Option<Vec<State>> {
        self.machines.iter_mut().zip(from).map(|(machine, state)| machine.next(*state, letter)).collect()
    }

    /// What the machines say of a text; `None` for one that none may be.
    pub(super) fn class(&mut self, text: &str) -> Option<Vec<u32>> {
        let start = self.start.clone();
        let states = self.after(&start, text)?;
        self.answers(&states)
    }

    fn answers(&mut self, states: &[State]) -> Option<Vec<u32>> {
        self.machines.iter_mut().zip(states).map(|(machine, state)| machine.answer(*state)).collect()
    }

    /// The shortest text of each class, the shortest first; `None` where there are too many states.
    pub(super) fn texts(&mut self) -> Option<Vec<String>> {
        let mut visits = vec![Visit { from: None, letter: ' ', length: 0 }];
        let mut queue = VecDeque::from([(0, self.start.clone())]);
        let mut been: HashSet<Vec<State>> = HashSet::from([self.start.clone()]);
        let mut classes: HashSet<Vec<u32>> = HashSet::new();
        let mut found = Vec::new();
        while let Some((at, states)) = queue.pop_front() {
            if let Some(class) = self.answers(&states)
                && classes.insert(class)
            {
                found.push(text(&visits, at));
            }
            let length = visits.get(at).map_or(0, |visit| visit.length);
            if length >= self.longest {
                continue;
            }
            for letter in self.letters(&states) {
                let Some(next) = self.step(&states, letter) else { continue };
                if been.contains(&next) {
                    continue;
                }
                if visits.len() >= self.most {
                    return None;
                }
                been.insert(next.clone());
                queue.push_back((visits.len(), next));
                visits.push(Visit { from: Some(at), letter, length: length + 1 });
            }
        }
        Some(found)
    }

    /// The letters worth reading next, the plainest first: one that stands for all that nobody
    /// mentions, letters and digits, then signs.
    fn letters(&self, states: &[State]) -> Vec<char> {
        let mut special = BTreeSet::new();
        for (machine, state) in self.machines.iter().zip(states) {
            machine.letters(*state, &mut special);
        }
        let fresh = FRESH.chars().find(|letter| !special.contains(letter));
        let mut letters: Vec<char> = fresh.into_iter().chain(special).collect();
        letters.sort_by_key(|letter| rank(*letter));
        letters
    }
}

fn rank(letter: char) -> u8 {
    match letter {
        '/' => 2,
        '.' => 3,
        ';' => 4,
        '%' => 5,
        _ if letter.is_uppercase() => 1,
        _ if letter.is_alphanumeric() => 0,
        _ => 6,
    }
}

/// The text that led to a place.
fn text(visits: &[Visit], at: usize) -> String {
    let mut letters = Vec::new();
    let mut here = visits.get(at);
    while let Some(visit) = here {
        let Some(from) = visit.from else { break };
        letters.push(visit.letter);
        here = visits.get(from);
    }
    letters.iter().rev().collect()
}
