//! Names of files as other programs want them: from the root of the repository, and as URIs.
//!
//! People are shown the name as they gave it, seen from where they stand. A code host knows the
//! repository alone, wherever the program was started in it. Everything here is text: it must not look
//! at the disk.

use crate::source::SourceFile;
use std::fmt::Write;

/// Where the program was started, seen from the root of the repository.
#[derive(Clone, Default, Debug)]
pub struct Paths {
    /// The root, absolute and with `/`; empty where it is not known.
    root: String,
    /// The directories from there to the current one.
    below: Vec<String>,
}

/// A file's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Named {
    /// From the root of the repository.
    Inside(String),
    /// As the user gave it: the file is no part of the repository.
    Outside(String),
}

impl Paths {
    /// The root, absolute and with `/` between its parts, and the directories from it to the current one.
    #[must_use]
    pub fn new(root: &str, below: Vec<String>) -> Self {
        Self { root: root.trim_end_matches('/').to_string(), below }
    }

    /// The name of a file of the run.
    pub(super) fn of(&self, file: &SourceFile) -> Named {
        match file.path {
            Some(_) => self.named(&file.name),
            // Standard input is nowhere.
            None => Named::Inside(file.name.clone()),
        }
    }

    /// A name as output shows it, from the root.
    pub(super) fn named(&self, name: &str) -> Named {
        if is_absolute(name) {
            let rest = name.strip_prefix(&self.root).and_then(|rest| rest.strip_prefix('/'));
            let inside =
                rest.filter(|rest| !self.root.is_empty() && !rest.split('/').any(|part| part == ".."));
            return inside
                .map_or_else(|| Named::Outside(name.to_string()), |rest| Named::Inside(rest.to_string()));
        }
        let mut parts: Vec<&str> = self.below.iter().map(String::as_str).collect();
        for part in name.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Named::Outside(name.to_string());
                    }
                }
                part => parts.push(part),
            }
        }
        Named::Inside(if parts.is_empty() { ".".to_string() } else { parts.join("/") })
    }
}

impl Named {
    /// The name as plain text.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Inside(name) | Self::Outside(name) => name,
        }
    }

    /// The name as a URI reference (RFC 3986).
    pub(super) fn uri(&self) -> String {
        let path = encoded(self.text());
        match self {
            Self::Outside(name) if name.starts_with('/') => format!("file://{path}"),
            Self::Outside(name) if is_absolute(name) => format!("file:///{path}"),
            Self::Inside(_) | Self::Outside(_) => path,
        }
    }
}

/// `/a`, or `C:/a`.
fn is_absolute(name: &str) -> bool {
    let mut letters = name.chars();
    let drive = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic());
    name.starts_with('/') || (drive && letters.as_str().starts_with(":/"))
}

/// Percent-encoded but for `/` and what needs it nowhere. A colon is encoded too: in the first part it
/// would end a scheme.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_at_the_root_of_the_repository() {
        let inside = |name: &str| Named::Inside(name.to_string());
        let outside = |name: &str| Named::Outside(name.to_string());
        let paths = Paths::new("/home/me/repo", vec!["deploy".into(), "base".into()]);
        for (name, expected) in [
            ("web.yaml", inside("deploy/base/web.yaml")),
            ("k/web.yaml", inside("deploy/base/k/web.yaml")),
            ("../web.yaml", inside("deploy/web.yaml")),
            ("../../web.yaml", inside("web.yaml")),
            ("../../../web.yaml", outside("../../../web.yaml")),
            ("../..", inside(".")),
            ("/home/me/repo/k/web.yaml", inside("k/web.yaml")),
            ("/home/me/repository/web.yaml", outside("/home/me/repository/web.yaml")),
            ("/home/me/repo/../x.yaml", outside("/home/me/repo/../x.yaml")),
            ("/etc/web.yaml", outside("/etc/web.yaml")),
            ("C:/web.yaml", outside("C:/web.yaml")),
        ] {
            assert_eq!(paths.named(name), expected, "{name}");
        }
        assert_eq!(Paths::default().named("/web.yaml"), outside("/web.yaml"));
        assert_eq!(Paths::default().named("k/web.yaml"), inside("k/web.yaml"));
        let stdin = SourceFile::new("<stdin>".into(), None, "stdin.yaml".into(), "");
        assert_eq!(paths.of(&stdin), inside("<stdin>"));
    }

    #[test]
    fn uris_hold_any_name() {
        for (named, expected) in [
            (Named::Inside("k/web-1_a.~.yaml".into()), "k/web-1_a.~.yaml"),
            (Named::Inside("my files/a#b?c%d.yaml".into()), "my%20files/a%23b%3Fc%25d.yaml"),
            (Named::Inside("größe/a:b\\c\n.yaml".into()), "gr%C3%B6%C3%9Fe/a%3Ab%5Cc%0A.yaml"),
            (Named::Inside("<stdin>".into()), "%3Cstdin%3E"),
            (Named::Outside("../a b.yaml".into()), "../a%20b.yaml"),
            (Named::Outside("/etc/a b.yaml".into()), "file:///etc/a%20b.yaml"),
            (Named::Outside("C:/a.yaml".into()), "file:///C%3A/a.yaml"),
        ] {
            assert_eq!(named.uri(), expected, "{named:?}");
        }
    }
}
