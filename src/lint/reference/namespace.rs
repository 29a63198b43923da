//! UM154: namespaces in `exportTo` that the input does not have.

use super::shown::{Shown, is_placeholder};
use crate::config::SYSTEM_NAMESPACES;
use crate::finding::codes::meaning::UNKNOWN_NAMESPACE;
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::lint::meaning::slip;
use crate::manifest::Object;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// How a Service says for which namespaces it is, instead of `exportTo`.
const ANNOTATION: &str = "networking.istio.io/exportTo";

/// How many Namespaces the input must hold before the absence of another one is worth a note.
const SEVERAL: usize = 2;

/// One finding for each name.
pub(super) fn check(shown: &Shown<'_>) -> Vec<Finding> {
    let context = shown.context;
    let objects = || context.manifest.objects.iter().chain(&context.manifest.contested);
    let is_namespace = |object: &&Object| object.group().is_empty() && object.reference.kind == "Namespace";
    let written: BTreeSet<&str> =
        objects().filter(is_namespace).map(|object| object.reference.name.as_str()).collect();
    if written.is_empty() {
        return Vec::new();
    }
    let mut known = written.clone();
    known.extend(objects().filter_map(|object| object.reference.namespace.as_deref()));
    known.extend(SYSTEM_NAMESPACES);
    known.extend([context.settings.root_namespace.as_str(), context.settings.default_namespace.as_str()]);
    let mut findings = Vec::new();
    let mut look = |object: &ObjectRef, place: &Leaf<String>, name: &str| {
        if !matches!(name, "." | "*" | "~") && !is_placeholder(name) && !known.contains(name) {
            findings.extend(unknown(&written, object, place, name));
        }
    };
    let resources = context.resources;
    let services = resources.virtual_services.iter().map(|one| (&one.meta, &one.export_to));
    let rules = resources.destination_rules.iter().map(|one| (&one.meta, &one.export_to));
    let entries = resources.service_entries.iter().map(|one| (&one.meta, &one.export_to));
    for (meta, names) in services.chain(rules).chain(entries) {
        for name in names {
            look(&meta.reference, name, &name.value);
        }
    }
    let annotated =
        objects().filter(|object| object.group().is_empty() && object.reference.kind == "Service");
    for (object, leaf) in annotated.filter_map(|object| Some((object, object.annotations.get(ANNOTATION)?))) {
        for name in leaf.value.split(',') {
            look(&object.reference, leaf, name.trim());
        }
    }
    findings
}

fn unknown(
    written: &BTreeSet<&str>,
    object: &ObjectRef,
    place: &Leaf<String>,
    name: &str,
) -> Option<Finding> {
    let near = slip::meant(name, written.iter().copied());
    let (severity, message, help) = match near {
        Some(near) => (
            Severity::Warning,
            format!("the input has no namespace `{name}`, but `{near}`, which does not see this"),
            format!("did you mean `{near}`?"),
        ),
        None if written.len() < SEVERAL => return None,
        None => (
            Severity::Info,
            format!(
                "the input has {} Namespaces, and `{name}` is none of them: unless it stands elsewhere, nobody sees this \
                 there",
                written.len()
            ),
            "see that the name is right, or give unmesh the file that holds the Namespace".to_string(),
        ),
    };
    let finding = Finding::new(&UNKNOWN_NAMESPACE, Direction::None, message).severity(severity).help(help);
    Some(finding.at(place.span).on(object).field(place.field.as_str()))
}
