//! The answer of `unmesh why`, for people: both decisions, then every rule in the order in which it
//! was asked. As JSON the same is in [`json`].

mod clause;
pub mod json;
mod needs;
mod pattern;

use super::decision::{by, sentence, verdict, with_excerpt};
use super::human::{Detail, Look};
use super::{escape, request};
use crate::source::SourceMap;
use crate::verify::answer::Reading;
use crate::verify::program::{Action, Decision, Engine, What};
use crate::verify::trace::{PartTrace, Reach, StepTrace, TierTrace, Trace};
use crate::verify::why::Explanation;
use std::fmt::Write;

/// What there is to show.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The request with both traces.
    pub explained: &'a Explanation,
    /// The files, what was written among them.
    pub sources: &'a SourceMap,
    /// `calico@3.28`.
    pub target: &'a str,
}

/// The whole answer.
#[must_use]
pub fn render(view: View<'_>, look: Look) -> String {
    let Explanation { to, request, chain, reading, before, after, notes } = view.explained;
    let mut out = format!("{}\n", escape::line(&request::sentence(request, *chain, to)));
    let after_title = match reading {
        Reading::Dataplane => format!("after, by {}", view.target),
        Reading::Dikastes => format!("after, by {} with Dikastes", view.target),
    };
    for (title, trace) in [("before", before), (&*after_title, after)] {
        side(title, trace, view, look, &mut out);
    }
    if !notes.is_empty() && look.detail != Detail::Quiet {
        out.push_str("\ntaken for granted:\n");
        for note in notes {
            indented(look, &mut out, 2, &escape::line(note));
        }
    }
    out
}

/// One side: what is decided and by whom, then the way there.
fn side(title: &str, trace: &Trace, view: View<'_>, look: Look, out: &mut String) {
    let Trace { allowed, by, needs, parts } = trace;
    let decided = match (allowed, by) {
        (Some(allowed), Some(by)) => sentence(&Decision { allowed: *allowed, by: by.clone() }),
        (Some(allowed), None) => format!("{}: by one of several rules", verdict(*allowed)),
        (None, _) => needs::sentence(needs),
    };
    out.push('\n');
    let message = format!("{title}: {decided}");
    if look.detail == Detail::Quiet {
        let _ = writeln!(out, "{}", escape::line(&message));
        return;
    }
    let span = by.as_ref().and_then(|by| by.span);
    with_excerpt(&message, span, view.sources, look, out);
    for part in parts {
        self::part(part, look, out);
    }
}

/// Who an engine is to people.
fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::Mesh => "the workload's proxy",
        Engine::Felix => "Calico's dataplane",
        Engine::Dikastes => "Dikastes",
        Engine::Kubernetes => "the cluster's network plugin",
    }
}

/// A verdict that may be open.
fn says(allowed: Option<bool>) -> &'static str {
    allowed.map_or("open", verdict)
}

fn part(part: &PartTrace, look: Look, out: &mut String) {
    let PartTrace { engine, allowed, tiers, otherwise } = part;
    let _ = writeln!(out, "\n  {}: {}", self::engine(*engine), says(*allowed));
    for tier in tiers {
        self::tier(tier, look, out);
    }
    if let Some(Decision { allowed, by }) = otherwise {
        indented(look, out, 4, &format!("else {}: {}", verdict(*allowed), self::by(by)));
    }
}

fn tier(tier: &TierTrace, look: Look, out: &mut String) {
    let TierTrace { name, steps, end } = tier;
    let verbose = look.detail == Detail::Verbose;
    let quiet = |step: &StepTrace| step.by.what == What::NodeLocal && step.holds == Some(false);
    if end.is_none() && !verbose && steps.iter().all(quiet) {
        return;
    }
    indented(look, out, 4, &format!("{}:", escape::line(name)));
    let asked = steps.iter().filter(|step| step.reach != Reach::Never);
    for step in asked {
        self::step(step, look, out);
    }
    let skipped = steps.iter().filter(|step| step.reach == Reach::Never).count();
    if skipped > 0 {
        let rules = if skipped == 1 { "rule is" } else { "rules are" };
        indented(look, out, 6, &format!("{skipped} further {rules} not asked"));
    }
    if let Some(Decision { allowed, by }) = end {
        indented(look, out, 6, &format!("else {}: {}", verdict(*allowed), self::by(by)));
    }
}

fn step(step: &StepTrace, look: Look, out: &mut String) {
    let StepTrace { by, action, reach, holds, clause } = step;
    let all = look.detail == Detail::Verbose;
    if !all && by.what == What::NodeLocal && *holds == Some(false) {
        return;
    }
    let name = match (&by.field, by.objects.as_slice()) {
        (Some(field), [object, ..]) => format!("`{field}` of `{object}`"),
        (None, [object, ..]) => format!("`{object}`"),
        (Some(field), []) => format!("`{field}`"),
        (None, []) => match by.what {
            What::NodeLocal => "the exception for the pod's own node".to_string(),
            _ => self::by(by),
        },
    };
    let outcome = match holds {
        Some(true) => "matches",
        Some(false) => "does not match",
        None => "may match",
    };
    let effect = match (holds, action) {
        (Some(false), _) => "",
        (Some(true), Action::Allow) => ", and allows",
        (Some(true), Action::Deny) => ", and refuses",
        (Some(true), Action::Pass) => ", and passes on to the next tier",
        (None, Action::Allow) => ", and would allow",
        (None, Action::Deny) => ", and would refuse",
        (None, Action::Pass) => ", and would pass on to the next tier",
    };
    let perhaps = if *reach == Reach::Possible { ", if it is asked" } else { "" };
    indented(look, out, 6, &escape::line(&format!("{name} {outcome}{effect}{perhaps}")));
    for (depth, line) in clause::lines(clause, all) {
        indented(look, out, 8 + 2 * depth, &escape::line(&line));
    }
}

fn indented(look: Look, out: &mut String, indent: usize, text: &str) {
    for line in escape::wrap(text, look.width - indent).lines() {
        let _ = writeln!(out, "{:indent$}{line}", "");
    }
}
