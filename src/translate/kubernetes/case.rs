//! Conditions on a peer or a pod, as far as NetworkPolicy can say them: any of several cases, each a
//! conjunction.
//!
//! A selector of Kubernetes is a conjunction, so whatever else is meant has to become several of them.
//! Labels, namespaces and accounts are conditions on pods; whoever is no pod has none of them.

use crate::names::is_label;
use crate::object::calico::{Expression, nets};
use crate::object::kubernetes::limits::{is_key, is_value};
use crate::object::kubernetes::{Namespaces, Selector, Test};
use crate::translate::calico::expression::{ACCOUNT, NAMESPACE};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The most cases that one condition may have before it is given up.
const MOST: usize = 200;

/// One thing asked of a peer or a pod.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Literal {
    /// It is a pod of the cluster.
    Pod,
    /// It is none.
    NoPod,
    /// Its namespace, by name.
    Namespace(Namespaces),
    /// Its namespace's name, by a pattern.
    NamespaceName(NameTest),
    /// Its service account.
    Account(NameTest),
    /// One of its labels.
    Label(String, Test),
    /// Its address is in one of these.
    Within(Vec<IpNet>),
    /// Its address is in none of these.
    Without(Vec<IpNet>),
}

/// A test of a name: an expression over one label, or its opposite.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct NameTest {
    test: Expression,
    holds: bool,
}

/// A condition without negations but in its literals.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Formula {
    /// All of them; none is always true.
    All(Vec<Formula>),
    /// Any of them; none is never true.
    Any(Vec<Formula>),
    Is(Literal),
}

/// A conjunction; the default asks nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Case {
    /// Whether it is a pod.
    pub pod: Option<bool>,
    pub namespaces: Namespaces,
    /// Patterns of the namespace's name.
    pub names: BTreeSet<NameTest>,
    pub accounts: BTreeSet<NameTest>,
    pub labels: Selector,
    /// `None` is any address.
    pub within: Option<Vec<IpNet>>,
    pub without: Vec<IpNet>,
}

/// A condition has more cases than can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooMany;

impl NameTest {
    pub(super) fn passes(&self, name: &str) -> bool {
        let passes = match &self.test {
            Expression::Equals(_, value) => name == value,
            Expression::In(_, values) => values.iter().any(|value| value == name),
            Expression::StartsWith(_, value) => name.starts_with(value.as_str()),
            Expression::EndsWith(_, value) => name.ends_with(value.as_str()),
            Expression::Contains(_, value) => name.contains(value.as_str()),
            Expression::All
            | Expression::Nothing
            | Expression::Has(_)
            | Expression::Not(_)
            | Expression::And(_)
            | Expression::Or(_) => true,
        };
        passes == self.holds
    }

    /// Whether it names those that pass, and not those that do not.
    pub(super) fn is_positive(&self) -> bool {
        self.holds
    }

    /// The names that pass, where they are listed.
    pub(super) fn listed(&self) -> Vec<String> {
        match &self.test {
            Expression::Equals(_, value) if self.holds => vec![value.clone()],
            Expression::In(_, values) if self.holds => values.clone(),
            _ => Vec::new(),
        }
    }
}

impl Formula {
    pub(super) fn always() -> Self {
        Self::All(Vec::new())
    }

    pub(super) fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// An expression over the labels of pods, or its opposite; `None` for what was not read, or
    /// compares labels as Kubernetes cannot.
    pub(super) fn of(expression: &Expression, holds: bool) -> Option<Self> {
        let all = |parts: &[Expression]| -> Option<Vec<Self>> {
            parts.iter().map(|part| Self::of(part, holds)).collect()
        };
        Some(match expression {
            Expression::All if holds => Self::always(),
            Expression::Nothing if !holds => Self::always(),
            Expression::All | Expression::Nothing => Self::never(),
            Expression::Not(inner) => Self::of(inner, !holds)?,
            Expression::And(parts) if holds => Self::All(all(parts)?),
            Expression::Or(parts) if !holds => Self::All(all(parts)?),
            Expression::Or(parts) => Self::Any(all(parts)?),
            Expression::And(parts) => Self::any_but(parts)?,
            Expression::Has(key) if key == NAMESPACE || key == ACCOUNT => {
                if holds {
                    Self::always()
                } else {
                    Self::never()
                }
            }
            Expression::Has(key) => {
                let test = if holds { Test::exists() } else { Test::Absent };
                Self::Is(Literal::Label(key.clone(), test))
            }
            Expression::Equals(key, value) => one_of(key, BTreeSet::from([value.clone()]), expression, holds),
            Expression::In(key, values) => one_of(key, values.iter().cloned().collect(), expression, holds),
            Expression::StartsWith(key, _) | Expression::EndsWith(key, _) | Expression::Contains(key, _) => {
                let test = NameTest { test: expression.clone(), holds };
                match key.as_str() {
                    NAMESPACE => Self::Is(Literal::NamespaceName(test)),
                    ACCOUNT => Self::Is(Literal::Account(test)),
                    _ => return None,
                }
            }
        })
    }

