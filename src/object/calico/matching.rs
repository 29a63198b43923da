//! Calico's selector expressions: parsed and evaluated, with "cannot tell" as a third answer.
//!
//! The grammar is that of `libcalico-go/lib/selector` (tokenizer and parser, the same from 3.26 to
//! 3.32): `||` binds weakest, then `&&`, then `!`; literals have no escapes; only spaces and tabs
//! separate. This module knows labels alone, not whose they are.

mod parse;
mod tokens;

pub use parse::SyntaxError;

use std::collections::BTreeMap;

/// A parsed expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selector {
    /// `all()`, and the empty text.
    All,
    /// `global()`: what belongs to no namespace.
    Global,
    /// A test of one label.
    Label {
        /// The label's name.
        key: String,
        /// What is asked of it.
        test: Test,
    },
    /// `!`.
    Not(Box<Selector>),
    /// `&&`.
    And(Vec<Selector>),
    /// `||`.
    Or(Vec<Selector>),
}

/// What is asked of one label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Test {
    /// `has(key)`.
    Has,
    /// `==`.
    Equals(String),
    /// `!=`, which an absent label passes too.
    NotEquals(String),
    /// `in {...}`.
    In(Vec<String>),
    /// `not in {...}`, which an absent label passes too.
    NotIn(Vec<String>),
    /// `contains`.
    Contains(String),
    /// `starts with`.
    StartsWith(String),
    /// `ends with`.
    EndsWith(String),
}

/// What is known of one label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known<'a> {
    /// Present, with this value.
    Value(&'a str),
    /// Absent.
    Absent,
    /// Nothing.
    Unknown,
}

/// The label by which Calico marks what belongs to a namespace; `global()` asks for its absence.
const NAMESPACE: &str = "projectcalico.org/namespace";

impl Selector {
    /// Parses an expression.
    ///
    /// # Errors
    /// The text is no expression to Calico's parser.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        parse::parse(text)
    }

    /// A test of one label.
    #[must_use]
    pub fn label(key: impl Into<String>, test: Test) -> Self {
        Self::Label { key: key.into(), test }
    }

    /// All of the parts; none is `all()`.
    #[must_use]
    pub fn every(mut parts: Vec<Self>) -> Self {
        match parts.pop() {
            None => Self::All,
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Self::And(parts)
            }
        }
    }

    /// Whether `global()` stands anywhere in it.
    #[must_use]
    pub fn holds_global(&self) -> bool {
        match self {
            Self::All | Self::Label { .. } => false,
            Self::Global => true,
            Self::Not(inner) => inner.holds_global(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::holds_global),
        }
    }

    /// Whether the expression matches, by Kleene's logic: `None` where an unknown label decides.
    pub fn evaluate<'a>(&self, label: &dyn Fn(&str) -> Known<'a>) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Global => Test::Has.passes(label(NAMESPACE)).map(|has| !has),
            Self::Label { key, test } => test.passes(label(key)),
            Self::Not(inner) => inner.evaluate(label).map(|matches| !matches),
            Self::And(parts) => all(parts.iter().map(|part| part.evaluate(label))),
            Self::Or(parts) => {
                all(parts.iter().map(|part| part.evaluate(label).map(|matches| !matches))).map(|none| !none)
            }
        }
    }

    /// Whether the expression matches exactly these labels.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let label = |key: &str| labels.get(key).map_or(Known::Absent, |value| Known::Value(value));
        self.evaluate(&label) == Some(true)
    }
}

/// The conjunction of three-valued answers: one "no" decides, then one "cannot tell".
#[must_use]
pub fn all(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

impl Test {
    /// Whether a label passes; `None` where nothing is known of it.
    #[must_use]
    pub fn passes(&self, label: Known<'_>) -> Option<bool> {
        let value = match label {
            Known::Value(value) => Some(value),
            Known::Absent => None,
            Known::Unknown => return None,
        };
        Some(match self {
            Self::Has => value.is_some(),
            Self::Equals(wanted) => value == Some(wanted),
            Self::NotEquals(wanted) => value != Some(wanted),
            Self::In(values) => value.is_some_and(|value| values.iter().any(|wanted| wanted == value)),
            Self::NotIn(values) => value.is_none_or(|value| values.iter().all(|wanted| wanted != value)),
            Self::Contains(part) => value.is_some_and(|value| value.contains(part.as_str())),
            Self::StartsWith(part) => value.is_some_and(|value| value.starts_with(part.as_str())),
            Self::EndsWith(part) => value.is_some_and(|value| value.ends_with(part.as_str())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_string(), (*value).to_string())).collect()
    }

    #[test]
    fn expressions_match_as_calico_documents_them() {
        let web = labels(&[("app", "web"), ("env", "prod"), ("example.com/tier-1", "front")]);
        let cases = [
            ("the empty text is all()", "", true),
            ("all", "all()", true),
            ("all with blanks inside", "all( )", true),
            ("equality", "app == 'web'", true),
            ("double quotes", "app==\"web\"", true),
            ("a key with every allowed character", "example.com/tier-1 == 'front'", true),
            ("inequality", "app != 'web'", false),
            ("inequality of an absent label", "missing != 'x'", true),
            ("negated equality of an absent label", "!(missing == 'x')", true),
            ("in", "env in {'dev', 'prod'}", true),
            ("in with a trailing comma", "env in {'prod',}", true),
            ("in the empty set", "env in {}", false),
            ("not in", "env not in {'prod'}", false),
            ("not in of an absent label", "missing notin {'prod'}", true),
            ("has", "has(app)", true),
            ("has, negated", "!has(app)", false),
            ("two negations", "!!has(app)", true),
            ("contains", "app contains 'e'", true),
            ("starts with", "app starts with 'we'", true),
            ("startswith", "app startswith 'eb'", false),
            ("ends with", "app ends with 'eb'", true),
            ("and binds tighter than or", "has(app) || has(app) && has(missing)", true),
            ("parentheses", "(has(app) || has(app)) && has(missing)", false),
            ("global: no namespace label", "global()", true),
            ("a label named like an operator", "has(in) || in == 'x' || app in {'web'}", true),
        ];
        for (name, text, expected) in cases {
            let selector = Selector::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(selector.matches(&web), expected, "{name}: {text}");
        }
    }

    #[test]
    fn an_unknown_label_decides_only_where_it_has_to() {
        let label = |key: &str| match key {
            "app" => Known::Value("web"),
            "gone" => Known::Absent,
            _ => Known::Unknown,
        };
        let cases = [
            ("unknown alone", "has(x)", None),
            ("no beats unknown", "has(gone) && has(x)", Some(false)),
            ("yes with unknown", "has(app) && has(x)", None),
            ("yes beats unknown", "has(x) || has(app)", Some(true)),
            ("no or unknown", "has(gone) || has(x)", None),
            ("unknown negated", "!(x == 'a')", None),
            ("no namespace known", "global()", None),
        ];
        for (name, text, expected) in cases {
            assert_eq!(Selector::parse(text).expect(name).evaluate(&label), expected, "{name}");
        }
    }
}
