//! Policies in force beside ours: where an Allow of ours would silence them, and where theirs
//! would silence us; and policies on egress alone, where Dikastes refuses all TCP for them.

use super::expression::{self, ACCOUNT, NAMESPACE};
use super::standing::Standing;
use crate::manifest::{InForce, Inventory, Stage, Subject};
use crate::object::calico::matching::{Known, Selector};
use crate::object::calico::{self, Expression};

/// Policies in force on the pods of one of ours.
#[derive(Clone, Debug)]
pub(in crate::translate) struct Overlap<'a> {
    /// The pods that they select, at least.
    pub pods: Expression,
    /// The policies: what lets through in ours would keep them from being asked.
    pub policies: Vec<&'a InForce>,
    /// Pods that policies of later tiers select, at least.
    pub later_pods: Expression,
    /// Those policies: a Pass of ours has them asked, an Allow would not.
    pub later: Vec<&'a InForce>,
    /// Policies that let through before ours are asked.
    pub first: Vec<&'a InForce>,
}

impl Overlap<'_> {
    /// Whether the pods that they select are known exactly, and all of them are asked in the tier of
    /// ours: there, pods that a policy selects are refused whatever none lets in, and where an object of ours
    /// only refuses, nothing else changes. A pod that a later tier alone selects would never get there.
    pub(super) fn is_exact(&self) -> bool {
        let readable = |subject: &Subject| match subject {
            Subject::Namespaced { .. } | Subject::Calico { .. } => true,
            Subject::ByNamespaceLabels { .. } => false,
        };
        self.policies
            .iter()
            .all(|policy| matches!(policy.stage, Stage::Default(_)) && readable(&policy.subject))
    }

    /// The pods among these that the policies select, in few words.
    pub(super) fn among(&self, pods: &Expression) -> Expression {
        if expression::holds(&self.pods, pods) {
            pods.clone()
        } else {
            Expression::and([pods.clone(), self.pods.clone()])
        }
    }

    /// Whether nothing gets through on these pods anyway: policies of Kubernetes, whose selectors are
    /// known exactly, and none that lets anything in.
    pub(super) fn refuses_all(&self) -> bool {
        let refuses = |policy: &&InForce| {
            let exact = matches!(policy.subject, Subject::Namespaced { .. });
            exact && matches!(policy.stage, Stage::Default(_)) && !policy.has_allow && !policy.has_pass
        };
        self.first.is_empty() && self.policies.iter().all(refuses)
    }
}

/// Which pods Dikastes refuses all TCP, as it did before, where policies on egress alone select them.
///
/// An Allow of ours would open them; nothing else is needed, since the dataplane lets them be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ShutByDikastes {
    /// It does not run, or its version knows ingress from egress.
    Nowhere,
    /// Those that are labelled for it.
    Labelled,
    /// All: it runs beside every pod.
    Everywhere,
}

/// Policies on egress alone on the pods of one of ours.
#[derive(Clone, Debug)]
pub(in crate::translate) struct Shut<'a> {
    /// The pods that they select, at least.
    pods: Expression,
    /// Whether only those that are labelled for Dikastes are shut.
    pub(super) labelled: bool,
    /// The policies.
    pub(super) policies: Vec<&'a InForce>,
}

impl Shut<'_> {
    /// Pods that Dikastes refuses all TCP.
    pub(super) fn pods(&self) -> Expression {
        if self.labelled {
            Expression::and([self.pods.clone(), expression::l7_guard()])
        } else {
            self.pods.clone()
        }
    }

    /// Of pods that run Dikastes, those that it refuses all TCP.
    pub(super) fn among_labelled(&self) -> &Expression {
        &self.pods
    }
}

/// Which policies on egress alone may select pods of this subject. Where Dikastes takes them for policies on
/// ingress, there is one tier, and all of them stand in it.
pub(super) fn shut<'a>(
    subject: &Expression,
    namespace: Option<&str>,
    inventory: &'a Inventory,
    shut: ShutByDikastes,
) -> Shut<'a> {
    let labelled = match shut {
        ShutByDikastes::Nowhere => {
            return Shut { pods: Expression::Nothing, labelled: false, policies: Vec::new() };
        }
        ShutByDikastes::Labelled => true,
        ShutByDikastes::Everywhere => false,
    };
    let selecting = inventory.on_egress.iter().filter_map(|policy| {
        let selected = selected(&policy.subject, namespace, inventory)?;
        (!expression::disjoint(subject, &selected)).then_some((policy, selected))
    });
    let (policies, pods): (Vec<_>, Vec<_>) = selecting.unzip();
    Shut { pods: Expression::or(pods), labelled, policies }
}

