//! Changes as a unified diff that `git apply` and `patch -p1` accept from the current directory.
//!
//! The headers are the traditional ones (`---`, `+++`) without a `diff --git` line: git takes such
//! names from the current directory, and those of `diff --git` from the top of the repository.

mod edit;
mod flow;
mod item;
pub mod placement;

use similar::udiff::UnifiedHunkHeader;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write;

/// One file before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileChange {
    /// Its path from the current directory, with `/`.
    pub name: String,
    /// What is there; `None` for a new file.
    pub old: Option<String>,
    /// What is to be there; `None` for a file that goes.
    pub new: Option<String>,
}

/// The patch; files whose text stays give nothing. The order is that of `changes`.
#[must_use]
pub fn unified(changes: &[FileChange]) -> String {
    let mut out = String::new();
    for change in changes.iter().filter(|change| change.old != change.new) {
        let (old, new) = (change.old.as_deref(), change.new.as_deref());
        let from = old.map_or_else(|| "/dev/null".to_string(), |_| quoted(&format!("a/{}", change.name)));
        let to = new.map_or_else(|| "/dev/null".to_string(), |_| quoted(&format!("b/{}", change.name)));
        // Writing to a String cannot fail.
        let _ = write!(out, "--- {from}\n+++ {to}\n");
        hunks(&mut out, &lines(old), &lines(new));
    }
    out
}

/// The hunks, with three lines around each change. Written here, since similar takes a carriage
/// return for the end of a line, and git and patch do not.
fn hunks(out: &mut String, old: &[&str], new: &[&str]) {
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(old, new);
    for group in diff.grouped_ops(3) {
        let _ = writeln!(out, "{}", UnifiedHunkHeader::new(&group));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            out.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            out.push_str(change.value());
            if !change.value().ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
}

/// Lines with their ends: line feeds alone, as git and patch see them.
fn lines(text: Option<&str>) -> Vec<&str> {
    text.unwrap_or_default().split_inclusive('\n').collect()
}

/// A name as git writes it: in quotes with C escapes where it holds quotes, backslashes, control
/// characters or anything but ASCII; with a tab behind where it holds spaces, so that patch knows
/// where it ends.
fn quoted(name: &str) -> String {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if name.bytes().all(plain) {
        let end = if name.contains(' ') { "\t" } else { "" };
        return format!("{name}{end}");
    }
    let mut out = String::from("\"");
    for byte in name.bytes() {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            other if plain(other) => out.push(char::from(other)),
            other => {
                let _ = write!(out, "\\{other:03o}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(old: Option<&str>, new: Option<&str>) -> String {
        unified(&[FileChange {
            name: "k/a.yaml".into(),
            old: old.map(str::to_string),
            new: new.map(str::to_string),
        }])
    }

    #[test]
    fn writes_what_git_and_patch_read() {
        assert_eq!(change(Some("a\n"), Some("a\n")), "");
        assert_eq!(
            change(Some("a\nb\n"), Some("a\nb\nc\n")),
            "--- a/k/a.yaml\n+++ b/k/a.yaml\n@@ -1,2 +1,3 @@\n a\n b\n+c\n"
        );
        assert_eq!(change(None, Some("a\n")), "--- /dev/null\n+++ b/k/a.yaml\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(change(Some("a\n"), None), "--- a/k/a.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
    }

    #[test]
    fn a_missing_last_newline_is_marked_on_its_line() {
        assert_eq!(
            change(Some("a"), Some("a\nb")),
            "--- a/k/a.yaml\n+++ b/k/a.yaml\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\
             \\ No newline at end of file\n"
        );
    }

    #[test]
    fn only_line_feeds_end_lines() {
        assert_eq!(
            change(Some("a\r"), Some("b\r")),
            "--- a/k/a.yaml\n+++ b/k/a.yaml\n@@ -1 +1 @@\n-a\r\n\\ No newline at end of file\n+b\r\n\
             \\ No newline at end of file\n"
        );
        assert_eq!(
            change(Some("a\r\nx\ry\n"), Some("a\r\nx\ry\nb\r\n")),
            "--- a/k/a.yaml\n+++ b/k/a.yaml\n@@ -1,2 +1,3 @@\n a\r\n x\ry\n+b\r\n"
        );
    }

    /// Expected values from `git diff` of files with such names.
    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        for (name, expected) in [
            ("a/plain.yaml", "a/plain.yaml"),
            ("a/with space.yaml", "a/with space.yaml\t"),
            ("a/qu\"ote.yaml", "\"a/qu\\\"ote.yaml\""),
            ("a/back\\slash", "\"a/back\\\\slash\""),
            ("a/ü.yaml", "\"a/\\303\\274.yaml\""),
            ("a/tab\there", "\"a/tab\\there\""),
        ] {
            assert_eq!(quoted(name), expected);
        }
    }
}
