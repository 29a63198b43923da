//! Findings for people: source excerpts with the exact text underlined.
//!
//! miette draws; what it draws is decided here. The rest of the program does not know it.

use super::excerpt::Excerpt;
use super::fold::{self, Group};
use super::frame::{Shown, handler};
use super::summary::Summary;
use super::{escape, summary};
use crate::finding::{Direction, Finding, Related, Report, Reported, Severity};
use crate::source::SourceMap;
use miette::GraphicalReportHandler;
use std::collections::BTreeSet;
use std::fmt::Write;

/// How findings are to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// With colours.
    pub color: bool,
    /// With box-drawing characters; without, plain ASCII.
    pub unicode: bool,
    /// How much.
    pub detail: Detail,
    /// Each finding, be it the hundredth of its code.
    pub all: bool,
    /// Columns that messages are wrapped to.
    pub width: usize,
    /// Characters of a line of source that are shown at most.
    pub source: usize,
}

impl Look {
    /// Columns that messages are wrapped to where no terminal says otherwise: files and pipes get the same everywhere.
    const WIDTH: usize = 100;
    /// The least: below it nothing can be read.
    const NARROWEST: usize = 40;
    /// Characters of source where there is room.
    const SOURCE: usize = 120;
    /// What stands beside a line of source.
    const FRAME: usize = 16;

    /// For a file or a pipe, without colours.
    #[must_use]
    pub fn plain(detail: Detail, all: bool) -> Self {
        Self { color: false, unicode: false, detail, all, width: Self::WIDTH, source: Self::SOURCE }
    }

    /// The same for a terminal that is so many columns wide.
    #[must_use]
    pub fn on_terminal(self, columns: usize) -> Self {
        let width = columns.clamp(Self::NARROWEST, Self::WIDTH);
        let source = columns.max(Self::NARROWEST).saturating_sub(Self::FRAME).min(Self::SOURCE);
        Self { unicode: true, width, source, ..self }
    }
}

/// How much is shown of each finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// `-q`: errors and warnings, one line each.
    Quiet,
    /// Errors and warnings with excerpts, infos one line each.
    Normal,
    /// `-v`: everything with excerpts, and each skipped document.
    Verbose,
}

/// All findings and the summary.
#[must_use]
pub fn render(report: &Report, sources: &SourceMap, summary: &Summary, look: Look) -> String {
    let mut out = String::new();
    let groups = fold::groups(&report.findings, look.all || look.detail == Detail::Quiet);
    let several = groups.iter().filter(|group| group.file.is_some()).count() > 1;
    for group in &groups {
        if several && look.detail != Detail::Quiet {
            heading(group, sources, &mut out);
        }
        findings(group, sources, look, &mut out);
    }
    blocked(report, &mut out);
    out.push_str(&escape::text(&summary.for_people(look.detail == Detail::Verbose)));
    out
}

/// `orders.yaml: 1 error, 2 infos`.
fn heading(group: &Group<'_>, sources: &SourceMap, out: &mut String) {
    let Some(file) = group.file else { return };
    let n = |severity| group.findings().filter(|reported| reported.finding.severity == severity).count();
    let counts =
        [Severity::Error, Severity::Warning, Severity::Info].map(|severity| (n(severity), severity.word()));
    let counts = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| summary::count(*n, word));
    let counts = counts.collect::<Vec<_>>().join(", ");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}: {counts}\n", escape::line(&sources.file(file).name));
}

/// The findings of one file, and what is folded of them.
fn findings(group: &Group<'_>, sources: &SourceMap, look: Look, out: &mut String) {
    let handler = handler(look);
    let mut after_line = false;
    for reported in &group.shown {
        let info = reported.finding.severity == Severity::Info;
        match (look.detail, info) {
            (Detail::Quiet, true) => {}
            (Detail::Quiet, false) | (Detail::Normal, true) => {
                one_line(reported, sources, out);
                after_line = true;
            }
            (Detail::Normal, false) | (Detail::Verbose, _) => {
                if std::mem::take(&mut after_line) {
                    out.push('\n');
                }
                in_full(reported, sources, look, &handler, out);
            }
        }
    }
    for folded in &group.folded {
        out.push_str(&escape::wrap(&fold::line(folded, sources), look.width).replace('\n', "\n  "));
        out.push('\n');
        after_line = true;
    }
    if after_line && group.file.is_some() && look.detail != Detail::Quiet {
        out.push('\n');
    }
}

