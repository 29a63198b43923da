//! The one sink: acceptance, severity settings, sorting, counting, before any renderer.

use super::baseline::Entry;
use super::codes::input::UNMATCHED_ACCEPTANCE;
use super::hiding::{By, Hidden, Hiding};
use super::{Acceptance, Direction, Finding, Rules, Severity, Whole, suppression};
use crate::source::SourceMap;

/// A finding with what became of it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// As a stage made it, but for the severity, which is the effective one.
    pub finding: Finding,
    /// The reason under which it was accepted (empty where the command line gave none).
    pub accepted: Option<String>,
}

/// Collects findings of all stages.
#[derive(Default, Debug)]
pub struct Sink {
    findings: Vec<Finding>,
}

/// All findings of a run: filtered, sorted, counted.
#[derive(Default, Debug)]
pub struct Report {
    /// What is shown, sorted by file, line, column, code.
    pub findings: Vec<Reported>,
    /// Shown, by severity.
    pub errors: usize,
    /// Shown, by severity.
    pub warnings: usize,
    /// Shown, by severity.
    pub infos: usize,
    /// Not shown, for whatever reason.
    pub hidden: usize,
    /// The same by reason.
    pub hidden_by: Hidden,
    /// What a new baseline of this run holds.
    pub recorded: Vec<Entry>,
    /// Findings that keep all output back, by place in `findings` or hidden: codes that block and
    /// are not accepted.
    pub blocking: Vec<Finding>,
    /// Findings, shown or hidden, that say of something that it is not carried and that nobody
    /// accepted: whatever they are about has to stay. As the stages made them.
    pub open: Vec<Finding>,
}

impl Sink {
    /// Takes a finding.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Takes many.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// Whether anything so far keeps all output back.
    #[must_use]
    pub fn blocks(&self, rules: &Rules, sources: &SourceMap) -> bool {
        self.findings.iter().any(|finding| finding.blocks(rules, sources))
    }

    /// Applies the user's rules to all findings of a run, without anything that hides some but severities.
    #[must_use]
    pub fn finish(self, rules: &Rules, sources: &SourceMap) -> Report {
        self.finish_hiding(rules, sources, &Hiding::default())
    }

    /// The same for a part of the findings of a run: an acceptance that accepts none of them may
    /// accept another.
    #[must_use]
    pub fn finish_part(self, rules: &Rules, sources: &SourceMap) -> Report {
        self.finish_hiding(rules, sources, &Hiding { partial: true, ..Hiding::default() })
    }

    /// Applies the user's rules. Hiding changes what is shown, never what blocks.
    #[must_use]
    pub fn finish_hiding(self, rules: &Rules, sources: &SourceMap, hiding: &Hiding<'_>) -> Report {
        let mut report = Report::default();
        let mut findings = self.findings;
        if !hiding.partial {
            findings.extend(unmatched(&findings, rules, sources));
        }
        findings.extend(hiding.said(&findings));
        debug_assert!(findings.iter().all(Finding::is_declared), "see `Code`: {:?}", undeclared(&findings));
        findings.sort_by_cached_key(|finding| sort_key(finding, sources));
        findings.dedup();
        let mut hiding = hiding.begin(&findings, sources);
        for (at, finding) in findings.into_iter().enumerate() {
            let Some(reported) = report.weigh(finding, rules, sources) else { continue };
            match hiding.hides(at, &reported) {
                Some(by) => report.hide(by),
                None => report.show(reported),
            }
        }
        hiding.end(&mut report);
        report
    }
}

/// What the codes of these findings do not say of themselves, for whoever wrote them.
fn undeclared(findings: &[Finding]) -> Vec<(&str, Severity, Direction)> {
    let odd = findings.iter().filter(|finding| !finding.is_declared());
    odd.map(|finding| (finding.code.id, finding.severity, finding.direction)).collect()
}

/// Acceptances that accept nothing: a slip in the name would leave a finding open, or accept another
/// one some day. One for everything is said on the command line to be on the safe side; in a file it
/// is only what somebody forgot.
fn unmatched(findings: &[Finding], rules: &Rules, sources: &SourceMap) -> Vec<Finding> {
    let whole = rules.file.as_ref().map_or(Whole::No, |file| file.whole);
    let judged = rules.accepted.iter().filter(|acceptance| match (&acceptance.at, whole) {
        (None, _) => acceptance.object.is_some(),
        (Some(_), Whole::Yes) => true,
        (Some(_), Whole::WithoutPaths) => acceptance.paths.is_none(),
        (Some(_), Whole::No) => false,
    });
    let idle =
        judged.filter(|acceptance| !findings.iter().any(|one| acceptance.covers_finding(one, sources)));
    idle.map(|acceptance| idle_finding(acceptance, sources)).collect()
}

