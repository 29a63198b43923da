//! Istio kinds that unmesh cannot read yet, or that Istio never had: one finding a kind, with what may be lost.

use crate::finding::codes::input::UNSUPPORTED_KIND;
use crate::finding::{Direction, Finding, Severity};
use crate::manifest::Object;
use std::collections::BTreeMap;

/// Istio's own groups. Tools have others below `istio.io`, such as the Sail operator's `operator.istio.io`.
const GROUPS: [&str; 5] = [
    "extensions.istio.io",
    "install.istio.io",
    "networking.istio.io",
    "security.istio.io",
    "telemetry.istio.io",
];

/// Objects of kinds that are not read, by group and kind.
#[derive(Default)]
pub(super) struct Unread<'a> {
    kinds: BTreeMap<(&'a str, &'a str), Vec<&'a Object>>,
}

impl<'a> Unread<'a> {
    /// Takes an object, if it is of an Istio group.
    pub(super) fn see(&mut self, object: &'a Object) {
        let group = object.group();
        // What installs a mesh is read with the inventory: it says what policies mean.
        let read = group == "install.istio.io" && object.reference.kind == "IstioOperator";
        if read {
            return;
        }
        if group == "istio.io" || group.ends_with(".istio.io") {
            self.kinds.entry((group, object.reference.kind.as_str())).or_default().push(object);
        }
    }

    /// One finding for each kind: the first object is underlined, the others are related.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.kinds.into_iter().filter_map(|((group, kind), objects)| finding(group, kind, &objects)).collect()
    }
}

fn finding(group: &str, kind: &str, objects: &[&Object]) -> Option<Finding> {
    let (first, others) = objects.split_first()?;
    let count = match objects.len() {
        1 => "1 object".to_string(),
        count => format!("{count} objects"),
    };
    let (direction, message) = match loss(group, kind) {
        Some((direction, loss)) => {
            (direction, format!("unmesh does not read {kind} ({group}) yet, and passes over {count}: {loss}"))
        }
        None if !GROUPS.contains(&group) => (
            Direction::Widens,
            format!(
                "unmesh knows no kind {kind} in `{group}`, and passes over {count}: it may refuse or protect something"
            ),
        ),
        None => (
            Direction::Widens,
            format!("Istio has no kind {kind} in `{group}`, and never had: no cluster enforces it ({count})"),
        ),
    };
    let mut finding = Finding::new(&UNSUPPORTED_KIND, direction, message)
        .severity(Severity::Warning)
        .help("look at each by hand; --accept UM014 once that is done")
        .at(first.name_span)
        .field("metadata.name");
    if others.is_empty() {
        finding = finding.on(&first.reference);
    }
    Some(others.iter().fold(finding, |finding, object| {
        finding.related(format!("also passed over: {}", object.reference), object.name_span)
    }))
}

/// What may go with a kind, and which way that changes access; `None` for one that Istio never had.
fn loss(group: &str, kind: &str) -> Option<(Direction, &'static str)> {
    Some(match (group, kind) {
        ("install.istio.io", _) => (
            Direction::Widens,
            "it may set the root namespace, the trust domain and providers, which unmesh then takes from its flags",
        ),
        _ => return None,
    })
}
