//! Policies in force: what already polices pods beside the mesh.
//!
//! Policies on egress alone are read too, and kept apart: they police no ingress, but for one engine
//! that takes them to. Where a policy cannot be read whole it counts as
//! selecting more, and as allowing and passing: a policy too many makes output narrower, one too
//! few could open what it closes.

mod administrators;
mod calico;
mod kubernetes;
mod tier;

pub use tier::TierOrders;

use super::{LabelSelector, Labels, Object, is_set_later};
use crate::finding::{Finding, ObjectRef};
use crate::object::calico::matching::{Known, Selector, all};
use crate::source::Span;

/// A network policy of the input, whoever reads it.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Kind, namespace, name.
    pub reference: ObjectRef,
    /// Whether it acts on ingress; else it is one of Kubernetes' or of Calico's on egress alone.
    pub on_ingress: bool,
    /// Which pods it selects.
    pub subject: Subject,
    /// When it is asked.
    pub stage: Stage,
    /// The tier of Calico's that it stands in, by name; `None` for policies of Kubernetes and of
    /// administrators, whose tiers Calico makes itself.
    pub tier: Option<String>,
    /// Whether one of its ingress rules allows (`Allow`, `Accept`).
    pub has_allow: bool,
    /// Whether one of its ingress rules passes on (`Pass`).
    pub has_pass: bool,
    /// Where its name stands.
    pub span: Span,
}

/// Which pods a policy selects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// Pods of one namespace, by a Kubernetes selector.
    Namespaced {
        /// The namespace.
        namespace: String,
        /// The pods.
        pods: LabelSelector,
    },
    /// Pods by namespace labels and pod labels (administrators' policies).
    ByNamespaceLabels {
        /// The namespaces, by the labels of their objects.
        namespaces: LabelSelector,
        /// The pods; empty for all.
        pods: LabelSelector,
    },
    /// Calico's own expressions.
    Calico {
        /// The namespace of a NetworkPolicy; `None` for a GlobalNetworkPolicy.
        namespace: Option<String>,
        /// `spec.selector`, whitespace trimmed; empty is `all()`.
        selector: String,
        /// `spec.namespaceSelector` of a GlobalNetworkPolicy.
        namespace_selector: Option<String>,
        /// `spec.serviceAccountSelector`.
        service_account_selector: Option<String>,
    },
}

/// When a policy is asked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Stage {
    /// In a tier before `default` (AdminNetworkPolicy and admin-tier ClusterNetworkPolicy too).
    BeforeDefault,
    /// In Calico's `default` tier, at this order; no order is last. Kubernetes' own stand at 1000.
    Default(Option<f64>),
    /// In a tier after `default` (baseline policies too).
    AfterDefault,
}

/// Reads an object that may be such a policy.
pub(super) fn read(object: &Object, tiers: &TierOrders, findings: &mut Vec<Finding>) -> Option<InForce> {
    match (object.group(), object.reference.kind.as_str()) {
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => Some(kubernetes::read(object, findings)),
        ("projectcalico.org" | "crd.projectcalico.org", "NetworkPolicy" | "GlobalNetworkPolicy") => {
            calico::read(object, tiers, findings)
        }
        (
            "policy.networking.k8s.io",
            "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy",
        ) => administrators::read(object, findings),
        _ => None,
    }
}

/// What the rules of a policy do, by their actions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Actions {
    allow: bool,
    pass: bool,
}

impl InForce {
    fn new(object: &Object, subject: Subject, stage: Stage, actions: Actions) -> Self {
        let Actions { allow, pass } = actions;
        Self {
            reference: object.reference.clone(),
            on_ingress: true,
            subject,
            stage,
            tier: None,
            has_allow: allow,
            has_pass: pass,
            span: object.name_span,
        }
    }

    /// Whether the policy selects a pod with the labels of its template, in a namespace with these
    /// labels (`None`: not known). `None`: cannot tell, because of labels that are set later (by
    /// controllers or the injector), unknown namespace labels, service accounts, or an expression
    /// that Calico itself would refuse.
    #[must_use]
    pub fn selects(&self, namespace: &str, namespace_labels: Option<&Labels>, pod: &Labels) -> Option<bool> {
        let view = View { namespace, namespace_labels, pod };
        match &self.subject {
            Subject::Namespaced { namespace: own, pods } => {
                if own != namespace {
                    return Some(false);
                }
                pods.evaluate(&|key| view.pod_label(key))
            }
            Subject::ByNamespaceLabels { namespaces, pods } => all([
                namespaces.evaluate(&|key| view.namespace_label(key)),
                pods.evaluate(&|key| view.pod_label(key)),
            ]),
            Subject::Calico { namespace: own, selector, namespace_selector, service_account_selector } => {
                if own.as_ref().is_some_and(|own| own != namespace) {
                    return Some(false);
                }
                let namespaces = namespace_selector.as_deref().unwrap_or("");
                let accounts = service_account_selector.as_deref().unwrap_or("");
                all([
                    evaluate(selector, &|key| view.calico_label(key)),
                    evaluate(namespaces, &|key| view.calico_namespace_label(key)),
                    evaluate(accounts, &|_| Known::Unknown),
                ])
            }
        }
    }
}

fn evaluate<'a>(text: &str, label: &dyn Fn(&str) -> Known<'a>) -> Option<bool> {
    Selector::parse(text).ok()?.evaluate(label)
}

/// What is known of a pod.
struct View<'a> {
    namespace: &'a str,
    namespace_labels: Option<&'a Labels>,
    pod: &'a Labels,
}

impl<'a> View<'a> {
    fn pod_label(&self, key: &str) -> Known<'a> {
        match self.pod.get(key) {
            Some(value) => Known::Value(value),
            None if is_set_later(key) => Known::Unknown,
            None => Known::Absent,
        }
    }

    /// Every namespace carries its name as a label since Kubernetes 1.21.
    fn namespace_label(&self, key: &str) -> Known<'a> {
        if key == "kubernetes.io/metadata.name" {
            return Known::Value(self.namespace);
        }
        let Some(labels) = self.namespace_labels else { return Known::Unknown };
        labels.get(key).map_or(Known::Absent, |value| Known::Value(value))
    }

    /// In a `namespaceSelector`, Calico adds the namespace's name under a label of its own.
    fn calico_namespace_label(&self, key: &str) -> Known<'a> {
        match key {
            "projectcalico.org/name" => Known::Value(self.namespace),
            key => self.namespace_label(key),
        }
    }

    /// The labels of a pod to Calico: its own, some of Calico's, and inherited ones by prefix.
    fn calico_label(&self, key: &str) -> Known<'a> {
        if let Some(key) = key.strip_prefix("pcns.") {
            return self.calico_namespace_label(key);
        }
        match key {
            "projectcalico.org/namespace" => Known::Value(self.namespace),
            "projectcalico.org/orchestrator" => Known::Value("k8s"),
            key if key.starts_with("projectcalico.org/") || key.starts_with("pcsa.") => Known::Unknown,
            key => self.pod_label(key),
        }
    }
}

#[cfg(test)]
mod tests;
