//! Policies in force beside ours. NetworkPolicies add up: whatever one of them lets in gets in, so the
//! mesh's refusals cannot be kept where another one selects the pods.

use super::losses;
use crate::finding::Finding;
use crate::ir::Policy;
use crate::manifest::{InForce, Stage};
use crate::object::calico::Expression;
use crate::translate::calico::expression;
use crate::translate::calico::subject::Subject;

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

/// What is told of policies in force on the pods of one of ours.
pub(super) fn findings(policy: &Policy, subject: &Subject<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for other in &subject.in_force.policies {
        let refuses_all = matches!(other.subject, crate::manifest::Subject::Namespaced { .. })
            && !other.has_allow
            && !other.has_pass;
        if !refuses_all {
            found.push(losses::adds_up(policy, other));
        }
    }
    for other in subject.in_force.first.iter().filter(|other| other.stage == Stage::BeforeDefault) {
        found.push(losses::asked_first(policy, other));
    }
    found
}
