//! Which of a policy's workloads are in ambient mode, and by whose rules it is lowered.
//!
//! Where sidecars and ztunnel make the same of a policy, one policy stands for both. Else it follows its
//! workloads; one of the whole mesh is parted by namespaces.

use crate::config::Settings;
use crate::ir::{Action, Attribute, Conjunction, Enforcer, Pattern, Policy, Protocols, Rule, Scope, Test};
use crate::manifest::{Inventory, Membership, Proxy, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// The workloads of a scope by who enforces.
#[derive(Default, Debug)]
pub(super) struct Reach {
    /// Namespaces whose workloads in the scope are all in ambient mode.
    pub(super) ambient: Vec<String>,
    /// Whether there are, or may be, workloads with sidecars elsewhere.
    sidecars: bool,
    /// A workload in ambient mode, or its namespace, beside others in the same one.
    mixed: Option<String>,
}

/// What a namespace has in a scope.
enum Kind {
    Nothing,
    Sidecars,
    Ambient,
    Mixed(String),
}

impl Reach {
    pub(super) fn of(scope: &Scope, inventory: &Inventory, settings: &Settings) -> Self {
        let names = match &scope.namespace {
            Some(own) => BTreeSet::from([own.as_str()]),
            None => all_namespaces(inventory, settings),
        };
        let open = scope.namespace.is_none() && settings.mesh_namespaces.is_none();
        let mut reach = Self { sidecars: open, ..Self::default() };
        for name in names {
            match kind(name, scope, inventory, settings) {
                Kind::Nothing => {}
                Kind::Sidecars => reach.sidecars = true,
                Kind::Ambient => reach.ambient.push(name.to_string()),
                Kind::Mixed(what) => drop(reach.mixed.get_or_insert(what)),
            }
        }
        reach
    }

    /// A namespace or workload in ambient mode that it reaches.
    pub(super) fn in_ambient(&self) -> Option<String> {
        self.mixed.clone().or_else(|| self.ambient.first().map(|name| format!("Namespace/{name}")))
    }

    /// A scope for what is said of sidecars alone: ztunnel proves identities in every mode. `None` where
    /// nothing is left of it.
    pub(super) fn without_ambient(&self, mut scope: Scope) -> Option<Scope> {
        if !self.sidecars && self.mixed.is_none() && !self.ambient.is_empty() {
            return None;
        }
        scope.except.extend(self.ambient.iter().map(|name| namespace(name)));
        Some(scope)
    }
}

fn all_namespaces<'i>(inventory: &'i Inventory, settings: &'i Settings) -> BTreeSet<&'i str> {
    let mut names: BTreeSet<&str> = inventory.namespaces.keys().map(String::as_str).collect();
    names.extend(inventory.workloads.iter().map(|workload| workload.identity.namespace.as_str()));
    names.extend(settings.mesh_namespaces.iter().flatten().map(String::as_str));
    names
}

/// The templates that a scope selects tell of its pods; those that the input does not show are what their
/// namespace is.
fn kind(namespace: &str, scope: &Scope, inventory: &Inventory, settings: &Settings) -> Kind {
    let selected: Vec<&Workload> = inventory
        .workloads_of(namespace)
        .filter(|workload| !workload.gateway && scope.reaches(namespace, &workload.labels))
        .collect();
    let ambient = selected.iter().find(|workload| workload.proxy == Proxy::Ambient);
    let outside = matches!(inventory.membership(namespace, settings), Membership::Outside(_));
    let mut sidecars = selected.iter().any(|workload| match workload.proxy {
        Proxy::Sidecar | Proxy::Unknown => true,
        Proxy::Unlabelled => !outside,
        Proxy::Ambient | Proxy::None => false,
    });
    let mut in_ambient = ambient.map(|workload| workload.reference.to_string());
    if scope.labels.is_empty() || (in_ambient.is_none() && !sidecars) {
        if inventory.is_ambient(namespace, settings) {
            in_ambient.get_or_insert_with(|| format!("Namespace/{namespace}"));
        } else {
            sidecars |= !outside;
        }
    }
    match (in_ambient, sidecars) {
        (None, false) => Kind::Nothing,
        (None, true) => Kind::Sidecars,
        (Some(_), false) => Kind::Ambient,
        (Some(what), true) => Kind::Mixed(what),
    }
}

/// The policies that stand for one of the source.
pub(super) fn parts(sidecar: Policy, ztunnel: Policy, reach: &Reach) -> Vec<Policy> {
    if reach.ambient.is_empty() && reach.mixed.is_none() || is_same(&sidecar, &ztunnel) {
        return vec![sidecar];
    }
    // AUDIT decides nothing, whoever reads it.
    if let Some(what) = reach.mixed.as_ref().filter(|_| sidecar.action != Action::Audit) {
        return vec![Policy { enforcer: Enforcer::Mixed(what.clone()), ..sidecar }];
    }
    if reach.mixed.is_some() {
        return vec![sidecar];
    }
    let ztunnel = Policy { enforcer: Enforcer::Ztunnel, ..accounting_for(&sidecar, ztunnel) };
    if !reach.sidecars {
        return vec![ztunnel];
    }
    let places = || reach.ambient.iter().map(|name| namespace(name));
    let mut rest = sidecar;
    rest.scope.except.extend(places());
    let parts = places().map(|place| {
        let mut part = ztunnel.clone();
        part.scope.namespace = place.namespace;
        part
    });
    std::iter::once(rest).chain(parts).collect()
}

/// The same policies where they mean something else to sidecars by more than their rules.
pub(super) fn told_apart(parts: Vec<Policy>, reach: &Reach) -> Vec<Policy> {
    let Some(what) = &reach.mixed else { return parts };
    parts.into_iter().map(|part| Policy { enforcer: Enforcer::Mixed(what.clone()), ..part }).collect()
}

/// All of a namespace.
pub(super) fn namespace(name: &str) -> Scope {
    Scope { namespace: Some(name.to_string()), labels: BTreeMap::new(), except: Vec::new() }
}

/// What ztunnel drops is in no rule; lints speak of it.
fn accounting_for(sidecar: &Policy, mut ztunnel: Policy) -> Policy {
    let leaves = |policy: &Policy| -> Vec<_> {
        let rules = policy.rules.iter();
        rules
            .flat_map(|rule| rule.conjunctions().flat_map(Conjunction::leaves).chain([rule.at.clone()]))
            .collect()
    };
    let kept: BTreeSet<String> = leaves(&ztunnel).into_iter().map(|leaf| leaf.field).collect();
    let dropped = leaves(sidecar).into_iter().filter(|leaf| !kept.contains(&leaf.field));
    ztunnel.own_leaves.extend(dropped);
    ztunnel
}

fn is_same(one: &Policy, other: &Policy) -> bool {
    one.not_enforced == other.not_enforced && rules(one) == rules(other)
}

fn rules(policy: &Policy) -> BTreeSet<SaidByRule<'_>> {
    policy.rules.iter().map(said).collect()
}

/// What a clause says, without its places.
type Said<'a> = (&'a Attribute, Vec<&'a Pattern>, Vec<&'a Pattern>);

/// What a rule says: whether to all ports, its sources, its operations, its conditions.
type SaidByRule<'a> = (bool, [Vec<Vec<Said<'a>>>; 3]);

fn said(rule: &Rule) -> SaidByRule<'_> {
    let conditions = std::slice::from_ref(&rule.conditions);
    let lists = [rule.sources.as_slice(), rule.operations.as_slice(), conditions];
    (rule.on == Protocols::Any, lists.map(|list| list.iter().map(asked).collect()))
}

fn asked(conjunction: &Conjunction) -> Vec<Said<'_>> {
    let clauses = conjunction.clauses.iter();
    clauses.map(|clause| (&clause.attribute, patterns(&clause.any_of), patterns(&clause.none_of))).collect()
}

fn patterns(tests: &[Test]) -> Vec<&Pattern> {
    tests.iter().map(|test| &test.pattern).collect()
}
