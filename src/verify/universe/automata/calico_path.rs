//! Paths as Dikastes compares them from 3.31.6 on: both sides decoded and cleaned.
//!
//! In this order (`app-policy/checker/match.go`, `normalizeHTTPPath`): escapes are decoded once, and a
//! path matches nothing where that fails or leaves an escaped dot, slash or backslash behind; `\` is
//! a slash; `;` and what follows it in a segment goes; empty and dot segments go as in Go's
//! `path.Clean`. Then `exact` is equality, and `prefix` ends at a segment.

use super::envoy_path::stands_raw;
use super::word::number;
use super::{Machine, State};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Rules as Dikastes compares them, all in one tree of segments.
#[derive(Debug)]
pub(in super::super) struct CalicoPaths {
    nodes: Vec<Node>,
    /// How many segments beyond the tree are followed, since `..` takes them back.
    deepest: u32,
    states: Vec<Reading>,
    numbers: HashMap<Reading, State>,
    steps: HashMap<(State, char), Option<State>>,
}

#[derive(Clone, Default, Debug)]
struct Node {
    children: BTreeMap<Vec<u8>, u32>,
    parent: u32,
    exact: bool,
    /// The last node on the way here, this one included, that is a prefix.
    anchor: u32,
}

/// What was read.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Reading {
    /// Something that matches nothing.
    Failed,
    Path(Path),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Path {
    /// The node of the segments kept so far, as far as the tree goes.
    node: u32,
    /// How many segments stand beyond it.
    beyond: u32,
    /// The segment so far, decoded; `None` where it is none that matters.
    segment: Option<Vec<u8>>,
    /// Whether a `;` came in it.
    cut: bool,
    escape: Escape,
    after_percent: AfterPercent,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Escape {
    No,
    Begun,
    Digit(u32),
}

/// What stands after a percent sign that was itself escaped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum AfterPercent {
    No,
    Sign,
    Two,
    Five,
}

impl CalicoPaths {
    /// Of rules; `deepest` is how many segments any pattern beside them speaks of.
    pub(in super::super) fn new<'t>(
        exact: impl IntoIterator<Item = &'t str>,
        prefixes: impl IntoIterator<Item = &'t str>,
        deepest: u32,
    ) -> Self {
        let mut paths = Self {
            nodes: vec![Node::default()],
            deepest,
            states: Vec::new(),
            numbers: HashMap::new(),
            steps: HashMap::new(),
        };
        for segments in exact.into_iter().filter_map(normal) {
            let at = paths.grow(segments);
            if let Some(node) = paths.nodes.get_mut(at as usize) {
                node.exact = true;
            }
        }
        let ends: BTreeSet<u32> =
            prefixes.into_iter().filter_map(normal).map(|segments| paths.grow(segments)).collect();
        for at in 0..paths.nodes.len() {
            let own = number(at);
            let parent = paths.node(own).map_or(0, |node| node.parent);
            let inherited = paths.node(parent).map_or(0, |node| node.anchor);
            if let Some(node) = paths.nodes.get_mut(at) {
                node.anchor = if ends.contains(&own) { own } else { inherited };
            }
        }
        paths.state(Reading::Path(Path::start()));
        paths
    }

    fn grow(&mut self, segments: Vec<Vec<u8>>) -> u32 {
        let mut at = 0;
        for segment in segments {
            let new = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at as usize) else { break };
            let child = *node.children.entry(segment).or_insert(number(new));
            if child as usize == new {
                self.nodes.push(Node { parent: at, ..Node::default() });
            }
            at = child;
        }
        at
    }

    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    fn state(&mut self, reading: Reading) -> State {
        let new = number(self.states.len());
        let state = *self.numbers.entry(reading.clone()).or_insert(new);
        if state == new {
            self.states.push(reading);
        }
        state
    }

    /// The names that a segment can become here.
    fn names<'p>(&'p self, path: &Path) -> impl Iterator<Item = &'p [u8]> + use<'p> {
        let node = self.node(path.node).filter(|_| path.beyond == 0);
        let children = node.into_iter().flat_map(|node| node.children.keys());
        children.map(Vec::as_slice).chain([b"..".as_slice()])
    }

    /// The bytes with which the segment goes on to be such a name.
    fn following(&self, path: &Path) -> impl Iterator<Item = u8> {
        let so_far = path.segment.as_deref().filter(|_| !path.cut);
        self.names(path).filter_map(move |name| name.strip_prefix(so_far?)?.first().copied())
    }

    /// Reads a letter as it stands in the request.
    fn raw(&self, mut path: Path, letter: char) -> Reading {
        match (path.escape, letter.to_digit(16)) {
            (Escape::No, _) if letter == '%' => {
                path.escape = Escape::Begun;
                Reading::Path(path)
            }
            (Escape::No, _) => match u8::try_from(letter) {
                Ok(byte) => self.decoded(path, byte),
                Err(_) => {
                    letter.encode_utf8(&mut [0; 4]).bytes().fold(Reading::Path(path), |reading, byte| {
                        match reading {
                            Reading::Path(path) => self.decoded(path, byte),
                            Reading::Failed => Reading::Failed,
                        }
                    })
                }
            },
            (Escape::Begun, Some(digit)) => {
                path.escape = Escape::Digit(digit);
                Reading::Path(path)
            }
            (Escape::Digit(first), Some(second)) => {
                path.escape = Escape::No;
                u8::try_from(first * 16 + second).map_or(Reading::Failed, |byte| {
                    if byte == b'%' {
                        path.after_percent = AfterPercent::Sign;
                        Reading::Path(self.grown(path, byte))
                    } else {
                        self.decoded(path, byte)
                    }
                })
            }
            (Escape::Begun | Escape::Digit(_), None) => Reading::Failed,
        }
    }

    /// Reads a byte that was decoded.
    fn decoded(&self, mut path: Path, byte: u8) -> Reading {
        path.after_percent = match (path.after_percent, byte.to_ascii_lowercase()) {
            (AfterPercent::Two, b'e' | b'f') | (AfterPercent::Five, b'c') => return Reading::Failed,
            (AfterPercent::Sign, b'2') => AfterPercent::Two,
            (AfterPercent::Sign, b'5') => AfterPercent::Five,
            (_, _) => AfterPercent::No,
        };
        match byte {
            0 => return Reading::Failed,
            b'/' | b'\\' => self.end_segment(&mut path),
            b';' => path.cut = true,
            _ => return Reading::Path(self.grown(path, byte)),
        }
        Reading::Path(path)
    }

    fn grown(&self, mut path: Path, byte: u8) -> Path {
        if !path.cut
            && let Some(mut segment) = path.segment.take()
        {
            segment.push(byte);
            path.segment = self.names(&path).any(|name| name.starts_with(&segment)).then_some(segment);
        }
        path
    }

    fn end_segment(&self, path: &mut Path) {
        let node = self.node(path.node);
        let child = |segment: &Vec<u8>| node.filter(|_| path.beyond == 0)?.children.get(segment).copied();
        match &path.segment {
            Some(segment) if segment.is_empty() || segment == b"." => {}
            Some(segment) if segment == b".." && path.beyond > 0 => path.beyond -= 1,
            Some(segment) if segment == b".." => path.node = node.map_or(0, |node| node.parent),
            segment => match segment.as_ref().and_then(child) {
                Some(child) => path.node = child,
                None => path.beyond += 1,
            },
        }
        path.segment = Some(Vec::new());
        path.cut = false;
    }
}

