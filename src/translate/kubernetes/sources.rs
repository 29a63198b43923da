//! Who asks: a rule's source as a condition, and a condition as items of `from`.
//!
//! What has no form is left out and named: what lets through may only shrink.

use super::accounts;
use super::case::{Case, Formula, Literal, NameTest};
use crate::ir::Facts;
use crate::object::calico::{self, Expression, nets, selector};
use crate::object::kubernetes::{Namespaces, Peer, Selector};
use crate::translate::calico::expression::{ACCOUNT, NAMESPACE, inherited};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// What cannot be said of those who may get in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Loss {
    /// Sources outside the cluster where some pods are refused.
    Outside,
    /// Pods by labels or namespace, and by address too.
    Mixed,
    /// Pods of an account that no label tells: `NAMESPACE/...`.
    Account(String),
    /// Pods of a namespace that are of no named account, where the input does not show them.
    OtherAccounts(String),
    /// A pattern of names, in namespaces that the input does not show.
    Names,
    /// A test of the pod's own address.
    OwnAddress,
    /// Too many cases.
    TooMany,
}

/// Items of `from`, and what went.
#[derive(Clone, Default, Debug)]
pub(super) struct Who {
    /// Everybody, whatever else is there.
    pub everybody: bool,
    pub peers: Vec<Peer>,
    pub losses: BTreeSet<Loss>,
    /// Accounts that stand for labels: the account, and these labels.
    pub assumed: BTreeMap<String, BTreeSet<String>>,
}

/// What resolving a condition may look at.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub facts: &'a Facts,
    /// The namespaces that the input shows.
    pub namespaces: &'a BTreeSet<String>,
}

/// The source of a rule as a condition, or its opposite; `None` for a text that was not read.
pub(super) fn formula(peer: &calico::Peer, holds: bool) -> Option<Formula> {
    let calico::Peer { namespace_selector, service_accounts, selector, not_selector, nets, not_nets } = peer;
    let mut parts = Vec::new();
    if namespace_selector.is_some() || selector.is_some() || !service_accounts.is_empty() {
        let namespaces = match namespace_selector {
            Some(text) => inherited(&parse(text)?, "pcns.", NAMESPACE)?,
            None => Expression::All,
        };
        let accounts = match service_accounts.as_slice() {
            [] => Expression::All,
            names => Expression::any_value(ACCOUNT, names.iter().cloned()),
        };
        let own = selector.as_deref().map_or(Some(Expression::All), parse)?;
        parts.push(pods(&Expression::and([namespaces, accounts, own]), holds)?);
    }
    if let Some(text) = not_selector {
        parts.push(pods(&parse(text)?, !holds)?);
    }
    let list = |nets: &Vec<IpNet>, inside: bool| {
        Formula::Is(if inside { Literal::Within(nets.clone()) } else { Literal::Without(nets.clone()) })
    };
    if !nets.is_empty() {
        parts.push(list(nets, holds));
    }
    if !not_nets.is_empty() {
        parts.push(list(not_nets, !holds));
    }
    Some(if holds { Formula::All(parts) } else { Formula::Any(parts) })
}

fn parse(text: &str) -> Option<Expression> {
    selector::parse(text).ok()
}

/// Pods that an expression selects, or whoever is no such pod.
fn pods(expression: &Expression, holds: bool) -> Option<Formula> {
    let own = Formula::All(vec![Formula::Is(Literal::Pod), Formula::of(expression, holds)?]);
    Some(if holds { own } else { Formula::Any(vec![Formula::Is(Literal::NoPod), own]) })
}

impl Who {
    /// Adds whoever meets a case, at most.
    pub(super) fn add(&mut self, case: &Case, known: Known<'_>) {
        let Case { pod, namespaces, names: _, accounts, labels, within, without } = case;
        if case.is_everybody() {
            self.everybody = true;
            return;
        }
        let by_address = within.is_some() || !without.is_empty();
        match pod {
            None => self.blocks(within.as_deref(), without),
            Some(_) if by_address => drop(self.losses.insert(Loss::Mixed)),
            Some(false) => drop(self.losses.insert(Loss::Outside)),
            Some(true) if accounts.is_empty() && case.names.is_empty() => {
                self.push(Peer::Pods { namespaces: namespaces.clone(), pods: labels.clone() });
            }
            Some(true) => self.by_names(case, known),
        }
    }

    fn push(&mut self, peer: Peer) {
        if !self.peers.contains(&peer) {
            self.peers.push(peer);
        }
    }

    /// `ipBlock`s: each block without those inside it that are excluded.
    fn blocks(&mut self, within: Option<&[IpNet]>, without: &[IpNet]) {
        let everywhere = nets::Family::ALL.map(nets::Family::whole);
        for cidr in within.unwrap_or(&everywhere) {
            if without.iter().any(|net| net.contains(cidr)) {
                continue;
            }
            let except = without.iter().filter(|net| cidr.contains(*net)).copied().collect();
            self.push(Peer::Block { cidr: *cidr, except });
        }
    }

    /// A case with patterns of names or with accounts: namespace by namespace, as the input shows them.
    fn by_names(&mut self, case: &Case, known: Known<'_>) {
        let names: BTreeSet<String> = match &case.namespaces {
            Namespaces::In(names) => names.clone(),
            Namespaces::NotIn(but) => {
                self.losses.insert(Loss::Names);
                known.namespaces.difference(but).cloned().collect()
            }
        };
        let passing = |name: &&String| case.names.iter().all(|test| test.passes(name));
        let names: BTreeSet<String> = names.iter().filter(passing).cloned().collect();
        if case.accounts.is_empty() {
            if !names.is_empty() {
                self.push(Peer::Pods { namespaces: Namespaces::In(names), pods: case.labels.clone() });
            }
            return;
        }
        for name in names {
            self.by_account(&name, case, known);
        }
    }

    fn by_account(&mut self, namespace: &str, case: &Case, known: Known<'_>) {
        let found = accounts::of(namespace, &case.accounts, known.facts);
        if case.accounts.iter().any(NameTest::is_positive) {
            self.losses.extend(found.untold.into_iter().map(Loss::Account));
        } else {
            self.losses.insert(Loss::OtherAccounts(namespace.to_string()));
        }
        for (account, labels) in found.labels {
            let Some(pods) = labels.and(&case.labels) else { continue };
            self.assumed.entry(format!("{namespace}/{account}")).or_default().insert(words(&labels));
            let namespaces = Namespaces::In(BTreeSet::from([namespace.to_string()]));
            self.push(Peer::Pods { namespaces, pods });
        }
    }
}

/// Labels as they are told: `app=web, tier=front`.
fn words(labels: &Selector) -> String {
    let word = |(key, test): (&String, &crate::object::kubernetes::Test)| match test {
        crate::object::kubernetes::Test::In(values) => {
            format!("{key}={}", values.iter().cloned().collect::<Vec<_>>().join("|"))
        }
        _ => key.clone(),
    };
    labels.tests().map(word).collect::<Vec<_>>().join(", ")
}
