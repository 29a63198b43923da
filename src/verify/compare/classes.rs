//! Classes of values: no test that is asked tells those of one class apart.

use crate::manifest::Labels;
use crate::verify::peer::Peer;
use crate::verify::request::{Dimension, Value};
use crate::verify::test::{TestId, Tests};
use crate::verify::universe;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// The classes of one dimension.
#[derive(Debug)]
pub(super) struct Classes {
    /// One value of each, the plainest first.
    pub(super) values: Vec<Value>,
    /// For each test, in the order asked for, the answer of each class.
    pub(super) tables: Vec<Vec<Option<bool>>>,
    /// Of peers, for each class: labels that it never has all together.
    pub(super) never: Vec<Vec<Labels>>,
}

/// What distinguishes values of one dimension: the key under which classes are kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Asked {
    pub(super) dimension: Dimension,
    pub(super) tests: Vec<TestId>,
    /// The version of IP as well: that of one end of a connection bounds the other's.
    pub(super) family: bool,
}

/// Makes classes, each once: ports and workloads share most of them.
pub(super) struct Library<'a> {
    pub(super) tests: &'a Tests,
    peers: Vec<Value>,
    /// Labels that a peer never has all together, by peer.
    never: Vec<Vec<Labels>>,
    /// What each peer answers to a test of its dimension, by test.
    answers: BTreeMap<TestId, Vec<Option<bool>>>,
    made: Mutex<BTreeMap<Asked, Option<Arc<Classes>>>>,
}

impl<'a> Library<'a> {
    pub(super) fn new(tests: &'a Tests, world: &universe::World<'_>, peers: Vec<Peer>) -> Self {
        let labelled = universe::Labelled::of(world);
        let never = peers.iter().map(|peer| universe::never(world, &labelled, peer)).collect();
        let peers: Vec<Value> = peers.into_iter().map(|peer| Value::Peer(Box::new(peer))).collect();
        let mut answers = BTreeMap::new();
        for (id, _) in tests.iter().filter(|(_, test)| test.dimension() == Dimension::Peer) {
            let of_all = peers.iter().map(|peer| tests.passes(id, peer)).collect();
            answers.insert(id, of_all);
        }
        Self { tests, peers, never, answers, made: Mutex::default() }
    }

    /// The classes of a dimension under these tests; `None` where there are too many to look at.
    pub(super) fn classes(&self, key: Asked) -> Option<Arc<Classes>> {
        let kept = self.made.lock().ok().and_then(|made| made.get(&key).cloned());
        if let Some(classes) = kept {
            return classes;
        }
        let classes = self.make(&key).map(Arc::new);
        if let Ok(mut made) = self.made.lock() {
            made.insert(key, classes.clone());
        }
        classes
    }

    fn make(&self, Asked { dimension, tests: asked, family }: &Asked) -> Option<Classes> {
        if *dimension == Dimension::Peer {
            let columns: Vec<&Vec<Option<bool>>> =
                asked.iter().filter_map(|test| self.answers.get(test)).collect();
            let answer = |index: usize| {
                columns.iter().map(|column| column.get(index).copied().flatten()).collect::<Vec<_>>()
            };
            let never = |index: usize| self.never.get(index).cloned().unwrap_or_default();
            let all = self.peers.iter().enumerate();
            return Some(distinct(all.map(|(index, peer)| Known {
                value: peer,
                answers: answer(index),
                never: never(index),
                family: None,
            })));
        }
        let values = universe::values(dimension, asked, self.tests)?;
        let answers =
            |value: &Value| asked.iter().map(|test| self.tests.passes(*test, value)).collect::<Vec<_>>();
        Some(distinct(values.iter().map(|value| Known {
            value,
            answers: answers(value),
            never: Vec::new(),
            family: universe::is_ipv4(value).filter(|_| *family),
        })))
    }
}

/// A value, and what sets it apart.
struct Known<'v> {
    value: &'v Value,
    answers: Vec<Option<bool>>,
    /// Labels that it never has all together.
    never: Vec<Labels>,
    /// The version of IP, where it bounds another dimension.
    family: Option<bool>,
}

/// The first value of each kind.
fn distinct<'v>(values: impl Iterator<Item = Known<'v>>) -> Classes {
    let mut seen = BTreeSet::new();
    let mut classes = Classes { values: Vec::new(), tables: Vec::new(), never: Vec::new() };
    for Known { value, answers, never, family } in values {
        if !seen.insert((answers.clone(), never.clone(), family)) {
            continue;
        }
        classes.values.push(value.clone());
        classes.never.push(never);
        classes.tables.resize(answers.len(), Vec::new());
        for (table, answer) in classes.tables.iter_mut().zip(answers) {
            table.push(answer);
        }
    }
    classes
}
