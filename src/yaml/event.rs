//! Text to pieces: the parser's events, one document at a time, each with its bytes.
//!
//! With `comment`, the only file that knows the parser. It finds where documents begin and end, goes on after a bad
//! one, and takes several JSON values in a row as documents, as kubectl does. It must not know what
//! aliases, tags and merge keys mean.

use super::Limits;
use super::message::{self, Trouble};
use super::node::Style;
use granit_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, Tag};
use std::collections::BTreeMap;
use std::ops::Range;

/// One node of a document, or the end of a collection, in the order of the text. Kept small: a large
/// document has millions.
pub(super) struct Piece {
    start: u32,
    end: u32,
    pub(super) kind: Kind,
}

/// What a piece is.
pub(super) enum Kind {
    /// Anything without children.
    Scalar(Notation, Option<Box<Special>>),
    /// A list begins.
    Sequence { flow: bool },
    /// A mapping begins.
    Mapping { flow: bool },
    /// The innermost open collection ends.
    End,
    /// An alias of the piece at this place.
    Alias(usize),
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    Plain,
    Quoted,
    Block,
}

/// A scalar whose text is not that of its bytes (escapes, folding), or that has a tag.
pub(super) struct Special {
    text: Box<str>,
    /// The resolved tag, `!` for the non-specific one.
    tag: Option<Box<str>>,
}

/// A scalar after escapes and folding.
pub(super) struct ScalarPiece<'p> {
    pub(super) text: &'p str,
    pub(super) style: Style,
    pub(super) tag: Option<&'p str>,
}

impl Piece {
    /// First byte in the file.
    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    /// One past the last byte in the file.
    pub(super) fn end(&self) -> usize {
        self.end as usize
    }

    /// The scalar that the piece is, if it is one; `source` is the file's text.
    pub(super) fn scalar<'p>(&'p self, source: &'p str) -> Option<ScalarPiece<'p>> {
        let Kind::Scalar(notation, special) = &self.kind else { return None };
        let style = if *notation == Notation::Plain { Style::Plain } else { Style::Text };
        Some(match special {
            Some(special) => ScalarPiece { text: &special.text, style, tag: special.tag.as_deref() },
            None => {
                ScalarPiece { text: verbatim(source, self.start(), self.end(), *notation), style, tag: None }
            }
        })
    }
}

/// The text of a scalar without escapes: its bytes, without quotes.
fn verbatim(source: &str, start: usize, end: usize, notation: Notation) -> &str {
    let bytes = match notation {
        Notation::Plain | Notation::Block => source.get(start..end),
        Notation::Quoted => source.get(start + 1..end.saturating_sub(1)),
    };
    bytes.unwrap_or("")
}

/// One document as pieces.
pub(super) struct RawDocument {
    /// Its number in the file, from 0: bad and empty ones count.
    pub(super) index: usize,
    /// First byte after the separator.
    pub(super) start: usize,
    /// The first byte of the next separator, or the end of the file.
    pub(super) end: usize,
    /// All pieces; those before the error where there is one.
    pub(super) pieces: Vec<Piece>,
    /// Why it could not be read to its end.
    pub(super) trouble: Option<Trouble>,
    /// Whether it stands behind `...` without a separator of its own: kubectl cuts at `---`, and reads
    /// the first document of each piece.
    pub(super) passed_over: bool,
}

impl RawDocument {
    /// Whether there is nothing but comments.
    pub(super) fn is_empty(&self) -> bool {
        let nothing = |piece: &Piece| {
            piece.start == piece.end && matches!(piece.kind, Kind::Scalar(Notation::Plain, None))
        };
        self.trouble.is_none() && self.pieces.iter().all(nothing)
    }
}

/// The documents of a file, one after the other.
pub(super) struct Stream<'s> {
    text: &'s str,
    limits: Limits,
    parser: Parser<'s, StrInput<'s>>,
    /// Where the parser's input begins in the file: not 0 after a JSON value.
    base: usize,
    /// Where the next document begins if it has no `---`.
    boundary: usize,
    /// Whether `...` ended the document before.
    behind_end: bool,
    index: usize,
    done: bool,
}

