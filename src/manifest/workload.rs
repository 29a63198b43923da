//! Workloads: what pod templates say of labels, identity, ports and the proxy.

use super::Labels;
use crate::config::Identity;
use crate::finding::ObjectRef;
use crate::source::Span;

/// A pod template (or a Pod).
#[derive(Clone, Debug)]
pub struct Workload {
    /// The Deployment, StatefulSet, ...
    pub reference: ObjectRef,
    /// Namespace and service account of its pods.
    pub identity: Identity,
    /// The pods' labels.
    pub labels: Labels,
    /// The pods' annotations.
    pub annotations: Labels,
    /// Whether its pods have a proxy, as far as template and namespace say.
    pub proxy: Proxy,
    /// Which ports the proxy sees.
    pub captured: CapturedPorts,
    /// Whether it is an Istio gateway (its own proxy is its application).
    pub gateway: bool,
    /// Pods in the node's network are no endpoints to Calico.
    pub host_network: bool,
    /// Its containers, init containers left out.
    pub containers: Vec<Container>,
    /// Where its name stands.
    pub span: Span,
}

/// A container of a template.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// The ports that it declares.
    pub ports: Vec<ContainerPort>,
    /// `securityContext.runAsUser`, its own or the pod's.
    pub run_as_user: Option<i64>,
}

/// A declared container port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContainerPort {
    /// Its name, by which Services may target it.
    pub name: Option<String>,
    /// The number.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
}

/// Whether a workload's pods have a proxy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proxy {
    /// A sidecar, by label, annotation or because the container stands in the template.
    Sidecar,
    /// ztunnel: ambient mode.
    Ambient,
    /// None, and the input shows why.
    None,
    /// None if its namespace is outside the mesh: its object is in the input without a label, and
    /// the template says nothing.
    Unlabelled,
    /// The namespace's object is not in the input, and the template says nothing.
    Unknown,
}

/// Which inbound TCP ports reach the proxy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CapturedPorts {
    /// All but these.
    AllBut(Vec<u16>),
    /// Only these (`includeInboundPorts` with a list; empty: none).
    Only(Vec<u16>),
}
