//! Runs of the program, and what they say.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// The report of a run in the machine format.
pub(crate) struct Report(Value);

/// What a finding says, without its help.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Said {
    pub(crate) code: String,
    pub(crate) direction: String,
    /// The kind of the object that it is about; empty where it is about none.
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) place: String,
}

/// Standard output of `lint` in the machine format; a run that could not go on is a failure.
pub(crate) fn lint(dir: &Path, path: &str, args: &[&str]) -> Result<String, String> {
    let mut all = vec!["lint", path];
    all.extend(args);
    run(dir, &all)
}

/// What a command answers in the machine format.
pub(crate) fn json(dir: &Path, args: &[&str]) -> Result<Value, String> {
    let text = run(dir, args)?;
    serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}"))
}

/// The same, with the status.
pub(crate) fn json_and_status(dir: &Path, args: &[&str]) -> Result<(Value, i32), String> {
    let (text, status) = run_with_status(dir, args)?;
    Ok((serde_json::from_str(&text).map_err(|error| format!("no JSON: {error}"))?, status))
}

fn run(dir: &Path, args: &[&str]) -> Result<String, String> {
    run_with_status(dir, args).map(|(text, _)| text)
}

fn run_with_status(dir: &Path, args: &[&str]) -> Result<(String, i32), String> {
    let program = std::env::var_os("UNMESH_PROGRAM");
    let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_unmesh").into());
    let mut command = Command::new(program);
    command.args(args).args(["--format", "json"]).current_dir(dir).stdin(Stdio::null());
    let output = command.output().expect("the program starts");
    match output.status.code() {
        Some(status @ (0 | 1 | 3)) => Ok((String::from_utf8(output.stdout).expect("UTF-8"), status)),
        status => Err(format!("status {status:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

impl Report {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        if value["version"] == 1 { Ok(Self(value)) } else { Err("another version of the format".into()) }
    }

    pub(crate) fn findings(&self) -> &[Value] {
        self.0["findings"].as_array().expect("findings are a list")
    }

    /// Findings by what they say, each with how often it is said.
    pub(crate) fn said(&self) -> BTreeMap<Said, usize> {
        let mut said = BTreeMap::new();
        for finding in self.findings() {
            let text = |key: &str| finding[key].as_str().unwrap_or("").to_string();
            let place = format!("{}:{}", text("file"), finding["line"]);
            let (code, direction, message) = (text("code"), text("direction"), text("message"));
            let kind = finding["object"]["kind"].as_str().unwrap_or("").to_string();
            *said.entry(Said { code, direction, kind, message, place }).or_insert(0) += 1;
        }
        said
    }

    pub(crate) fn files(&self) -> usize {
        number(&self.0["summary"]["files"])
    }

    pub(crate) fn documents(&self) -> usize {
        number(&self.0["summary"]["documents"])
    }

    /// Objects read, of all kinds.
    pub(crate) fn resources(&self) -> usize {
        let kinds = self.0["summary"]["resources"].as_object().expect("resources are a mapping");
        kinds.values().map(number).sum()
    }

    /// Documents and items that were skipped, files left out.
    pub(crate) fn skipped(&self) -> Vec<&Value> {
        let skipped = self.0["summary"]["skipped"].as_array().expect("skipped is a list");
        skipped.iter().filter(|skipped| !skipped["line"].is_null()).collect()
    }
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).expect("a number")
}
