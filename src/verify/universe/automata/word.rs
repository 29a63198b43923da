//! Whole texts and beginnings of texts, all in one tree of letters.

use super::{Machine, State};
use std::collections::{BTreeMap, BTreeSet};

/// Exact texts and prefixes.
#[derive(Debug)]
pub(in super::super) struct Words {
    nodes: Vec<Node>,
    /// Whether upper case counts as lower case.
    any_case: bool,
}

#[derive(Clone, Default, Debug)]
struct Node {
    children: BTreeMap<char, u32>,
    /// Whether an exact text ends here.
    exact: bool,
    /// The last place on the way here, this one included, at which a prefix ends.
    anchor: u32,
}

impl Words {
    /// Of exact texts and of prefixes; in lower case, where case does not count.
    pub(in super::super) fn new<'t>(
        exact: impl IntoIterator<Item = &'t str>,
        prefixes: impl IntoIterator<Item = &'t str>,
        any_case: bool,
    ) -> Self {
        let mut words = Self { nodes: vec![Node::default()], any_case };
        for text in exact {
            let at = words.grow(text);
            if let Some(node) = words.nodes.get_mut(at as usize) {
                node.exact = true;
            }
        }
        let ends: BTreeSet<u32> = prefixes.into_iter().map(|text| words.grow(text)).collect();
        words.anchor(&ends);
        words
    }

    fn grow(&mut self, text: &str) -> u32 {
        let mut at = 0;
        for letter in text.chars() {
            let new = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at as usize) else { break };
            at = *node.children.entry(letter).or_insert(number(new));
            if at as usize == new {
                self.nodes.push(Node::default());
            }
        }
        at
    }

    /// Children come after their parents, so one pass from the root is enough.
    fn anchor(&mut self, ends: &BTreeSet<u32>) {
        for at in 0..self.nodes.len() {
            let own = number(at);
            let Some(node) = self.nodes.get_mut(at) else { continue };
            if ends.contains(&own) {
                node.anchor = own;
            }
            let (anchor, children) = (node.anchor, node.children.clone());
            for child in children.values() {
                if let Some(child) = self.nodes.get_mut(*child as usize) {
                    child.anchor = anchor;
                }
            }
        }
    }

    fn node(&self, state: State) -> Option<&Node> {
        self.nodes.get(state as usize)
    }
}

/// A place as a state.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Adds letters, in both cases where case does not count: to others it may.
pub(super) fn add(letters: impl IntoIterator<Item = char>, any_case: bool, into: &mut BTreeSet<char>) {
    for letter in letters {
        into.insert(letter);
        if any_case {
            into.insert(letter.to_ascii_uppercase());
        }
    }
}

/// In the tree the state is the place; beyond it, the number of places plus the anchor.
impl Machine for Words {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        let Some(node) = self.node(state) else { return Some(state) };
        let letter = if self.any_case { letter.to_ascii_lowercase() } else { letter };
        let beyond = || number(self.nodes.len()).saturating_add(node.anchor);
        Some(node.children.get(&letter).copied().unwrap_or_else(beyond))
    }

    fn letters(&self, state: State, into: &mut BTreeSet<char>) {
        let letters = self.node(state).into_iter().flat_map(|node| node.children.keys().copied());
        add(letters, self.any_case, into);
    }

    fn answer(&mut self, state: State) -> Option<u32> {
        Some(match self.node(state) {
            Some(node) if node.exact => state.saturating_mul(2).saturating_add(1),
            Some(node) => node.anchor.saturating_mul(2),
            None => state.saturating_sub(number(self.nodes.len())).saturating_mul(2),
        })
    }
}
