//! What the input says of the mesh as a whole: MeshConfig, wherever it stands.
//!
//! istiod reads it from the ConfigMap `istio` or `istio-REVISION`; installers write that from an
//! IstioOperator or the Istio of the sail operator. It sets what policies mean: root namespace, trust
//! domain and its aliases, external authorizers, what proxies do with paths. It is read before everything
//! else of the inventory, since that depends on it.

mod config;
mod holders;
mod provider_tables;
mod proxy_tables;
mod settle;
mod shape;
mod tables;

pub use config::proxy_config;
pub(super) use holders::{open, read};
pub(super) use settle::findings;

use super::LabelSelector;
use crate::config::PathNormalization;
use crate::finding::ObjectRef;
use crate::source::Span;
use crate::yaml::fields::Leaf;
use std::fmt;

/// What the input says of the mesh.
#[derive(Default, Debug)]
pub struct Mesh {
    /// Each MeshConfig, in the order of the input.
    pub configs: Vec<MeshConfig>,
    /// Where traffic out of the mesh may go by default: of several that disagree, the one that refuses.
    pub outbound: Option<Leaf<Outbound>>,
    /// What installs the mesh: IstioOperator and the like.
    pub installations: Vec<Installation>,
    /// Where a ConfigMap or an installation shows that the mesh has several clusters or networks.
    pub several_clusters: Option<(ObjectRef, Leaf<()>)>,
}

/// One MeshConfig, as far as it means something here.
#[derive(Clone, Debug)]
pub struct MeshConfig {
    /// The object that holds it.
    pub reference: ObjectRef,
    /// Its name, or the key that holds the MeshConfig.
    pub at: Leaf<()>,
    /// Whether it is all that istiod reads: what a ConfigMap leaves out has Istio's default. What an
    /// installer is given may be one of several layers.
    pub complete: bool,
    /// `rootNamespace`, or for an installation its namespace.
    pub root_namespace: Option<Leaf<String>>,
    /// `trustDomain`.
    pub trust_domain: Option<Leaf<String>>,
    /// `trustDomainAliases`: identities of these domains count as this mesh's own.
    pub trust_domain_aliases: Vec<Leaf<String>>,
    /// `outboundTrafficPolicy.mode`; a policy without a mode is REGISTRY_ONLY, the first value.
    pub outbound: Option<Leaf<Outbound>>,
    /// `pathNormalization.normalization`, where it is given.
    pub path_normalization: Option<Leaf<PathNormalization>>,
    /// `enableAutoMtls`; absent it is on.
    pub auto_mutual_tls: Option<Leaf<bool>>,
    /// `discoverySelectors`: istiod reads namespaces that one of them selects, or all if there is none.
    pub discovery: Option<Discovery>,
    /// `extensionProviders`, with those that each MeshConfig has by default left out.
    pub providers: Vec<Provider>,
    /// All else, field by field.
    pub others: Vec<Setting>,
}

/// `discoverySelectors`.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The key.
    pub at: Leaf<()>,
    /// The selectors, on labels of namespaces.
    pub selectors: Vec<LabelSelector>,
}

/// What proxies do with traffic to destinations that the mesh does not know
/// (`outboundTrafficPolicy.mode`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outbound {
    /// They refuse it.
    RegistryOnly,
    /// They let it through.
    AllowAny,
    /// They let it through, by names that they look up themselves.
    AllowAnyDynamicDns,
}

/// One of `extensionProviders`.
#[derive(Clone, Debug)]
pub struct Provider {
    /// `name`; a policy refers to it.
    pub name: Leaf<String>,
    /// What it is.
    pub kind: ProviderKind,
    /// Its `service` and `port`, as far as they are given: `opa.auth.svc.cluster.local`, 9191.
    pub service: Option<String>,
    /// `port`.
    pub port: Option<i64>,
    /// `failOpen`: without an answer requests get through.
    pub fail_open: bool,
}

/// What a provider is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProviderKind {
    /// `envoyExtAuthzHttp`: an authorizer that speaks HTTP.
    AuthorizerHttp,
    /// `envoyExtAuthzGrpc`: one that speaks gRPC.
    AuthorizerGrpc,
    /// Tracing, metrics or access logs, by the field's name.
    Other(String),
}

/// A setting that decides nothing that a network policy can.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its path in the MeshConfig: `accessLogFile`, `defaultConfig.tracing`.
    pub name: String,
    /// Its key.
    pub at: Leaf<()>,
    /// Its value, in short.
    pub value: String,
}

/// What installs a mesh.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The object.
    pub reference: ObjectRef,
    /// Its name.
    pub span: Span,
    /// `spec.profile`.
    pub profile: Option<Leaf<String>>,
    /// The names of the gateways that it installs.
    pub gateways: Vec<String>,
}

impl Mesh {
    /// The provider of a name, as the first MeshConfig that has one says.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        let mut providers = self.configs.iter().flat_map(|config| &config.providers);
        providers.find(|provider| provider.name.value == name)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.kind {
            ProviderKind::AuthorizerHttp => "by HTTP",
            ProviderKind::AuthorizerGrpc => "by gRPC",
            ProviderKind::Other(kind) => return write!(f, "`{}` ({kind}, no authorizer)", self.name.value),
        };
        write!(f, "`{}` ({what}", self.name.value)?;
        if let Some(service) = &self.service {
            write!(f, " at `{service}`")?;
        }
        if let Some(port) = self.port {
            write!(f, " port {port}")?;
        }
        if self.fail_open {
            f.write_str(", and let through where it did not answer")?;
        }
        f.write_str(")")
    }
}

impl ProviderKind {
    /// Whether CUSTOM policies may name it.
    #[must_use]
    pub fn authorizes(&self) -> bool {
        match self {
            Self::AuthorizerHttp | Self::AuthorizerGrpc => true,
            Self::Other(_) => false,
        }
    }
}
