//! Who sends a request: what the mesh knows of a peer, and what Calico knows of it.

use crate::finding::ObjectRef;
use crate::manifest::{Labels, is_set_by_controllers};
use crate::object::calico::matching::Known;

/// Which of the two worlds is asked: the mesh with the policies in force beside it, or what stands
/// in its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// With the mesh.
    Before,
    /// Without it.
    After,
}

/// A peer, as both sides see it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Peer {
    /// What it is.
    pub kind: PeerKind,
    /// The identity that its certificate proves under mutual TLS; `None` for whoever has none.
    pub identity: Option<Spiffe>,
    /// What Calico knows it as while the mesh stands; `None` for addresses that are no endpoint.
    pub before: Option<Endpoint>,
    /// What Calico knows it as afterwards. A gateway goes with the mesh: whatever takes its place
    /// stands here.
    pub after: Option<Endpoint>,
    /// The workload of the input that it is a pod of.
    pub workload: Option<ObjectRef>,
}

/// What a peer is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PeerKind {
    /// A pod with a proxy.
    MeshPod,
    /// A pod without one.
    BarePod,
    /// An Istio gateway, whose place something else takes, or nothing.
    Gateway,
    /// A peer with an identity of another trust domain.
    Foreign,
    /// The pod's own node, and pods in its network: Calico never polices them.
    NodeLocal,
    /// Another node, and pods in its network: no endpoint, but policed.
    RemoteNode,
    /// An address outside the cluster.
    Outside,
    /// An address inside a NetworkSet or GlobalNetworkSet that the input does not show.
    NetworkSet,
}

/// An identity: `TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT` is the text that Istio compares.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Spiffe {
    /// The trust domain.
    pub trust_domain: String,
    /// The namespace.
    pub namespace: String,
    /// The service account.
    pub account: String,
}

impl Spiffe {
    /// The text that Istio compares, without `spiffe://`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}/ns/{}/sa/{}", self.trust_domain, self.namespace, self.account)
    }
}

/// What Calico keeps labels of: a pod, or a network set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Endpoint {
    /// Its namespace; `None` for a GlobalNetworkSet.
    pub namespace: Option<String>,
    /// Its service account; `None` for a network set.
    pub account: Option<String>,
    /// Its own labels, as far as they are known.
    pub labels: Labels,
    /// Whether it may have any label that is not in `labels`; else it has none other.
    pub open: bool,
    /// The labels of its Namespace; `None` where the input does not show it.
    pub namespace_labels: Option<Labels>,
}

/// The label under which Calico knows a namespace on whatever belongs to it.
pub const NAMESPACE: &str = "projectcalico.org/namespace";
/// The label under which Calico knows a pod's service account.
pub const SERVICE_ACCOUNT: &str = "projectcalico.org/serviceaccount";
/// The label that pods have and network sets lack.
pub const ORCHESTRATOR: &str = "projectcalico.org/orchestrator";

/// The label by which Istio's injector marks pods that accept mutual TLS: on each pod with a sidecar.
pub const TLS_MODE: &str = "security.istio.io/tlsMode";
/// Labels of the injector whose values its own configuration decides.
const UNFORESEEN: [&str; 2] = ["istio.io/rev", "topology.istio.io/network"];

impl Endpoint {
    /// What is known of a label as Calico's selectors see it: own labels, Calico's own, and those
    /// that the namespace (`pcns.`) and the service account (`pcsa.`) hand down
    /// (`libcalico-go/lib/backend/k8s/conversion/conversion.go`). `Unknown` is a label that may have
    /// any value, or none.
    #[must_use]
    pub fn label(&self, key: &str) -> Known<'_> {
        let own = |text: &'_ Option<String>| text.is_some();
        match key {
            NAMESPACE => self.namespace.as_deref().map_or(Known::Absent, Known::Value),
            SERVICE_ACCOUNT => self.account.as_deref().map_or(Known::Absent, Known::Value),
            ORCHESTRATOR if own(&self.account) => Known::Value("k8s"),
            ORCHESTRATOR => Known::Absent,
            _ => match (key.strip_prefix("pcns."), key.strip_prefix("pcsa.")) {
                (Some(key), _) => self.namespace_label(key),
                (None, Some("projectcalico.org/name")) => {
                    self.account.as_deref().map_or(Known::Absent, Known::Value)
                }
                (None, Some(_)) if own(&self.account) => Known::Unknown,
                (None, Some(_)) => Known::Absent,
                (None, None) => self.own_label(key),
            },
        }
    }

    /// Labels that controllers set are on every pod, and nobody knows their values; so are those
    /// of the injector that do not follow from the template, on what it marked as its own.
    fn own_label(&self, key: &str) -> Known<'_> {
        let pod = self.account.is_some();
        let injected = self.labels.contains_key(TLS_MODE);
        match self.labels.get(key) {
            Some(value) => Known::Value(value),
            None if self.open || pod && is_set_by_controllers(key) => Known::Unknown,
            None if injected && UNFORESEEN.contains(&key) => Known::Unknown,
            None => Known::Absent,
        }
    }

    /// Every namespace carries its name, by Kubernetes since 1.21 and by Calico.
    fn namespace_label(&self, key: &str) -> Known<'_> {
        let Some(namespace) = &self.namespace else { return Known::Absent };
        match key {
            "projectcalico.org/name" | "kubernetes.io/metadata.name" => Known::Value(namespace),
            _ => match &self.namespace_labels {
                None => Known::Unknown,
                Some(labels) => labels.get(key).map_or(Known::Absent, |value| Known::Value(value)),
            },
        }
    }
}

impl Peer {
    /// What Calico knows it as on one side.
    #[must_use]
    pub fn endpoint(&self, side: Side) -> Option<&Endpoint> {
        match side {
            Side::Before => self.before.as_ref(),
            Side::After => self.after.as_ref(),
        }
    }
}
