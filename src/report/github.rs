//! Workflow commands of GitHub Actions: each finding as an annotation.
//!
//! A line is a command if it begins with `::`; its properties end at the next `::`, its data at the end
//! of the line. `%`, line breaks and, in properties, `:` and `,` are escaped as the runner undoes it
//! (`ActionCommand` in actions/runner), so that no name of the input can end a property or begin a line.
//!
//! GitHub shows ten annotations of each level for a step, so the gravest come first, and the number of
//! all stands before the notices. A run without findings gives an empty text.

use super::escape;
use super::listing::{Listing, gravest_first, message, title};
use crate::finding::{Finding, Reported, Severity};

/// The commands, a line each.
#[must_use]
pub fn render(listing: &Listing<'_>) -> String {
    let mut found: Vec<&Reported> = listing.report.findings.iter().collect();
    gravest_first(&mut found, |reported| reported.finding.severity);
    let mut lines: Vec<(Severity, String)> = Vec::new();
    if let Some(objection) = listing.objection() {
        let title = format!("unmesh {}", listing.command);
        let severity = listing.objection_severity();
        lines.push((severity, command(severity, &[("title", title)], objection)));
    }
    if !found.is_empty() {
        let counts = [("title", format!("unmesh {}", listing.command))];
        lines.push((Severity::Info, command(Severity::Info, &counts, &listing.counts())));
    }
    lines.extend(found.into_iter().map(|reported| annotation(listing, reported)));
    // The sort is stable: what the command says stands before findings of the same severity.
    gravest_first(&mut lines, |(severity, _)| *severity);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn annotation(listing: &Listing<'_>, reported: &Reported) -> (Severity, String) {
    let finding = &reported.finding;
    let mut properties = Vec::new();
    if let Some(place) = listing.place(finding.span) {
        let (first, last) = (place.first(), place.last());
        properties.push(("file", listing.paths.of(place.file).text().to_string()));
        properties.push(("line", first.line.to_string()));
        // GitHub takes columns within one line alone.
        if first.line == last.line {
            properties.push(("col", first.column.to_string()));
            properties.push(("endLine", last.line.to_string()));
            properties.push(("endColumn", last.column.to_string()));
        } else {
            properties.push(("endLine", last.line.to_string()));
        }
    }
    properties.push(("title", title(reported)));
    (finding.severity, command(finding.severity, &properties, &text(finding)))
}

fn text(finding: &Finding) -> String {
    let help = finding.help.iter().map(|help| format!("\nhelp: {help}"));
    std::iter::once(message(finding)).chain(help).collect()
}

/// One command, ending in a newline.
fn command(severity: Severity, properties: &[(&str, String)], data: &str) -> String {
    let word = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{word} {}::{}\n", properties.join(","), self::data(&escape::text(data)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value of a property. The name of a file has to stay what it is, so nothing but what the runner
/// undoes is escaped in it, and what a terminal would obey: no checkout has a file of such a name.
fn property(text: &str) -> String {
    let text = data(text).replace(':', "%3A").replace(',', "%2C");
    escape::line(&text)
}
