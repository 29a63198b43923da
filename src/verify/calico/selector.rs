//! Selectors of rules and policies as Calico's syncer combines them, and as conditions
//! (`libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go`).

use crate::object::calico::matching::{Known, Selector, Test as LabelTest};
use crate::object::calico::v3::{Entity, NetworkSet, Policy, Set};
use crate::verify::peer::{NAMESPACE, SERVICE_ACCOUNT};

/// The prefix of labels that a namespace hands down.
const OF_NAMESPACE: &str = "pcns.";
/// The prefix of labels that a service account hands down.
const OF_ACCOUNT: &str = "pcsa.";

/// A part of what selects peers, with the field that it comes from.
pub(super) struct Part {
    pub(super) field: &'static str,
    pub(super) selector: Selector,
}

/// What an entity asks of an endpoint or network set, as a conjunction; empty where it asks nothing.
///
/// In a namespaced policy all selectors are about the own namespace, unless `namespaceSelector` says
/// otherwise: `notSelector` too, which so becomes a positive test as well.
pub(super) fn peers(entity: &Entity, namespace: Option<&str>) -> Vec<Part> {
    let mut parts = Vec::new();
    let names = &entity.service_accounts;
    if !names.is_empty() {
        let selector = Selector::label(SERVICE_ACCOUNT, LabelTest::In(names.clone()));
        parts.push(Part { field: "serviceAccounts.names", selector });
    }
    if let Some(selector) = &entity.service_account_selector {
        parts.push(Part { field: "serviceAccounts.selector", selector: prefixed(selector, OF_ACCOUNT) });
    }
    if let Some(selector) = &entity.selector {
        parts.push(Part { field: "selector", selector: selector.clone() });
    }
    if let Some(selector) = &entity.namespace_selector {
        parts.push(Part { field: "namespaceSelector", selector: namespaces(selector) });
    } else if let Some(namespace) = namespace
        && (!parts.is_empty() || entity.not_selector.is_some())
    {
        parts.push(Part { field: "namespaceSelector", selector: in_namespace(namespace) });
    }
    parts
}

/// Which pods a policy is on.
pub(super) fn subject(policy: &Policy) -> Selector {
    let mut parts = vec![policy.selector.clone()];
    parts.extend(policy.reference.namespace.as_deref().map(in_namespace));
    parts.extend(policy.namespace_selector.as_ref().map(namespaces));
    parts.extend(policy.service_account_selector.as_ref().map(|selector| prefixed(selector, OF_ACCOUNT)));
    Selector::every(parts)
}

fn in_namespace(namespace: &str) -> Selector {
    Selector::label(NAMESPACE, LabelTest::Equals(namespace.to_string()))
}

/// A `namespaceSelector`: `all()` is whatever has a namespace, `global()` what has none.
fn namespaces(selector: &Selector) -> Selector {
    without_all(prefixed(selector, OF_NAMESPACE))
}

/// `all()` within an expression about namespaces.
fn without_all(selector: Selector) -> Selector {
    match selector {
        Selector::All => Selector::label(NAMESPACE, LabelTest::Has),
        Selector::Not(inner) => Selector::Not(Box::new(without_all(*inner))),
        Selector::And(parts) => Selector::And(parts.into_iter().map(without_all).collect()),
        Selector::Or(parts) => Selector::Or(parts.into_iter().map(without_all).collect()),
        Selector::Global | Selector::Label { .. } => selector,
    }
}

/// An expression over labels that something hands down under a prefix.
fn prefixed(selector: &Selector, prefix: &str) -> Selector {
    let all = |parts: &[Selector]| parts.iter().map(|part| prefixed(part, prefix)).collect();
    match selector {
        Selector::All => Selector::All,
        Selector::Global => Selector::Global,
        Selector::Label { key, test } => Selector::label(format!("{prefix}{key}"), test.clone()),
        Selector::Not(inner) => Selector::Not(Box::new(prefixed(inner, prefix))),
        Selector::And(parts) => Selector::And(all(parts)),
        Selector::Or(parts) => Selector::Or(all(parts)),
    }
}

/// Whether a selector matches a network set: by its labels, its namespace, and what that hands
/// down. `None` where labels of a Namespace decide that the input does not show
/// (`libcalico-go/lib/backend/syncersv1/updateprocessors/networksetprocessor.go`).
pub(super) fn matches(selector: &Selector, network_set: &NetworkSet, set: &Set) -> Option<bool> {
    let namespace = network_set.reference.namespace.as_deref();
    let of_namespace = |key: &str| {
        let Some(namespace) = namespace else { return Known::Absent };
        if ["projectcalico.org/name", "kubernetes.io/metadata.name"].contains(&key) {
            return Known::Value(namespace);
        }
        match set.namespaces.get(namespace) {
            None => Known::Unknown,
            Some(labels) => labels.get(key).map_or(Known::Absent, |value| Known::Value(value)),
        }
    };
    let label = |key: &str| match key.strip_prefix(OF_NAMESPACE) {
        Some(key) => of_namespace(key),
        None if key == NAMESPACE => namespace.map_or(Known::Absent, Known::Value),
        None => network_set.labels.get(key).map_or(Known::Absent, |value| Known::Value(value)),
    };
    selector.evaluate(&label)
}

/// `global()`.
pub(super) fn no_namespace() -> Selector {
    Selector::Not(Box::new(Selector::label(NAMESPACE, LabelTest::Has)))
}
