//! Policies: sets of requests, in the shape of their source.

use super::pattern::Pattern;
use crate::finding::ObjectRef;
use crate::manifest::{Labels, ObjectId};
use crate::source::Span;
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// One policy of the source.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where it comes from.
    pub origin: Origin,
    /// Whose requests it is about.
    pub scope: Scope,
    /// What it does with them.
    pub action: Action,
    /// Why it is not enforced; `None` where it is.
    pub not_enforced: Option<NotEnforced>,
    /// By whose rules it is read.
    pub enforcer: Enforcer,
    /// The requests; none at all matches nothing.
    pub rules: Vec<Rule>,
    /// Leaves that are in the policy as a whole, not in scope or rules (`action`, `provider`).
    pub own_leaves: Vec<Leaf<()>>,
    /// Whom a Custom policy asks, in words, where the input shows it.
    pub asks: Option<String>,
}

/// A policy's object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Its place in the manifest.
    pub object: ObjectId,
    /// Its name.
    pub reference: ObjectRef,
    /// Where its name stands.
    pub span: Span,
}

/// What a policy does. Order of evaluation: Custom, Deny and `RequireIdentity`, Allow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// Lets its requests through; once one Allow policy selects a workload, everything else is refused.
    Allow,
    /// Refuses its requests.
    Deny,
    /// Asks somebody outside the cluster's policies about its requests.
    Custom,
    /// Refuses connections without a mesh identity: mutual TLS alone.
    RequireIdentity,
    /// Logs its requests.
    Audit,
}

/// Why a policy changes no decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotEnforced {
    /// It is a dry run.
    DryRun(Leaf<()>),
    /// It is attached to gateways or waypoints, by reference: where, and what it is attached to.
    Attached(Leaf<()>, AttachedTo),
    /// ztunnel is not told of such actions; the leaf is the action.
    UnknownToZtunnel(Leaf<()>),
    /// ztunnel is not told of it for any workload; the leaf is a selector without labels.
    SelectsNobody(Leaf<()>),
}

/// What a policy is attached to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AttachedTo {
    /// A gateway, or something that the input does not show.
    Gateway,
    /// A waypoint, in words: its Gateway, or the Service that it stands before.
    Waypoint(String),
    /// This Service, which may have no waypoint; `proven` where the input shows that it has none.
    NoWaypoint {
        /// Its name.
        service: String,
        /// Whether the input shows all of it.
        proven: bool,
    },
}

/// By whose rules a policy is read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Enforcer {
    /// Those of sidecars; ztunnel, where it reaches workloads in ambient mode, has the same.
    Sidecar,
    /// ztunnel's: all its workloads are in ambient mode.
    Ztunnel,
    /// Those of sidecars, though it also reaches this, which is in ambient mode, and ztunnel's are others.
    Mixed(String),
}

/// Which workloads a policy polices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// One namespace; `None` is the whole mesh.
    pub namespace: Option<String>,
    /// Pods with all these labels; none is all pods.
    pub labels: BTreeMap<String, Leaf<String>>,
    /// Narrower scopes that another policy of this kind has taken over.
    pub except: Vec<Scope>,
}

/// One rule: any of the sources AND any of the operations AND all conditions. An empty list of
/// sources or operations matches every request.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The rule in the source.
    pub at: Leaf<()>,
    /// Where it holds.
    pub on: Protocols,
    /// Who asks.
    pub sources: Vec<Conjunction>,
    /// What is asked.
    pub operations: Vec<Conjunction>,
    /// Whatever else has to hold.
    pub conditions: Conjunction,
}

/// The ports on which a rule holds, by what the proxy takes their traffic for. A port whose
/// protocol is sniffed counts as both: there, an Allow needs a rule for each, a refusal one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocols {
    /// All ports.
    Any,
    /// Ports with HTTP filters.
    Http,
    /// Ports with TCP filters alone; HTTP attributes are gone from the rule.
    Tcp,
}

