//! Texts that a pattern stands for, and whether another pattern stands for them all.

use crate::istio::common::StringPattern;

/// What a text has to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Text {
    form: Form,
    /// Whether letters of either case are the same. Istio's flag has no bearing on regular expressions.
    any_case: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Form {
    Exact(String),
    Prefix(String),
    /// The expression, and what every text of it begins with.
    Regex(String, String),
}

impl Text {
    /// A regular expression without special characters is an exact text, and with `.*` at its end a prefix.
    pub(super) fn of(pattern: &StringPattern, any_case: bool) -> Self {
        match pattern {
            StringPattern::Exact(text) => Self { form: Form::Exact(text.clone()), any_case },
            StringPattern::Prefix(text) => Self { form: Form::Prefix(text.clone()), any_case },
            StringPattern::Regex(regex) => Self { form: plain(regex), any_case: false },
        }
    }

    /// Whether it asks for this beginning alone.
    pub(super) fn is_prefix(&self, text: &str) -> bool {
        matches!(&self.form, Form::Prefix(own) if own == text || own.is_empty())
    }
}

/// Whether every text of `inner` is one of `outer`; an absent pattern takes every text.
pub(super) fn covers_text(outer: Option<&Text>, inner: Option<&Text>) -> bool {
    let Some(outer) = outer else { return true };
    if outer.is_prefix("") {
        return true;
    }
    let Some(inner) = inner else { return false };
    let fold = |text: &str| if outer.any_case { text.to_lowercase() } else { text.to_string() };
    let own = match &outer.form {
        Form::Exact(own) | Form::Prefix(own) | Form::Regex(own, _) => own,
    };
    if inner.any_case && !outer.any_case && own.chars().any(char::is_alphabetic) {
        return false;
    }
    match (&outer.form, &inner.form) {
        (Form::Exact(own), Form::Exact(text)) => fold(own) == fold(text),
        (Form::Prefix(own), Form::Exact(text) | Form::Prefix(text) | Form::Regex(_, text)) => {
            fold(text).starts_with(&fold(own))
        }
        (Form::Regex(own, _), Form::Regex(text, _)) => own == text,
        (Form::Exact(_), Form::Prefix(_) | Form::Regex(..))
        | (Form::Regex(..), Form::Exact(_) | Form::Prefix(_)) => false,
    }
}

fn plain(regex: &str) -> Form {
    let (literal, rest) = literal(regex);
    match rest {
        "" => Form::Exact(literal),
        ".*" => Form::Prefix(literal),
        _ => Form::Regex(regex.to_string(), literal),
    }
}

/// The characters that an expression begins with, and the rest of it. A character that what follows may
/// repeat or leave out is of the rest; an alternative leaves nothing certain.
fn literal(regex: &str) -> (String, &str) {
    let mut found = String::new();
    let mut rest = regex.strip_prefix('^').unwrap_or(regex);
    if regex.contains('|') {
        return (found, regex);
    }
    loop {
        let escaped = rest.strip_prefix('\\');
        let mut characters = escaped.unwrap_or(rest).chars();
        let Some(character) = characters.next() else { break };
        let stands = match escaped {
            Some(_) => character.is_ascii_punctuation(),
            None => !".+*?()[]{}^$\\".contains(character),
        };
        let after = characters.as_str();
        if !stands || after.starts_with(['*', '?', '{', '+']) {
            break;
        }
        found.push(character);
        rest = after;
    }
    if rest == "$" { (found, "") } else { (found, rest) }
}

#[cfg(test)]
mod tests {
    use super::{StringPattern, Text, covers_text};
    use StringPattern::{Exact, Prefix, Regex};

    #[test]
    fn patterns_hold_what_they_certainly_hold() {
        type Make = fn(String) -> StringPattern;
        let rows: [(&str, Make, &str, Make, &str, bool); 22] = [
            ("the same", Exact, "/a", Exact, "/a", true),
            ("another", Exact, "/a", Exact, "/b", false),
            ("case", Exact, "/a", Exact, "/A", false),
            ("a prefix, and a text with it", Prefix, "/a", Exact, "/ab", true),
            ("a prefix, and itself", Prefix, "/a", Exact, "/a", true),
            ("a longer prefix", Prefix, "/a", Prefix, "/a/b", true),
            ("a shorter prefix", Prefix, "/a/b", Prefix, "/a", false),
            ("an exact text and its prefix", Exact, "/a", Prefix, "/a", false),
            ("every text", Regex, ".*", Prefix, "/a", true),
            ("the same expression", Regex, "/a[0-9]+", Regex, "/a[0-9]+", true),
            ("an expression in another", Regex, "/a[0-9]+", Regex, "/a[0-5]+", false),
            ("an expression behind a prefix", Prefix, "/a", Regex, "/a[0-9]+", true),
            ("what may be left out", Prefix, "/ab", Regex, "/ab?c", false),
            ("what may be there never", Prefix, "/ab", Regex, "/ab*", false),
            ("an alternative", Prefix, "/a", Regex, "/a|/b", false),
            ("an escaped dot", Exact, "/a.b", Regex, "/a\\.b", true),
            ("a dot", Exact, "/a.b", Regex, "/a.b", false),
            ("an expression that is a prefix", Regex, "/a.*", Exact, "/ab", true),
            ("an expression that is a text", Regex, "^/a$", Exact, "/a", true),
            ("letters of a class", Prefix, "/d", Regex, "/\\d", false),
            ("letters of either case", Prefix, "/a", Regex, "(?i)/a", false),
            ("an expression and a text", Regex, "/[a]", Exact, "/a", false),
        ];
        for (name, outer, own, inner, text, expected) in rows {
            let (outer, inner) = (outer(own.to_string()), inner(text.to_string()));
            let found = covers_text(Some(&Text::of(&outer, false)), Some(&Text::of(&inner, false)));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_path_of_either_case_holds_both() {
        let lower = |any_case| Text::of(&Prefix("/a".to_string()), any_case);
        let upper = Text::of(&Exact("/A/b".to_string()), false);
        assert!(covers_text(Some(&lower(true)), Some(&upper)));
        assert!(!covers_text(Some(&lower(false)), Some(&upper)));
        assert!(!covers_text(Some(&lower(false)), Some(&lower(true))));
        let digits = |any_case| Text::of(&Prefix("/1".to_string()), any_case);
        assert!(covers_text(Some(&digits(false)), Some(&digits(true))));
    }
}
