//! How Kubernetes' own fields are read: text that it wants quoted, and which problems are what.

use super::Object;
use crate::finding::codes::input::{UNKNOWN_FIELD, UNQUOTED_SCALAR, WRONG_TYPE, WRONG_VALUE};
use crate::finding::{Direction, Finding, Severity};
use crate::source::Span;
use crate::yaml::fields::{Field, Leaf, Problems, Reader};
use crate::yaml::{Node, Value};
use std::collections::BTreeMap;

/// How problems of the envelope and of Kubernetes' own kinds are reported.
pub(super) const PROBLEMS: Problems = Problems {
    unknown: &UNKNOWN_FIELD,
    wrong_type: &WRONG_TYPE,
    wrong_value: &WRONG_VALUE,
    unquoted: &UNQUOTED_SCALAR,
    direction: Direction::None,
};

/// A text. An unquoted scalar of another type is a finding, since Kubernetes' clients refuse it, and
/// counts as what is written, so that nothing else is lost by it.
pub(super) fn text(field: &Field<'_>) -> Option<Leaf<String>> {
    if let Some(text) = field.string() {
        return Some(text);
    }
    match &field.node.value {
        Value::Scalar(scalar) if !field.is_null() => {
            Some(Leaf { value: scalar.text.clone(), span: field.node.span, field: field.path.clone() })
        }
        Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// Labels or annotations. Null counts as an empty text, as to Kubernetes.
pub(super) fn texts(field: &Field<'_>) -> BTreeMap<String, Leaf<String>> {
    let one = |(key, field): (Leaf<String>, Field<'_>)| {
        let value = if field.is_null() { field.presence().map(|()| String::new()) } else { text(&field)? };
        Some((key.value, value))
    };
    field.entries().into_iter().filter_map(one).collect()
}

/// The values without their places.
pub(super) fn plain(texts: &BTreeMap<String, Leaf<String>>) -> BTreeMap<String, String> {
    texts.iter().map(|(key, leaf)| (key.clone(), leaf.value.clone())).collect()
}

/// Reads an object's `spec`, of which we know only a part. What is wrong in it is a warning: the
/// object is no policy of the mesh. Unquoted texts stay errors, since Kubernetes refuses them.
pub(super) fn with_spec<T>(
    object: &Object,
    findings: &mut Vec<Finding>,
    read: impl FnOnce(&Field<'_>) -> Option<T>,
) -> Option<T> {
    let spec = object.root.entry("spec")?;
    with_field(object, findings, "spec", &spec.value, spec.key_span, read)
}

/// The same for another part of the object.
pub(super) fn with_field<T>(
    object: &Object,
    findings: &mut Vec<Finding>,
    path: &str,
    node: &Node,
    key_span: Span,
    read: impl FnOnce(&Field<'_>) -> Option<T>,
) -> Option<T> {
    let reader = Reader::new(&object.reference, PROBLEMS);
    let value = read(&reader.field(path, node, key_span));
    let lowered = |finding: Finding| {
        if finding.code == &UNQUOTED_SCALAR { finding } else { finding.severity(Severity::Warning) }
    };
    findings.extend(reader.into_findings().into_iter().map(lowered));
    value
}
