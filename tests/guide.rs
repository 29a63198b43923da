//! The guide (`docs/guide/`): each command in it is run, and prints what the page shows.
//!
//! A page is a session in one scratch directory, which begins as a copy of `testdata/guide`:
//!
//! ````text
//! ```console
//! $ unmesh lint mesh          # a command for bash, and below it what it prints, both streams
//! ...                         # any lines
//! [status 1]                  # where it is not 0
//! ```
//! <!-- into: unmesh.toml -->  # the block that follows is written into this file
//! <!-- not run: WHY -->       # the commands that follow need what no test has
//! ````
//!
//! `SNAPSHOTS=overwrite cargo test --test guide` puts what is true now into blocks without `...`.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what cannot be read has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const ANY: &str = "...";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(here("docs/guide")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "md")).collect();
    pages.sort();
    pages
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a command prints, with its status where it is not 0.
fn run(command: &str, scratch: &Path) -> Vec<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_unmesh")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(scratch).stdin(Stdio::null());
    bash.env("PATH", path).env_remove("CLICOLOR_FORCE");
    let output = bash.output().unwrap();
    let mut lines: Vec<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect();
    match output.status.code() {
        Some(0) => {}
        code => lines.push(format!("[status {}]", code.unwrap_or(-1))),
    }
    lines
}

/// Whether lines are as shown; `...` stands for any.
fn is_as_shown(shown: &[&str], lines: &[String]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&ANY, rest)) => (0..=lines.len()).any(|skipped| is_as_shown(rest, &lines[skipped..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| line == first && is_as_shown(rest, lines))
        }
    }
}

/// A page as it ought to be, and what in it is wrong but cannot be put right here.
fn mended(text: &str, scratch: &Path) -> (String, Vec<String>) {
    let (mut out, mut wrong) = (String::new(), Vec::new());
    let mut lines = text.lines().peekable();
    let mut comment = None;
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if !line.starts_with("```") {
            comment = line.strip_prefix("<!-- ").and_then(|text| text.strip_suffix(" -->"));
            continue;
        }
        let mut block = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("```")) {
            block.push(line);
        }
        let kept = comment.take();
        if let Some(file) = kept.and_then(|comment| comment.strip_prefix("into: ")) {
            fs::write(scratch.join(file), block.join("\n") + "\n").unwrap();
        }
        if line == "```console" && !kept.is_some_and(|comment| comment.starts_with("not run: ")) {
            session(&block, scratch, &mut out, &mut wrong);
        } else {
            out.extend(block.iter().map(|line| format!("{line}\n")));
        }
        out.push_str(lines.next().unwrap_or_default());
        out.push('\n');
    }
    (out, wrong)
}

/// Runs the commands of a block.
fn session(block: &[&str], scratch: &Path, out: &mut String, wrong: &mut Vec<String>) {
    for part in block.chunk_by(|_, next| !next.starts_with("$ ")) {
        let (prompt, shown) = part.split_first().unwrap();
        let command = prompt.strip_prefix("$ ").unwrap_or_else(|| panic!("no command begins: {prompt}"));
        let printed = run(command, scratch);
        let as_shown = is_as_shown(shown, &printed);
        out.push_str(prompt);
        out.push('\n');
        if !as_shown && shown.contains(&ANY) {
            wrong.push(format!("{command}\n{}", printed.join("\n")));
        }
        if as_shown || shown.contains(&ANY) {
            out.extend(shown.iter().map(|line| format!("{line}\n")));
        } else {
            out.extend(printed.iter().map(|line| format!("{line}\n")));
        }
    }
}

#[test]
fn each_command_prints_what_the_guide_shows() {
    let pages = pages();
    assert!(pages.len() > 3, "{pages:?}");
    for page in pages {
        let scratch = tempfile::tempdir().unwrap();
        copy(&here("testdata/guide"), scratch.path());
        let text = fs::read_to_string(&page).unwrap();
        let (mended, wrong) = mended(&text, scratch.path());
        assert!(wrong.is_empty(), "{}: this is printed now\n{}", page.display(), wrong.join("\n\n"));
        snapbox::assert_data_eq!(mended, snapbox::Data::read_from(&page, None).raw());
    }
}

#[test]
fn dots_stand_for_any_lines() {
    let lines = ["a", "b", "c"].map(str::to_string);
    for (shown, expected) in [
        (vec!["a", "b", "c"], true),
        (vec!["a", ANY], true),
        (vec![ANY, "c"], true),
        (vec!["a", ANY, "c"], true),
        (vec![ANY, "b"], false),
        (vec!["a", "b", "c", ANY], true),
        (vec!["b", ANY], false),
        (vec!["a", "b"], false),
    ] {
        assert_eq!(is_as_shown(&shown, &lines), expected, "{shown:?}");
    }
}
