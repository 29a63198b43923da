//! Istio kinds that unmesh cannot read yet: one finding a kind, with what may be lost.

use crate::finding::codes::input::UNSUPPORTED_KIND;
use crate::finding::{Direction, Finding, Severity};
use crate::manifest::Object;
use std::collections::BTreeMap;

/// Objects of kinds that are not read, by group and kind.
#[derive(Default)]
pub(super) struct Unread<'a> {
    kinds: BTreeMap<(&'a str, &'a str), Vec<&'a Object>>,
}

impl<'a> Unread<'a> {
    /// Takes an object, if it is of an Istio group.
    pub(super) fn see(&mut self, object: &'a Object) {
        let group = object.group();
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
    let (direction, loss) = loss(group, kind);
    let count = match objects.len() {
        1 => "1 object".to_string(),
        count => format!("{count} objects"),
    };
    let message = format!("unmesh does not read {kind} ({group}) yet, and passes over {count}: {loss}");
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

/// What may go with a kind, and which way that changes access.
fn loss(group: &str, kind: &str) -> (Direction, &'static str) {
    match (group, kind) {
        ("networking.istio.io", "Gateway") => {
            (Direction::Widens, "it may refuse hosts and ports, and terminates TLS at the edge")
        }
        ("networking.istio.io", "EnvoyFilter") => {
            (Direction::Widens, "it may refuse, limit or rewrite requests in any way Envoy can")
        }
        ("extensions.istio.io", "WasmPlugin" | "TrafficExtension") => {
            (Direction::Widens, "it may refuse or rewrite requests in code")
        }
        ("telemetry.istio.io", "Telemetry") => (Direction::Drops, "its metrics, traces and access logs go"),
        ("networking.istio.io", "ProxyConfig") => (Direction::Drops, "it sets up proxies, which go"),
        ("install.istio.io", _) => (
            Direction::Widens,
            "it may set the root namespace, the trust domain and providers, which unmesh then takes from its flags",
        ),
        ("rbac.istio.io" | "authentication.istio.io", _) => (
            Direction::Widens,
            "Istio dropped this API in 1.6; if a mesh still enforces it, it refuses requests",
        ),
        ("config.istio.io", _) => (
            Direction::Widens,
            "Istio dropped this API in 1.8; if a mesh still enforces it, it may refuse requests",
        ),
        ("security.istio.io", _) => {
            (Direction::Widens, "this is no kind of that group, so no cluster enforces it as written")
        }
        _ => (Direction::Widens, "it may refuse or protect something"),
    }
}
