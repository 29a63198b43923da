//! JUnit's XML, as Jenkins and GitLab read it: a suite for each file, a case for each finding.
//!
//! A case fails exactly where its finding makes the run fail, so that the report is red when the exit
//! status is. Other findings are cases that pass, with their text as output: "skipped" would say that
//! nobody looked. A file without findings has one case that passes, since a suite without any counts as
//! a report that is broken. Cases are
//! named by code, object and field, which stay when lines move. Findings without a file, and what the
//! command itself objects to, have a suite of their own. There is no time and no host: the same input gives the same bytes.

use super::escape;
use super::listing::{Listing, message, title};
use super::xml::Xml;
use crate::finding::Reported;
use std::collections::BTreeMap;

/// A test case.
struct Case {
    name: String,
    end: CaseEnd,
}

/// How a case ends.
enum CaseEnd {
    Passed { output: String },
    Failed { kind: String, message: String, text: String },
}

/// The whole run.
#[must_use]
pub fn render(listing: &Listing<'_>) -> String {
    let suites = suites(listing);
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let (tests, failures) = counts(all());
    let mut xml = Xml::new();
    let name = format!("unmesh {}", listing.command);
    xml.begin("testsuites", &[("name", &name), ("tests", &tests), ("failures", &failures), ("errors", "0")]);
    for (suite, cases) in &suites {
        let (tests, failures) = counts(cases);
        let attributes = [
            ("name", suite.as_str()),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", "0"),
            ("skipped", "0"),
        ];
        xml.begin("testsuite", &attributes);
        for case in cases {
            write(&mut xml, suite, case);
        }
        xml.end();
    }
    xml.finish()
}

fn write(xml: &mut Xml, suite: &str, case: &Case) {
    let attributes = [("name", case.name.as_str()), ("classname", suite)];
    match &case.end {
        CaseEnd::Passed { output } if output.is_empty() => xml.leaf("testcase", &attributes, ""),
        CaseEnd::Passed { output } => {
            xml.begin("testcase", &attributes);
            xml.leaf("system-out", &[], output);
            xml.end();
        }
        CaseEnd::Failed { kind, message, text } => {
            xml.begin("testcase", &attributes);
            xml.leaf("failure", &[("message", message), ("type", kind)], text);
            xml.end();
        }
    }
}

/// Suites by name: files in the order of the input, then what has none.
fn suites(listing: &Listing<'_>) -> Vec<(String, Vec<Case>)> {
    let mut of_files: Vec<(String, Vec<Case>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for file in listing.files() {
        let name = shown(listing.paths.of(file).text());
        places.entry(name.clone()).or_insert(of_files.len());
        of_files.push((name, Vec::new()));
    }
    let mut rest: Vec<Case> =
        listing.verdict.map(|verdict| verdict_case(listing, verdict)).into_iter().collect();
    for reported in &listing.report.findings {
        let place = listing.place(reported.finding.span);
        let name = place.map(|place| shown(listing.paths.of(place.file).text()));
        let suite = name.and_then(|name| of_files.get_mut(*places.get(&name)?));
        let case = case(listing, reported);
        match suite {
            Some((_, cases)) => cases.push(case),
            None => rest.push(case),
        }
    }
    for (_, cases) in of_files.iter_mut().filter(|(_, cases)| cases.is_empty()) {
        cases.push(nothing());
    }
    if !rest.is_empty() || of_files.is_empty() {
        if rest.is_empty() {
            rest.push(nothing());
        }
        of_files.push((format!("unmesh {}", listing.command), rest));
    }
    for (_, cases) in &mut of_files {
        number(cases);
    }
    of_files
}

/// What stands where nothing was found.
fn nothing() -> Case {
    Case { name: "no findings".to_string(), end: CaseEnd::Passed { output: String::new() } }
}

fn verdict_case(listing: &Listing<'_>, verdict: &str) -> Case {
    let text = shown(verdict);
    let end = match listing.objection() {
        None => CaseEnd::Passed { output: text },
        Some(_) => {
            CaseEnd::Failed { kind: format!("unmesh {}", listing.command), message: text.clone(), text }
        }
    };
    Case { name: "verdict".to_string(), end }
}

fn case(listing: &Listing<'_>, reported: &Reported) -> Case {
    let finding = &reported.finding;
    let severity = finding.severity.word();
    let message = shown(&message(finding));
    let place = listing.place(finding.span).map(|place| {
        let (name, first) = (shown(listing.paths.of(place.file).text()), place.first());
        format!("{name}:{}:{}: ", first.line, first.column)
    });
    let place = place.unwrap_or_default();
    let object = finding.object.iter().map(|object| format!(" {}", shown(&object.to_string())));
    let field = finding.field.iter().map(|field| format!(" {}", shown(field)));
    let help = finding.help.iter().map(|help| format!("\nhelp: {}", escape::text(help)));
    let title = title(reported);
    let text: String = std::iter::once(format!("{place}{severity} {title}: {message}")).chain(help).collect();
    let end = if (listing.fails)(finding) {
        CaseEnd::Failed { kind: severity.to_string(), message, text }
    } else {
        CaseEnd::Passed { output: text }
    };
    let name = format!("{} {}", finding.code.id, finding.code.name);
    Case { name: std::iter::once(name).chain(object).chain(field).collect(), end }
}

/// Numbers cases of one name: viewers know a case by its suite and name, and would drop all but one.
fn number(cases: &mut [Case]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases {
        let number = seen.entry(case.name.clone()).or_insert(0);
        *number += 1;
        if *number > 1 {
            case.name = format!("{} ({number})", case.name);
        }
    }
}

fn shown(text: &str) -> String {
    escape::line(text)
}

fn counts<'a>(cases: impl IntoIterator<Item = &'a Case>) -> (String, String) {
    let (mut tests, mut failures) = (0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(matches!(case.end, CaseEnd::Failed { .. }));
    }
    (tests.to_string(), failures.to_string())
}
