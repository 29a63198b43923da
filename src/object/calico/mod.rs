//! Calico's `projectcalico.org/v3` policies and tiers, as far as unmesh writes them, with writer and reader.
//!
//! The types hold meaning and comments; [`write()`] makes the text, [`read()`] reads such text back.
//! Rules of Calico's validator stand in [`limits`].

mod expression;
pub mod limits;
pub mod matching;
pub mod nets;
pub mod ports;
pub(super) mod read;
pub mod selector;
mod split;
mod strict;
mod tier;
pub mod v3;
pub mod versions;
mod write;

pub use expression::{Expression, quote};
pub use read::{read, read_document, read_tier};
pub use split::{split, without_negations};
pub use tier::{Tier, TierName};
pub use write::{write, write_one, write_tier};

use ipnet::IpNet;
use std::fmt;

/// `apiVersion` of all kinds: the form that users write, not the one that Calico stores.
const API_VERSION: &str = "projectcalico.org/v3";
/// The annotation that names the source objects.
pub const SOURCE_ANNOTATION: &str = "unmesh.dev/source";
/// The annotation that names the target.
pub const TARGET_ANNOTATION: &str = "unmesh.dev/target";

/// A `NetworkPolicy` or, without a namespace, a `GlobalNetworkPolicy`, on ingress; staged, their kinds
/// that are watched and not enforced.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; `None` makes it global.
    pub namespace: Option<String>,
    /// `unmesh.dev/source`: `FILE#KIND/NS/NAME`, several joined by commas.
    pub source: String,
    /// `unmesh.dev/target`.
    pub target: String,
    /// Whether it is staged, with `stagedAction: Set`.
    pub staged: bool,
    /// `spec.tier`; `None` is the tier `default`.
    pub tier: Option<TierName>,
    /// `spec.order`: the band.
    pub order: u16,
    /// `spec.selector`.
    pub selector: String,
    /// A comment above the selector.
    pub selector_comment: Option<String>,
    /// `spec.ingress`; `spec.types` is always `[Ingress]`.
    pub ingress: Vec<Rule>,
}

/// One ingress rule.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Comment lines above the rule: which source rule it comes from.
    pub comments: Vec<String>,
    /// What it does.
    pub action: Action,
    /// Which protocol.
    pub protocol: ProtocolMatch,
    /// The peer.
    pub source: Peer,
    /// The pod's side.
    pub destination: Destination,
    /// `http`: Dikastes alone reads it; Felix renders the rule without it.
    pub http: Option<Http>,
}

/// `action`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Ends evaluation: let through.
    Allow,
    /// Ends evaluation: refused.
    Deny,
    /// Goes on with the next tier.
    Pass,
    /// Writes a line to the node's log, and goes on with the next rule.
    Log,
}

/// `protocol` or `notProtocol`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProtocolMatch {
    /// Neither field.
    Any,
    /// `protocol: TCP`.
    Tcp,
    /// `notProtocol: TCP`.
    NotTcp,
}

/// `source`: all that is present has to match.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Peer {
    /// `namespaceSelector`.
    pub namespace_selector: Option<String>,
    /// `serviceAccounts.names`: any of them.
    pub service_accounts: Vec<String>,
    /// `selector`.
    pub selector: Option<String>,
    /// `notSelector`.
    pub not_selector: Option<String>,
    /// `nets`: any of them, all of one family.
    pub nets: Vec<IpNet>,
    /// `notNets`: none of them, all of one family.
    pub not_nets: Vec<IpNet>,
}

/// `destination`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Destination {
    /// `nets`.
    pub nets: Vec<IpNet>,
    /// `notNets`.
    pub not_nets: Vec<IpNet>,
    /// `ports`: any of them.
    pub ports: Vec<Ports>,
    /// `notPorts`: none of them.
    pub not_ports: Vec<Ports>,
}

/// A port or a range, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ports {
    /// The first.
    pub first: u16,
    /// The last; the same as the first for one port.
    pub last: u16,
}

/// `http`: methods AND paths, each any of its list; an empty list matches everything.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Http {
    /// `methods`.
    pub methods: Vec<String>,
    /// `paths`.
    pub paths: Vec<Path>,
}

/// One entry of `http.paths`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Path {
    /// `exact`.
    Exact(String),
    /// `prefix`.
    Prefix(String),
}

impl Rule {
    /// A rule that matches everything of a protocol.
    #[must_use]
    pub fn all(action: Action, protocol: ProtocolMatch) -> Self {
        Self {
            comments: Vec::new(),
            action,
            protocol,
            source: Peer::default(),
            destination: Destination::default(),
            http: None,
        }
    }
}

impl Policy {
    /// `NetworkPolicy` or `GlobalNetworkPolicy`, with `Staged` before it where it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match (self.staged, self.namespace.is_some()) {
            (false, true) => "NetworkPolicy",
            (false, false) => "GlobalNetworkPolicy",
            (true, true) => "StagedNetworkPolicy",
            (true, false) => "StagedGlobalNetworkPolicy",
        }
    }
}

impl Ports {
    /// One port.
    #[must_use]
    pub fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }
}

impl fmt::Display for Ports {
    /// As Calico writes it: `80`, or `8000:8080` for a range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.first == self.last { Ok(()) } else { write!(f, ":{}", self.last) }
    }
}
