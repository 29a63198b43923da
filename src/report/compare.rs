//! The table of `unmesh lint --compare`: what each target would keep of one input.
//!
//! Everything was counted and tried before; here it becomes text or JSON.

use super::column::{Column, JsonColumn};
use super::human::Look;
use super::summary::Summary;
use super::{escape, json};
use crate::finding::{Code, Report};
use crate::source::SourceMap;
use serde::Serialize;
use std::fmt::Write;

/// The whole table.
#[derive(Debug)]
pub struct Comparison {
    /// Policies of the mesh in the input.
    pub policies: usize,
    /// One line for each target and range of releases that differ.
    pub lines: Vec<(Column, Line)>,
}

/// What one target keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Policies by what becomes of them.
    pub counts: Counts,
    /// Codes of findings that say what changes, or why a policy is not taken, by number.
    pub codes: Vec<Counted>,
    /// Codes of findings that say what is taken for granted, by number.
    pub assumptions: Vec<Counted>,
    /// Codes that keep all output back until they are accepted, by number.
    pub held_by: Vec<&'static Code>,
    /// What helps.
    pub better: Better,
}

/// Options that help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Better {
    /// Each alone, best first.
    pub alone: Vec<Suggestion>,
    /// All of these, where they are several.
    pub together: Option<Suggestion>,
}

/// Policies by what becomes of them; each is in one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counts {
    /// No finding says that they change.
    pub exact: usize,
    /// Written, and something that they allowed is refused.
    pub narrowed: usize,
    /// Written, and something that they refused gets through.
    pub widened: usize,
    /// Nothing is written for them, and no finding says that nothing has to be; or one keeps all
    /// output back.
    pub lost: usize,
}

/// A code and its findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counted {
    /// The code.
    pub code: &'static Code,
    /// How many findings have it.
    pub findings: usize,
}

/// An option that was tried and helped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suggestion {
    /// As the user would write it.
    pub flag: String,
    /// Policies that fare better with it: of a better class, or of the same with fewer findings.
    pub better: usize,
    /// Policies that fare worse.
    pub worse: usize,
    /// Policies that become exact.
    pub exact: usize,
    /// All policies with it.
    pub counts: Counts,
}

/// What the words of the table mean.
const LEGEND: &str = "\
exact     no finding says that anything changes
narrowed  written, and something that the policy allowed is refused
widened   written, and something that the policy refused gets through
lost      nothing is written for the policy and something changes, or it holds all output back
";

/// The table for people; columns are 100 characters wide at most.
#[must_use]
pub fn render(comparison: &Comparison, look: Look) -> String {
    let Comparison { policies: all, lines } = comparison;
    if *all == 0 {
        return "the input holds no policy of the mesh: every target keeps all there is\n".to_string();
    }
    let mut out = format!("{} of the mesh, and what each target would keep\n\n", policies(*all));
    let width = lines.iter().map(|(column, _)| column.to_string().len()).max().unwrap_or(0);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{:width$}  exact  narrowed  widened  lost", "");
    for (column, line) in lines {
        let Line { counts, codes, assumptions, held_by, better } = line;
        let Counts { exact, narrowed, widened, lost } = counts;
        let name = column.to_string();
        let _ = writeln!(out, "{name:width$}  {exact:>5}  {narrowed:>8}  {widened:>7}  {lost:>4}");
        item(look, &mut out, "by", &list(codes));
        item(look, &mut out, "assuming", &list(assumptions));
        let held: Vec<String> =
            held_by.iter().map(|code| format!("{}{JOINED}{}", code.id, code.name)).collect();
        if !held.is_empty() {
            item(look, &mut out, "nothing is written until it is mended or accepted:", &held.join(", "));
        }
        for suggestion in &better.alone {
            item(
                look,
                &mut out,
                "better with",
                &format!("{}: {}", escape::line(&suggestion.flag), helps(suggestion, *counts)),
            );
        }
        if let Some(suggestion) = &better.together {
            item(look, &mut out, "better with all of these:", &helps(suggestion, *counts));
        }
    }
    let _ = write!(out, "\n{LEGEND}");
    out
}

