//! Findings for people: source excerpts with the exact text underlined.
//!
//! miette draws; what it draws is decided here. The rest of the program does not know it.

use super::excerpt::Excerpt;
use super::frame::{Shown, handler};
use super::summary::Summary;
use super::{escape, summary};
use crate::finding::{Direction, Finding, Related, Report, Reported, Severity};
use crate::source::SourceMap;
use miette::GraphicalReportHandler;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Columns that messages are wrapped to, whatever the terminal: output is the same everywhere.
pub(super) const WIDTH: usize = 100;

/// How findings are to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// With colours.
    pub color: bool,
    /// With box-drawing characters; without, plain ASCII.
    pub unicode: bool,
    /// How much.
    pub detail: Detail,
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
    let handler = handler(look);
    let mut out = String::new();
    let mut after_line = false;
    for reported in &report.findings {
        let info = reported.finding.severity == Severity::Info;
        match (look.detail, info) {
            (Detail::Quiet, true) => {}
            (Detail::Quiet, false) | (Detail::Normal, true) => {
                one_line(reported, sources, &mut out);
                after_line = true;
            }
            (Detail::Normal, false) | (Detail::Verbose, _) => {
                if std::mem::take(&mut after_line) {
                    out.push('\n');
                }
                in_full(reported, sources, &handler, &mut out);
            }
        }
    }
    blocked(report, &mut out);
    out.push_str(&escape::text(&summary.for_people(look.detail == Detail::Verbose)));
    out
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
fn title(reported: &Reported) -> String {
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

fn in_full(reported: &Reported, sources: &SourceMap, handler: &GraphicalReportHandler, out: &mut String) {
    let finding = &reported.finding;
    let label = finding.field.as_deref();
    let excerpt = finding.span.map(|span| Excerpt::new(sources, span, label, &finding.related));
    let elsewhere: &[Related] = excerpt.as_ref().map_or(&finding.related, |excerpt| &excerpt.elsewhere);
    let see = elsewhere.iter().map(|related| see(related, sources));
    let reason = reported.accepted.iter().filter(|reason| !reason.is_empty());
    let reason = reason.map(|reason| format!("accepted: {}", escape::text(reason)));
    let help = finding.help.as_deref().into_iter().map(escape::text);
    let help: Vec<String> =
        help.chain(reason).chain(see).map(|line| escape::wrap(&line, WIDTH - 10)).collect();
    let shown = Shown {
        title: Some(title(reported)),
        message: escape::wrap(&message(finding), WIDTH - 4),
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
        render(&report, &sources, &summary, Look { color, unicode: false, detail })
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
