//! Facts about the mesh and its workloads, each with "unknown".

use super::by_namespace::ByNamespace;
use super::pattern::Glob;
use super::policy::Scope;
use crate::config::Identity;
use crate::finding::ObjectRef;
use crate::manifest::Labels;
use crate::source::Span;
use crate::yaml::fields::Leaf;
use std::collections::{BTreeMap, BTreeSet};

/// What back ends may rely on.
#[derive(Default, Debug)]
pub struct Facts {
    /// The mesh's trust domain.
    pub trust_domain: String,
    /// The namespace of the control plane.
    pub root_namespace: String,
    /// The mesh by namespaces.
    pub namespaces: Namespaces,
    /// Pod templates of the input.
    pub workloads: ByNamespace<Workload>,
    /// What Services say of workloads that the input does not show.
    pub services: ByNamespace<ServiceFacts>,
    /// Where peers have no identity: mutual TLS is switched off.
    pub plaintext: Vec<Plaintext>,
    /// What the policies of the mesh select, of any kind; those of the whole mesh are of no namespace.
    pub selectors: ByNamespace<Scope>,
    /// Identities that an enforced Allow policy names whole, in order.
    pub named_identities: Vec<Identity>,
    /// Identities that any policy names whole, to let in or to refuse.
    pub mentioned_identities: BTreeSet<Identity>,
    /// Identities of other trust domains that any policy names.
    pub foreign_identities: BTreeSet<Glob>,
    /// Service accounts of gateways, which go with the mesh.
    pub gateways: BTreeSet<Identity>,
}

/// Two sets of namespaces, approximated in opposite directions.
#[derive(Default, Debug)]
pub struct Namespaces {
    /// Who is policed: everything but these. Sorted.
    pub outside: BTreeSet<String>,
    /// Where the user closed the set: exactly these.
    pub only: Option<BTreeSet<String>>,
    /// Who counts as a mesh member by the input.
    pub proven: BTreeSet<String>,
    /// Namespaces that only templates speak for, with the accounts of these: other pods there are
    /// no members by that.
    pub proven_in_part: BTreeMap<String, BTreeSet<String>>,
    /// Namespaces that the input shows without any sign of the mesh: named or not, their pods
    /// have no identity.
    pub shown_without_mesh: BTreeSet<String>,
    /// Namespaces with ztunnel.
    pub ambient: BTreeSet<String>,
}

impl Namespaces {
    /// Whether a namespace is proven outside: its pods have no proxies but for templates that say so.
    #[must_use]
    pub fn is_outside(&self, name: &str) -> bool {
        match &self.only {
            Some(only) => !only.contains(name),
            None => self.outside.contains(name),
        }
    }
}

/// A pod template.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub reference: ObjectRef,
    /// Where its name stands.
    pub span: Span,
    /// Namespace and service account.
    pub identity: Identity,
    /// The pods' labels.
    pub labels: Labels,
    /// Whether its pods have a proxy.
    pub proxy: Proxy,
    /// Whether its pods have an identity as peers.
    pub member: Member,
    /// What its known ports are taken for; all others are sniffed.
    pub ports: BTreeMap<u16, PortClass>,
    /// Ports that never reach the proxy.
    pub uncaptured: Uncaptured,
}

/// Whether pods are policed and have an identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proxy {
    /// A sidecar, or nothing that speaks against one.
    Sidecar,
    /// ztunnel.
    Ambient,
    /// A gateway, which polices itself until it goes.
    Gateway,
    /// None: never policed, no identity.
    None,
}

/// Whether the input proves that pods have an identity. Apart from [`Proxy`], since whoever may be
/// policed counts as policed, and whoever may be without an identity does not count as a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Member {
    /// It does.
    Proven,
    /// It says neither.
    Possible,
    /// It says neither, and their Namespace is shown without a label.
    Unlabelled,
    /// It shows them without a proxy of their own.
    No,
}

/// What the proxy takes a port's traffic for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PortClass {
    /// HTTP.
    Http,
    /// Opaque TCP, TLS included.
    Tcp,
    /// Sniffed, or said differently by several Services.
    Unknown,
}

/// Ports that never reach the proxy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Uncaptured {
    /// These (empty: none).
    Ports(Vec<u16>),
    /// All but these.
    AllBut(Vec<u16>),
}

/// Ports of a Service, for workloads that the input does not show.
#[derive(Clone, Debug)]
pub struct ServiceFacts {
    /// Its name.
    pub reference: ObjectRef,
    /// Its namespace.
    pub namespace: String,
    /// The labels of the pods behind it.
    pub selector: Labels,
    /// The pods' ports by number.
    pub ports: BTreeMap<u16, PortClass>,
}

/// A scope in which peers have no identity.
#[derive(Clone, Debug)]
pub struct Plaintext {
    /// The object that says so.
    pub reference: ObjectRef,
    /// Where.
    pub at: Leaf<()>,
    /// The workloads.
    pub scope: Scope,
    /// The ports; `None` is all of them.
    pub ports: Option<Vec<u16>>,
    /// Whether the input shows that this object is the one in force there; another may be.
    pub certain: bool,
}

impl Facts {
    /// The workloads of the input that a scope polices: with a proxy of their own kind.
    pub fn policed<'a, 's>(&'a self, scope: &'s Scope) -> impl Iterator<Item = &'a Workload> + use<'a, 's> {
        self.workloads.within(scope.namespace.as_deref()).filter(|workload| {
            matches!(workload.proxy, Proxy::Sidecar | Proxy::Ambient)
                && scope.selects(&workload.identity.namespace, &workload.labels)
        })
    }
}

impl Facts {
    /// Whether the workloads of a scope in one namespace are all in ambient mode, as far as the input shows any;
    /// else whether its namespace is.
    #[must_use]
    pub fn is_ambient(&self, scope: &Scope) -> bool {
        let Some(namespace) = &scope.namespace else { return false };
        let mut policed = self.policed(scope).peekable();
        let by_namespace = self.namespaces.ambient.contains(namespace);
        let shown = policed.peek().is_some();
        let all = policed.all(|workload| workload.proxy == Proxy::Ambient);
        all && (by_namespace || shown && !scope.labels.is_empty())
    }
}

impl Scope {
    /// Whether some pod may be in both; exceptions left aside.
    #[must_use]
    pub fn may_meet(&self, other: &Self) -> bool {
        let namespaces = match (&self.namespace, &other.namespace) {
            (Some(own), Some(others)) => own == others,
            (None, _) | (_, None) => true,
        };
        let contradicts = |key: &String, value: &Leaf<String>| {
            other.labels.get(key).is_some_and(|others| others.value != value.value)
        };
        namespaces && !self.labels.iter().any(|(key, value)| contradicts(key, value))
    }

    /// Whether every pod of `other` is in this scope; exceptions left aside.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        let namespaces = self.namespace.is_none() || self.namespace == other.namespace;
        let has = |(key, value): (&String, &Leaf<String>)| {
            other.labels.get(key).is_some_and(|others| others.value == value.value)
        };
        namespaces && self.labels.iter().all(has)
    }
}
