//! The same run in every format: one exit status, and nothing that one shows and another one lacks.

use super::*;

/// Commands with what they need beside the input. `-o` writes, so it has a directory of its own.
const COMMANDS: &[(&str, &[&str])] = &[
    ("lint", &["lint"]),
    ("lint, warnings fail", &["lint", "--fail-on", "warning"]),
    ("lint, nothing fails", &["lint", "--fail-on", "never"]),
    ("lint, nothing is shown", &["lint", "--severity", "UM4xx=off", "--severity", "UM2xx=off"]),
    ("translate", &["translate"]),
    ("translate, directory is missing", &["translate", "-o", "target/does-not-exist", "--check"]),
    ("diff", &["diff"]),
    ("verify", &["verify"]),
    ("verify, exact", &["verify", "--exact"]),
    ("verify, nothing fails", &["verify", "--fail-on", "never"]),
];

/// An example, and what of it is at its gravest.
const INPUTS: &[&str] = &[
    // Nothing but infos.
    "testdata/codes/UM001/right.yaml",
    // No document that can be read.
    "testdata/codes/UM001/wrong.yaml",
    // What may have been a refusal: nothing is written.
    "testdata/codes/UM010/wrong.yaml",
    // A rule that is not carried.
    "testdata/readme",
    // What lets through more than the mesh did.
    "testdata/verify/token",
    // A question that the checker cannot decide.
    "testdata/verify/administrator",
    // A file that is no text.
    "testdata/reading",
];

#[test]
fn every_format_shows_what_the_status_says() {
    let mut wrong = Vec::new();
    for input in INPUTS {
        for (row, command) in COMMANDS {
            let args: Vec<&str> = command.iter().copied().chain([*input]).collect();
            let plain = unmesh(&root(""), &args);
            let (status, formats) = all_formats(&root(""), &args);
            assert_eq!(status, plain.status, "{row} {input}: {}", plain.stderr);
            let shown = Shown::of(&formats);
            for problem in shown.problems(status) {
                wrong.push(format!("{row} {input} (status {status}): {problem}"));
            }
            let again = all_formats(&root(""), &args);
            assert_eq!(again, (status, formats), "{row} {input}: not the same twice");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What each format shows, counted by its own means.
#[derive(Debug)]
struct Shown {
    json: usize,
    sarif: usize,
    github: usize,
    gitlab: usize,
    junit: usize,
    junit_fails: bool,
    /// Whether SARIF, GitHub's and GitLab's look as if something was wrong.
    others_fail: [bool; 3],
    markdown: String,
}

impl Shown {
    fn of(formats: &BTreeMap<&str, String>) -> Self {
        let json = parsed(&formats["json"]);
        let sarif = parsed(&formats["sarif"]);
        let results = list(&sarif, "/runs/0/results");
        let github = annotations(&formats["github"]);
        let gitlab = parsed(&formats["gitlab"]);
        let gitlab = gitlab.as_array().unwrap();
        let junit = roxmltree::Document::parse(&formats["junit"]).unwrap();
        let cases = junit.descendants().filter(|node| node.has_tag_name("testcase"));
        let findings = cases.filter(|case| {
            let name = case.attribute("name").unwrap();
            name != "no findings" && name != "verdict"
        });
        let failures = junit.descendants().filter(|node| node.has_tag_name("failure")).count();
        assert_eq!(junit.root_element().attribute("failures"), Some(failures.to_string().as_str()));
        let of_findings = |title: &&Annotation| !title.properties["title"].starts_with("unmesh ");
        let of_rules = |result: &&Value| text(result, "/ruleId").starts_with("UM");
        let of_codes = |issue: &&Value| text(issue, "/check_name").starts_with("UM");
        Self {
            json: list(&json, "/findings").len(),
            sarif: results.iter().filter(of_rules).count(),
            github: github.iter().filter(of_findings).count(),
            gitlab: gitlab.iter().filter(of_codes).count(),
            junit: findings.count(),
            junit_fails: failures > 0,
            others_fail: [
                results.iter().any(|result| text(result, "/level") != "note"),
                github.iter().any(|command| command.command != "notice"),
                gitlab.iter().any(|issue| text(issue, "/severity") != "info"),
            ],
            markdown: formats["markdown"].clone(),
        }
    }

    fn problems(&self, status: i32) -> Vec<String> {
        let Self { json, sarif, github, gitlab, junit, markdown, .. } = self;
        let mut problems = Vec::new();
        if [sarif, github, gitlab, junit].iter().any(|n| *n != json) {
            problems.push(format!("not as many findings as in JSON: {self:?}"));
        }
        let first = markdown.lines().next().unwrap();
        if markdown.matches("\n- **").count() != *json {
            problems.push(format!("{json} findings in JSON, others in Markdown: {markdown}"));
        }
        if status != 0 && (self.others_fail.contains(&false) || !self.junit_fails) {
            problems.push(format!("a run that fails looks as if nothing was wrong: {self:?}"));
        }
        if status == 0 && self.junit_fails {
            problems.push("a run that passes has tests that fail".to_string());
        }
        let said = ["failed", "fails", "undecided", "unknown", "differs", "missing", "nothing was written"];
        if (status != 0) != said.iter().any(|word| first.contains(word)) {
            problems.push(format!("the first line of Markdown is {first:?}"));
        }
        problems
    }
}

#[test]
fn a_clean_run_is_empty_and_not_missing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.yaml"), "# nothing\n").unwrap();
    let (status, formats) = all_formats(dir.path(), &["lint", "a.yaml"]);
    assert_eq!(status, 0);
    assert_eq!(*at(&parsed(&formats["sarif"]), "/runs/0/results"), serde_json::json!([]));
    assert_eq!(formats["gitlab"], "[]\n");
    assert_eq!(formats["github"], "");
    let junit = roxmltree::Document::parse(&formats["junit"]).unwrap();
    let cases: Vec<_> = junit.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), 1);
    assert_eq!((cases[0].attribute("classname"), cases[0].has_children()), (Some("a.yaml"), false));
    assert_eq!(
        formats["markdown"],
        "### unmesh lint passed: 0 errors, 0 warnings, 0 infos\n\nRead 1 file, 0 documents for `calico@3.28`.\n"
    );
}

