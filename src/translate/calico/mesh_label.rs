//! Selectors on labels that go with the mesh.
//!
//! The injector puts `service.istio.io/canonical-name` and `canonical-revision` on pods by a rule
//! over the pods' own labels (`pkg/kube/inject`, `ExtractCanonicalServiceLabels`), so a selector on
//! them is rewritten by that rule. Other labels of Istio's have no such rule.

use super::expression::{NAMESPACE, is_mesh_label, labels, lasting};
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

impl Rule {
    /// Whether a template has a label that the injector takes this one from.
    fn is_labelled(&self, workload: &Workload) -> bool {
        self.from.iter().any(|key| workload.labels.contains_key(*key))
    }

    /// What the injector gives the pods of a workload whose template does not say the label.
    fn value<'a>(&self, workload: &'a Workload) -> &'a str {
        let given = self.from.iter().find_map(|key| workload.labels.get(*key));
        match (given, &self.otherwise) {
            (Some(given), _) => given,
            (None, Otherwise::WorkloadName) => &workload.reference.name,
            (None, Otherwise::Text(text)) => text,
        }
    }
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
            let (over, under) = rewritten(key, &rule, &value.value, scope, facts);
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

/// Whether what is written for a scope from above may select the pods of a workload. Those without a proxy
/// have none of these labels in the mesh, and are selected by others now.
pub(super) fn may_select(scope: &Scope, workload: &Workload) -> bool {
    scope.labels.iter().all(|(key, value)| {
        let said = workload.labels.get(key) == Some(&value.value);
        match rule(key) {
            _ if !is_mesh_label(key) => said,
            Some(rule) => {
                let by_name =
                    matches!(rule.otherwise, Otherwise::WorkloadName) && !rule.is_labelled(workload);
                said || by_name || rule.value(workload) == value.value
            }
            None => true,
        }
    })
}

/// The pods that have this value in the mesh, at most and at least.
fn rewritten(key: &str, rule: &Rule, value: &str, scope: &Scope, facts: &Facts) -> (Expression, Expression) {
    let [first, second] = rule.from;
    let has = |key: &str| Expression::Has(key.to_string());
    let neither = Expression::and([has(first).not(), has(second).not()]);
    let by_label = Expression::or([
        Expression::equals(first, value),
        Expression::and([has(first).not(), Expression::equals(second, value)]),
    ]);
    let (over, under) = match rule.otherwise {
        Otherwise::Text(text) => {
            let rest = if text == value { neither } else { Expression::Nothing };
            let exact = Expression::or([by_label, rest]);
            (exact.clone(), exact)
        }
        Otherwise::WorkloadName => {
            let named = in_place(scope, facts).filter(|workload| {
                workload.reference.name == value
                    && !rule.is_labelled(workload)
                    && is_known(workload, rule, facts)
            });
            let named = Expression::or(named.map(|workload| pods(workload, scope)));
            let under = Expression::or([by_label.clone(), Expression::and([neither.clone(), named])]);
            // What the input does not show may be called so as well.
            (Expression::or([by_label, neither]), under)
        }
    };
    said_by_templates((over, under), key, rule, value, scope, facts)
}

/// The same bounds beside templates that say the label themselves: the injector leaves it to them
/// (`injection-template.yaml`). Templates that the input does not show are taken to say nothing.
fn said_by_templates(
    (over, under): (Expression, Expression),
    key: &str,
    rule: &Rule,
    value: &str,
    scope: &Scope,
    facts: &Facts,
) -> (Expression, Expression) {
    let (mut more, mut fewer) = (vec![over], vec![under]);
    for workload in in_place(scope, facts) {
        let Some(said) = workload.labels.get(key).filter(|said| !said.is_empty()) else { continue };
        match (said == value, rule.value(workload) == value) {
            (true, false) => more.push(pods(workload, scope)),
            (false, true) => fewer.push(pods(workload, scope).not()),
            (true, true) | (false, false) => {}
        }
    }
    (Expression::or(more), Expression::and(fewer))
}

/// Whether labels that stay tell a workload's pods from those of every other one of its namespace that is
/// known by its name too: that is on no pod.
fn is_known(workload: &Workload, rule: &Rule, facts: &Facts) -> bool {
    let own = lasting(&workload.labels);
    let has_all = |other: &Workload| own.iter().all(|(key, value)| other.labels.get(*key) == Some(*value));
    let others = facts.workloads.of(&workload.identity.namespace).filter(|other| !rule.is_labelled(other));
    let mut others = others.filter(|other| other.reference.name != workload.reference.name);
    !own.is_empty() && !others.any(has_all)
}

/// A workload's pods, and all that look like them in its namespace.
fn pods(workload: &Workload, scope: &Scope) -> Expression {
    let place =
        scope.namespace.is_none().then(|| Expression::equals(NAMESPACE, &workload.identity.namespace));
    Expression::and(place.into_iter().chain([labels(&workload.labels)]))
}

/// The workloads of the input that the scope may mean.
fn in_place<'a>(scope: &'a Scope, facts: &'a Facts) -> impl Iterator<Item = &'a Workload> {
    facts.workloads.within(scope.namespace.as_deref())
}
