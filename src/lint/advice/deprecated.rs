//! UM177: fields and values that the API marks as deprecated (istio/api 1.31, `[deprecated = true]` and comments
//! that say so), in the kinds that unmesh reads.

use super::super::Context;
use crate::finding::codes::meaning::DEPRECATED_FIELD;
use crate::finding::{Direction, Finding, Severity};
use crate::manifest::Object;
use crate::yaml::{Entry, Node};

/// A field of a kind, and what Istio takes instead.
struct Old {
    kind: &'static str,
    /// The path; `[]` is each item of a list.
    path: &'static [&'static str],
    /// The one value that is deprecated; `None` for the field itself.
    value: Option<&'static str>,
    instead: &'static str,
}

const fn old(kind: &'static str, path: &'static [&'static str], instead: &'static str) -> Old {
    Old { kind, path, value: None, instead }
}

const USE_SHARE: &str = "write `percentage: {value: ...}`";
const USE_MIRROR: &str = "write `mirrorPercentage: {value: ...}`";
const USE_RING: &str = "write `ringHash: {minimumRingSize: ...}`";
const USE_WARMUP: &str = "write `warmup: {duration: ...}`";

/// Where settings of a DestinationRule stand.
const SETTINGS: [&[&str]; 4] = [
    &["trafficPolicy"],
    &["trafficPolicy", "portLevelSettings", "[]"],
    &["subsets", "[]", "trafficPolicy"],
    &["subsets", "[]", "trafficPolicy", "portLevelSettings", "[]"],
];

/// Below one of [`SETTINGS`]. What is ignored besides (`consecutiveErrors`) is told with what it would do.
static OF_SETTINGS: &[Old] = &[
    Old {
        kind: "DestinationRule",
        path: &["loadBalancer", "simple"],
        value: Some("LEAST_CONN"),
        instead: "write `LEAST_REQUEST`, which is the same",
    },
    old("DestinationRule", &["loadBalancer", "consistentHash", "minimumRingSize"], USE_RING),
    old("DestinationRule", &["loadBalancer", "warmupDurationSecs"], USE_WARMUP),
];

static OF_SPEC: &[Old] = &[
    old("VirtualService", &["http", "[]", "fault", "delay", "percent"], USE_SHARE),
    old("VirtualService", &["http", "[]", "mirrorPercent"], USE_MIRROR),
    old("VirtualService", &["http", "[]", "mirror_percent"], USE_MIRROR),
    old(
        "VirtualService",
        &["http", "[]", "corsPolicy", "allowOrigin"],
        "write `allowOrigins` with `exact` or `regex`",
    ),
    old(
        "Sidecar",
        &["outboundTrafficPolicy", "egressProxy"],
        "route to the egress gateway by a VirtualService",
    ),
    Old {
        kind: "EnvoyFilter",
        path: &["configPatches", "[]", "applyTo"],
        value: Some("BOOTSTRAP"),
        instead: "set up the bootstrap by `sidecar.istio.io/bootstrapOverride`",
    },
];

/// One note for each field of each object, at its first place.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let objects = context.manifest.objects.iter();
    let istios = objects.filter(|object| object.group() == "networking.istio.io");
    istios.flat_map(of_object).collect()
}

fn of_object(object: &Object) -> Vec<Finding> {
    let Some(spec) = object.root.get("spec") else { return Vec::new() };
    let kind = object.reference.kind.as_str();
    let here = |fields: &'static [Old]| fields.iter().filter(move |old| old.kind == kind);
    let of_spec = here(OF_SPEC).map(|old| (old, found(spec, old.path, "spec")));
    let of_settings = here(OF_SETTINGS).map(|old| {
        let places = SETTINGS.iter().flat_map(|place| {
            let whole: Vec<&str> = place.iter().chain(old.path).copied().collect();
            found(spec, &whole, "spec")
        });
        (old, places.collect::<Vec<_>>())
    });
    of_spec.chain(of_settings).filter_map(|(old, places)| finding(object, old, &places)).collect()
}

fn finding(object: &Object, old: &Old, places: &[(String, &Entry)]) -> Option<Finding> {
    let counts = |(_, entry): &&(String, &Entry)| match old.value {
        Some(value) => entry.value.as_str() == Some(value),
        None => !entry.value.is_null(),
    };
    let mut places = places.iter().filter(counts);
    let (field, entry) = places.next()?;
    let (what, span) = match old.value {
        Some(value) => (format!("`{}: {value}`", entry.key), entry.value.span),
        None => (format!("`{}`", entry.key), entry.key_span),
    };
    let finding = Finding::new(&DEPRECATED_FIELD, Direction::None, format!("Istio calls {what} deprecated"))
        .severity(Severity::Info)
        .on(&object.reference)
        .at(span)
        .field(field.as_str())
        .help(format!("as long as the mesh stays, {}", old.instead));
    Some(places.fold(finding, |finding, (_, entry)| finding.related("here too", entry.key_span)))
}

/// All entries at a path, with their fields.
fn found<'n>(node: &'n Node, path: &[&str], field: &str) -> Vec<(String, &'n Entry)> {
    match path {
        [] => Vec::new(),
        ["[]", rest @ ..] => {
            let items = node.items().iter().enumerate();
            items.flat_map(|(index, item)| found(item, rest, &format!("{field}[{index}]"))).collect()
        }
        [key, rest @ ..] => {
            let Some(entry) = node.entry(key) else { return Vec::new() };
            let field = format!("{field}.{key}");
            if rest.is_empty() { vec![(field, entry)] } else { found(&entry.value, rest, &field) }
        }
    }
}
