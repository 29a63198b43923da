//! Labels and annotations: text that Kubernetes wants quoted.

use crate::finding::Direction;
use crate::finding::codes::input::{UNKNOWN_FIELD, UNQUOTED_SCALAR, WRONG_TYPE, WRONG_VALUE};
use crate::yaml::Value;
use crate::yaml::fields::{Field, Leaf, Problems};
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
