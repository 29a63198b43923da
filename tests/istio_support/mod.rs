//! YAML text through all stages up to the Istio resources, for tests of reading and of lints.

use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::finding::Finding;
use unmesh::istio::{Resources, read};
use unmesh::manifest::{Manifest, collect};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml::{Limits, parse};

/// What one text gave.
pub(crate) struct Read {
    pub(crate) sources: SourceMap,
    pub(crate) manifest: Manifest,
    pub(crate) resources: Resources,
    pub(crate) findings: Vec<Finding>,
}

impl Read {
    /// Code, underlined text and message of each finding.
    pub(crate) fn said<'a>(&'a self, findings: &'a [Finding]) -> Vec<(&'static str, &'a str, &'a str)> {
        let underlined = |finding: &Finding| finding.span.map_or("", |span| self.sources.text(span));
        findings
            .iter()
            .map(|finding| (finding.code.id, underlined(finding), finding.message.as_str()))
            .collect()
    }
}

/// Reads a text. Its YAML has to be flawless; what the envelope says is left to its own tests.
pub(crate) fn read_text(text: &str) -> Read {
    let mut sources = SourceMap::default();
    let name = "input.yaml".to_string();
    let file = sources.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text));
    let parsed = parse(file, sources.file(file), Limits::default());
    assert!(parsed.findings.is_empty(), "{:?}", parsed.findings);
    let manifest = collect(parsed.documents, &sources, &Settings::default()).manifest;
    let (resources, findings) = read(&manifest);
    Read { sources, manifest, resources, findings }
}

/// A resource of a kind in namespace `shop` with this `spec`, a flow mapping.
pub(crate) fn resource(kind: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata:\n  name: p\n  namespace: shop\nspec: {spec}\n"
    )
}
