//! Documents as Kubernetes objects: kind, name, namespace, labels, and where they came from.

use super::Labels;
use crate::config::Settings;
use crate::finding::{Finding, ObjectRef};
use crate::source::{FileId, Span};
use crate::yaml::{Document, Node};
use std::collections::BTreeMap;

/// An object's place in [`Manifest::objects`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub usize);

/// One Kubernetes object of the input.
#[derive(Clone, Debug)]
pub struct Object {
    /// Kind, namespace (the default one filled in for namespaced kinds), name.
    pub reference: ObjectRef,
    /// `security.istio.io/v1`.
    pub api_version: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `metadata.annotations`, each with the place of its value.
    pub annotations: BTreeMap<String, crate::yaml::fields::Leaf<String>>,
    /// `metadata.creationTimestamp`, as written (RFC 3339 sorts as text).
    pub created: Option<String>,
    /// Where `metadata.name` stands: what findings about the whole object underline.
    pub name_span: Span,
    /// The whole object.
    pub root: Node,
    /// How it stands in its file.
    pub placement: Placement,
}

/// How an object stands in its file: what a patch has to know to put something after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// The file.
    pub file: FileId,
    /// The number of its document in the file, from 0.
    pub document: usize,
    /// All bytes of that document.
    pub document_span: Span,
    /// For an item of a List: its own bytes.
    pub item: Option<Span>,
}

/// A document that is no object for us, and why: nothing is passed over uncounted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SkippedDocument {
    /// Where it begins.
    pub span: Span,
    /// Its kind, where it says one.
    pub kind: Option<String>,
    /// Why.
    pub why: String,
}

/// All objects of the input.
#[derive(Default, Debug)]
pub struct Manifest {
    /// In the order of the input.
    pub objects: Vec<Object>,
    /// Documents that are no object.
    pub skipped: Vec<SkippedDocument>,
    /// Documents in all, empty ones left out.
    pub documents: usize,
}

/// A manifest and what was found on the way.
#[derive(Default, Debug)]
pub struct Reading {
    /// The objects.
    pub manifest: Manifest,
    /// Findings of the envelope: no kind, no name, duplicates, patches.
    pub findings: Vec<Finding>,
}

impl Object {
    /// The API group: `security.istio.io` of `security.istio.io/v1`; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The version: `v1`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.api_version.rsplit('/').next().unwrap_or("")
    }

    /// The namespace, empty for objects without one.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.reference.namespace.as_deref().unwrap_or("")
    }
}

/// Documents to objects.
#[must_use]
pub fn collect(_documents: Vec<Document>, _settings: &Settings) -> Reading {
    Reading::default()
}
