//! The settings in force, each with where it comes from: as TOML that could be a configuration, and
//! as JSON.

use super::escape;
use super::json::to_text;
use crate::finding::ObjectRef;
use serde::{Serialize, Serializer};
use std::fmt::{self, Write};

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of the configuration.
    File(String, usize),
    /// An option.
    Flag(&'static str),
    /// A MeshConfig of the input.
    Input(String, usize),
}

/// A value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A text.
    Text(String),
    /// True or false.
    Flag(bool),
    /// Texts.
    List(Vec<String>),
    /// None: what holds instead, for people.
    Unset(#[serde(serialize_with = "null")] &'static str),
}

/// A setting.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Setting {
    /// Its key in the configuration, with its table: `mesh.root-namespace`.
    pub key: &'static str,
    /// What holds.
    pub value: Value,
    /// Where that comes from; several for a list that is added to.
    pub origins: Vec<Origin>,
}

/// A part of `[mesh.identities]`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Mapped {
    /// Who is allowed.
    pub old: String,
    /// Who is allowed as well.
    pub new: String,
    /// Who says so.
    pub origin: Origin,
}

/// A severity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Level {
    /// A code's id, or a family: `UM3xx`.
    pub codes: String,
    /// `error`, `warning`, `info` or `off`.
    pub severity: &'static str,
    /// Who says so.
    pub origin: Origin,
}

/// An acceptance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Accepted {
    /// The code's id.
    pub code: &'static str,
    /// The code's name.
    pub name: &'static str,
    /// The object, where it is for one alone.
    pub object: Option<ObjectRef>,
    /// The files, where it is for some alone.
    pub paths: Option<Vec<String>>,
    /// Why.
    pub reason: Option<String>,
    /// Who says so.
    pub origin: Origin,
}

/// Severities for some files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Overridden {
    /// The files.
    pub paths: Vec<String>,
    /// What becomes of codes there; the origin is the table's.
    pub severity: Vec<Level>,
}

/// All that is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InForce {
    /// The configuration, where there is one.
    pub file: Option<String>,
    /// One value each.
    pub settings: Vec<Setting>,
    /// `[mesh.identities]`.
    pub identities: Vec<Mapped>,
    /// `[severity]`, in the order of effect.
    pub severity: Vec<Level>,
    /// `[[accept]]`.
    pub accept: Vec<Accepted>,
    /// `[[override]]`.
    pub overrides: Vec<Overridden>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name, line) => write!(f, "{}:{line}", escape::line(name)),
            Self::Flag(flag) => f.write_str(flag),
            Self::Input(name, line) => write!(f, "MeshConfig of {}:{line}", escape::line(name)),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            kind: &'a str,
            file: Option<&'a str>,
            line: Option<usize>,
            flag: Option<&'a str>,
        }
        let (kind, place, flag) = match self {
            Self::Default => ("default", None, None),
            Self::File(name, line) => ("configuration", Some((name, line)), None),
            Self::Flag(flag) => ("flag", None, Some(*flag)),
            Self::Input(name, line) => ("input", Some((name, line)), None),
        };
        let (file, line) = place.map(|(name, line)| (name.as_str(), *line)).unzip();
        Shape { kind, file, line, flag }.serialize(serializer)
    }
}

fn null<S: Serializer>(_: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

/// As TOML, with each origin behind its value.
#[must_use]
pub fn render(shown: &InForce) -> String {
    let InForce { file, settings, identities, severity, accept, overrides } = shown;
    let mut out = match file {
        Some(name) => format!("# The configuration is {}.\n", escape::line(name)),
        None => "# There is no configuration.\n".to_string(),
    };
    let mut table = "";
    for Setting { key, value, origins } in settings {
        let (own, name) = key.rsplit_once('.').unwrap_or(("", key));
        if own != table {
            table = own;
            let _ = writeln!(out, "\n[{table}]");
        }
        let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
        let line = match value {
            Value::Unset(instead) => format!("# {name}: {instead}"),
            set => format!("{name} = {}", toml(set)),
        };
        let _ = writeln!(out, "{line}  # {}", origins.join(" and "));
    }
    if !identities.is_empty() {
        out.push_str("\n[mesh.identities]\n");
    }
    let mut olds: Vec<&str> = identities.iter().map(|one| one.old.as_str()).collect();
    olds.sort_unstable();
    olds.dedup();
    for old in olds {
        let _ = writeln!(out, "{} = [", quoted(old));
        for Mapped { new, origin, .. } in identities.iter().filter(|one| one.old == old) {
            let _ = writeln!(out, "    {},  # {origin}", quoted(new));
        }
        out.push_str("]\n");
    }
    if !severity.is_empty() {
        out.push_str("\n[severity]\n");
    }
    for Level { codes, severity, origin } in severity {
        let _ = writeln!(out, "{codes} = \"{severity}\"  # {origin}");
    }
    for accepted in accept {
        acceptance(accepted, &mut out);
    }
    for Overridden { paths, severity } in overrides {
        let Some(Level { origin, .. }) = severity.first() else { continue };
        let levels: Vec<String> =
            severity.iter().map(|level| format!("{} = \"{}\"", level.codes, level.severity)).collect();
        let _ = writeln!(
            out,
            "\n[[override]]  # {origin}\npaths = {}\nseverity = {{ {} }}",
            list(paths),
            levels.join(", ")
        );
    }
    out
}

fn acceptance(accepted: &Accepted, out: &mut String) {
    let Accepted { code: _, name, object, paths, reason, origin } = accepted;
    let _ = writeln!(out, "\n[[accept]]  # {origin}\ncode = {}", quoted(name));
    if let Some(object) = object {
        let _ = writeln!(out, "object = {}", quoted(&object.to_string()));
    }
    if let Some(paths) = paths {
        let _ = writeln!(out, "paths = {}", list(paths));
    }
    let reason = reason.as_deref().unwrap_or("given on the command line");
    let _ = writeln!(out, "reason = {}", quoted(reason));
}

fn toml(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Flag(flag) => flag.to_string(),
        Value::List(texts) => list(texts),
        Value::Unset(_) => String::new(),
    }
}

/// Texts as TOML.
pub(super) fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A text as TOML, which takes the escapes of JSON; what would not show itself is escaped as well.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            other if escape::is_unsafe(other) || other == '\t' => {
                let _ = write!(out, "\\U{:08X}", u32::from(other));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// As JSON. Every key is always there.
#[must_use]
pub fn render_json(shown: &InForce) -> String {
    #[derive(Serialize)]
    struct Tool {
        name: &'static str,
        version: &'static str,
    }
    #[derive(Serialize)]
    struct Shape<'a> {
        version: u32,
        tool: Tool,
        file: Option<&'a str>,
        settings: &'a [Setting],
        identities: &'a [Mapped],
        severity: &'a [Level],
        accept: &'a [Accepted],
        overrides: &'a [Overridden],
    }
    let InForce { file, settings, identities, severity, accept, overrides } = shown;
    let tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let file = file.as_deref();
    to_text(&Shape { version: 1, tool, file, settings, identities, severity, accept, overrides })
}