impl<'s> Stream<'s> {
    /// The documents of a text; a byte order mark at its beginning belongs to none.
    pub(super) fn new(text: &'s str, limits: Limits) -> Self {
        let boundary = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let parser = parser(text, limits);
        Self { text, limits, parser, base: 0, boundary, behind_end: false, index: 0, done: false }
    }

    /// Begins anew at a place in the text.
    fn restart(&mut self, at: usize) {
        self.base = at;
        self.boundary = at;
        self.parser = parser(self.text.get(at..).unwrap_or(""), self.limits);
    }

    /// Where the next document's separator begins: what the parser has next, without taking it.
    fn next_separator(&mut self) -> usize {
        let base = self.base;
        match self.parser.peek() {
            Some(Ok((Event::DocumentStart(true, _), span))) => base + span.start.byte_offset().unwrap_or(0),
            Some(Ok(_)) | None => self.text.len(),
            Some(Err(error)) => base + error.marker().byte_offset().unwrap_or(0),
        }
    }

    fn finish(&mut self, document: &mut RawDocument, end: usize) {
        document.end = end.max(document.start).min(self.text.len());
        self.boundary = document.end;
        self.index += 1;
    }

    /// Goes on behind the document that could not be read.
    fn recover(&mut self, document: &mut RawDocument, error: &ScanError) {
        let at = (self.base + error.marker().byte_offset().unwrap_or(0)).max(document.start);
        document.trouble = Some(message::of_scan_error(error, self.text, at));
        let more = self.parser.proceed_next_document().unwrap_or(false);
        let mut end = self.next_separator();
        if let Some(dots) = end_marker(self.text, at, end) {
            end = dots;
        }
        self.finish(document, end);
        self.pass_end();
        self.done = !more;
    }

    /// Ends the document at its end marker, or before the next separator.
    fn close(&mut self, document: &mut RawDocument, marker: usize) {
        let is_end = self.text.get(marker..).is_some_and(|rest| rest.starts_with("..."));
        let end = if is_end { marker } else { self.next_separator() };
        self.finish(document, end);
        self.pass_end();
    }

    /// Goes on behind an end marker, if one ended the document.
    fn pass_end(&mut self) {
        self.behind_end = self.text.get(self.boundary..).is_some_and(|rest| rest.starts_with("..."));
        if self.behind_end {
            self.boundary = line_after(self.text, self.boundary);
        }
    }
}

