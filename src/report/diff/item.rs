//! Items of a List: where one begins and ends, and how another is written beside it.

use super::edit::{line_end, line_start};
use std::ops::Range;

/// Where an item stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Item {
    /// `- ...`: whole lines, and what stands before the dash.
    Block {
        /// From the line of the dash to behind the last line.
        range: Range<usize>,
        /// White space before the dash.
        indent: String,
    },
    /// `{...}` in a flow list: from brace to brace.
    Flow {
        /// Both braces included.
        range: Range<usize>,
    },
}

/// Finds the item whose content is at `span`; `None` where it stands in a way that is not known.
pub(super) fn find(text: &str, span: &Range<usize>) -> Option<Item> {
    let brace = opening(text, span.start);
    let before = text.get(..brace.unwrap_or(span.start))?.trim_end();
    match (brace, before.bytes().next_back()?) {
        (Some(brace), b'[' | b',') => Some(Item::Flow { range: brace..closing(text, brace)? }),
        (_, b'-') => {
            block(text, before.len() - 1, span.end.max(brace.map_or(0, |at| closing(text, at).unwrap_or(0))))
        }
        _ => None,
    }
}

/// The brace that opens the item: at its start, or before it, where a span leaves braces out.
fn opening(text: &str, start: usize) -> Option<usize> {
    if text.get(start..)?.starts_with('{') {
        return Some(start);
    }
    let before = text.get(..start)?.trim_end();
    before.ends_with('{').then(|| before.len() - 1)
}

/// Behind the brace that closes the one at `open`. Quotes open only where a scalar can begin.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = '{';
    let mut characters = text.get(open..)?.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(open + at + 1);
                }
            }
            '"' | '\'' if matches!(previous, '{' | '[' | ',' | ':') => {
                while let Some((_, inside)) = characters.next() {
                    match inside {
                        '\\' if character == '"' => drop(characters.next()),
                        '\'' if character == '\'' && characters.peek().is_some_and(|(_, c)| *c == '\'') => {
                            characters.next();
                        }
                        inside if inside == character => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        if !character.is_whitespace() {
            previous = character;
        }
    }
    None
}

/// The lines of an item whose dash is at `dash`; lines indented deeper belong to it.
fn block(text: &str, dash: usize, end: usize) -> Option<Item> {
    let start = line_start(text, dash);
    let indent = text.get(start..dash)?;
    if !indent.bytes().all(|byte| byte == b' ') {
        return None;
    }
    let mut last = line_end(text, end);
    loop {
        let next = line_end(text, last + 1).min(text.len());
        let line = text.get(last..next).unwrap_or("");
        let depth = line.len() - line.trim_start_matches(' ').len();
        if line.trim().is_empty() || depth <= indent.len() {
            return Some(Item::Block { range: start..last, indent: indent.to_string() });
        }
        last = next;
    }
}

/// A document of ours as an item of a block list.
pub(super) fn indented(text: &str, indent: &str) -> String {
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        let lead = if index == 0 { "- " } else { "  " };
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(lead);
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of the item whose content is `content` (empty for `None`).
    fn found<'a>(text: &'a str, content: &str) -> (&'static str, &'a str) {
        let start = text.find(content).unwrap();
        match find(text, &(start..start + content.len())) {
            Some(Item::Block { range, .. }) => ("block", text.get(range).unwrap()),
            Some(Item::Flow { range }) => ("flow", text.get(range).unwrap()),
            None => ("none", ""),
        }
    }

    #[test]
    fn items_are_found_in_block_and_flow_lists() {
        for (row, text, content, expected) in [
            ("block", "items:\n- a: 1\n  b: 2\n- c: 3\n", "a: 1\n  b: 2", ("block", "- a: 1\n  b: 2\n")),
            ("indented", "items:\n  - a: 1 # x\n  - c: 3\n", "a: 1", ("block", "  - a: 1 # x\n")),
            ("dash on its own line", "items:\n-\n  a: 1\n- c: 3\n", "a: 1", ("block", "-\n  a: 1\n")),
            ("no last newline", "items:\n- a: 1", "a: 1", ("block", "- a: 1")),
            (
                "closing bracket on a later line",
                "items:\n- a: [1,\n    2\n    ]\n- c: 3\n",
                "a: [1,\n    2",
                ("block", "- a: [1,\n    2\n    ]\n"),
            ),
            (
                "flow item of a block list",
                "items:\n- {a: 1,\n   b: 2}\n",
                "a: 1",
                ("block", "- {a: 1,\n   b: 2}\n"),
            ),
            ("flow", "{\"items\": [{\"a\": 1}, {\"b\": {}}]}", "\"b\": {}", ("flow", "{\"b\": {}}")),
            ("flow, braces in the span", "{\"items\": [ {\"a\": 1} ]}", "{\"a\": 1}", ("flow", "{\"a\": 1}")),
            (
                "braces in quotes",
                "[{\"a\": \"}\\\"}\", b: '}''}', c: it's}]",
                "\"a\"",
                ("flow", "{\"a\": \"}\\\"}\", b: '}''}', c: it's}"),
            ),
            ("never closed", "[{\"a\": 1", "\"a\": 1", ("none", "")),
        ] {
            assert_eq!(found(text, content), expected, "{row}");
        }
    }

    #[test]
    fn documents_become_items_with_the_same_indentation() {
        assert_eq!(
            indented("a: 1\nb:\n  c: |\n    x\n\n    y\n", "  "),
            "  - a: 1\n    b:\n      c: |\n        x\n\n        y\n"
        );
    }
}
