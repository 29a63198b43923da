//! Every code has a page and a pair of examples: one input that yields it and nothing else, and
//! the same input mended by one edit.
//!
//! The examples stand in `testdata/codes/<code>/`. Their first lines are comments: `# args:`, what
//! `lint` is given besides (paths from the package's root), and `# underlines:`, the text that the
//! finding points at; without it, the finding has no place.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: what cannot run has failed")]

use serde::Deserialize;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use unmesh::finding::Code;
use unmesh::finding::codes;

/// Codes without examples, and why.
const WITHOUT_EXAMPLES: &[(&str, &str)] = &[
    ("UM047", "it never stands alone: it is said of a finding that widens"),
    ("UM172", "it never stands alone: UM350, UM351 or UM353 is said of the same entry"),
    ("UM175", "it never stands alone: UM323 is said of the same routes"),
    ("UM186", "it never stands alone: UM434 is said of the same object"),
    ("UM327", "it never stands alone: UM326, which widens, is said of the same setting"),
    ("UM352", "it never stands alone: UM350, UM351 or UM353 is said of the same entry"),
    ("UM435", "it never stands alone: UM350, UM351 or UM434 is said of the same object"),
    ("UM601", "`verify` alone yields it, where unmesh has a bug or somebody edited what it wrote"),
    ("UM602", "only a bug in unmesh yields it"),
    ("UM603", "only a bug in unmesh yields it"),
    ("UM604", "`verify` alone yields it"),
];

/// Codes whose examples are worth knowing, and no more: an info, whatever else the code may be.
const INFO: &[&str] = &[
    "UM016", "UM035", "UM107", "UM131", "UM141", "UM142", "UM145", "UM169", "UM181", "UM213", "UM214",
    "UM220", "UM307", "UM324", "UM328", "UM338", "UM339", "UM344", "UM347", "UM348", "UM349", "UM355",
    "UM366", "UM367", "UM369", "UM404", "UM410", "UM411", "UM412", "UM414", "UM416", "UM421", "UM422",
    "UM425", "UM445", "UM446", "UM448", "UM449", "UM452", "UM506", "UM507", "UM016", "UM035", "UM107",
    "UM131", "UM141", "UM142", "UM145", "UM170", "UM177", "UM178", "UM185", "UM213", "UM214", "UM220",
    "UM307", "UM324", "UM328", "UM338", "UM339", "UM344", "UM347", "UM348", "UM349", "UM355", "UM366",
    "UM367", "UM369", "UM404", "UM410", "UM411", "UM412", "UM414", "UM416", "UM421", "UM422", "UM425",
    "UM445", "UM446", "UM448", "UM449", "UM452", "UM506", "UM507",
];

/// Told of every mesh in which mutual TLS is asked for, whatever else an example is about.
const EVERYWHERE: &str = "UM454";

/// One of the two files of a code.
struct Example {
    path: PathBuf,
    text: String,
    args: Vec<String>,
    underlines: Option<String>,
}

/// A finding in JSON, as far as these tests look.
#[derive(Deserialize, Debug)]
struct Finding {
    code: String,
    severity: String,
    message: String,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

#[derive(Deserialize)]
struct Run {
    findings: Vec<Finding>,
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names in a directory, without their ending.
fn stems(path: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root(path)).unwrap();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_string();
    entries.map(|entry| stem(entry.unwrap().path())).collect()
}

fn is_exempt(code: &Code) -> bool {
    WITHOUT_EXAMPLES.iter().any(|(id, _)| *id == code.id)
}

/// The codes with examples.
fn with_examples() -> impl Iterator<Item = &'static Code> {
    codes::all().filter(|code| !is_exempt(code))
}

impl Example {
    /// Files that are no UTF-8 are read as far as they are text.
    fn read(code: &Code, name: &str) -> Self {
        let path = PathBuf::from(format!("testdata/codes/{}/{name}.yaml", code.id));
        let bytes = std::fs::read(root(path.to_str().unwrap()));
        let bytes = bytes.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let header = |key: &str| {
            let mut comments = text.lines().take_while(|line| line.starts_with('#'));
            comments.find_map(|line| line.strip_prefix(key)).map(str::to_string)
        };
        let args = header("# args: ").unwrap_or_default();
        let args = args.split_whitespace().map(str::to_string).collect();
        let underlines = header("# underlines: ");
        Self { path, text, args, underlines }
    }

    fn lint(&self) -> Vec<Finding> {
        let output = Command::new(env!("CARGO_BIN_EXE_unmesh"))
            .arg("lint")
            .args(&self.args)
            .args(["--format", "json"])
            .arg(&self.path)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let run: Result<Run, _> = serde_json::from_slice(&output.stdout);
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        run.unwrap_or_else(|error| panic!("{}: {error}: {}", self.path.display(), said())).findings
    }

    /// What a finding points at; `None` for one without a place, or in another file.
    fn underlined(&self, finding: &Finding) -> Option<String> {
        let here = finding.file.as_deref() == self.path.to_str();
        let from = (finding.line?, finding.column?);
        let to = (finding.end_line?, finding.end_column?);
        let mut text = String::new();
        for (line, content) in (1..).zip(self.text.split_inclusive('\n')) {
            for (column, character) in (1..).zip(content.chars()) {
                if (line, column) >= from && (line, column) < to {
                    text.push(character);
                }
            }
        }
        here.then_some(text)
    }
}

