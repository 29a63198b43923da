//! Test inputs from text, until the YAML stage reads it; the only place that has to change then.
//!
//! The tree comes from an independent engine without positions. Keys and scalars stand in the
//! text in the order of the tree, so each is searched from where the last one ended.

use super::{Inventory, Reading, collect, inventory};
use crate::config::Settings;
use crate::finding::Finding;
use crate::source::{FileId, SourceFile, SourceMap, Span};
use crate::yaml::{Document, Duplicate, Entry, Node, Scalar, Style, Value};
use serde::Deserialize;
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
        let whole = Span::new(id, 0, text.len());
        let mut cursor = Cursor { file: id, text, at: 0 };
        for (index, document) in serde_yaml::Deserializer::from_str(text).enumerate() {
            let value = serde_yaml::Value::deserialize(document).expect("the test's YAML is right");
            let root = cursor.node(&value);
            self.documents.push(Document { file: id, index, span: whole, root, duplicates: Vec::new() });
        }
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

struct Cursor<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
}

impl Cursor<'_> {
    fn find(&mut self, part: &str) -> Span {
        let found = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.find(part))
            .map_or(self.at, |offset| self.at + offset);
        let end = (found + part.len()).min(self.text.len());
        self.at = end;
        Span::new(self.file, found, end)
    }

    fn node(&mut self, value: &serde_yaml::Value) -> Node {
        let plain = |text: String| (text, Style::Plain);
        let (text, style) = match value {
            serde_yaml::Value::Mapping(mapping) => return self.mapping(mapping),
            serde_yaml::Value::Sequence(items) => return self.sequence(items),
            serde_yaml::Value::Tagged(tagged) => return self.node(&tagged.value),
            serde_yaml::Value::Null => plain(String::new()),
            serde_yaml::Value::Bool(value) => plain(value.to_string()),
            serde_yaml::Value::Number(value) => plain(value.to_string()),
            serde_yaml::Value::String(text) => (text.clone(), Style::Text),
        };
        let span = self.find(&text);
        Node { span, value: Value::Scalar(Scalar { text, style }) }
    }

    fn mapping(&mut self, mapping: &serde_yaml::Mapping) -> Node {
        let start = self.at;
        let mut entries = Vec::new();
        for (key, value) in mapping {
            let key = key.as_str().expect("a string key").to_string();
            let key_span = self.find(&key);
            entries.push(Entry { key, key_span, value: self.node(value) });
        }
        let first = entries.first().map_or(start, |entry| entry.key_span.start as usize);
        Node { span: Span::new(self.file, first, self.at), value: Value::Mapping(entries) }
    }

    fn sequence(&mut self, items: &[serde_yaml::Value]) -> Node {
        let nodes: Vec<Node> = items.iter().map(|item| self.node(item)).collect();
        let first = nodes.first().map_or(self.at, |node| node.span.start as usize);
        Node { span: Span::new(self.file, first, self.at), value: Value::Sequence(nodes) }
    }
}
