//! Template syntax: text that has to be rendered before it is YAML.
//!
//! Go templates (Helm, and tools of one's own), Jinja, ERB and ytt. What stands in quotes or in a
//! block scalar of a document that can be read is that document's text (alert rules and dashboards
//! are full of it), and so are the variables of alert rules anywhere.

use super::event::{Kind, Notation, Piece, RawDocument};

/// Where template syntax stands, and what renders it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    pub(super) language: Language,
}

/// Who wrote the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// `{{ }}`: Go, and Jinja's values.
    Go,
    /// `{% %}`.
    Jinja,
    /// `<% %>`.
    Erb,
    /// `#@`.
    Ytt,
}

impl Language {
    /// What to do.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Go => "render it first: `helm template ... | unmesh lint -`",
            Self::Ytt => "render it first: `ytt -f ... | unmesh lint -`",
            Self::Jinja | Self::Erb => "render it first, and give unmesh the result",
        }
    }

    fn close(self) -> &'static str {
        match self {
            Self::Go => "}}",
            Self::Jinja => "%}",
            Self::Erb => "%>",
            Self::Ytt => "\n",
        }
    }
}

const OPENINGS: [(&str, Language); 4] =
    [("{{", Language::Go), ("{%", Language::Jinja), ("<%", Language::Erb), ("#@", Language::Ytt)];

/// Looks for template syntax in the documents of one file.
pub(super) struct Search<'s> {
    text: &'s str,
    /// The openings that the file has at all: most files have none.
    openings: Vec<(&'static str, Language)>,
}

impl<'s> Search<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        let openings = OPENINGS.into_iter().filter(|(opening, _)| text.contains(opening)).collect();
        Self { text, openings }
    }

    /// The first occurrence in a document: in what could be read, outside quotes and block scalars;
    /// of a document that could not be read, also between there and the line of the error.
    pub(super) fn first(&self, document: &RawDocument) -> Option<Occurrence> {
        if self.openings.is_empty() {
            return None;
        }
        let last = document.pieces.last().map_or(document.start, Piece::end);
        let end = document.trouble.as_ref().map_or(document.end, |trouble| self.line_end(trouble.start));
        let area = self.text.get(document.start..end.max(last)).unwrap_or("");
        let mut start = document.start;
        for line in area.split_inclusive('\n') {
            if let Some((at, language)) = self.first_on_line(document, line, start) {
                return Some(Occurrence { start: at, end: self.end_of(at, language), language });
            }
            start += line.len();
        }
        None
    }

    fn first_on_line(&self, document: &RawDocument, line: &str, start: usize) -> Option<(usize, Language)> {
        let comment = comment(line).map_or(usize::MAX, |at| start + at);
        let first = |(opening, language): &(&str, Language)| {
            let mut places = line.match_indices(opening).map(|(at, _)| start + at);
            let at = places.find(|at| self.is_template(document, *at, *language, comment))?;
            Some((at, *language))
        };
        self.openings.iter().filter_map(first).min_by_key(|(at, _)| *at)
    }

    /// Whether an opening is template syntax, by what it stands in.
    fn is_template(&self, document: &RawDocument, at: usize, language: Language, comment: usize) -> bool {
        let after = document.pieces.partition_point(|piece| piece.start() <= at);
        let before = after.checked_sub(1).and_then(|index| document.pieces.get(index));
        let piece = before.filter(|piece| piece.end() > at);
        let rest = piece.and_then(|piece| self.text.get(at..piece.end()));
        let closed = rest.is_some_and(|rest| rest.contains(language.close()));
        let bad = document.trouble.is_some();
        match (language, piece.map(|piece| &piece.kind)) {
            (_, Some(Kind::Scalar(Notation::Quoted | Notation::Block, _)))
            | (Language::Ytt | Language::Jinja, Some(Kind::Scalar(Notation::Plain, _))) => false,
            (Language::Ytt, _) => comment == at && self.is_ytt(at),
            (Language::Go, Some(Kind::Scalar(Notation::Plain, _))) => closed && !self.is_alert_variable(at),
            (Language::Go, Some(Kind::Mapping { .. })) => !self.is_alert_variable(at),
            (Language::Erb, Some(Kind::Scalar(Notation::Plain, _))) => {
                closed && piece.is_some_and(|piece| piece.start() == at)
            }
            (Language::Go | Language::Jinja | Language::Erb, _) => bad && at < comment,
        }
    }

    /// `{{ $labels.x }}` and `{{ $value }}` belong to alert rules, which Prometheus renders.
    fn is_alert_variable(&self, at: usize) -> bool {
        let inside = self.text.get(at..).and_then(|rest| rest.strip_prefix("{{")).unwrap_or("");
        let inside = inside.trim_start_matches(['-', ' ']);
        ["$labels", "$value", "$externalLabels"].iter().any(|variable| inside.starts_with(variable))
    }

    /// `#@` and a blank, or one of ytt's own words.
    fn is_ytt(&self, at: usize) -> bool {
        let rest = self.text.get(at..).and_then(|rest| rest.strip_prefix("#@")).unwrap_or("");
        [" ", "overlay/", "data/", "schema/", "library/", "yaml/"].iter().any(|word| rest.starts_with(word))
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        at + rest.find('\n').unwrap_or(rest.len())
    }

    /// The end of an expression that is closed on its line; else of the line's text.
    fn end_of(&self, start: usize, language: Language) -> usize {
        let line = self.text.get(start..self.line_end(start)).unwrap_or("");
        let close = line.find(language.close()).map(|at| at + language.close().len());
        start + close.unwrap_or(line.trim_end().len())
    }
}

/// Where a comment seems to begin on a line: a `#` at its beginning or after a blank. Quotes are not
/// looked at.
fn comment(line: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        if character == '#' && before.is_whitespace() {
            return Some(at);
        }
        before = character;
    }
    None
}
