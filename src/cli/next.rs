//! What to run next: the last line that somebody at a terminal reads.

use super::args::RunArgs;
use crate::finding::{Report, Severity};
use crate::report::escape;
use std::io::IsTerminal;
use std::path::Path;

/// What was run.
#[derive(Clone, Copy, Debug)]
pub(super) enum Done<'a> {
    /// `lint`.
    Lint,
    /// `lint --compare`.
    Compare,
    /// `translate` or `diff`.
    Translate,
    /// `verify`.
    Verify {
        /// Whether nothing failed, and nothing is unknown.
        holds: bool,
        /// The directory that was compared, where it was not what would be written.
        against: Option<&'a Path>,
    },
    /// `why`.
    Why,
}

/// The command, as a shell takes it; none where there is nothing to do, or where standard input is gone.
pub(super) fn command(done: Done<'_>, args: &RunArgs, report: &Report) -> Option<String> {
    let gravest = report.findings.iter().find(|reported| reported.finding.severity == Severity::Error);
    let explain = gravest.map(|reported| format!("unmesh explain {}", reported.finding.code.id));
    let piped = args.paths.iter().any(|path| path == Path::new("-"))
        || args.paths.is_empty() && !std::io::stdin().is_terminal();
    let same = |command: &str| (!piped).then(|| of_the_same(command, args));
    match done {
        Done::Why => None,
        Done::Compare => same("diff"),
        Done::Lint | Done::Translate if !report.blocking.is_empty() => explain,
        Done::Lint => explain.or_else(|| same("diff")),
        Done::Translate => same("verify"),
        Done::Verify { holds: false, .. } => explain,
        Done::Verify { holds: true, against: Some(directory) } => {
            Some(format!("kubectl diff -R -f {}", quoted(&directory.display().to_string())))
        }
        Done::Verify { holds: true, against: None } => same("translate -o policies"),
    }
}

/// Another command over the same input with the same target. What else was asked for stays with the user.
fn of_the_same(command: &str, args: &RunArgs) -> String {
    let own = args.target.filter(|_| args.given.said.contains("--target"));
    let target = own.map(|target| format!(" --target {}", target.0));
    let paths: Vec<String> = args.paths.iter().map(|path| quoted(&path.display().to_string())).collect();
    let words = std::iter::once(format!("unmesh {command}{}", target.unwrap_or_default())).chain(paths);
    words.collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+@%,:".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", escape::line(word).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_reach_a_shell_as_they_are() {
        for (word, expected) in [
            ("k8s/prod", "k8s/prod"),
            ("my manifests", "'my manifests'"),
            ("it's", "'it'\\''s'"),
            ("$(id)", "'$(id)'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