impl Iterator for Stream<'_> {
    type Item = RawDocument;

    fn next(&mut self) -> Option<RawDocument> {
        if self.done {
            return None;
        }
        let start = self.boundary;
        let passed_over = self.behind_end;
        let mut document = RawDocument {
            index: self.index,
            start,
            end: start,
            pieces: Vec::new(),
            trouble: None,
            passed_over,
        };
        let mut anchors = BTreeMap::new();
        let mut depth = 0_usize;
        loop {
            let (event, span) = match self.parser.next_event() {
                None => {
                    self.done = true;
                    return None;
                }
                Some(Err(error)) => {
                    self.recover(&mut document, &error);
                    return Some(document);
                }
                Some(Ok(event)) => event,
            };
            let range = span.byte_range().unwrap_or(0..0);
            let (start, mut end) = (self.base + range.start, self.base + range.end);
            let (kind, anchor) = match event {
                Event::StreamEnd => {
                    self.done = true;
                    return None;
                }
                Event::DocumentStart(explicit, _) => {
                    if explicit {
                        document.start = after_dashes(self.text, end);
                        self.behind_end = false;
                        document.passed_over = false;
                    }
                    continue;
                }
                Event::DocumentEnd => {
                    self.close(&mut document, start);
                    return Some(document);
                }
                Event::Scalar(text, style, anchor, tag) => {
                    end = if is_block(style) { without_last_breaks(self.text, start, end) } else { end };
                    (scalar(self.text, &text, style, tag.as_deref(), start..end), anchor)
                }
                Event::SequenceStart(style, anchor, _) => (Kind::Sequence { flow: is_flow(style) }, anchor),
                Event::MappingStart(style, anchor, _) => (Kind::Mapping { flow: is_flow(style) }, anchor),
                Event::SequenceEnd | Event::MappingEnd => (Kind::End, 0),
                Event::Alias(id) => (Kind::Alias(anchors.get(&id).copied().unwrap_or(usize::MAX)), 0),
                // Stream start; comments and anchor names, which are not asked for.
                _ => continue,
            };
            if anchor > 0 {
                anchors.insert(anchor, document.pieces.len());
            }
            depth = match kind {
                Kind::Sequence { .. } | Kind::Mapping { .. } => depth + 1,
                Kind::End => depth.saturating_sub(1),
                Kind::Scalar(..) | Kind::Alias(_) => depth,
            };
            let ended = depth == 0 && matches!(kind, Kind::End);
            document.pieces.push(piece(start, end, kind));
            if ended && let Some(next) = json_after(self.text, &document, end) {
                self.finish(&mut document, next);
                self.restart(next);
                return Some(document);
            }
        }
    }
}

/// A parser whose own bounds on nesting are the caller's, so that it stops before we would.
fn parser(text: &str, limits: Limits) -> Parser<'_, StrInput<'_>> {
    let options = granit_parser::options! {
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
        // Who wants comments asks for them in a reading of its own: see `comment`.
        emit_comments: false,
    };
    Parser::new_from_str_with_options(text, options)
}

fn piece(start: usize, end: usize, kind: Kind) -> Piece {
    let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Piece { start: narrow(start), end: narrow(end), kind }
}

fn scalar(source: &str, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Range<usize>) -> Kind {
    let notation = match style {
        ScalarStyle::Plain => Notation::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Notation::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Notation::Block,
    };
    // The parser says `~` where nothing stands.
    let text = if place.is_empty() && notation == Notation::Plain { "" } else { text };
    if tag.is_none() && text == verbatim(source, place.start, place.end, notation) {
        return Kind::Scalar(notation, None);
    }
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()).into_boxed_str());
    Kind::Scalar(notation, Some(Box::new(Special { text: text.into(), tag })))
}

fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}

fn is_flow(style: StructureStyle) -> bool {
    matches!(style, StructureStyle::Flow)
}

/// Where the next JSON value begins, if the document is one and another follows.
fn json_after(text: &str, document: &RawDocument, end: usize) -> Option<usize> {
    let root = document.pieces.first()?;
    let rest = text.get(end..)?;
    let next = rest.trim_start();
    let json = matches!(root.kind, Kind::Mapping { flow: true }) && next.starts_with('{');
    json.then(|| end + rest.len() - next.len())
}

/// A block scalar's text without the line breaks behind it.
fn without_last_breaks(text: &str, start: usize, end: usize) -> usize {
    text.get(start..end).map_or(end, |scalar| start + scalar.trim_end().len())
}

/// Where the content behind `---` begins: on the next line, unless something stands on this one.
fn after_dashes(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or("");
    let line = rest.split_inclusive('\n').next().unwrap_or("");
    if line.trim().is_empty() { end + line.len() } else { end }
}

fn line_after(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    at + rest.find('\n').map_or(rest.len(), |newline| newline + 1)
}

/// The first line `...` from the line of `from` on, before `to`.
fn end_marker(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut at = line_after(text, from.min(text.len()));
    while at < to {
        let rest = text.get(at..to)?;
        if rest.starts_with("...") && rest.get(3..)?.chars().next().is_none_or(char::is_whitespace) {
            return Some(at);
        }
        at = line_after(text, at);
    }
    None
}
