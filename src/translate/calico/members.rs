//! Pods that stand for identities, as sets of namespaces and accounts, and as selector expressions.

use super::expression::{self, ACCOUNT, NAMESPACE};
use super::peer::exact;
use crate::ir::{Bound, Glob, Workload};
use crate::object::calico::Expression;
use std::collections::BTreeSet;

/// Pods that stand for an identity: all pods of these namespaces with one of these accounts,
/// without those that `except` selects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Members {
    pub namespaces: NamespaceSet,
    pub accounts: AccountSet,
    pub except: Vec<Expression>,
    /// Why this is here: what the comment above its rule adds to the source rule's place.
    pub note: Option<&'static str>,
}

/// Namespaces by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NamespaceSet {
    Names(BTreeSet<String>),
    /// By an expression over the pods' namespace label.
    Where(Expression),
}

/// Accounts by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum AccountSet {
    Any,
    Names(Vec<String>),
    /// By an expression over the pods' account label.
    Where(Expression),
}

/// The pods of a template among those of these accounts: others with the same labels are not meant.
pub(super) fn apart(pod: &Workload, accounts: &[Glob]) -> Expression {
    let account = exact(accounts).is_none().then(|| Expression::equals(ACCOUNT, &pod.identity.account));
    Expression::and(account.into_iter().chain([expression::labels(&pod.labels)]))
}

/// Accounts that match all of these globs, at most or at least.
pub(super) fn account_set(accounts: &[Glob], bound: Bound) -> AccountSet {
    if let Some(name) = exact(accounts) {
        return AccountSet::Names(vec![name.to_string()]);
    }
    if accounts.iter().all(Glob::is_any) {
        return AccountSet::Any;
    }
    let name = |glob: &Glob| match bound {
        Bound::Under => expression::name_under(ACCOUNT, glob),
        Bound::Over => expression::name_over(ACCOUNT, glob),
    };
    AccountSet::Where(Expression::and(accounts.iter().map(name)))
}

/// One entry for the accounts of one namespace, and one for all namespaces whose every account
/// counts: fewer rules, the same meaning. Entries that differ otherwise stay apart, since accounts
/// and namespaces side by side would also match the mixtures.
pub(super) fn merged(members: Vec<Members>) -> Vec<Members> {
    let mut kept: Vec<Members> = Vec::new();
    for member in members {
        let fits = kept.iter_mut().find(|other| {
            other.except == member.except && other.note == member.note && can_join(other, &member)
        });
        match fits {
            Some(other) => join(other, member),
            None => kept.push(member),
        }
    }
    kept
}

fn can_join(left: &Members, right: &Members) -> bool {
    match (&left.accounts, &right.accounts) {
        (AccountSet::Names(_), AccountSet::Names(_)) => left.namespaces == right.namespaces,
        (AccountSet::Any, AccountSet::Any) => {
            let names = |set: &NamespaceSet| matches!(set, NamespaceSet::Names(_));
            left == right || (names(&left.namespaces) && names(&right.namespaces) && left.except.is_empty())
        }
        _ => left == right,
    }
}

fn join(left: &mut Members, right: Members) {
    if let (AccountSet::Names(own), AccountSet::Names(others)) = (&mut left.accounts, right.accounts) {
        for name in others {
            if !own.contains(&name) {
                own.push(name);
            }
        }
    }
    if let (NamespaceSet::Names(own), NamespaceSet::Names(others)) = (&mut left.namespaces, right.namespaces)
    {
        own.extend(others);
    }
}

impl Members {
    /// The pods of one account.
    pub(super) fn of(namespace: &str, account: &str) -> Self {
        Self {
            namespaces: NamespaceSet::Names(BTreeSet::from([namespace.to_string()])),
            accounts: AccountSet::Names(vec![account.to_string()]),
            except: Vec::new(),
            note: None,
        }
    }

    /// As one expression over a pod's labels, for `notSelector`. It needs
    /// `has(projectcalico.org/serviceaccount)` beside it where no account is named, or network sets
    /// would match.
    pub(super) fn expression(&self) -> Expression {
        let namespaces = match &self.namespaces {
            NamespaceSet::Names(names) => Expression::any_value(NAMESPACE, names.iter().cloned()),
            NamespaceSet::Where(expression) => expression.clone(),
        };
        let accounts = match &self.accounts {
            AccountSet::Any => Expression::All,
            AccountSet::Names(names) => Expression::any_value(ACCOUNT, names.iter().cloned()),
            AccountSet::Where(expression) => expression.clone(),
        };
        Expression::and([namespaces, accounts].into_iter().chain(self.except.iter().cloned()))
    }

    fn names_accounts(&self) -> bool {
        matches!(self.accounts, AccountSet::Names(_))
    }
}

/// All of these pods as one expression: `has(...)` first, namespaces that count whole together,
/// then the rest in their order.
pub(super) fn any_member(members: &[Members]) -> Expression {
    let mut whole: BTreeSet<String> = BTreeSet::new();
    let mut rest = Vec::new();
    for member in members {
        match (&member.namespaces, &member.accounts) {
            (NamespaceSet::Names(names), AccountSet::Any) if member.except.is_empty() => {
                whole.extend(names.iter().cloned());
            }
            _ => rest.push(member.expression()),
        }
    }
    let any = Expression::or(std::iter::once(Expression::any_value(NAMESPACE, whole)).chain(rest));
    if any == Expression::Nothing || members.iter().all(Members::names_accounts) {
        return any;
    }
    Expression::and([Expression::Has(ACCOUNT.to_string()), any])
}
