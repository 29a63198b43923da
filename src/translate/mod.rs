//! Back ends: the neutral model to a target's objects, with losses and provenance.
//!
//! A back end returns what it writes, what it could not say, and from which leaf each came; the
//! driver here checks that no leaf is in neither.

pub mod approximate;
pub mod calico;
pub mod kubernetes;
pub mod ledger;
pub mod stale;

use crate::config::{Settings, Target};
use crate::finding::{Code, Finding, Rules};
use crate::ir::{Model, Origin};
use crate::manifest::{Inventory, Manifest, ObjectId};
use crate::object::Object;
use crate::source::{SourceMap, Span};
use std::collections::BTreeMap;

/// What a back end may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Names of files, for annotations.
    pub sources: &'a SourceMap,
    /// All objects.
    pub manifest: &'a Manifest,
    /// What the input shows of the cluster.
    pub inventory: &'a Inventory,
    /// The settings.
    pub settings: &'a Settings,
    /// What the user accepted.
    pub rules: &'a Rules,
}

impl Context<'_> {
    /// Whether the user accepted a code for a policy.
    #[must_use]
    pub fn accepts(&self, code: &Code, policy: &Origin) -> bool {
        let file = self.sources.file(policy.span.file);
        self.rules.accepts(code, Some(&policy.reference), Some(file)).is_some()
    }
}

/// What a back end made.
#[derive(Default, Debug)]
pub struct Translation {
    /// The objects, in the order in which they are to be applied.
    pub objects: Vec<Emitted>,
    /// What they do not say, and what to know about them.
    pub findings: Vec<Finding>,
}

/// An object and the source objects that it comes from.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The object.
    pub object: Object,
    /// The source objects, the first one where it stands.
    pub sources: Vec<ObjectId>,
}

/// Translates every policy for the target of the settings.
#[must_use]
pub fn translate(model: &Model, context: &Context<'_>) -> Translation {
    match context.settings.target {
        Target::Calico(target) => calico::translate(model, context, target),
        Target::Kubernetes => kubernetes::translate(model, context),
    }
}

/// Each finding once, where it stands first.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    // Equal ones have a code and a place in common: only those are compared, since there may be thousands.
    let mut alike: BTreeMap<(&str, Option<Span>), Vec<usize>> = BTreeMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let places = alike.entry((finding.code.id, finding.span)).or_default();
        if !places.iter().any(|place| kept.get(*place) == Some(&finding)) {
            places.push(kept.len());
            kept.push(finding);
        }
    }
    kept
}
