//! Text inside YAML: strings that every reader takes for that string, and comments that stay
//! comments.
//!
//! Which strings need quotes is `serde-saphyr`'s to decide: it quotes whatever go-yaml v2
//! (kubectl), YAML 1.1 (PyYAML) or YAML 1.2 would take for another type. It escapes controls; what
//! a terminal or an editor could be fooled with besides is escaped here.

use std::fmt::Write;

/// What template engines act on. A path may hold it (`{{cookiecutter.name}}/mesh.yaml`); it stands
/// in quotes, and the one that acts within quotes too is broken by an escape.
const TEMPLATES: [&str; 3] = ["{{", "{%", "<%"];
/// `{{` as YAML escapes it.
const OPENING_ESCAPED: &str = "{\\u007B";

/// A string as a YAML scalar on one line: plain where every reader agrees, else in double quotes.
pub(super) fn scalar(text: &str) -> String {
    let mut options = serde_saphyr::SerializerOptions::default();
    options.prefer_block_scalars = false;
    let written = serde_saphyr::to_string_with_options(&text, options).unwrap_or_default();
    let written = written.strip_suffix('\n').unwrap_or(&written);
    if written.is_empty()
        || text.chars().any(is_deceptive)
        || TEMPLATES.iter().any(|sign| text.contains(sign))
    {
        return quoted(text).replace("{{", OPENING_ESCAPED);
    }
    written.to_string()
}

/// A string in double quotes, with everything escaped that is not plainly visible.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ => push_visible(&mut quoted, character),
        }
    }
    quoted.push('"');
    quoted
}

/// A comment of one line, without its `#`: what would end the line or act on a terminal is escaped.
pub(super) fn comment(text: &str) -> String {
    let mut line = String::new();
    for character in text.chars() {
        push_visible(&mut line, character);
    }
    line.trim_end().replace("{{", OPENING_ESCAPED)
}

/// The character itself, or its escape as YAML, JSON and Go write it.
fn push_visible(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if character.is_control() || is_deceptive(character) => {
            let _ = write!(out, "\\u{:04X}", u32::from(character));
        }
        _ => out.push(character),
    }
}

/// Characters beyond the controls that end a line, are refused by YAML readers, are invisible or
/// turn the order of what is seen around.
fn is_deceptive(character: char) -> bool {
    matches!(character,
        '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_some_reader_would_take_for_something_else() {
        let rows = [
            ("app == 'web' && has(x)", "app == 'web' && has(x)"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("::/0", "\"::/0\""),
            ("!all()", "\"!all()\""),
            ("8000:8080", "8000:8080"),
            ("1:30", "\"1:30\""),
            ("on", "\"on\""),
            ("0755", "\"0755\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("it's", "it's"),
        ];
        for (text, expected) in rows {
            assert_eq!(scalar(text), expected);
        }
    }

    #[test]
    fn long_and_broken_lines_stay_on_one() {
        let long = format!("projectcalico.org/namespace in {{{}}}", vec!["'a'"; 100].join(", "));
        assert_eq!(scalar(&long), long);
        assert_eq!(scalar("a\nb\u{2028}c"), "\"a\\nb\\u2028c\"");
        assert_eq!(scalar("\u{1b}[31mred"), "\"\\e[31mred\"");
        assert_eq!(scalar("user\u{202E}txt.\"\\"), "\"user\\u202Etxt.\\\"\\\\\"");
    }

    #[test]
    fn nothing_reads_as_a_template() {
        let rows = [
            ("{{a}}/b.yaml", "\"{\\u007Ba}}/b.yaml\""),
            ("x{{{", "\"x{\\u007B{\""),
            ("x{% y", "\"x{% y\""),
            ("x<% y", "\"x<% y\""),
            ("a {b} c", "a {b} c"),
        ];
        for (text, expected) in rows {
            assert_eq!(scalar(text), expected);
        }
    }

    #[test]
    fn comments_stay_on_their_line() {
        let rows = [
            ("spec.rules[0]", "spec.rules[0]"),
            ("a\nb: c", "a\\nb: c"),
            ("a\u{2028}b\u{85}c\u{2029}d", "a\\u2028b\\u0085c\\u2029d"),
            ("\u{1b}[2J\r\t", "\\u001B[2J\\r\\t"),
            ("left \u{202E}right", "left \\u202Eright"),
            ("trailing  ", "trailing"),
            ("{{a}}", "{\\u007Ba}}"),
        ];
        for (text, expected) in rows {
            assert_eq!(comment(text), expected);
        }
    }
}
