//! Policies in force: what already polices pods beside the mesh.

use super::LabelSelector;
use crate::finding::ObjectRef;
use crate::source::Span;

/// A network policy of the input that acts on ingress, whoever reads it.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Kind, namespace, name.
    pub reference: ObjectRef,
    /// Which pods it selects.
    pub subject: Subject,
    /// When it is asked.
    pub stage: Stage,
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
        /// The pods; `None` for all.
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
