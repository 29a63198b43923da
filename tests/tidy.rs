//! What the repository says of itself holds: which module may use which, who prints, how long files
//! are, and that documents name files that exist.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The stages in their order; those of one line never use each other.
const STAGES: &[&[&str]] = &[
    &["source"],
    &["yaml"],
    &["manifest"],
    &["istio"],
    &["ir"],
    &["lower"],
    &["lint", "translate", "verify"],
    &["report"],
    &["pipeline"],
    &["cli"],
];

/// What stands beside the stages, and all that it may use.
const BESIDE: &[(&str, &[&str])] = &[
    ("finding", &["source"]),
    ("config", &["finding", "names", "source"]),
    ("names", &[]),
    ("progress", &[]),
    ("object", &["config", "finding", "names", "source", "yaml"]),
];

/// Edges that the order allows and the design forbids.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("ir", "istio", "the neutral model knows no front end"),
    ("ir", "object", "the neutral model knows no target"),
    ("lower", "object", "a front end knows no target"),
    ("lint", "object", "lints hold for every target"),
    ("translate", "istio", "a back end knows no front end"),
    ("translate", "lower", "a back end takes the model as it is"),
    ("istio", "object", "a front end knows no target"),
    ("source", "object", "reading knows no target"),
    ("yaml", "object", "reading knows no target"),
];

/// The longest source file.
const LONGEST: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a directory, by path.
fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Each file of `src` with its path below `src` and its text.
fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let name = |path: &Path| path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
    rust_files(&src).iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// The module of `src/lib.rs` that a file belongs to.
fn module(file: &str) -> &str {
    file.split_once('/').map_or_else(|| file.trim_end_matches(".rs"), |(module, _)| module)
}

/// The text without comments: what they name is no dependency.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let start = line.trim_start();
        if start.starts_with("//") { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that a text names after `crate::`, one by one or in braces.
fn used(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, rest) in text.match_indices("crate::").map(|(at, word)| text.split_at(at + word.len())) {
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(identifier(rest));
            continue;
        };
        let mut depth = 0;
        let mut first = true;
        for (at, letter) in list.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' => first = depth == 0 || first,
                _ if letter.is_whitespace() => {}
                _ if first && depth == 0 => {
                    found.insert(identifier(list.split_at(at).1));
                    first = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// The place of a stage in the order.
fn stage(module: &str) -> Option<usize> {
    STAGES.iter().position(|stages| stages.contains(&module))
}

/// Why a module may not use another; `None` where it may.
fn objection(user: &str, used: &str) -> Option<String> {
    if user == used || ["lib", "main"].contains(&user) {
        return None;
    }
    if let Some((_, _, why)) = FORBIDDEN.iter().find(|(from, to, _)| *from == user && *to == used) {
        return Some((*why).to_string());
    }
    if let Some((_, allowed)) = BESIDE.iter().find(|(name, _)| *name == user) {
        return (!allowed.contains(&used)).then(|| format!("`{user}` stands beside the stages"));
    }
    let is_beside = BESIDE.iter().any(|(name, _)| *name == used);
    match (stage(user), stage(used)) {
        (None, _) => Some(format!("`{user}` has no place in the order")),
        (_, None) if is_beside => None,
        (_, None) => Some(format!("`{used}` has no place in the order")),
        (Some(own), Some(other)) => (own <= other).then(|| format!("`{used}` does not come before `{user}`")),
    }
}

#[test]
fn paths_are_found_in_every_form() {
    let found =
        used("use crate::{istio, lint::{A, B},\n manifest};\nuse crate::yaml::Node;\nf(crate::ir::Rule);");
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["ir", "istio", "lint", "manifest", "yaml"]);
    assert_eq!(objection("translate", "ir"), None);
    for (user, other) in
        [("translate", "verify"), ("ir", "istio"), ("yaml", "report"), ("config", "ir"), ("lint", "new")]
    {
        assert!(objection(user, other).is_some(), "{user} uses {other}");
    }
}

#[test]
fn each_stage_uses_earlier_ones_alone() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for other in used(&code(&text)) {
            if let Some(why) = objection(module(&file), &other) {
                wrong.push(format!("src/{file} uses `{other}`: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_reports_and_the_command_line_print() {
    const WORDS: &[&str] =
        &["println!", "eprintln!", "print!(", "eprint!(", "dbg!", "stdout()", "stderr()", "anstream::"];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let printed = WORDS.iter().filter(|word| code(&text).contains(**word));
        if !["cli", "report"].contains(&module(&file)) {
            wrong.extend(printed.map(|word| format!("src/{file}: `{word}`")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("src/{file} has {lines} lines"));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("src/{file} does not begin with what it is for"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The paths that a document names in backticks: what begins with a directory of this repository,
/// and holds no placeholder.
fn paths(document: &str) -> Vec<String> {
    const DIRECTORIES: &[&str] =
        &["src/", "tests/", "testdata/", "docs/", "benches/", "fuzz/", "conformance/", ".github/"];
    let quoted = document.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|text| DIRECTORIES.iter().any(|directory| text.starts_with(directory)));
    let literal = |text: &&str| !text.contains(['*', '<', '{', ' ', '\n', '[']) && !text.contains("nnn");
    paths.filter(literal).map(str::to_string).collect()
}

#[test]
fn documents_name_files_that_exist() {
    assert_eq!(paths("see `src/lib.rs`, `docs/codes/UMnnn.md` and `cargo test`"), ["src/lib.rs"]);
    let mut wrong = Vec::new();
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"] {
        let Ok(document) = fs::read_to_string(root().join(name)) else { continue };
        let missing = paths(&document).into_iter().filter(|path| !root().join(path).exists());
        wrong.extend(missing.map(|path| format!("{name} names `{path}`")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
