//! The answer of `unmesh verify`, for people.
//!
//! The verdict stands first, then what differs, below the finding that announced it, then what the
//! verdict rests on. As JSON the same is in [`json`].

pub mod json;
mod rest;

use super::decision::{sentence, with_excerpt};
use super::human::{Detail, Look};
use super::summary::count;
use super::{escape, request};
use crate::finding::codes::verification::UNANNOUNCED_DIFFERENCE;
use crate::finding::{Direction, Finding};
use crate::source::SourceMap;
use crate::verify::answer::{Announcement, Answer, Difference, Reading, Verdict};
use std::fmt::Write;

/// What there is to show.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The answer; `None` where findings hold everything back.
    pub answer: Option<&'a Answer>,
    /// What findings say of differences.
    pub announcements: &'a [Announcement],
    /// The files, what was written among them.
    pub sources: &'a SourceMap,
    /// What stands in place of the mesh, in words.
    pub replacement: &'a str,
    /// `calico@3.28`.
    pub target: &'a str,
}

/// The whole answer.
#[must_use]
pub fn render(view: View<'_>, look: Look) -> String {
    // Verdict and what was compared stay on one line each, for scripts.
    let mut out = format!("{}\n", verdict(view));
    let Some(answer) = view.answer else { return out };
    let _ = writeln!(out, "compared: the mesh with {}, for {}", escape::line(view.replacement), view.target);
    if look.detail != Detail::Quiet {
        differences(answer, view, look, &mut out);
        rest::all(answer, view, look, &mut out);
    }
    out
}

/// The verdict and why, on one line.
#[must_use]
pub fn verdict(view: View<'_>) -> String {
    match view.answer {
        Some(answer) => headline(answer, view.announcements),
        None => format!(
            "{}: findings that are not accepted hold everything back, so there is nothing to compare",
            word(&Verdict::Fails)
        ),
    }
}

/// The word for a verdict.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::HoldsAsAnnounced => "holds as announced",
        Verdict::Unknown => "unknown",
        Verdict::Fails => "fails",
    }
}

/// The verdict and why, on one line.
fn headline(answer: &Answer, announcements: &[Announcement]) -> String {
    let verdict = word(&answer.verdict);
    let n = |what: &dyn Fn(&&Difference) -> bool| answer.differences.iter().filter(what).count();
    let unannounced = n(&|difference| difference.announced_by.is_none());
    let widening = n(&|difference| open_widening(difference));
    let elsewhere = rest::elsewhere(answer, announcements).count();
    let why = match answer.verdict {
        Verdict::Holds if answer.covered.ports == 0 => {
            "there is nothing to compare: the input shows no workload, and no policy names a namespace"
                .to_string()
        }
        Verdict::Holds => "every request of the model is decided as before".to_string(),
        Verdict::HoldsAsAnnounced => {
            let differences = count(answer.differences.len(), "difference");
            format!("{differences}, each announced by a finding, and none widens unless it is accepted")
        }
        Verdict::Unknown => {
            format!(
                "nothing is known to fail, and {} cannot be decided",
                count(answer.unknown.len(), "question")
            )
        }
        Verdict::Fails => {
            let reasons =
                [(unannounced, "that no finding announced"), (widening, "that widens and is not accepted")];
            let mut parts: Vec<String> = reasons
                .iter()
                .filter(|(n, _)| *n > 0)
                .map(|(n, why)| format!("{} {why}", count(*n, "difference")))
                .collect();
            if elsewhere > 0 {
                let findings = count(elsewhere, "finding");
                parts.push(format!("{findings} of what widens beyond the workloads' ports, not accepted"));
            }
            if parts.is_empty() { "something widens".to_string() } else { parts.join("; ") }
        }
    };
    format!("{verdict}: {why}")
}

/// Whether a difference alone makes the verdict fail, announced as it is.
fn open_widening(difference: &Difference) -> bool {
    difference.announced_by.is_some() && difference.direction == Direction::Widens && !difference.accepted
}

