//! All codes, for people and for programs that want to know them before a run.

use super::json::to_text;
use crate::finding::{Code, Direction, Severity, peers};
use serde::Serialize;
use std::fmt::Write;

/// A line for each code.
#[must_use]
pub fn render(codes: impl IntoIterator<Item = &'static Code>) -> String {
    let codes: Vec<&Code> = codes.into_iter().collect();
    let width = codes.iter().map(|code| code.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for code in codes {
        let held = if code.blocks { " (nothing is written until it is accepted)" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}  {:width$}  {}{held}", code.id, code.name, code.summary);
    }
    out
}

/// A JSON array in the order of the numbers.
#[must_use]
pub fn render_json(codes: impl IntoIterator<Item = &'static Code>) -> String {
    let rules: Vec<Rule> = codes.into_iter().map(Rule::new).collect();
    to_text(&rules)
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Rule {
    code: &'static str,
    name: &'static str,
    family: &'static str,
    severity: Severity,
    directions: &'static [Direction],
    summary: &'static str,
    blocks: bool,
    peers: Vec<PeerCode>,
    url: String,
}

/// What another tool calls the same thing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PeerCode {
    tool: &'static str,
    code: &'static str,
}

impl Rule {
    fn new(code: &'static Code) -> Self {
        let Code { id, name, summary, severity, directions, blocks, page: _ } = code;
        let peers = peers::of(code).map(|(tool, message)| PeerCode { tool: tool.word(), code: message.code });
        Self {
            code: id,
            name,
            family: code.family().word(),
            severity: *severity,
            directions,
            summary,
            blocks: *blocks,
            peers: peers.collect(),
            url: code.url(),
        }
    }
}
