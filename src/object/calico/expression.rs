//! Calico's selector expressions, built without string surgery and printed as Calico's parser reads them.
//!
//! Grammar: `libcalico-go/lib/selector/parser` (the same from 3.26 to 3.32): `||` binds weakest,
//! then `&&`, then `!`; literals have no escapes; only spaces and tabs separate.

use std::collections::BTreeSet;
use std::fmt;

/// A boolean expression over labels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Expression {
    /// `all()`.
    All,
    /// Matches nothing: `!all()`.
    Nothing,
    /// `has(key)`.
    Has(String),
    /// `key == 'value'`.
    Equals(String, String),
    /// `key in {'a', 'b'}`.
    In(String, Vec<String>),
    /// `key starts with 'value'`.
    StartsWith(String, String),
    /// `key ends with 'value'`.
    EndsWith(String, String),
    /// `key contains 'value'`.
    Contains(String, String),
    /// `!(...)`; of a comparison its own negative form.
    Not(Box<Expression>),
    /// All of them.
    And(Vec<Expression>),
    /// Any of them.
    Or(Vec<Expression>),
}

impl Expression {
    /// `key == 'value'`.
    pub fn equals(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Equals(key.into(), value.into())
    }

    /// One of the values: `==` for one, `in` for several (sorted, without doubles), nothing for none.
    pub fn any_value(key: impl Into<String>, values: impl IntoIterator<Item = String>) -> Self {
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort();
        values.dedup();
        match values.pop() {
            None => Self::Nothing,
            Some(only) if values.is_empty() => Self::Equals(key.into(), only),
            Some(last) => {
                values.push(last);
                Self::In(key.into(), values)
            }
        }
    }

    /// The opposite.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "`!` on a value would read as Rust's own")]
    pub fn not(self) -> Self {
        match self {
            Self::All => Self::Nothing,
            Self::Nothing => Self::All,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// All of the parts; flat, without `all()` and without doubles. A part beside its opposite
    /// matches nothing.
    #[must_use]
    pub fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All => {}
                Self::Nothing => return Self::Nothing,
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        unique(&mut flat);
        if contradicts(&flat) {
            return Self::Nothing;
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    /// Any of the parts; flat, without impossible ones and without doubles.
    #[must_use]
    pub fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::Nothing => {}
                Self::All => return Self::All,
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        unique(&mut flat);
        match flat.len() {
            0 => Self::Nothing,
            1 => flat.remove(0),
            _ => Self::Or(flat),
        }
    }
}

/// Keeps the first of equal parts.
fn unique(parts: &mut Vec<Expression>) {
    let mut seen: BTreeSet<Expression> = BTreeSet::new();
    parts.retain(|part| seen.insert(part.clone()));
}

/// Whether a part stands beside its opposite.
fn contradicts(parts: &[Expression]) -> bool {
    let all: BTreeSet<&Expression> = parts.iter().collect();
    parts.iter().any(|part| matches!(part, Expression::Not(inner) if all.contains(inner.as_ref())))
}

/// A literal in the quotes that it allows; `None` for a text that holds both kinds, which Calico
/// cannot say.
#[must_use]
pub fn quote(text: &str) -> Option<String> {
    match (text.contains('\''), text.contains('"')) {
        (false, _) => Some(format!("'{text}'")),
        (true, false) => Some(format!("\"{text}\"")),
        (true, true) => None,
    }
}

/// A literal for printing. For a text that holds both kinds of quotes what is printed is no
/// selector at all, so that Calico and [`super::limits`] refuse it; it could mean anything else.
fn literal(text: &str) -> String {
    quote(text).unwrap_or_else(|| "<both kinds of quotes>".to_string())
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all()"),
            Self::Nothing => f.write_str("!all()"),
            Self::Has(key) => write!(f, "has({key})"),
            Self::Equals(key, value) => write!(f, "{key} == {}", literal(value)),
            Self::In(key, values) => write!(f, "{key} in {{{}}}", list(values)),
            Self::StartsWith(key, value) => write!(f, "{key} starts with {}", literal(value)),
            Self::EndsWith(key, value) => write!(f, "{key} ends with {}", literal(value)),
            Self::Contains(key, value) => write!(f, "{key} contains {}", literal(value)),
            Self::Not(inner) => match inner.as_ref() {
                Self::Equals(key, value) => write!(f, "{key} != {}", literal(value)),
                Self::In(key, values) => write!(f, "{key} not in {{{}}}", list(values)),
                Self::Has(key) => write!(f, "!has({key})"),
                other => write!(f, "!({other})"),
            },
            Self::And(parts) => join(f, parts, " && "),
            Self::Or(parts) => join(f, parts, " || "),
        }
    }
}

fn list(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| literal(value)).collect();
    quoted.join(", ")
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Expression], with: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        match part {
            Expression::Or(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_calico_parses_with_the_right_precedence() {
        let app = Expression::equals("app", "web");
        let prod = Expression::equals("env", "prod");
        let either = Expression::or([app.clone(), prod.clone()]);
        assert_eq!(either.to_string(), "app == 'web' || env == 'prod'");
        let both = Expression::and([either.clone(), Expression::Has("x".into())]);
        assert_eq!(both.to_string(), "(app == 'web' || env == 'prod') && has(x)");
        assert_eq!(both.clone().not().to_string(), "!((app == 'web' || env == 'prod') && has(x))");
        assert_eq!(app.clone().not().to_string(), "app != 'web'");
        assert_eq!(
            Expression::or([Expression::and([app, prod]), either]).to_string(),
            "app == 'web' && env == 'prod' || app == 'web' || env == 'prod'"
        );
    }

    #[test]
    fn sets_are_sorted_and_without_doubles() {
        let set = Expression::any_value("ns", ["b".to_string(), "a".to_string(), "b".to_string()]);
        assert_eq!(set.to_string(), "ns in {'a', 'b'}");
        assert_eq!(set.not().to_string(), "ns not in {'a', 'b'}");
        assert_eq!(Expression::any_value("ns", Vec::new()), Expression::Nothing);
    }
}
