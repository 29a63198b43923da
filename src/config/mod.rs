//! What the user asked for, apart from paths: target, mesh facts, identity maps.
//!
//! Plain data that every stage may read. It must not know the command line's syntax.

pub mod file;
mod target;
pub mod values;

pub use target::{Calico, L7, Layout, PathMatching, Target, Version};

use std::collections::BTreeSet;
use std::fmt;

/// Settings of one run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to write for.
    pub target: Target,
    /// `--l7`.
    pub l7: L7,
    /// Istio's root namespace: policies there without a selector act on the whole mesh.
    pub root_namespace: String,
    /// The mesh's own trust domain.
    pub trust_domain: String,
    /// Trust domains whose identities count as the mesh's own (`trustDomainAliases`).
    pub trust_domain_aliases: BTreeSet<String>,
    /// What proxies of the mesh do with paths before policies look at them.
    pub path_normalization: PathNormalization,
    /// Which of these the user named: what the input says otherwise does not count then.
    pub asked: Asked,
    /// `--mesh-namespaces`: exactly these are in the mesh. `None`: by labels and evidence.
    pub mesh_namespaces: Option<BTreeSet<String>>,
    /// `--system-namespaces`: never in the mesh, besides [`SYSTEM_NAMESPACES`].
    pub system_namespaces: BTreeSet<String>,
    /// `--map-identity OLD=NEW`: where OLD is allowed, NEW is allowed as well.
    pub map_identity: Vec<(Identity, Identity)>,
    /// For objects that name none.
    pub default_namespace: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target: Target::default(),
            l7: L7::Unstated,
            root_namespace: "istio-system".to_string(),
            trust_domain: "cluster.local".to_string(),
            trust_domain_aliases: BTreeSet::new(),
            path_normalization: PathNormalization::Base,
            asked: Asked::default(),
            mesh_namespaces: None,
            system_namespaces: BTreeSet::new(),
            map_identity: Vec::new(),
            default_namespace: "default".to_string(),
        }
    }
}

/// Which settings of the mesh the user named.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Asked {
    /// `--root-namespace`.
    pub root_namespace: bool,
    /// `--trust-domain`.
    pub trust_domain: bool,
}

/// What Istio's proxies do with a path before policies, routes and the application see it
/// (`pathNormalization` of MeshConfig).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathNormalization {
    /// Nothing.
    None,
    /// Dot segments are resolved and `\` becomes `/`: Istio's default.
    Base,
    /// The same, and slashes in a row become one.
    MergeSlashes,
    /// The same, with `%2F` and `%5C` taken for slashes.
    DecodeAndMergeSlashes,
}

impl PathNormalization {
    /// The word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Base => "BASE",
            Self::MergeSlashes => "MERGE_SLASHES",
            Self::DecodeAndMergeSlashes => "DECODE_AND_MERGE_SLASHES",
        }
    }
}

/// Namespaces that are never in a mesh. The list is printed where it matters.
pub const SYSTEM_NAMESPACES: [&str; 6] =
    ["calico-apiserver", "calico-system", "kube-node-lease", "kube-public", "kube-system", "tigera-operator"];

/// A service account in a namespace: what Istio calls an identity within one trust domain.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Identity {
    /// The namespace.
    pub namespace: String,
    /// The service account's name.
    pub account: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.account)
    }
}
