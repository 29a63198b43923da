//! The documents that people read: what they show is what the program does, and what they name is
//! there.
//!
//! A fenced block is kept true by a comment on the line before it:
//!
//! ```text
//! <!-- file: testdata/readme/orders.yaml -->
//! <!-- stdout, status 1: unmesh diff testdata/readme -->
//! <!-- stderr, status 1: unmesh diff testdata/readme -->
//! <!-- stdout, first 3 paragraphs, status 0: unmesh verify testdata/readme -->
//! ```
//!
//! `SNAPSHOTS=overwrite cargo test --test readme` puts what is true now into the blocks.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what cannot be read has failed")]

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Namespace, core::v1::Service};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(here(path)).map_err(|error| format!("{path}: {error}")).unwrap()
}

/// All prose but the pages of codes, which have tests of their own.
fn documents() -> Vec<String> {
    let mut names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_string);
    names.sort();
    names.into_iter().chain(pages("docs")).collect()
}

/// The same with the chapters, whose commands have tests of their own.
fn with_chapters() -> Vec<String> {
    documents().into_iter().chain(["docs/ci", "docs/guide"].into_iter().flat_map(pages)).collect()
}

/// The pages of a folder.
fn pages(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(here(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let mut pages: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    pages.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

/// A run of the program from the top of the repository: status, standard output, standard error.
fn unmesh(args: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    command.args(args.split(' ')).current_dir(here("")).env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// What a block has to hold, by the comment before it.
fn truth(comment: &str) -> String {
    let (what, value) = comment.split_once(": ").unwrap();
    if what == "file" {
        return read(value);
    }
    let (what, status) = what.split_once(", status ").unwrap();
    let (stream, part) = what.split_once(", ").map_or((what, None), |(stream, part)| (stream, Some(part)));
    let (found, stdout, stderr) = unmesh(value.strip_prefix("unmesh ").unwrap());
    assert_eq!(found.to_string(), status, "{comment}");
    assert!(["stdout", "stderr"].contains(&stream), "{comment}");
    let whole = if stream == "stdout" { stdout } else { stderr };
    let Some(part) = part else { return whole };
    let count = part.strip_prefix("first ").and_then(|rest| rest.strip_suffix(" paragraphs")).unwrap();
    let paragraphs: Vec<&str> = whole.split("\n\n").take(count.parse().unwrap()).collect();
    format!("{}\n", paragraphs.join("\n\n").trim_end_matches('\n'))
}

/// The document with every block of a file or of output as it ought to be.
fn mended(text: &str) -> String {
    let mut out = String::new();
    let (mut comment, mut inside, mut replaced) = (None, false, false);
    for line in text.split_inclusive('\n') {
        let fence = line.starts_with("```");
        if !(inside && replaced) || fence {
            out.push_str(line);
        }
        if fence && !inside {
            let truth = comment.map(truth);
            replaced = truth.is_some();
            out.push_str(&truth.unwrap_or_default());
        }
        inside = inside != fence;
        comment = line.trim_end().strip_prefix("<!-- ").and_then(|text| text.strip_suffix(" -->"));
    }
    out
}

#[test]
fn blocks_show_files_and_output_as_they_are() {
    for name in documents() {
        let mended = mended(&read(&name));
        snapbox::assert_data_eq!(mended, snapbox::Data::read_from(&here(&name), None).raw());
    }
}

#[test]
fn what_is_shown_of_the_program_is_kept_true() {
    let readme = read("README.md");
    let shown = |what: &str| readme.lines().filter(|line| line.starts_with(&format!("<!-- {what}"))).count();
    assert_eq!((shown("file: "), shown("stdout, "), shown("stderr, ")), (1, 2, 1));
    for name in documents() {
        let text = read(&name);
        let mut before = "";
        for line in text.lines() {
            let product = ["```diff", "```text"].contains(&line) && name == "README.md";
            assert!(!product || before.starts_with("<!-- "), "{name}: a block of output without a command");
            before = line;
        }
    }
}

#[test]
fn the_command_of_the_readme_ends_with_the_status_that_it_names() {
    let readme = read("README.md");
    let line = readme.lines().find(|line| line.starts_with("cargo run ")).unwrap();
    let args = line.split_once(" -- ").unwrap().1;
    let (status, stdout, _) = unmesh(args);
    assert!(readme.contains(&format!("exits with status {status}")), "status {status}");
    assert!(readme.contains(&stdout), "{args} prints another patch than the one shown");
    let acceptance = readme.split('`').find(|text| text.starts_with("--accept ")).unwrap();
    assert_eq!(unmesh(&format!("{args} {acceptance}")).0, 0, "{acceptance}");
}

/// Words that look like options of unmesh, and are those of other programs.
const OTHERS: [&str; 7] =
    ["--release", "--locked", "--all-targets", "--all", "--check", "--test", "--name-only"];

#[test]
fn options_in_prose_are_there() {
    let help: String = ["lint --help", "translate --help", "diff --help", "verify --help", "why --help"]
        .map(|args| unmesh(args).1)
        .join(" ");
    let options = words(&help, "--");
    for name in documents() {
        let text = read(&name);
        // What is named under this heading is there only in the plans.
        let (built, planned) = text.split_once("## Not yet").unwrap_or((&text, ""));
        let planned = planned.split_once("\n## ").map_or("", |(_, after)| after);
        for option in words(built, "--").union(&words(planned, "--")) {
            assert!(options.contains(option) || OTHERS.contains(&option.as_str()), "{name}: no {option}");
        }
    }
}

#[test]
fn codes_and_links_are_there() {
    let codes: BTreeSet<&str> = unmesh::finding::codes::all().map(|code| code.id).collect();
    for name in with_chapters() {
        let text = read(&name);
        for code in words(&text, "UM") {
            let number = code.get(2..).unwrap().bytes().all(|byte| byte.is_ascii_digit());
            assert!(!number || code.len() != 5 || codes.contains(code.as_str()), "{name}: no {code}");
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            if link.starts_with("https://") {
                continue;
            }
            let target = if path.is_empty() { here(&name) } else { here(&name).parent().unwrap().join(path) };
            assert!(target.exists(), "{name}: no {link}");
            let found = || headings(&fs::read_to_string(&target).unwrap()).contains(heading);
            assert!(heading.is_empty() || found(), "{name}: {path} has no heading for #{heading}");
        }
    }
}

/// The headings of a page as links name them.
fn headings(text: &str) -> BTreeSet<String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#'));
    let slug = |title: &str| {
        let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
        title.trim().to_lowercase().chars().filter(kept).map(|it| if it == ' ' { '-' } else { it }).collect()
    };
    titles.map(slug).collect()
}

/// All words of a text that begin so.
fn words(text: &str, start: &str) -> BTreeSet<String> {
    let letter = |char: char| char.is_ascii_alphanumeric() || char == '-';
    let words = text.split(|char| !letter(char)).filter(|word| word.starts_with(start));
    words.filter(|word| word.len() > start.len() && !word.ends_with('-')).map(str::to_string).collect()
}

#[test]
fn paths_in_the_map_exist() {
    let map = read("ARCHITECTURE.md");
    let quoted: Vec<&str> = map.split('`').skip(1).step_by(2).collect();
    let paths = quoted.iter().filter(|text| text.contains('/') && text.starts_with(['s', 'd', 't', '.']));
    let paths: Vec<&&str> = paths.filter(|text| !text.contains([' ', '*', '<', '@'])).collect();
    assert!(paths.len() > 20, "the map names {} paths", paths.len());
    for path in paths {
        assert!(here(path).exists(), "ARCHITECTURE.md names `{path}`, which is not there");
    }
    for entry in fs::read_dir(here("src")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir())
    {
        let folder = format!("`src/{}/`", entry.file_name().into_string().unwrap());
        assert!(map.contains(&folder), "ARCHITECTURE.md does not name {folder}");
    }
}

#[test]
fn every_dependency_has_its_reason_and_the_rust_version_is_named() {
    let cargo = read("Cargo.toml");
    let version = cargo.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    assert!(read("README.md").contains(&format!("Rust {}", version.trim_matches('"'))));
    let page = read("docs/dependencies.md");
    let sections = cargo
        .split("\n[")
        .filter(|section| section.starts_with("dependencies]") || section.starts_with("dev-dependencies]"));
    let names = sections.flat_map(str::lines).filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = names.filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("\n| `{name}`")), "docs/dependencies.md has no line for {name}");
    }
}

/// The document as Kubernetes' type, and back: a field that the type does not have would be lost.
fn is_whole<T: Serialize + DeserializeOwned>(document: &serde_json::Value) {
    let typed: T = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(&serde_json::to_value(typed).unwrap(), document);
}

#[test]
fn the_sample_cluster_is_what_kubernetes_reads() {
    let text = read("testdata/readme/cluster.yaml");
    let mut kinds = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&text) {
        let value = serde_json::Value::deserialize(document).unwrap();
        let kind = value["kind"].as_str().unwrap().to_string();
        match kind.as_str() {
            "Namespace" => is_whole::<Namespace>(&value),
            "Service" => is_whole::<Service>(&value),
            "Deployment" => is_whole::<Deployment>(&value),
            other => panic!("a kind without a check: {other}"),
        }
        kinds.push(kind);
    }
    assert_eq!(kinds, ["Namespace", "Namespace", "Service", "Deployment"]);
}
