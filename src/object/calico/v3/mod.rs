//! The `projectcalico.org/v3` API as Calico itself reads it, whole: whatever a policy set may hold,
//! whoever wrote it.
//!
//! [`super::Policy`] is the part that unmesh writes; these types are for reading what others wrote,
//! or what was written, without trusting the writer. Every field of the API is here or refused by
//! the reader with its name. Calico drops a policy that its validator refuses, as if it were not
//! there (`felix/calc/validation_filter.go`).

mod entity;
mod kubernetes;
mod policy;
mod port;
mod problem;
mod rule;
mod set;

pub use problem::{Effect, Problem};
pub use set::Document;

use super::matching::Selector;
use super::{Http, Ports};
use crate::finding::ObjectRef;
use crate::source::Span;
use ipnet::IpNet;
use std::collections::BTreeMap;

/// A set of policies, with what they refer to.
#[derive(Clone, Default, Debug)]
pub struct Set {
    /// `NetworkPolicy` and `GlobalNetworkPolicy` of Calico, and Kubernetes' own.
    pub policies: Vec<Policy>,
    /// `Tier`.
    pub tiers: Vec<Tier>,
    /// `NetworkSet` and `GlobalNetworkSet`.
    pub network_sets: Vec<NetworkSet>,
    /// The labels of the Namespaces that are shown: network sets inherit them.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// How many staged policies were left out: they decide nothing.
    pub staged: usize,
}

/// A policy's ingress half. Kubernetes' own NetworkPolicy is one of these too, as Calico converts it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Kind, namespace (`None` for a global one) and name as written.
    pub reference: ObjectRef,
    /// Whose kind it is.
    pub kind: Kind,
    /// The name under which versions to 3.31 store it: `default.NAME`, `TIER.NAME`,
    /// `knp.default.NAME`.
    pub stored_name: String,
    /// Where the name stands.
    pub span: Span,
    /// The tier; `default` where none is named.
    pub tier: String,
    /// `spec.order`; `None` is last.
    pub order: Option<f64>,
    /// `spec.selector`; absent and empty are `all()`.
    pub selector: Selector,
    /// `spec.namespaceSelector` of a global policy.
    pub namespace_selector: Option<Selector>,
    /// `spec.serviceAccountSelector`.
    pub service_account_selector: Option<Selector>,
    /// Whether it acts on ingress: by `types`, or by Calico's defaults.
    pub on_ingress: bool,
    /// Whether it acts on egress. Its egress rules are read and let go.
    pub on_egress: bool,
    /// `spec.ingress`.
    pub ingress: Vec<Rule>,
}

/// Whose kind a policy is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Calico's `NetworkPolicy`.
    Namespaced,
    /// `GlobalNetworkPolicy`.
    Global,
    /// Kubernetes' `NetworkPolicy`.
    Kubernetes,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `spec.ingress[0]`; for a converted policy the peer of the original,
    /// `spec.ingress[0].from[1]`.
    pub field: String,
    /// Where it stands.
    pub span: Span,
    /// `action`.
    pub action: Action,
    /// `protocol`, by name or number, as written.
    pub protocol: Option<String>,
    /// `notProtocol`.
    pub not_protocol: Option<String>,
    /// `ipVersion`: 4 or 6.
    pub ip_version: Option<u8>,
    /// Whether `icmp` or `notICMP` is there, which tests what the model does not hold.
    pub icmp: bool,
    /// `source`.
    pub source: Entity,
    /// `destination`.
    pub destination: Entity,
    /// `http`.
    pub http: Option<Http>,
}

/// `action`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
    /// `Log`, which goes on.
    Log,
    /// `Pass`.
    Pass,
}

/// `source` or `destination`: an `EntityRule`.
#[derive(Clone, Default, Debug)]
pub struct Entity {
    /// `selector`; absent and empty are no test.
    pub selector: Option<Selector>,
    /// `notSelector`.
    pub not_selector: Option<Selector>,
    /// `namespaceSelector`.
    pub namespace_selector: Option<Selector>,
    /// `serviceAccounts.names`.
    pub service_accounts: Vec<String>,
    /// `serviceAccounts.selector`.
    pub service_account_selector: Option<Selector>,
    /// `services`, which only egress destinations and ingress sources have: by namespace and name.
    pub services: Option<(String, String)>,
    /// `nets`.
    pub nets: Vec<IpNet>,
    /// `notNets`.
    pub not_nets: Vec<IpNet>,
    /// `ports`.
    pub ports: Vec<Port>,
    /// `notPorts`.
    pub not_ports: Vec<Port>,
}

/// An entry of `ports`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Port {
    /// Numbers.
    Range(Ports),
    /// A named port of the endpoint.
    Named(String),
}

/// A tier.
#[derive(Clone, PartialEq, Debug)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// `spec.order`; `None` is last.
    pub order: Option<f64>,
    /// `spec.defaultAction: Pass`; else Deny.
    pub passes: bool,
    /// Where its name stands.
    pub span: Span,
}

/// A network set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkSet {
    /// Kind, namespace (`None` for a global one) and name.
    pub reference: ObjectRef,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// `spec.nets`.
    pub nets: Vec<IpNet>,
}
