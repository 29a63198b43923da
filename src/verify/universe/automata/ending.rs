//! Ends of texts, all in one tree of letters with links to the longest end that goes on elsewhere
//! (Aho and Corasick).

use super::word::{add, number};
use super::{Machine, State};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Suffixes.
#[derive(Debug)]
pub(in super::super) struct Endings {
    nodes: Vec<Node>,
    any_case: bool,
}

#[derive(Clone, Default, Debug)]
struct Node {
    children: BTreeMap<char, u32>,
    /// Whether a suffix ends here.
    end: bool,
    /// The place of the longest true end of the text read so far.
    link: u32,
    /// The place of the longest suffix that the text read so far ends in; 0 for none.
    ended: u32,
}

impl Endings {
    /// Of suffixes; in lower case, where case does not count.
    pub(in super::super) fn new<'t>(suffixes: impl IntoIterator<Item = &'t str>, any_case: bool) -> Self {
        let mut endings = Self { nodes: vec![Node::default()], any_case };
        for text in suffixes {
            let mut at = 0;
            for letter in text.chars() {
                let new = endings.nodes.len();
                let Some(node) = endings.nodes.get_mut(at as usize) else { break };
                at = *node.children.entry(letter).or_insert(number(new));
                if at as usize == new {
                    endings.nodes.push(Node::default());
                }
            }
            if let Some(node) = endings.nodes.get_mut(at as usize) {
                node.end = at > 0;
            }
        }
        endings.link();
        endings
    }

    /// Links by breadth, so that shorter texts are linked before longer ones.
    fn link(&mut self) {
        let mut queue = VecDeque::from([0_u32]);
        while let Some(at) = queue.pop_front() {
            let Some(node) = self.node(at).cloned() else { continue };
            for (letter, child) in node.children {
                let link = if at == 0 { 0 } else { self.step(node.link, letter) };
                let ended = self.node(link).map_or(0, |node| node.ended);
                if let Some(node) = self.nodes.get_mut(child as usize) {
                    node.link = link;
                    node.ended = if node.end { child } else { ended };
                }
                queue.push_back(child);
            }
        }
    }

    fn node(&self, state: State) -> Option<&Node> {
        self.nodes.get(state as usize)
    }

    /// Where a letter leads.
    pub(super) fn step(&self, state: State, letter: char) -> State {
        let letter = if self.any_case { letter.to_ascii_lowercase() } else { letter };
        let mut at = state;
        while let Some(node) = self.node(at) {
            match node.children.get(&letter) {
                Some(child) => return *child,
                None if at == 0 => break,
                None => at = node.link,
            }
        }
        0
    }

    /// The suffixes that the text read so far ends in, the longest first, by their places.
    pub(super) fn ended(&self, state: State) -> impl Iterator<Item = u32> {
        let first = self.node(state).map_or(0, |node| node.ended);
        let shorter = |at: &u32| {
            let link = self.node(*at).map_or(0, |node| node.link);
            self.node(link).map(|node| node.ended)
        };
        std::iter::successors(Some(first), shorter).take_while(|at| *at != 0)
    }
}

impl Machine for Endings {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        Some(self.step(state, letter))
    }

    fn letters(&self, state: State, into: &mut BTreeSet<char>) {
        let mut at = state;
        while let Some(node) = self.node(at) {
            add(node.children.keys().copied(), self.any_case, into);
            if at == 0 {
                break;
            }
            at = node.link;
        }
    }

    /// The longest suffix says which shorter ones there are.
    fn answer(&mut self, state: State) -> Option<u32> {
        Some(self.node(state).map_or(0, |node| node.ended))
    }
}
