//! Comments that begin with a word, where they stand, and what they stand at.
//!
//! The parser's own events say what a comment is, so that a `#` in a string or in a block scalar never
//! is one. Only texts that hold the word behind a `#` at all are read for it: a second reading of the
//! documents that could be read. What a comment says, and to whom, is not known here.

use super::Parsed;
use crate::source::{FileId, SourceFile, Span};
use granit_parser::{Event, Parser, ScalarStyle};
use std::collections::BTreeMap;
use std::ops::Range;

/// A comment and what it stands at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// From its `#` to the end of its text.
    pub span: Span,
    /// What it stands at.
    pub reach: Reach,
}

/// What a comment stands at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// It stands before the first key of a document: all of that document.
    Document(Span),
    /// It stands at the end of a line, or alone above it: that line, and the block scalar whose `|` or
    /// `>` ends it, since no comment can stand in there.
    Line(Span),
    /// It stands alone, and nothing follows it in its document.
    Nothing,
    /// Its document could not be read, or is a template.
    Unread,
    /// It stands in no document: before the first `---`, or where there is nothing but comments.
    Outside,
}

/// Whether a text may have such a comment at all: most have none.
#[must_use]
pub fn has_comment(text: &str, word: &str) -> bool {
    first(text, word).is_some()
}

/// The comments of a file that begin with a word, or with letters of which it is the beginning, in the order
/// of the text; `parsed` is what the file holds.
#[must_use]
pub fn comments(file: FileId, source: &SourceFile, parsed: &Parsed, word: &str) -> Vec<Comment> {
    let text: &str = &source.text;
    let mut found = Vec::new();
    for document in &parsed.documents {
        found.extend(in_document(file, source, document.span, word));
    }
    for unread in &parsed.unread {
        found.extend(by_line(file, text, unread.span.range(), word, Reach::Unread));
    }
    for gap in gaps(parsed, text.len()) {
        found.extend(by_line(file, text, gap, word, Reach::Outside));
    }
    found.sort_by_key(|comment| comment.span);
    found
}

/// Where a `#` stands that the word follows, apart from blanks.
fn first(text: &str, word: &str) -> Option<usize> {
    let begins = |at: &usize| {
        let rest = text.get(at + 1..).unwrap_or("");
        rest.trim_start_matches([' ', '\t']).starts_with(word)
    };
    text.match_indices('#').map(|(at, _)| at).find(begins)
}

/// The comments of a document that could be read.
fn in_document(file: FileId, source: &SourceFile, document: Span, word: &str) -> Vec<Comment> {
    let base = document.start as usize;
    let mut seen = Seen::default();
    let broken = seen.read(source.text.get(document.range()).unwrap_or(""));
    let mut lines = Lines::new(source, base, &seen.blocks, document.end as usize);
    let mut reach = |start: usize| {
        if seen.first.is_none_or(|first| start < base + first) {
            return Reach::Document(document);
        }
        lines.meant(start).map_or(Reach::Nothing, |(start, end)| Reach::Line(Span::new(file, start, end)))
    };
    let comment = |comment: &Range<usize>| {
        let text = source.text.get(base + comment.start..base + comment.end)?;
        let at = first(text, word)?;
        let start = base + comment.start + at;
        let span = Span::new(file, start, start + text.get(at..)?.trim_end().len());
        Some(Comment { span, reach: reach(base + comment.start) })
    };
    let mut found: Vec<Comment> = seen.comments.iter().filter_map(comment).collect();
    if let Some(at) = broken {
        // It could be read as part of its file, by a `%TAG` above it: what follows is only counted.
        found.extend(by_line(file, &source.text, base + at..document.end as usize, word, Reach::Unread));
    }
    found
}

/// What matters of a document's events, by places in its text.
#[derive(Default)]
struct Seen {
    /// Where the first node begins.
    first: Option<usize>,
    comments: Vec<Range<usize>>,
    /// Where the head of each block scalar (`|`, `>`) ends, and the end of its text.
    blocks: Vec<(usize, usize)>,
}

