//! Which namespaces are in the mesh: proven, proven outside, or unknown.

use super::proxy::{Injection, ambient, injection, is_system};
use super::{Inventory, Proxy};
use crate::config::Settings;
use crate::finding::ObjectRef;
use std::fmt;

/// What the input proves of a namespace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Membership {
    /// It is in the mesh.
    Proven(Inside),
    /// It is not, unless a rule allows its identities by name; that is the caller's to ask.
    Outside(Outside),
    /// Neither is proven.
    Unknown,
}

/// Why a namespace is in the mesh.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Inside {
    /// `--mesh-namespaces` lists it.
    Listed,
    /// Its Namespace has an injection or revision label.
    InjectionLabel,
    /// Its Namespace asks for ambient mode.
    AmbientLabel,
    /// A workload of it has a proxy by its own template.
    Workload(ObjectRef),
}

/// Why a namespace is not in the mesh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outside {
    /// `--mesh-namespaces` does not list it.
    NotListed,
    /// It is a system namespace.
    System,
    /// It is the control plane's; its injected templates and gateways are in the mesh all the same.
    ControlPlane,
    /// Its Namespace is in the input, without a label of Istio's, and nothing in it is Istio's.
    Unlabelled,
}

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed => f.write_str("it is listed as one of the mesh"),
            Self::InjectionLabel => f.write_str("its Namespace has an injection label"),
            Self::AmbientLabel => f.write_str("its Namespace asks for ambient mode"),
            Self::Workload(workload) => write!(f, "`{workload}` has a proxy"),
        }
    }
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotListed => "it is not listed as one of the mesh",
            Self::System => "it is a system namespace",
            Self::ControlPlane => "it is the namespace of the control plane",
            Self::Unlabelled => "its Namespace has no label of Istio's, and nothing in it is Istio's",
        })
    }
}

impl Inventory {
    /// Whether pods of a namespace whose template says nothing are in ambient mode. Its label decides, where
    /// nothing else takes the namespace out of the mesh and no label for sidecars comes first.
    #[must_use]
    pub fn is_ambient(&self, namespace: &str, settings: &Settings) -> bool {
        let labelled =
            self.namespaces.get(namespace).is_some_and(|shown| ambient(&shown.labels) == Some(true));
        labelled
            && match self.membership(namespace, settings) {
                Membership::Proven(Inside::AmbientLabel | Inside::Listed) => true,
                Membership::Proven(Inside::InjectionLabel | Inside::Workload(_))
                | Membership::Outside(_)
                | Membership::Unknown => false,
            }
    }

    /// What the input proves of a namespace. `--mesh-namespaces` decides alone; then the list of
    /// system namespaces; then labels; then templates. A Namespace without labels proves that its
    /// namespace is outside only if nothing in it is Istio's: labels are often set by hand.
    #[must_use]
    pub fn membership(&self, namespace: &str, settings: &Settings) -> Membership {
        if let Some(listed) = &settings.mesh_namespaces {
            let inside = listed.contains(namespace);
            return if inside {
                Membership::Proven(Inside::Listed)
            } else {
                Membership::Outside(Outside::NotListed)
            };
        }
        if is_system(namespace, settings) {
            return Membership::Outside(Outside::System);
        }
        let shown = self.namespaces.get(namespace);
        if shown.is_some_and(|shown| injection(&shown.labels) == Injection::On) {
            return Membership::Proven(Inside::InjectionLabel);
        }
        if shown.is_some_and(|shown| ambient(&shown.labels) == Some(true)) {
            return Membership::Proven(Inside::AmbientLabel);
        }
        if namespace == settings.root_namespace {
            return Membership::Outside(Outside::ControlPlane);
        }
        let mut workloads = self.workloads.iter().filter(|workload| workload.identity.namespace == namespace);
        let injected = workloads
            .clone()
            .find(|workload| !workload.gateway && matches!(workload.proxy, Proxy::Sidecar | Proxy::Ambient));
        if let Some(workload) = injected {
            return Membership::Proven(Inside::Workload(workload.reference.clone()));
        }
        let nothing = !self.istio_namespaces.contains(namespace)
            && workloads.all(|workload| {
                matches!(workload.proxy, Proxy::None | Proxy::Unlabelled) && !workload.gateway
            });
        if shown.is_some() && nothing {
            Membership::Outside(Outside::Unlabelled)
        } else {
            Membership::Unknown
        }
    }
}

#[cfg(test)]
mod tests;
