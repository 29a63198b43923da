//! Selector expressions for names, labels and namespaces.

use crate::ir::{Glob, Namespaces};
use crate::manifest::{LabelSelector, Labels, Operator};
use crate::object::calico::Expression;
use std::collections::BTreeSet;

/// A pod's namespace, as a label that Calico sets itself.
pub(in crate::translate) const NAMESPACE: &str = "projectcalico.org/namespace";
/// A pod's service account, as a label that Calico sets itself.
pub(in crate::translate) const ACCOUNT: &str = "projectcalico.org/serviceaccount";
/// Set on pods, not on hosts and network sets.
const ORCHESTRATOR: &str = "projectcalico.org/orchestrator";
/// The label that no pod has until somebody puts it on templates of pods that run Dikastes.
const L7_GUARD: &str = "unmesh.dev/l7";

/// Pods alone.
pub(super) fn is_pod() -> Expression {
    Expression::equals(ORCHESTRATOR, "k8s")
}

/// Pods that are labelled as running Dikastes.
pub(super) fn l7_guard() -> Expression {
    Expression::equals(L7_GUARD, "dikastes")
}

/// Labels that stay when the mesh goes: those of Istio and its injector do not.
pub(in crate::translate) fn lasting(labels: &Labels) -> Vec<(&String, &String)> {
    labels.iter().filter(|(key, _)| !is_mesh_label(key)).collect()
}

/// Whether a label belongs to Istio, its injector or its generated gateways.
pub(super) fn is_mesh_label(key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    domain == "istio.io"
        || domain.ends_with(".istio.io")
        || domain == "gateway.networking.k8s.io"
        || key == "istio-injection"
}

/// Pods with all of these labels that stay.
pub(super) fn labels(labels: &Labels) -> Expression {
    let equal = lasting(labels).into_iter().map(|(key, value)| Expression::equals(key, value));
    Expression::and(equal)
}

/// The namespaces that may be in the mesh: all but those proven outside, and one more that counts
/// in any case.
pub(super) fn possible_namespaces(namespaces: &Namespaces, also: Option<&String>) -> Expression {
    if let Some(only) = &namespaces.only {
        Expression::any_value(NAMESPACE, only.iter().chain(also).cloned())
    } else {
        let outside = namespaces.outside.iter().filter(|name| Some(*name) != also);
        Expression::any_value(NAMESPACE, outside.cloned()).not()
    }
}

/// The namespaces whose pods are policed.
pub(super) fn subject_namespaces(namespaces: &Namespaces) -> Expression {
    match &namespaces.only {
        Some(only) => Expression::any_value(NAMESPACE, only.iter().cloned()),
        None => Expression::any_value(NAMESPACE, namespaces.outside.iter().cloned()).not(),
    }
}

/// A name that a glob matches, at most. Exact but for globs with several stars, where pieces
/// might overlap: those match nothing here.
pub(super) fn name_under(label: &str, glob: &Glob) -> Expression {
    match glob.pieces() {
        [only] => Expression::equals(label, only),
        [first, last] => affixes(label, first, last),
        [first, middle, last] if first.is_empty() && last.is_empty() => {
            Expression::Contains(label.to_string(), middle.clone())
        }
        _ if glob.is_any() => Expression::Has(label.to_string()),
        _ => Expression::Nothing,
    }
}

/// A name that a glob matches, at least: each piece where it belongs, overlaps let in.
pub(super) fn name_over(label: &str, glob: &Glob) -> Expression {
    let Some((first, rest)) = glob.pieces().split_first() else { return Expression::Nothing };
    let Some((last, middle)) = rest.split_last() else { return Expression::equals(label, first) };
    if middle.is_empty() {
        return affixes(label, first, last);
    }
    let key = || label.to_string();
    let starts = (!first.is_empty()).then(|| Expression::StartsWith(key(), first.clone()));
    let holds = middle.iter().filter(|piece| !piece.is_empty());
    let holds = holds.map(|piece| Expression::Contains(key(), piece.clone()));
    let ends = (!last.is_empty()).then(|| Expression::EndsWith(key(), last.clone()));
    Expression::and(starts.into_iter().chain(holds).chain(ends))
}

