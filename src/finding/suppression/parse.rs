//! The text of a suppression comment: `# unmesh: allow(CODE, CODE): reason`.

use crate::finding::{Code, find, nearest_name};
use std::ops::Range;

/// The word that a comment for unmesh begins with.
pub const WORD: &str = "unmesh";

/// How one is written, for messages.
const FORM: &str = "write `# unmesh: allow(CODE): reason`";

/// What a comment says.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Said<'t> {
    /// The codes that could be found, with their bytes.
    pub(super) codes: Vec<(&'static Code, Range<usize>)>,
    /// What is wrong with the others.
    pub(super) mistakes: Vec<Mistake>,
    /// The reason; `None` where there is none.
    pub(super) reason: Option<&'t str>,
    /// `allow(...)`.
    pub(super) place: Range<usize>,
}

/// What is wrong, and where.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Mistake {
    pub(super) place: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// Reads a comment, from its `#` on. `None` where it is not for unmesh: it only begins with that word.
pub(super) fn parse(comment: &str) -> Option<Result<Said<'_>, Mistake>> {
    let at = comment.len() - comment.trim_start_matches('#').trim_start().len();
    let (_, rest) = comment.get(at..)?.split_once(WORD)?;
    let whole = comment.len() - comment.trim_start_matches('#').len() - 1..comment.len();
    let (colon, rest) = match rest.trim_start().strip_prefix(':') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let verb_on = rest.trim_start();
    let end =
        verb_on.find(|letter: char| !letter.is_alphanumeric() && letter != '-').unwrap_or(verb_on.len());
    let (verb, rest) = verb_on.split_at_checked(end)?;
    let rest = rest.trim_start();
    let place = |part: &str, rest: &str| {
        let end = comment.len() - rest.len();
        end - part.len()..end
    };
    let wrong = |message: String, help: &str| {
        Some(Err(Mistake { place: whole.clone(), message, help: help.to_string() }))
    };
    let is_slip = rest.starts_with('(') && is_like(verb);
    if !colon && !is_slip {
        // Prose that begins with the name of the program.
        return None;
    }
    if !colon {
        return wrong(
            format!("`:` is missing between `{WORD}` and `{verb}`, so that this comment does nothing"),
            FORM,
        );
    }
    if verb != "allow" {
        let message = if verb.is_empty() {
            "this comment says nothing that unmesh reads".to_string()
        } else {
            format!("`{verb}` is nothing that a comment can say to unmesh, which knows `allow` alone")
        };
        return wrong(message, FORM);
    }
    let Some((inside, behind)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return wrong(
            "the codes stand in parentheses, and this comment does nothing without them".to_string(),
            FORM,
        );
    };
    let start = comment.len() - behind.len() - 1 - inside.len();
    let all = comment.len() - verb_on.len()..comment.len() - behind.len();
    let mut said = Said { codes: Vec::new(), mistakes: Vec::new(), reason: None, place: all };
    let mut at = start;
    for part in inside.split(',') {
        let name = part.trim();
        let from = at + (part.len() - part.trim_start().len());
        at += part.len() + 1;
        match code(name) {
            Ok(code) if said.codes.iter().any(|(other, _)| *other == code) => {}
            Ok(code) => said.codes.push((code, from..from + name.len())),
            Err((message, help)) => {
                let place = if name.is_empty() { whole.clone() } else { from..from + name.len() };
                said.mistakes.push(Mistake { place, message, help });
            }
        }
    }
    let behind = behind.trim_start();
    let reason = behind.strip_prefix(':').unwrap_or("");
    if !behind.is_empty() && !behind.starts_with(':') {
        return Some(Err(Mistake {
            place: place(behind, ""),
            message: "`:` is missing between `)` and the reason, so that this comment does nothing"
                .to_string(),
            help: FORM.to_string(),
        }));
    }
    said.reason = Some(reason.trim()).filter(|reason| reason.chars().any(char::is_alphanumeric));
    Some(Ok(said))
}

/// Whether a word is `allow`, or what other linters say in its place.
fn is_like(verb: &str) -> bool {
    ["allow", "ignore", "disable", "skip", "expect", "suppress"].contains(&verb.to_lowercase().as_str())
}

/// A code by id or name; else what is wrong and what to do.
fn code(name: &str) -> Result<&'static Code, (String, String)> {
    if name.is_empty() {
        return Err(("no code stands between the parentheses".to_string(), FORM.to_string()));
    }
    if is_family(name) {
        let message = format!("`{name}` is a whole family, which no comment can suppress");
        return Err((message, "name its codes one by one".to_string()));
    }
    find(name).ok_or_else(|| {
        let help = match nearest_name(name) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`unmesh rules` lists all codes".to_string(),
        };
        (format!("there is no code `{name}`"), help)
    })
}

