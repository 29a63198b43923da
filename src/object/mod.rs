//! Target types: what a back end writes and a checker reads back. They must not know Istio.

pub mod calico;
pub mod kubernetes;
mod lines;
mod scalar;

use crate::finding::ObjectRef;

/// An object of any target.
#[derive(Clone, PartialEq, Debug)]
pub enum Object {
    /// A policy of Calico's.
    Calico(calico::Policy),
    /// A tier of Calico's.
    CalicoTier(calico::Tier),
    /// Kubernetes' NetworkPolicy.
    Kubernetes(kubernetes::Policy),
}

impl Object {
    /// Kind, namespace and name.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        match self {
            Self::Calico(policy) => ObjectRef {
                kind: policy.kind().to_string(),
                namespace: policy.namespace.clone(),
                name: policy.name.clone(),
            },
            Self::CalicoTier(tier) => {
                ObjectRef { kind: "Tier".to_string(), namespace: None, name: tier.name.text().to_string() }
            }
            Self::Kubernetes(policy) => ObjectRef {
                kind: kubernetes::KIND.to_string(),
                namespace: Some(policy.namespace.clone()),
                name: policy.name.clone(),
            },
        }
    }

    /// The YAML, one document without a separator, ending in a newline.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Calico(policy) => calico::write_one(policy),
            Self::CalicoTier(tier) => calico::write_tier(tier),
            Self::Kubernetes(policy) => kubernetes::write_one(policy),
        }
    }
}
