//! Findings in the formats of other programs, read back by parsers of their own.
//!
//! `hostile` puts names into the input that try to break out of each format; `same` holds formats against
//! each other and against the exit status; `places` looks at paths, lines and columns.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what cannot run has failed"
)]

mod hostile;
mod places;
mod same;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All formats for other programs.
const FORMATS: [&str; 5] = ["sarif", "github", "gitlab", "junit", "markdown"];

/// How a run ended.
#[derive(PartialEq, Eq, Debug)]
struct End {
    status: i32,
    stdout: String,
    stderr: String,
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A run in a directory.
fn unmesh(directory: &Path, args: &[&str]) -> End {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    command.args(args).current_dir(directory).env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    End {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// One run in every format at once, JSON among them: the status, and the text of each.
fn all_formats(directory: &Path, args: &[&str]) -> (i32, BTreeMap<&'static str, String>) {
    let out = tempfile::tempdir().unwrap();
    let names = FORMATS.into_iter().chain(["json"]);
    let options: Vec<String> =
        names.clone().map(|name| format!("--format={name}={}", out.path().join(name).display())).collect();
    let all: Vec<&str> = args.iter().copied().chain(options.iter().map(String::as_str)).collect();
    let end = unmesh(directory, &all);
    let text = |name| fs::read_to_string(out.path().join(name)).unwrap_or_else(|_| panic!("{}", end.stderr));
    (end.status, names.map(|name| (name, text(name))).collect())
}

/// The value at a JSON pointer; that it is not there fails the test.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {value:#}"))
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a Vec<Value> {
    at(value, pointer).as_array().unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer} in {value:#}"))
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A workflow command, read as the runner reads it.
#[derive(Debug)]
struct Annotation {
    command: String,
    properties: BTreeMap<String, String>,
    data: String,
}

/// The commands of a text; a line that is none fails the test.
fn annotations(text: &str) -> Vec<Annotation> {
    let one = |line: &str| {
        let (head, data) = line.strip_prefix("::").and_then(|rest| rest.split_once("::"))?;
        let (command, properties) = head.split_once(' ')?;
        let pairs = properties.split(',').map(|pair| pair.split_once('='));
        let properties: Option<BTreeMap<String, String>> =
            pairs.map(|pair| pair.map(|(key, value)| (key.to_string(), unescaped(value, true)))).collect();
        Some(Annotation {
            command: command.to_string(),
            properties: properties?,
            data: unescaped(data, false),
        })
    };
    // The runner ends a line at either.
    let lines = text.split(['\n', '\r']).filter(|line| !line.is_empty());
    lines.map(|line| one(line).unwrap_or_else(|| panic!("no command: {line:?}"))).collect()
}

/// `unescapeData` and `unescapeProperty` of the runner: `%25` comes last.
fn unescaped(text: &str, property: bool) -> String {
    let mut text = text.replace("%0D", "\r").replace("%0A", "\n");
    if property {
        text = text.replace("%3A", ":").replace("%2C", ",");
    }
    text.replace("%25", "%")
}