/// `first*last`, exactly: names in which the two pieces overlap are left out one by one.
fn affixes(label: &str, first: &str, last: &str) -> Expression {
    let key = || label.to_string();
    let starts = (!first.is_empty()).then(|| Expression::StartsWith(key(), first.to_string()));
    let ends = (!last.is_empty()).then(|| Expression::EndsWith(key(), last.to_string()));
    let overlaps = overlaps(first, last).into_iter().map(|name| Expression::equals(label, name).not());
    Expression::and(starts.into_iter().chain(ends).chain(overlaps))
}

/// The names that begin with `first` and end with `last` and are shorter than both together.
fn overlaps(first: &str, last: &str) -> BTreeSet<String> {
    let cuts = last.char_indices().map(|(cut, _)| cut).chain([last.len()]).skip(1);
    let overlapping =
        cuts.filter_map(|cut| last.split_at_checked(cut)).filter(|(head, _)| first.ends_with(head));
    overlapping.map(|(_, tail)| format!("{first}{tail}")).collect()
}

/// An expression over the labels of a namespace or account, as Calico itself turns it into one over
/// pods: they inherit these labels under a prefix (`updateprocessors/networkpolicyprocessor.go`).
/// The name is a label of the pod's own. `None` for text that was not read.
pub(in crate::translate) fn inherited(
    expression: &Expression,
    prefix: &str,
    name: &str,
) -> Option<Expression> {
    let key = |key: &String| match (key.as_str(), prefix) {
        ("projectcalico.org/name", _) | ("kubernetes.io/metadata.name", "pcns.") => name.to_string(),
        (key, prefix) => format!("{prefix}{key}"),
    };
    let all = |parts: &[Expression]| -> Option<Vec<Expression>> {
        parts.iter().map(|part| inherited(part, prefix, name)).collect()
    };
    Some(match expression {
        Expression::All => Expression::All,
        Expression::Nothing => Expression::Nothing,
        Expression::Has(label) => Expression::Has(key(label)),
        Expression::Equals(label, value) => Expression::Equals(key(label), value.clone()),
        Expression::In(label, values) => Expression::In(key(label), values.clone()),
        Expression::StartsWith(label, value) => Expression::StartsWith(key(label), value.clone()),
        Expression::EndsWith(label, value) => Expression::EndsWith(key(label), value.clone()),
        Expression::Contains(label, value) => Expression::Contains(key(label), value.clone()),
        Expression::Not(inner) => inherited(inner, prefix, name)?.not(),
        Expression::And(parts) => Expression::and(all(parts)?),
        Expression::Or(parts) => Expression::or(all(parts)?),
    })
}

/// A Kubernetes selector: each requirement goes over one to one.
pub(in crate::translate) fn kubernetes(selector: &LabelSelector) -> Expression {
    let requirement = |requirement: &crate::manifest::Requirement| {
        let key = requirement.key.clone();
        match &requirement.operator {
            Operator::In(values) => Expression::any_value(key, values.iter().cloned()),
            Operator::NotIn(values) => Expression::any_value(key, values.iter().cloned()).not(),
            Operator::Exists => Expression::Has(key),
            Operator::DoesNotExist => Expression::Has(key).not(),
        }
    };
    Expression::and(selector.requirements.iter().map(requirement))
}

/// Whether no pod can match both: they ask for different values of one label, or one asks for values
/// that the other one excludes.
pub(super) fn disjoint(left: &Expression, right: &Expression) -> bool {
    let (left, right) = (conjuncts(left), conjuncts(right));
    let excludes = |excluding: &[Expression], (key, wanted): &(String, BTreeSet<String>)| {
        excluding.iter().any(|part| match part {
            Expression::Not(inner) => {
                values(inner).is_some_and(|(other, excluded)| *key == other && wanted.is_subset(&excluded))
            }
            other => {
                values(other).is_some_and(|(other, others)| *key == other && wanted.is_disjoint(&others))
            }
        })
    };
    left.iter().filter_map(values).any(|wanted| excludes(&right, &wanted))
        || right.iter().filter_map(values).any(|wanted| excludes(&left, &wanted))
}

/// The label and the values that an expression asks for.
pub(super) fn values(expression: &Expression) -> Option<(String, BTreeSet<String>)> {
    match expression {
        Expression::Equals(key, value) => Some((key.clone(), BTreeSet::from([value.clone()]))),
        Expression::In(key, values) => Some((key.clone(), values.iter().cloned().collect())),
        Expression::All
        | Expression::Nothing
        | Expression::Has(_)
        | Expression::StartsWith(..)
        | Expression::EndsWith(..)
        | Expression::Contains(..)
        | Expression::Not(_)
        | Expression::And(_)
        | Expression::Or(_) => None,
    }
}

