//! The peers that may ask.

use super::World;
use super::endpoints::{any, labels_without_proxy, network_set, own_labels, set_apart, shown};
use super::identities::Identities;
use super::labelled::Labelled;
use super::names::{Found, Names};
use super::namespaces::{Namespaces, Place};
use super::subjects::assumption;
use crate::config::Identity;
use crate::manifest::{Labels, Proxy, Workload};
use crate::object::calico::v3::{Entity, Policy};
use crate::verify::answer::Assumption;
use crate::verify::peer::{Endpoint, Peer, PeerKind, Spiffe};
use std::collections::BTreeSet;

/// The peers that may ask, the plainest first, and what is assumed of them.
#[must_use]
pub fn peers(world: &World<'_>) -> (Vec<Peer>, Vec<Assumption>) {
    let identities = Identities::of(world);
    let labelled = Labelled::of(world);
    let namespaces = Namespaces::of(world, &identities);
    let mut all = Peers {
        world,
        identities: &identities,
        namespaces: &namespaces,
        labelled: &labelled,
        gateways: unseen_gateways(world, &identities),
        found: Vec::new(),
        assumed: BTreeSet::new(),
    };
    let workloads = world.inventory.workloads.iter();
    workloads.for_each(|workload| all.workload(workload));
    all.unseen_gateways();
    let mut names = Names::new(world, &identities, &namespaces, &labelled);
    for namespace in namespaces.known.keys() {
        all.unseen(namespace, &mut names);
    }
    all.push(PeerKind::Outside, None);
    all.push(PeerKind::RemoteNode, None);
    let Found { names: made_up, complete } = names.made_up();
    for namespace in &made_up {
        all.unseen(namespace, &mut names);
    }
    if !complete {
        all.incomplete("namespaces");
    }
    all.network_sets();
    for identity in &identities.foreign {
        all.push(PeerKind::Foreign, Some(identity.clone()));
    }
    (all.found, all.assumed.into_iter().collect())
}

/// Labels that a peer never has all together, in each of these sets: those of a template of the input
/// in its namespace that has no proxy, where the peer has one and the input does not show it, and those that
/// stand for other service accounts.
#[must_use]
pub fn never(world: &World<'_>, labelled: &Labelled<'_>, peer: &Peer) -> Vec<Labels> {
    let mut all = match peer.before.as_ref().and_then(|endpoint| endpoint.namespace.as_ref()) {
        Some(namespace) if peer.kind == PeerKind::MeshPod && peer.workload.is_none() => {
            labels_without_proxy(world, namespace)
        }
        Some(_) | None => Vec::new(),
    };
    let unseen = peer.after.iter().filter(|endpoint| endpoint.open);
    all.extend(unseen.flat_map(|endpoint| labelled.never(endpoint)));
    all
}

/// Identities of gateways whose pods the input does not show: those of waypoints, and one of the root namespace
/// is taken for a gateway's where a policy or `--map-identity` names it.
fn unseen_gateways(world: &World<'_>, identities: &Identities) -> BTreeSet<Identity> {
    let identity = |(namespace, account): &(String, String)| Identity {
        namespace: namespace.clone(),
        account: account.clone(),
    };
    let mapped = world.settings.map_identity.iter().map(|(old, _)| old.clone());
    let named = identities.pairs.iter().map(identity).chain(mapped);
    let shown: BTreeSet<&Identity> =
        world.inventory.workloads.iter().map(|workload| &workload.identity).collect();
    let in_root = named.filter(|old| old.namespace == world.settings.root_namespace);
    let waypoints = world.inventory.waypoints.shown.iter().map(|waypoint| waypoint.identity.clone());
    in_root.chain(waypoints).filter(|old| !shown.contains(old)).collect()
}

/// Whether a policy tells peers apart by more than their addresses.
fn asks_of_peers(policy: &Policy) -> bool {
    policy.ingress.iter().any(|rule| {
        let Entity {
            selector,
            not_selector,
            namespace_selector,
            service_accounts,
            service_account_selector,
            services: _,
            nets: _,
            not_nets: _,
            ports: _,
            not_ports: _,
        } = &rule.source;
        let selectors = [selector, not_selector, namespace_selector, service_account_selector];
        !service_accounts.is_empty() || selectors.into_iter().any(Option::is_some)
    })
}

struct Peers<'w> {
    world: &'w World<'w>,
    identities: &'w Identities,
    namespaces: &'w Namespaces,
    labelled: &'w Labelled<'w>,
    /// Identities of gateways that the input does not show.
    gateways: BTreeSet<Identity>,
    found: Vec<Peer>,
    assumed: BTreeSet<Assumption>,
}

