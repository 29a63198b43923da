//! Markdown for a comment on a pull request, or for the summary of a CI job.
//!
//! The verdict stands first, then the counts, a table of files, and the findings of each file, the
//! gravest first, folded where they are many. GitHub takes 65,536 characters of a comment (and 1 MiB of a summary; GitLab
//! takes 1,000,000 characters); what does not fit is left out from the least grave on, and counted.

mod inert;

use super::listing::{End, Listing, gravest_first, message, page_url};
use super::summary::count;
use crate::finding::{Direction, Finding, Reported, Severity};
use inert::{block, code, code_in_cell, html};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The longest text, in bytes: GitHub counts characters, of which there are never more.
const LONGEST: usize = 64_000;
/// What is kept free for the last line.
const RESERVED: usize = 300;
/// The most that the answer of a command takes of it.
const LONGEST_ANSWER: usize = 20_000;
/// More findings than this are folded.
const MOST_OPEN: usize = 10;
/// More files than this are not in the table.
const MOST_FILES: usize = 50;

/// The whole run.
#[must_use]
pub fn render(listing: &Listing<'_>) -> String {
    let groups = Groups::new(listing);
    let mut out = head(listing);
    out.push_str(&groups.table());
    if let Some(answer) = listing.answer {
        out.push_str(&folded_answer(listing.command, answer));
    }
    let budget = LONGEST.saturating_sub(out.len() + RESERVED);
    let (text, left_out) = groups.findings(budget);
    out.push_str(&text);
    if left_out > 0 {
        let findings = count(left_out, "finding");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\n{findings} more, none graver, did not fit here: `--format json` has all.");
    }
    out
}

/// The verdict and the counts.
fn head(listing: &Listing<'_>) -> String {
    let end = match listing.end {
        End::Passed => "passed",
        End::Failed | End::Broken => "failed",
        End::Undecided => "undecided",
    };
    let command = listing.command;
    let mut out = match listing.verdict {
        Some(verdict) => format!("### unmesh {command}: {}\n\n", inert::message(verdict)),
        None => format!("### unmesh {command} {end}: {}\n\n", listing.counts()),
    };
    let summary = listing.summary;
    let read = [count(summary.files, "file"), count(summary.documents, "document")].join(", ");
    let target = listing.target.map(|target| format!(" for {}", code(target))).unwrap_or_default();
    let skipped = match summary.skipped.len() {
        0 => String::new(),
        n => format!(", {n} skipped"),
    };
    let _ = write!(out, "Read {read}{skipped}{target}");
    if listing.verdict.is_some() {
        let _ = write!(out, ": {end}, {}", listing.counts());
    }
    out.push_str(".\n");
    out
}

fn folded_answer(command: &str, answer: &str) -> String {
    let (shown, rest) = match answer.char_indices().nth(LONGEST_ANSWER) {
        Some((at, _)) => answer.split_at(at),
        None => (answer, ""),
    };
    let cut = if rest.is_empty() { "" } else { "\nIt goes on: this is its beginning.\n" };
    let what = if rest.is_empty() { "the whole answer" } else { "the answer" };
    format!("\n<details><summary>{what} of {command}</summary>\n\n{}{cut}\n</details>\n", block(shown))
}

/// Findings by file, in the order of the report; those without one come last.
struct Groups<'a> {
    listing: &'a Listing<'a>,
    files: Vec<(Option<String>, Vec<&'a Reported>)>,
}

impl<'a> Groups<'a> {
    fn new(listing: &'a Listing<'a>) -> Self {
        let mut files: Vec<(Option<String>, Vec<&Reported>)> = Vec::new();
        let mut places: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for reported in &listing.report.findings {
            let place = listing.place(reported.finding.span);
            let name = place.map(|place| listing.paths.of(place.file).text().to_string());
            let index = *places.entry(name.clone()).or_insert(files.len());
            match files.get_mut(index) {
                Some((_, found)) => found.push(reported),
                None => files.push((name, vec![reported])),
            }
        }
        Self { listing, files }
    }

    /// How many findings of each severity every file has.
    fn table(&self) -> String {
        if self.files.is_empty() {
            return String::new();
        }
        let mut out = "\n| file | errors | warnings | infos |\n| --- | ---: | ---: | ---: |\n".to_string();
        for (name, found) in self.files.iter().take(MOST_FILES) {
            let name = name.as_deref().map_or_else(|| "the run".to_string(), code_in_cell);
            let n = |severity| found.iter().filter(|one| one.finding.severity == severity).count();
            let (errors, warnings, infos) = (n(Severity::Error), n(Severity::Warning), n(Severity::Info));
            let _ = writeln!(out, "| {name} | {errors} | {warnings} | {infos} |");
        }
        let more = self.files.len().saturating_sub(MOST_FILES);
        if more > 0 {
            let _ = writeln!(out, "\n{} more with findings.", count(more, "file"));
        }
        out
    }

