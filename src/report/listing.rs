//! What the formats for other programs have in common: a run's findings, how it ended, and where each
//! finding is shown.
//!
//! Formats take a [`Listing`] and give text. Every one shows that a run fails, be it by a finding or by
//! what the command itself says (the verdict of `verify`, files that `--check` found to differ): a
//! reader of the file must not see less than a reader of the exit status.

use super::paths::{Named, Paths};
use super::summary::{Summary, count};
use crate::finding::{Finding, Report, Reported, Severity, fingerprints};
use crate::source::{Position, SourceFile, SourceMap, Span};

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Status 0.
    Passed,
    /// Status 1.
    Failed,
    /// Status 2: the findings are there, and something could not be written.
    Broken,
    /// Status 3: nothing fails, and something cannot be decided.
    Undecided,
}

/// A run, as formats for other programs take it.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    /// `lint`, `translate`, `diff` or `verify`.
    pub command: &'static str,
    /// What was found.
    pub report: &'a Report,
    /// The files, and what was made on the way.
    pub sources: &'a SourceMap,
    /// What was read.
    pub summary: &'a Summary,
    /// As `calico@3.28`; `None` where the run is about all targets.
    pub target: Option<&'a str>,
    /// How files are named.
    pub paths: &'a Paths,
    /// How the run ended.
    pub end: End,
    /// What the command says beside its findings, on one line.
    pub verdict: Option<&'a str>,
    /// What it answers people at length.
    pub answer: Option<&'a str>,
    /// Whether a finding makes the run fail.
    pub fails: &'a dyn Fn(&Finding) -> bool,
}

/// Where a finding stands in a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The file.
    pub(super) file: &'a SourceFile,
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte that is no line break, never before `start`.
    pub(super) end: u32,
}

impl<'a> Listing<'a> {
    /// Where a span is in the input. What was made on the way stands in no file that a reader has.
    pub(super) fn place(&self, span: Option<Span>) -> Option<Place<'a>> {
        let span = span?;
        let file = self.sources.file(span.file);
        if !self.is_of_input(file, span.file.index()) {
            return None;
        }
        let text = self.sources.text(span).trim_end_matches(['\n', '\r']);
        let length = u32::try_from(text.len()).unwrap_or(0);
        Some(Place { file, start: span.start, end: span.start + length })
    }

    fn is_of_input(&self, file: &SourceFile, index: usize) -> bool {
        file.path.is_some() || index < self.summary.files
    }

    /// The files of the input that were read.
    pub(super) fn files(&self) -> impl Iterator<Item = &'a SourceFile> {
        self.sources.files().iter().take(self.summary.files)
    }

    /// The file that stands in for the place of what has none: the first one read, or else the first
    /// one that was not. Code hosts show nothing that has no file.
    pub(super) fn stand_in(&self) -> Named {
        let read = self.files().next().map(|file| self.paths.of(file));
        let skipped = || self.summary.skipped.first().map(|skipped| self.paths.named(&skipped.file));
        read.or_else(skipped).unwrap_or_else(|| Named::Inside(".".to_string()))
    }

    /// The findings with their fingerprints, in the order of the report.
    pub(super) fn findings(&self) -> Vec<(&'a Reported, String)> {
        let found = &self.report.findings;
        let names = fingerprints(found.iter().map(|reported| &reported.finding), self.sources);
        found.iter().zip(names).collect()
    }

    /// What the command says of a run that does not pass.
    pub(super) fn objection(&self) -> Option<&'a str> {
        self.verdict.filter(|_| self.end != End::Passed)
    }

    /// How grave that is.
    pub(super) fn objection_severity(&self) -> Severity {
        match self.end {
            End::Failed | End::Broken => Severity::Error,
            End::Undecided => Severity::Warning,
            End::Passed => Severity::Info,
        }
    }

    /// `2 errors, 1 warning, 0 infos`, and what is hidden.
    pub(super) fn counts(&self) -> String {
        let Summary { errors, warnings, infos, hidden, .. } = *self.summary;
        let counts = [count(errors, "error"), count(warnings, "warning"), count(infos, "info")].join(", ");
        if hidden == 0 { counts } else { format!("{counts}, {hidden} hidden") }
    }
}

impl Place<'_> {
    /// Line and column of its first character.
    pub(super) fn first(&self) -> Position {
        self.file.position(self.start)
    }

    /// Line and column behind its last character.
    pub(super) fn last(&self) -> Position {
        self.file.position(self.end)
    }
}

/// Findings by severity, the gravest first, otherwise in their order.
pub(super) fn gravest_first<T>(findings: &mut [T], severity: impl Fn(&T) -> Severity) {
    findings.sort_by_key(|finding| std::cmp::Reverse(severity(finding)));
}

/// `UM201 host-match (narrows, accepted)`.
pub(super) fn title(reported: &Reported) -> String {
    let Finding { code, direction, .. } = &reported.finding;
    let direction = Some(direction.word()).filter(|word| *word != "none");
    let accepted = reported.accepted.as_ref().map(|_| "accepted");
    let notes: Vec<&str> = direction.into_iter().chain(accepted).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("{} {}{notes}", code.id, code.name)
}

/// The message, with the object where the message does not name it.
pub(super) fn message(finding: &Finding) -> String {
    let message = &finding.message;
    match finding.object.as_ref().filter(|object| !message.contains(&object.name)) {
        Some(object) => format!("{message} (in `{object}`)"),
        None => message.clone(),
    }
}

/// The page of a code, where a browser finds that of this release.
pub(super) fn page_url(code: &crate::finding::Code) -> String {
    format!("{}/blob/v{}/{}", env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"), code.url())
}
