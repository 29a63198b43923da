//! Calico's network sets: addresses with labels.

use super::text::{text, with_spec};
use super::{Labels, Object};
use crate::finding::{Finding, ObjectRef};
use crate::source::Span;

/// A `NetworkSet` or, without a namespace, a `GlobalNetworkSet`.
#[derive(Clone, Debug)]
pub struct NetworkSet {
    /// Its name.
    pub reference: ObjectRef,
    /// Its labels, by which selectors find it.
    pub labels: Labels,
    /// `spec.nets`, as written.
    pub nets: Vec<String>,
    /// Where its name stands.
    pub span: Span,
}

/// Reads a network set.
pub(super) fn read(object: &Object, findings: &mut Vec<Finding>) -> NetworkSet {
    let nets = with_spec(object, findings, |spec| {
        let nets = spec.fields()?.take("nets")?.list()?;
        Some(nets.iter().filter_map(text).map(|leaf| leaf.value).collect())
    });
    NetworkSet {
        reference: object.reference.clone(),
        labels: object.labels.clone(),
        nets: nets.unwrap_or_default(),
        span: object.name_span,
    }
}
