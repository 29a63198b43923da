//! Targets and their versions, as far as every stage may know them.

use std::fmt;

/// What to write for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Open-source Calico of a version.
    Calico(Version),
}

/// The layout of Calico's objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// One tier, ordered bands: for every version.
    Portable,
}

/// Major, minor and, where given, patch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version {
    /// `3`.
    pub major: u16,
    /// `28`.
    pub minor: u16,
    /// `5`, where the user said so.
    pub patch: Option<u16>,
}

/// What the user says of Dikastes, Calico's L7 enforcement in an Istio sidecar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum L7 {
    /// Nothing: L7 rules are written for pods that carry the guard label.
    Unstated,
    /// It runs in every pod: L7 rules are written without the guard.
    Dikastes,
    /// It does not run: no L7 rules.
    None,
}

/// How `http.paths` match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathMatching {
    /// Bytes; `prefix` is a plain prefix (to 3.31.5).
    Raw,
    /// Both sides normalised; `prefix` ends at a segment (from 3.31.6).
    Normalised,
}

impl Default for Target {
    fn default() -> Self {
        Self::Calico(Version { major: 3, minor: 28, patch: None })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Calico(version) = self;
        write!(f, "calico@{version}")
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portable => f.write_str("portable"),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.patch {
            Some(patch) => write!(f, ".{patch}"),
            None => Ok(()),
        }
    }
}
