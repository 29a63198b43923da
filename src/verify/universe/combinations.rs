//! Combinations of labels that selectors tell apart.

use super::automata::constraint::Name;
use super::choosers::{OF_NAMESPACE, Tests};
use super::values::label_texts;
use crate::manifest::Labels;
use crate::object::calico::matching::{Known, Test as LabelTest};
use crate::verify::peer::SERVICE_ACCOUNT;
use std::collections::{BTreeMap, HashSet};

/// The most combinations of labels that are tried in one namespace.
const MOST: usize = 4096;

/// One combination: the value of each label that is asked for, of the pod and of its Namespace.
pub(super) type Combination = BTreeMap<String, Option<String>>;

/// All combinations of values that tests tell apart, the fewest labels first; `None` for too many.
pub(super) fn combinations(tests: &Tests) -> Option<Vec<Combination>> {
    let mut all = vec![Combination::new()];
    for (key, tests) in tests {
        let tests: Vec<&LabelTest> = tests.iter().collect();
        let form = if key == SERVICE_ACCOUNT { Name::ACCOUNT } else { Name::LABEL };
        let mut classes = HashSet::new();
        let texts = label_texts(&tests, form, "other")?;
        let values = [None].into_iter().chain(texts.into_iter().map(Some)).filter(|value| {
            let known = value.as_deref().map_or(Known::Absent, Known::Value);
            classes.insert(tests.iter().map(|test| test.passes(known)).collect::<Vec<_>>())
        });
        let values: Vec<Option<String>> = values.collect();
        if all.len().saturating_mul(values.len()) > MOST {
            return None;
        }
        let with = |value: &Option<String>, combination: &Combination| {
            let mut longer = combination.clone();
            longer.insert(key.clone(), value.clone());
            longer
        };
        all = values
            .iter()
            .flat_map(|value| all.iter().map(move |combination| with(value, combination)))
            .collect();
    }
    all.sort_by_cached_key(|combination| (combination.values().flatten().count(), combination.clone()));
    Some(all)
}

/// What people call it.
pub(super) fn named(called: &str, combination: &Combination) -> String {
    let pair = |(key, value): (&String, &Option<String>)| {
        let value = value.as_ref().filter(|_| !key.starts_with(OF_NAMESPACE))?;
        Some(if key == SERVICE_ACCOUNT {
            format!("service account {value}")
        } else {
            format!("{key}={value}")
        })
    };
    let labels: Vec<String> = combination.iter().filter_map(pair).collect();
    let own =
        if labels.is_empty() { called.to_string() } else { format!("{called} with {}", labels.join(", ")) };
    let of_namespace = |(key, value): (&String, &Option<String>)| {
        Some(format!("{}={}", key.strip_prefix(OF_NAMESPACE)?, value.as_ref()?))
    };
    let labels: Vec<String> = combination.iter().filter_map(of_namespace).collect();
    if labels.is_empty() { own } else { format!("{own}, if the Namespace has {}", labels.join(", ")) }
}

/// The labels of a Namespace in a combination; `None` where none is asked for.
pub(super) fn of_namespace(combination: &Combination) -> Option<Labels> {
    let mut asked =
        combination.iter().filter_map(|(key, value)| Some((key.strip_prefix(OF_NAMESPACE)?, value)));
    let mut labels = Labels::new();
    let first = asked.next()?;
    for (key, value) in std::iter::once(first).chain(asked) {
        labels.extend(value.clone().map(|value| (key.to_string(), value)));
    }
    Some(labels)
}

/// Whether no label of the pod's own is in a combination.
pub(super) fn is_bare(combination: &Combination) -> bool {
    combination.iter().all(|(key, value)| value.is_none() || key.starts_with(OF_NAMESPACE))
}
