//! Policies in force beside ours. NetworkPolicies add up: whatever one of them lets in gets in, so the
//! mesh's refusals cannot be kept where another one selects the pods.

use super::losses;
use crate::finding::Finding;
use crate::ir::{Action, Conjunction, Model, Policy, Protocols, Rule};
use crate::manifest::{InForce, Stage};
use crate::object::calico::Expression;
use crate::translate::calico::subject::Subject;
use crate::translate::calico::{Words, expression};

/// The pods that NetworkPolicies of the input select in a namespace, each exactly. Nothing is written
/// for them: they are isolated already, and ours would only let more in.
pub(super) fn exact(subject: &Subject<'_>, namespace: &str) -> Vec<Expression> {
    let pods = |policy: &InForce| match &policy.subject {
        crate::manifest::Subject::Namespaced { namespace: own, pods } if own == namespace => {
            Some(expression::kubernetes(pods))
        }
        crate::manifest::Subject::Namespaced { .. }
        | crate::manifest::Subject::ByNamespaceLabels { .. }
        | crate::manifest::Subject::Calico { .. } => None,
    };
    subject.in_force.policies.iter().filter_map(|policy| pods(policy)).collect()
}

/// What is told of policies in force on the pods of one of ours. Where ours `refuses` nothing, a NetworkPolicy
/// lets in nothing that was refused, and nothing is written on its pods.
pub(super) fn findings(policy: &Policy, subject: &Subject<'_>, refuses: bool) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for other in &subject.in_force.policies {
        let exact = matches!(other.subject, crate::manifest::Subject::Namespaced { .. });
        let refuses_all = exact && !other.has_allow && !other.has_pass;
        if !refuses_all && (refuses || !exact) {
            found.push(losses::adds_up(policy, other));
        }
    }
    for other in subject.in_force.first.iter().filter(|other| other.stage == Stage::BeforeDefault) {
        found.push(losses::asked_first(policy, other));
    }
    found
}

/// Whether a policy refuses anything, at most: an ALLOW policy does not where one that lets everybody in
/// selects all of its pods, and a refusal does not if nothing is left of its rules.
pub(super) fn refuses(policy: &Policy, words: &Words<'_>, model: &Model) -> bool {
    if policy.action != Action::Allow {
        return !words.rules.plain.is_empty();
    }
    let opens = |other: &Policy| {
        other.action == Action::Allow
            && other.not_enforced.is_none()
            && other.scope.holds(&policy.scope)
            && other.rules.iter().any(lets_everybody_in)
    };
    !model.policies.iter().any(opens)
}

/// Whether a rule asks nothing, on all ports.
fn lets_everybody_in(rule: &Rule) -> bool {
    let asks_nothing = |conjunction: &Conjunction| conjunction.clauses.is_empty();
    let any = |list: &[Conjunction]| list.is_empty() || list.iter().any(asks_nothing);
    let everywhere = rule.on == Protocols::Any;
    everywhere && any(&rule.sources) && any(&rule.operations) && asks_nothing(&rule.conditions)
}
