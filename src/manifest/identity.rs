//! Objects that stand several times in the input: equal ones count once, different ones are an error.
//!
//! Different documents of one Istio object are not translated, since nobody can know which one is
//! in the cluster. Everything else is kept in all its forms: facts that forms disagree on count as
//! unknown in the inventory, and a policy in force counts in each of them, so nothing is opened.

use super::{Object, Reading, SkippedDocument, scope};
use crate::finding::codes::input::{DUPLICATE_OBJECT, DUPLICATE_POLICY};
use crate::finding::{Direction, Finding, Severity};
use crate::source::{SourceMap, Span};
use crate::yaml::{Entry, Node, Resolved, Value, resolve};
use std::collections::{BTreeMap, BTreeSet};

/// Group, kind, namespace and name. The version is left out: it is one object in all its versions.
type Identity = (String, String, String, String);

/// Where each object of an identity stands among the objects; those with a generated name have none.
fn groups(objects: &[Object]) -> BTreeMap<Identity, Vec<usize>> {
    let mut groups: BTreeMap<Identity, Vec<usize>> = BTreeMap::new();
    for (index, object) in objects.iter().enumerate() {
        if object.reference.name.ends_with('*') {
            continue;
        }
        let reference = &object.reference;
        let identity = (
            object.group().into(),
            reference.kind.clone(),
            object.namespace().into(),
            reference.name.clone(),
        );
        groups.entry(identity).or_default().push(index);
    }
    groups
}

/// Removes doubles, and moves Istio objects with different documents aside.
pub(super) fn settle(reading: &mut Reading, sources: &SourceMap) {
    let objects = &reading.manifest.objects;
    let mut same: BTreeMap<usize, Span> = BTreeMap::new();
    let mut contested: BTreeSet<usize> = BTreeSet::new();
    for indexes in groups(objects).into_values().filter(|indexes| indexes.len() > 1) {
        let mut forms: Vec<(usize, &Object)> = Vec::new();
        for (index, object) in indexes.iter().filter_map(|index| Some((*index, objects.get(*index)?))) {
            match forms.iter().find(|(_, form)| equal(&form.root, &object.root)) {
                Some((_, form)) => drop(same.insert(index, form.name_span)),
                None => forms.push((index, object)),
            }
        }
        let Some(((_, first), later)) = forms.split_first() else { continue };
        reading.findings.extend(later.iter().map(|(_, object)| different(first, object)));
        if !later.is_empty() && scope::is_istio(first.group()) {
            contested.extend(forms.iter().map(|(index, _)| *index));
        }
    }
    let all = std::mem::take(&mut reading.manifest.objects);
    for (index, object) in all.into_iter().enumerate() {
        if let Some(first) = same.get(&index) {
            let place = sources.file(first.file);
            let line = place.position(first.start).line;
            let why = format!("the same as the one at {}:{line}", place.name);
            let (span, kind) = (object.root.span, Some(object.reference.kind));
            reading.manifest.skipped.push(SkippedDocument { span, kind, why });
        } else if contested.contains(&index) {
            reading.manifest.contested.push(object);
        } else {
            reading.manifest.objects.push(object);
        }
    }
}

/// The finding on a later document that is not what the first one is.
fn different(first: &Object, later: &Object) -> Finding {
    let reference = &later.reference;
    let message = format!("`{reference}` stands twice in the input, with different content");
    let istio = scope::is_istio(later.group());
    let finding = if istio && scope::is_refusing_policy(&reference.kind) {
        Finding::new(&DUPLICATE_POLICY, Direction::Widens, message)
    } else {
        Finding::new(&DUPLICATE_OBJECT, Direction::None, message).severity(Severity::Error)
    };
    let help = if istio {
        "neither is translated: delete one, or give unmesh one environment at a time"
    } else {
        "delete one, or give unmesh one environment at a time"
    };
    finding.at(later.name_span).on(reference).help(help).related("the other one", first.name_span)
}

/// Whether two objects of one identity are the same: places, order of keys, version and a namespace
/// that only one of them writes out do not matter.
fn equal(left: &Node, right: &Node) -> bool {
    same_entries(left, right, &["apiVersion"], |key, left, right| match key {
        "metadata" => same_entries(left, right, &["namespace"], |_, left, right| same(left, right)),
        _ => same(left, right),
    })
}

fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            let (is, other) = (resolve(left), resolve(right));
            let by_value =
                matches!(is, Resolved::Null | Resolved::Bool(_) | Resolved::Int(_) | Resolved::Float(_));
            is == other && (by_value || left.text == right.text)
        }
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Mapping(_), Value::Mapping(_)) => {
            same_entries(left, right, &[], |_, left, right| same(left, right))
        }
        (Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_), _) => false,
    }
}

fn same_entries(left: &Node, right: &Node, but: &[&str], same: fn(&str, &Node, &Node) -> bool) -> bool {
    let counted = |entry: &&Entry| !but.contains(&entry.key.as_str());
    let found =
        |entry: &Entry| right.get(&entry.key).is_some_and(|other| same(&entry.key, &entry.value, other));
    let count = |node: &Node| node.entries().iter().filter(counted).count();
    count(left) == count(right) && left.entries().iter().filter(counted).all(found)
}