    /// The findings that fit, and how many do not.
    fn findings(&self, budget: usize) -> (String, usize) {
        let mut order: Vec<(usize, &Reported, String)> = Vec::new();
        for (index, (_, found)) in self.files.iter().enumerate() {
            order.extend(found.iter().map(|reported| (index, *reported, item(self.listing, reported))));
        }
        let all = order.len();
        // The sort is stable: within a severity, files and findings keep their order.
        gravest_first(&mut order, |(_, reported, _)| reported.finding.severity);
        let frames: Vec<(String, String)> =
            self.files.iter().map(|(name, found)| frame(name.as_deref(), found, all > MOST_OPEN)).collect();
        let mut taken: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut used = 0;
        let mut fitting = 0;
        for (index, _, text) in order {
            let (begin, end) = frames.get(index).map_or((0, 0), |(begin, end)| (begin.len(), end.len()));
            let around = if taken.contains_key(&index) { 0 } else { begin + end };
            if used + around + text.len() > budget {
                break;
            }
            used += around + text.len();
            fitting += 1;
            taken.entry(index).or_default().push(text);
        }
        let mut out = String::new();
        for (index, items) in taken {
            if let Some((begin, end)) = frames.get(index) {
                let _ = write!(out, "{begin}{}{end}", items.concat());
            }
        }
        (out, all - fitting)
    }
}

/// What stands around the findings of one file.
fn frame(name: Option<&str>, found: &[&Reported], folded: bool) -> (String, String) {
    let n = count(found.len(), "finding");
    if folded {
        let name = name.map_or_else(|| "the run".to_string(), html);
        return (format!("\n<details><summary>{name}: {n}</summary>\n\n"), "\n</details>\n".to_string());
    }
    let name = name.map_or_else(|| "the run".to_string(), code);
    (format!("\n{name}: {n}\n\n"), String::new())
}

/// One finding as an item of a list.
fn item(listing: &Listing<'_>, reported: &Reported) -> String {
    let Reported { finding, accepted } = reported;
    let Finding { code, severity, direction, help, span, .. } = finding;
    let line = listing.place(*span).map(|place| format!("line {}", place.first().line));
    let direction = Some(direction.word()).filter(|_| *direction != Direction::None);
    let notes: Vec<String> = direction
        .map(str::to_string)
        .into_iter()
        .chain(accepted.as_ref().map(|_| "accepted".to_string()))
        .chain(line)
        .collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    let mut out = format!(
        "- **{}** [{} {}]({}){notes}: {}\n",
        severity.word(),
        code.id,
        code.name,
        page_url(code),
        inert::message(&message(finding))
    );
    if let Some(help) = help {
        let _ = writeln!(out, "  - {}", inert::message(help));
    }
    if let Some(reason) = accepted.as_deref().filter(|reason| !reason.is_empty()) {
        let _ = writeln!(out, "  - accepted: {}", inert::message(reason));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::codes::input::{DEFAULT_NAMESPACE, WRONG_VALUE};
    use crate::finding::{Rules, Sink};
    use crate::manifest::Manifest;
    use crate::report::paths::Paths;
    use crate::report::summary::Summary;
    use crate::source::SourceMap;

    /// A run with this many infos and errors, each 500 characters long.
    fn rendered(infos: usize, errors: usize, answer: Option<&str>) -> String {
        let sources = SourceMap::default();
        let mut sink = Sink::default();
        let long = "word ".repeat(100);
        let message = |n| format!("`{n}` {long}");
        sink.extend((0..infos).map(|n| Finding::new(&DEFAULT_NAMESPACE, Direction::None, message(n))));
        sink.extend((0..errors).map(|n| Finding::new(&WRONG_VALUE, Direction::Narrows, message(n))));
        let report = sink.finish(&Rules::default(), &sources);
        let summary = Summary::new(&sources, &[], &Manifest::default(), &report);
        render(&Listing {
            command: "lint",
            report: &report,
            sources: &sources,
            summary: &summary,
            target: Some("kubernetes"),
            paths: &Paths::default(),
            end: End::Failed,
            verdict: None,
            answer,
            fails: &|_| true,
        })
    }

    #[test]
    fn what_does_not_fit_is_counted_from_the_least_grave_on() {
        let text = rendered(200, 50, Some(&"x`\n".repeat(30_000)));
        assert!(text.len() <= LONGEST, "{}", text.len());
        let (errors, infos) = (text.matches("- **error**").count(), text.matches("- **info**").count());
        assert_eq!(errors, 50);
        assert!(infos > 0 && infos < 200, "{infos}");
        let left_out = format!("\n{} findings more, none graver, did not fit here", 200 - infos);
        assert!(text.contains(&left_out), "{left_out}");
        assert!(text.contains("It goes on: this is its beginning."));
    }

    #[test]
    fn a_few_findings_are_not_folded() {
        assert!(!rendered(2, 2, None).contains("<details>"));
        assert!(
            rendered(2, 20, None).contains("<details><summary>the run: 22 findings</summary>\n\n- **error**")
        );
    }
}