/// The differences, unannounced ones first, then in the order of the announcements.
fn differences(answer: &Answer, view: View<'_>, look: Look, out: &mut String) {
    let mut under: Option<Option<usize>> = None;
    let mut shown: Vec<&Difference> = Vec::new();
    for difference in &answer.differences {
        // What differs in both readings alike is said once.
        let twin = |other: &&&Difference| is_same(other, difference);
        if shown.iter().any(|other| twin(&other)) {
            continue;
        }
        if under != Some(difference.announced_by) {
            under = Some(difference.announced_by);
            heading(difference, view, look, out);
        }
        shown.push(difference);
        let both = answer.differences.iter().filter(|other| is_same(other, difference)).count() > 1;
        one(difference, answer, both, view.sources, look, out);
    }
}

/// Whether two differences are told apart by the reading alone.
fn is_same(left: &Difference, right: &Difference) -> bool {
    left.announced_by == right.announced_by
        && left.direction == right.direction
        && left.workload == right.workload
        && left.request == right.request
        && left.before == right.before
        && left.after == right.after
}

/// The finding that announced what follows.
fn heading(difference: &Difference, view: View<'_>, look: Look, out: &mut String) {
    let announcement = difference.announced_by.and_then(|place| view.announcements.get(place));
    let Some(Announcement { finding, accepted: _ }) = announcement else {
        let code = &UNANNOUNCED_DIFFERENCE;
        let said = format!(
            "{} {}: no finding announced this; it is a bug in unmesh, or the policies were changed by hand",
            code.id, code.name
        );
        let _ = writeln!(out, "\n{}", escape::wrap(&said, look.width));
        return;
    };
    let _ = writeln!(out, "\n{}", escape::wrap(&announced(finding, view.sources), look.width));
}

/// `UM202 header-match: message (orders.yaml:22:16)`.
fn announced(finding: &Finding, sources: &SourceMap) -> String {
    let place = finding.span.map(|span| {
        let file = sources.file(span.file);
        let at = file.position(span.start);
        format!(" ({}:{}:{})", escape::line(&file.name), at.line, at.column)
    });
    let (code, message) = (finding.code, escape::line(&finding.message));
    format!("{} {}: {message}{}", code.id, code.name, place.unwrap_or_default())
}

/// One difference: the request, both decisions, how many more.
fn one(
    difference: &Difference,
    answer: &Answer,
    both: bool,
    sources: &SourceMap,
    look: Look,
    out: &mut String,
) {
    let Difference { direction, accepted, workload, reading, chain, request, before, after, more, .. } =
        difference;
    let said = request::sentence(request, *chain, workload);
    let accepted = if *accepted { ", accepted" } else { "" };
    let said = format!("{} {}{accepted}: {}", mark(*direction), direction.word(), escape::line(&said));
    let _ = writeln!(out, "\n{}", escape::wrap(&said, look.width).replace('\n', "\n  "));
    if answer.readings.len() > 1 && !both {
        let _ = writeln!(out, "  {}", self::reading(*reading));
    }
    with_excerpt(&format!("before: {}", sentence(before)), before.by.span, sources, look, out);
    with_excerpt(&format!("after: {}", sentence(after)), after.by.span, sources, look, out);
    if *more > 0 {
        let _ =
            writeln!(out, "  and {more} more {}", if *more == 1 { "port" } else { "workloads and ports" });
    }
}

fn mark(direction: Direction) -> &'static str {
    match direction {
        Direction::Widens => "+",
        Direction::Narrows => "-",
        Direction::Drops | Direction::None => " ",
    }
}

/// In which reading.
fn reading(reading: Reading) -> &'static str {
    match reading {
        Reading::Dataplane => "where Calico's dataplane alone decides",
        Reading::Dikastes => "where Dikastes decides too (pods labelled `unmesh.dev/l7: dikastes`)",
    }
}

#[cfg(test)]
mod tests;