    /// Whoever is not all of these. Where one part names namespaces, the other parts are denied in
    /// those alone: no case more, and none that asks for an account without its namespace.
    fn any_but(parts: &[Expression]) -> Option<Self> {
        let names = |part: &&Expression| match part {
            Expression::Equals(key, _) | Expression::In(key, _) => key == NAMESPACE,
            _ => false,
        };
        let (places, rest): (Vec<&Expression>, Vec<&Expression>) = parts.iter().partition(names);
        let within: Vec<Self> = places.iter().map(|place| Self::of(place, true)).collect::<Option<_>>()?;
        let elsewhere = places.iter().map(|place| Self::of(place, false));
        let there = rest.iter().map(|part| {
            let denied = Self::of(part, false)?;
            Some(Self::All(within.iter().cloned().chain([denied]).collect()))
        });
        Some(Self::Any(elsewhere.chain(there).collect::<Option<_>>()?))
    }

    /// The cases of this one that also meet another condition.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn cases(&self, from: Case) -> Result<Vec<Case>, TooMany> {
        self.meet(vec![from])
    }

    fn meet(&self, cases: Vec<Case>) -> Result<Vec<Case>, TooMany> {
        match self {
            Self::Is(literal) => Ok(cases.iter().filter_map(|case| case.and(literal)).collect()),
            Self::All(parts) => {
                let mut left = cases;
                for part in parts {
                    left = part.meet(left)?;
                }
                Ok(left)
            }
            Self::Any(parts) => {
                let mut found: Vec<Case> = Vec::new();
                for part in parts {
                    for case in part.meet(cases.clone())? {
                        if !found.iter().any(|other| other.holds(&case)) {
                            found.retain(|other| !case.holds(other));
                            found.push(case);
                        }
                    }
                }
                if found.len() > MOST { Err(TooMany) } else { Ok(found) }
            }
        }
    }
}

/// A label with one of these values, or its opposite.
fn one_of(key: &str, values: BTreeSet<String>, expression: &Expression, holds: bool) -> Formula {
    Formula::Is(match (key, holds) {
        (NAMESPACE, true) => Literal::Namespace(Namespaces::In(values)),
        (NAMESPACE, false) => Literal::Namespace(Namespaces::NotIn(values)),
        (ACCOUNT, _) => Literal::Account(NameTest { test: expression.clone(), holds }),
        (_, true) => Literal::Label(key.to_string(), Test::In(values)),
        (_, false) => Literal::Label(key.to_string(), Test::NotIn(values)),
    })
}

impl Default for Case {
    fn default() -> Self {
        Self {
            pod: None,
            namespaces: Namespaces::NotIn(BTreeSet::new()),
            names: BTreeSet::new(),
            accounts: BTreeSet::new(),
            labels: Selector::default(),
            within: None,
            without: Vec::new(),
        }
    }
}

impl Case {
    /// Pods of one namespace.
    pub(super) fn pods_of(namespace: &str) -> Self {
        Self {
            pod: Some(true),
            namespaces: Namespaces::In(BTreeSet::from([namespace.to_string()])),
            ..Self::default()
        }
    }

    /// Whether it asks nothing.
    pub(super) fn is_everybody(&self) -> bool {
        *self == Self::default()
    }

