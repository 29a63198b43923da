//! Identities as pods: which namespaces and accounts stand for a mesh identity.
//!
//! The mesh knew a peer by its certificate; Calico knows pods by namespace, account and labels. So
//! each identity is bounded: from below by what the input proves to be in the mesh, from above by
//! what it does not prove to be outside.

use super::caveat::Caveat;
use super::expression::{self, ACCOUNT, NAMESPACE};
use super::members::{Members, NamespaceSet, account_set, apart, merged};
use super::peer::{PeerPattern, exact};
use crate::config::Identity;
use crate::ir::{Bound, Facts, Glob, Member, Proxy, Workload};
use crate::object::calico::Expression;
use std::collections::BTreeSet;

/// What identities resolve to.
#[derive(Clone, Default, Debug)]
pub(super) struct Resolved {
    pub members: Vec<Members>,
    /// Sources that are no pods of this cluster (for identities of other trust domains).
    pub outsiders: bool,
    pub caveats: BTreeSet<Caveat>,
}

/// The mesh as peers see it.
#[derive(Clone, Copy)]
pub(super) struct Mesh<'a> {
    pub facts: &'a Facts,
    pub map_identity: &'a [(Identity, Identity)],
}

impl Mesh<'_> {
    /// The pods of these identities, at most or at least.
    pub(super) fn resolve(&self, patterns: &[PeerPattern], bound: Bound) -> Resolved {
        let mut resolved = Resolved::default();
        for pattern in patterns {
            match (pattern, bound) {
                (PeerPattern::Foreign, Bound::Under) => {
                    resolved.caveats.insert(Caveat::Foreign);
                }
                (PeerPattern::Foreign, Bound::Over) => {
                    resolved.outsiders = true;
                    resolved.caveats.insert(Caveat::Foreign);
                    self.east_west_gateways(&mut resolved);
                }
                (PeerPattern::Local { namespaces, accounts, whole }, _) => {
                    self.successors(namespaces, accounts, &mut resolved);
                    match (exact(namespaces), bound) {
                        (Some(name), Bound::Under) => self.named(name, accounts, *whole, &mut resolved),
                        (None, Bound::Under) => self.proven(namespaces, accounts, &mut resolved),
                        (_, Bound::Over) => self.possible(namespaces, accounts, *whole, &mut resolved),
                    }
                }
            }
        }
        resolved.members = merged(resolved.members);
        resolved
    }

    /// Everybody with an identity, at most: namespaces that the input proves, gateways, identities
    /// that an Allow policy names whole, and whoever `--map-identity` puts in their place.
    pub(super) fn with_identity(&self) -> Resolved {
        let mut resolved = Resolved::default();
        for name in &self.facts.namespaces.proven {
            self.members_of(name, &[Glob::any()], &mut resolved);
        }
        for name in self.facts.namespaces.proven_in_part.keys() {
            self.proven_accounts_of(name, &[Glob::any()], &mut resolved);
        }
        let mapped = self.map_identity.iter().map(|(old, _)| old);
        let named = self.facts.named_identities.iter().chain(&self.facts.gateways).chain(mapped);
        for identity in named.collect::<BTreeSet<_>>() {
            let exactly = |name: &str| [Glob::exact(name)];
            if !self.facts.namespaces.proven.contains(&identity.namespace) {
                self.named(&identity.namespace, &exactly(&identity.account), true, &mut resolved);
            }
            self.successors(&exactly(&identity.namespace), &exactly(&identity.account), &mut resolved);
        }
        resolved.caveats.retain(Caveat::is_told_of_everybody);
        self.lost_gateways(&[Glob::any()], &[Glob::any()], &mut resolved);
        if !self.facts.foreign_identities.is_empty() {
            resolved.caveats.insert(Caveat::Foreign);
        }
        if self.facts.namespaces.only.is_none() {
            resolved.caveats.insert(Caveat::UnknownNamespaces);
        }
        resolved
    }

    /// A namespace that is named: a member, unless the input shows otherwise.
    fn named(&self, name: &str, accounts: &[Glob], whole: bool, resolved: &mut Resolved) {
        if self.facts.namespaces.ambient.contains(name) || self.facts.namespaces.proven.contains(name) {
            self.members_of(name, accounts, resolved);
            return;
        }
        if name == self.facts.root_namespace {
            self.of_gateway_namespace(name, accounts, whole, resolved);
            return;
        }
        if self.is_outside(name) || self.facts.namespaces.shown_without_mesh.contains(name) {
            resolved.caveats.insert(Caveat::WithoutMesh(name.to_string()));
            return;
        }
        resolved.caveats.insert(Caveat::Assumed(name.to_string()));
        self.members_of(name, accounts, resolved);
    }

    /// Whether a namespace is proven outside. The control plane's has gateways.
    fn is_outside(&self, name: &str) -> bool {
        self.facts.namespaces.is_outside(name) && name != self.facts.root_namespace
    }

    /// In a namespace outside the mesh, the templates with a proxy of their own.
    fn shown_with_proxy(&self, name: &str, accounts: &[Glob], resolved: &mut Resolved) {
        self.lost_gateways(&[Glob::exact(name)], accounts, resolved);
        let shown = self.of_namespace(name, accounts).filter(|workload| workload.proxy != Proxy::None);
        let shown: BTreeSet<&str> = shown.map(|workload| workload.identity.account.as_str()).collect();
        if shown.is_empty() {
            resolved.caveats.insert(Caveat::WithoutMesh(name.to_string()));
        }
        resolved.members.extend(shown.into_iter().map(|account| Members::of(name, account)));
    }

    /// By wildcard, only what is proven is a member.
    fn proven(&self, namespaces: &[Glob], accounts: &[Glob], resolved: &mut Resolved) {
        let facts = &self.facts.namespaces;
        let matching = facts.proven.iter().filter(|name| all_match(namespaces, name));
        for name in matching {
            self.members_of(name, accounts, resolved);
        }
        let in_part = facts.proven_in_part.keys();
        for name in in_part.filter(|name| all_match(namespaces, name)) {
            self.proven_accounts_of(name, accounts, resolved);
        }
        if all_match(namespaces, &self.facts.root_namespace) {
            self.gateways_by_wildcard(accounts, resolved);
        }
        self.lost_gateways(namespaces, accounts, resolved);
        if facts.only.is_none() {
            resolved.caveats.insert(Caveat::UnknownNamespaces);
        }
    }

    /// Where only templates speak for a namespace, their accounts are members, without pods whose
    /// templates say nothing.
    fn proven_accounts_of(&self, name: &str, accounts: &[Glob], resolved: &mut Resolved) {
        let proven = self.facts.namespaces.proven_in_part.get(name).into_iter().flatten();
        for account in proven.filter(|account| all_match(accounts, account)) {
            self.members_but(
                name,
                &[Glob::exact(account)],
                &[Member::No, Member::Unlabelled, Member::Possible],
                resolved,
            );
        }
    }

    /// The pods of one namespace that have an identity.
    pub(super) fn members_of(&self, name: &str, accounts: &[Glob], resolved: &mut Resolved) {
        self.members_but(name, accounts, &[Member::No, Member::Unlabelled], resolved);
    }

    /// The pods of one namespace, without those that the input shows like this.
    fn members_but(&self, name: &str, accounts: &[Glob], but: &[Member], resolved: &mut Resolved) {
        let mut except = Vec::new();
        for pod in self.of_namespace(name, accounts).filter(|pod| but.contains(&pod.member)) {
            if pod.member == Member::Unlabelled {
                let (account, pod) = (pod.identity.clone(), pod.reference.to_string());
                resolved.caveats.insert(Caveat::Unlabelled { account, pod });
            }
            if self.is_separable(pod, |other| !but.contains(&other.member)) {
                except.push(apart(pod, accounts).not());
                continue;
            }
            resolved.caveats.insert(inseparable_pod(pod));
            if exact(accounts).is_some() {
                return;
            }
            except.push(Expression::equals(ACCOUNT, &pod.identity.account).not());
        }
        let mut note = None;
        if let Some(account) = exact(accounts) {
            let identity = Identity { namespace: name.to_string(), account: account.to_string() };
            if self.is_gateway(&identity) {
                note = Some("; goes with the gateway");
                if !self.map_identity.iter().any(|(old, _)| *old == identity) {
                    resolved.caveats.insert(Caveat::Gateway(identity));
                }
            }
        }
        resolved.members.push(Members {
            namespaces: NamespaceSet::Names(BTreeSet::from([name.to_string()])),
            accounts: account_set(accounts, Bound::Under),
            except,
            note,
        });
    }

    fn of_namespace<'a>(&'a self, namespace: &str, accounts: &[Glob]) -> impl Iterator<Item = &'a Workload> {
        let in_namespace = self.facts.workloads.within(Some(namespace));
        in_namespace.filter(|workload| all_match(accounts, &workload.identity.account))
    }

    /// Whether labels tell a pod from every one of its account that has to stay.
    fn is_separable(&self, pod: &Workload, stays: impl Fn(&Workload) -> bool) -> bool {
        let labels = expression::lasting(&pod.labels);
        let mixed_up = self.facts.workloads.of(&pod.identity.namespace).any(|other| {
            stays(other)
                && other.identity == pod.identity
                && labels.iter().all(|(key, value)| other.labels.get(*key) == Some(*value))
        });
        !labels.is_empty() && !mixed_up
    }

    /// All pods that may have such an identity: not those of namespaces proven outside, nor
    /// un-injected ones that labels set apart. Of the control plane's only gateways, if any is known.
    fn possible(&self, namespaces: &[Glob], accounts: &[Glob], whole: bool, resolved: &mut Resolved) {
        let facts = &self.facts.namespaces;
        if let Some(name) = exact(namespaces).filter(|name| self.is_outside(name)) {
            self.shown_with_proxy(name, accounts, resolved);
            return;
        }
        if let Some((name, account)) = exact(namespaces).zip(exact(accounts))
            && *name == self.facts.root_namespace
            && self.is_shown_bare(name, account)
        {
            resolved.caveats.insert(Caveat::WithoutMesh(name.to_string()));
            return;
        }
        let root = self.possible_root(namespaces, accounts, whole, resolved);
        self.lost_gateways(namespaces, accounts, resolved);
        if exact(namespaces).is_none() && facts.only.is_none() {
            resolved.caveats.insert(Caveat::UnknownNamespaces);
        }
        let set = match exact(namespaces) {
            Some(name) if *name == self.facts.root_namespace && root.is_none() => return,
            Some(name) => NamespaceSet::Names(BTreeSet::from([name.to_string()])),
            None => NamespaceSet::Where(Expression::and(
                std::iter::once(expression::possible_namespaces(facts, root))
                    .chain(namespaces.iter().map(|glob| expression::name_over(NAMESPACE, glob))),
            )),
        };
        let without_proxy = self.facts.workloads.within(exact(namespaces)).filter(|workload| {
            let name = &workload.identity.namespace;
            workload.proxy == Proxy::None
                && (!facts.outside.contains(name) || Some(name) == root)
                && all_match(namespaces, name)
                && all_match(accounts, &workload.identity.account)
        });
        let (separable, inseparable): (Vec<_>, Vec<_>) = without_proxy
            .partition(|workload| self.is_separable(workload, |other| other.proxy != Proxy::None));
        resolved.caveats.extend(inseparable.into_iter().map(inseparable_pod));
        let except = separable.into_iter().map(|pod| {
            let place = Expression::equals(NAMESPACE, &pod.identity.namespace);
            match &set {
                NamespaceSet::Names(_) => apart(pod, accounts).not(),
                NamespaceSet::Where(_) => Expression::and([place, apart(pod, accounts)]).not(),
            }
        });
        let except = except.collect();
        let accounts = account_set(accounts, Bound::Over);
        resolved.members.push(Members { namespaces: set, accounts, except, note: None });
    }
}

/// Whether a name matches all of these globs.
pub(super) fn all_match(globs: &[Glob], name: &str) -> bool {
    globs.iter().all(|glob| glob.matches(name))
}

fn inseparable_pod(pod: &Workload) -> Caveat {
    Caveat::Inseparable { account: pod.identity.clone(), pod: pod.reference.to_string() }
}
