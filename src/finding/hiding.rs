//! What hides findings beside severities: comments in the input, a baseline, and the wish to see those
//! of some files only. In this order, so that each finding is counted under one reason.

use super::baseline::{Baseline, Entry};
use super::suppression::Suppressions;
use super::{Finding, Report, Reported, fingerprints};
use crate::source::{FileId, SourceMap};
use std::collections::BTreeSet;

/// What is to be hidden.
#[derive(Clone, Copy, Default, Debug)]
pub struct Hiding<'a> {
    /// The comments of the input.
    pub comments: Option<&'a Suppressions>,
    /// What was there before.
    pub known: Known<'a>,
    /// The files whose findings are shown, with those that speak of them and those without a place;
    /// `None` for all files.
    pub files: Option<&'a BTreeSet<FileId>>,
    /// Whether the run has other findings than these: nobody can tell then that a comment or a line
    /// of the baseline has none.
    pub partial: bool,
}

/// Findings that were there before.
#[derive(Clone, Copy, Default, Debug)]
pub enum Known<'a> {
    /// None.
    #[default]
    Nothing,
    /// Those of a baseline.
    These(&'a Baseline),
    /// All that a baseline can hold: this run makes a new one.
    All,
}

/// Why a finding is not shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    Severity,
    Comment,
    Baseline,
    OtherFile,
}

/// How many findings are not shown, and of the baseline what is left over.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Hidden {
    /// Switched off by a severity setting.
    pub severity: usize,
    /// Suppressed by comments.
    pub comments: usize,
    /// In the baseline.
    pub baseline: usize,
    /// In files that nobody asked for.
    pub other_files: usize,
    /// Lines of the baseline of which nothing was found.
    pub gone: usize,
    /// Lines of the baseline whose findings are shown, since they cannot be hidden.
    pub refused: usize,
}

impl Hidden {
    pub(super) fn count(&mut self, by: By) {
        *match by {
            By::Severity => &mut self.severity,
            By::Comment => &mut self.comments,
            By::Baseline => &mut self.baseline,
            By::OtherFile => &mut self.other_files,
        } += 1;
    }
}

impl<'a> Hiding<'a> {
    /// What there is to say of the comments.
    pub(super) fn said(&self, findings: &[Finding]) -> Vec<Finding> {
        self.comments.map(|comments| comments.said(findings, !self.partial)).unwrap_or_default()
    }

    /// Begins with all findings of a run, in their order.
    pub(super) fn begin(&'a self, findings: &[Finding], sources: &SourceMap) -> Work<'a> {
        let prints = match self.known {
            Known::Nothing => Vec::new(),
            Known::These(_) | Known::All => fingerprints(findings, sources),
        };
        // Whatever else hides a finding, it is still there.
        let gone = match self.known {
            Known::These(baseline) if !self.partial => baseline.without(&prints),
            Known::These(_) | Known::Nothing | Known::All => 0,
        };
        Work { hiding: self, prints, gone, refused: 0, recorded: Vec::new() }
    }
}

/// Hiding at work, finding by finding.
pub(super) struct Work<'a> {
    hiding: &'a Hiding<'a>,
    /// By the place of the finding; empty without a baseline.
    prints: Vec<String>,
    /// How many lines of the baseline have no finding.
    gone: usize,
    refused: usize,
    recorded: Vec<Entry>,
}

impl Work<'_> {
    /// Why the finding at this place is not shown, if it is not.
    pub(super) fn hides(&mut self, at: usize, reported: &Reported) -> Option<By> {
        let finding = &reported.finding;
        if self.hiding.comments.is_some_and(|comments| comments.hides(finding)) {
            return Some(By::Comment);
        }
        if self.is_known(at, finding) {
            return Some(By::Baseline);
        }
        let files = self.hiding.files?;
        let places = finding.span.iter().chain(finding.related.iter().map(|related| &related.span));
        let elsewhere = finding.span.is_some() && !places.into_iter().any(|span| files.contains(&span.file));
        elsewhere.then_some(By::OtherFile)
    }

    fn is_known(&mut self, at: usize, finding: &Finding) -> bool {
        let Some(print) = self.prints.get(at) else { return false };
        match self.hiding.known {
            Known::Nothing => false,
            Known::These(baseline) => {
                let listed = baseline.has(print);
                self.refused += usize::from(listed && !finding.can_be_hidden());
                listed && finding.can_be_hidden()
            }
            Known::All => {
                let hidden = finding.can_be_hidden();
                if hidden {
                    self.recorded.push(Entry::new(print, finding));
                }
                hidden
            }
        }
    }

    /// Ends with what is left over.
    pub(super) fn end(self, report: &mut Report) {
        let Self { hiding, prints: _, gone, refused, recorded } = self;
        report.hidden_by.gone = gone;
        report.hidden_by.refused = refused;
        report.recorded = recorded;
        if let Some(files) = hiding.files {
            let here = |finding: &Finding| finding.span.is_none_or(|span| files.contains(&span.file));
            report.blocking.retain(here);
        }
    }
}