/// `UM3xx`.
fn is_family(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let digit = name.strip_prefix("UM").and_then(|rest| rest.strip_suffix("XX"));
    digit.is_some_and(|digit| digit.len() == 1 && digit.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes, and the reason or what is wrong.
    fn read(comment: &str) -> Option<(Vec<&'static str>, String)> {
        let say = |mistake: &Mistake| {
            format!(
                "!{}: {} ({})",
                comment.get(mistake.place.clone()).unwrap(),
                mistake.message,
                mistake.help
            )
        };
        Some(match parse(comment)? {
            Err(mistake) => (Vec::new(), say(&mistake)),
            Ok(said) => {
                for (code, place) in &said.codes {
                    let text = comment.get(place.clone()).unwrap();
                    assert!(text.eq_ignore_ascii_case(code.id) || text == code.name, "{comment}: {text}");
                }
                let reason = said.reason.unwrap_or("none").to_string();
                let words = said.mistakes.iter().map(say).chain([reason]).collect::<Vec<_>>().join("; ");
                (said.codes.iter().map(|(code, _)| code.id).collect(), words)
            }
        })
    }

    #[test]
    fn codes_and_a_reason_are_read() {
        for (comment, codes, reason) in [
            ("# unmesh: allow(UM008): it is fine", vec!["UM008"], "it is fine"),
            ("#unmesh:allow(wrong-value):fine", vec!["UM008"], "fine"),
            (
                "## unmesh : allow ( um008 , unknown-field ) : a: b (c) # d",
                vec!["UM008", "UM006"],
                "a: b (c) # d",
            ),
            ("# unmesh: allow(UM008, wrong-value): twice", vec!["UM008"], "twice"),
            ("# unmesh: allow(UM008)", vec!["UM008"], "none"),
            ("# unmesh: allow(UM008):  ", vec!["UM008"], "none"),
            ("# unmesh: allow(UM008): -", vec!["UM008"], "none"),
            ("# unmesh: allow(UM008): было так", vec!["UM008"], "было так"),
        ] {
            assert_eq!(read(comment), Some((codes, reason.to_string())), "{comment}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_place() {
        for (comment, codes, words) in [
            (
                "# unmesh: allow(UM008, wrong-valu): x",
                vec!["UM008"],
                "!wrong-valu: there is no code `wrong-valu` (did you mean `wrong-value`?); x",
            ),
            (
                "# unmesh: allow(zzzzzzzz): x",
                vec![],
                "!zzzzzzzz: there is no code `zzzzzzzz` (`unmesh rules` lists all codes); x",
            ),
            (
                "# unmesh: allow(UM2xx): x",
                vec![],
                "!UM2xx: `UM2xx` is a whole family, which no comment can suppress (name its codes one by one); x",
            ),
            (
                "# unmesh: allow(UM008) x",
                vec![],
                "!x: `:` is missing between `)` and the reason, so that this comment does nothing (write `# unmesh: allow(CODE): reason`)",
            ),
            (
                "# unmesh: ignore(UM008): x",
                vec![],
                "!# unmesh: ignore(UM008): x: `ignore` is nothing that a comment can say to unmesh, which knows `allow` alone (write `# unmesh: allow(CODE): reason`)",
            ),
            (
                "# unmesh allow(UM008): x",
                vec![],
                "!# unmesh allow(UM008): x: `:` is missing between `unmesh` and `allow`, so that this comment does nothing (write `# unmesh: allow(CODE): reason`)",
            ),
            (
                "# unmesh: allow UM008: x",
                vec![],
                "!# unmesh: allow UM008: x: the codes stand in parentheses, and this comment does nothing without them (write `# unmesh: allow(CODE): reason`)",
            ),
            (
                "# unmesh: allow(UM008: x",
                vec![],
                "!# unmesh: allow(UM008: x: the codes stand in parentheses, and this comment does nothing without them (write `# unmesh: allow(CODE): reason`)",
            ),
        ] {
            assert_eq!(read(comment), Some((codes, words.to_string())), "{comment}");
        }
        assert_eq!(parse("# unmesh: allow(): x").unwrap().unwrap().mistakes.len(), 1);
        assert!(parse("# unmesh:").unwrap().is_err());
    }

    #[test]
    fn prose_is_left_alone() {
        for comment in [
            "# unmesh wrote this",
            "# unmesh.dev/source is ours",
            "# unmeshed: x",
            "# unmesh allows (much)",
            "# unmesh",
        ] {
            assert_eq!(parse(comment), None, "{comment}");
        }
    }
}
