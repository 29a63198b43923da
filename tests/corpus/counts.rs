//! How often each code is found in each folder: `.ci/corpus/counts.tsv`, reviewed as lints change.
//!
//! `SNAPSHOTS=overwrite` writes the file anew; its difference is for people to read.

use crate::program::{self, Report};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const HEAD: &str =
    "# Findings by folder and code, of `unmesh lint --target calico@3.32`: folder, code and count.\n";

/// What a folder's line says.
pub(crate) fn line(corpus: &Path, folder: &str) -> Result<String, String> {
    let report = Report::parse(&program::lint(&corpus.join(folder), ".", &["--target", "calico@3.32"])?)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.findings() {
        *counts.entry(finding["code"].as_str().expect("a code")).or_default() += 1;
    }
    let mut line = folder.to_string();
    for (code, count) in counts {
        let _ = write!(line, "\t{code} {count}");
    }
    Ok(line + "\n")
}

/// Lines that are not those of the file.
pub(crate) fn faults(lines: &[String]) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/corpus/counts.tsv");
    let text = HEAD.to_string() + &lines.concat();
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&path, text).expect("the file can be written");
        return Vec::new();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let other = |line: &&str, of: &str| !of.lines().any(|other| other == *line);
    let gone = kept.lines().filter(|line| other(line, &text)).map(|line| format!("was: {line}"));
    let new = text.lines().filter(|line| other(line, &kept)).map(|line| format!("is:  {line}"));
    gone.chain(new).collect()
}
