//! The machine format: one JSON object. Scripts are written against it; see `docs/`.
//!
//! Keys stand in a fixed order, what is absent is `null`, lines and columns count from 1 and
//! columns count characters.

use super::summary::Summary;
use crate::finding::{Direction, Finding, ObjectRef, Related, Report, Reported, Severity};
use crate::source::{Position, SourceMap};
use serde::Serialize;

/// The version of this format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Run<'a, E: Serialize> {
    version: u32,
    tool: Tool,
    /// `null` where the run is about all of them.
    target: Option<&'a str>,
    /// `null` for a target that has one alone, and where the run is about all of them.
    layout: Option<&'a str>,
    findings: Vec<JsonFinding<'a>>,
    summary: &'a Summary,
    #[serde(flatten)]
    extra: &'a E,
}

/// What a run without keys of its own adds.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Nothing {}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonFinding<'a> {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    direction: Direction,
    accepted: Option<&'a str>,
    message: &'a str,
    help: Option<&'a str>,
    url: String,
    object: Option<&'a ObjectRef>,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    field: Option<&'a str>,
    target: Option<&'a str>,
    related: Vec<JsonRelated<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct JsonRelated<'a> {
    message: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
}

/// The whole run, ending in a newline.
#[must_use]
pub fn render(
    report: &Report,
    sources: &SourceMap,
    summary: &Summary,
    target: &str,
    layout: Option<&str>,
) -> String {
    render_with(report, sources, summary, (target, layout), &Nothing {})
}

/// The same with the keys that a command adds; `target` is target and layout.
#[must_use]
pub fn render_with(
    report: &Report,
    sources: &SourceMap,
    summary: &Summary,
    (target, layout): (&str, Option<&str>),
    extra: &impl Serialize,
) -> String {
    render_for(report, sources, summary, (Some(target), layout), extra)
}

/// The same of a run that is about all targets.
#[must_use]
pub fn render_all_targets(
    report: &Report,
    sources: &SourceMap,
    summary: &Summary,
    extra: &impl Serialize,
) -> String {
    render_for(report, sources, summary, (None, None), extra)
}

fn render_for(
    report: &Report,
    sources: &SourceMap,
    summary: &Summary,
    (target, layout): (Option<&str>, Option<&str>),
    extra: &impl Serialize,
) -> String {
    let run = Run {
        version: FORMAT,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        target,
        layout,
        findings: report.findings.iter().map(|reported| finding(reported, sources)).collect(),
        summary,
        extra,
    };
    to_text(&run)
}

pub(in crate::report) fn to_text(value: &impl Serialize) -> String {
    // Plain structs with text keys: serialising them into memory has no way to fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn finding<'a>(reported: &'a Reported, sources: &'a SourceMap) -> JsonFinding<'a> {
    let Finding { code, severity, direction, message, help, object, span, field, target, related } =
        &reported.finding;
    let file = span.map(|span| sources.file(span.file));
    let position = |offset: Option<u32>| -> Option<Position> { Some(file?.position(offset?)) };
    let (start, end) = (position(span.map(|span| span.start)), position(span.map(|span| span.end)));
    JsonFinding {
        code: code.id,
        name: code.name,
        severity: *severity,
        direction: *direction,
        accepted: reported.accepted.as_deref(),
        message,
        help: help.as_deref(),
        url: code.url(),
        object: object.as_ref(),
        file: file.map(|file| file.name.as_str()),
        line: start.map(|start| start.line),
        column: start.map(|start| start.column),
        end_line: end.map(|end| end.line),
        end_column: end.map(|end| end.column),
        field: field.as_deref(),
        target: target.as_deref(),
        related: related.iter().map(|related| json_related(related, sources)).collect(),
    }
}

fn json_related<'a>(related: &'a Related, sources: &'a SourceMap) -> JsonRelated<'a> {
    let file = sources.file(related.span.file);
    let Position { line, column } = file.position(related.span.start);
    JsonRelated { message: &related.message, file: &file.name, line, column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Rules, Sink, codes};
    use crate::manifest::Manifest;
    use crate::source::{SourceFile, Span};

    #[test]
    fn keys_stand_in_the_order_of_the_contract_and_nothing_is_left_out() {
        let mut sources = SourceMap::default();
        let text = "kind: é\nhost: *x\n";
        let id = sources.add(SourceFile::new("a.yaml".into(), None, "a.yaml".into(), text));
        let at = text.find("*x").unwrap();
        let mut sink = Sink::default();
        let here = Finding::new(&codes::input::WRONG_VALUE, Direction::Narrows, "`*x` is no host")
            .at(Span::new(id, at, at + 2))
            .field("spec.host")
            .related("said here", Span::new(id, 0, 4));
        sink.push(here);
        sink.push(Finding::new(&codes::input::DEFAULT_NAMESPACE, Direction::None, "no namespace"));
        let report = sink.finish(&Rules::default(), &sources);
        let summary = Summary::new(&sources, &[], &Manifest::default(), &report);
        let json = render(&report, &sources, &summary, "calico@3.28", Some("portable"));
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            r#"{{
  "version": 1,
  "tool": {{ "name": "unmesh", "version": "{version}" }},
  "target": "calico@3.28",
  "layout": "portable",
  "findings": [
    {{
      "code": "UM008", "name": "wrong-value", "severity": "error", "direction": "narrows", "accepted": null,
      "message": "`*x` is no host", "help": null, "url": "docs/codes/UM008.md", "object": null,
      "file": "a.yaml", "line": 2, "column": 7, "end_line": 2, "end_column": 9, "field": "spec.host",
      "target": null, "related": [{{ "message": "said here", "file": "a.yaml", "line": 1, "column": 1 }}]
    }},
    {{
      "code": "UM016", "name": "default-namespace", "severity": "info", "direction": "none",
      "accepted": null, "message": "no namespace", "help": null, "url": "docs/codes/UM016.md",
      "object": null, "file": null, "line": null, "column": null, "end_line": null, "end_column": null,
      "field": null, "target": null, "related": []
    }}
  ],
  "summary": {{
    "files": 1, "documents": 0, "resources": {{}}, "skipped": [],
    "errors": 1, "warnings": 0, "infos": 1, "hidden": 0
  }}
}}
"#
        );
        // White space is free, the order of the keys is not.
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(squeeze(&json), squeeze(&expected));
        assert!(json.ends_with("}\n"));
    }
}