/// Says that nothing is written, and why.
fn blocked(report: &Report, out: &mut String) {
    let n = report.blocking.len();
    if n > 0 {
        let findings = summary::count(n, "finding");
        // Writing to a String cannot fail.
        let _ =
            writeln!(out, "no policy is written while {findings} may hide a refusal: mend the input, or say");
        let accepted: BTreeSet<String> = report.blocking.iter().map(accept).collect();
        for flag in accepted {
            let _ = writeln!(out, "  {}", escape::line(&flag));
        }
    }
}

/// The flag that accepts a finding.
fn accept(finding: &Finding) -> String {
    match &finding.object {
        Some(object) => format!("--accept {}@{object}", finding.code.name),
        None => format!("--accept {}", finding.code.name),
    }
}

/// `file:line:column: severity UM201 host-match: message`.
fn one_line(reported: &Reported, sources: &SourceMap, out: &mut String) {
    let finding = &reported.finding;
    let place = match finding.span {
        Some(span) => {
            let file = sources.file(span.file);
            let position = file.position(span.start);
            format!("{}:{}:{}: ", escape::line(&file.name), position.line, position.column)
        }
        None => String::new(),
    };
    let _ = writeln!(out, "{place}{}: {}", title(reported), escape::line(&finding.message));
}

/// `error UM201 host-match (narrows, accepted)`.
pub(super) fn title(reported: &Reported) -> String {
    let finding = &reported.finding;
    let mut notes = Vec::new();
    if finding.direction != Direction::None {
        notes.push(finding.direction.word());
    }
    if reported.accepted.is_some() {
        notes.push("accepted");
    }
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("{} {} {}{notes}", finding.severity.word(), finding.code.id, finding.code.name)
}

fn in_full(
    reported: &Reported,
    sources: &SourceMap,
    look: Look,
    handler: &GraphicalReportHandler,
    out: &mut String,
) {
    let finding = &reported.finding;
    let label = finding.field.as_deref();
    let excerpt = finding.span.map(|span| Excerpt::new(sources, span, label, &finding.related, look.source));
    let elsewhere: &[Related] = excerpt.as_ref().map_or(&finding.related, |excerpt| &excerpt.elsewhere);
    let see = elsewhere.iter().map(|related| see(related, sources));
    let reason = reported.accepted.iter().filter(|reason| !reason.is_empty());
    let reason = reason.map(|reason| format!("accepted: {}", escape::text(reason)));
    let help = finding.help.as_deref().into_iter().map(escape::text);
    let help: Vec<String> =
        help.chain(reason).chain(see).map(|line| escape::wrap(&line, look.width - 10)).collect();
    let shown = Shown {
        title: Some(title(reported)),
        message: escape::wrap(&message(finding), look.width - 4),
        help: (!help.is_empty()).then(|| help.join("\n")),
        severity: finding.severity,
        excerpt,
    };
    if handler.render_report(out, &shown).is_err() {
        // A String takes everything, so only an excerpt can fail; the finding is never lost with it.
        one_line(reported, sources, out);
    }
    out.push('\n');
}

/// The message, with the object where the message does not name it.
fn message(finding: &Finding) -> String {
    let message = escape::text(&finding.message);
    match &finding.object {
        Some(object) if !finding.message.contains(&object.name) => {
            format!("{message} (in {})", escape::line(&object.to_string()))
        }
        Some(_) | None => message,
    }
}