/// Clauses that all hold.
#[derive(Clone, Debug)]
pub struct Conjunction {
    /// The source's own place.
    pub at: Leaf<()>,
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// One test: the attribute matches any of `any_of` (if there are any) and none of `none_of`.
#[derive(Clone, Debug)]
pub struct Clause {
    /// What is tested.
    pub attribute: Attribute,
    /// The leaf that names the attribute, where the source has one (`when[0].key`).
    pub named_by: Option<Leaf<()>>,
    /// Any of these.
    pub any_of: Vec<Test>,
    /// None of these.
    pub none_of: Vec<Test>,
}

/// A pattern and the leaf that it comes from.
#[derive(Clone, Debug)]
pub struct Test {
    /// The pattern.
    pub pattern: Pattern,
    /// The source's text.
    pub leaf: Leaf<String>,
}

/// All that a request can be tested for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Attribute {
    /// The peer's SPIFFE id without `spiffe://`; peers without a certificate have none.
    Identity,
    /// The connection's peer address.
    SourceIp,
    /// The client's address as trusted proxies tell it.
    RemoteIp,
    /// The address that was connected to.
    DestinationIp,
    /// The workload's port.
    DestinationPort,
    /// The server name of the TLS handshake.
    Sni,
    /// Issuer and subject of a valid token.
    RequestPrincipal,
    /// Audiences of a valid token.
    RequestAudience,
    /// Presenter (`azp`) of a valid token.
    RequestPresenter,
    /// A claim of a valid token, by its path.
    RequestClaim(Vec<String>),
    /// A request header.
    Header(String),
    /// The host asked for, port included.
    Host,
    /// The method.
    Method,
    /// The path, without query.
    Path,
    /// Metadata of an Envoy filter.
    EnvoyFilter(String),
}

impl Attribute {
    /// Whether only HTTP filters know it: on TCP, an Allow rule that tests it is gone and a
    /// refusal is without the test (`pilot/pkg/security/authz/model/model.go`, `checkError`).
    /// `RemoteIp` and `EnvoyFilter` are generated for TCP as well.
    #[must_use]
    pub fn is_http_only(&self) -> bool {
        match self {
            Self::RequestPrincipal
            | Self::RequestAudience
            | Self::RequestPresenter
            | Self::RequestClaim(_)
            | Self::Header(_)
            | Self::Host
            | Self::Method
            | Self::Path => true,
            Self::Identity
            | Self::SourceIp
            | Self::RemoteIp
            | Self::DestinationIp
            | Self::DestinationPort
            | Self::Sni
            | Self::EnvoyFilter(_) => false,
        }
    }
}

impl Rule {
    /// All conjunctions of the rule.
    pub fn conjunctions(&self) -> impl Iterator<Item = &Conjunction> {
        self.sources.iter().chain(&self.operations).chain(std::iter::once(&self.conditions))
    }
}

impl Conjunction {
    /// All leaves of its clauses; the conjunction's own place where it has none.
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf<()>> {
        let leaves: Vec<Leaf<()>> = self.clauses.iter().flat_map(Clause::leaves).collect();
        if leaves.is_empty() { vec![self.at.clone()] } else { leaves }
    }
}

impl Clause {
    /// All tests, positive and negative.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        self.any_of.iter().chain(&self.none_of)
    }

    /// All its leaves.
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf<()>> {
        let tests = self.tests().map(|test| test.leaf.clone().map(drop));
        self.named_by.iter().cloned().chain(tests).collect()
    }
}

impl Scope {
    /// Whether it selects pods with these labels in this namespace, exceptions left aside.
    #[must_use]
    pub fn reaches(&self, namespace: &str, labels: &Labels) -> bool {
        self.namespace.as_deref().is_none_or(|own| own == namespace)
            && self.labels.iter().all(|(key, value)| labels.get(key) == Some(&value.value))
    }

    /// Whether it selects pods with these labels in this namespace.
    #[must_use]
    pub fn selects(&self, namespace: &str, labels: &Labels) -> bool {
        self.reaches(namespace, labels) && !self.except.iter().any(|scope| scope.reaches(namespace, labels))
    }
}
