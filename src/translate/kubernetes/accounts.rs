//! Service accounts as labels. NetworkPolicy knows no accounts, so an account is written as labels that
//! its pods carry and no pod of another account does, by the templates of its namespace.

use super::case::NameTest;
use crate::ir::{Facts, Proxy, Workload};
use crate::object::kubernetes::{Selector, Test};
use crate::translate::calico::expression::lasting;
use std::collections::BTreeSet;

/// Labels that say what a workload is, each of which may tell it alone; else all its labels do.
const TELLING: [&str; 4] = ["app.kubernetes.io/name", "app", "k8s-app", "name"];

/// Labels for accounts of one namespace.
#[derive(Default, Debug)]
pub(super) struct Told {
    /// Each account with labels of its pods alone.
    pub labels: BTreeSet<(String, Selector)>,
    /// `NAMESPACE/ACCOUNT` where no labels tell; a star where an account is asked for by a pattern.
    pub untold: BTreeSet<String>,
}

/// The pods of a namespace whose account passes all of these tests. Without a proxy they have no identity
/// that could be meant, and their labels tell nothing of pods that have one.
pub(super) fn of(namespace: &str, tests: &BTreeSet<NameTest>, facts: &Facts) -> Told {
    let passes = |workload: &&Workload| {
        workload.proxy != Proxy::None && tests.iter().all(|test| test.passes(&workload.identity.account))
    };
    let (meant, others): (Vec<&Workload>, Vec<&Workload>) = facts.workloads.of(namespace).partition(passes);
    let mut told = Told::default();
    for workload in &meant {
        let account = &workload.identity.account;
        match tell(workload, &others) {
            Some(labels) => drop(told.labels.insert((account.clone(), labels))),
            None => drop(told.untold.insert(format!("{namespace}/{account}"))),
        }
    }
    let named: Vec<String> = tests.iter().flat_map(NameTest::listed).collect();
    let shown = |name: &&String| meant.iter().any(|workload| workload.identity.account == **name);
    let unshown = named.iter().filter(|name| tests.iter().all(|test| test.passes(name)) && !shown(name));
    told.untold.extend(unshown.map(|name| format!("{namespace}/{name}")));
    if meant.is_empty() && named.is_empty() {
        told.untold.insert(format!("{namespace}/*"));
    }
    told
}

/// Labels of a workload that none of the others has.
fn tell(workload: &Workload, others: &[&Workload]) -> Option<Selector> {
    let own = lasting(&workload.labels);
    let alone =
        TELLING.iter().filter_map(|key| own.iter().find(|(own, _)| own == key).map(|found| vec![*found]));
    alone.chain([own.clone()]).find_map(|labels| {
        let shared =
            |other: &&Workload| labels.iter().all(|(key, value)| other.labels.get(*key) == Some(*value));
        if labels.is_empty() || others.iter().any(shared) {
            return None;
        }
        let mut selector = Selector::default();
        labels.iter().all(|(key, value)| selector.narrow(key, &Test::equals(value))).then_some(selector)
    })
}
