//! Replacements of byte ranges in one text.

use std::ops::Range;

/// One replacement; an empty range is an insertion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Edit {
    /// The bytes that go.
    pub(super) range: Range<usize>,
    /// What comes in their place.
    pub(super) text: String,
}

impl Edit {
    /// Puts text at an offset.
    pub(super) fn insert(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }

    /// Takes bytes away.
    pub(super) fn remove(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }
}

/// The text after all edits, which must not overlap; insertions at one place keep their order.
///
/// # Errors
/// Two edits touch the same bytes, or one lies outside the text: nothing is guessed then.
pub(super) fn apply(text: &str, mut edits: Vec<Edit>) -> Result<String, String> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in &edits {
        let kept = text.get(at..edit.range.start).ok_or("two changes touch the same lines")?;
        out.push_str(kept);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).ok_or("a change lies outside its file")?);
    Ok(out)
}

/// The line ending of a text: that of its first line.
pub(super) fn line_ending(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        Some(_) | None => "\n",
    }
}

/// Text of ours with the line ending of a file.
pub(super) fn with_ending(text: &str, ending: &str) -> String {
    if ending == "\n" { text.to_string() } else { text.replace('\n', ending) }
}

/// Offset of the first byte of the line that holds `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

/// Offset behind the line (its break included) that holds the byte before `at`.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    if text.get(..at).is_some_and(|before| before.ends_with('\n')) {
        return at;
    }
    let after = text.get(at..).and_then(|rest| rest.find('\n'));
    after.map_or(text.len(), |newline| at + newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_from_the_front_and_keep_the_order_of_insertions() {
        let edits = vec![
            Edit::insert(3, "2".into()),
            Edit { range: 0..1, text: "A".into() },
            Edit::insert(3, "3".into()),
            Edit::remove(4..5),
        ];
        assert_eq!(apply("abcdef", edits), Ok("Abc23df".into()));
    }

    #[test]
    fn overlapping_edits_are_refused() {
        assert!(apply("abcdef", vec![Edit::remove(0..3), Edit::remove(2..4)]).is_err());
        assert!(apply("abc", vec![Edit::remove(2..9)]).is_err());
    }

    #[test]
    fn lines_are_found_from_any_byte() {
        let text = "ab\ncd\nef";
        assert_eq!((line_start(text, 0), line_start(text, 4), line_start(text, 8)), (0, 3, 6));
        assert_eq!(
            (line_end(text, 1), line_end(text, 3), line_end(text, 4), line_end(text, 7)),
            (3, 3, 6, 8)
        );
        assert_eq!(
            (line_ending("a\r\nb\n"), line_ending("a\nb\r\n"), line_ending("a")),
            ("\r\n", "\n", "\n")
        );
    }
}
