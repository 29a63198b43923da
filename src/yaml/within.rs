//! YAML inside of a scalar, as a ConfigMap holds it, with places in the file around it.
//!
//! Where each line of the text is the end of a line of the file, as in a block literal, places are exact;
//! of any other scalar (folded, with escapes) everything stands where the scalar does.

use super::{Limits, Node, Parsed, Value, parse};
use crate::finding::Finding;
use crate::source::{SourceFile, SourceMap, Span};
use std::path::PathBuf;

/// Reads the YAML that a scalar's text is; `None` where the node is no scalar.
#[must_use]
pub fn parse_within(node: &Node, sources: &SourceMap) -> Option<Parsed> {
    let Value::Scalar(scalar) = &node.value else { return None };
    Some(parse_placed(node, &scalar.text, &Places::of(&scalar.text, node.span, sources.text(node.span))))
}

/// The same for those who do not have the sources: everything stands where the scalar does.
#[must_use]
pub fn parse_at(node: &Node) -> Option<Parsed> {
    let Value::Scalar(scalar) = &node.value else { return None };
    Some(parse_placed(node, &scalar.text, &Places { whole: node.span, lines: Vec::new() }))
}

fn parse_placed(node: &Node, text: &str, places: &Places) -> Parsed {
    let inner = SourceFile::new(String::new(), None, PathBuf::new(), text);
    let mut parsed = parse(node.span.file, &inner, Limits::default());
    for document in &mut parsed.documents {
        document.span = node.span;
        places.move_node(&mut document.root);
        for duplicate in &mut document.duplicates {
            duplicate.span = places.outer(duplicate.span);
            duplicate.first = places.outer(duplicate.first);
        }
    }
    for unread in &mut parsed.unread {
        unread.span = node.span;
    }
    parsed.findings.iter_mut().for_each(|finding| places.move_finding(finding));
    parsed
}

/// Where the lines of a scalar's text begin: in the text, and in the file.
struct Places {
    whole: Span,
    /// Empty where they do not match.
    lines: Vec<(usize, usize)>,
}

impl Places {
    fn of(text: &str, whole: Span, written: &str) -> Self {
        Self { whole, lines: lines(text, whole.start as usize, written).unwrap_or_default() }
    }

    /// An offset of the text as one of the file.
    fn offset(&self, inner: u32) -> Option<usize> {
        let inner = inner as usize;
        let after = self.lines.partition_point(|(start, _)| *start <= inner);
        let (start, outer) = self.lines.get(after.checked_sub(1)?)?;
        Some(outer + (inner - start))
    }

    fn outer(&self, span: Span) -> Span {
        // The end belongs to the line of the last byte: the one behind it may begin the next line.
        let last = span.end.max(span.start + 1) - 1;
        let ends = self.offset(span.start).zip(self.offset(last));
        ends.map_or(self.whole, |(start, last)| {
            let end = if span.end > span.start { last + 1 } else { start };
            Span::new(self.whole.file, start, end)
        })
    }

    fn move_node(&self, node: &mut Node) {
        node.span = self.outer(node.span);
        match &mut node.value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter_mut().for_each(|item| self.move_node(item)),
            Value::Mapping(entries) => {
                for entry in entries {
                    entry.key_span = self.outer(entry.key_span);
                    self.move_node(&mut entry.value);
                }
            }
        }
    }

    fn move_finding(&self, finding: &mut Finding) {
        finding.span = finding.span.map(|span| self.outer(span));
        for related in &mut finding.related {
            related.span = self.outer(related.span);
        }
    }
}

/// The beginning of each line in the text and in the file, if each is the end of its line there.
fn lines(text: &str, start: usize, written: &str) -> Option<Vec<(usize, usize)>> {
    let mut found = Vec::new();
    let (mut inner, mut outer) = (0, start);
    let mut of_file = written.split_inclusive('\n');
    for line in text.split_inclusive('\n') {
        let around = of_file.next()?;
        let (bare, bare_around) = (line.trim_end_matches('\n'), around.trim_end_matches(['\r', '\n']));
        let indent = bare_around.strip_suffix(bare)?;
        if !indent.chars().all(|letter| letter == ' ') && bare_around != bare {
            return None;
        }
        found.push((inner, outer + indent.len()));
        inner += line.len();
        outer += around.len();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// The outer document's `mesh`, and the text under the span of `b` in it.
    fn underlined(text: &str) -> (String, String) {
        let mut sources = SourceMap::default();
        let file = SourceFile::new("a.yaml".into(), None, "a.yaml".into(), text);
        let id: FileId = sources.add(file);
        let outer = parse(id, sources.file(id), Limits::default());
        let mesh = outer.documents[0].root.get("mesh").unwrap();
        let inner = parse_within(mesh, &sources).unwrap();
        let entry = inner.documents[0].root.get("a").unwrap().entry("b").unwrap().clone();
        (sources.text(entry.key_span).to_string(), sources.text(entry.value.span).to_string())
    }

    #[test]
    fn places_are_those_of_the_file_where_lines_are_its_lines() {
        for (name, text) in [
            ("a block literal", "mesh: |-\n  # said\n\n  a:\n    b: \"c d\"\nafter: 1\n"),
            ("an indented one", "mesh: |\n    a:\n      b: \"c d\"\n"),
            ("with carriage returns", "mesh: |\r\n  a:\r\n    b: \"c d\"\r\nafter: 1\r\n"),
        ] {
            assert_eq!(underlined(text), ("b".into(), "\"c d\"".into()), "{name}");
        }
    }

    #[test]
    fn of_other_scalars_the_whole_is_the_place() {
        let quoted = r#""a:\n  b: c\n""#;
        let (key, value) = underlined(&format!("mesh: {quoted}\n"));
        assert_eq!((key.as_str(), value.as_str()), (quoted, quoted));
    }
}