/// The same for pods of one namespace: what it asks of the namespace's name is decided.
pub(super) fn within(expression: &Expression, namespace: &str) -> Expression {
    let decided = |yes: bool| if yes { Expression::All } else { Expression::Nothing };
    let all = |parts: &[Expression]| -> Vec<Expression> {
        parts.iter().map(|part| within(part, namespace)).collect()
    };
    match expression {
        Expression::Has(key) if key == NAMESPACE => Expression::All,
        Expression::Equals(key, value) if key == NAMESPACE => decided(namespace == value),
        Expression::In(key, values) if key == NAMESPACE => {
            decided(values.iter().any(|value| namespace == value))
        }
        Expression::Not(inner) => within(inner, namespace).not(),
        Expression::And(parts) => Expression::and(all(parts)),
        Expression::Or(parts) => Expression::or(all(parts)),
        Expression::All
        | Expression::Nothing
        | Expression::Has(_)
        | Expression::Equals(..)
        | Expression::In(..)
        | Expression::StartsWith(..)
        | Expression::EndsWith(..)
        | Expression::Contains(..) => expression.clone(),
    }
}

/// Whether every pod that matches `inner` surely matches `outer`.
pub(super) fn holds(outer: &Expression, inner: &Expression) -> bool {
    let inner = conjuncts(inner);
    conjuncts(outer).iter().all(|part| inner.contains(part))
}

/// Its parts, all of which have to match.
pub(super) fn conjuncts(expression: &Expression) -> Vec<Expression> {
    match expression {
        Expression::All => Vec::new(),
        Expression::And(parts) => parts.clone(),
        other => vec![other.clone()],
    }
}

/// Pods without others; `None` where nothing is left.
pub(super) fn without(pods: Expression, others: &Expression) -> Option<Expression> {
    if *others != Expression::Nothing && holds(others, &pods) {
        return None;
    }
    let rest = Expression::and([pods, others.clone().not()]);
    (rest != Expression::Nothing).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn overlapping_pieces_are_left_out() {
        let expression = name_under("k", &Glob::parse("ab*bc")).to_string();
        assert_eq!(expression, "k starts with 'ab' && k ends with 'bc' && k != 'abc'");
        assert_eq!(name_over("k", &Glob::parse("a*")).to_string(), "k starts with 'a'");
        assert_eq!(name_over("k", &Glob::parse("*a*b*")).to_string(), "k contains 'a' && k contains 'b'");
    }

    #[test]
    fn mesh_labels_are_known_by_their_domain() {
        for key in ["service.istio.io/canonical-name", "security.istio.io/tlsMode", "istio.io/rev"] {
            assert!(is_mesh_label(key), "{key}");
        }
        for key in ["app", "istio", "example.io/istio.io", "app.kubernetes.io/name"] {
            assert!(!is_mesh_label(key), "{key}");
        }
    }

    /// What Calico makes of the operators used here.
    fn evaluate(expression: &Expression, name: &str) -> bool {
        match expression {
            Expression::All | Expression::Has(_) => true,
            Expression::Equals(_, value) => name == value,
            Expression::StartsWith(_, value) => name.starts_with(value.as_str()),
            Expression::EndsWith(_, value) => name.ends_with(value.as_str()),
            Expression::Contains(_, value) => name.contains(value.as_str()),
            Expression::Not(inner) => !evaluate(inner, name),
            Expression::And(parts) => parts.iter().all(|part| evaluate(part, name)),
            Expression::Or(parts) => parts.iter().any(|part| evaluate(part, name)),
            Expression::Nothing | Expression::In(..) => false,
        }
    }

    proptest! {
        #[test]
        fn bounds_hold(glob in "[ab*]{1,6}", name in "[ab]{1,6}") {
            let glob = Glob::parse(&glob);
            let matches = glob.matches(&name);
            prop_assert!(!evaluate(&name_under("k", &glob), &name) || matches, "under {} on {}", glob, name);
            prop_assert!(evaluate(&name_over("k", &glob), &name) || !matches, "over {} on {}", glob, name);
            if glob.pieces().len() <= 2 {
                prop_assert_eq!(evaluate(&name_under("k", &glob), &name), matches, "{} on {}", glob, name);
            }
        }
    }
}
