//! What the input shows of the cluster.

use super::in_force::InForce;
use super::{Labels, Manifest, Workload};
use crate::config::{Identity, Settings};
use crate::finding::{Finding, ObjectRef};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Everything in the input that a policy can speak about.
#[derive(Default, Debug)]
pub struct Inventory {
    /// `Namespace` objects by name.
    pub namespaces: BTreeMap<String, Namespace>,
    /// Services, in the order of the input.
    pub services: Vec<Service>,
    /// Pod templates, in the order of the input.
    pub workloads: Vec<Workload>,
    /// `ServiceAccount` objects.
    pub service_accounts: BTreeSet<Identity>,
    /// Network policies that stand beside ours: Kubernetes', Calico's, administrators'.
    pub in_force: Vec<InForce>,
    /// Namespaces that hold an Istio policy or a Sidecar.
    pub istio_namespaces: BTreeSet<String>,
}

/// A `Namespace` object.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Its labels.
    pub labels: Labels,
    /// Where its name stands.
    pub span: Span,
}

/// A `Service`.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub reference: ObjectRef,
    /// The pods behind it; empty for a Service without a selector, which stands for no pod of its own.
    pub selector: Labels,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// Where its name stands.
    pub span: Span,
}

/// A port of a Service.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// Its name, which may declare a protocol.
    pub name: Option<String>,
    /// The Service's own port.
    pub port: u16,
    /// The pods' port.
    pub target: PortTarget,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// `appProtocol`, which beats the name.
    pub app_protocol: Option<String>,
    /// Where the port stands.
    pub span: Span,
}

/// A pod's port, by number or by the name of a container port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PortTarget {
    /// By number.
    Number(u16),
    /// By the name of a container port.
    Name(String),
}

/// What Istio takes a port for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AppProtocol {
    /// HTTP filters, so HTTP fields of policies act.
    Http,
    /// TCP filters alone.
    Tcp,
    /// Sniffed: both kinds of filter exist.
    Unknown,
    /// UDP and SCTP: never seen by the proxy.
    NotTcp,
}

/// Reads the objects that are no Istio configuration.
#[must_use]
pub fn inventory(_manifest: &Manifest, _settings: &Settings) -> (Inventory, Vec<Finding>) {
    (Inventory::default(), Vec::new())
}

/// Whether a namespace is in the mesh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Membership {
    /// Proven.
    Proven,
    /// Outside.
    Outside,
    /// Unknown.
    Unknown,
}
impl Inventory {
    /// stub
    pub fn membership(&self, _name: &str, _settings: &Settings) -> Membership {
        Membership::Unknown
    }
    /// stub
    pub fn protocol(&self, _workload: &Workload, _port: u16) -> AppProtocol {
        AppProtocol::Unknown
    }
}
impl ServicePort {
    /// stub
    pub fn declared(&self) -> AppProtocol {
        AppProtocol::Unknown
    }
}
