//! Label selectors of Kubernetes in a form in which they can be put together: one test for each key.

use std::collections::{BTreeMap, BTreeSet};

/// A `LabelSelector`: all tests hold; none selects everything.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Selector {
    tests: BTreeMap<String, Test>,
}

/// What is asked of one label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Test {
    /// Present with one of these values.
    In(BTreeSet<String>),
    /// Absent, or present with another value.
    NotIn(BTreeSet<String>),
    /// Present with any value but these.
    Other(BTreeSet<String>),
    /// Absent.
    Absent,
}

impl Selector {
    /// Asks one thing more; `false` where nothing can meet both.
    #[must_use]
    pub fn narrow(&mut self, key: &str, test: &Test) -> bool {
        let both = match self.tests.get(key) {
            Some(own) => own.and(test),
            None => Some(test.clone()),
        };
        match both {
            Some(both) => {
                self.tests.insert(key.to_string(), both);
                true
            }
            None => false,
        }
    }

    /// What both select; `None` where nothing can be both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        let mut both = self.clone();
        other.tests.iter().all(|(key, test)| both.narrow(key, test)).then_some(both)
    }

    /// Whether it surely selects all that the other one selects.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        self.tests
            .iter()
            .all(|(key, test)| other.tests.get(key).is_some_and(|own| own.and(test).as_ref() == Some(own)))
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.tests.is_empty()
    }

    /// The tests by key, sorted.
    pub fn tests(&self) -> impl Iterator<Item = (&String, &Test)> {
        self.tests.iter()
    }
}

impl Test {
    /// Present with this value.
    #[must_use]
    pub fn equals(value: &str) -> Self {
        Self::In(BTreeSet::from([value.to_string()]))
    }

    /// Present.
    #[must_use]
    pub fn exists() -> Self {
        Self::Other(BTreeSet::new())
    }

    /// Both; `None` where nothing can meet them.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        let less = |values: &BTreeSet<String>, but: &BTreeSet<String>| {
            let left: BTreeSet<String> = values.difference(but).cloned().collect();
            (!left.is_empty()).then_some(Self::In(left))
        };
        let joined = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.union(other).cloned().collect();
        match (self, other) {
            (Self::In(own), Self::In(others)) => {
                let both: BTreeSet<String> = own.intersection(others).cloned().collect();
                (!both.is_empty()).then_some(Self::In(both))
            }
            (Self::In(values), Self::NotIn(but) | Self::Other(but))
            | (Self::NotIn(but) | Self::Other(but), Self::In(values)) => less(values, but),
            (Self::In(_) | Self::Other(_), Self::Absent) | (Self::Absent, Self::In(_) | Self::Other(_)) => {
                None
            }
            (Self::NotIn(own), Self::NotIn(others)) => Some(Self::NotIn(joined(own, others))),
            (Self::NotIn(own) | Self::Other(own), Self::Other(others))
            | (Self::Other(own), Self::NotIn(others)) => Some(Self::Other(joined(own, others))),
            (Self::NotIn(_) | Self::Absent, Self::Absent) | (Self::Absent, Self::NotIn(_)) => {
                Some(Self::Absent)
            }
        }
    }

    /// Whether a label passes; `None` is one that is not there.
    #[must_use]
    pub fn passes(&self, label: Option<&str>) -> bool {
        match (self, label) {
            (Self::In(values), Some(value)) => values.contains(value),
            (Self::NotIn(values) | Self::Other(values), Some(value)) => !values.contains(value),
            (Self::In(_) | Self::Other(_), None) | (Self::Absent, Some(_)) => false,
            (Self::NotIn(_) | Self::Absent, None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every test over two values.
    fn all() -> Vec<Test> {
        let sets = [&[][..], &["a"], &["b"], &["a", "b"]];
        let set = |values: &[&str]| -> BTreeSet<String> { values.iter().map(ToString::to_string).collect() };
        let mut tests = vec![Test::Absent];
        for values in sets {
            tests.extend([Test::NotIn(set(values)), Test::Other(set(values))]);
            if !values.is_empty() {
                tests.push(Test::In(set(values)));
            }
        }
        tests
    }

    #[test]
    fn two_tests_of_one_label_are_both() {
        for one in all() {
            for other in all() {
                let both = one.and(&other);
                for label in [None, Some("a"), Some("b"), Some("c")] {
                    let expected = one.passes(label) && other.passes(label);
                    let found = both.as_ref().is_some_and(|both| both.passes(label));
                    assert_eq!(found, expected, "{one:?} and {other:?} on {label:?}");
                }
            }
        }
    }
}
