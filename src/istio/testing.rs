//! YAML text to a manifest, for the unit tests of this stage and of the lints.

use super::{Resources, read};
use crate::config::Settings;
use crate::finding::Finding;
use crate::manifest::{Manifest, collect};
use crate::source::{SourceFile, SourceMap};
use crate::yaml::{Limits, parse};
use std::path::PathBuf;

/// What reading one text gave.
pub(crate) struct Read {
    /// The text, for spans.
    pub(crate) sources: SourceMap,
    /// The objects.
    pub(crate) manifest: Manifest,
    /// The resources.
    pub(crate) resources: Resources,
    /// What this stage found; YAML and envelope have to be flawless.
    pub(crate) findings: Vec<Finding>,
}

impl Read {
    /// Code, underlined text and message of each finding.
    pub(crate) fn said(&self) -> Vec<(&'static str, &str, &str)> {
        let row = |finding: &'_ Finding| (finding.code.id, finding.span);
        self.findings
            .iter()
            .map(|finding| {
                let (id, span) = row(finding);
                (id, span.map_or("", |span| self.sources.text(span)), finding.message.as_str())
            })
            .collect()
    }
}

/// Reads a text through all stages up to this one.
pub(crate) fn read_text(text: &str) -> Read {
    let mut sources = SourceMap::default();
    let name = "input.yaml".to_string();
    let file = sources.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text));
    let (documents, findings) = parse(file, sources.file(file), Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    let reading = collect(documents, &Settings::default());
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let (resources, findings) = read(&reading.manifest);
    Read { sources, manifest: reading.manifest, resources, findings }
}

/// A policy in namespace `shop` whose `spec` is this text (indented by two blanks, or a flow mapping).
pub(crate) fn policy(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata:\n  name: p\n  namespace: shop\nspec: {spec}\n"
    )
}