impl Peers<'_> {
    fn assume(&mut self, text: impl Into<String>, check: impl Into<String>) {
        self.assumed.insert(assumption(text, check));
    }

    fn spiffe(&self, identity: &Identity) -> Spiffe {
        Spiffe {
            trust_domain: self.world.settings.trust_domain.clone(),
            namespace: identity.namespace.clone(),
            account: identity.account.clone(),
        }
    }

    /// A peer that is no endpoint.
    fn push(&mut self, kind: PeerKind, identity: Option<Spiffe>) {
        self.found.push(Peer { kind, identity, before: None, after: None, workload: None });
    }

    fn workload(&mut self, workload: &Workload) {
        let identity = &workload.identity;
        if self.replaces(identity) {
            return;
        }
        if workload.host_network {
            let reference = Some(workload.reference.clone());
            let kind = PeerKind::RemoteNode;
            self.found.push(Peer { kind, identity: None, before: None, after: None, workload: reference });
            return;
        }
        if workload.gateway {
            let (before, _) = shown(self.world, workload, self.namespaces.has_sidecar(workload));
            return self.gateway(
                identity,
                &Peer {
                    kind: PeerKind::Gateway,
                    identity: Some(self.spiffe(identity)),
                    before: Some(before),
                    after: None,
                    workload: Some(workload.reference.clone()),
                },
            );
        }
        let (with, without) = match workload.proxy {
            Proxy::Sidecar | Proxy::Ambient => (true, false),
            Proxy::None => (false, true),
            Proxy::Unknown | Proxy::Unlabelled => self.variants(&identity.namespace),
        };
        for (proxy, _) in [(true, with), (false, without)].into_iter().filter(|(_, there)| *there) {
            let (before, after) = shown(self.world, workload, proxy && self.namespaces.has_sidecar(workload));
            self.found.push(Peer {
                kind: if proxy { PeerKind::MeshPod } else { PeerKind::BarePod },
                identity: proxy.then(|| self.spiffe(identity)),
                before: Some(before),
                after: Some(after),
                workload: Some(workload.reference.clone()),
            });
        }
    }

    /// Whether pods of this identity stand in the place of others by `--map-identity`.
    fn replaces(&mut self, identity: &Identity) -> bool {
        let replaces = self.world.settings.map_identity.iter().any(|(_, new)| new == identity);
        if replaces {
            let (namespace, account) = (&identity.namespace, &identity.account);
            self.assume(
                format!(
                    "pods of service account `{namespace}/{account}` are asked about only in the place of the \
                     identity that `--map-identity` gives them"
                ),
                "they gain what the mapped identity may do: see that this is meant",
            );
        }
        replaces
    }

    /// A gateway, and whatever takes its place.
    fn gateway(&mut self, identity: &Identity, peer: &Peer) {
        if self.world.before.on_ingress().any(asks_of_peers) {
            self.assume(
                "network policies that are in force beside the mesh know whatever takes a gateway's place as they knew the gateway",
                "see that those which let in the gateway let in what takes its place, and those which refuse it refuse that",
            );
        }
        let mapped = self.world.settings.map_identity.iter().filter(|(old, _)| old == identity);
        let places: Vec<_> = mapped
            .flat_map(|(_, new)| self.endpoints(&new.namespace, &new.account, true))
            .map(Some)
            .collect();
        let places = if places.is_empty() { vec![None] } else { places };
        self.found.extend(places.into_iter().map(|after| Peer { after, ..peer.clone() }));
    }

    /// Gateways that the input does not show.
    fn unseen_gateways(&mut self) {
        for identity in self.gateways.clone() {
            let (namespace, account) = (&identity.namespace, &identity.account);
            self.assume(
                format!(
                    "service account `{namespace}/{account}` is that of a gateway, which goes with the mesh"
                ),
                format!("look at the pods with this account: `kubectl -n {namespace} get pods -o wide`"),
            );
            let peer = Peer {
                kind: PeerKind::Gateway,
                identity: Some(self.spiffe(&identity)),
                before: Some(any(self.world, namespace, account)),
                after: None,
                workload: None,
            };
            self.gateway(&identity, &peer);
        }
    }

    /// Whether there are pods with and without a proxy among those that the input does not show.
    fn variants(&mut self, namespace: &str) -> (bool, bool) {
        match self.namespaces.place(self.world, self.identities, namespace) {
            Place::Inside | Place::Ambient => {
                self.assume(
                    "pods that the input does not show have a proxy where their namespace is in the mesh",
                    "look for pods without `istio-proxy` in the namespaces of the mesh",
                );
                (true, false)
            }
            Place::Assumed => {
                self.assume(
                    format!("pods of `{namespace}` that the input does not show have a proxy, since a rule names the namespace"),
                    format!("look at its pods: `kubectl -n {namespace} get pods`, or give its manifests to unmesh"),
                );
                (true, false)
            }
            Place::Outside => (false, true),
            Place::Unknown => (true, true),
        }
    }

    /// Pods of a namespace that the input does not show.
    fn unseen(&mut self, namespace: &str, names: &mut Names<'_>) {
        let (with, without) = self.variants(namespace);
        self.assumed.extend(self.labelled.assumed(namespace));
        for proxy in [with.then_some(true), without.then_some(false)].into_iter().flatten() {
            let except = self.impossible(namespace, proxy);
            let Found { names: accounts, complete } = names.accounts(namespace, proxy, &except);
            for account in accounts {
                self.pod(namespace, &account, proxy);
            }
            if !complete {
                self.incomplete(&format!("service accounts of `{namespace}`"));
            }
        }
    }

    /// Says that not all names could be found.
    fn incomplete(&mut self, what: &str) {
        self.assume(
            format!("no {what} matter but those that the input shows: policies tell too many apart"),
            "use fewer patterns for identities",
        );
    }

    /// The accounts that pods of a namespace do not have, where the input does not show them.
    fn impossible(&mut self, namespace: &str, proxy: bool) -> BTreeSet<String> {
        let world = self.world;
        let here = |workload: &&Workload| workload.identity.namespace == namespace;
        let workloads = || world.inventory.workloads.iter().filter(here);
        // Where an account is shown with a proxy, no pod without one hides behind it; and a template
        // without a proxy that no label sets apart leaves no room for others with one.
        let of_the_other = workloads().filter(|workload| match workload.proxy {
            _ if workload.gateway => false,
            Proxy::Sidecar => !proxy,
            Proxy::None => proxy && !workload.host_network && own_labels(workload).is_empty(),
            Proxy::Ambient | Proxy::Unknown | Proxy::Unlabelled => false,
        });
        let mut except: BTreeSet<String> =
            of_the_other.map(|workload| workload.identity.account.clone()).collect();
        for account in &except {
            self.alike(namespace, account, !proxy);
        }
        if proxy && !labels_without_proxy(world, namespace).is_empty() {
            self.assumed.insert(set_apart(namespace));
        }
        let gateways = workloads().filter(|workload| workload.gateway);
        except.extend(gateways.map(|workload| workload.identity.account.clone()));
        let gateways = self.gateways.iter().filter(|identity| identity.namespace == namespace);
        except.extend(gateways.map(|identity| identity.account.clone()));
        let mapped = world.settings.map_identity.iter().map(|(_, new)| new);
        for new in mapped.filter(|new| new.namespace == namespace) {
            self.replaces(new);
            except.insert(new.account.clone());
        }
        except
    }

    /// Says that all pods of an account that the input does not show have a proxy, or none.
    fn alike(&mut self, namespace: &str, account: &str, proxy: bool) {
        let have = if proxy { "have a proxy" } else { "have no proxy" };
        self.assume(
            format!(
                "pods of service account `{namespace}/{account}` that the input does not show {have}, as those that it shows"
            ),
            format!("look for the container `istio-proxy` in its pods: `kubectl -n {namespace} get pods`"),
        );
    }

    fn pod(&mut self, namespace: &str, account: &str, proxy: bool) {
        let identity = Identity { namespace: namespace.to_string(), account: account.to_string() };
        for endpoint in self.endpoints(namespace, account, proxy) {
            self.found.push(Peer {
                kind: if proxy { PeerKind::MeshPod } else { PeerKind::BarePod },
                identity: proxy.then(|| self.spiffe(&identity)),
                before: Some(endpoint.clone()),
                after: Some(endpoint),
                workload: None,
            });
        }
    }

    /// Pods of an account that the input does not show, by the labels that stand for it.
    fn endpoints(&self, namespace: &str, account: &str, proxy: bool) -> Vec<Endpoint> {
        let sets = self.labelled.carried(namespace, account, proxy).into_iter();
        sets.map(|labels| Endpoint { labels, ..any(self.world, namespace, account) }).collect()
    }

    fn network_sets(&mut self) {
        let elsewhere = self.namespaces.elsewhere();
        let names = self.namespaces.known.keys().map(|name| Some(name.as_str()));
        let places = [None].into_iter().chain(names).chain([Some(elsewhere.as_str())]);
        for namespace in places {
            let endpoint = network_set(self.world, namespace);
            self.found.push(Peer {
                kind: PeerKind::NetworkSet,
                identity: None,
                before: Some(endpoint.clone()),
                after: Some(endpoint),
                workload: None,
            });
        }
    }
}

#[cfg(test)]
mod tests;
