//! What a run read, counted: the same numbers for people and for machines.

use super::{escape, hidden};
use crate::finding::{Hidden, Report};
use crate::manifest::Manifest;
use crate::source::{Skip, SourceMap};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Lines about what was skipped, unless each is named.
const MOST_REASONS: usize = 10;

/// Counts of a run; nothing that was passed over is left out.
#[derive(Serialize, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Documents in them, empty ones left out.
    pub documents: usize,
    /// Objects read, by kind.
    pub resources: BTreeMap<String, usize>,
    /// Files and documents that were not read.
    pub skipped: Vec<Skipped>,
    /// Errors shown.
    pub errors: usize,
    /// Warnings shown.
    pub warnings: usize,
    /// Infos shown.
    pub infos: usize,
    /// Findings that are not shown.
    pub hidden: usize,
    /// The same by reason.
    #[serde(skip)]
    pub hidden_by: Hidden,
}

/// A file or document that was not read.
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Skipped {
    /// The file.
    pub file: String,
    /// Where the document begins; `None` for a whole file.
    pub line: Option<usize>,
    /// Its kind, where it says one.
    pub kind: Option<String>,
    /// Why.
    pub why: String,
}

impl Summary {
    /// Counts a run.
    #[must_use]
    pub fn new(sources: &SourceMap, skips: &[Skip], manifest: &Manifest, report: &Report) -> Self {
        let mut resources = BTreeMap::new();
        for object in &manifest.objects {
            *resources.entry(object.reference.kind.clone()).or_insert(0) += 1;
        }
        let files = skips.iter().map(|skip| Skipped {
            file: skip.name.clone(),
            line: None,
            kind: None,
            why: skip.why.clone(),
        });
        let documents = manifest.skipped.iter().map(|skipped| {
            let file = sources.file(skipped.span.file);
            Skipped {
                file: file.name.clone(),
                line: Some(file.position(skipped.span.start).line),
                kind: skipped.kind.clone(),
                why: skipped.why.clone(),
            }
        });
        let mut skipped: Vec<Skipped> = files.chain(documents).collect();
        skipped.sort();
        Self {
            files: sources.files().len(),
            documents: manifest.documents,
            resources,
            skipped,
            errors: report.errors,
            warnings: report.warnings,
            infos: report.infos,
            hidden: report.hidden,
            hidden_by: report.hidden_by,
        }
    }

    /// The last lines of what people see; `each` names every skipped document.
    #[must_use]
    pub fn for_people(&self, each: bool) -> String {
        let mut out = format!("read {}, {}", count(self.files, "file"), count(self.documents, "document"));
        if self.documents == 0 {
            out.push_str(": nothing to do");
        }
        let kinds: Vec<String> =
            self.resources.iter().map(|(kind, n)| format!("{n} {}", escape::line(kind))).collect();
        if !kinds.is_empty() {
            out.push_str(": ");
            out.push_str(&kinds.join(", "));
        }
        out.push('\n');
        self.skipped_for_people(&mut out, each);
        let counts =
            [count(self.errors, "error"), count(self.warnings, "warning"), count(self.infos, "info")]
                .join(", ");
        out.push_str(&counts);
        out.push_str(&hidden::reasons(&self.hidden_by));
        out.push('\n');
        out.push_str(&hidden::of_baseline(&self.hidden_by));
        out
    }

    fn skipped_for_people(&self, out: &mut String, each: bool) {
        let mut reasons: BTreeMap<(Option<&str>, &str), usize> = BTreeMap::new();
        for skipped in &self.skipped {
            *reasons.entry((skipped.kind.as_deref(), skipped.why.as_str())).or_insert(0) += 1;
        }
        // Writing to a String cannot fail.
        for ((kind, why), n) in reasons.iter().take(MOST_REASONS) {
            let kind = kind.map(|kind| format!(" {}", escape::line(kind))).unwrap_or_default();
            let _ = writeln!(out, "skipped {n}{kind}: {}", escape::line(why));
        }
        let more: usize = reasons.values().skip(MOST_REASONS).sum();
        if more > 0 {
            let _ = writeln!(out, "skipped {more} more; `-v` names each");
        }
        for skipped in self.skipped.iter().filter(|_| each) {
            let line = skipped.line.map(|line| format!(":{line}")).unwrap_or_default();
            let (file, why) = (escape::line(&skipped.file), escape::line(&skipped.why));
            let _ = writeln!(out, "  {file}{line}: {why}");
        }
    }
}

/// `1 file`, `2 files`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_read_skipped_and_found() {
        let skipped = |line, kind: &str, why: &str| Skipped {
            file: "a.yaml".into(),
            line: Some(line),
            kind: Some(kind.into()),
            why: why.into(),
        };
        let summary = Summary {
            files: 1,
            documents: 4,
            resources: BTreeMap::from([("Service".into(), 1), ("AuthorizationPolicy".into(), 2)]),
            skipped: vec![skipped(3, "Foo", "no use for it"), skipped(9, "Foo", "no use for it")],
            errors: 1,
            warnings: 0,
            infos: 2,
            hidden: 3,
            hidden_by: Hidden { severity: 3, ..Hidden::default() },
        };
        assert_eq!(
            summary.for_people(false),
            "read 1 file, 4 documents: 2 AuthorizationPolicy, 1 Service\n\
             skipped 2 Foo: no use for it\n\
             1 error, 0 warnings, 2 infos; 3 hidden by severity settings\n"
        );
        let many = (0..15).map(|n| skipped(n, "Foo", &format!("reason {n:02}"))).collect();
        let many = Summary {
            skipped: many,
            files: 1,
            documents: 15,
            resources: BTreeMap::new(),
            errors: 0,
            warnings: 0,
            infos: 0,
            hidden: 0,
            hidden_by: Hidden::default(),
        }
        .for_people(false);
        assert!(many.contains("skipped 1 Foo: reason 09\nskipped 5 more; `-v` names each\n"), "{many}");
        let each = summary.for_people(true);
        assert!(each.contains("  a.yaml:3: no use for it\n  a.yaml:9: no use for it\n"), "{each}");
    }
}