#[test]
fn standard_output_has_the_bytes_of_the_file() {
    let (_, formats) = all_formats(&root(""), &["lint", "testdata/readme"]);
    for format in FORMATS {
        let end = unmesh(&root(""), &["lint", "testdata/readme", "--format", format]);
        assert_eq!((end.stdout.as_str(), end.stderr.as_str()), (formats[format].as_str(), ""), "{format}");
    }
}

#[test]
fn fingerprints_are_the_same_everywhere_and_no_two_alike() {
    let (_, formats) = all_formats(&root(""), &["lint", "testdata/traffic"]);
    let sarif = parsed(&formats["sarif"]);
    let of_sarif = list(&sarif, "/runs/0/results").iter();
    let of_sarif: Vec<&str> =
        of_sarif.map(|result| text(result, "/partialFingerprints/unmesh~1v1")).collect();
    let gitlab = parsed(&formats["gitlab"]);
    let of_gitlab: Vec<&str> =
        gitlab.as_array().unwrap().iter().map(|issue| text(issue, "/fingerprint")).collect();
    assert!(of_sarif.len() > 20);
    assert_eq!(of_sarif, of_gitlab);
    let unique: std::collections::BTreeSet<&str> = of_sarif.iter().copied().collect();
    assert_eq!(unique.len(), of_sarif.len());
    // GitHub tells alerts of one rule apart by this one.
    let hashes: std::collections::BTreeSet<(&str, &str, &str)> = list(&sarif, "/runs/0/results")
        .iter()
        .map(|result| {
            let file = text(result, "/locations/0/physicalLocation/artifactLocation/uri");
            (text(result, "/ruleId"), file, text(result, "/partialFingerprints/primaryLocationLineHash"))
        })
        .collect();
    assert_eq!(hashes.len(), of_sarif.len());
}

#[test]
fn files_are_replaced_whole_and_links_stay() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("out.sarif");
    fs::write(&place, "old").unwrap();
    let option = format!("--format=sarif={}", place.display());
    assert_eq!(unmesh(&root(""), &["lint", "testdata/readme", &option]).status, 1);
    assert!(fs::read_to_string(&place).unwrap().ends_with("}\n"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        let link = dir.path().join("link.json");
        std::os::unix::fs::symlink(&place, &link).unwrap();
        let option = format!("--format=gitlab={}", link.display());
        assert_eq!(unmesh(&root(""), &["lint", "testdata/readme", &option]).status, 1);
        assert!(link.is_symlink());
        assert!(fs::read_to_string(&place).unwrap().starts_with("[\n"));
        // A device is written to, and stays.
        let end = unmesh(&root(""), &["lint", "testdata/readme", "--format", "junit=/dev/stdout"]);
        assert!(end.stdout.starts_with("<?xml") && Path::new("/dev/stdout").exists(), "{}", end.stderr);
    }
}

#[test]
fn annotations_begin_with_the_gravest_and_notices_with_the_number_of_all() {
    let (_, formats) = all_formats(&root(""), &["lint", "testdata/traffic"]);
    let commands = annotations(&formats["github"]);
    let order = |command: &str| ["error", "warning", "notice"].iter().position(|word| *word == command);
    assert!(commands.is_sorted_by_key(|annotation| order(&annotation.command)));
    let first = commands.iter().find(|annotation| annotation.command == "notice").unwrap();
    let summary = &parsed(&formats["json"])["summary"];
    let counts = ["errors", "warnings", "infos"].map(|key| summary[key].as_u64().unwrap());
    let n = |index: usize, word: &str| {
        format!("{} {word}{}", counts[index], if counts[index] == 1 { "" } else { "s" })
    };
    let expected = [n(0, "error"), n(1, "warning"), n(2, "info")].join(", ");
    assert_eq!((first.properties["title"].as_str(), first.data.as_str()), ("unmesh lint", expected.as_str()));
    assert!(commands.iter().all(|annotation| !annotation.properties.contains_key("endColumn")
        || annotation.properties["line"] == annotation.properties["endLine"]));
}
