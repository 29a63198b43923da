//! The few lines of source that a finding is shown with.
//!
//! Only a window of lines is handed to miette: its cost grows with the text that it gets. In the
//! window, control characters are made visible and wide lines are cut around the underlined text,
//! so offsets here are those of the window and not of the file.

use super::escape;
use crate::finding::Related;
use crate::source::{FileId, SourceFile, SourceMap, Span};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Lines shown before and after the underlined text.
pub(super) const CONTEXT: usize = 1;
/// A finding that spans more lines is underlined on its first one only.
const TALLEST: usize = 4;
/// Related places up to this many lines away are shown in the same window.
const NEAR: usize = 8;
/// Characters of a cut line that are shown before the underlined text.
const LEAD: usize = 40;

/// A window of one file with what to underline in it.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// `file:line:column` of the finding.
    name: String,
    /// Number of the first line, from 0.
    first_line: usize,
    /// The lines.
    text: String,
    /// What to underline.
    pub(super) labels: Vec<LabeledSpan>,
    /// Related places that are not in the window.
    pub(super) elsewhere: Vec<Related>,
}

/// A line of the window: its place in the file and in the window's text.
struct Line {
    /// Byte offset in the file.
    raw: usize,
    /// Pairs of offsets (in the file, in the window) at each character, and at the end.
    map: Vec<(usize, usize)>,
}

/// Something to underline, cut to what can be shown.
struct Mark {
    span: Span,
    label: Option<String>,
}

impl Excerpt {
    /// The window around `span`, with those of `related` that are near; lines are cut to `widest` characters.
    pub(super) fn new(
        sources: &SourceMap,
        span: Span,
        label: Option<&str>,
        related: &[Related],
        widest: usize,
    ) -> Self {
        let file = sources.file(span.file);
        let span = shorten(file, span);
        let start = file.position(span.start);
        let (mut first, mut last) = (start.line, last_line(file, span));
        let mut marks = vec![Mark { span, label: label.map(escape::line) }];
        let mut elsewhere = Vec::new();
        for other in related {
            let place = shorten(file, other.span);
            let (from, to) = (file.position(place.start).line, last_line(file, place));
            if is_near(other.span.file, span.file, from, to, (first, last)) {
                (first, last) = (first.min(from), last.max(to));
                marks.push(Mark { span: place, label: Some(escape::line(&other.message)) });
            } else {
                elsewhere.push(other.clone());
            }
        }
        let first = first.saturating_sub(CONTEXT).max(1);
        // A last line break ends a line; the empty one behind it is not shown.
        let lines = file.line_count() - usize::from(file.text.ends_with('\n'));
        let last = (last + CONTEXT).min(lines.max(last));
        let (text, lines) = window(file, (first, last), &marks, widest);
        let labels = marks.iter().enumerate().map(|(index, mark)| label_of(index, mark, &lines)).collect();
        let name = format!("{}:{}:{}", escape::line(&file.name), start.line, start.column);
        Self { name, first_line: first - 1, text, labels, elsewhere }
    }
}

fn is_near(file: FileId, of: FileId, from: usize, to: usize, (first, last): (usize, usize)) -> bool {
    file == of && from + NEAR >= first && to <= last + NEAR
}

/// The span, or its first line where it is tall.
fn shorten(file: &SourceFile, span: Span) -> Span {
    let first = file.position(span.start).line;
    if last_line(file, span) < first + TALLEST {
        return span;
    }
    let next = file.line_start(first + 1);
    Span::new(span.file, span.start as usize, next.saturating_sub(1))
}

/// The line of the last byte (an end after a line break is not on the next line).
fn last_line(file: &SourceFile, span: Span) -> usize {
    file.position(span.end.saturating_sub(1).max(span.start)).line
}

/// The lines from `first` to `last` (from 1) as they may be shown.
fn window(
    file: &SourceFile,
    (first, last): (usize, usize),
    marks: &[Mark],
    widest: usize,
) -> (String, Vec<Line>) {
    let mut text = String::new();
    let mut lines = Vec::new();
    for number in first..=last {
        let (start, end) = (file.line_start(number), file.line_start(number + 1));
        let raw = file.text.get(start..end).unwrap_or("").trim_end_matches('\n');
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        let marked = marks.iter().map(|mark| mark.span.start as usize);
        let wanted = marked.filter(|at| (start..end.max(start + 1)).contains(at)).min();
        lines.push(show_line(raw, start, wanted, widest, &mut text));
        text.push('\n');
    }
    (text, lines)
}