impl Seen {
    /// Takes the events; gives the place at which they end too early.
    fn read(&mut self, text: &str) -> Option<usize> {
        let options = granit_parser::options! {
            emit_comments: true,
            max_buffered_comment_events: usize::MAX,
            flow_nesting_limit: usize::MAX,
            block_nesting_limit: usize::MAX,
        };
        let mut parser = Parser::new_from_str_with_options(text, options);
        let mut at = 0;
        while let Some(event) = parser.next_event() {
            let Ok((event, span)) = event else { return Some(at) };
            let range = span.byte_range().unwrap_or(at..at);
            at = range.end.max(at);
            match event {
                Event::Comment(..) => self.comments.push(range),
                Event::Scalar(_, style, ..) => {
                    self.first.get_or_insert(range.start);
                    if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                        let head = text.get(..range.start).unwrap_or("").trim_end().len();
                        self.blocks.push((head.saturating_sub(1), range.end));
                    }
                }
                Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(..) => {
                    self.first.get_or_insert(range.start);
                }
                // The beginnings and ends of the stream, of documents, and of collections.
                _ => {}
            }
        }
        None
    }
}

/// The lines of a document, asked from the first comment to the last.
struct Lines<'s> {
    source: &'s SourceFile,
    /// The ends of block scalars, by the line that opens them.
    blocks: BTreeMap<usize, usize>,
    /// The end of the document.
    end: usize,
    /// Up to which line there was nothing but comments when last looked, and whether one followed.
    last: Option<(usize, bool)>,
}

impl<'s> Lines<'s> {
    fn new(source: &'s SourceFile, base: usize, blocks: &[(usize, usize)], end: usize) -> Self {
        let by_line = blocks.iter().map(|(head, end)| (line_of(source, base + head), base + end));
        Self { source, blocks: by_line.collect(), end, last: None }
    }

    /// The bytes of the line that a comment means: its own if something stands before it there, else
    /// the next one that holds anything but a comment.
    fn meant(&mut self, comment: usize) -> Option<(usize, usize)> {
        let own = line_of(self.source, comment);
        let start = self.source.line_start(own);
        let line = if is_blank(self.source.text.get(start..comment)?) { self.below(own)? } else { own };
        let next = self.source.line_start(line + 1);
        let end = self.blocks.get(&line).map_or(next, |end| next.max(*end));
        Some((self.source.line_start(line), end))
    }

    /// The next line that holds anything but a comment. Lines count from 1.
    fn below(&mut self, own: usize) -> Option<usize> {
        if let Some((until, found)) = self.last.filter(|(until, _)| own < *until) {
            return found.then_some(until);
        }
        let mut line = own + 1;
        while self.source.line_start(line) < self.end {
            let text =
                self.source.text.get(self.source.line_start(line)..self.source.line_start(line + 1))?;
            if !is_blank(text) && !text.trim_start().starts_with('#') {
                self.last = Some((line, true));
                return Some(line);
            }
            line += 1;
        }
        self.last = Some((line, false));
        None
    }
}

fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim().is_empty()
}

fn line_of(source: &SourceFile, at: usize) -> usize {
    source.position(u32::try_from(at).unwrap_or(u32::MAX)).line
}

/// Comments of a text that is no readable document, line by line.
fn by_line(file: FileId, text: &str, area: Range<usize>, word: &str, reach: Reach) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut start = area.start;
    for line in text.get(area).unwrap_or("").split_inclusive('\n') {
        let at = first(line, word).filter(|at| line.get(..*at).is_some_and(is_open));
        if let Some(at) = at {
            let end = start + line.trim_end().len();
            found.push(Comment { span: Span::new(file, start + at, end), reach });
        }
        start += line.len();
    }
    found
}

/// Whether a comment may begin behind this text.
fn is_open(before: &str) -> bool {
    before.chars().next_back().is_none_or(|last| last.is_whitespace() || last == '\u{feff}')
}

