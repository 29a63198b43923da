//! SARIF 2.1.0, as GitHub's code scanning and other viewers take it.
//!
//! - Every result has a location, since GitHub refuses a file otherwise: findings about the run stand at
//!   line 1 of the first file read. What was made on the way (a written policy) is in no repository and
//!   is treated alike.
//! - Names are relative to the root of the repository and percent-encoded, `%SRCROOT%` being the root.
//!   What lies outside has no base.
//! - Columns count UTF-16 code units, which is said by `columnKind`; a byte order mark is none.
//! - `partialFingerprints` holds two values. `unmesh/v1` is ours, see `finding::fingerprints`.
//!   GitHub looks at `primaryLocationLineHash` alone. Its upload action writes that itself where it is
//!   missing, and warns of each value that is not the one it would have written; whoever uploads by the
//!   API gets none. So the first result of a code on a line has the action's own value (`line_hash`).
//!   Further ones on that line, and results without a place, have ours: with the action's they would be
//!   one alert, and only one message would be seen.
//! - Accepted findings have a suppression with the reason. All others have an empty list, which says that
//!   they are not suppressed.
//! - GitHub refuses a file with more than 25,000 results and shows 5,000, the gravest. Of more than 25,000
//!   the gravest are written, and a notification says how many were left out; `--format json` has all.
//! - What the command itself objects to (the verdict of `verify`) is a result of the rule named after the
//!   command, so that a failing run never has an empty file. A clean one has `"results": []`.
//! - There is no `automationDetails.id`: it would beat the category that the user gives the upload action.

mod line_hash;
mod model;
mod rules;

use super::escape;
use super::json::to_text;
use super::listing::{End, Listing, Place, gravest_first, message};
use super::paths::Named;
use crate::finding::{Code, Finding, Related, Reported, Severity};
use crate::source::SourceFile;
use model::{
    ArtifactLocation, Driver, Invocation, Location, Log, LogicalLocation, Notification, PhysicalLocation,
    Region, Run, Suppression, Text, Tool, UriBase,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The most results that GitHub takes in one run.
const MOST_RESULTS: usize = 25_000;
/// The most related places of a result that GitHub shows; it takes ten times as many.
const MOST_RELATED: usize = 100;
/// The key of our own fingerprint.
const FINGERPRINT: &str = "unmesh/v1";
/// The base of names that are relative to the root of the repository.
const ROOT: &str = "%SRCROOT%";

/// The whole run.
#[must_use]
pub fn render(listing: &Listing<'_>) -> String {
    let mut found = listing.findings();
    let left_out = found.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        gravest_first(&mut found, |(reported, _)| reported.finding.severity);
        found.truncate(MOST_RESULTS);
    }
    let codes: BTreeMap<&'static str, &'static Code> =
        found.iter().map(|(reported, _)| (reported.finding.code.id, reported.finding.code)).collect();
    let mut results = Results {
        listing,
        codes: codes.keys().copied().collect(),
        seen: BTreeSet::new(),
        hashes: BTreeMap::new(),
    };
    let mut rules: Vec<model::Rule> = codes.values().map(|code| rules::rule(code)).collect();
    let mut all: Vec<model::Result> = Vec::new();
    if let Some(objection) = listing.objection() {
        all.push(results.objection(objection, rules.len()));
        rules.push(rules::of_command(listing.command));
    }
    all.extend(found.into_iter().map(|(reported, fingerprint)| results.result(reported, fingerprint)));
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules,
                },
            },
            invocations: [invocation(listing, left_out)],
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                UriBase { description: Text { text: "the root of the repository".to_string() } },
            )]),
            column_kind: "utf16CodeUnits",
            results: all,
        }],
    };
    to_text(&log)
}

/// The level of a severity.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn invocation(listing: &Listing<'_>, left_out: usize) -> Invocation {
    let verdict = listing.verdict.map(|verdict| Notification {
        level: level(listing.objection_severity()),
        message: Text { text: literal(verdict) },
    });
    let rest = (left_out > 0).then(|| Notification {
        level: "warning",
        message: Text {
            text: format!(
                "{left_out} more findings, none graver than these, are left out: code scanning takes {MOST_RESULTS}; `--format json` has all"
            ),
        },
    });
    Invocation {
        execution_successful: listing.end != End::Broken,
        exit_code: match listing.end {
            End::Passed => 0,
            End::Failed => 1,
            End::Broken => 2,
            End::Undecided => 3,
        },
        tool_execution_notifications: verdict.into_iter().chain(rest).collect(),
    }
}

/// What makes results of findings, and what it has to remember from one to the next.
struct Results<'a> {
    listing: &'a Listing<'a>,
    /// The ids of the rules, in their order.
    codes: Vec<&'static str>,
    /// Which codes have a result on which line of which file.
    seen: BTreeSet<(&'static str, String, usize)>,
    /// The hashes of the lines of each file that was asked for.
    hashes: BTreeMap<String, Vec<String>>,
}

