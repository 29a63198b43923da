//! The baseline: findings that were there before, as text that people review.
//!
//! One finding a line, sorted, so that a change to it reads well in a diff. Only the fingerprint counts
//! for the program; code, object, field and message stand there for readers. Which findings may be in it
//! is decided by who takes them.

use super::Finding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The version of this format.
const VERSION: u32 = 1;

/// One finding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// `UM201`.
    pub code: String,
    /// `Kind/namespace/name`.
    pub object: Option<String>,
    /// The field, with the places in lists that it had.
    pub field: Option<String>,
    /// What was wrong.
    pub message: String,
    /// What the finding is found again by: see [`super::fingerprints`].
    pub fingerprint: String,
}

impl Entry {
    /// The line of a finding.
    #[must_use]
    pub fn new(fingerprint: &str, finding: &Finding) -> Self {
        Self {
            code: finding.code.id.to_string(),
            object: finding.object.as_ref().map(ToString::to_string),
            field: finding.field.clone(),
            message: finding.message.clone(),
            fingerprint: fingerprint.to_string(),
        }
    }
}

/// The findings of a baseline.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Baseline {
    prints: BTreeSet<String>,
}

/// The first thing to look at, whatever else a later version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "it was looked at before")]
    version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with the text, to stand behind the file's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Versioned { version } =
            serde_json::from_str(text).map_err(|error| format!("is no baseline of unmesh: {error}"))?;
        if version != VERSION {
            return Err(format!(
                "is a baseline of version {version}, and this unmesh reads version {VERSION}"
            ));
        }
        let File { findings, .. } =
            serde_json::from_str(text).map_err(|error| format!("is no baseline of unmesh: {error}"))?;
        Ok(Self { prints: findings.into_iter().map(|entry| entry.fingerprint).collect() })
    }

    /// Whether a fingerprint is in it.
    pub(super) fn has(&self, print: &str) -> bool {
        self.prints.contains(print)
    }

    /// How many of its fingerprints are none of these.
    pub(super) fn without(&self, prints: &[String]) -> usize {
        let prints: BTreeSet<&String> = prints.iter().collect();
        self.prints.iter().filter(|print| !prints.contains(print)).count()
    }
}

/// The text of a baseline with these findings.
#[must_use]
pub fn render(entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort();
    let lines: Vec<String> = entries.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
    let findings =
        if lines.is_empty() { "[]".to_string() } else { format!("[\n    {}\n  ]", lines.join(",\n    ")) };
    format!("{{\n  \"version\": {VERSION},\n  \"findings\": {findings}\n}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(code: &str, object: &str, fingerprint: &str) -> Entry {
        Entry {
            code: code.into(),
            object: Some(object.into()),
            field: None,
            message: "a \"quoted\"\nword".into(),
            fingerprint: fingerprint.into(),
        }
    }

    #[test]
    fn a_line_for_each_finding_sorted_and_read_again() {
        let text = render(&[entry("UM201", "b", "2"), entry("UM201", "a", "3"), entry("UM102", "c", "1")]);
        let line = |code, object, print| {
            format!(
                r#"    {{"code":"{code}","object":"{object}","field":null,"message":"a \"quoted\"\nword","fingerprint":"{print}"}}"#
            )
        };
        let lines = [line("UM102", "c", "1"), line("UM201", "a", "3"), line("UM201", "b", "2")];
        assert_eq!(
            text,
            format!("{{\n  \"version\": 1,\n  \"findings\": [\n{}\n  ]\n}}\n", lines.join(",\n"))
        );
        let read = Baseline::parse(&text).unwrap();
        assert_eq!((read.has("3"), read.has("4"), read.without(&["3".into(), "4".into()])), (true, false, 2));
        assert_eq!(Baseline::parse(&render(&[])), Ok(Baseline::default()));
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        for (text, word) in [
            ("", "is no baseline of unmesh"),
            ("[]", "is no baseline of unmesh"),
            ("{\"findings\": []}", "is no baseline of unmesh"),
            ("{\"version\": 1}", "is no baseline of unmesh"),
            ("{\"version\": 1, \"findings\": [{}]}", "is no baseline of unmesh"),
            ("{\"version\": 1, \"findings\": [], \"more\": 1}", "is no baseline of unmesh"),
            (
                "{\"version\": 2, \"findings\": {}}",
                "is a baseline of version 2, and this unmesh reads version 1",
            ),
        ] {
            let refused = Baseline::parse(text).unwrap_err();
            assert!(refused.starts_with(word), "{text}: {refused}");
        }
    }
}