    /// With one condition more; `None` where nothing meets it.
    fn and(&self, literal: &Literal) -> Option<Self> {
        let mut case = self.clone();
        match literal {
            Literal::Pod | Literal::NoPod => {
                let pod = *literal == Literal::Pod;
                if case.pod == Some(!pod) {
                    return None;
                }
                case.pod = Some(pod);
            }
            Literal::Namespace(names) => case.namespaces = both(&case.namespaces, &possible_names(names))?,
            Literal::NamespaceName(test) => drop(case.names.insert(test.clone())),
            Literal::Account(test) => drop(case.accounts.insert(test.clone())),
            Literal::Label(key, test) => match possible(key, test)? {
                Some(test) if !case.labels.narrow(key, &test) => return None,
                Some(_) | None => {}
            },
            Literal::Within(list) => {
                let met = match &case.within {
                    None => nets::aggregate(list),
                    Some(own) => meet(own, list),
                };
                case.within = Some(met);
            }
            Literal::Without(list) => {
                case.without.extend(list);
                case.without = nets::aggregate(&case.without);
            }
        }
        case.settled()
    }

    /// The same, with patterns applied to names that are listed; `None` where nothing is left.
    fn settled(mut self) -> Option<Self> {
        if let Namespaces::In(names) = &mut self.namespaces {
            let tests = std::mem::take(&mut self.names);
            names.retain(|name| tests.iter().all(|test| test.passes(name)));
            if names.is_empty() {
                return None;
            }
        }
        if let Some(within) = &self.within
            && nets::subtract(within, &self.without).is_empty()
        {
            return None;
        }
        Some(self)
    }

    /// Whether whatever meets the other case surely meets this one.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let addresses = match (&self.within, &other.within) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => nets::subtract(others, own).is_empty(),
        };
        (self.pod.is_none() || self.pod == other.pod)
            && both(&self.namespaces, &other.namespaces).as_ref() == Some(&other.namespaces)
            && self.names.is_subset(&other.names)
            && self.accounts.is_subset(&other.accounts)
            && self.labels.holds(&other.labels)
            && addresses
            && nets::subtract(&self.without, &other.without).is_empty()
    }
}

/// Names that a namespace can have: the API server takes no others, neither here nor there.
fn possible_names(namespaces: &Namespaces) -> Namespaces {
    let real = |names: &BTreeSet<String>| names.iter().filter(|name| is_label(name)).cloned().collect();
    match namespaces {
        Namespaces::In(names) => Namespaces::In(real(names)),
        Namespaces::NotIn(names) => Namespaces::NotIn(real(names)),
    }
}

/// A test as far as a label can have this key and these values; outer `None` where no pod passes it, inner
/// where all do.
#[expect(clippy::option_option, reason = "outer: impossible; inner: no condition")]
fn possible(key: &str, test: &Test) -> Option<Option<Test>> {
    let real = |values: &BTreeSet<String>| -> BTreeSet<String> {
        values.iter().filter(|value| is_value(value)).cloned().collect()
    };
    match test {
        Test::In(_) | Test::Other(_) if !is_key(key) => None,
        Test::NotIn(_) | Test::Absent if !is_key(key) => Some(None),
        Test::In(values) => {
            Some(real(values)).filter(|values| !values.is_empty()).map(|values| Some(Test::In(values)))
        }
        Test::NotIn(values) => Some(Some(real(values)).filter(|values| !values.is_empty()).map(Test::NotIn)),
        Test::Other(values) => Some(Some(Test::Other(real(values)))),
        Test::Absent => Some(Some(Test::Absent)),
    }
}

/// Namespaces in both; `None` where none is.
pub(super) fn both(one: &Namespaces, other: &Namespaces) -> Option<Namespaces> {
    let some = |names: BTreeSet<String>| (!names.is_empty()).then_some(Namespaces::In(names));
    match (one, other) {
        (Namespaces::In(own), Namespaces::In(others)) => some(own.intersection(others).cloned().collect()),
        (Namespaces::In(names), Namespaces::NotIn(but)) | (Namespaces::NotIn(but), Namespaces::In(names)) => {
            some(names.difference(but).cloned().collect())
        }
        (Namespaces::NotIn(own), Namespaces::NotIn(others)) => {
            Some(Namespaces::NotIn(own.union(others).cloned().collect()))
        }
    }
}

/// Addresses in both.
fn meet(one: &[IpNet], other: &[IpNet]) -> Vec<IpNet> {
    let pairs = one.iter().flat_map(|one| {
        other.iter().filter_map(move |other| match (one.contains(other), other.contains(one)) {
            (true, _) => Some(*other),
            (false, true) => Some(*one),
            (false, false) => None,
        })
    });
    nets::aggregate(&pairs.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
