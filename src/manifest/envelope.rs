//! Documents as Kubernetes objects: kind, name, namespace, labels, and where they came from.
//!
//! Every document and every item of a List ends as an [`Object`] or as a [`SkippedDocument`]; how
//! one item is read stands in `metadata`, how doubles are settled in `identity`.

use super::expand::{Item, expand};
use super::kustomize::Kustomizations;
use super::metadata::{self, Outcome};
use super::{Labels, identity, mesh, own, scope};
use crate::config::Settings;
use crate::finding::codes::input::{DUPLICATE_KEY, POLICY_UNREADABLE};
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{Document, Duplicate, Node, fields::Leaf};
use std::collections::BTreeMap;

/// An object's place in [`Manifest::objects`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub usize);

/// One Kubernetes object of the input.
#[derive(Clone, Debug)]
pub struct Object {
    /// Kind, namespace (the default one filled in for namespaced kinds), name. An object with a
    /// `generateName` alone has that name with a `*` behind it.
    pub reference: ObjectRef,
    /// `security.istio.io/v1`.
    pub api_version: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `metadata.annotations`, each with the place of its value.
    pub annotations: BTreeMap<String, Leaf<String>>,
    /// `metadata.creationTimestamp`, as written (RFC 3339 sorts as text).
    pub created: Option<String>,
    /// Where `metadata.name` stands: what findings about the whole object underline.
    pub name_span: Span,
    /// The whole object. YAML that a ConfigMap of istiod's holds as text stands here as the tree that it is.
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
    /// In the order of the input. Of equal documents of one identity only the first is here.
    pub objects: Vec<Object>,
    /// Istio objects of which the input holds different documents: they are not translated, but
    /// what they show of the cluster (that a namespace has Istio policy) still counts.
    pub contested: Vec<Object>,
    /// What unmesh wrote itself; each is also in `skipped`. Only a diff that replaces it looks here.
    pub own: Vec<Object>,
    /// Documents that are no object, or that are the same as an earlier one.
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
pub fn collect(documents: Vec<Document>, sources: &SourceMap, settings: &Settings) -> Reading {
    let mut kustomizations = Kustomizations::of(&documents, sources);
    let mut reading = Reading { findings: kustomizations.take_findings(), ..Reading::default() };
    for document in documents {
        if document.root.is_null() {
            continue;
        }
        reading.manifest.documents += 1;
        if kustomizations.is_patch(&document, sources) {
            reading.findings.extend(kustomizations.patch(&document, sources));
            reading.skip(&document.root, "a kustomize patch");
            continue;
        }
        reading.document(document, sources, settings);
    }
    identity::settle(&mut reading, sources);
    reading.findings = metadata::told_once(reading.findings, settings);
    reading
}

impl Reading {
    fn skip(&mut self, root: &Node, why: &str) {
        let kind = root.get("kind").and_then(Node::as_str).map(str::to_string);
        self.manifest.skipped.push(SkippedDocument { span: root.span, kind, why: why.to_string() });
    }

    /// One document: its items, and the keys that stand twice in it.
    fn document(&mut self, document: Document, sources: &SourceMap, settings: &Settings) {
        let Document { file, index, span, root, duplicates } = document;
        let by_header = own::has_header(sources, file);
        let whole = root.span;
        let list = metadata::is_list(&root);
        let items = expand(root);
        if items.is_empty() {
            self.manifest.skipped.push(SkippedDocument {
                span: whole,
                kind: list,
                why: "an empty list".into(),
            });
        }
        let mut places = Vec::new();
        for Item { root, placed } in items {
            let placement = Placement { file, document: index, document_span: span, item: placed };
            match metadata::read(root, placement, settings) {
                Outcome::Object(object, _) if own::is_own(&object, by_header) => {
                    self.skip(&object.root, "written by unmesh");
                    self.manifest.own.push(*object);
                }
                Outcome::Object(mut object, findings) => {
                    self.findings.extend(findings);
                    mesh::open(&mut object, sources, &mut self.findings);
                    places.push((placed, object.reference.clone()));
                    self.manifest.objects.push(*object);
                }
                Outcome::Skipped(root, why, finding) => {
                    self.findings.extend(finding.map(|finding| *finding));
                    self.skip(&root, why);
                }
            }
        }
        if !places.is_empty() {
            // Two documents that ran together are one finding, not one for each of their keys.
            let ran_together = duplicates.iter().any(|duplicate| duplicate.path == "kind");
            let part = |path: &str| matches!(path, "apiVersion" | "metadata" | "spec");
            let told = duplicates.iter().filter(|duplicate| !(ran_together && part(&duplicate.path)));
            let found = told.map(|duplicate| twice(duplicate, &places, sources.text(span)));
            self.findings.extend(found);
        }
    }
}

/// A key that stands twice: only the last counts, so a refusal may have stood in the first. It
/// blocks in a policy, and where a whole object or list of objects may be hidden: `kind` twice is a
/// forgotten `---`, `items` twice a List whose first half is gone.
fn twice(duplicate: &Duplicate, places: &[(Option<Span>, ObjectRef)], document: &str) -> Finding {
    let within = |item: &Option<Span>| {
        item.is_none_or(|item| item.start <= duplicate.span.start && duplicate.span.end <= item.end)
    };
    let object = places.iter().find(|(item, _)| within(item)).map(|(_, reference)| reference);
    let in_policy = object.is_some_and(|reference| scope::is_refusing_policy(&reference.kind));
    let hides_objects =
        matches!(duplicate.key.as_str(), "kind" | "items" | "spec" | "apiVersion" | "metadata");
    let may_hide_policy =
        hides_objects && scope::REFUSING_POLICIES.iter().any(|kind| document.contains(kind));
    let key = &duplicate.key;
    let message = format!("`{key}` stands twice here, and only the last one counts");
    let finding = if in_policy || may_hide_policy {
        Finding::new(&POLICY_UNREADABLE, Direction::Widens, message)
    } else {
        Finding::new(&DUPLICATE_KEY, Direction::None, message).severity(Severity::Error)
    };
    let help = match (duplicate.path == *key, key.as_str()) {
        (true, "kind" | "apiVersion" | "metadata") => {
            "write `---` between two documents, or delete one of the two"
        }
        _ => "delete one of the two, or join them",
    };
    let finding = finding
        .at(duplicate.span)
        .field(duplicate.path.clone())
        .help(help)
        .related(format!("`{key}` stands here first"), duplicate.first);
    match object {
        Some(reference) => finding.on(reference),
        None => finding,
    }
}

#[cfg(test)]
mod tests;