fn idle_finding(acceptance: &Acceptance, sources: &SourceMap) -> Finding {
    let Acceptance { code, object, paths, reason: _, at: _ } = acceptance;
    let scope = acceptance.scope();
    let there = if scope.is_empty() { "" } else { " there" };
    let message = format!("`{}` is accepted{scope}, and nothing of it was found{there}", code.name);
    let (severity, help) = match (object, paths) {
        (Some(_), None) => {
            (Severity::Warning, "see that kind, namespace and name are right, or take the acceptance away")
        }
        (_, Some(_)) => (Severity::Warning, "see that the paths are right, or take the acceptance away"),
        (None, None) => (Severity::Info, "take the acceptance away, if no other target needs it"),
    };
    let mut finding =
        Finding::new(&UNMATCHED_ACCEPTANCE, Direction::None, message).severity(severity).help(help);
    finding.span = acceptance.place(sources);
    finding
}

impl Finding {
    /// Whether its code says that findings of it may look like this.
    fn is_declared(&self) -> bool {
        self.severity <= self.code.severity && self.code.directions.contains(&self.direction)
    }

    /// Whether it keeps all output back: its code does, and nobody accepted it.
    #[must_use]
    pub fn blocks(&self, rules: &Rules, sources: &SourceMap) -> bool {
        self.code.blocks && rules.accepts_finding(self, sources).is_none()
    }

    /// Whether it says that something is not carried, or could not be understood.
    fn is_loss(&self) -> bool {
        let of_comment = suppression::ABOUT.contains(&self.code);
        self.direction != Direction::None || (self.severity > Severity::Info && !of_comment)
    }
}

impl Report {
    /// Notes what a finding means for the output, and gives it with its effective severity; `None` if
    /// it is off.
    fn weigh(&mut self, mut finding: Finding, rules: &Rules, sources: &SourceMap) -> Option<Reported> {
        let accepted = rules.accepts_finding(&finding, sources);
        if finding.blocks(rules, sources) {
            self.blocking.push(finding.clone());
        }
        if finding.is_loss() && accepted.is_none() {
            self.open.push(finding.clone());
        }
        if accepted.is_some() {
            finding.severity = finding.severity.min(Severity::Warning);
        }
        match rules.severity_of(&finding, sources) {
            // A widening can be accepted, never hidden or talked down.
            Some(Some(severity)) if finding.direction == Direction::Widens => {
                finding.severity = finding.severity.max(*severity);
            }
            Some(Some(severity)) => finding.severity = *severity,
            Some(None) if finding.direction != Direction::Widens => {
                self.hide(By::Severity);
                return None;
            }
            Some(None) | None => {}
        }
        let accepted = accepted.map(|acceptance| acceptance.reason.clone().unwrap_or_default());
        Some(Reported { finding, accepted })
    }

    fn show(&mut self, reported: Reported) {
        match reported.finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => self.infos += 1,
        }
        self.findings.push(reported);
    }

    fn hide(&mut self, by: By) {
        self.hidden += 1;
        self.hidden_by.count(by);
    }

    /// The gravest severity shown, if anything is.
    #[must_use]
    pub fn gravest(&self) -> Option<Severity> {
        self.findings.iter().map(|reported| reported.finding.severity).max()
    }
}

