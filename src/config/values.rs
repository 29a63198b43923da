//! Values as users write them, on the command line and in the configuration: text to types, with
//! one wording for what is wrong.

use super::{Identity, L7, Layout};
use crate::finding::{Code, ObjectRef, Severity, codes, find, nearest, nearest_name};
use crate::names::{is_label, is_subdomain};
use std::str::FromStr;

/// From which severity on findings fail a run.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Warnings and errors.
    Warning,
    /// Everything.
    Info,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The words.
    pub const WORDS: [(&str, Self); 4] =
        [("error", Self::Error), ("warning", Self::Warning), ("info", Self::Info), ("never", Self::Never)];

    /// Whether findings whose gravest is this one fail the run.
    #[must_use]
    pub fn fails(self, gravest: Option<Severity>) -> bool {
        let threshold = match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
            Self::Never => return false,
        };
        gravest >= Some(threshold)
    }

    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Never => "never",
        }
    }
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(text, Self::WORDS)
    }
}

/// The words for the layouts.
pub const LAYOUTS: [(&str, Layout); 2] = [("portable", Layout::Portable), ("tiers", Layout::Tiers)];

/// The words for what is said of Dikastes.
pub const L7S: [(&str, L7); 2] = [("dikastes", L7::Dikastes), ("none", L7::None)];

/// The words for severities; `off` is none.
pub const SEVERITIES: [(&str, Option<Severity>); 4] = [
    ("error", Some(Severity::Error)),
    ("warning", Some(Severity::Warning)),
    ("info", Some(Severity::Info)),
    ("off", None),
];

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(text, LAYOUTS)
    }
}

impl FromStr for L7 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(text, L7S)
    }
}

/// The value that a word stands for.
fn one_of<T: Copy>(text: &str, words: impl IntoIterator<Item = (&'static str, T)>) -> Result<T, String> {
    let words: Vec<(&str, T)> = words.into_iter().collect();
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let meant = nearest(text, all.iter().copied()).map(|word| format!("; did you mean `{word}`?"));
    Err(format!("`{text}` is none of `{}`{}", all.join("`, `"), meant.unwrap_or_default()))
}

/// A severity, or `None` for `off`.
///
/// # Errors
/// It is another word.
pub fn severity(text: &str) -> Result<Option<Severity>, String> {
    one_of(text, SEVERITIES)
}

/// `NAMESPACE/ACCOUNT`.
///
/// # Errors
/// It is none.
pub fn identity(text: &str) -> Result<Identity, String> {
    match text.split_once('/') {
        Some((namespace, account)) if is_label(namespace) && is_subdomain(account) => {
            Ok(Identity { namespace: namespace.to_string(), account: account.to_string() })
        }
        Some(_) | None => Err(format!("`{text}` is no `NAMESPACE/ACCOUNT`")),
    }
}

/// A namespace's name.
///
/// # Errors
/// No namespace can have it.
pub fn namespace(text: &str) -> Result<String, String> {
    let name = text.trim();
    if is_label(name) { Ok(name.to_string()) } else { Err(format!("`{text}` can name no namespace")) }
}

/// A path to a file.
///
/// # Errors
/// It is blank.
pub fn path(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("the name of a file belongs here".to_string())
    } else {
        Ok(text.to_string())
    }
}

/// A trust domain: a host name.
///
/// # Errors
/// It is none.
pub fn trust_domain(text: &str) -> Result<String, String> {
    if is_subdomain(text) { Ok(text.to_string()) } else { Err(format!("`{text}` can name no trust domain")) }
}

/// A code by id or name.
///
/// # Errors
/// There is none; with the one that may be meant.
pub fn code(text: &str) -> Result<&'static Code, String> {
    find(text).ok_or_else(|| match nearest_name(text) {
        Some(name) => format!("no such code; did you mean `{name}`?"),
        None => "no such code; `unmesh rules` lists all".to_string(),
    })
}

/// The digit of `UM3xx`.
fn family(text: &str) -> Option<char> {
    let digit = text.to_ascii_uppercase().strip_prefix("UM")?.strip_suffix("XX")?.parse::<u8>().ok()?;
    char::from_digit(u32::from(digit), 10)
}

/// A code that can be accepted: no family.
///
/// # Errors
/// It is a family, or no code.
pub fn acceptable(text: &str) -> Result<&'static Code, String> {
    if family(text).is_some() {
        return Err("a whole family cannot be accepted; name its codes one by one".to_string());
    }
    code(text)
}

/// A code, or all of a family.
///
/// # Errors
/// There is none.
pub fn codes(text: &str) -> Result<Vec<&'static Code>, String> {
    match family(text) {
        Some(digit) => {
            let own: Vec<_> = codes::all().filter(|code| code.id.chars().nth(2) == Some(digit)).collect();
            if own.is_empty() {
                Err("no such family; `unmesh rules` lists all codes".to_string())
            } else {
                Ok(own)
            }
        }
        None => Ok(vec![code(text)?]),
    }
}

/// `KIND/NAMESPACE/NAME`, or `KIND/NAME` for what is in none.
///
/// # Errors
/// It is neither.
pub fn object(text: &str) -> Result<ObjectRef, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, namespace, name] => (*kind, Some(*namespace), *name),
        [kind, name] => (*kind, None, *name),
        _ => ("", None, ""),
    };
    if kind.is_empty() || name.is_empty() || namespace == Some("") {
        return Err(format!("`{text}` is no `KIND/NAMESPACE/NAME` or `KIND/NAME`"));
    }
    Ok(ObjectRef { kind: kind.into(), namespace: namespace.map(Into::into), name: name.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_fails_from_the_named_severity_on() {
        for (on, gravest, fails) in [
            (FailOn::Error, Some(Severity::Error), true),
            (FailOn::Error, Some(Severity::Warning), false),
            (FailOn::Warning, Some(Severity::Warning), true),
            (FailOn::Warning, Some(Severity::Info), false),
            (FailOn::Info, Some(Severity::Info), true),
            (FailOn::Info, None, false),
            (FailOn::Never, Some(Severity::Error), false),
        ] {
            assert_eq!(on.fails(gravest), fails, "{on:?} {gravest:?}");
        }
    }

    #[test]
    fn a_wrong_word_names_the_right_ones() {
        assert_eq!(
            "tier".parse::<Layout>(),
            Err("`tier` is none of `portable`, `tiers`; did you mean `tiers`?".into())
        );
        assert_eq!("warn".parse::<FailOn>().map_err(|word| word.contains("`warning`")), Err(true));
        assert_eq!(severity("fatal"), Err("`fatal` is none of `error`, `warning`, `info`, `off`".into()));
        for (word, on) in FailOn::WORDS {
            assert_eq!((word.parse(), on.word()), (Ok(on), word));
        }
    }
}
