//! A name for each finding that it keeps while the input around it changes.
//!
//! Code scanning (SARIF), merge requests (GitLab) and a baseline ask the same thing of a finding: is it
//! one that was there before? Lines and columns cannot tell, since anything written above moves them.
//! A fingerprint is made of
//!
//! - the code,
//! - the object by kind, namespace and name; the file's name only where there is no object, so that
//!   an object may move to another file,
//! - the field without the indices of lists, so that an item may be added before it,
//! - the names and values that the message quotes in backticks, without such indices. Its other words are
//!   left out: they change from release to release, and numbers among them count things elsewhere.
//!
//! Findings for which all of this is equal are numbered in the order in which they are reported. If one
//! of three goes, the third number goes, so as a set they tell how many there are. The severity is not
//! part of it: a setting of the user does not make a finding new.
//!
//! Nothing here knows who asks.

use super::Finding;
use crate::source::SourceMap;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many bytes of the hash are kept. Half of SHA-256 is more than enough to tell findings apart, and
/// still nobody can write a manifest whose finding passes for another one.
const BYTES: usize = 16;

/// The fingerprints of all findings of a run, in their order: 32 hexadecimal digits each, no two equal.
///
/// The findings have to stand in the order of the report, the same in every run.
#[must_use]
pub fn fingerprints<'a>(findings: impl IntoIterator<Item = &'a Finding>, sources: &SourceMap) -> Vec<String> {
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut of = |finding| {
        let parts = parts(finding, sources);
        let number = seen.entry(parts.clone()).or_insert(0);
        *number += 1;
        hash(&parts, *number)
    };
    findings.into_iter().map(&mut of).collect()
}

/// What a finding is known by.
fn parts(finding: &Finding, sources: &SourceMap) -> Vec<String> {
    let place = match (&finding.object, finding.span) {
        (Some(object), _) => format!("object {object}"),
        (None, Some(span)) => format!("file {}", sources.file(span.file).name),
        (None, None) => "run".to_string(),
    };
    let field = without_indices(finding.field.as_deref().unwrap_or_default());
    let head = [finding.code.id.to_string(), place, field];
    head.into_iter().chain(quoted(&finding.message).map(without_indices)).collect()
}

/// What stands between backticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

/// `spec.rules[].hosts[]` of `spec.rules[0].hosts[12]`; other keys in brackets stay.
fn without_indices(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('[');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.trim_start_matches(|character: char| character.is_ascii_digit());
        out.push('[');
        out.push_str(if rest.starts_with(']') { rest } else { part });
    }
    out
}