/// File, line and column, code, then everything that makes two findings differ. Findings about the run come last.
fn sort_key(finding: &Finding, sources: &SourceMap) -> impl Ord + use<> {
    let place = finding.span.map(|span| (sources.file(span.file).name.clone(), span.start));
    let end = finding.span.map(|span| span.end);
    let object = finding.object.clone();
    let words = (finding.field.clone(), finding.message.clone(), finding.help.clone());
    (place.is_none(), place, finding.code.id, end, object, words, finding.related.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::codes::input::{DEFAULT_NAMESPACE, POLICY_UNREADABLE, WRONG_VALUE};
    use crate::finding::{Code, ObjectRef};
    use crate::source::{SourceFile, Span};
    use std::collections::BTreeMap;

    fn web() -> ObjectRef {
        ObjectRef { kind: "AuthorizationPolicy".into(), namespace: Some("shop".into()), name: "web".into() }
    }

    fn report(finding: Finding, rules: &Rules) -> Report {
        let mut sink = Sink::default();
        sink.push(finding);
        let blocks = sink.blocks(rules, &SourceMap::default());
        let report = sink.finish(rules, &SourceMap::default());
        assert_eq!(blocks, !report.blocking.is_empty());
        report
    }

    fn accept(code: &'static Code, object: Option<ObjectRef>) -> Rules {
        let accepted = vec![Acceptance { object, ..Acceptance::of(code) }];
        Rules { accepted, ..Rules::default() }
    }

    fn set(code: &'static Code, severity: Option<Severity>) -> Rules {
        Rules { severity: BTreeMap::from([(code.id, severity)]), ..Rules::default() }
    }

    #[test]
    fn acceptance_lifts_what_blocks_and_settings_do_not() {
        let other = ObjectRef { name: "other".into(), ..web() };
        for (row, rules, blocks, severity) in [
            ("nothing said", Rules::default(), true, Some(Severity::Error)),
            ("accepted", accept(&POLICY_UNREADABLE, None), false, Some(Severity::Warning)),
            ("accepted here", accept(&POLICY_UNREADABLE, Some(web())), false, Some(Severity::Warning)),
            ("accepted elsewhere", accept(&POLICY_UNREADABLE, Some(other)), true, Some(Severity::Error)),
            ("another code accepted", accept(&WRONG_VALUE, None), true, Some(Severity::Error)),
            ("switched off", set(&POLICY_UNREADABLE, None), true, Some(Severity::Error)),
            ("talked down", set(&POLICY_UNREADABLE, Some(Severity::Info)), true, Some(Severity::Error)),
        ] {
            let report = report(Finding::new(&POLICY_UNREADABLE, Direction::Widens, "x").on(&web()), &rules);
            assert_eq!(!report.blocking.is_empty(), blocks, "{row}");
            assert_eq!(!report.open.is_empty(), blocks, "{row}");
            assert_eq!(report.gravest(), severity, "{row}");
        }
    }

    #[test]
    fn settings_change_what_is_shown_and_not_what_is_open() {
        for (row, rules, shown, hidden) in [
            ("nothing said", Rules::default(), Some(Severity::Error), 0),
            ("talked down", set(&WRONG_VALUE, Some(Severity::Info)), Some(Severity::Info), 0),
            ("switched off", set(&WRONG_VALUE, None), None, 1),
        ] {
            let report = report(Finding::new(&WRONG_VALUE, Direction::Narrows, "x"), &rules);
            assert_eq!((report.gravest(), report.hidden, report.open.len()), (shown, hidden, 1), "{row}");
        }
        let info = report(Finding::new(&DEFAULT_NAMESPACE, Direction::None, "x"), &Rules::default());
        assert!(info.open.is_empty());
    }

    #[test]
    fn findings_are_sorted_by_file_line_column_code_and_stand_once() {
        let mut sources = SourceMap::default();
        let late = sources.add(SourceFile::new("b.yaml".into(), None, "b.yaml".into(), "abc"));
        let early = sources.add(SourceFile::new("a.yaml".into(), None, "a.yaml".into(), "abc"));
        let mut sink = Sink::default();
        for (code, span) in [
            (&WRONG_VALUE, None),
            (&WRONG_VALUE, Some(Span::new(late, 0, 1))),
            (&DEFAULT_NAMESPACE, Some(Span::new(early, 1, 2))),
            (&WRONG_VALUE, Some(Span::new(early, 1, 3))),
            (&WRONG_VALUE, Some(Span::new(early, 1, 3))),
            (&WRONG_VALUE, Some(Span::new(early, 0, 3))),
        ] {
            let finding = Finding::new(code, Direction::None, "x");
            sink.push(match span {
                Some(span) => finding.at(span),
                None => finding,
            });
        }
        let report = sink.finish(&Rules::default(), &sources);
        let order: Vec<_> = report
            .findings
            .iter()
            .map(|shown| {
                (shown.finding.code.id, shown.finding.span.map(|span| (span.file == early, span.start)))
            })
            .collect();
        let expected = [
            ("UM008", Some((true, 0))),
            ("UM008", Some((true, 1))),
            ("UM016", Some((true, 1))),
            ("UM008", Some((false, 0))),
            ("UM008", None),
        ];
        assert_eq!(order, expected);
    }
}
