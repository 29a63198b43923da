//! Targets and their versions, as far as every stage may know them, and how a user names them.
//!
//! What a version of Calico can do is not known here: `object::calico` has the table.

use std::fmt;
use std::str::FromStr;

/// What to write for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Open-source Calico.
    Calico(Calico),
    /// Kubernetes' own NetworkPolicy, whoever enforces it.
    Kubernetes,
}

/// Which Calico, and how to write for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Calico {
    /// The version.
    pub version: Version,
    /// How the objects are laid out.
    pub layout: Layout,
    /// Whether they are staged: watched, and not enforced yet.
    pub staged: bool,
}

/// The layout of Calico's objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// One tier, ordered bands: for every version.
    Portable,
    /// Two tiers of their own, before every other: an AND with whatever else is in force.
    Tiers,
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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PathMatching {
    /// Bytes; `prefix` is a plain prefix (to 3.31.5).
    Raw,
    /// Both sides normalised; `prefix` ends at a segment (from 3.31.6).
    Normalised,
}

impl Version {
    /// The oldest Calico that is written for.
    pub const OLDEST: Self = Self { major: 3, minor: 26, patch: None };
    /// The newest Calico whose rules are known; later ones are taken for it, with a warning.
    pub const NEWEST: Self = Self { major: 3, minor: 32, patch: None };

    /// Whether the minor version comes after the newest known one.
    #[must_use]
    pub fn is_newer_than_known(self) -> bool {
        (self.major, self.minor) > (Self::NEWEST.major, Self::NEWEST.minor)
    }

    /// Whether the minor version comes before the oldest one written for.
    #[must_use]
    pub fn is_too_old(self) -> bool {
        (self.major, self.minor) < (Self::OLDEST.major, Self::OLDEST.minor)
    }
}

impl Calico {
    /// A version in the layout that every version takes.
    #[must_use]
    pub fn portable(version: Version) -> Self {
        Self { version, layout: Layout::Portable, staged: false }
    }
}

impl Target {
    /// What says something or cannot, in messages.
    #[must_use]
    pub fn platform(self) -> &'static str {
        match self {
            Self::Calico(_) => "Calico",
            Self::Kubernetes => "NetworkPolicy",
        }
    }
}

impl Default for Target {
    fn default() -> Self {
        Self::Calico(Calico::portable(Version { major: 3, minor: 28, patch: None }))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calico(calico) => write!(f, "calico@{}", calico.version),
            Self::Kubernetes => f.write_str("kubernetes"),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portable => f.write_str("portable"),
            Self::Tiers => f.write_str("tiers"),
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

impl FromStr for Version {
    type Err = ();

    /// `3.28` or `3.28.5`, with or without the `v` of Calico's tags; nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.').map(number);
        let major = parts.next().flatten().ok_or(())?;
        let minor = parts.next().flatten().ok_or(())?;
        let patch = parts.next().map(|part| part.ok_or(())).transpose()?;
        if parts.next().is_some() {
            return Err(());
        }
        Ok(Self { major, minor, patch })
    }
}

/// A part of a version: digits alone, without the sign that `parse` would take.
fn number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl FromStr for Target {
    type Err = String;

    /// Reads `--target`: `kubernetes`, or `calico`, `calico@3.28` or `calico@3.28.5`, in the portable layout. A version
    /// newer than [`Version::NEWEST`] is taken; whoever asked has to warn.
    ///
    /// # Errors
    /// What is wrong and what can be written instead, for the user.
    fn from_str(text: &str) -> Result<Self, String> {
        let (platform, version) = match text.split_once('@') {
            Some((platform, version)) => (platform, Some(version)),
            None => (text, None),
        };
        match platform {
            "calico" => version.map_or_else(|| Ok(Self::default()), calico),
            "kubernetes" if version.is_none() => Ok(Self::Kubernetes),
            "kubernetes" => {
                Err("the target `kubernetes` has no versions: NetworkPolicy is the same in all".to_string())
            }
            "cilium" => Err(format!("the target `{platform}` is not built yet; {}", targets())),
            _ => Err(format!("`{text}` is no target; {}", targets())),
        }
    }
}

/// A version of Calico as the user wrote it.
fn calico(text: &str) -> Result<Target, String> {
    let Ok(version) = text.parse::<Version>() else {
        return Err(format!("`{text}` is no version of Calico; {}", targets()));
    };
    if version.is_too_old() {
        return Err(format!("Calico {version} is older than what is supported; {}", targets()));
    }
    Ok(Target::Calico(Calico::portable(version)))
}

/// What can be asked for.
fn targets() -> String {
    format!(
        "it can be kubernetes, or calico@{} to calico@{}, with or without a patch version",
        Version::OLDEST,
        Version::NEWEST
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_prints() {
        for text in [
            "kubernetes",
            "calico@3.26",
            "calico@3.28",
            "calico@3.28.5",
            "calico@3.32.1",
            "calico@3.40",
            "calico@4.0",
        ] {
            assert_eq!(text.parse::<Target>().map(|target| target.to_string()), Ok(text.to_string()));
        }
        assert_eq!("calico".parse(), Ok(Target::default()));
        assert_eq!(
            "calico@v3.28".parse::<Target>().map(|target| target.to_string()),
            Ok("calico@3.28".to_string())
        );
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            ("calico@3.25", "Calico 3.25 is older"),
            ("calico@2.99.1", "Calico 2.99.1 is older"),
            ("calico@3", "`3` is no version"),
            ("calico@3.28.1.2", "`3.28.1.2` is no version"),
            ("calico@3.+28", "`3.+28` is no version"),
            ("calico@3.28.", "`3.28.` is no version"),
            ("calico@3.99999", "`3.99999` is no version"),
            ("calico@", "`` is no version"),
            ("cilium@1.18", "`cilium` is not built yet"),
            ("Calico@3.28", "`Calico@3.28` is no target"),
            ("", "`` is no target"),
        ];
        for (text, part) in cases {
            let message = text.parse::<Target>().expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
            assert!(
                message.ends_with("calico@3.26 to calico@3.32, with or without a patch version"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_version_is_known_by_its_minor() {
        let version = |text: &str| text.parse::<Version>().expect(text);
        assert!(!version("3.32.9").is_newer_than_known());
        assert!(version("3.33.0").is_newer_than_known());
        assert!(version("3.25.9").is_too_old());
        assert!(!version("3.26.0").is_too_old());
    }
}
