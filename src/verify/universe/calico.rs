//! What Calico's expressions ask of namespaces and service accounts by name.

use super::World;
use crate::object::calico::matching::{Known, Selector, Test as LabelTest};
use crate::object::calico::v3::{Entity, Policy};
use crate::verify::peer::{Endpoint, NAMESPACE, SERVICE_ACCOUNT};
use std::collections::BTreeSet;

/// A label of namespaces that holds their name, by Calico and by Kubernetes.
const NAMES: [&str; 2] = ["projectcalico.org/name", "kubernetes.io/metadata.name"];

/// All policies of both sides.
pub(super) fn policies<'a>(world: &World<'a>) -> impl Iterator<Item = &'a Policy> + use<'a> {
    world.before.policies.iter().chain(&world.after.policies)
}

/// Calls back for each test of a label in an expression.
pub(super) fn tests<'s>(selector: &'s Selector, each: &mut impl FnMut(&'s str, &'s LabelTest)) {
    match selector {
        Selector::All | Selector::Global => {}
        Selector::Label { key, test } => each(key, test),
        Selector::Not(inner) => tests(inner, each),
        Selector::And(parts) | Selector::Or(parts) => parts.iter().for_each(|part| tests(part, each)),
    }
}

/// The tests of labels that still matter where `label` says what is known.
pub(super) fn open_tests<'s, 'k>(
    selector: &'s Selector,
    label: &dyn Fn(&str) -> Known<'k>,
    each: &mut impl FnMut(&'s str, &'s LabelTest),
) {
    if selector.evaluate(label).is_some() {
        return;
    }
    match selector {
        Selector::All | Selector::Global => {}
        Selector::Label { key, test } => each(key, test),
        Selector::Not(inner) => open_tests(inner, label, each),
        Selector::And(parts) | Selector::Or(parts) => {
            for part in parts {
                open_tests(part, label, each);
            }
        }
    }
}

/// What expressions about endpoints ask of a namespace's name.
pub(super) fn of_namespace<'s>(selector: &'s Selector, into: &mut BTreeSet<&'s LabelTest>) {
    tests(selector, &mut |key, test| {
        let inherited = key.strip_prefix("pcns.").is_some_and(|key| NAMES.contains(&key));
        if key == NAMESPACE || inherited {
            into.insert(test);
        }
    });
}

/// What expressions about namespaces ask of the name.
pub(super) fn of_namespace_by_name<'s>(selector: &'s Selector, into: &mut BTreeSet<&'s LabelTest>) {
    tests(selector, &mut |key, test| {
        if NAMES.contains(&key) {
            into.insert(test);
        }
    });
}

/// Texts that a test names.
pub(super) fn literals(test: &LabelTest) -> &[String] {
    match test {
        LabelTest::Has => &[],
        LabelTest::Equals(text)
        | LabelTest::NotEquals(text)
        | LabelTest::Contains(text)
        | LabelTest::StartsWith(text)
        | LabelTest::EndsWith(text) => std::slice::from_ref(text),
        LabelTest::In(texts) | LabelTest::NotIn(texts) => texts,
    }
}

/// Whether a test names whole texts.
pub(super) fn is_exact(test: &LabelTest) -> bool {
    match test {
        LabelTest::Equals(_) | LabelTest::NotEquals(_) | LabelTest::In(_) | LabelTest::NotIn(_) => true,
        LabelTest::Has | LabelTest::Contains(_) | LabelTest::StartsWith(_) | LabelTest::EndsWith(_) => false,
    }
}

/// What is known of the label of a namespace, as a `namespaceSelector` sees it.
pub(super) fn namespace_label<'e>(of: &'e Endpoint, key: &str) -> Known<'e> {
    of.label(&format!("pcns.{key}"))
}

/// What a peer asks of the name of service accounts of one namespace: `at` is any pod there.
pub(super) fn accounts_at(policy: &Policy, peer: &Entity, at: &Endpoint, into: &mut BTreeSet<LabelTest>) {
    let namespace = match (&peer.namespace_selector, &policy.reference.namespace) {
        (Some(selector), _) => selector.evaluate(&|key| namespace_label(at, key)),
        (None, Some(own)) => Some(at.namespace.as_ref() == Some(own)),
        (None, None) => Some(true),
    };
    if namespace == Some(false) {
        return;
    }
    if !peer.service_accounts.is_empty() {
        into.insert(LabelTest::In(peer.service_accounts.clone()));
    }
    let label = |key: &str| match key {
        SERVICE_ACCOUNT => Known::Unknown,
        _ if key.starts_with("pcsa.") => Known::Unknown,
        _ => at.label(key),
    };
    let mut add = |key: &str, test: &LabelTest| {
        if matches!(key, SERVICE_ACCOUNT | "pcsa.projectcalico.org/name") {
            into.insert(test.clone());
        }
    };
    for selector in peer.selector.iter().chain(&peer.not_selector) {
        open_tests(selector, &label, &mut add);
    }
    if let Some(selector) = &peer.service_account_selector {
        tests(selector, &mut |key, test| {
            if key == "projectcalico.org/name" {
                into.insert(test.clone());
            }
        });
    }
}