impl Path {
    fn start() -> Self {
        Self {
            node: 0,
            beyond: 0,
            segment: Some(Vec::new()),
            cut: false,
            escape: Escape::No,
            after_percent: AfterPercent::No,
        }
    }
}

/// The segments of a rule in normal form; `None` for one that matches nothing.
fn normal(rule: &str) -> Option<Vec<Vec<u8>>> {
    let decoded = unescaped(rule.split(['?', '#']).next()?)?;
    let lower = decoded.to_ascii_lowercase();
    let left = |escape: &[u8]| lower.windows(3).any(|three| three == escape);
    if decoded.contains(&0) || left(b"%2e") || left(b"%2f") || left(b"%5c") {
        return None;
    }
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for segment in decoded.split(|byte| matches!(byte, b'/' | b'\\')) {
        match segment.split(|byte| *byte == b';').next().unwrap_or_default() {
            b"" | b"." => {}
            b".." => drop(kept.pop()),
            name => kept.push(name.to_vec()),
        }
    }
    Some(kept)
}

/// The bytes that a text with escapes stands for; `None` for an escape that is none.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => u8::try_from(digit(bytes.next()?)? * 16 + digit(bytes.next()?)?).ok()?,
            _ => byte,
        });
    }
    Some(decoded)
}

impl Machine for CalicoPaths {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        if let Some(next) = self.steps.get(&(state, letter)) {
            return *next;
        }
        let next = match self.states.get(state as usize)?.clone() {
            Reading::Failed => Some(state),
            Reading::Path(path) => match self.raw(path, letter) {
                Reading::Path(path) if path.beyond > self.deepest => None,
                reading => Some(self.state(reading)),
            },
        };
        self.steps.insert((state, letter), next);
        next
    }

    fn letters(&self, state: State, into: &mut BTreeSet<char>) {
        let Some(Reading::Path(path)) = self.states.get(state as usize) else { return };
        let digit = |half: u8| char::from_digit(u32::from(half), 16).map(|digit| digit.to_ascii_uppercase());
        let escaped = || self.following(path).filter(|byte| !stands_raw(*byte)).chain([b'/']);
        match path.escape {
            Escape::Begun => into.extend(escaped().filter_map(|byte| digit(byte >> 4))),
            Escape::Digit(first) => {
                let fitting = escaped().filter(|byte| u32::from(byte >> 4) == first);
                into.extend(fitting.filter_map(|byte| digit(byte & 15)));
            }
            Escape::No if path.cut => into.extend(['/', '%']),
            Escape::No => {
                into.extend(['/', ';', '%']);
                into.extend(self.following(path).filter(|byte| stands_raw(*byte)).map(char::from));
            }
        }
        into.extend(match path.after_percent {
            AfterPercent::No => [].as_slice(),
            AfterPercent::Sign => &['2', '5'],
            AfterPercent::Two => &['e', 'E', 'f', 'F'],
            AfterPercent::Five => &['c', 'C'],
        });
    }

    fn answer(&mut self, state: State) -> Option<u32> {
        let Reading::Path(mut path) = self.states.get(state as usize)?.clone() else { return Some(0) };
        if path.escape != Escape::No {
            return Some(0);
        }
        self.end_segment(&mut path);
        let node = self.node(path.node)?;
        let exact = node.exact && path.beyond == 0;
        Some(if exact { 2 * path.node + 2 } else { 2 * node.anchor + 1 })
    }
}