impl Results<'_> {
    fn result(&mut self, reported: &Reported, fingerprint: String) -> model::Result {
        let Reported { finding, accepted } = reported;
        let Finding { code, severity, direction, object, field, target, related, .. } = finding;
        let place = self.listing.place(finding.span);
        let mut properties: BTreeMap<&'static str, Value> =
            BTreeMap::from([("direction", json!(direction.word()))]);
        properties.extend(field.iter().map(|field| ("field", json!(field))));
        properties.extend(target.iter().map(|target| ("target", json!(target))));
        let (related, links) = self.related(related);
        let mut location = place.map_or_else(|| self.nowhere(), |place| self.at(&place));
        location.logical_locations = object
            .iter()
            .map(|object| LogicalLocation { fully_qualified_name: object.to_string(), kind: "resource" })
            .collect();
        model::Result {
            rule_id: code.id,
            rule_index: self.codes.iter().position(|id| *id == code.id).unwrap_or_default(),
            level: level(*severity),
            message: Text { text: text(finding, &links) },
            locations: [location],
            related_locations: related,
            partial_fingerprints: self.fingerprints(code, place, fingerprint),
            suppressions: accepted.iter().map(|reason| suppression(reason)).collect(),
            properties,
        }
    }

    /// What the command says itself, in the first file read.
    fn objection(&self, objection: &str, rule_index: usize) -> model::Result {
        let fingerprint = self.listing.command.to_string();
        model::Result {
            rule_id: self.listing.command,
            rule_index,
            level: level(self.listing.objection_severity()),
            message: Text { text: literal(objection) },
            locations: [self.nowhere()],
            related_locations: Vec::new(),
            partial_fingerprints: BTreeMap::from([
                (FINGERPRINT, fingerprint.clone()),
                ("primaryLocationLineHash", format!("{fingerprint}:1")),
            ]),
            suppressions: Vec::new(),
            properties: BTreeMap::new(),
        }
    }

    fn fingerprints(
        &mut self,
        code: &'static Code,
        place: Option<Place<'_>>,
        ours: String,
    ) -> BTreeMap<&'static str, String> {
        let line_hash = place.and_then(|place| {
            let line = place.first().line;
            let name = place.file.name.clone();
            let is_first = self.seen.insert((code.id, name.clone(), line));
            let hashes = self.hashes.entry(name).or_insert_with(|| line_hash::line_hashes(&place.file.text));
            hashes.get(line - 1).filter(|_| is_first).cloned()
        });
        let line_hash = line_hash.unwrap_or_else(|| format!("{ours}:1"));
        BTreeMap::from([(FINGERPRINT, ours), ("primaryLocationLineHash", line_hash)])
    }

    /// The places with their numbers, and a link to each.
    fn related(&self, related: &[Related]) -> (Vec<Location>, Vec<String>) {
        let places =
            related.iter().filter_map(|related| Some((self.listing.place(Some(related.span))?, related)));
        let numbered = (1..).zip(places.take(MOST_RELATED));
        let shown = numbered.map(|(id, (place, related))| {
            let message = Some(Text { text: literal(&related.message) });
            let link = format!("[{}]({id})", in_link(&related.message));
            (Location { id: Some(id), message, ..self.at(&place) }, link)
        });
        shown.unzip()
    }

    fn at(&self, place: &Place<'_>) -> Location {
        location(&self.listing.paths.of(place.file), region(place))
    }

    fn nowhere(&self) -> Location {
        let line = Region { start_line: 1, start_column: None, end_line: None, end_column: None };
        location(&self.listing.stand_in(), line)
    }
}

/// The message, what to do, and links to the related places: GitHub shows these by links alone.
fn text(finding: &Finding, links: &[String]) -> String {
    let help = finding.help.iter().map(|help| format!("\nhelp: {}", literal(help)));
    let links = links.iter().map(|link| format!("\nsee {link}"));
    std::iter::once(literal(&message(finding))).chain(help).chain(links).collect()
}

/// Text that holds no link: a viewer takes `[text](target)` in a message for one.
fn literal(raw: &str) -> String {
    escape::text(raw).replace("](", "\\](")
}

/// The text of a link of ours.
fn in_link(raw: &str) -> String {
    escape::line(raw).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn suppression(reason: &str) -> Suppression {
    let justification =
        if reason.is_empty() { "accepted on the command line".to_string() } else { escape::text(reason) };
    Suppression { kind: "external", status: "accepted", justification }
}

fn location(named: &Named, region: Region) -> Location {
    let uri_base_id = match named {
        Named::Inside(_) => Some(ROOT),
        Named::Outside(_) => None,
    };
    Location {
        id: None,
        message: None,
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: named.uri(), uri_base_id },
            region,
        },
        logical_locations: Vec::new(),
    }
}

fn region(place: &Place<'_>) -> Region {
    let (first, last) = (place.first().line, place.last().line);
    Region {
        start_line: first,
        start_column: Some(utf16_column(place.file, first, place.start)),
        end_line: Some(last),
        end_column: Some(utf16_column(place.file, last, place.end)),
    }
}

/// The column of a byte in UTF-16 code units, from 1.
fn utf16_column(file: &SourceFile, line: usize, offset: u32) -> usize {
    let before = file.text.get(file.line_start(line)..offset as usize).unwrap_or_default();
    let mark = usize::from(line == 1 && before.starts_with('\u{feff}'));
    before.encode_utf16().count() + 1 - mark
}

#[cfg(test)]
mod tests;
