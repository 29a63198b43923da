//! What stands below the differences: announcements without one, what is unknown, what was covered,
//! the assumptions, and the verdict of each port.

use super::{View, announced, reading, word};
use crate::finding::Direction;
use crate::report::escape;
use crate::report::human::{Detail, Look};
use crate::report::summary::count;
use crate::verify::answer::{Announcement, Answer, Assumption, Covered, PortVerdict, Unknown, Verdict};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Everything below the differences.
pub(super) fn all(answer: &Answer, view: View<'_>, look: Look, out: &mut String) {
    let widening: Vec<String> = elsewhere(answer, view.announcements)
        .map(|finding| announced(&finding.finding, view.sources))
        .collect();
    list(
        look,
        out,
        "widens beyond the workloads' ports, where no request of the model shows it, and is not accepted:",
        &widening,
    );
    let silent = answer.silent.iter().filter_map(|place| view.announcements.get(*place));
    let silent: Vec<String> = silent.map(|said| announced(&said.finding, view.sources)).collect();
    list(look, out, "announced, and no request shows it:", &silent);
    unknown(&answer.unknown, look, out);
    verdicts(answer, look, out);
    covered(answer, look, out);
    assumptions(&answer.assumptions, look, out);
}

/// Announcements that make the verdict fail without a difference: what they say widens elsewhere.
pub(super) fn elsewhere<'a>(
    answer: &'a Answer,
    announcements: &'a [Announcement],
) -> impl Iterator<Item = &'a Announcement> {
    let said = answer.elsewhere.iter().filter_map(|place| announcements.get(*place));
    said.filter(|said| said.finding.direction == Direction::Widens && !said.accepted)
}

fn list(look: Look, out: &mut String, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", escape::wrap(heading, look.width));
    for item in items {
        indented(look, out, item);
    }
}

fn indented(look: Look, out: &mut String, text: &str) {
    for line in escape::wrap(text, look.width - 2).lines() {
        let _ = writeln!(out, "  {line}");
    }
}

/// What could not be decided, by the reason.
fn unknown(unknown: &[Unknown], look: Look, out: &mut String) {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for Unknown { workload, port, why, cap: _ } in unknown {
        let place =
            if port == "all" { format!("{workload} (all ports)") } else { format!("{workload} ({port})") };
        by_reason.entry(why).or_default().push(place);
    }
    let items: Vec<String> =
        by_reason.iter().map(|(why, places)| escape::line(&format!("{}: {why}", some(places)))).collect();
    list(look, out, "unknown:", &items);
}

/// The first few of many.
fn some(places: &[String]) -> String {
    const MOST: usize = 3;
    let named = places.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match places.len().saturating_sub(MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The verdict of each port: all with `-v`, else those that do not hold; and how many there are.
fn verdicts(answer: &Answer, look: Look, out: &mut String) {
    let mut counts: BTreeMap<&Verdict, usize> = BTreeMap::new();
    for port in &answer.verdicts {
        *counts.entry(&port.verdict).or_insert(0) += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(verdict, n)| format!("{n} {}", word(verdict))).collect();
    let _ = writeln!(
        out,
        "\n{} of {}{}{}",
        count(answer.covered.ports.max(answer.verdicts.len()), "port"),
        count(answer.covered.workloads + answer.covered.unseen, "workload"),
        if counts.is_empty() { "" } else { ": " },
        counts.join(", ")
    );
    let shown: Vec<&PortVerdict> = answer
        .verdicts
        .iter()
        .filter(|port| look.detail == Detail::Verbose || port.verdict != Verdict::Holds)
        .collect();
    let width = shown.iter().map(|port| port.workload.chars().count()).max().unwrap_or(0);
    for PortVerdict { workload, port, verdict } in shown {
        let _ = writeln!(out, "  {:width$}  {port:>9}  {}", escape::line(workload), word(verdict));
    }
}

fn covered(answer: &Answer, look: Look, out: &mut String) {
    let Covered { workloads, unseen, classes, ports: _, regions, closed, assumed } = &answer.covered;
    let mut items = vec![format!(
        "{} of the input, {} of pods that it does not show, in {}; {} of requests",
        count(*workloads, "workload"),
        count(*unseen, "kind"),
        if *classes == 1 { "1 class".to_string() } else { format!("{classes} classes") },
        count(usize::try_from(*regions).unwrap_or(usize::MAX), "region"),
    )];
    if answer.readings.len() > 1 {
        let readings: Vec<&str> = answer.readings.iter().map(|each| reading(*each)).collect();
        items.push(format!("read twice: {}", readings.join("; ")));
    }
    items.extend(closed.iter().map(|what| format!("closed by the input: {}", escape::line(what))));
    items.extend(assumed.iter().map(|what| format!("open: {}", escape::line(what))));
    list(look, out, "covered:", &items);
}

fn assumptions(assumptions: &[Assumption], look: Look, out: &mut String) {
    let item = |(index, assumption): (usize, &Assumption)| {
        let Assumption { text, check } = assumption;
        format!("A{}. {}\nto check: {}", index + 1, escape::line(text), escape::line(check))
    };
    let items: Vec<String> = assumptions.iter().enumerate().map(item).collect();
    list(look, out, "assumed:", &items);
}