/// Appends one line, cut to `widest` characters around `wanted`.
fn show_line(raw: &str, start: usize, wanted: Option<usize>, widest: usize, text: &mut String) -> Line {
    let count = raw.chars().count();
    let before = |at: usize| raw.char_indices().take_while(|(index, _)| start + index < at).count();
    let skip = match wanted.map(before) {
        Some(column) if count > widest => column.saturating_sub(LEAD.min(widest / 3)),
        _ => 0,
    };
    let mut map = Vec::with_capacity(count.min(widest) + 1);
    if skip > 0 {
        text.push_str("...");
    }
    for (index, character) in raw.char_indices().skip(skip).take(widest) {
        map.push((start + index, text.len()));
        escape::push(text, character);
    }
    let shown_end = raw.char_indices().nth(skip + widest).map_or(raw.len(), |(index, _)| index);
    map.push((start + shown_end, text.len()));
    if skip + widest < count {
        text.push_str("...");
    }
    Line { raw: start, map }
}

/// Where an offset of the file is in the window; what was cut away is at the nearest place shown.
fn shown(offset: usize, lines: &[Line]) -> usize {
    let line = lines.iter().rev().find(|line| line.raw <= offset).or(lines.first());
    let place = line.and_then(|line| line.map.iter().find(|(raw, _)| *raw >= offset).or(line.map.last()));
    place.map_or(0, |(_, shown)| *shown)
}

fn label_of(index: usize, mark: &Mark, lines: &[Line]) -> LabeledSpan {
    let (start, end) = (shown(mark.span.start as usize, lines), shown(mark.span.end as usize, lines));
    let span = (start, end.saturating_sub(start));
    if index == 0 {
        LabeledSpan::new_primary_with_span(mark.label.clone(), span)
    } else {
        LabeledSpan::new_with_span(mark.label.clone(), span)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.as_str().read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.first_line,
            inner.column(),
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> (SourceMap, FileId) {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new("a.yaml".into(), None, "a.yaml".into(), text));
        (sources, id)
    }

    fn underlined(excerpt: &Excerpt) -> Vec<&str> {
        let slice =
            |label: &LabeledSpan| excerpt.text.get(label.offset()..label.offset() + label.len()).unwrap();
        excerpt.labels.iter().map(slice).collect()
    }

    #[test]
    fn underlines_the_same_text_as_in_the_file() {
        for (row, text, wanted, shown) in [
            ("plain", "kind: A\nname: web\nspec: 1\n", "web", "web"),
            ("after an escape on its line", "a: \"\u{1b}[31m\" # web\n", "web", "web"),
            ("the escape itself", "a: 1\nb: x\u{1b}y\nc: 2\n", "x\u{1b}y", "x\\u{1b}y"),
            ("last line without a newline", "a: 1\nb: web", "web", "web"),
            ("with CRLF", "a: 1\r\nb: web\r\nc: 2\r\n", "web", "web"),
            ("after other scripts", "世界: Grüße\nb: 世界 web\n", "web", "web"),
            ("the first byte", "web: 1\n", "web", "web"),
        ] {
            let (sources, id) = sources(text);
            let at = text.find(wanted).unwrap();
            let excerpt = Excerpt::new(&sources, Span::new(id, at, at + wanted.len()), None, &[], 120);
            assert_eq!(underlined(&excerpt), [shown], "{row}");
            assert!(!excerpt.text.contains(['\u{1b}', '\r']), "{row}: {:?}", excerpt.text);
        }
    }

    #[test]
    fn a_wide_line_is_cut_around_the_underlined_text() {
        let text = format!("a: \"{}web{}\"\n", "x".repeat(5000), "y".repeat(5000));
        let (sources, id) = sources(&text);
        let at = text.find("web").unwrap();
        let excerpt = Excerpt::new(&sources, Span::new(id, at, at + 3), None, &[], 120);
        assert_eq!(underlined(&excerpt), ["web"]);
        assert!(excerpt.text.len() < 200, "{}", excerpt.text.len());
        assert!(excerpt.text.starts_with("...x") && excerpt.text.trim_end().ends_with("y..."));
    }

    #[test]
    fn the_window_is_small_in_a_large_file_and_knows_its_lines() {
        let text = format!("{}name: web\n{}", "# x\n".repeat(50_000), "# y\n".repeat(50_000));
        let (sources, id) = sources(&text);
        let at = text.find("web").unwrap();
        let excerpt = Excerpt::new(&sources, Span::new(id, at, at + 3), None, &[], 120);
        assert_eq!(excerpt.text, "# x\nname: web\n# y\n");
        assert_eq!(excerpt.first_line, 49_999);
        assert_eq!(excerpt.name, "a.yaml:50001:7");
    }

    #[test]
    fn near_places_are_underlined_too_and_far_ones_are_named() {
        let text = format!("first: 1\nsecond: 2\n{}far: 3\n", "# x\n".repeat(100));
        let (sources, id) = sources(&text);
        let related = |word: &str| {
            let at = text.find(word).unwrap();
            Related { message: format!("{word} stands here"), span: Span::new(id, at, at + word.len()) }
        };
        let at = text.find("second").unwrap();
        let span = Span::new(id, at, at + 6);
        let excerpt = Excerpt::new(&sources, span, None, &[related("first"), related("far")], 120);
        assert_eq!(underlined(&excerpt), ["second", "first"]);
        assert_eq!(excerpt.elsewhere, [related("far")]);
    }
}
