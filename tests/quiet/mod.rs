//! Runs of the program in a directory, and what they showed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what cannot run has failed"
)]
#![allow(dead_code, reason = "no test uses all of it")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a run showed.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program in a directory, with nothing on standard input.
pub(crate) fn run(directory: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    let output = command.args(args).current_dir(directory).stdin(Stdio::null()).output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The findings of a run, as machines and as people get them.
pub(crate) fn findings(directory: &Path, args: &[&str]) -> Findings {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json", "--format", "human"]).collect();
    let ran = run(directory, &args);
    let json = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    Findings { status: ran.status, stderr: ran.stderr, json }
}

/// What `findings` gives.
pub(crate) struct Findings {
    pub(crate) status: i32,
    pub(crate) stderr: String,
    pub(crate) json: Value,
}

impl Findings {
    /// `CODE FILE:LINE` of each finding with one of some codes; of all if there are none.
    pub(crate) fn of(&self, codes: &[&str]) -> Vec<String> {
        let all = self.json["findings"].as_array().unwrap();
        let wanted =
            |finding: &&Value| codes.is_empty() || codes.contains(&finding["code"].as_str().unwrap());
        let short = |finding: &Value| {
            let code = finding["code"].as_str().unwrap();
            match finding["file"].as_str() {
                Some(file) => format!("{code} {file}:{}", finding["line"]),
                None => code.to_string(),
            }
        };
        all.iter().filter(wanted).map(short).collect()
    }

    /// The first finding of a code.
    pub(crate) fn first(&self, code: &str) -> &Value {
        let all = self.json["findings"].as_array().unwrap();
        all.iter()
            .find(|finding| finding["code"] == code)
            .unwrap_or_else(|| panic!("no {code}: {}", self.stderr))
    }

    /// A number of the summary.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.json["summary"][name].as_u64().unwrap()
    }
}

/// A directory with files, for one test.
pub(crate) fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}
