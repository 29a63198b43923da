//! Text of the input in Markdown, as text and nothing else.
//!
//! Names and values go into code spans: in these GitHub and GitLab make no mention of `@name`, no
//! reference of `#1`, no link, no HTML. Messages are our own words with names in backticks, but a name
//! may hold a backtick itself, so no word outside of them is taken on trust either: one with any
//! character that Markdown or a code host might act on becomes a code span too.

use crate::report::escape;

/// A name as a code span.
pub(super) fn code(raw: &str) -> String {
    let text = escape::line(raw);
    if text.trim().is_empty() {
        return "(empty)".to_string();
    }
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if padded { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The same in a cell of a table, where a bar would end the cell even in code.
pub(super) fn code_in_cell(raw: &str) -> String {
    code(raw).replace('|', "\\|")
}

/// A name inside HTML.
pub(super) fn html(raw: &str) -> String {
    let text = escape::line(raw).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<code>{}</code>", text.replace('"', "&quot;"))
}

/// A message: names in backticks become code spans, other words stay if they are plain.
pub(super) fn message(raw: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for (index, part) in raw.split('`').enumerate() {
        let text = if index % 2 == 1 { code(part) } else { prose(part) };
        out.push(text);
    }
    out.concat()
}

/// Words between names. White space of any kind is one space.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, word) in text.split(char::is_whitespace).enumerate() {
        if index > 0 && !out.ends_with(' ') {
            out.push(' ');
        }
        if is_plain(word) {
            out.push_str(word);
        } else {
            out.push_str(&code(word));
        }
    }
    out
}

/// Whether no reader of Markdown sees more in a word than its letters. `www.` and `GH-1` are links to
/// GitHub, and a pair of colons may be a picture.
fn is_plain(word: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || ".,;:?()'%-/\"+=".contains(character);
    let lower = word.to_lowercase();
    word.chars().all(plain)
        && !lower.contains("www.")
        && !lower.contains("://")
        && !lower.contains("gh-")
        && word.matches(':').count() < 2
}

/// Text of many lines as a block of code.
pub(super) fn block(raw: &str) -> String {
    let text = escape::text(raw);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_code_spans() {
        for (raw, expected) in [
            ("web", "`web`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("``x", "``` ``x ```"),
            (" x", "`  x `"),
            ("", "(empty)"),
            ("a\nb\u{1b}[2J", "`a\\u{a}b\\u{1b}[2J`"),
            ("@everyone #1 <b>", "`@everyone #1 <b>`"),
        ] {
            assert_eq!(code(raw), expected, "{raw:?}");
        }
        assert_eq!(code_in_cell("a|b"), "`a\\|b`");
        assert_eq!(html("</summary>&\"\n"), "<code>&lt;/summary&gt;&amp;&quot;\\u{a}</code>");
    }

    #[test]
    fn words_that_mean_something_become_code() {
        for (raw, expected) in [
            ("the host `*.x` cannot be said", "the host `*.x` cannot be said"),
            ("25 % of requests (to 3) don't pass", "25 % of requests (to 3) don't pass"),
            ("see @me and #1 now", "see `@me` and `#1` now"),
            ("a\n\n# b", "a `#` b"),
            ("http://x.y www.x.y GH-1 :tada:", "`http://x.y` `www.x.y` `GH-1` `:tada:`"),
            ("odd `quote", "odd `quote`"),
            ("`a` <img> `b`", "`a` `<img>` `b`"),
        ] {
            assert_eq!(message(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn blocks_end_where_they_end() {
        assert_eq!(block("a\n```\nb\n"), "````text\na\n```\nb\n````\n");
    }
}
