//! Service accounts that labels stand for, where the target knows no accounts.
//!
//! A NetworkPolicy selects peers by their labels. Where those of the input that have the labels of a peer have one
//! service account, or one of several, and the mesh tells pods of their namespace apart by it, such a peer is taken to stand for the
//! account: no other pod carries its labels. It is read off the policies compared and the templates, whoever
//! wrote the policies, and said as an assumption.

use super::ANYONE;
use super::World;
use super::calico::{namespace_label, policies};
use super::endpoints::any;
use super::identities::Identities;
use super::namespaces::{Namespaces, Place};
use super::subjects::assumption;
use crate::config::Target;
use crate::manifest::{Labels, Proxy, Workload, matches_labels};
use crate::object::calico::matching::{Selector, Test};
use crate::object::calico::v3::Kind;
use crate::verify::answer::Assumption;
use crate::verify::peer::{Endpoint, ORCHESTRATOR};
use std::collections::{BTreeMap, BTreeSet};

/// Labels, with the service accounts that pods with them have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Telling {
    labels: Labels,
    accounts: BTreeSet<String>,
}

/// What labels tell, by namespace.
#[derive(Clone, Default, Debug)]
pub struct Labelled<'w> {
    namespaces: BTreeMap<String, Vec<Telling>>,
    workloads: Vec<&'w Workload>,
}

impl<'w> Labelled<'w> {
    /// Of a world; nothing where the target knows accounts itself.
    #[must_use]
    pub fn of(world: &World<'w>) -> Self {
        let mut all = Self { workloads: world.inventory.workloads.iter().collect(), ..Self::default() };
        if world.settings.target != Target::Kubernetes {
            return all;
        }
        let identities = Identities::of(world);
        let namespaces = Namespaces::of(world, &identities);
        let names = world.inventory.workloads.iter().map(|workload| &workload.identity.namespace);
        for name in names.collect::<BTreeSet<_>>() {
            // Where templates alone are in the mesh, their pods are known by the account, too.
            let in_part = match namespaces.place(world, &identities, name) {
                Place::Outside | Place::Unknown => all.here(name).any(has_identity),
                Place::Inside | Place::Ambient | Place::Assumed => false,
            };
            if in_part || identities.tells_accounts(name, &world.settings.trust_domain) {
                let found = asked(world, name).into_iter().filter_map(|labels| all.telling(name, labels));
                let found: Vec<Telling> = found.collect();
                all.namespaces.insert(name.clone(), found);
            }
        }
        all
    }

