//! Patterns of paths, as a `.gitignore` has them, relative to one directory.
//!
//! They never take anything back: what `!` does there depends on the order, and a reader of an
//! acceptance must not have to know it.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::Path;

/// Some patterns; a path matches where one of them matches it, or a directory that it is in.
#[derive(Clone, Debug)]
pub struct Globs {
    patterns: Vec<String>,
    matcher: Gitignore,
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for Globs {}

impl Default for Globs {
    fn default() -> Self {
        Self { patterns: Vec::new(), matcher: Gitignore::empty() }
    }
}

impl Globs {
    /// Reads patterns.
    ///
    /// # Errors
    /// Which pattern is none, by its place, and why.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, (usize, String)> {
        // The patterns are relative, and so is what is asked: no directory of this machine is in it.
        let mut builder = GitignoreBuilder::new("");
        for (index, pattern) in patterns.iter().map(AsRef::as_ref).enumerate() {
            objection(pattern).map_or(Ok(()), |why| Err((index, why)))?;
            let added = builder.add_line(None, &as_line(pattern));
            added.map_err(|error| (index, format!("`{pattern}` is no pattern: {}", reason(&error))))?;
        }
        let matcher = builder.build().map_err(|error| (0, reason(&error)))?;
        let patterns = patterns.iter().map(|pattern| pattern.as_ref().to_string()).collect();
        Ok(Self { patterns, matcher })
    }

    /// As they were written.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether there are none, which match nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether a pattern matches a file, or a directory that it is in; `path` is relative to the
    /// directory of the patterns.
    #[must_use]
    pub fn matches(&self, path: &Path) -> bool {
        self.matches_below(path, Path::new(""))
    }

    /// The same, but for patterns that match `root`, or a directory that it is in: whoever names that
    /// directory means what is in it.
    #[must_use]
    pub fn matches_below(&self, path: &Path, root: &Path) -> bool {
        let levels = path.ancestors().take_while(|level| *level != root && !level.as_os_str().is_empty());
        levels.enumerate().any(|(up, level)| self.matcher.matched(level, up > 0).is_ignore())
    }
}

/// Why a text is no pattern of ours though `.gitignore` takes the line.
fn objection(pattern: &str) -> Option<String> {
    if pattern.trim().is_empty() {
        return Some("a pattern is empty: it would match nothing".to_string());
    }
    if pattern.starts_with('!') {
        return Some(format!("`{pattern}` would take back other patterns; name what is meant"));
    }
    if pattern.trim_matches('/').is_empty() {
        return Some(format!("`{pattern}` matches nothing; `/**` is everything"));
    }
    if pattern.starts_with("./") || pattern.split('/').any(|part| part == "..") {
        let beside = "patterns are relative to the directory of this file, without `./` and `..`";
        return Some(format!("`{pattern}` matches nothing: {beside}"));
    }
    if pattern.contains(['\n', '\r', '\0']) || pattern.trim() != pattern {
        return Some(format!("`{}` begins or ends in white space, or has several lines", pattern.trim()));
    }
    (pattern.contains('\\')).then(|| format!("`{pattern}` has a `\\`; directories are parted by `/`"))
}

/// The pattern as a line of `.gitignore`. A directory with `/**` behind it is that directory, so that
/// both ways of writing it mean the same.
fn as_line(pattern: &str) -> String {
    let line = match pattern.strip_suffix("/**").filter(|directory| !directory.trim_matches('/').is_empty()) {
        Some(directory) if directory.starts_with('/') || directory.starts_with("**/") => {
            format!("{directory}/")
        }
        Some(directory) => format!("/{directory}/"),
        None => pattern.to_string(),
    };
    if line.starts_with('#') { format!("\\{line}") } else { line }
}

fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_gitignore() {
        for (pattern, path, matches) in [
            ("legacy", "legacy/a.yaml", true),
            ("legacy", "shop/legacy/b/a.yaml", true),
            ("/legacy", "shop/legacy/a.yaml", false),
            ("legacy/", "legacy", false),
            ("legacy/**", "legacy/b/a.yaml", true),
            ("legacy/**", "shop/legacy/a.yaml", false),
            ("**/legacy/**", "shop/legacy/a.yaml", true),
            ("*.json", "shop/a.json", true),
            ("shop/*.json", "shop/a.json", true),
            ("shop/*.json", "b/shop/a.json", false),
            ("shop/*.json", "shop/b/a.json", false),
            ("a?.yaml", "ab.yaml", true),
            ("#a.yaml", "#a.yaml", true),
            ("[ab].yaml", "b.yaml", true),
            ("*", "any/thing.yaml", true),
            ("**", "any/thing.yaml", true),
            ("/**", "any/thing.yaml", true),
            ("/*", "any/thing.yaml", true),
        ] {
            let globs = Globs::new(&[pattern]).unwrap();
            assert_eq!(globs.matches(Path::new(path)), matches, "{pattern} {path}");
        }
        assert!(!Globs::default().matches(Path::new("a.yaml")));
    }

    #[test]
    fn a_directory_that_is_named_is_not_asked_about() {
        for (pattern, matches) in
            [("legacy", false), ("legacy/**", false), ("a.yaml", true), ("legacy/b", true), ("b/", true)]
        {
            let globs = Globs::new(&[pattern]).unwrap();
            let found = globs.matches_below(Path::new("legacy/b/a.yaml"), Path::new("legacy"));
            assert_eq!(found, matches, "{pattern}");
        }
    }

    #[test]
    fn what_would_match_nothing_or_surprise_is_refused() {
        for (pattern, word) in [
            ("", "empty"),
            (" ", "empty"),
            ("!a", "take back"),
            ("../a", "matches nothing"),
            ("./a", "matches nothing"),
            ("a ", "white space"),
            ("a\\b", "`/`"),
            ("{a", "no pattern"),
            ("/", "matches nothing"),
            ("//", "matches nothing"),
        ] {
            let (index, why) = Globs::new(&["b", pattern]).unwrap_err();
            assert!(index == 1 && why.contains(word), "{pattern}: {why}");
        }
    }
}
