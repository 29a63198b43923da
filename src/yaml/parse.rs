//! Text to trees: all documents of a file, and what is wrong with the others.

use super::compose::{Composed, compose};
use super::event::{Piece, RawDocument, Stream};
use super::message::Trouble;
use super::node::{Document, Unread};
use super::template::{Occurrence, Search};
use crate::finding::codes::input::{LIMIT_EXCEEDED, TEMPLATE_SYNTAX, UNREADABLE_YAML};
use crate::finding::{Direction, Finding, Severity};
use crate::source::{FileId, SourceFile, Span};

/// Bounds, so that no input can take the program down.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nested collections.
    pub depth: usize,
    /// Nodes that aliases and merge keys may add to one document; each 100 bytes of text that they
    /// add count as one more.
    pub expansion: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 200, expansion: 100_000 }
    }
}

/// What a file holds.
#[derive(Default, Debug)]
pub struct Parsed {
    /// The documents that could be read, in their order.
    pub documents: Vec<Document>,
    /// The documents that could not be read, or hold template syntax; each is covered by a finding,
    /// but a file with template syntax has one finding for all.
    pub unread: Vec<Unread>,
    /// Documents with nothing but comments.
    pub empty: usize,
    /// What is wrong, in the order of the text.
    pub findings: Vec<Finding>,
}

impl Parsed {
    /// How many documents the file has, those counted that are bad or empty.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.documents.len() + self.unread.len() + self.empty
    }
}

/// Reads all documents of a file; never fails. The time is linear in the size of the text.
///
/// Findings here have no direction: that something cannot be read changes nothing by itself.
/// A document with template syntax is not used; the other documents of its file are.
#[must_use]
pub fn parse(file: FileId, source: &SourceFile, limits: Limits) -> Parsed {
    let search = Search::new(&source.text);
    let mut parsed = Parsed::default();
    let mut template: Option<Occurrence> = None;
    let mut passed_over = Vec::new();
    for raw in Stream::new(&source.text, limits) {
        if let Some(occurrence) = search.first(&raw) {
            template = template.or(Some(occurrence));
            parsed.unread.push(unread(file, &raw));
            continue;
        }
        if raw.passed_over && !raw.is_empty() {
            parsed.unread.push(unread(file, &raw));
            passed_over.push(passed_over_finding(file, &source.text, &raw));
            continue;
        }
        read(file, &source.text, raw, limits, &mut parsed);
    }
    if let Some(occurrence) = template {
        // What is no YAML here may well be YAML once it is rendered.
        parsed.findings.retain(|finding| finding.code.id != UNREADABLE_YAML.id);
        parsed.findings.push(template_finding(file, &source.text, occurrence));
    }
    parsed.findings.extend(passed_over);
    parsed.findings.sort_by_key(|finding| finding.span);
    parsed
}

fn read(file: FileId, text: &str, mut raw: RawDocument, limits: Limits, parsed: &mut Parsed) {
    if raw.is_empty() {
        parsed.empty += 1;
        return;
    }
    let composed = match raw.trouble.take() {
        Some(trouble) => Err(trouble),
        None => compose(file, text, &raw.pieces, limits),
    };
    match composed {
        Ok(Composed { root, duplicates }) => {
            let span = Span::new(file, raw.start, raw.end);
            parsed.documents.push(Document { file, index: raw.index, span, root, duplicates });
        }
        Err(trouble) => {
            parsed.unread.push(unread(file, &raw));
            parsed.findings.push(trouble_finding(file, trouble));
        }
    }
}

fn unread(file: FileId, raw: &RawDocument) -> Unread {
    Unread { index: raw.index, span: Span::new(file, raw.start, raw.end) }
}

fn trouble_finding(file: FileId, trouble: Trouble) -> Finding {
    let Trouble { start, end, message, help, limit } = trouble;
    let code = if limit { &LIMIT_EXCEEDED } else { &UNREADABLE_YAML };
    let mut finding = Finding::new(code, Direction::None, message).severity(Severity::Error);
    finding.help = help;
    finding.at(Span::new(file, start, end))
}

/// kubectl's reader stops at `...` and goes on behind the next `---`.
fn passed_over_finding(file: FileId, text: &str, raw: &RawDocument) -> Finding {
    let begin = raw.pieces.first().map_or(raw.start, Piece::start);
    let line = text.get(begin..raw.end).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    let message = "Kubernetes passes this document over: it stands behind `...`, without `---` before it";
    Finding::new(&UNREADABLE_YAML, Direction::None, message)
        .severity(Severity::Error)
        .help("write `---` in the place of `...`, or leave the document out")
        .at(Span::new(file, begin, begin + line))
}

fn template_finding(file: FileId, text: &str, occurrence: Occurrence) -> Finding {
    let Occurrence { start, end, language } = occurrence;
    let syntax = text.get(start..end).unwrap_or("");
    Finding::new(&TEMPLATE_SYNTAX, Direction::None, format!("`{syntax}` is template syntax, and no YAML yet"))
        .severity(Severity::Error)
        .help(language.help())
        .at(Span::new(file, start, end))
}
