//! UM102: a namespace pattern that matches namespaces which do not look like it.
//!
//! Istio makes of `V` the expression `.*/ns/V/.*`, each `*` a `.*`, and matches the whole identity
//! `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT` with it (`srcNamespaceGenerator`). So `*` also
//! eats `/sa`, and in the namespace `ns` the expression can begin one part further on.

use super::ambient::is_ztunnels;
use super::values::{self, Attribute};
use super::warning;
use crate::finding::Finding;
use crate::finding::codes::meaning::NAMESPACE_GLOB_CROSSES;
use crate::lint::Context;
use std::collections::{BTreeSet, VecDeque};

/// One finding for each pattern that matches more than it shows, with such a namespace.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let policies = context.resources.authorization_policies.iter();
    // ztunnel compares the name of the namespace alone.
    for policy in policies.filter(|policy| !is_ztunnels(policy, context)) {
        for compared in values::of(policy) {
            let value = compared.leaf.value.as_str();
            let crossing = (compared.attribute == Attribute::Namespace).then(|| crossing(value)).flatten();
            if let Some(namespace) = crossing {
                let message = format!(
                    "the namespace pattern `{value}` also matches others, such as the namespace `{namespace}`"
                );
                let help = "Istio compares it with the whole identity, where `/sa/` follows the namespace: \
                            name the namespaces, or put `*` at the end alone";
                findings.push(warning(&NAMESPACE_GLOB_CROSSES, policy, compared.leaf, message).help(help));
            }
        }
    }
    findings
}

/// A namespace that `pattern` matches in an identity, but not by itself. The shortest there is.
fn crossing(pattern: &str) -> Option<String> {
    let pattern: Vec<char> = pattern.chars().collect();
    let start = States::start(&pattern);
    let accepts = |states: &States, rest: &str| {
        rest.chars().fold(states.clone(), |states, char| states.step(&pattern, char)).done(&pattern)
    };
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([(start.clone(), String::new())]);
    while let Some((states, name)) = queue.pop_front() {
        let whole = name.chars().next_back().is_some_and(|last| last != '-');
        if whole && accepts(&states, "/sa") && !accepts(&states, "") {
            return Some(name);
        }
        if name.len() >= LONGEST_NAME || seen.len() >= MOST_STATES {
            continue;
        }
        for char in alphabet(&pattern).into_iter().filter(|char| !(name.is_empty() && *char == '-')) {
            let next = states.step(&pattern, char);
            if !next.0.is_empty() && seen.insert((next.clone(), char == '-')) {
                queue.push_back((next, format!("{name}{char}")));
            }
        }
    }
    let own = accepts(&start, "ns");
    (accepts(&start, "sa") && !own).then(|| "ns".to_string())
}

/// The longest name of a namespace (a DNS label).
const LONGEST_NAME: usize = 63;

/// Patterns of real policies have a few states; this bounds the work for others.
const MOST_STATES: usize = 2_000;

/// The letters that can make a difference: those of the pattern, and one that is not in it.
fn alphabet(pattern: &[char]) -> BTreeSet<char> {
    let label = |char: &char| char.is_ascii_lowercase() || char.is_ascii_digit() || *char == '-';
    let other = ('a'..='z').rev().find(|char| !pattern.contains(char));
    pattern.iter().copied().filter(label).chain(other).collect()
}

/// The places in a pattern up to which a text can have been matched.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct States(BTreeSet<usize>);

impl States {
    fn start(pattern: &[char]) -> Self {
        Self::closed(pattern, [0])
    }

    /// A `*` may match nothing, so the place after it is reached with it.
    fn closed(pattern: &[char], places: impl IntoIterator<Item = usize>) -> Self {
        let mut closed = BTreeSet::new();
        for mut place in places {
            closed.insert(place);
            while pattern.get(place) == Some(&'*') {
                place += 1;
                closed.insert(place);
            }
        }
        Self(closed)
    }

    fn step(&self, pattern: &[char], char: char) -> Self {
        let next = self.0.iter().filter_map(|place| match pattern.get(*place) {
            Some('*') => Some(*place),
            Some(expected) if *expected == char => Some(place + 1),
            Some(_) | None => None,
        });
        Self::closed(pattern, next)
    }

    fn done(&self, pattern: &[char]) -> bool {
        self.0.contains(&pattern.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by reasoning on `.*/ns/V/.*`; each witness was tried with Go's `regexp`.
    #[test]
    fn a_pattern_crosses_where_another_namespace_matches() {
        let rows = [
            ("prod", None),
            ("prod*", None),
            ("*", None),
            ("*a", Some("z")),
            ("*sa", Some("a")),
            ("*s*", Some("z")),
            ("prod*a", Some("prod")),
            ("*-prod", None),
            ("a/sa", Some("a")),
            ("sa", Some("ns")),
            ("s*", Some("ns")),
            ("shop-*", None),
            ("n*", None),
        ];
        for (pattern, expected) in rows {
            assert_eq!(crossing(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
