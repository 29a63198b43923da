//! The peers that may ask.

use super::automata::constraint::Name;
use super::automata::{Machine, Search, Within, borrowed, read};
use super::calico::{accounts_at, policies};
use super::endpoints::{any, has_sidecar, network_set, shown};
use super::identities::Identities;
use super::namespaces::{Namespaces, Place};
use super::values::label_machines;
use super::{ANYONE, World};
use crate::config::Identity;
use crate::manifest::{Labels, Proxy, Workload};
use crate::object::calico::matching::{Known, Test as LabelTest};
use crate::verify::answer::Assumption;
use crate::verify::peer::{Peer, PeerKind, Spiffe};
use std::collections::{BTreeSet, HashSet};

/// The longest name of a namespace, and of an account.
const LONGEST: usize = 63;
/// The most states that a search for names visits.
const MOST: usize = 50_000;

/// The peers that may ask, the plainest first, and what is assumed of them.
#[must_use]
pub fn peers(world: &World<'_>) -> (Vec<Peer>, Vec<Assumption>) {
    let identities = Identities::of(world);
    let namespaces = Namespaces::of(world, &identities);
    let mut all = Peers {
        world,
        identities: &identities,
        namespaces: &namespaces,
        found: Vec::new(),
        assumed: BTreeSet::new(),
    };
    let workloads = world.inventory.workloads.iter();
    workloads.for_each(|workload| all.workload(workload));
    all.unseen_gateways();
    let mut machines = identities.machines();
    let known: Vec<String> = namespaces.known.keys().cloned().collect();
    for namespace in &known {
        all.unseen(namespace, &mut machines);
    }
    all.push(PeerKind::Outside, None);
    all.push(PeerKind::RemoteNode, None);
    for namespace in all.made_up(&known, &mut machines) {
        all.unseen(&namespace, &mut machines);
    }
    all.network_sets();
    for identity in &identities.foreign {
        all.push(PeerKind::Foreign, Some(identity.clone()));
    }
    (all.found, all.assumed.into_iter().collect())
}

/// Labels that an unseen peer never has all together: those of a template of the input without a
/// proxy, where the peer has one, in the same namespace with the same account. Without this
/// assumption no selector could tell the two apart.
#[must_use]
pub fn never(world: &World<'_>, peer: &Peer) -> Vec<Labels> {
    let Some(endpoint) = &peer.before else { return Vec::new() };
    if peer.workload.is_some() || peer.identity.is_none() {
        return Vec::new();
    }
    let bare = |workload: &&Workload| {
        let identity = &workload.identity;
        let same = Some(&identity.namespace) == endpoint.namespace.as_ref()
            && Some(&identity.account) == endpoint.account.as_ref();
        same && workload.proxy == Proxy::None && !workload.host_network && !workload.gateway
    };
    world.inventory.workloads.iter().filter(bare).map(|workload| workload.labels.clone()).collect()
}

struct Peers<'w> {
    world: &'w World<'w>,
    identities: &'w Identities,
    namespaces: &'w Namespaces,
    found: Vec<Peer>,
    assumed: BTreeSet<Assumption>,
}

