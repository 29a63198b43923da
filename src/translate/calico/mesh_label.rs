//! Selectors on labels that go with the mesh.
//!
//! The injector puts `service.istio.io/canonical-name` and `canonical-revision` on pods by a rule
//! over the pods' own labels (`pkg/kube/inject`, `ExtractCanonicalServiceLabels`), so a selector on
//! them is rewritten by that rule. Other labels of Istio's have no such rule.

use super::expression::{is_mesh_label, labels};
use crate::ir::{Facts, Scope, Workload};
use crate::object::calico::Expression;

/// The pods of a scope by labels that stay, from above and from below.
#[derive(Clone, Debug)]
pub(super) struct ByLabels {
    pub over: Expression,
    /// `None` where nothing is known of the pods.
    pub under: Option<Expression>,
    /// Labels that could not be rewritten exactly.
    pub gone: Vec<String>,
}

/// What one label of the injector's stands for.
struct Rule {
    /// The pod labels that it is taken from, the first that a pod has.
    from: [&'static str; 2],
    /// What pods without them get.
    otherwise: Otherwise,
}

enum Otherwise {
    /// The workload's name.
    WorkloadName,
    /// This text.
    Text(&'static str),
}

fn rule(label: &str) -> Option<Rule> {
    match label {
        "service.istio.io/canonical-name" => {
            Some(Rule { from: ["app.kubernetes.io/name", "app"], otherwise: Otherwise::WorkloadName })
        }
        "service.istio.io/canonical-revision" => Some(Rule {
            from: ["app.kubernetes.io/version", "version"],
            otherwise: Otherwise::Text("latest"),
        }),
        _ => None,
    }
}

/// A scope's labels, those of the mesh rewritten where the injector has a rule for them.
pub(super) fn by_labels(scope: &Scope, facts: &Facts) -> ByLabels {
    let mut found = ByLabels { over: Expression::All, under: Some(Expression::All), gone: Vec::new() };
    for (key, value) in &scope.labels {
        let (over, under) = if !is_mesh_label(key) {
            let own = Expression::equals(key, &value.value);
            (own.clone(), Some(own))
        } else if let Some(rule) = rule(key) {
            let (over, under) = rewritten(&rule, &value.value, scope, facts);
            if over != under {
                found.gone.push(key.clone());
            }
            (over, Some(under))
        } else {
            found.gone.push(key.clone());
            (Expression::All, None)
        };
        found.over = Expression::and([found.over, over]);
        found.under = found.under.zip(under).map(|(all, own)| Expression::and([all, own]));
    }
    found
}

/// The pods that the injector gives this value, at least and at most.
fn rewritten(rule: &Rule, value: &str, scope: &Scope, facts: &Facts) -> (Expression, Expression) {
    let [first, second] = rule.from;
    let has = |key: &str| Expression::Has(key.to_string());
    let neither = Expression::and([has(first).not(), has(second).not()]);
    let by_label = Expression::or([
        Expression::equals(first, value),
        Expression::and([has(first).not(), Expression::equals(second, value)]),
    ]);
    match rule.otherwise {
        Otherwise::Text(text) => {
            let rest = if text == value { neither } else { Expression::Nothing };
            let exact = Expression::or([by_label, rest]);
            (exact.clone(), exact)
        }
        Otherwise::WorkloadName => {
            let named = in_place(scope, facts).filter(|workload| {
                workload.reference.name == value
                    && !rule.from.iter().any(|key| workload.labels.contains_key(*key))
            });
            let named = named.map(|workload| labels(&workload.labels)).filter(|own| *own != Expression::All);
            let under = Expression::or(std::iter::once(by_label.clone()).chain(named));
            // What the input does not show may be called so as well.
            (Expression::or([by_label, neither]), under)
        }
    }
}

/// The workloads of the input that the scope may mean.
fn in_place<'a>(scope: &'a Scope, facts: &'a Facts) -> impl Iterator<Item = &'a Workload> {
    facts.workloads.within(scope.namespace.as_deref())
}
