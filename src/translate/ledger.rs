//! The account of leaves: each leaf of a policy's `spec` is carried into an object or named in a
//! finding, and a leaf that is neither is a bug that must not pass.

use crate::finding::codes::verification::UNACCOUNTED_LEAF;
use crate::finding::{Direction, Finding};
use crate::manifest::Object;
use crate::source::Span;
use crate::yaml::fields::Leaf;
use crate::yaml::{Node, Value};
use std::collections::BTreeSet;

/// What became of the leaves of one source object, by path.
#[derive(Default, Debug)]
pub struct Ledger {
    carried: BTreeSet<String>,
    lost: BTreeSet<String>,
}

impl Ledger {
    /// These are in the output.
    pub fn carry<'a>(&mut self, leaves: impl IntoIterator<Item = &'a Leaf<()>>) {
        self.carried.extend(leaves.into_iter().map(|leaf| leaf.field.clone()));
    }

    /// These are named in a finding, or go with one that is.
    pub fn lose<'a>(&mut self, leaves: impl IntoIterator<Item = &'a Leaf<()>>) {
        self.lost.extend(leaves.into_iter().map(|leaf| leaf.field.clone()));
    }

    /// Everything below this path is named in a finding.
    pub fn lose_below(&mut self, object: &Object, field: &str) {
        let below = leaves(object).into_iter().filter(|leaf| is_below(&leaf.field, field));
        self.lost.extend(below.map(|leaf| leaf.field));
    }

    /// A finding for each leaf of the object's `spec` that is in neither.
    #[must_use]
    pub fn missing(&self, object: &Object) -> Vec<Finding> {
        let missing = leaves(object).into_iter().filter(|leaf| !self.has(&leaf.field));
        let finding = |leaf: Leaf<()>| {
            let message = format!("`{}` is neither in the output nor in a finding", leaf.field);
            Finding::new(&UNACCOUNTED_LEAF, Direction::Widens, message)
                .at(leaf.span)
                .on(&object.reference)
                .field(leaf.field)
                .help("this is a bug in unmesh: please report it with this policy")
        };
        missing.map(finding).collect()
    }

    fn has(&self, field: &str) -> bool {
        self.carried.contains(field) || self.lost.contains(field)
    }
}

/// Whether a path is `field` itself or below it.
fn is_below(path: &str, field: &str) -> bool {
    path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// All leaves below `spec`: scalars, and lists and mappings that are empty.
fn leaves(object: &Object) -> Vec<Leaf<()>> {
    let mut found = Vec::new();
    if let Some(spec) = object.root.get("spec") {
        collect(spec, "spec", spec.span, &mut found);
    }
    found
}

fn collect(node: &Node, field: &str, span: Span, found: &mut Vec<Leaf<()>>) {
    let leaf = || Leaf { value: (), span, field: field.to_string() };
    match &node.value {
        Value::Scalar(_) => found.push(leaf()),
        Value::Sequence(items) if items.is_empty() => found.push(leaf()),
        Value::Mapping(entries) if entries.is_empty() => found.push(leaf()),
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{field}[{index}]"), item.span, found);
            }
        }
        Value::Mapping(entries) => {
            for entry in entries {
                collect(&entry.value, &path(field, &entry.key), entry.value.span, found);
            }
        }
    }
}

/// Maps with free keys have their keys in brackets, as the typed readers write them.
fn path(field: &str, key: &str) -> String {
    if ["matchLabels", "portLevelMtls"].iter().any(|map| field.ends_with(map)) {
        format!("{field}[{key}]")
    } else {
        format!("{field}.{key}")
    }
}
