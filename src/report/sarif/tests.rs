//! What only many findings, or odd ones, show. Real runs are in `tests/formats/`.

use super::*;
use crate::finding::codes::input::{DEFAULT_NAMESPACE, WRONG_VALUE};
use crate::finding::{Acceptance, Direction, Report, Rules, Sink};
use crate::manifest::Manifest;
use crate::report::paths::Paths;
use crate::report::summary::Summary;
use crate::source::{SourceFile, SourceMap, Span};

/// A run over two files, the second one made on the way.
struct World {
    sources: SourceMap,
    findings: Vec<Finding>,
    end: End,
    verdict: Option<&'static str>,
    rules: Rules,
}

impl World {
    fn new(text: &str) -> Self {
        let mut sources = SourceMap::default();
        sources.add(SourceFile::new("a.yaml".into(), Some("a.yaml".into()), "a.yaml".into(), text));
        sources.add(SourceFile::new("written: X/y".into(), None, "".into(), "x: 1\n"));
        Self { sources, findings: Vec::new(), end: End::Passed, verdict: None, rules: Rules::default() }
    }

    /// Bytes of the file of this number.
    fn span(&self, file: usize, start: usize, end: usize) -> Span {
        Span::new(self.sources.iter().nth(file).unwrap().0, start, end)
    }

    fn render(self) -> Value {
        let mut sink = Sink::default();
        sink.extend(self.findings);
        let report: Report = sink.finish(&self.rules, &self.sources);
        let mut summary = Summary::new(&self.sources, &[], &Manifest::default(), &report);
        summary.files = 1;
        let listing = Listing {
            command: "verify",
            report: &report,
            sources: &self.sources,
            summary: &summary,
            target: None,
            paths: &Paths::default(),
            end: self.end,
            verdict: self.verdict,
            answer: None,
            fails: &|_| false,
        };
        serde_json::from_str(&render(&listing)).unwrap()
    }
}

fn finding(message: impl Into<String>) -> Finding {
    Finding::new(&WRONG_VALUE, Direction::Narrows, message)
}

#[test]
fn of_too_many_the_gravest_are_written_and_the_rest_is_counted() {
    let mut world = World::new("a: 1\n");
    let info = |n| Finding::new(&DEFAULT_NAMESPACE, Direction::None, format!("`{n}`"));
    world.findings.extend((0..MOST_RESULTS).map(info));
    world.findings.extend((0..3).map(|n| finding(format!("`{n}`"))));
    let sarif = world.render();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), MOST_RESULTS);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 3);
    let notes = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(notes[0]["message"]["text"].as_str().unwrap().starts_with("3 more findings"), "{notes}");
}

#[test]
fn a_verdict_is_a_result_unless_the_run_passes() {
    for (end, level, status) in
        [(End::Passed, None, 0), (End::Failed, Some("error"), 1), (End::Undecided, Some("warning"), 3)]
    {
        let mut world = World::new("a: 1\n");
        (world.end, world.verdict) = (end, Some("as it is [x](y)"));
        let sarif = world.render();
        let run = &sarif["runs"][0];
        let levels: Vec<Option<&str>> =
            run["results"].as_array().unwrap().iter().map(|result| result["level"].as_str()).collect();
        assert_eq!(levels, level.map(Some).into_iter().collect::<Vec<_>>());
        assert_eq!(run["invocations"][0]["exitCode"], status);
        let notification = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
        assert_eq!(notification, "as it is [x\\](y)");
        let rules: Vec<&Value> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().collect();
        assert_eq!(rules.len(), usize::from(level.is_some()));
    }
}

#[test]
fn only_the_first_of_a_line_has_the_hash_of_the_line() {
    let mut world = World::new("a: [1, 2]\nb: 3\n");
    let at = [(4, 5), (7, 8), (13, 14)];
    world.findings =
        at.map(|(start, end)| finding(format!("`{start}`")).at(world.span(0, start, end))).into();
    // What was made on the way has no place, and a hash of ours.
    world.findings.push(finding("`written`").at(world.span(1, 0, 1)));
    let sarif = world.render();
    let lines = line_hash::line_hashes("a: [1, 2]\nb: 3\n");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let hashes: Vec<&str> = results
        .iter()
        .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
        .collect();
    assert_eq!((hashes[0], hashes[2]), (lines[0].as_str(), lines[1].as_str()));
    let ours =
        |index: usize| format!("{}:1", results[index]["partialFingerprints"][FINGERPRINT].as_str().unwrap());
    assert_eq!((hashes[1], hashes[3]), (ours(1).as_str(), ours(3).as_str()));
    assert_eq!(results[3]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a.yaml");
    assert_eq!(results[3]["locations"][0]["physicalLocation"]["region"], json!({"startLine": 1}));
}

#[test]
fn a_span_ends_before_the_line_break_that_ends_it() {
    let mut world = World::new("ab: 1\r\ncd: 2\n");
    world.findings = vec![finding("x").at(world.span(0, 0, 7)), finding("y").at(world.span(0, 0, 13))];
    let sarif = world.render();
    let region =
        |index: usize| &sarif["runs"][0]["results"][index]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(*region(0), json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 6}));
    assert_eq!(*region(1), json!({"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 6}));
}

#[test]
fn an_acceptance_gives_its_reason() {
    let mut world = World::new("a: 1\n");
    world.findings = vec![finding("x").related("[a](b)", world.span(0, 0, 1))];
    let reason = Some("agreed\u{1b}[2J".to_string());
    world.rules.accepted = vec![Acceptance { reason, ..Acceptance::of(&WRONG_VALUE) }];
    let sarif = world.render();
    let result = &sarif["runs"][0]["results"][0];
    let expected = json!([{"kind": "external", "status": "accepted", "justification": "agreed\\u{1b}[2J"}]);
    assert_eq!(result["suppressions"], expected);
    assert_eq!(result["message"]["text"], "x\nsee [\\[a\\](b)](1)");
    assert_eq!(result["relatedLocations"][0]["id"], 1);
}
