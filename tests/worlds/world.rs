//! A small cluster: what is true of it, and what the input shows of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

pub(crate) type Labels = BTreeMap<String, String>;

/// A namespace, by its object in the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shown {
    /// `istio-injection: enabled`.
    Enabled,
    /// `istio-injection: disabled`.
    Disabled,
    /// `istio.io/dataplane-mode: ambient`.
    Ambient,
    /// An object without a label of Istio's.
    Unlabelled,
    /// No object at all.
    No,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Namespace {
    pub(crate) name: String,
    pub(crate) shown: Shown,
    /// Whether pods that say nothing are injected: the truth, which the input may not show.
    pub(crate) injects: bool,
}

/// What a pod template says of injection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wish {
    Unsaid,
    In,
    Out,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) account: String,
    pub(crate) labels: Labels,
    pub(crate) wish: Wish,
    pub(crate) gateway: bool,
    /// Whether its template is in the input.
    pub(crate) shown: bool,
    /// `excludeInboundPorts`.
    pub(crate) excluded: Vec<u16>,
    pub(crate) addresses: [IpAddr; 2],
}

/// What a Service declares a port to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Declared {
    Http,
    Tcp,
    Nothing,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) selector: Labels,
    pub(crate) port: u16,
    pub(crate) declared: Declared,
}

/// A NetworkSet or, without a namespace, a GlobalNetworkSet.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct NetworkSet {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) labels: Labels,
    pub(crate) nets: Vec<String>,
}

/// Fields of a source or an operation by their names.
pub(crate) type Fields = BTreeMap<String, Vec<String>>;

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Condition {
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
    pub(crate) not_values: Vec<String>,
}

#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Rule {
    pub(crate) from: Vec<Fields>,
    pub(crate) to: Vec<Fields>,
    pub(crate) when: Vec<Condition>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Allow,
    Deny,
    Custom,
    Audit,
}

/// An AuthorizationPolicy.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Authorization {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) selector: Labels,
    pub(crate) action: Action,
    pub(crate) dry_run: bool,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    Unset,
    Permissive,
    Strict,
    Disable,
}

/// A PeerAuthentication.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct PeerAuthentication {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) selector: Labels,
    pub(crate) mode: Option<Mode>,
    pub(crate) ports: Vec<(u16, Mode)>,
    /// When it was made; no two at once.
    pub(crate) made: usize,
    /// Whether the file says so.
    pub(crate) dated: bool,
}

/// A test of a Kubernetes selector.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum LabelTest {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    DoesNotExist(String),
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Peer {
    Pods(Vec<LabelTest>),
    Namespace(String),
    Block(String),
}

/// A Kubernetes NetworkPolicy with at most one ingress rule.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct NetworkPolicy {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) pods: Vec<LabelTest>,
    pub(crate) types: Vec<String>,
    pub(crate) ingress: Option<(Vec<Peer>, Vec<u16>)>,
}

/// A user's own tier.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Tier {
    pub(crate) name: String,
    pub(crate) order: Option<f64>,
    /// Whether its end passes on.
    pub(crate) passes: bool,
    /// Whether the input holds it.
    pub(crate) shown: bool,
}

/// A user's own Calico policy: a rule is an action, a selector and a net.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct CalicoPolicy {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    /// `None` is the tier `default`.
    pub(crate) tier: Option<String>,
    pub(crate) order: Option<u16>,
    pub(crate) selector: String,
    pub(crate) rules: Vec<(String, Option<String>, Option<String>)>,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct World {
    pub(crate) namespaces: Vec<Namespace>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) services: Vec<Service>,
    pub(crate) network_sets: Vec<NetworkSet>,
    pub(crate) authorization: Vec<Authorization>,
    pub(crate) peer_authentication: Vec<PeerAuthentication>,
    pub(crate) network_policies: Vec<NetworkPolicy>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) calico_policies: Vec<CalicoPolicy>,
    /// `--mesh-namespaces` with the whole truth.
    pub(crate) closed: bool,
}

/// Istio's root namespace.
pub(crate) const ROOT: &str = "istio-system";

