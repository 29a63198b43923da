//! GitLab's Code Quality report: a JSON array, empty where nothing was found.
//!
//! GitLab compares the fingerprints of two reports to say what a merge request adds, and shows each
//! finding at a line of a file, so one without a place stands at line 1 of the first file read. It takes
//! no columns.

use super::escape;
use super::json::to_text;
use super::listing::{Listing, message, title};
use crate::finding::{Direction, Finding, Reported, Severity};
use serde::Serialize;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// The whole run.
#[must_use]
pub fn render(listing: &Listing<'_>) -> String {
    let objection = listing.objection().map(|objection| Issue {
        description: escape::text(objection),
        check_name: format!("unmesh {}", listing.command),
        fingerprint: listing.command.to_string(),
        severity: severity(listing.objection_severity(), Direction::None, false),
        location: nowhere(listing),
    });
    let found = listing.findings();
    let found = found.into_iter().map(|(reported, fingerprint)| issue(listing, reported, fingerprint));
    to_text(&objection.into_iter().chain(found).collect::<Vec<Issue>>())
}

fn issue(listing: &Listing<'_>, reported: &Reported, fingerprint: String) -> Issue {
    let Finding { code, direction, help, span, .. } = &reported.finding;
    let help = help.iter().map(|help| format!("; help: {help}"));
    let said = [title(reported), ": ".to_string(), message(&reported.finding)];
    let description: String = said.into_iter().chain(help).collect();
    let holds_back = code.blocks && reported.accepted.is_none();
    Issue {
        description: escape::text(&description),
        check_name: format!("{} {}", code.id, code.name),
        fingerprint,
        severity: severity(reported.finding.severity, *direction, holds_back),
        location: listing.place(*span).map_or_else(
            || nowhere(listing),
            |place| Location {
                path: listing.paths.of(place.file).text().to_string(),
                lines: Lines { begin: place.first().line, end: place.last().line },
            },
        ),
    }
}

fn nowhere(listing: &Listing<'_>) -> Location {
    Location { path: listing.stand_in().text().to_string(), lines: Lines { begin: 1, end: 1 } }
}

/// GitLab has five. The two gravest are for what lets through more than the mesh did, and for what keeps
/// all output back.
fn severity(severity: Severity, direction: Direction, holds_back: bool) -> &'static str {
    match (severity, direction) {
        (Severity::Error, _) if holds_back => "blocker",
        (Severity::Error, Direction::Widens) => "critical",
        (Severity::Error, _) => "major",
        (Severity::Warning, _) => "minor",
        (Severity::Info, _) => "info",
    }
}
