//! `AuthorizationPolicy` (`security.istio.io/v1`, `v1beta1`): the types.
//!
//! Reading is in `read`, the grammar of `when.key` in `key`, what Istio refuses in `validate`.

mod key;
mod read;
mod validate;

pub(super) use read::read;

use super::{Attachment, Meta};
use crate::yaml::fields::Leaf;

/// An AuthorizationPolicy that Istio accepts.
#[derive(Clone, Debug)]
pub struct AuthorizationPolicy {
    /// Name and place.
    pub meta: Meta,
    /// Which workloads it is for.
    pub attachment: Attachment,
    /// A `selector` without `matchLabels`, which selects everything to sidecars and nothing to ztunnel.
    pub bare_selector: Option<Leaf<()>>,
    /// `action`; absent is ALLOW.
    pub action: Leaf<Action>,
    /// `provider.name`, which CUSTOM needs.
    pub provider: Option<Leaf<String>>,
    /// `rules`: `None` and an empty list match no request; an empty rule matches every one.
    pub rules: Option<Vec<Rule>>,
    /// The annotation `istio.io/dry-run`, where it is true: nothing is enforced.
    pub dry_run: Option<Leaf<bool>>,
    /// What stands below `rules` and holds nothing: empty lists and null, to Istio as good as absent.
    pub empty: Vec<Leaf<Empty>>,
}

/// `action`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Lets matching requests through, and refuses all others once any ALLOW policy selects a workload.
    Allow,
    /// Refuses matching requests.
    Deny,
    /// Logs matching requests.
    Audit,
    /// Asks an external authorizer about matching requests.
    Custom,
}

/// What holds nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Empty {
    /// `[]`.
    List,
    /// Null, which is as good as absent everywhere in Kubernetes.
    Null,
}

/// One of `rules`: `from` AND `to` AND `when`; each absent part matches everything.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The rule itself.
    pub at: Leaf<()>,
    /// `from[].source`: any of them; empty is everything.
    pub from: Vec<Source>,
    /// `to[].operation`: any of them; empty is everything.
    pub to: Vec<Operation>,
    /// `when`: all of them.
    pub when: Vec<Condition>,
}

/// `source`: all fields that are present have to match; each list is "any of", a `not` list "none of".
#[derive(Clone, Debug)]
pub struct Source {
    /// The source itself.
    pub at: Leaf<()>,
    /// `principals`: SPIFFE ids without `spiffe://`.
    pub principals: Vec<Leaf<String>>,
    /// `notPrincipals`.
    pub not_principals: Vec<Leaf<String>>,
    /// `requestPrincipals`: `ISS/SUB` of a token.
    pub request_principals: Vec<Leaf<String>>,
    /// `notRequestPrincipals`.
    pub not_request_principals: Vec<Leaf<String>>,
    /// `namespaces`.
    pub namespaces: Vec<Leaf<String>>,
    /// `notNamespaces`.
    pub not_namespaces: Vec<Leaf<String>>,
    /// `serviceAccounts`: `ns/sa`, or `sa` in the policy's namespace.
    pub service_accounts: Vec<Leaf<String>>,
    /// `notServiceAccounts`.
    pub not_service_accounts: Vec<Leaf<String>>,
    /// `trustDomains`.
    pub trust_domains: Vec<Leaf<String>>,
    /// `notTrustDomains`.
    pub not_trust_domains: Vec<Leaf<String>>,
    /// `ipBlocks`: the connection's peer.
    pub ip_blocks: Vec<Leaf<String>>,
    /// `notIpBlocks`.
    pub not_ip_blocks: Vec<Leaf<String>>,
    /// `remoteIpBlocks`: the client before trusted proxies.
    pub remote_ip_blocks: Vec<Leaf<String>>,
    /// `notRemoteIpBlocks`.
    pub not_remote_ip_blocks: Vec<Leaf<String>>,
}

/// `operation`: all fields that are present have to match.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The operation itself.
    pub at: Leaf<()>,
    /// `hosts`.
    pub hosts: Vec<Leaf<String>>,
    /// `notHosts`.
    pub not_hosts: Vec<Leaf<String>>,
    /// `ports`: the workload's ports.
    pub ports: Vec<Leaf<String>>,
    /// `notPorts`.
    pub not_ports: Vec<Leaf<String>>,
    /// `methods`.
    pub methods: Vec<Leaf<String>>,
    /// `notMethods`.
    pub not_methods: Vec<Leaf<String>>,
    /// `paths`.
    pub paths: Vec<Leaf<String>>,
    /// `notPaths`.
    pub not_paths: Vec<Leaf<String>>,
}

/// One of `when`.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The condition itself.
    pub at: Leaf<()>,
    /// `key`, understood.
    pub key: Leaf<Key>,
    /// `values`: any of them.
    pub values: Vec<Leaf<String>>,
    /// `notValues`: none of them.
    pub not_values: Vec<Leaf<String>>,
}

/// The attributes that `when.key` can name (istio.io, "Authorization Policy Conditions").
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    /// `request.headers[NAME]`.
    RequestHeader(String),
    /// `source.ip`.
    SourceIp,
    /// `remote.ip`.
    RemoteIp,
    /// `source.namespace`.
    SourceNamespace,
    /// `source.serviceAccount`.
    SourceServiceAccount,
    /// `source.principal`.
    SourcePrincipal,
    /// `source.trustDomain`.
    SourceTrustDomain,
    /// `request.auth.principal`.
    RequestPrincipal,
    /// `request.auth.audiences`.
    RequestAudiences,
    /// `request.auth.presenter`.
    RequestPresenter,
    /// `request.auth.claims[A][B]`.
    RequestClaim(Vec<String>),
    /// `destination.ip`.
    DestinationIp,
    /// `destination.port`.
    DestinationPort,
    /// `connection.sni`.
    ConnectionSni,
    /// `experimental.envoy.filters.NAME[KEY]`.
    EnvoyFilter(String),
}
