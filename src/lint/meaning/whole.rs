//! The rules of enforced policies, each with all that it was lowered to, and which of them surely hold
//! wherever another does.

use super::reasoning::rule_holds;
use crate::ir::{Action, Model, Policy, Rule};
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// With how many rules of the same pods or more one is compared: with the first, where there are more.
const MOST_CANDIDATES: usize = 200;

/// One rule as it was written.
pub(super) struct Whole<'a> {
    pub(super) policy: &'a Policy,
    pub(super) at: &'a Leaf<()>,
    variants: Vec<&'a Rule>,
}

/// A namespace, or the whole mesh; and a label of those that a scope asks for.
type Bucket<'a> = (Option<&'a str>, Option<(&'a str, &'a str)>);

/// All rules of the policies with some action.
pub(super) struct Wholes<'a> {
    rules: Vec<Whole<'a>>,
    /// Places by namespace and one label of the scope: whatever is wider than a scope is found with few steps.
    by_scope: BTreeMap<Bucket<'a>, Vec<usize>>,
    trust_domain: &'a str,
}

impl Whole<'_> {
    /// Whether it matches every request.
    pub(super) fn is_unconditional(&self) -> bool {
        self.variants.iter().any(|rule| {
            rule.on == crate::ir::Protocols::Any
                && rule.sources.is_empty()
                && rule.operations.is_empty()
                && rule.conditions.clauses.is_empty()
        })
    }

    /// Whether it surely matches, on all workloads of the other, whatever the other matches.
    pub(super) fn holds(&self, other: &Whole<'_>, trust_domain: &str) -> bool {
        self.policy.scope.holds(&other.policy.scope)
            && other.variants.iter().all(|rule| rule_holds(&self.variants, rule, trust_domain))
    }

    /// The rule in words, for a message about a policy.
    pub(super) fn name(&self, seen_from: &Policy) -> String {
        if self.policy.origin.object == seen_from.origin.object {
            format!("`{}` of this policy", self.at.field)
        } else {
            format!("`{}` of `{}`", self.at.field, self.policy.origin.reference)
        }
    }
}

impl<'a> Wholes<'a> {
    pub(super) fn of(model: &'a Model, action: Action) -> Self {
        let mut found =
            Self { rules: Vec::new(), by_scope: BTreeMap::new(), trust_domain: &model.facts.trust_domain };
        let policies = model.policies.iter();
        for policy in policies.filter(|policy| policy.action == action && policy.not_enforced.is_none()) {
            let label = policy.scope.labels.iter().next();
            let key = (
                policy.scope.namespace.as_deref(),
                label.map(|(key, leaf)| (key.as_str(), leaf.value.as_str())),
            );
            let mut last = None;
            for rule in &policy.rules {
                if last != Some(&rule.at.field) {
                    found.by_scope.entry(key).or_default().push(found.rules.len());
                    found.rules.push(Whole { policy, at: &rule.at, variants: Vec::new() });
                    last = Some(&rule.at.field);
                }
                if let Some(whole) = found.rules.last_mut() {
                    whole.variants.push(rule);
                }
            }
        }
        found
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Whole<'a>> {
        self.rules.iter()
    }

    /// The first rule that surely holds wherever this one does. Of rules that hold in the same places the
    /// first counts as the wider one.
    pub(super) fn wider<'s>(&'s self, narrow: &Whole<'_>) -> Option<&'s Whole<'a>> {
        let own = (narrow.policy.origin.object, narrow.at.span);
        self.candidates(narrow).into_iter().find(|wide| {
            let place = (wide.policy.origin.object, wide.at.span);
            place != own
                && wide.holds(narrow, self.trust_domain)
                && (wide.policy.action != narrow.policy.action
                    || place < own
                    || !narrow.holds(wide, self.trust_domain))
        })
    }

    /// Rules whose scope may hold that of another, in the order of the input.
    fn candidates<'s>(&'s self, narrow: &Whole<'_>) -> Vec<&'s Whole<'a>> {
        let scope = &narrow.policy.scope;
        let mut places: Vec<usize> = Vec::new();
        for namespace in [None, scope.namespace.as_deref()] {
            let labels = scope.labels.iter().map(|(key, leaf)| Some((key.as_str(), leaf.value.as_str())));
            for label in std::iter::once(None).chain(labels) {
                places.extend(self.by_scope.get(&(namespace, label)).into_iter().flatten());
            }
        }
        places.sort_unstable();
        places.dedup();
        places.truncate(MOST_CANDIDATES);
        places.into_iter().filter_map(|place| self.rules.get(place)).collect()
    }
}
