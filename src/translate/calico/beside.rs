//! ALLOW policies on pods that a policy in force selects: there an Allow would silence that policy,
//! so what they allow is refused, unless one of them allows everything.

use super::neighbours::Neighbours;
use super::rules::Written;
use crate::ir::{Action, Policy, Protocols, Rule};
use crate::object::calico::{self, Destination, Peer};

/// Whether a policy has to refuse there: not where it, or another ALLOW policy on all of its pods,
/// allows everything, since the policy in force then decides alone.
pub(super) fn refuses(policy: &Policy, written: &Written, neighbours: &Neighbours<'_>) -> bool {
    let everything = |rule: &calico::Rule| {
        rule.source == Peer::default() && rule.destination == Destination::default() && rule.http.is_none()
    };
    policy.action == Action::Allow && !written.plain.iter().any(everything) && !is_open(policy, neighbours)
}

/// Whether a refusal there takes something away that the policy allowed: its own, or that of another
/// ALLOW policy on some of its pods.
pub(super) fn is_silenced(policy: &Policy, refuses: bool, neighbours: &Neighbours<'_>) -> bool {
    let refused = || {
        let mut others = neighbours.meeting(&policy.scope).map(|other| other.policy);
        others.any(|other| is_enforced_allow(other) && !is_open(other, neighbours))
    };
    policy.action == Action::Allow && !policy.rules.is_empty() && (refuses || refused())
}

/// Whether some ALLOW policy allows everything on all pods of this one.
fn is_open(policy: &Policy, neighbours: &Neighbours<'_>) -> bool {
    let mut others = neighbours.meeting(&policy.scope).map(|other| other.policy);
    others.any(|other| {
        is_enforced_allow(other)
            && other.rules.iter().any(matches_everything)
            && other.scope.except.is_empty()
            && other.scope.holds(&policy.scope)
    })
}

fn is_enforced_allow(policy: &Policy) -> bool {
    policy.action == Action::Allow && policy.not_enforced.is_none()
}

fn matches_everything(rule: &Rule) -> bool {
    let Rule { at: _, on, sources, operations, conditions } = rule;
    *on == Protocols::Any && sources.is_empty() && operations.is_empty() && conditions.clauses.is_empty()
}