    fn here(&self, namespace: &str) -> impl Iterator<Item = &'w Workload> {
        let all = self.workloads.iter().copied();
        all.filter(move |workload| workload.identity.namespace == namespace)
    }

    /// The accounts that labels stand for, which are those of the templates with these labels: where the mesh does
    /// not take them for alike, the pods of these templates show it. `None` where there is none.
    fn telling(&self, namespace: &str, labels: Labels) -> Option<Telling> {
        let accounts: BTreeSet<String> = self
            .here(namespace)
            .filter(|workload| matches_labels(&labels, &workload.labels))
            .map(|workload| workload.identity.account.clone())
            .collect();
        (!accounts.is_empty()).then_some(Telling { labels, accounts })
    }

    fn tellings(&self, namespace: &str) -> &[Telling] {
        self.namespaces.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// Labels that a pod never has all together, where the input does not show it: those that stand for other
    /// accounts.
    pub(super) fn never(&self, pod: &Endpoint) -> Vec<Labels> {
        let (Some(namespace), Some(account)) = (&pod.namespace, &pod.account) else { return Vec::new() };
        let others = self.tellings(namespace).iter().filter(|telling| !telling.accounts.contains(account));
        others.map(|telling| telling.labels.clone()).collect()
    }

    /// For which accounts of labels an account stands: what sets it apart from others where the mesh does not.
    pub(super) fn class(&self, namespace: &str, account: &str) -> Vec<bool> {
        self.tellings(namespace).iter().map(|telling| telling.accounts.contains(account)).collect()
    }

    /// The labels that pods of an account carry, with a proxy or without, where the input does not show them: one
    /// of these sets. What templates of the other kind carry says nothing of them.
    pub(super) fn carried(&self, namespace: &str, account: &str, proxy: bool) -> BTreeSet<Labels> {
        let mut sets = BTreeSet::new();
        let of_kind = |workload: &&Workload| match workload.proxy {
            Proxy::Sidecar | Proxy::Ambient => proxy,
            Proxy::None => !proxy || workload.gateway,
            Proxy::Unknown | Proxy::Unlabelled => true,
        };
        let own = self.here(namespace).filter(|workload| workload.identity.account == account);
        for workload in own.filter(of_kind) {
            let own = self.tellings(namespace).iter();
            let own = own.filter(|telling| matches_labels(&telling.labels, &workload.labels));
            sets.insert(own.flat_map(|telling| telling.labels.clone()).collect::<Labels>());
        }
        // Where the labels of one template tell nothing, other pods of the account may have any.
        if sets.is_empty() || sets.contains(&Labels::new()) { BTreeSet::from([Labels::new()]) } else { sets }
    }

    /// What is taken for granted of a namespace.
    pub(super) fn assumed(&self, namespace: &str) -> Vec<Assumption> {
        let mut found = Vec::new();
        for Telling { labels, accounts } in self.tellings(namespace) {
            let words: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let words = words.join(",");
            let names: Vec<String> = accounts.iter().map(|account| format!("`{account}`")).collect();
            let of_accounts = |workload: &&Workload| accounts.contains(&workload.identity.account);
            let mut all = self.here(namespace).filter(of_accounts);
            let exactly = all.all(|workload| matches_labels(labels, &workload.labels));
            found.push(assumption(
                format!(
                    "in `{namespace}` a pod that the input does not show is labelled `{words}` {} if it has the service account {}",
                    if exactly { "exactly" } else { "only" },
                    names.join(" or ")
                ),
                format!(
                    "kubectl -n {namespace} get pods -l {words} -o custom-columns=POD:.metadata.name,ACCOUNT:.spec.serviceAccountName"
                ),
            ));
            if !exactly {
                found.push(assumption(
                    format!(
                        "in `{namespace}` a pod of the service account {} that the input does not show is labelled as a template of that account",
                        names.join(" or ")
                    ),
                    format!("kubectl -n {namespace} get pods --show-labels -o wide"),
                ));
            }
        }
        found
    }
}

fn has_identity(workload: &Workload) -> bool {
    workload.gateway || workload.proxy == Proxy::Sidecar
}

/// The labels by which NetworkPolicies select peers in a namespace.
fn asked(world: &World<'_>, namespace: &str) -> BTreeSet<Labels> {
    let at = any(world, namespace, ANYONE);
    let mut found = BTreeSet::new();
    for policy in policies(world).filter(|policy| policy.kind == Kind::Kubernetes) {
        for peer in policy.ingress.iter().map(|rule| &rule.source) {
            let here = match &peer.namespace_selector {
                Some(selector) => selector.evaluate(&|key| namespace_label(&at, key)) != Some(false),
                None => policy.reference.namespace.as_deref() == Some(namespace),
            };
            let mut labels = Labels::new();
            if let (true, Some(selector)) = (here, &peer.selector) {
                equal(selector, &mut labels);
            }
            found.insert(labels);
        }
    }
    found.remove(&Labels::new());
    found
}

/// The labels that whatever a selector selects has for sure.
fn equal(selector: &Selector, into: &mut Labels) {
    match selector {
        Selector::And(parts) => parts.iter().for_each(|part| equal(part, into)),
        Selector::Label { key, test } if key != ORCHESTRATOR => match test {
            Test::Equals(value) => drop(into.insert(key.clone(), value.clone())),
            Test::In(values) => {
                if let [value] = values.as_slice() {
                    into.insert(key.clone(), value.clone());
                }
            }
            Test::Has
            | Test::NotEquals(_)
            | Test::NotIn(_)
            | Test::Contains(_)
            | Test::StartsWith(_)
            | Test::EndsWith(_) => {}
        },
        Selector::All | Selector::Global | Selector::Label { .. } | Selector::Not(_) | Selector::Or(_) => {}
    }
}
