//! Objects of an earlier run that this one would not write.

use crate::finding::{Direction, Finding, ObjectRef, codes};
use crate::manifest::Object;
use std::collections::BTreeSet;

/// The annotation that names the source objects: `FILE#KIND/NS/NAME`, joined by commas.
const SOURCE: &str = "unmesh.dev/source";

/// One finding for each object of ours whose source is in the input and which is not `written`:
/// left in the cluster, an old Allow lets through what the source refuses now.
#[must_use]
pub fn check(objects: &[Object], own: &[Object], written: &[&ObjectRef]) -> Vec<Finding> {
    let sources: BTreeSet<String> = objects.iter().map(|object| object.reference.to_string()).collect();
    let written: BTreeSet<&ObjectRef> = written.iter().copied().collect();
    let left = own.iter().filter(|object| !written.contains(&object.reference));
    left.filter_map(|object| {
        let source = source_in(object, &sources)?;
        let message = format!("`{}` comes from `{source}`, which no longer yields it", object.reference);
        Some(
            Finding::new(&codes::input::STALE_OUTPUT, Direction::Widens, message)
                .help("delete this object here and in the cluster")
                .on(&object.reference)
                .at(object.name_span),
        )
    })
    .collect()
}

/// The first of an object's sources that the input holds.
fn source_in<'a>(object: &'a Object, sources: &BTreeSet<String>) -> Option<&'a str> {
    let value = object.annotations.get(SOURCE)?.value.as_str();
    let names = value.split(',').map(|part| part.rsplit_once('#').map_or(part, |(_, name)| name).trim());
    names.into_iter().find(|name| sources.contains(*name))
}
