//! The workloads that are asked, each standing for all that no policy tells apart.

use super::peer::Endpoint;
use super::request::Port;
use crate::finding::ObjectRef;

/// A workload of the input, or a kind of pod that the input does not show.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What people call it: `Deployment/shop/catalog`, or `pods of shop with app=catalog`.
    pub name: String,
    /// The workload; `None` for pods that the input does not show.
    pub workload: Option<ObjectRef>,
    /// What it is to selectors of the mesh's time: with the labels that Istio's injector adds.
    pub before: Endpoint,
    /// What it is afterwards: without them.
    pub after: Endpoint,
    /// Who enforces the policies of the mesh for its pods.
    pub enforcer: Enforcer,
    /// The ports to ask about: each that anybody mentions, and for each range without a mention
    /// one that stands for it.
    pub ports: Vec<SubjectPort>,
}

impl Subject {
    /// Whether it is a pod of the input that has no label at all, in ambient mode. What controllers make has some.
    #[must_use]
    pub fn has_no_labels_in_ambient(&self) -> bool {
        let is_pod = self.workload.as_ref().is_some_and(|workload| workload.kind == "Pod");
        self.enforcer == Enforcer::Ztunnel && is_pod && self.before.labels.is_empty()
    }
}

/// Who enforces the policies of the mesh.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Enforcer {
    /// A sidecar.
    Sidecar,
    /// ztunnel: the pods are in ambient mode.
    Ztunnel,
    /// Nobody: they have no proxy.
    Nobody,
}

impl Enforcer {
    /// Whether anybody does.
    #[must_use]
    pub fn is_there(self) -> bool {
        self != Self::Nobody
    }
}

/// A port of a subject.
#[derive(Clone, Debug)]
pub struct SubjectPort {
    /// Number, protocol, names.
    pub port: Port,
    /// Whether TCP connections to it reach the proxy.
    pub captured: bool,
    /// By which chains of the proxy its connections may go: both where Istio sniffs, or where
    /// nobody knows the declaration. HTTP requests to a port that is declared TCP go by TCP.
    pub chains: Vec<Chain>,
    /// Whether it stands for ports that nobody mentions.
    pub stands_for_others: bool,
}

/// A chain of filters in the proxy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Chain {
    /// With HTTP filters: the content is HTTP.
    Http,
    /// With TCP filters alone: the content is bytes.
    Tcp,
    /// None: ztunnel knows connections alone, and has rules of its own.
    Ztunnel,
}
