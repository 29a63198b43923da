//! Gateways among identities: which are known, what stands for them in the control plane's namespace,
//! and which go without a successor.

use super::caveat::Caveat;
use super::members::Members;
use super::mesh::{Mesh, Resolved, all_match};
use super::peer::exact;
use crate::config::Identity;
use crate::ir::{Glob, Proxy};
use std::collections::BTreeSet;

impl Mesh<'_> {
    /// Peers of other clusters come through these pods, whose address Calico sees in their place.
    pub(super) fn east_west_gateways(&self, resolved: &mut Resolved) {
        const LABELS: [(&str, &str); 2] = [("istio", "eastwestgateway"), ("app", "istio-eastwestgateway")];
        let shown = self.facts.workloads.iter().filter(|workload| {
            let labelled =
                |(key, value): &(&str, &str)| workload.labels.get(*key).is_some_and(|own| own == value);
            workload.proxy == Proxy::Gateway
                && (LABELS.iter().any(labelled) || workload.labels.contains_key("topology.istio.io/network"))
        });
        for identity in shown.map(|workload| &workload.identity).collect::<BTreeSet<_>>() {
            resolved.members.push(Members::of(&identity.namespace, &identity.account));
            let exactly = |name: &str| [Glob::exact(name)];
            self.successors(&exactly(&identity.namespace), &exactly(&identity.account), resolved);
        }
    }

    /// By `--map-identity`, whoever follows a matching identity counts as it.
    pub(super) fn successors(&self, namespaces: &[Glob], accounts: &[Glob], resolved: &mut Resolved) {
        let matching = self
            .map_identity
            .iter()
            .filter(|(old, _)| all_match(namespaces, &old.namespace) && all_match(accounts, &old.account));
        for (_, new) in matching {
            resolved.members.push(Members {
                note: Some(", by --map-identity"),
                ..Members::of(&new.namespace, &new.account)
            });
        }
    }

    /// In the control plane's namespace only gateways have an identity: an account that one word
    /// names with its namespace counts, and all of the namespace is the gateways that the input shows.
    pub(super) fn of_gateway_namespace(
        &self,
        name: &str,
        accounts: &[Glob],
        whole: bool,
        resolved: &mut Resolved,
    ) {
        if let Some(account) = exact(accounts).filter(|_| whole) {
            if self.is_shown_bare(name, account) {
                resolved.caveats.insert(Caveat::WithoutMesh(name.to_string()));
            } else {
                self.members_of(name, accounts, resolved);
            }
            return;
        }
        let mut known = self.gateways_of(name);
        known.retain(|identity| all_match(accounts, &identity.account));
        if known.is_empty() {
            resolved.caveats.insert(Caveat::GatewayNamespace(name.to_string()));
        }
        for identity in known {
            self.members_of(name, &[Glob::exact(&identity.account)], resolved);
        }
    }

    /// Whether the templates with an account are all without a proxy, and it is mapped to none.
    pub(super) fn is_shown_bare(&self, namespace: &str, account: &str) -> bool {
        let identity = Identity { namespace: namespace.to_string(), account: account.to_string() };
        let mut own =
            self.facts.workloads.of(namespace).filter(|workload| workload.identity == identity).peekable();
        own.peek().is_some()
            && own.all(|workload| workload.proxy == Proxy::None)
            && !self.map_identity.iter().any(|(old, _)| *old == identity)
    }

    /// The gateways of a namespace that are known: shown, or mapped.
    pub(super) fn gateways_of(&self, namespace: &str) -> BTreeSet<&Identity> {
        let mapped = self.map_identity.iter().map(|(old, _)| old);
        let known = self.facts.gateways.iter().chain(mapped);
        known.filter(|identity| identity.namespace == namespace).collect()
    }

    /// Gateways that the input shows, or that are mapped, are members by wildcard too.
    pub(super) fn gateways_by_wildcard(&self, accounts: &[Glob], resolved: &mut Resolved) {
        let root = &self.facts.root_namespace;
        for identity in self.facts.gateways.iter().filter(|identity| identity.namespace == *root) {
            if all_match(accounts, &identity.account) {
                self.members_of(root, &[Glob::exact(&identity.account)], resolved);
            }
        }
    }

    /// Whether an identity is a gateway's: its template in the input says so, or its name is one
    /// that Istio's charts give gateways, or it is one of the control plane's namespace, where others
    /// have none, and no template says otherwise.
    pub(super) fn is_gateway(&self, identity: &Identity) -> bool {
        let name = identity.account.strip_suffix("-service-account").unwrap_or(&identity.account);
        let root = &self.facts.root_namespace;
        let listed = self.facts.namespaces.only.as_ref().is_some_and(|only| only.contains(root));
        let is_shown = || self.facts.workloads.of(root).any(|workload| workload.identity == *identity);
        self.facts.gateways.contains(identity)
            || (identity.namespace == *root && !listed && !is_shown())
            || self.map_identity.iter().any(|(old, _)| old == identity)
            || ["istio-ingressgateway", "istio-egressgateway", "istio-eastwestgateway", "istio-ingress"]
                .contains(&name)
    }

    /// Gateways among these identities: what takes their place is not among these pods.
    pub(super) fn lost_gateways(&self, namespaces: &[Glob], accounts: &[Glob], resolved: &mut Resolved) {
        let named = exact(namespaces).zip(exact(accounts)).map(|(namespace, account)| Identity {
            namespace: namespace.to_string(),
            account: account.to_string(),
        });
        let mentioned = self.facts.mentioned_identities.iter().cloned().chain(named);
        let gateways = mentioned.filter(|identity| self.is_gateway(identity));
        let all = self.facts.gateways.iter().cloned().chain(gateways).filter(|identity| {
            all_match(namespaces, &identity.namespace) && all_match(accounts, &identity.account)
        });
        let lost = all.filter(|identity| !self.map_identity.iter().any(|(old, _)| old == identity));
        resolved.caveats.extend(lost.map(Caveat::Gateway));
    }

    /// The control plane's namespace, where all its pods count; `None` where those do that are
    /// known to have an identity. One gateway that is known stands for the others: a user who shows
    /// some shows all.
    pub(super) fn possible_root(
        &self,
        namespaces: &[Glob],
        accounts: &[Glob],
        whole: bool,
        resolved: &mut Resolved,
    ) -> Option<&String> {
        let root = &self.facts.root_namespace;
        let listed = self.facts.namespaces.only.as_ref().is_some_and(|only| only.contains(root));
        let reached = all_match(namespaces, root);
        if listed || !reached || whole {
            return Some(root);
        }
        let mut known = self.gateways_of(root);
        if known.is_empty() {
            let every = accounts.iter().all(Glob::is_any);
            resolved.caveats.insert(Caveat::AllOfGatewayNamespace { namespace: root.clone(), every });
            return Some(root);
        }
        let injected = self.facts.workloads.of(root).filter(|workload| workload.proxy != Proxy::None);
        known.extend(injected.map(|workload| &workload.identity));
        let named = self.facts.named_identities.iter().filter(|identity| identity.namespace == *root);
        known.extend(named.filter(|identity| !self.is_shown_bare(&identity.namespace, &identity.account)));
        known.retain(|identity| all_match(accounts, &identity.account));
        resolved.members.extend(known.into_iter().map(|identity| Members::of(root, &identity.account)));
        None
    }
}
