//! Suppressions: comments in the input that hide findings, each with a reason.
//!
//! A comment changes what is shown, and never what is written or what keeps output back. What widens
//! cannot be hidden by one. A comment that does nothing is a finding itself. Where comments stand and which
//! text they reach was found out before: nothing here knows YAML.

mod parse;

pub use parse::WORD;

use super::codes::input::{
    MALFORMED_SUPPRESSION, SUPPRESSION_REFUSED, SUPPRESSION_WITHOUT_REASON, UNUSED_SUPPRESSION,
};
use super::{Code, Direction, Family, Finding, Severity};
use crate::source::{FileId, SourceMap, Span};
use parse::{Mistake, Said, parse};
use std::collections::BTreeMap;
use std::ops::Range;

/// What a comment reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Area {
    /// All that begins in a document.
    Document(Span),
    /// All that begins on a line.
    Line(Span),
    /// Nothing, and why: `` `why`, so that it does nothing``.
    Nothing(&'static str),
}

/// One code that one comment hides.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Suppression {
    code: &'static Code,
    /// The code's bytes in the comment.
    place: Span,
    area: Area,
}

/// All suppressions of a run.
#[derive(Clone, Default, Debug)]
pub struct Suppressions {
    /// By file, since large inputs have many of them and many findings.
    by_file: BTreeMap<FileId, Vec<Suppression>>,
    /// What is wrong with comments, whatever else is found.
    findings: Vec<Finding>,
}

/// The codes of findings about comments: nothing is lost where one of them is found.
pub(super) const ABOUT: [&Code; 4] =
    [&UNUSED_SUPPRESSION, &SUPPRESSION_WITHOUT_REASON, &SUPPRESSION_REFUSED, &MALFORMED_SUPPRESSION];

impl Suppressions {
    /// Takes a comment that begins with [`WORD`].
    pub fn add(&mut self, comment: Span, area: Area, sources: &SourceMap) {
        let within = |range: Range<usize>| {
            let start = comment.start as usize;
            Span::new(comment.file, start + range.start, start + range.end)
        };
        let Said { codes, mistakes, reason, place } = match parse(sources.text(comment)) {
            None => return,
            Some(Err(mistake)) => {
                self.findings.push(malformed(mistake, within));
                return;
            }
            Some(Ok(said)) => said,
        };
        self.findings.extend(mistakes.into_iter().map(|mistake| malformed(mistake, within)));
        if codes.is_empty() {
            return;
        }
        if let Area::Nothing(why) = area {
            let message = format!("{why}, so that this comment does nothing");
            let help =
                "write it above the line that it is about, at that line's end, or below `---` for a document";
            self.findings.push(of_comment(&UNUSED_SUPPRESSION, message, comment).help(help));
            return;
        }
        if reason.is_none() {
            let message = "a suppression without a reason does nothing";
            let help = "say why behind a colon: `# unmesh: allow(CODE): reason`";
            self.findings.push(of_comment(&SUPPRESSION_WITHOUT_REASON, message, within(place)).help(help));
            return;
        }
        let suppression = |(code, place)| Suppression { code, place: within(place), area };
        self.by_file.entry(comment.file).or_default().extend(codes.into_iter().map(suppression));
    }

    /// Whether a comment hides a finding.
    #[must_use]
    pub(super) fn hides(&self, finding: &Finding) -> bool {
        let here = finding.span.and_then(|span| self.by_file.get(&span.file));
        finding.can_be_hidden() && here.is_some_and(|list| list.iter().any(|one| one.covers(finding)))
    }

    /// What there is to say of the comments; `all` says that these are all findings of a run, so that
    /// a comment without one of them has none.
    pub(super) fn said(&self, findings: &[Finding], all: bool) -> Vec<Finding> {
        let mut said = self.findings.clone();
        for (file, list) in &self.by_file {
            let in_file = |finding: &&Finding| finding.span.is_some_and(|span| span.file == *file);
            let here: Vec<&Finding> = findings.iter().filter(in_file).collect();
            said.extend(list.iter().filter_map(|one| one.said(&here, all)));
        }
        said
    }
}

impl Suppression {
    /// What there is to say of it, among the findings of its file.
    fn said(&self, findings: &[&Finding], all: bool) -> Option<Finding> {
        let mut covered = findings.iter().filter(|finding| self.covers(finding)).peekable();
        if covered.peek().is_none() {
            return all.then(|| self.unused(findings));
        }
        covered.find(|finding| !finding.can_be_hidden()).map(|finding| self.refused(finding))
    }

    fn covers(&self, finding: &Finding) -> bool {
        let (Area::Document(area) | Area::Line(area)) = self.area else { return false };
        let begins = |span: Span| span.file == area.file && area.start <= span.start && span.start < area.end;
        finding.code.id == self.code.id && finding.span.is_some_and(begins)
    }

    fn unused(&self, findings: &[&Finding]) -> Finding {
        let name = self.code.name;
        let place = if matches!(self.area, Area::Document(_)) { "in this document" } else { "on that line" };
        let message = format!("`{name}` is suppressed, and nothing of it was found {place}");
        let distance = |span: &Span| span.start.abs_diff(self.place.start);
        let others = findings.iter().filter(|finding| finding.code.id == self.code.id);
        let others = others.filter_map(|finding| finding.span);
        let found = of_comment(&UNUSED_SUPPRESSION, message, self.place);
        match others.min_by_key(distance) {
            Some(near) => found
                .help("delete the comment, or write it above the line where the finding stands")
                .related(format!("`{name}` stands here"), near),
            None => found.help("delete the comment, or the code in it"),
        }
    }

    fn refused(&self, finding: &Finding) -> Finding {
        let name = finding.code.name;
        let (message, help) = if finding.code.family() == Family::Verification {
            (
                format!("`{name}` is part of the answer: a comment cannot hide it"),
                "delete the comment".to_string(),
            )
        } else {
            let object = finding.object.as_ref().map(|object| format!("@{object}")).unwrap_or_default();
            (
                format!("`{name}` widens here: a comment cannot hide that, it has to be accepted"),
                format!(
                    "accept it by `--accept {name}{object}` or in `unmesh.toml` if it may be so, and delete the comment"
                ),
            )
        };
        let refused = of_comment(&SUPPRESSION_REFUSED, message, self.place).help(help);
        match finding.span {
            Some(span) => refused.related(format!("`{name}` stands here"), span),
            None => refused,
        }
    }
}

impl Finding {
    /// Whether a comment or a baseline can hide it. What widens, what keeps output back, and what the
    /// checker answers is always shown: it can be accepted, or mended.
    #[must_use]
    pub fn can_be_hidden(&self) -> bool {
        self.direction != Direction::Widens && !self.code.blocks && self.code.family() != Family::Verification
    }
}

fn of_comment(code: &'static Code, message: impl Into<String>, place: Span) -> Finding {
    Finding::new(code, Direction::None, message).severity(Severity::Warning).at(place)
}

fn malformed(mistake: Mistake, within: impl Fn(Range<usize>) -> Span) -> Finding {
    let Mistake { place, message, help } = mistake;
    of_comment(&MALFORMED_SUPPRESSION, message, within(place)).help(help)
}