impl Finding {
    fn is_grave(&self) -> bool {
        self.severity != "info"
    }

    fn short(&self) -> String {
        format!("{} {} at {:?}: {}", self.severity, self.code, self.line, self.message)
    }
}

fn short<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    findings.into_iter().map(Finding::short).collect::<Vec<_>>().join("\n  ")
}

/// What is wrong with the wrong example.
fn judge_wrong(code: &Code) -> Result<(), String> {
    let example = Example::read(code, "wrong");
    let findings = example.lint();
    let all = || format!("found:\n  {}", short(&findings));
    let (own, others): (Vec<_>, Vec<_>) = findings.iter().partition(|finding| finding.code == code.id);
    let [own] = own.as_slice() else { return Err(format!("not once; {}", all())) };
    if own.is_grave() == INFO.contains(&code.id) {
        return Err(format!("its severity is {}, and INFO says otherwise", own.severity));
    }
    if others.iter().any(|finding| finding.is_grave() && finding.code != EVERYWHERE) {
        return Err(format!("not alone; {}", all()));
    }
    let underlined = example.underlined(own);
    if underlined == example.underlines {
        Ok(())
    } else {
        Err(format!("underlines {underlined:?}, not {:?}", example.underlines))
    }
}

/// What is wrong with the right example.
fn judge_right(code: &Code) -> Result<(), String> {
    let findings = Example::read(code, "right").lint();
    let tells = |finding: &&Finding| finding.is_grave() && finding.code != EVERYWHERE;
    let left: Vec<_> = findings.iter().filter(|found| tells(found) || found.code == code.id).collect();
    if left.is_empty() { Ok(()) } else { Err(format!("found:\n  {}", short(left))) }
}

/// Whether the two differ by one edit.
fn judge_edit(code: &Code) -> Result<(), String> {
    let (wrong, right) = (Example::read(code, "wrong"), Example::read(code, "right"));
    let diff = TextDiff::from_lines(&wrong.text, &right.text);
    match diff.grouped_ops(0).len() {
        1 => Ok(()),
        number => Err(format!("the files differ in {number} places:\n{}", diff.unified_diff())),
    }
}

/// Judges every code, and tells all that fail.
fn judge(judge: fn(&Code) -> Result<(), String>) {
    let failed = with_examples().filter_map(|code| Some(format!("{}: {}", code.id, judge(code).err()?)));
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_code_has_examples_or_a_reason_to_have_none() {
    let expected: BTreeSet<String> = with_examples().map(|code| code.id.to_string()).collect();
    assert_eq!(stems("testdata/codes"), expected);
    let all: BTreeSet<&str> = codes::all().map(|code| code.id).collect();
    let listed = WITHOUT_EXAMPLES.iter().map(|(id, _)| id).chain(INFO);
    let unknown: Vec<_> = listed.filter(|id| !all.contains(*id)).collect();
    assert!(unknown.is_empty(), "no codes: {unknown:?}");
}

#[test]
fn a_wrong_example_yields_its_code_alone_once_and_where_it_is() {
    judge(judge_wrong);
}

#[test]
fn a_right_example_yields_nothing() {
    judge(judge_right);
}

#[test]
fn a_wrong_example_is_mended_by_one_edit() {
    judge(judge_edit);
}

/// The sections of a page, in order.
const SECTIONS: &[&str] = &["What it means", "Why it matters", "What to do", "Before and after"];

/// The title and the text of each section.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let parts = page.split("\n## ").skip(1);
    parts.filter_map(|part| part.split_once('\n')).collect()
}

/// The fenced blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    text.split(opening.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let expected: BTreeSet<String> = codes::all().map(|code| code.id.to_string()).collect();
    assert_eq!(stems("docs/codes"), expected);
}

#[test]
fn pages_have_a_title_and_four_sections_with_text() {
    let mut failed = Vec::new();
    for code in codes::all() {
        let sections = sections(code.page);
        let titled = code.page.starts_with(&format!("# {} {}\n", code.id, code.name));
        let named: Vec<&str> = sections.iter().map(|(title, _)| *title).collect();
        let empty = sections.iter().any(|(_, text)| text.trim().is_empty());
        if !titled || named != SECTIONS || empty {
            failed.push(code.id);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// Codes about YAML that cannot be read: their first block shows it.
const UNREADABLE: &[&str] = &["UM001", "UM004", "UM005"];

#[test]
fn yaml_in_pages_can_be_read() {
    let mut failed = BTreeMap::new();
    for code in codes::all() {
        let first = usize::from(UNREADABLE.contains(&code.id));
        for block in blocks(code.page, "yaml").into_iter().skip(first) {
            let documents = serde_yaml::Deserializer::from_str(block);
            let read: Result<Vec<_>, _> = documents.map(serde_yaml::Value::deserialize).collect();
            if let Err(error) = read {
                failed.insert(code.id, error.to_string());
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn pages_link_to_pages_that_exist() {
    let all: BTreeSet<&str> = codes::all().map(|code| code.id).collect();
    for code in codes::all() {
        let links = code.page.split("](").skip(1).filter_map(|rest| rest.split_once(".md)"));
        for (link, _) in links {
            assert!(all.contains(link), "{}: {link}", code.id);
        }
    }
}
