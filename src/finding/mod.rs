//! Findings: what every stage has to say to the user, and the one funnel they go through.
//!
//! A [`Finding`] is data. Stages make them and hand them on; only the [`Sink`] applies acceptance,
//! severity settings and counting, and only `report` turns them into text. This module must not
//! know who makes findings, nor how they look.

pub mod baseline;
mod code;
pub mod codes;
mod fingerprint;
mod hiding;
mod nearest;
pub mod peers;
mod rules;
mod sink;
pub mod suppression;

pub use code::{Code, Family, find, nearest_name};
pub use fingerprint::fingerprints;
pub use hiding::{Hidden, Hiding, Known};
pub use nearest::nearest;
pub use rules::{Acceptance, Override, RuleFile, Rules, Whole};
pub use sink::{Report, Reported, Sink};

use crate::source::Span;
use serde::Serialize;
use std::fmt;

/// How much a finding matters, before acceptance and settings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing changes.
    Info,
    /// Something is lost that nobody's access hangs on, or that the user accepted.
    Warning,
    /// Access changes, or the input cannot be trusted.
    Error,
}

/// Which way the world changes when the mesh goes and the output stands in for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Something refused before gets through, can be forged, or crosses the wire in clear.
    Widens,
    /// Something allowed before is refused: traffic breaks.
    Narrows,
    /// A feature goes that has no bearing on who may talk to whom.
    Drops,
    /// Nothing changes.
    None,
}

impl Direction {
    /// The severity that a loss of this direction has while nobody accepted it.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::Widens | Self::Narrows => Severity::Error,
            Self::Drops => Severity::Warning,
            Self::None => Severity::Info,
        }
    }

    /// The word for people and for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::Drops => "drops",
            Self::None => "none",
        }
    }
}

impl Severity {
    /// The word for people and for JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A Kubernetes object by name. Displayed as `Kind/namespace/name`, or `Kind/name` without one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ObjectRef {
    /// `AuthorizationPolicy`, ...
    pub kind: String,
    /// Absent for what has none.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(f, "{}/{}", self.kind, self.name),
        }
    }
}

/// Another place that matters to a finding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// One thing to tell the user.
///
/// Messages are lower case, without a final period, in the user's words and names; `help` says what
/// to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What it is an instance of.
    pub code: &'static Code,
    /// Before acceptance and settings.
    pub severity: Severity,
    /// Which way things change.
    pub direction: Direction,
    /// What is wrong here.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The object that it is about.
    pub object: Option<ObjectRef>,
    /// Where it stands; `None` for findings about the run.
    pub span: Option<Span>,
    /// The field, as `spec.rules[0].to[0].operation.hosts[0]`.
    pub field: Option<String>,
    /// The target whose limits it comes from, as `calico@3.28`.
    pub target: Option<String>,
    /// Further places.
    pub related: Vec<Related>,
}

impl Finding {
    /// A finding whose severity is that of its direction.
    pub fn new(code: &'static Code, direction: Direction, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: direction.severity(),
            direction,
            message: message.into(),
            help: None,
            object: None,
            span: None,
            field: None,
            target: None,
            related: Vec::new(),
        }
    }

    /// Sets a severity other than the direction's (an input error changes nothing by itself, yet is one).
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Names the object.
    #[must_use]
    pub fn on(mut self, object: &ObjectRef) -> Self {
        self.object = Some(object.clone());
        self
    }

    /// Names the field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, message: impl Into<String>, span: Span) -> Self {
        self.related.push(Related { message: message.into(), span });
        self
    }
}
