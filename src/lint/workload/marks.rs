//! Annotations and labels that Istio does not know, does not look for there, or does not take so.

use super::holder::{Holder, Mark};
use super::on;
use super::table::{ANNOTATIONS, DEPRECATED, Known, LABELS, Place};
use crate::finding::codes::input::{
    DEPRECATED_ANNOTATION, MISPLACED_ANNOTATION, UNKNOWN_ANNOTATION, WRONG_VALUE,
};
use crate::finding::{Direction, Finding, Severity, nearest};
use crate::lint::words::joined;

pub(super) fn check(holder: &Holder<'_>) -> Vec<Finding> {
    let annotations = holder.annotations.iter().filter_map(|mark| annotation(holder, mark));
    let deprecated = holder.annotations.iter().filter_map(|mark| deprecated(holder, mark));
    let labels = holder.labels.iter().filter_map(|mark| label(holder, mark));
    annotations.chain(deprecated).chain(labels).collect()
}

fn annotation(holder: &Holder<'_>, mark: &Mark<'_>) -> Option<Finding> {
    let Some(known) = mark.known else { return Some(unknown(holder, mark)) };
    if !mark.is_read_at(holder.place) {
        return Some(misplaced(holder, mark, known, "annotation"));
    }
    let wanted = known.takes.refuses(&mark.value)?;
    let message = format!(
        "`{}` is no value of `{}`: {} does not come up with a proxy",
        mark.value,
        mark.name,
        holder.name()
    );
    let finding = on(holder, mark, &WRONG_VALUE, Direction::None, message)
        .severity(Severity::Warning)
        .at(mark.node.span)
        .help(format!("write {wanted}: Istio's injector refuses pods with anything else"));
    Some(finding)
}

/// What is not in the table: somebody's slip, or of a release that is gone or to come.
fn unknown(holder: &Holder<'_>, mark: &Mark<'_>) -> Finding {
    let message = format!("Istio knows no annotation `{}`, so it does nothing", mark.name);
    let finding = on(holder, mark, &UNKNOWN_ANNOTATION, Direction::None, message).severity(Severity::Warning);
    let as_label = LABELS.iter().any(|known| known.name == mark.name);
    let near = nearest(mark.name, ANNOTATIONS.iter().map(|known| known.name));
    match (as_label, near) {
        (true, _) => finding.help("Istio knows a label of that name: see whether it was meant"),
        (false, Some(near)) => finding.help(format!("did you mean `{near}`?")),
        (false, None) => finding.help("see what was meant, and delete it"),
    }
}

fn misplaced(holder: &Holder<'_>, mark: &Mark<'_>, known: &Known, what: &str) -> Finding {
    let kind = &holder.object.reference.kind;
    let places: Vec<String> = known.places.iter().map(|place| place.words().to_string()).collect();
    let to_template = holder.place == Place::Workload && known.places.contains(&Place::Pod);
    let (message, help) = if to_template {
        (
            format!(
                "`{}` stands beside the template of {}, where nothing reads it",
                mark.name,
                holder.name()
            ),
            "it belongs into the metadata of the template; with the mesh on its way out, delete it"
                .to_string(),
        )
    } else if places.is_empty() {
        (format!("nothing reads `{}` on a {kind}", mark.name), "delete it".to_string())
    } else {
        let message = format!("nothing reads `{}` on a {kind}", mark.name);
        (message, format!("Istio looks for this {what} on {}", joined(&places)))
    };
    on(holder, mark, &MISPLACED_ANNOTATION, Direction::None, message).severity(Severity::Warning).help(help)
}

/// Both forms side by side are no finding: whoever has the label knows.
fn deprecated(holder: &Holder<'_>, mark: &Mark<'_>) -> Option<Finding> {
    let (name, instead) = DEPRECATED.iter().find(|(name, _)| *name == mark.name)?;
    if !mark.is_read_at(holder.place) || holder.label(name).is_some() {
        return None;
    }
    let message = format!("Istio calls the annotation `{name}` deprecated");
    let finding = on(holder, mark, &DEPRECATED_ANNOTATION, Direction::None, message);
    Some(match *instead {
        "" => finding.help("nothing takes its place; it goes with the mesh"),
        instead => finding.help(format!("as long as the mesh stays, use {instead}")),
    })
}

/// Labels are anybody's: one that Istio does not know is a slip only where it looks like one that it knows.
fn label(holder: &Holder<'_>, mark: &Mark<'_>) -> Option<Finding> {
    match mark.known {
        Some(_) if mark.is_read_at(holder.place) => None,
        Some(known) => Some(misplaced(holder, mark, known, "label")),
        None => {
            let domain = |name: &str| name.split_once('/').map(|(domain, _)| domain.to_string());
            let near = nearest(mark.name, LABELS.iter().map(|known| known.name))
                .filter(|near| domain(near) == domain(mark.name))?;
            let message = format!("Istio knows no label `{}`, so it does nothing", mark.name);
            let finding = on(holder, mark, &UNKNOWN_ANNOTATION, Direction::None, message);
            Some(finding.severity(Severity::Warning).help(format!("did you mean `{near}`?")))
        }
    }
}
