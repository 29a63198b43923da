//! Kustomizations: which files are patches, and what a kustomization changes that unmesh does not.
//!
//! unmesh reads files as they stand and applies no kustomization. So a patch is no resource, and a
//! kustomization that renames, relabels or patches is said to have been passed over.

use crate::finding::codes::input::{KUSTOMIZATION_NOT_APPLIED, KUSTOMIZE_PATCH};
use crate::finding::{Direction, Finding, Severity};
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{Document, Node};
use std::collections::{BTreeMap, BTreeSet};

/// The names under which kustomize looks for its file.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Fields that change what resources mean to a mesh. Images, replicas and generated maps do not.
const CHANGES: [&str; 11] = [
    "commonAnnotations",
    "commonLabels",
    "components",
    "helmCharts",
    "labels",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "replacements",
    "transformers",
    "vars",
];

/// Fields that hold patches, as files or in place.
const PATCHES: [&str; 3] = ["patches", "patchesStrategicMerge", "patchesJson6902"];

/// All kustomizations of the input.
pub(super) struct Kustomizations {
    /// Patch files by normalised name: the kustomization's directory, and where it names the file.
    patches: BTreeMap<String, (String, Span)>,
    told: BTreeSet<FileId>,
    findings: Vec<Finding>,
}

impl Kustomizations {
    /// Looks for kustomizations among the documents.
    pub(super) fn of(documents: &[Document], sources: &SourceMap) -> Self {
        let mut found = Self { patches: BTreeMap::new(), told: BTreeSet::new(), findings: Vec::new() };
        for document in documents {
            let name = &sources.file(document.file).name;
            let (directory, base) = name.rsplit_once('/').unwrap_or(("", name));
            let version = document.root.get("apiVersion").and_then(Node::as_str).unwrap_or("");
            if FILE_NAMES.contains(&base) || version.starts_with("kustomize.config.k8s.io/") {
                found.kustomization(&document.root, directory);
            }
        }
        found
    }

    /// Findings about the kustomizations themselves.
    pub(super) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// Whether a document's file is a patch.
    pub(super) fn is_patch(&self, document: &Document, sources: &SourceMap) -> bool {
        self.patches.contains_key(&normalise("", &sources.file(document.file).name))
    }

    /// The finding on a patch file, with its first document.
    pub(super) fn patch(&mut self, document: &Document, sources: &SourceMap) -> Option<Finding> {
        let (directory, listed) = self.patches.get(&normalise("", &sources.file(document.file).name))?;
        if !self.told.insert(document.file) {
            return None;
        }
        let metadata = document.root.get("metadata");
        let span =
            metadata.and_then(|metadata| metadata.get("name")).map_or(document.root.span, |node| node.span);
        let message = "this is a patch of a kustomization and no resource, so it is not read";
        let finding = Finding::new(&KUSTOMIZE_PATCH, Direction::None, message)
            .severity(Severity::Warning)
            .at(span)
            .help(build(directory))
            .related("the kustomization names it here", *listed);
        Some(finding)
    }

    fn kustomization(&mut self, root: &Node, directory: &str) {
        let mut changes: Vec<(&str, Span)> = Vec::new();
        for entry in root.entries() {
            let key = entry.key.as_str();
            if PATCHES.contains(&key) {
                let mut inline = false;
                for item in entry.value.items() {
                    match file_of(item) {
                        Some((path, span)) => {
                            let file = normalise(directory, path);
                            self.patches.entry(file).or_insert((directory.to_string(), span));
                        }
                        None => inline = true,
                    }
                }
                if inline {
                    changes.push((key, entry.key_span));
                }
            } else if CHANGES.contains(&key) && !entry.value.is_null() {
                changes.push((key, entry.key_span));
            }
        }
        let Some((_, span)) = changes.first() else { return };
        let names: Vec<String> = changes.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!(
            "{} of this kustomization {} not applied: files are read as they stand",
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" }
        );
        let finding = Finding::new(&KUSTOMIZATION_NOT_APPLIED, Direction::None, message)
            .severity(Severity::Warning)
            .at(*span)
            .help(build(directory));
        self.findings.push(finding);
    }
}

fn build(directory: &str) -> String {
    let directory = if directory.is_empty() { "." } else { directory };
    format!("give unmesh what kustomize makes: `kustomize build {directory} | unmesh lint -`")
}

/// The file that an entry of a patch list names: the entry itself, or its `path`. A text of several
/// lines, or without a file's ending, is a patch in place.
fn file_of(item: &Node) -> Option<(&str, Span)> {
    let node = item.get("path").unwrap_or(item);
    let path = node.as_str()?;
    let ending = path.rsplit('.').next().unwrap_or("");
    let is_file = ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    (is_file && !path.contains('\n')).then_some((path, node.span))
}

/// `path` below `directory`, without `.` and `..`.
fn normalise(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
