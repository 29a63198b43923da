//! What Istio's own validation refuses, collected while a resource is read.
//!
//! A [`Checks`] belongs to one object, beside its `Reader`: the reader says what cannot be read,
//! this says what can be read and is refused. It must not know any rule itself.

use crate::finding::{Code, Direction, Finding, ObjectRef, Severity};
use crate::yaml::fields::{Field, Leaf};
use std::cell::RefCell;

/// Collects what is refused in one object.
pub(super) struct Checks<'a> {
    object: &'a ObjectRef,
    code: &'static Code,
    direction: Direction,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Checks<'a> {
    /// Checks of an object whose findings have this code, and this direction: what Istio refuses may have
    /// been meant to refuse requests.
    pub(super) fn new(object: &'a ObjectRef, code: &'static Code, direction: Direction) -> Self {
        Self { object, code, direction, findings: RefCell::new(Vec::new()) }
    }

    /// Istio refuses the object for what stands here.
    pub(super) fn refuse<T>(&self, at: &Leaf<T>, message: impl Into<String>, help: impl Into<String>) {
        let finding = Finding::new(self.code, self.direction, message)
            .severity(Severity::Error)
            .help(help)
            .on(self.object)
            .at(at.span)
            .field(at.field.as_str());
        self.findings.borrow_mut().push(finding);
    }

    /// What was refused, in the order of reading.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings.into_inner()
    }

    /// Whether nothing was refused so far.
    pub(super) fn is_empty(&self) -> bool {
        self.findings.borrow().is_empty()
    }
}

/// The place of a field's key: a finding about a whole mapping underlines this, not all its lines.
pub(super) fn key_of(field: &Field<'_>) -> Leaf<()> {
    Leaf { value: (), span: field.key_span, field: field.path.clone() }
}