impl Peers<'_> {
    fn assume(&mut self, text: impl Into<String>, check: impl Into<String>) {
        self.assumed.insert(Assumption { text: text.into(), check: check.into() });
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
            let (before, _) = shown(self.world, workload, has_sidecar(workload));
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
            Proxy::Unknown => self.variants(&identity.namespace),
        };
        for (proxy, _) in [(true, with), (false, without)].into_iter().filter(|(_, there)| *there) {
            let (before, after) = shown(self.world, workload, proxy && has_sidecar(workload));
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
        let mapped = self.world.settings.map_identity.iter().filter(|(old, _)| old == identity);
        let places: Vec<_> =
            mapped.map(|(_, new)| Some(any(self.world, &new.namespace, &new.account))).collect();
        let places = if places.is_empty() { vec![None] } else { places };
        self.found.extend(places.into_iter().map(|after| Peer { after, ..peer.clone() }));
    }

    /// An identity of the root namespace is taken for a gateway's.
    fn unseen_gateways(&mut self) {
        let root = &self.world.settings.root_namespace;
        let named = self.identities.pairs.iter().filter(|(namespace, _)| namespace == root);
        let named = named
            .map(|(namespace, account)| Identity { namespace: namespace.clone(), account: account.clone() });
        let mapped = self.world.settings.map_identity.iter().map(|(old, _)| old.clone());
        let mapped = mapped.filter(|old| old.namespace == *root);
        let shown: BTreeSet<&Identity> =
            self.world.inventory.workloads.iter().map(|workload| &workload.identity).collect();
        let unseen: BTreeSet<Identity> =
            named.chain(mapped).filter(|identity| !shown.contains(identity)).collect();
        for identity in unseen {
            let (namespace, account) = (&identity.namespace, &identity.account);
            self.assume(
                format!(
                    "service account `{namespace}/{account}` is that of a gateway, which goes with the mesh"
                ),
                format!("look at the pods with this account: `kubectl -n {namespace} get pods -o wide`"),
            );
            self.gateway(
                &identity,
                &Peer {
                    kind: PeerKind::Gateway,
                    identity: Some(self.spiffe(&identity)),
                    before: Some(any(self.world, namespace, account)),
                    after: None,
                    workload: None,
                },
            );
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
    fn unseen(&mut self, namespace: &str, machines: &mut [Box<dyn Machine>]) {
        let (with, without) = self.variants(namespace);
        let tests = self.account_tests(namespace);
        let proxied = |workload: &&Workload| {
            workload.identity.namespace == namespace && workload.proxy == Proxy::Sidecar
        };
        let world = self.world;
        let proxied: BTreeSet<&str> = world
            .inventory
            .workloads
            .iter()
            .filter(proxied)
            .map(|workload| workload.identity.account.as_str())
            .collect();
        let found = if with { self.accounts(namespace, &tests, machines) } else { Vec::new() };
        for account in found {
            self.pod(namespace, &account, true);
        }
        let found = if without { self.accounts(namespace, &tests, &mut []) } else { Vec::new() };
        for account in found.iter().filter(|account| !proxied.contains(account.as_str())) {
            self.pod(namespace, account, false);
        }
    }

    fn pod(&mut self, namespace: &str, account: &str, proxy: bool) {
        let identity = Identity { namespace: namespace.to_string(), account: account.to_string() };
        if self.replaces(&identity) {
            return;
        }
        let endpoint = any(self.world, namespace, account);
        let peer = Peer {
            kind: if proxy { PeerKind::MeshPod } else { PeerKind::BarePod },
            identity: proxy.then(|| self.spiffe(&identity)),
            before: Some(endpoint.clone()),
            after: Some(endpoint),
            workload: None,
        };
        // A template without labels and without a proxy leaves no room for others with one.
        if !never(self.world, &peer).iter().any(Labels::is_empty) {
            self.found.push(peer);
        }
    }

    /// What Calico's policies ask of the names of service accounts of a namespace.
    fn account_tests(&self, namespace: &str) -> Vec<LabelTest> {
        let at = any(self.world, namespace, ANYONE);
        let mut tests = BTreeSet::new();
        for policy in policies(self.world) {
            for rule in &policy.ingress {
                accounts_at(policy, &rule.source, &at, &mut tests);
            }
        }
        tests.into_iter().collect()
    }

    /// An account of each class that policies tell apart in a namespace, those of the input first.
    fn accounts(
        &self,
        namespace: &str,
        tests: &[LabelTest],
        machines: &mut [Box<dyn Machine>],
    ) -> Vec<String> {
        let inventory = self.world.inventory;
        let shown = inventory.workloads.iter().map(|workload| &workload.identity);
        let shown =
            shown.chain(&inventory.service_accounts).filter(|identity| identity.namespace == namespace);
        let shown: BTreeSet<&str> = shown.map(|identity| identity.account.as_str()).collect();
        let head = format!("{}/ns/{namespace}/sa/", self.world.settings.trust_domain);
        let mut parts = within(machines, &head, "");
        let identity = parts.len();
        let mut of_labels = label_machines(&tests.iter().collect::<Vec<_>>());
        let mut form = Name::ACCOUNT;
        let mut readers: Vec<&mut dyn Machine> =
            parts.iter_mut().map(|part| part as &mut dyn Machine).collect();
        readers.extend(borrowed(&mut of_labels));
        readers.push(&mut form);
        let mut search = Search::new(readers, LONGEST, MOST);
        let made_up = search.texts().unwrap_or_default();
        let texts = shown.into_iter().map(str::to_string).chain([ANYONE.to_string()]).chain(made_up);
        let mut classes = HashSet::new();
        let mut found = Vec::new();
        for text in texts {
            let class = search.class(&text).map(|class| class.into_iter().take(identity).collect::<Vec<_>>());
            let answers: Vec<_> = tests.iter().map(|test| test.passes(Known::Value(&text))).collect();
            if classes.insert((class, answers)) {
                found.push(text);
            }
        }
        found
    }

    /// Namespaces that nothing names and that policies tell from each other and from all others.
    fn made_up(&self, known: &[String], machines: &mut [Box<dyn Machine>]) -> Vec<String> {
        let head = format!("{}/ns/", self.world.settings.trust_domain);
        let mut parts = within(machines, &head, "/sa/");
        let mut of_labels = label_machines(&self.namespaces.peer_tests.iter().collect::<Vec<_>>());
        let mut form = Name::NAMESPACE;
        let mut readers: Vec<&mut dyn Machine> =
            parts.iter_mut().map(|part| part as &mut dyn Machine).collect();
        readers.extend(borrowed(&mut of_labels));
        readers.push(&mut form);
        let mut search = Search::new(readers, LONGEST, MOST);
        let texts = search.texts().unwrap_or_default();
        // Others may be distinguished by their labels too, so each class needs one of its own
        // only where no known namespace is like it; the first is one that nobody knows at all.
        let mut classes: HashSet<Vec<u32>> = known.iter().filter_map(|name| search.class(name)).collect();
        let elsewhere = self.namespaces.elsewhere();
        classes.extend(search.class(&elsewhere));
        let mut found = vec![elsewhere];
        for text in texts {
            if search.class(&text).is_some_and(|class| classes.insert(class)) && !known.contains(&text) {
                found.push(text);
            }
        }
        found
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

/// Machines that have read what stands before a part of the identity.
fn within<'m>(machines: &'m mut [Box<dyn Machine>], head: &str, tail: &'static str) -> Vec<Within<'m>> {
    let place = |machine: &'m mut Box<dyn Machine>| {
        let head = read(machine.as_mut(), 0, head).unwrap_or(0);
        Within { machine: machine.as_mut(), head, tail }
    };
    machines.iter_mut().map(place).collect()
}

#[cfg(test)]
mod tests;