/// Labels of the injector's: the first two are taken from others.
pub(crate) const CANONICAL_NAME: &str = "service.istio.io/canonical-name";
pub(crate) const CANONICAL_REVISION: &str = "service.istio.io/canonical-revision";
pub(crate) const TLS_MODE: &str = "security.istio.io/tlsMode";
pub(crate) const REVISION: &str = "istio.io/rev";

impl World {
    /// The same world where Calico has no tiers.
    pub(crate) fn without_tiers(&self) -> Self {
        let mut world = self.clone();
        world.tiers.clear();
        world.calico_policies.retain(|policy| policy.tier.is_none());
        world
    }

    pub(crate) fn namespace(&self, name: &str) -> &Namespace {
        self.namespaces.iter().find(|namespace| namespace.name == name).unwrap()
    }

    /// Whether a pod has a proxy of either kind: the truth.
    pub(crate) fn is_injected(&self, pod: &Pod) -> bool {
        let namespace = self.namespace(&pod.namespace);
        match pod.wish {
            _ if pod.gateway => false,
            _ if namespace.shown == Shown::Ambient => true,
            Wish::Out => false,
            Wish::In => namespace.shown != Shown::Disabled,
            Wish::Unsaid => namespace.injects,
        }
    }

    /// Whether its proxy is ztunnel: in a namespace in ambient mode, unless it asks for a sidecar.
    pub(crate) fn is_ambient(&self, pod: &Pod) -> bool {
        self.namespace(&pod.namespace).shown == Shown::Ambient && !pod.gateway && pod.wish != Wish::In
    }

    /// Whether anything is in ambient mode.
    fn has_ambient(&self) -> bool {
        self.namespaces.iter().any(|namespace| namespace.shown == Shown::Ambient)
    }

    /// Whether it has a sidecar, which connections to a port reach.
    pub(crate) fn has_sidecar_on(&self, pod: &Pod, port: u16) -> bool {
        self.is_injected(pod) && !self.is_ambient(pod) && !pod.excluded.contains(&port)
    }

    /// The labels that a pod has as long as the mesh is there: those of its template, and with a sidecar
    /// those of its injector, where the template does not say them itself
    /// (`manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`).
    pub(crate) fn labels_in_mesh(&self, pod: &Pod) -> Labels {
        let mut labels = pod.labels.clone();
        if !self.is_injected(pod) || self.is_ambient(pod) {
            return labels;
        }
        let first = |keys: [&str; 2]| keys.into_iter().find_map(|key| pod.labels.get(key).cloned());
        let name = first(["app.kubernetes.io/name", "app"]).unwrap_or_else(|| pod.name.clone());
        let revision =
            first(["app.kubernetes.io/version", "version"]).unwrap_or_else(|| "latest".to_string());
        let added = [
            (CANONICAL_NAME, name),
            (CANONICAL_REVISION, revision),
            (TLS_MODE, "istio".to_string()),
            (REVISION, "default".to_string()),
        ];
        for (key, value) in added {
            labels.entry(key.to_string()).or_insert(value);
        }
        labels
    }

    /// Whether a policy or PeerAuthentication of a namespace selects a pod in the mesh.
    pub(crate) fn selects(&self, namespace: &str, selector: &Labels, pod: &Pod) -> bool {
        reaches(namespace, pod) && has_all(&self.labels_in_mesh(pod), selector)
    }

    /// Whether the input proves what a pod is: its template is there, and it or its namespace says so.
    pub(crate) fn is_proven(&self, pod: &Pod) -> bool {
        let said = match self.namespace(&pod.namespace).shown {
            Shown::Enabled | Shown::Disabled | Shown::Ambient => true,
            // Without a sidecar it may be in ambient mode, if anything is.
            Shown::No if pod.wish == Wish::Out && !pod.gateway && self.has_ambient() => self.closed,
            Shown::Unlabelled | Shown::No => pod.wish != Wish::Unsaid || pod.gateway || self.closed,
        };
        pod.shown && (said || pod.namespace == ROOT)
    }
}

/// Whether these labels are all there.
pub(crate) fn has_all(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether a policy of a namespace reaches the pods of another.
pub(crate) fn reaches(namespace: &str, pod: &Pod) -> bool {
    namespace == ROOT || namespace == pod.namespace
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect()
}
