//! Which policies may select the same pods, and what of them bears on each other.

use super::capture;
use crate::ir::{Model, Policy, Scope, Workload};
use crate::object::calico::Ports;
use std::collections::BTreeMap;

/// All policies of a run, found by their namespace without looking at all of them.
pub(super) struct Neighbours<'a> {
    all: Vec<Neighbour<'a>>,
    /// By namespace; the whole mesh is none.
    places: BTreeMap<Option<&'a str>, Vec<usize>>,
}

/// One policy.
pub(super) struct Neighbour<'a> {
    pub policy: &'a Policy,
    /// Ports that it leaves alone, with a template that shows why; `None` where there are none.
    pub left_alone: Option<(Vec<Ports>, &'a Workload)>,
}

impl<'a> Neighbours<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        let neighbour = |policy| Neighbour { policy, left_alone: capture::left_alone(policy, &model.facts) };
        let all: Vec<Neighbour<'a>> = model.policies.iter().map(neighbour).collect();
        let mut places: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for (index, policy) in model.policies.iter().enumerate() {
            places.entry(policy.scope.namespace.as_deref()).or_default().push(index);
        }
        Self { all, places }
    }

    /// Those that may select pods of a scope.
    pub(super) fn meeting<'s>(&'s self, scope: &'s Scope) -> impl Iterator<Item = &'s Neighbour<'a>> {
        let own = scope.namespace.as_deref();
        let listed = [Some(None), own.map(Some)].into_iter().flatten();
        let listed = listed.filter_map(|place| self.places.get(&place)).flatten();
        let near = listed.filter_map(|index| self.all.get(*index)).filter(move |_| own.is_some());
        let all = self.all.iter().filter(move |_| own.is_none());
        near.chain(all).filter(|other| other.policy.scope.may_meet(scope))
    }
}
