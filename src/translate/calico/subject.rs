//! Who is policed: the selector of an object, from above and from below.

use super::expression::{self, NAMESPACE};
use super::in_force::{self, Overlap, Shut, ShutByDikastes};
use super::mesh_label::{self, ByLabels};
use super::standing::Standing;
use crate::ir::{Facts, Policy, Proxy, Scope, Workload};
use crate::manifest::Inventory;
use crate::object::calico::Expression;

/// The pods of a policy.
#[derive(Clone, Debug)]
pub(in crate::translate) struct Subject<'a> {
    /// For objects that refuse: all pods of the policy, perhaps more.
    pub over: Expression,
    /// For objects that let through: pods of the policy alone; `None` where no selector says so.
    pub under: Option<Expression>,
    /// The namespace; `None` for the whole mesh.
    pub namespace: Option<String>,
    /// Policies in force on these pods.
    pub in_force: Overlap<'a>,
    /// Policies on egress alone on these pods, where Dikastes refuses all TCP for them.
    pub shut: Shut<'a>,
    /// Un-injected pods in the subject that no label tells apart.
    pub inseparable: Vec<&'a Workload>,
    /// Labels of the selector that go with the mesh.
    pub mesh_labels: Vec<String>,
}

impl<'a> Subject<'a> {
    pub(super) fn of(
        policy: &Policy,
        facts: &'a Facts,
        inventory: &'a Inventory,
        standing: Standing,
        shut: ShutByDikastes,
    ) -> Self {
        let scope = &policy.scope;
        let ByLabels { over, under, gone } = mesh_label::by_labels(scope, facts);
        let apart = apart(scope, facts);
        let within = |labels: Expression| {
            let place = match &scope.namespace {
                Some(_) => Expression::All,
                None => mesh_wide(facts, &labels),
            };
            let except = scope.except.iter().map(|scope| of_scope(scope, facts).not());
            let subtract = apart.separable.iter().map(|pod| subtraction(pod, scope).not());
            Expression::and([place, labels].into_iter().chain(except).chain(subtract))
        };
        let under = under.map(within);
        let over = within(over);
        let in_force = in_force::overlap(&over, scope.namespace.as_deref(), inventory, standing);
        let shut = in_force::shut(&over, scope.namespace.as_deref(), inventory, shut);
        Self {
            under,
            over,
            namespace: scope.namespace.clone(),
            in_force,
            shut,
            inseparable: apart.inseparable,
            mesh_labels: gone,
        }
    }

    /// The selector of an object in the policy's namespace, or of a global one.
    pub(super) fn selector(&self, expression: &Expression, global: bool) -> Expression {
        match (&self.namespace, global) {
            (Some(namespace), true) => {
                let own = Expression::equals(NAMESPACE, namespace);
                Expression::and([expression::is_pod(), own, expression.clone()])
            }
            (None, _) => Expression::and([expression::is_pod(), expression.clone()]),
            (Some(_), false) => expression.clone(),
        }
    }

    /// The pods of an object that lets through ports that never reached the proxy: without those that a
    /// policy in force selects. `None` where nothing is left.
    pub(super) fn opened_beside_proxy(&self) -> Option<Expression> {
        expression::without(self.under.clone()?, &self.in_force.pods)
    }

    /// The pods of an object that lets through: without those that Dikastes refuses all TCP too.
    pub(super) fn opened(&self) -> Option<Expression> {
        expression::without(self.opened_beside_proxy()?, &self.shut.pods())
    }

    /// The same for an object with `http`, whose rules have to be Allow and whose pods run Dikastes:
    /// without pods of policies in later tiers.
    pub(super) fn opened_to_http(&self) -> Option<Expression> {
        let opened = expression::without(self.opened_beside_proxy()?, self.shut.among_labelled())?;
        expression::without(opened, &self.in_force.later_pods)
    }

