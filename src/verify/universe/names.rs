//! Names of namespaces and service accounts that policies tell apart.

use super::automata::constraint::Name;
use super::automata::{Machine, Search, Within, borrowed, read};
use super::calico::{accounts_at, policies};
use super::endpoints::any;
use super::identities::Identities;
use super::labelled::Labelled;
use super::namespaces::Namespaces;
use super::values::label_machines;
use super::{ANYONE, World};
use crate::object::calico::matching::{Known, Test as LabelTest};
use std::collections::{BTreeSet, HashSet};

/// The longest name of a namespace, and of an account that is made up.
const LONGEST: usize = 63;
/// The most states that a search for names visits.
const MOST: usize = 50_000;

/// What finds names.
pub(super) struct Names<'w> {
    world: &'w World<'w>,
    namespaces: &'w Namespaces,
    labelled: &'w Labelled<'w>,
    /// What reads identities as Istio's policies do.
    machines: Vec<Box<dyn Machine>>,
}

/// Names, and whether they are all that are told apart.
pub(super) struct Found {
    pub(super) names: Vec<String>,
    pub(super) complete: bool,
}

impl<'w> Names<'w> {
    pub(super) fn new(
        world: &'w World<'w>,
        identities: &Identities,
        namespaces: &'w Namespaces,
        labelled: &'w Labelled<'w>,
    ) -> Self {
        Self { world, namespaces, labelled, machines: identities.machines() }
    }

    /// What Calico's policies ask of the names of service accounts of a namespace.
    fn account_tests(&self, namespace: &str) -> Vec<LabelTest> {
        let at = any(self.world, namespace, ANYONE);
        let mut tests = BTreeSet::new();
        for policy in policies(self.world) {
            for rule in &policy.ingress {
                accounts_at(policy, &rule.source, &at, &mut tests);
            }
        }
        tests.into_iter().collect()
    }

    /// An account of each class that policies tell apart in a namespace, those of the input first.
    /// Without an identity only Calico's policies tell accounts apart. `except` are left out.
    pub(super) fn accounts(&mut self, namespace: &str, identity: bool, except: &BTreeSet<String>) -> Found {
        let tests = self.account_tests(namespace);
        let inventory = self.world.inventory;
        let shown = inventory.workloads.iter().map(|workload| &workload.identity);
        let shown =
            shown.chain(&inventory.service_accounts).filter(|identity| identity.namespace == namespace);
        let shown: BTreeSet<&str> = shown.map(|identity| identity.account.as_str()).collect();
        let head = format!("{}/ns/{namespace}/sa/", self.world.settings.trust_domain);
        let machines = if identity { self.machines.as_mut_slice() } else { &mut [] };
        let mut parts = within(machines, &head, "");
        let of_identity = parts.len();
        let mut of_labels = label_machines(&tests.iter().collect::<Vec<_>>());
        let mut form = Name::ACCOUNT;
        let mut search = Search::new(readers(&mut parts, &mut of_labels, &mut form), LONGEST, MOST);
        let made_up = search.texts();
        let complete = made_up.is_some();
        let texts = shown.into_iter().map(str::to_string).chain([ANYONE.to_string()]);
        let texts = texts.chain(made_up.unwrap_or_default()).filter(|text| !except.contains(text));
        let mut classes = HashSet::new();
        let new = |text: &String| {
            let class =
                search.class(text).map(|class| class.into_iter().take(of_identity).collect::<Vec<_>>());
            let answers: Vec<_> = tests.iter().map(|test| test.passes(Known::Value(text))).collect();
            classes.insert((class, answers, self.labelled.class(namespace, text)))
        };
        Found { names: texts.filter(new).collect(), complete }
    }

    /// Namespaces that nothing shows: one of which nothing at all is known, and one for each further
    /// class that policies tell apart, unless a known one is of it.
    pub(super) fn made_up(&mut self) -> Found {
        let head = format!("{}/ns/", self.world.settings.trust_domain);
        let mut parts = within(&mut self.machines, &head, "/sa/");
        let mut of_labels = label_machines(&self.namespaces.peer_tests.iter().collect::<Vec<_>>());
        let mut form = Name::NAMESPACE;
        let mut search = Search::new(readers(&mut parts, &mut of_labels, &mut form), LONGEST, MOST);
        let texts = search.texts();
        let complete = texts.is_some();
        let known = &self.namespaces.known;
        let mut classes: HashSet<Vec<u32>> = known.keys().filter_map(|name| search.class(name)).collect();
        let elsewhere = self.namespaces.elsewhere();
        classes.extend(search.class(&elsewhere));
        let mut names = vec![elsewhere];
        for text in texts.unwrap_or_default() {
            if search.class(&text).is_some_and(|class| classes.insert(class)) && !known.contains_key(&text) {
                names.push(text);
            }
        }
        Found { names, complete }
    }
}

/// All that reads a name.
fn readers<'m>(
    parts: &'m mut [Within<'m>],
    of_labels: &'m mut [Box<dyn Machine>],
    form: &'m mut Name,
) -> Vec<&'m mut dyn Machine> {
    let mut readers: Vec<&mut dyn Machine> = parts.iter_mut().map(|part| part as &mut dyn Machine).collect();
    readers.extend(borrowed(of_labels));
    readers.push(form);
    readers
}

/// Machines that have read what stands before a part of the identity.
fn within<'m>(machines: &'m mut [Box<dyn Machine>], head: &str, tail: &'static str) -> Vec<Within<'m>> {
    let place = |machine: &'m mut Box<dyn Machine>| {
        let head = read(machine.as_mut(), 0, head).unwrap_or(0);
        Within { machine: machine.as_mut(), head, tail }
    };
    machines.iter_mut().map(place).collect()
}
