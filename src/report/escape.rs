//! Text of the input made safe to show: no control character reaches a terminal as itself.

use std::fmt::Write;

/// Whether a character has no shape of its own, or changes how others are shown.
pub(crate) fn is_unsafe(character: char) -> bool {
    match character {
        '\t' => false,
        // Zero-width characters, direction marks and overrides, line and paragraph separators, tags.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

/// Adds a character as it may be shown: `\u{1b}` for an escape character, itself for most.
pub(crate) fn push(out: &mut String, character: char) {
    if is_unsafe(character) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{}", character.escape_unicode());
    } else {
        out.push(character);
    }
}

/// A message or name as it may be shown; line breaks of ours stay.
pub(crate) fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for character in raw.chars() {
        if character == '\n' { out.push('\n') } else { push(&mut out, character) }
    }
    out
}

/// A name that has to stay on its line.
pub(crate) fn line(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for character in raw.chars() {
        push(&mut out, character);
    }
    out
}

/// Text for people without what GitHub's runner takes for a command anywhere in a line, the old form of
/// workflow commands (`src/Runner.Common/ActionCommand.cs` of actions/runner, `TryParse`): a manifest could set a
/// job's outputs by a comment that is shown with a finding.
pub(crate) fn without_commands(text: &str) -> String {
    text.replace("##[", "# #[")
}

/// Breaks text at spaces so that no line is wider than `width` characters, words that are wider
/// apart. Names with hyphens stay whole, so that they can be copied.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let mut column = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command_to_githubs_runner() {
        assert_eq!(
            without_commands("a ##[set-output name=b;]c ###[d]"),
            "a # #[set-output name=b;]c ## #[d]"
        );
    }

    #[test]
    fn nothing_that_a_terminal_obeys_passes() {
        for (raw, shown) in [
            ("plain `name`", "plain `name`"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\rb", "a\\u{d}b"),
            ("bell\u{7}", "bell\\u{7}"),
            ("c1 \u{9b}31m", "c1 \\u{9b}31m"),
            ("right \u{202e}left", "right \\u{202e}left"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("Grüße 世界", "Grüße 世界"),
        ] {
            assert_eq!(line(raw), shown, "{raw:?}");
            assert_eq!(text(raw), shown, "{raw:?}");
        }
        assert_eq!(line("a\nb"), "a\\u{a}b");
        assert_eq!(text("a\nb"), "a\nb");
    }

    #[test]
    fn wraps_at_spaces_and_keeps_words_with_hyphens_whole() {
        let wrapped = wrap("use `--accept path-normalised` where that is fine", 20);
        assert_eq!(wrapped, "use `--accept\npath-normalised`\nwhere that is fine");
        assert_eq!(wrap("a\nb", 20), "a\nb");
    }
}
