//! Which namespaces there are, and whether their pods have proxies.

use super::calico::{is_exact, literals, of_namespace, of_namespace_by_name, policies};
use super::identities::Identities;
use super::{ELSEWHERE, World};
use crate::manifest::{Labels, Membership, Outside, Proxy, Workload};
use crate::object::calico::matching::Test as LabelTest;
use crate::verify::subject::Enforcer;
use std::collections::{BTreeMap, BTreeSet};

/// Whether pods of a namespace that the input does not show have proxies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// They have: the namespace is in the mesh.
    Inside,
    /// They have: a policy names the namespace.
    Assumed,
    /// They have ambient mode's.
    Ambient,
    /// They have none.
    Outside,
    /// Nobody knows.
    Unknown,
}

/// The namespaces that the input shows, or that anything names.
#[derive(Debug)]
pub(super) struct Namespaces {
    /// Each with its place.
    pub(super) known: BTreeMap<String, Place>,
    /// What peers of Calico's policies ask of a namespace's name.
    pub(super) peer_tests: BTreeSet<LabelTest>,
    /// What their subjects ask of it.
    pub(super) subject_tests: BTreeSet<LabelTest>,
}

impl Place {
    /// Who enforces policies for its pods, where the input does not show them.
    pub(super) fn enforcer(self) -> Enforcer {
        match self {
            Self::Inside | Self::Assumed | Self::Unknown => Enforcer::Sidecar,
            Self::Ambient => Enforcer::Ztunnel,
            Self::Outside => Enforcer::Nobody,
        }
    }
}

impl Namespaces {
    /// Of a world.
    pub(super) fn of(world: &World<'_>, identities: &Identities) -> Self {
        let (mut peers, mut subjects) = (BTreeSet::new(), BTreeSet::new());
        for policy in policies(world) {
            of_namespace(&policy.selector, &mut subjects);
            if let Some(selector) = &policy.namespace_selector {
                of_namespace_by_name(selector, &mut subjects);
            }
            for rule in &policy.ingress {
                for selector in rule.source.selector.iter().chain(&rule.source.not_selector) {
                    of_namespace(selector, &mut peers);
                }
                if let Some(selector) = &rule.source.namespace_selector {
                    of_namespace_by_name(selector, &mut peers);
                }
            }
        }
        let named = peers.iter().chain(&subjects).filter(|test| is_exact(test));
        let named = named.flat_map(|test| literals(test)).cloned();
        let names: BTreeSet<String> =
            shown(world).into_iter().chain(named).chain(identities.namespaces()).collect();
        let place = |name: String| {
            let place = place(world, identities, &name);
            (name, place)
        };
        Self {
            known: names.into_iter().map(place).collect(),
            peer_tests: peers.into_iter().cloned().collect(),
            subject_tests: subjects.into_iter().cloned().collect(),
        }
    }

    /// The place of a namespace, known or made up.
    pub(super) fn place(&self, world: &World<'_>, identities: &Identities, name: &str) -> Place {
        self.known.get(name).copied().unwrap_or_else(|| place(world, identities, name))
    }

    /// Whether the pods of a workload have a sidecar, as far as the input says; where it says nothing
    /// they count as having one.
    pub(super) fn has_sidecar(&self, workload: &Workload) -> bool {
        self.enforcer(workload) == Enforcer::Sidecar
    }

    /// Who enforces policies for the pods of a workload.
    pub(super) fn enforcer(&self, workload: &Workload) -> Enforcer {
        let outside = || self.known.get(&workload.identity.namespace) == Some(&Place::Outside);
        match workload.proxy {
            Proxy::Unlabelled if outside() => Enforcer::Nobody,
            Proxy::Sidecar | Proxy::Unknown | Proxy::Unlabelled => Enforcer::Sidecar,
            Proxy::Ambient => Enforcer::Ztunnel,
            Proxy::None => Enforcer::Nobody,
        }
    }

    /// A name that nothing knows.
    pub(super) fn elsewhere(&self) -> String {
        let numbered = (2..).map(|number| format!("{ELSEWHERE}-{number}"));
        let mut names = [ELSEWHERE.to_string()].into_iter().chain(numbered);
        names.find(|name| !self.known.contains_key(name)).unwrap_or_default()
    }
}

/// Namespaces that the input or the settings show.
fn shown(world: &World<'_>) -> BTreeSet<String> {
    let (inventory, settings) = (world.inventory, world.settings);
    let mut names: BTreeSet<String> = inventory.namespaces.keys().cloned().collect();
    names.extend(inventory.istio_namespaces.iter().cloned());
    names.extend(inventory.workloads.iter().map(|workload| workload.identity.namespace.clone()));
    names.extend(inventory.services.iter().filter_map(|service| service.reference.namespace.clone()));
    names.extend(inventory.service_accounts.iter().map(|account| account.namespace.clone()));
    names.extend(policies(world).filter_map(|policy| policy.reference.namespace.clone()));
    names.extend(settings.mesh_namespaces.iter().flatten().cloned());
    let mapped = settings.map_identity.iter().flat_map(|(old, new)| [&old.namespace, &new.namespace]);
    names.extend(mapped.cloned());
    names.insert(settings.root_namespace.clone());
    names
}

/// A rule that names a namespace as one of peers takes it for a part of the mesh, unless it is proven
/// to be no part of it by more than the lack of a label. One that excepts its peers does so too where
/// nothing is known of the namespace.
fn place(world: &World<'_>, identities: &Identities, name: &str) -> Place {
    let named = identities.names_namespace(name);
    let mapped = || world.settings.map_identity.iter().any(|(_, new)| new.namespace == name);
    match world.inventory.membership(name, world.settings) {
        Membership::Proven(_) if world.inventory.is_ambient(name, world.settings) => Place::Ambient,
        Membership::Proven(_) => Place::Inside,
        Membership::Outside(Outside::Unlabelled) if named => Place::Assumed,
        Membership::Outside(
            Outside::NotListed | Outside::System | Outside::ControlPlane | Outside::Unlabelled,
        ) => Place::Outside,
        Membership::Unknown if identities.mentions_namespace(name) || mapped() => Place::Assumed,
        Membership::Unknown => Place::Unknown,
    }
}

/// The labels of a Namespace that the input shows.
pub(super) fn labels(world: &World<'_>, name: &str) -> Option<Labels> {
    world.inventory.namespaces.get(name).map(|namespace| namespace.labels.clone())
}
