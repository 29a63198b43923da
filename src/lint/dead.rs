//! Kinds that Istio dropped: one finding a kind, with what took its place.

use super::Context;
use crate::finding::codes::input::DEAD_KIND;
use crate::finding::{Direction, Finding, Severity};
use crate::istio::dead::{self, Dead};
use crate::manifest::Object;
use std::collections::BTreeMap;

/// One finding for each dropped kind: the first object is underlined, the others are related.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut kinds: BTreeMap<(&str, &str), (Dead, Vec<&Object>)> = BTreeMap::new();
    for object in &context.manifest.objects {
        if let Some(dead) = dead::find(object) {
            let key = (object.group(), object.reference.kind.as_str());
            kinds.entry(key).or_insert_with(|| (dead, Vec::new())).1.push(object);
        }
    }
    kinds
        .into_iter()
        .filter_map(|((group, kind), (dead, objects))| finding(group, kind, dead, &objects))
        .collect()
}

fn finding(group: &str, kind: &str, dead: Dead, objects: &[&Object]) -> Option<Finding> {
    let Dead { until, did, successor } = dead;
    let (first, others) = objects.split_first()?;
    let name = &first.reference.name;
    let names =
        if others.is_empty() { format!("`{name}`") } else { format!("`{name}` and {} more", others.len()) };
    let message = format!(
        "Istio {until} dropped {kind} (`{group}`), so no supported mesh enforces {names}; where an older one does, {did}"
    );
    let mut finding = Finding::new(&DEAD_KIND, Direction::Widens, message)
        .severity(Severity::Warning)
        .help(format!("take it out, or write it as {successor}"))
        .at(first.name_span)
        .field("metadata.name");
    if others.is_empty() {
        finding = finding.on(&first.reference);
    }
    Some(others.iter().fold(finding, |finding, object| {
        finding.related(format!("also dropped: {}", object.reference), object.name_span)
    }))
}