/// A space that lines are not broken at; it becomes a plain one.
const JOINED: &str = "\u{a0}";

/// `UM202 header-match (2), UM401 l7-guard-label (1)`.
fn list(codes: &[Counted]) -> String {
    let one = |counted: &Counted| {
        let Counted { code, findings } = counted;
        format!("{}{JOINED}{}{JOINED}({findings})", code.id, code.name)
    };
    codes.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What an option does; `before` is the line without it.
fn helps(suggestion: &Suggestion, before: Counts) -> String {
    let Suggestion { flag: _, better, worse, exact, counts } = suggestion;
    let mut text = policies(*better);
    let widened = counts.widened.saturating_sub(before.widened);
    let parts =
        [(*exact, "exact then"), (widened, "then lets through more than the mesh did"), (*worse, "worse")];
    for (n, what) in parts.iter().filter(|(n, _)| *n > 0) {
        // Writing to a String cannot fail.
        let _ = write!(text, ", {n} {what}");
    }
    text
}

fn policies(n: usize) -> String {
    if n == 1 { "1 policy".to_string() } else { format!("{n} policies") }
}

/// A line below a target, wrapped; nothing for nothing.
fn item(look: Look, out: &mut String, what: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    let wrapped = escape::wrap(&format!("{what} {text}"), look.width - 4).replace(JOINED, " ");
    for (index, line) in wrapped.lines().enumerate() {
        let indent = if index == 0 { "  " } else { "    " };
        let _ = writeln!(out, "{indent}{line}");
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct JsonComparison<'a> {
    policies: usize,
    comparison: Vec<JsonLine<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonLine<'a> {
    #[serde(flatten)]
    column: JsonColumn,
    #[serde(flatten)]
    counts: Counts,
    codes: Vec<JsonCounted>,
    assumptions: Vec<JsonCounted>,
    held_by: Vec<&'static str>,
    better_with: Vec<JsonSuggestion<'a>>,
    better_with_all: Option<JsonSuggestion<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonCounted {
    code: &'static str,
    name: &'static str,
    findings: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonSuggestion<'a> {
    option: &'a str,
    better: usize,
    worse: usize,
    #[serde(flatten)]
    counts: Counts,
}

/// The table for machines: the run's object with `policies` and `comparison`, `target` and `layout` being null.
#[must_use]
pub fn render_json(
    comparison: &Comparison,
    report: &Report,
    sources: &SourceMap,
    summary: &Summary,
) -> String {
    let Comparison { policies, lines } = comparison;
    let comparison = lines.iter().map(|(column, line)| json_line(*column, line)).collect();
    json::render_all_targets(report, sources, summary, &JsonComparison { policies: *policies, comparison })
}

fn json_line(column: Column, line: &Line) -> JsonLine<'_> {
    let Line { counts, codes, assumptions, held_by, better } = line;
    let counted = |counted: &Counted| {
        let Counted { code, findings } = *counted;
        JsonCounted { code: code.id, name: code.name, findings }
    };
    JsonLine {
        column: column.json(),
        counts: *counts,
        codes: codes.iter().map(counted).collect(),
        assumptions: assumptions.iter().map(counted).collect(),
        held_by: held_by.iter().map(|code| code.id).collect(),
        better_with: better.alone.iter().map(json_suggestion).collect(),
        better_with_all: better.together.as_ref().map(json_suggestion),
    }
}

fn json_suggestion(suggestion: &Suggestion) -> JsonSuggestion<'_> {
    let Suggestion { flag, better, worse, exact: _, counts } = suggestion;
    JsonSuggestion { option: flag, better: *better, worse: *worse, counts: *counts }
}
