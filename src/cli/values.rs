//! Values of options: text to types, with a clear word for what is wrong or not built yet.

use crate::config::{Identity, L7, Layout, Target};
use crate::finding::{Acceptance, Code, ObjectRef, Severity, codes, find, nearest, nearest_name};
use crate::names::{is_label, is_subdomain};
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

/// `--layout`.
#[derive(Clone, Copy, ValueEnum, Debug)]
pub(super) enum LayoutArg {
    /// One tier, ordered bands.
    Portable,
    /// Two tiers of unmesh's own.
    Tiers,
}

impl From<LayoutArg> for Layout {
    fn from(arg: LayoutArg) -> Self {
        match arg {
            LayoutArg::Portable => Self::Portable,
            LayoutArg::Tiers => Self::Tiers,
        }
    }
}

/// `--l7`.
#[derive(Clone, Copy, ValueEnum, Debug)]
pub(super) enum L7Arg {
    /// It runs in every pod.
    Dikastes,
    /// It does not run.
    None,
}

impl From<L7Arg> for L7 {
    fn from(arg: L7Arg) -> Self {
        match arg {
            L7Arg::Dikastes => Self::Dikastes,
            L7Arg::None => Self::None,
        }
    }
}

/// `--map-identity`.
#[derive(Clone, Debug)]
pub(super) struct IdentityMap(pub(super) Identity, pub(super) Identity);

impl FromStr for IdentityMap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (old, new) = text.split_once('=').ok_or("wants `NS/ACCOUNT=NS/ACCOUNT`")?;
        Ok(Self(identity(old)?, identity(new)?))
    }
}

fn identity(text: &str) -> Result<Identity, String> {
    match text.split_once('/') {
        Some((namespace, account)) if is_label(namespace) && is_subdomain(account) => {
            Ok(Identity { namespace: namespace.to_string(), account: account.to_string() })
        }
        Some(_) | None => Err(format!("`{text}` is no `NAMESPACE/ACCOUNT`")),
    }
}

/// A namespace's name.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    let name = text.trim();
    if is_label(name) { Ok(name.to_string()) } else { Err(format!("`{text}` can name no namespace")) }
}

/// A trust domain: a host name.
pub(super) fn trust_domain(text: &str) -> Result<String, String> {
    if is_subdomain(text) { Ok(text.to_string()) } else { Err(format!("`{text}` can name no trust domain")) }
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
        find(text).map(Self).ok_or_else(|| unknown_code(text))
    }
}

fn unknown_code(text: &str) -> String {
    match nearest_name(text) {
        Some(name) => format!("no such code; did you mean `{name}`?"),
        None => "no such code; `unmesh rules` lists all".to_string(),
    }
}

/// The digit of `UM3xx`.
fn family(text: &str) -> Option<char> {
    let digit = text.to_ascii_uppercase().strip_prefix("UM")?.strip_suffix("XX")?.parse::<u8>().ok()?;
    char::from_digit(u32::from(digit), 10)
}

/// `--accept CODE[@KIND/NS/NAME]`.
pub(super) fn acceptance(text: &str) -> Result<Acceptance, String> {
    let (code, object) = text.split_once('@').map_or((text, None), |(code, rest)| (code, Some(rest)));
    if family(code).is_some() {
        return Err("a whole family cannot be accepted; name its codes one by one".to_string());
    }
    let CodeArg(code) = code.parse()?;
    let object = object.map(object_ref).transpose()?;
    Ok(Acceptance { code, object, reason: None })
}

fn object_ref(text: &str) -> Result<ObjectRef, String> {
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
        let severity = match severity {
            "error" => Some(Severity::Error),
            "warning" => Some(Severity::Warning),
            "info" => Some(Severity::Info),
            "off" => None,
            other => return Err(format!("`{other}` is none of `error`, `warning`, `info`, `off`")),
        };
        let codes = match family(code) {
            Some(digit) => codes::all().filter(|code| code.id.chars().nth(2) == Some(digit)).collect(),
            None => vec![code.parse::<CodeArg>()?.0],
        };
        Ok(Self { codes, severity })
    }
}

/// `--fail-on`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub(super) enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Everything.
    Info,
    /// Nothing.
    Never,
}

impl FailOn {
    /// Whether findings whose gravest is this one fail the run.
    pub(super) fn fails(self, gravest: Option<Severity>) -> bool {
        let threshold = match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
            Self::Never => return false,
        };
        gravest >= Some(threshold)
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
}

/// The names of all formats.
pub(super) fn formats() -> [&'static str; 2] {
    ["human", "json"]
}

impl FromStr for FormatArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let format = match name {
            "human" => Format::Human,
            "json" => Format::Json,
            "sarif" | "github" | "gitlab" | "junit" | "markdown" | "html" => {
                return Err(format!("`{name}` is not built yet; there are `human` and `json`"));
            }
            other => {
                return Err(match nearest(other, ["human", "json"]) {
                    Some(name) => format!("no such format; did you mean `{name}`?"),
                    None => "no such format; there are `human` and `json`".to_string(),
                });
            }
        };
        if file == Some("") {
            return Err("the file after `=` has no name".to_string());
        }
        Ok(Self { format, file: file.map(PathBuf::from) })
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
}
