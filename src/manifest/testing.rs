//! Test inputs from text, through the YAML stage.

use super::{Inventory, Reading, collect, inventory};
use crate::config::Settings;
use crate::finding::Finding;
use crate::source::{SourceFile, SourceMap, Span};
use crate::yaml::{Document, Duplicate, Limits, parse};
use std::path::PathBuf;

/// Files and the documents in them.
#[derive(Default)]
pub(crate) struct Input {
    pub(crate) sources: SourceMap,
    pub(crate) documents: Vec<Document>,
}

impl Input {
    /// One file, `in.yaml`.
    pub(crate) fn of(text: &str) -> Self {
        Self::default().file("in.yaml", text)
    }

    /// Another file.
    pub(crate) fn file(mut self, name: &str, text: &str) -> Self {
        let path = PathBuf::from(name);
        let id = self.sources.add(SourceFile::new(name.to_string(), Some(path.clone()), path, text));
        self.documents.extend(parse(id, self.sources.file(id), Limits::default()).documents);
        self
    }

    /// Says that a key stands twice: the places of `first` and of `later` in the last document.
    pub(crate) fn duplicate(mut self, first: &str, later: &str) -> Self {
        let document = self.documents.last_mut().expect("a document");
        let text = &self.sources.file(document.file).text;
        let place = |part: &str| {
            let at = text.find(part).expect("the text holds it");
            Span::new(document.file, at, at + part.len())
        };
        let duplicate = Duplicate {
            key: later.to_string(),
            span: place(later),
            first: place(first),
            path: later.to_string(),
        };
        document.duplicates.push(duplicate);
        self
    }

    /// The inventory, and its findings behind those of the envelope.
    pub(crate) fn inventory(&self, settings: &Settings) -> (Inventory, Vec<Finding>) {
        let reading = self.collect(settings);
        let (inventory, findings) = inventory(&reading.manifest, settings);
        (inventory, reading.findings.into_iter().chain(findings).collect())
    }

    /// The envelope stage.
    pub(crate) fn collect(&self, settings: &Settings) -> Reading {
        collect(self.documents.clone(), &self.sources, settings)
    }
}

/// Each finding as `CODE severity text`, the underlined text without quotes and brackets.
pub(crate) fn lines(findings: &[Finding], sources: &SourceMap) -> Vec<String> {
    let line = |finding: &Finding| {
        let text =
            finding.span.map_or("", |span| sources.text(span)).trim_matches(['\'', '"', '[', ']', '{', '}']);
        format!("{} {} {text}", finding.code.id, finding.severity.word())
    };
    findings.iter().map(line).collect()
}