    /// The pods of an object that refuses what nothing lets through, from above: without those that a
    /// policy in force selects. It takes their other protocols too, which it lets through.
    pub(super) fn closed(&self) -> Option<Expression> {
        expression::without(self.over.clone(), &self.in_force.pods)
    }

    /// Of these, those that Dikastes refuses all TCP.
    pub(super) fn shut(&self) -> Option<Expression> {
        let shut = Expression::and([self.closed()?, self.shut.pods()]);
        (shut != Expression::Nothing).then_some(shut)
    }

    /// And the others.
    pub(super) fn not_shut(&self) -> Option<Expression> {
        expression::without(self.closed()?, &self.shut.pods())
    }
}

/// All namespaces that are not proven outside; in the control plane's, only injected templates.
fn mesh_wide(facts: &Facts, labels: &Expression) -> Expression {
    let namespaces = expression::subject_namespaces(&facts.namespaces);
    let root = &facts.root_namespace;
    let covered = facts.namespaces.only.as_ref().is_some_and(|only| only.contains(root));
    let own = facts.workloads.of(root);
    let injected = own.filter(|workload| workload.proxy == Proxy::Sidecar && !covered);
    let injected = injected.map(|workload| expression::labels(&workload.labels));
    let injected = Expression::or(injected.filter(|own| !expression::disjoint(own, labels)));
    let own = Expression::and([Expression::equals(NAMESPACE, root), injected]);
    Expression::or([namespaces, own])
}

/// A scope as an expression over all pods, at most: an exception for more pods than it names would
/// widen.
fn of_scope(scope: &Scope, facts: &Facts) -> Expression {
    let Some(labels) = mesh_label::by_labels(scope, facts).under else { return Expression::Nothing };
    let place = scope.namespace.iter().map(|name| Expression::equals(NAMESPACE, name));
    Expression::and(place.chain([labels]))
}

/// The scope that the selector of what refuses has: without labels that go with the mesh.
pub(super) fn lasting_scope(scope: &Scope) -> Scope {
    let labels = scope.labels.iter().filter(|(key, _)| !expression::is_mesh_label(key));
    let labels = labels.map(|(key, value)| (key.clone(), value.clone())).collect();
    Scope { labels, ..scope.clone() }
}

/// Workloads of a scope that the mesh never policed.
struct Apart<'a> {
    separable: Vec<&'a Workload>,
    inseparable: Vec<&'a Workload>,
}

/// Un-injected workloads and gateways in the scope: told apart by all their lasting labels, if no
/// policed workload of the scope has those too.
fn apart<'a>(scope: &Scope, facts: &'a Facts) -> Apart<'a> {
    let written = lasting_scope(scope);
    let unpoliced = facts.workloads.within(scope.namespace.as_deref()).filter(|workload| {
        matches!(workload.proxy, Proxy::None | Proxy::Gateway)
            && written.selects(&workload.identity.namespace, &workload.labels)
            && mesh_label::may_select(scope, workload)
            && in_subject(workload, scope, facts)
    });
    let (separable, inseparable) = unpoliced.partition(|pod| {
        let labels = expression::lasting(&pod.labels);
        let mut policed = facts.policed(&written).filter(|other| mesh_label::may_select(scope, other));
        let mixed_up = policed.any(|other| {
            other.identity.namespace == pod.identity.namespace
                && labels.iter().all(|(key, value)| other.labels.get(*key) == Some(*value))
        });
        !labels.is_empty() && !mixed_up
    });
    Apart { separable, inseparable }
}

/// Whether a mesh-wide scope reaches the workload's namespace at all. A policy of a namespace is
/// written there in any case.
fn in_subject(workload: &Workload, scope: &Scope, facts: &Facts) -> bool {
    scope.namespace.is_some() || !facts.namespaces.is_outside(&workload.identity.namespace)
}

fn subtraction(pod: &Workload, scope: &Scope) -> Expression {
    let place = scope.namespace.is_none().then(|| Expression::equals(NAMESPACE, &pod.identity.namespace));
    Expression::and(place.into_iter().chain([expression::labels(&pod.labels)]))
}