/// Which policies in force may select pods of this subject. Policies in an earlier tier that only
/// refuse or pass on are an AND with ours already.
pub(super) fn overlap<'a>(
    subject: &Expression,
    namespace: Option<&str>,
    inventory: &'a Inventory,
    standing: Standing,
) -> Overlap<'a> {
    let mut overlap = Overlap {
        pods: Expression::Nothing,
        policies: Vec::new(),
        later_pods: Expression::Nothing,
        later: Vec::new(),
        first: Vec::new(),
    };
    let (mut pods, mut later_pods) = (Vec::new(), Vec::new());
    for policy in &inventory.in_force {
        let Some(selected) = selected(&policy.subject, namespace, inventory) else { continue };
        if expression::disjoint(subject, &selected) {
            continue;
        }
        if standing.is_after(policy, inventory) {
            overlap.first.push(policy);
        }
        if standing.silences(policy) {
            overlap.policies.push(policy);
            pods.push(selected);
        } else if standing.passes_to(policy, inventory) {
            overlap.later.push(policy);
            later_pods.push(selected);
        }
    }
    overlap.pods = Expression::or(pods);
    overlap.later_pods = Expression::or(later_pods);
    overlap
}

/// The pods that a policy selects, at least, as an object in `namespace` (or a global one) would
/// write it; `None` where it selects nothing there.
fn selected(subject: &Subject, namespace: Option<&str>, inventory: &Inventory) -> Option<Expression> {
    match subject {
        Subject::Namespaced { namespace: own, pods } => {
            in_namespace(own, namespace, expression::kubernetes(pods))
        }
        Subject::ByNamespaceLabels { namespaces, pods } => {
            let selects = |name: &str| {
                inventory.namespaces.get(name).is_none_or(|found| namespaces.matches(&found.labels))
            };
            let pods = expression::kubernetes(pods);
            if let Some(name) = namespace {
                selects(name).then_some(pods)
            } else {
                let not = inventory.namespaces.keys().filter(|name| !selects(name)).cloned();
                Some(Expression::and([Expression::any_value(NAMESPACE, not).not(), pods]))
            }
        }
        Subject::Calico { namespace: own, selector, namespace_selector, service_account_selector } => {
            let pods = calico(selector);
            let namespaces = namespaces(namespace_selector.as_deref().unwrap_or(""), namespace, inventory)?;
            let accounts = service_account_selector.as_deref().unwrap_or("");
            let accounts =
                expression::inherited(&calico(accounts), "pcsa.", ACCOUNT).unwrap_or(Expression::All);
            let pods = Expression::and([namespaces, accounts, pods]);
            match own {
                Some(own) => in_namespace(own, namespace, pods),
                None => Some(pods),
            }
        }
    }
}

/// Somebody else's expression. A policy with one that Calico cannot read is not in force.
fn calico(text: &str) -> Expression {
    calico::selector::parse(text).unwrap_or(Expression::All)
}

/// The namespaces of a global policy as a test of pods, at least; `None` where the namespace asked
/// about is surely none of them.
fn namespaces(text: &str, wanted: Option<&str>, inventory: &Inventory) -> Option<Expression> {
    let selects = |name: &str| {
        let labels = inventory.namespaces.get(name).map(|namespace| &namespace.labels);
        Selector::parse(text).ok()?.evaluate(&|key| match (key, labels) {
            ("projectcalico.org/name" | "kubernetes.io/metadata.name", _) => Known::Value(name),
            (key, Some(labels)) => labels.get(key).map_or(Known::Absent, |value| Known::Value(value)),
            (_, None) => Known::Unknown,
        })
    };
    match wanted.and_then(selects) {
        Some(true) => Some(Expression::All),
        Some(false) => None,
        None => Some(expression::inherited(&calico(text), "pcns.", NAMESPACE).unwrap_or(Expression::All)),
    }
}

fn in_namespace(own: &str, wanted: Option<&str>, pods: Expression) -> Option<Expression> {
    match wanted {
        Some(wanted) => (wanted == own).then_some(pods),
        None => Some(Expression::and([Expression::equals(NAMESPACE, own), pods])),
    }
}
