//! Kubernetes' own NetworkPolicy (`networking.k8s.io/v1`), as far as unmesh writes it, with writer,
//! reader and limits.
//!
//! The types hold meaning and comments, and no state that the API would refuse. [`write_one`] makes
//! the text, [`built`] the API's own type, and [`read`] takes the text back into that type.

mod api;
mod labels;
pub mod limits;
mod write;

pub use api::{built, read};
pub use labels::{Selector, Test};
pub use write::write_one;

use crate::object::calico::Ports;
use ipnet::IpNet;
use std::collections::BTreeSet;

/// `apiVersion`.
const API_VERSION: &str = "networking.k8s.io/v1";
/// `kind`.
pub const KIND: &str = "NetworkPolicy";
/// The label with a namespace's name, which the API server sets on every namespace since 1.21.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// A NetworkPolicy on ingress: `spec.policyTypes` is always `[Ingress]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `unmesh.dev/source`: `FILE#KIND/NS/NAME`, several joined by commas.
    pub source: String,
    /// `unmesh.dev/target`.
    pub target: String,
    /// `spec.podSelector`.
    pub pods: Selector,
    /// Comment lines above `spec.podSelector`.
    pub comments: Vec<String>,
    /// `spec.ingress`; none lets nothing in.
    pub ingress: Vec<Rule>,
}

/// One item of `spec.ingress`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rule {
    /// Comment lines above the rule: which source rule it comes from.
    pub comments: Vec<String>,
    /// `from`: any of them; none is everybody.
    pub peers: Vec<Peer>,
    /// `ports`.
    pub ports: PortMatch,
}

/// An item of `from`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Peer {
    /// Pods of these namespaces with these labels.
    Pods {
        /// `namespaceSelector`, on the namespaces' names.
        namespaces: Namespaces,
        /// `podSelector`, left out where it selects all.
        pods: Selector,
    },
    /// `ipBlock`.
    Block {
        /// `cidr`.
        cidr: IpNet,
        /// `except`: inside `cidr`, of its family.
        except: Vec<IpNet>,
    },
}

/// Namespaces by their names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Namespaces {
    /// These.
    In(BTreeSet<String>),
    /// All but these; all, where none is named.
    NotIn(BTreeSet<String>),
}

/// `ports`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PortMatch {
    /// No list: every protocol and port.
    Everything,
    /// These TCP ports.
    Tcp(Vec<Ports>),
    /// Every TCP port.
    AllTcp,
    /// Every UDP and every SCTP port: what else the API can name.
    NotTcp,
}