fn see(related: &Related, sources: &SourceMap) -> String {
    let file = sources.file(related.span.file);
    let at = file.position(related.span.start);
    let name = escape::line(&file.name);
    format!("see {name}:{}:{}: {}", at.line, at.column, escape::line(&related.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Acceptance, ObjectRef, Rules, Sink, codes};
    use crate::manifest::Manifest;
    use crate::source::{SourceFile, Span};

    const TEXT: &str = "kind: AuthorizationPolicy\nmetadata:\n  name: web\nspec:\n  rules:\n  - to:\n    - operation:\n        hosts: [\"*.exa\u{1b}[2Jmple.com\"]\n";

    /// Three findings: an accepted error with a place, an info, and an error about the run.
    fn shown(detail: Detail, color: bool) -> String {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new("k/web.yaml".into(), None, "web.yaml".into(), TEXT));
        let other =
            sources.add(SourceFile::new("ns.yaml".into(), None, "ns.yaml".into(), "a: 1\nkind: Namespace\n"));
        let at = |text: &str| {
            let start = TEXT.find(text).unwrap();
            Span::new(id, start, start + text.len())
        };
        let web = ObjectRef {
            kind: "AuthorizationPolicy".into(),
            namespace: Some("shop".into()),
            name: "web".into(),
        };
        let mut sink = Sink::default();
        let host = Finding::new(
            &codes::input::WRONG_VALUE,
            Direction::Narrows,
            "hosts `*.exa\u{1b}[2Jmple.com` cannot be said",
        );
        sink.push(
            host.help("allow the port, or keep `--some-flag`\nsecond line")
                .at(at("\"*.exa\u{1b}[2Jmple.com\""))
                .field("spec.rules[0].to[0].operation.hosts[0]")
                .on(&web)
                .related("the operation", at("operation"))
                .related("its namespace", Span::new(other, 11, 20)),
        );
        sink.push(
            Finding::new(&codes::input::DEFAULT_NAMESPACE, Direction::None, "no namespace").at(at("web")),
        );
        let run = Finding::new(&codes::input::UNREADABLE_FILE, Direction::None, "`x.yaml` was not read");
        sink.push(run.severity(Severity::Error));
        let accepted =
            Acceptance { reason: Some("a demo".into()), ..Acceptance::of(&codes::input::WRONG_VALUE) };
        let rules = Rules { accepted: vec![accepted], ..Rules::default() };
        let report = sink.finish(&rules, &sources);
        let summary = Summary::new(&sources, &[], &Manifest::default(), &report);
        render(&report, &sources, &summary, Look { color, ..Look::plain(detail, false) })
    }

    #[test]
    fn people_see_the_place_the_reason_and_what_to_do() {
        insta::assert_snapshot!(shown(Detail::Normal, false));
    }

    #[test]
    fn quiet_is_one_line_a_finding_without_infos() {
        let lines = shown(Detail::Quiet, false);
        assert_eq!(
            lines,
            "k/web.yaml:8:17: warning UM008 wrong-value (narrows, accepted): hosts `*.exa\\u{1b}[2Jmple.com` cannot be said\n\
             error UM002 unreadable-file: `x.yaml` was not read\n\
             read 2 files, 0 documents: nothing to do\n\
             1 error, 1 warning, 1 info\n"
        );
    }

    #[test]
    fn verbose_shows_excerpts_of_infos() {
        let normal = shown(Detail::Normal, false);
        assert!(normal.contains("k/web.yaml:3:9: info UM016 default-namespace: no namespace\n"), "{normal}");
        let verbose = shown(Detail::Verbose, false);
        assert!(verbose.contains("[k/web.yaml:3:9]"), "{verbose}");
    }

    #[test]
    fn escape_characters_are_ours_alone() {
        assert!(!shown(Detail::Verbose, false).contains('\u{1b}'));
        let colored = shown(Detail::Verbose, true);
        assert!(colored.contains("\u{1b}[") && !colored.contains("\u{1b}[2J"), "{colored:?}");
    }
}