/// Each part with its length before it, so that none can pass for two.
fn hash(parts: &[String], number: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(format!("{}:{part}", part.len()));
    }
    hash.update(format!("#{number}"));
    let digest = hash.finalize();
    digest.iter().take(BYTES).fold(String::with_capacity(BYTES * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::codes::input::{UNREADABLE_FILE, WRONG_VALUE};
    use crate::finding::{Code, Direction, ObjectRef};
    use crate::source::{SourceFile, Span};

    fn sources() -> SourceMap {
        let mut sources = SourceMap::default();
        for name in ["a.yaml", "b.yaml"] {
            sources.add(SourceFile::new(name.into(), None, name.into(), "a: 1\nb: 2\nc: 3\n"));
        }
        sources
    }

    fn object(name: &str) -> ObjectRef {
        ObjectRef { kind: "AuthorizationPolicy".into(), namespace: Some("shop".into()), name: name.into() }
    }

    fn finding(code: &'static Code, message: &str, file: usize, start: usize) -> Finding {
        let id = sources().iter().nth(file).unwrap().0;
        Finding::new(code, Direction::Narrows, message).at(Span::new(id, start, start + 1))
    }

    /// One finding on an object, as a base for what differs.
    fn base() -> Finding {
        finding(&WRONG_VALUE, "the host `*.x` of 3", 0, 0).on(&object("web")).field("spec.rules[0].hosts[1]")
    }

    fn one(finding: &Finding) -> String {
        fingerprints([finding], &sources()).remove(0)
    }

    #[test]
    fn what_moves_leaves_a_fingerprint_alone_and_what_is_meant_does_not() {
        let with = |change: &dyn Fn(&mut Finding)| {
            let mut finding = base();
            change(&mut finding);
            finding
        };
        let moved = finding(&WRONG_VALUE, "the host `*.x` of 3", 1, 5).span;
        for (row, other, same) in [
            ("nothing", base(), true),
            ("another line and file", with(&|f| f.span = moved), true),
            ("an item before it", with(&|f| f.field = Some("spec.rules[12].hosts[0]".into())), true),
            ("words and counts of the message", with(&|f| f.message = "host `*.x`, 4 in all".into()), true),
            ("the severity", with(&|f| f.severity = crate::finding::Severity::Info), true),
            ("help", with(&|f| f.help = Some("do it".into())), true),
            ("the value", with(&|f| f.message = "the host `*.y` of 3".into()), false),
            ("one value more", with(&|f| f.message = "`*.x` `*.x`".into()), false),
            ("the field", with(&|f| f.field = Some("spec.rules[0].notHosts[1]".into())), false),
            ("no field", with(&|f| f.field = None), false),
            ("the object", with(&|f| f.object = Some(object("other"))), false),
            ("no object", with(&|f| f.object = None), false),
            ("the code", with(&|f| f.code = &UNREADABLE_FILE), false),
        ] {
            assert_eq!(one(&base()) == one(&other), same, "{row}");
        }
    }

    #[test]
    fn without_an_object_the_file_counts() {
        let here = finding(&WRONG_VALUE, "x", 0, 0);
        assert_eq!(one(&here), one(&finding(&WRONG_VALUE, "x", 0, 5)));
        assert_ne!(one(&here), one(&finding(&WRONG_VALUE, "x", 1, 0)));
        let run = Finding { span: None, ..here.clone() };
        assert_ne!(one(&here), one(&run));
    }

    #[test]
    fn equal_findings_are_numbered() {
        let (a, b) = (base(), finding(&WRONG_VALUE, "x", 0, 0));
        let three = fingerprints([&a, &b, &a, &a], &sources());
        let two = fingerprints([&a, &a, &b], &sources());
        assert_eq!(three.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_eq!([&three[0], &three[2], &three[1]], [&two[0], &two[1], &two[2]]);
        assert!(three.iter().all(|one| one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit())));
    }

    #[test]
    fn no_name_can_pass_for_two() {
        for (left, right) in [("`ab` `c`", "`a` `bc`"), ("`a` `b`", "`a1:b`"), ("`a`", "`a` ``")] {
            let of = |message| one(&finding(&WRONG_VALUE, message, 0, 0));
            assert_ne!(of(left), of(right), "{left} {right}");
        }
    }

    #[test]
    fn only_indices_leave_brackets() {
        for (text, expected) in [
            ("spec.rules[0].to[12].hosts[3]", "spec.rules[].to[].hosts[]"),
            ("metadata.labels[app.kubernetes.io/name]", "metadata.labels[app.kubernetes.io/name]"),
            ("a[1", "a[1"),
            ("[7][x7][]", "[][x7][]"),
            ("", ""),
        ] {
            assert_eq!(without_indices(text), expected, "{text}");
        }
    }

    /// What a baseline of an older release holds has to be found again: SHA-256 of the parts by hand.
    #[test]
    fn the_hash_is_the_one_that_is_written_down() {
        let finding = Finding::new(&WRONG_VALUE, Direction::Narrows, "`x`");
        // printf '%s' '5:UM0083:run0:1:x#1' | sha256sum
        assert_eq!(one(&finding), "f5b2cef10c8c0e2f02c1eda3e8460b23");
    }
}