/// What lies between the documents.
fn gaps(parsed: &Parsed, length: usize) -> Vec<Range<usize>> {
    let documents = parsed.documents.iter().map(|document| document.span);
    let mut spans: Vec<Span> = documents.chain(parsed.unread.iter().map(|unread| unread.span)).collect();
    spans.sort_unstable();
    let mut gaps = Vec::new();
    let mut from = 0;
    for span in spans {
        gaps.push(from..(span.start as usize).max(from));
        from = from.max(span.end as usize);
    }
    gaps.push(from..length);
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::yaml::{Limits, parse};

    /// The comments of a text, each with the text that it stands at.
    fn read(text: &str) -> Vec<(String, String)> {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new("a.yaml".into(), None, "a.yaml".into(), text));
        let parsed = parse(id, sources.file(id), Limits::default());
        let found = comments(id, sources.file(id), &parsed, "mark");
        let place = |reach| match reach {
            Reach::Document(span) => format!("document:{}", sources.text(span)),
            Reach::Line(span) => sources.text(span).to_string(),
            Reach::Nothing => "nothing".to_string(),
            Reach::Unread => "unread".to_string(),
            Reach::Outside => "outside".to_string(),
        };
        found.into_iter().map(|one| (sources.text(one.span).to_string(), place(one.reach))).collect()
    }

    fn row(name: &str, text: &str, expected: &[(&str, &str)]) {
        let found = read(text);
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(found, expected, "{name}\n{text}");
    }

    #[test]
    fn a_comment_stands_at_its_line_at_the_next_or_at_the_document() {
        for (name, text, expected) in [
            ("at the end", "a: 1 # mark x\nb: 2\n", [("# mark x", "a: 1 # mark x\n")]),
            ("above", "a: 1\n# mark x\nb: 2\n", [("# mark x", "b: 2\n")]),
            ("other comments between", "a: 1\n  # mark x\n\n # on\n\nb: 2\n", [("# mark x", "b: 2\n")]),
            ("behind a key", "a: # mark x\n  b: 2\n", [("# mark x", "a: # mark x\n")]),
            ("behind a dash", "a:\n- # mark x\n  b: 2\n", [("# mark x", "- # mark x\n")]),
            ("in a flow collection", "a: [\n  1, # mark x\n  2 ]\n", [("# mark x", "  1, # mark x\n")]),
            ("above in one", "a: [\n  # mark x\n  1,\n  2 ]\n", [("# mark x", "  1,\n")]),
            ("at the top", "# mark x\na: 1\n", [("# mark x", "document:# mark x\na: 1\n")]),
            ("behind ---", "b: 2\n---\n# mark x\na: 1\n", [("# mark x", "document:# mark x\na: 1\n")]),
            ("on the line of ---", "--- # mark x\na: 1\n", [("# mark x", "document: # mark x\na: 1\n")]),
            ("behind another comment", "a: 1 # y # mark x\n", [("# mark x", "a: 1 # y # mark x\n")]),
            ("with blanks and a return", "a: 1 #  mark x  \r\n", [("#  mark x", "a: 1 #  mark x  \r\n")]),
            ("at the end of the text", "a: 1\n# mark x", [("# mark x", "nothing")]),
            ("before the next document", "a: 1\n# mark x\n---\nb: 2\n", [("# mark x", "nothing")]),
            ("before the first ---", "# mark x\n---\na: 1\n", [("# mark x", "outside")]),
            (
                "behind a byte order mark",
                "\u{feff}# mark x\na: 1\n",
                [("# mark x", "document:# mark x\na: 1\n")],
            ),
            ("with an anchor", "a: 1\n# mark x\nb: &c !!str\n  d\n", [("# mark x", "b: &c !!str\n")]),
        ] {
            row(name, text, &expected);
        }
    }

    #[test]
    fn a_block_scalar_belongs_to_the_line_that_opens_it() {
        row("above", "z: 1\n# mark x\na: |\n  b\n  c\nd: 1\n", &[("# mark x", "a: |\n  b\n  c\n")]);
        row(
            "at its head",
            "a: >- # mark x\n\n  b\n  c\nd: 1\n",
            &[("# mark x", "a: >- # mark x\n\n  b\n  c\n")],
        );
        row("in a list", "z: 1\n# mark x\n- |\n", &[("# mark x", "unread")]);
        row("an item", "a:\n# mark x\n- |\n  b\n- c\n", &[("# mark x", "- |\n  b\n")]);
    }

    #[test]
    fn what_is_no_comment_is_none() {
        for (name, text) in [
            ("in a block scalar", "a: |\n  # mark x\n  b\nc: 1\n"),
            ("in quotes", "a: \"b # mark x\"\n"),
            ("in a quoted text of two lines", "a: 'b\n  # mark x'\n"),
            ("without a blank before it", "a: b# mark x\n"),
            ("another word first", "a: 1 # a mark x\n# # a mark\n"),
        ] {
            row(name, text, &[]);
        }
    }

    #[test]
    fn where_nothing_is_read_comments_are_still_seen() {
        row(
            "no YAML",
            "a: [1\n# mark x\n---\nb: 1 # mark y\n",
            &[("# mark x", "unread"), ("# mark y", "b: 1 # mark y\n")],
        );
        row("a template", "a: {{ .x }}\n# mark x\n", &[("# mark x", "unread")]);
        row("nothing but comments", "a: 1\n---\n# mark x\n---\nb: 1\n", &[("# mark x", "outside")]);
        row("only comments", "# mark x\n", &[("# mark x", "outside")]);
    }
}
