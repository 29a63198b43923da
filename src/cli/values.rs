//! Values of options: text to types, with a clear word for what is wrong or not built yet.

use crate::config::{Identity, Target, values};
use crate::finding::{Acceptance, Code, Severity, nearest};
use clap::ValueEnum;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

/// `--target`.
#[derive(Clone, Copy, Debug)]
pub(super) struct TargetArg(pub(super) Target);

impl FromStr for TargetArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

/// `--map-identity`.
#[derive(Clone, Debug)]
pub(super) struct IdentityMap(pub(super) Identity, pub(super) Identity);

impl FromStr for IdentityMap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (old, new) = text.split_once('=').ok_or("wants `NS/ACCOUNT=NS/ACCOUNT`")?;
        Ok(Self(values::identity(old)?, values::identity(new)?))
    }
}

/// `--jobs`.
pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "a number of threads, 1 or more, belongs here".to_string())
}

/// A code by id or name.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeArg(pub(super) &'static Code);

impl FromStr for CodeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        values::code(text).map(Self)
    }
}

/// `--accept CODE[@KIND/NS/NAME]`.
pub(super) fn acceptance(text: &str) -> Result<Acceptance, String> {
    let (code, object) = text.split_once('@').map_or((text, None), |(code, rest)| (code, Some(rest)));
    let code = values::acceptable(code)?;
    let object = object.map(values::object).transpose()?;
    Ok(Acceptance { object, ..Acceptance::of(code) })
}

/// `--severity CODE=SEVERITY`: the codes and what they become; `None` is off.
#[derive(Clone, Debug)]
pub(super) struct SeverityArg {
    /// One code, or all of a family.
    pub(super) codes: Vec<&'static Code>,
    /// What they become.
    pub(super) severity: Option<Severity>,
}

impl FromStr for SeverityArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (code, severity) =
            text.split_once('=').ok_or("wants `CODE=error`, `warning`, `info` or `off`")?;
        let severity = values::severity(severity)?;
        let codes = values::codes(code)?;
        Ok(Self { codes, severity })
    }
}

/// `--color`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub(super) enum ColorArg {
    /// Where standard error is a terminal, but for NO_COLOR.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `--format FMT[=FILE]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FormatArg {
    /// Which.
    pub(super) format: Format,
    /// Where to; `None` is the stream of the format.
    pub(super) file: Option<PathBuf>,
}

/// A format for findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// For people.
    Human,
    /// For machines.
    Json,
    /// For code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// Test results.
    Junit,
    /// A comment, or the summary of a job.
    Markdown,
}

impl Format {
    /// All of them.
    pub(super) const ALL: [Self; 7] =
        [Self::Human, Self::Json, Self::Sarif, Self::Github, Self::Gitlab, Self::Junit, Self::Markdown];

    /// The word by which it is asked for.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }
}

/// The names of all formats.
pub(super) fn formats() -> [&'static str; 7] {
    Format::ALL.map(Format::word)
}

impl FromStr for FormatArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = Format::ALL.into_iter().find(|format| format.word() == name);
        let format = format.ok_or_else(|| no_such_format(name))?;
        if file == Some("") {
            return Err("the file after `=` has no name".to_string());
        }
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

/// What there is in place of a format that there is not.
fn no_such_format(name: &str) -> String {
    let words = Format::ALL.map(Format::word);
    if name == "html" {
        return format!("`html` is not built yet; there are {}", words.join(", "));
    }
    match nearest(name, words) {
        Some(name) => format!("no such format; did you mean `{name}`?"),
        None => format!("no such format; there are {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acceptances_name_a_code_and_at_most_one_object() {
        let accepted = acceptance("UM010@AuthorizationPolicy/shop/deny-all").unwrap();
        assert_eq!(accepted.code.id, "UM010");
        assert_eq!(accepted.object.unwrap().to_string(), "AuthorizationPolicy/shop/deny-all");
        let accepted = acceptance("policy-unreadable@GlobalNetworkPolicy/x").unwrap();
        assert_eq!(accepted.object.unwrap().namespace, None);
        for (text, expected) in [
            ("UM2xx", "a whole family cannot be accepted; name its codes one by one"),
            ("um0XX@A/b", "a whole family cannot be accepted; name its codes one by one"),
            ("policy-unreadible", "no such code; did you mean `policy-unreadable`?"),
            ("zzzzzzzz", "no such code; `unmesh rules` lists all"),
            ("UM010@x", "`x` is no `KIND/NAMESPACE/NAME` or `KIND/NAME`"),
            ("UM010@A/b/c/d", "`A/b/c/d` is no `KIND/NAMESPACE/NAME` or `KIND/NAME`"),
            ("UM010@A//b", "`A//b` is no `KIND/NAMESPACE/NAME` or `KIND/NAME`"),
            ("UM010@", "`` is no `KIND/NAMESPACE/NAME` or `KIND/NAME`"),
        ] {
            assert_eq!(acceptance(text), Err(expected.to_string()), "{text}");
        }
    }

    #[test]
    fn severities_take_codes_and_families() {
        let all: SeverityArg = "UM0xx=off".parse().unwrap();
        assert!(all.codes.len() > 10 && all.codes.iter().all(|code| code.id.starts_with("UM0")));
        assert_eq!(all.severity, None);
        let one: SeverityArg = "wrong-value=info".parse().unwrap();
        assert_eq!((one.codes.len(), one.severity), (1, Some(Severity::Info)));
        assert!("UM008".parse::<SeverityArg>().is_err());
        assert!("UM008=fatal".parse::<SeverityArg>().is_err());
    }

    #[test]
    fn identities_are_namespace_and_account() {
        let IdentityMap(old, new) = "istio-system/ingress=edge/nginx.v2".parse().unwrap();
        assert_eq!((old.namespace.as_str(), old.account.as_str()), ("istio-system", "ingress"));
        assert_eq!((new.namespace.as_str(), new.account.as_str()), ("edge", "nginx.v2"));
        for bad in ["a/b", "a=b", "a/b=c", "a/b=c/", "a/B=c/d", "a.b/c=d/e", "a/b/c=d/e"] {
            assert!(bad.parse::<IdentityMap>().is_err(), "{bad}");
        }
    }
}
