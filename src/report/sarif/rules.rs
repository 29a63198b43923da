//! Codes as SARIF's rules: each that occurs, with its page as help.
//!
//! Only those: GitHub keeps the rules of a file with its alerts, and 25,000 rules is its limit for
//! one; the pages of all codes would be most of the file.

use super::level;
use super::model::{Configuration, Markdown, Rule, Text};
use crate::finding::{Code, Direction};
use crate::report::listing::page_url;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What GitHub ranks as "high", from 7.0 to 8.9. unmesh has no scores. Codes that do nothing but widen
/// say that a request that was refused gets through, or that one crosses the wire in clear: that is
/// about security, and grave. No other code gets one, since GitHub shows a rule by this number alone.
const WIDENS_ONLY: &str = "8.0";

/// The rule of what a command says itself.
pub(super) fn of_command(command: &'static str) -> Rule {
    let (name, what) = match command {
        "verify" => {
            ("verdict", "what the policies decide otherwise than the mesh, or what cannot be known of it")
        }
        _ => ("outcome", "what keeps a run from its end, beside its findings"),
    };
    let help = format!("Run `unmesh {command}` for all of it.");
    Rule {
        id: command,
        name,
        short_description: Text { text: what.to_string() },
        full_description: Text { text: what.to_string() },
        help: Markdown { text: help.clone(), markdown: help },
        help_uri: None,
        default_configuration: Configuration { level: "error" },
        properties: BTreeMap::from([("tags", json!(["verification"]))]),
    }
}

/// The rule of a code.
pub(super) fn rule(code: &'static Code) -> Rule {
    let Code { id, name, summary, severity, directions, blocks, page } = code;
    let words: Vec<&str> = directions.iter().map(|direction| direction.word()).collect();
    let widens_only = directions.iter().all(|direction| *direction == Direction::Widens);
    let mut tags = vec![code.family().word()];
    let mut properties: BTreeMap<&'static str, Value> = BTreeMap::new();
    if widens_only {
        tags.push("security");
        properties.insert("security-severity", json!(WIDENS_ONLY));
    }
    properties.insert("tags", json!(tags));
    properties.insert("precision", json!("very-high"));
    properties.insert("directions", json!(words));
    properties.insert("blocks", json!(blocks));
    Rule {
        id,
        name,
        short_description: Text { text: (*summary).to_string() },
        full_description: Text { text: meaning(page).unwrap_or_else(|| (*summary).to_string()) },
        help: Markdown { text: (*page).to_string(), markdown: (*page).to_string() },
        help_uri: Some(page_url(code)),
        default_configuration: Configuration { level: level(*severity) },
        properties,
    }
}

/// The first paragraph of a page that stands below a heading, on one line.
fn meaning(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("## What it means\n")?;
    let lines = rest.lines().skip_while(|line| line.trim().is_empty());
    let words: Vec<&str> =
        lines.take_while(|line| !line.trim().is_empty()).flat_map(str::split_whitespace).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
