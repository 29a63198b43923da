//! The command line from outside: exit statuses, streams, and what goes wrong.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what cannot run has failed")]

use snapbox::cmd::Command;
use std::path::{Path, PathBuf};

/// How a run ended.
#[derive(PartialEq, Eq, Debug)]
struct End {
    status: i32,
    stdout: String,
    stderr: String,
}

fn unmesh(args: &[&str]) -> Command {
    Command::new(env!("CARGO_BIN_EXE_unmesh")).args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE")
}

fn end(command: Command) -> End {
    let output = command.output().unwrap();
    End {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A run that reads from standard input; `lint` of nothing but a comment is the shortest good one.
fn lint(args: &[&str]) -> End {
    let all: Vec<&str> = ["lint"].iter().chain(args).chain(&["-"]).copied().collect();
    end(unmesh(&all).stdin("# nothing\n---\n"))
}

/// A run in a shell, for streams that a test cannot make otherwise.
fn shell(script: &str) -> End {
    end(Command::new("sh").args(["-c", script]).env("UNMESH", env!("CARGO_BIN_EXE_unmesh")))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn help_shows_what_there_is() {
    for name in [
        "help",
        "lint",
        "translate",
        "diff",
        "verify",
        "why",
        "init",
        "config",
        "explain",
        "rules",
        "completions",
        "man",
    ] {
        let args = if name == "help" { vec!["--help"] } else { vec![name, "--help"] };
        let shown = end(unmesh(&args).env("COLUMNS", "100"));
        assert_eq!((shown.status, shown.stderr.as_str()), (0, ""), "{name}");
        let file = here(&format!("tests/cli/{name}.txt"));
        snapbox::assert_data_eq!(shown.stdout, snapbox::Data::read_from(&file, None).raw());
    }
}

#[test]
fn usage_errors_are_status_2_with_a_clear_word() {
    for (args, word) in [
        (&["audit"][..], "`audit` is not built yet"),
        (&["init", "--accept", "wrong-value", "."], "`--accept` does not go with `unmesh init`"),
        (&["config", "--format", "json=x", "."], "to standard output"),
        (&["lint", "--config", "x", "--no-config"], "cannot be used with"),
        (&["lint", "--severity", "UM9xx=off"], "no such family"),
        (&["lint", "--fail-on", "fatal"], "`fatal` is none of"),
        (&["why", "."], "--from <PEER>"),
        (&["verify", "--against", "does-not-exist", "-"], "does-not-exist"),
        (&["verify", "--exact", "--format", "json", "--format", "json"], "standard output takes one format"),
        (&["lint", "--layout", "tiers"], "`--layout tiers` does not go with calico@3.28"),
        (&["lint", "--layout", "tier"], "tiers"),
        (&["translate", "--staged", "--target", "calico@3.29"], "`--staged` does not go with calico@3.29"),
        (
            &["diff", "--staged", "--target", "calico@3.30", "--remove-source", "."],
            "`--remove-source` does not go with `--staged`",
        ),
        (&["lint", "--target", "kubernetes@1.34"], "`kubernetes` has no versions"),
        (&["lint", "--target", "kubernetes", "--l7", "dikastes"], "Dikastes does not read"),
        (&["translate", "--staged", "--target", "kubernetes"], "`--staged` is for Calico alone"),
        (&["lint", "--format", "html"], "`html` is not built yet; there are human, json, sarif"),
        (&["lint", "--format", "sariff"], "did you mean `sarif`?"),
        (
            &["lint", "--format", "sarif", "--format", "junit"],
            "give the other one a file: `--format junit=FILE`",
        ),
        (&["lint", "--compare", "--format", "sarif"], "there is no `sarif` of it"),
        (
            &["why", "--from", "a/b", "--to", "a/b:80", "--format", "markdown=x", "."],
            "there is no `markdown` of it",
        ),
        (&["diff", "--format", "github"], "`--format github` needs a file here"),
        (&["lint", "--format", "jsn"], "did you mean `json`?"),
        (&["lint", "--target", "calico@3.25"], "3.26"),
        (&["lint", "--accept", "UM0xx"], "a whole family cannot be accepted"),
        (&["lint", "--accept", "wrong-valeu"], "did you mean `wrong-value`?"),
        (&["lint", "--severity", "wrong-value=fatal"], "`fatal` is none of"),
        (&["lint", "--jobs", "0"], "--jobs"),
        (&["lint", "-q", "-v"], "cannot be used with"),
        (&["translate", "--format", "json"], "`--format json` needs a file here"),
        (&["diff", "--format", "json"], "`--format json` needs a file here"),
        (&["translate", "--check"], "--output <DIR>"),
        (&["diff", "-"], "standard input has no file that a patch could change"),
        (&["translate", "--diff", "-"], "standard input has no file that a patch could change"),
        (&["explain", "UM9999"], "no such code"),
        (&["explain", "unreadable-yml"], "did you mean `unreadable-yaml`?"),
        (&["translate", "--update-baseline", "."], "`--update-baseline` goes with `unmesh lint` alone"),
        (&["verify", "--within", ".", "."], "`--within` goes with `unmesh lint` alone"),
        (&["lint", "--update-baseline"], "`--update-baseline` does not know which file"),
        (
            &["lint", "--baseline", "does-not-exist"],
            "`unmesh lint --baseline does-not-exist --update-baseline`",
        ),
        (&["lint", "--baseline", "Cargo.toml"], "`Cargo.toml` is no baseline of unmesh"),
        (
            &["why", "--baseline", "src", "--from", "10.0.0.1", "--to", "a/b:80"],
            "cannot read the baseline `src`",
        ),
        (&["lint", "--compare", "--within", "."], "cannot be used with"),
        (&["lnt"], "lint"),
        (&[], "Usage: unmesh"),
    ] {
        let end = end(unmesh(args).stdin(""));
        assert_eq!((end.status, end.stdout.as_str()), (2, ""), "{args:?}: {}", end.stderr);
        assert!(end.stderr.contains(word), "{args:?}: {}", end.stderr);
    }
}

#[test]
fn nothing_but_comments_is_said_and_fine() {
    let end = lint(&[]);
    assert_eq!((end.status, end.stdout.as_str()), (0, ""));
    assert!(end.stderr.contains("0 documents: nothing to do\n"), "{}", end.stderr);
    assert!(end.stderr.contains("the target is calico@3.28, the default"), "{}", end.stderr);
    let named = lint(&["--target", "calico@3.30.1"]);
    assert!(!named.stderr.contains("the default"), "{}", named.stderr);
}

#[test]
fn translate_of_nothing_writes_nothing() {
    for args in [&["translate", "-"][..], &["diff", "-o", "does-not-exist", "-"]] {
        let end = end(unmesh(args).stdin("# nothing\n"));
        assert_eq!((end.status, end.stdout.as_str()), (0, ""), "{args:?}: {}", end.stderr);
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let end = end(unmesh(&["translate", "-", "-o"]).arg(&out).stdin("# nothing\n"));
    assert_eq!((end.status, out.exists()), (0, false), "{}", end.stderr);
}

#[test]
fn a_newer_target_is_taken_with_a_warning() {
    let end = lint(&["--target", "calico@3.99"]);
    assert_eq!(end.status, 0, "{}", end.stderr);
    assert!(end.stderr.contains("warning UM031 newer-target"), "{}", end.stderr);
    assert_eq!(lint(&["--target", "calico@3.99", "--fail-on", "warning"]).status, 1);
    assert_eq!(
        lint(&["--target", "calico@3.99", "--fail-on", "never", "--severity", "UM031=error"]).status,
        0
    );
    assert_eq!(lint(&["--target", "calico@3.99", "--severity", "newer-target=error"]).status, 1);
    let off = lint(&["--target", "calico@3.99", "--severity", "UM0xx=off", "--fail-on", "info"]);
    assert_eq!(off.status, 0, "{}", off.stderr);
    assert!(off.stderr.contains("1 hidden by severity settings"), "{}", off.stderr);
    assert_eq!(lint(&["--target", "calico@3.32"]).stderr.matches("newer-target").count(), 0);
}

#[test]
fn json_has_standard_output_or_a_file() {
    let alone = lint(&["--format", "json"]);
    assert_eq!((alone.status, alone.stderr.as_str()), (0, ""));
    let json: serde_json::Value = serde_json::from_str(&alone.stdout).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["target"], "calico@3.28");
    assert_eq!(json["layout"], "portable");
    let kubernetes = lint(&["--target", "kubernetes", "--format", "json"]);
    let kubernetes: serde_json::Value = serde_json::from_str(&kubernetes.stdout).unwrap();
    assert_eq!(
        (&kubernetes["target"], &kubernetes["layout"]),
        (&"kubernetes".into(), &serde_json::Value::Null)
    );
    assert_eq!(json["summary"]["errors"], 0);
    let both = lint(&["--format", "json", "--format", "human"]);
    assert_eq!(both.stdout, alone.stdout);
    assert!(both.stderr.contains("nothing to do"), "{}", both.stderr);

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("findings.json");
    let filed = lint(&["--format", &format!("json={}", file.display())]);
    assert_eq!((filed.status, filed.stdout.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), alone.stdout);
    let lost = lint(&["--format", "json=/does/not/exist.json"]);
    assert_eq!(lost.status, 2);
    assert!(lost.stderr.contains("cannot write `/does/not/exist.json`"), "{}", lost.stderr);
}

#[test]
fn codes_are_explained_by_id_and_by_name() {
    let page = std::fs::read_to_string(here("docs/codes/UM001.md")).unwrap();
    for code in ["UM001", "um001", "unreadable-yaml"] {
        let end = end(unmesh(&["explain", code]));
        assert_eq!(end, End { status: 0, stdout: page.clone(), stderr: String::new() });
    }
}

#[test]
fn rules_are_a_line_each_and_the_same_in_json() {
    let text = end(unmesh(&["rules"]));
    let json = end(unmesh(&["rules", "--format", "json"]));
    assert_eq!((text.status, json.status), (0, 0));
    let json: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).unwrap();
    let ids: Vec<&str> = text.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, json.iter().map(|rule| rule["code"].as_str().unwrap()).collect::<Vec<_>>());
    assert!(ids.is_sorted() && ids.len() > 10);
    assert!(text.stdout.contains("UM001  unreadable-yaml"), "{}", text.stdout);
    let rule = json.iter().find(|rule| rule["code"] == "UM327").unwrap();
    let expected = serde_json::json!({
        "code": "UM327",
        "name": "server-verification",
        "family": "traffic",
        "severity": "info",
        "directions": ["none"],
        "summary": rule["summary"],
        "blocks": false,
        "peers": [{"tool": "istioctl", "code": "IST0128"}, {"tool": "istioctl", "code": "IST0129"}],
        "url": "docs/codes/UM327.md",
    });
    assert_eq!(*rule, expected);
}

#[test]
fn completions_are_scripts_for_each_shell() {
    for (shell, word) in [
        ("bash", "complete -F _unmesh_glued"),
        ("zsh", "#compdef unmesh"),
        ("fish", "__fish_unmesh_using_subcommand explain"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[unmesh]"),
    ] {
        let end = end(unmesh(&["completions", shell]));
        assert_eq!((end.status, end.stderr.as_str()), (0, ""), "{shell}");
        assert!(end.stdout.contains(word), "{shell}");
    }
    let unknown = end(unmesh(&["completions", "tcsh"]));
    assert_eq!((unknown.status, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("zsh"), "{}", unknown.stderr);
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let main = end(unmesh(&["man"]));
    assert_eq!((main.status, main.stderr.as_str()), (0, ""));
    let title = format!("\n.TH unmesh 1  \"unmesh {}\" \"unmesh manual\"\n", env!("CARGO_PKG_VERSION"));
    assert!(main.stdout.contains(&title), "{}", main.stdout);

    let dir = tempfile::tempdir().unwrap();
    let pages = dir.path().join("share/man1");
    let written = end(unmesh(&["man", "-o"]).arg(&pages));
    assert_eq!(written, End { status: 0, stdout: String::new(), stderr: String::new() });
    assert_eq!(std::fs::read_to_string(pages.join("unmesh.1")).unwrap(), main.stdout);
    // The commands as the main page lists them.
    let listed: Vec<String> = main
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("unmesh\\-"))
        .map(|line| format!("unmesh-{}.1", line.trim_end_matches("(1)")))
        .collect();
    assert!(listed.contains(&"unmesh-lint.1".to_string()), "{listed:?}");
    let mut expected = [listed, vec!["unmesh.1".to_string()]].concat();
    expected.sort();
    let names =
        std::fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, expected);

    let in_the_way = dir.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let refused = end(unmesh(&["man", "-o"]).arg(&in_the_way));
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("cannot write"), "{}", refused.stderr);
}

#[test]
fn output_is_the_same_with_any_number_of_threads_and_colours_are_for_terminals() {
    let one = lint(&["--jobs", "1", "--target", "calico@3.99"]);
    assert_eq!(one, lint(&["--jobs", "7", "--target", "calico@3.99"]));
    assert!(!one.stderr.contains('\u{1b}'));
    let colored = lint(&["--target", "calico@3.99", "--color", "always"]);
    assert!(colored.stderr.contains("\u{1b}["), "{}", colored.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_that_cannot_take_it() {
    let full = shell("\"$UNMESH\" rules > /dev/full");
    assert_eq!(full.status, 2);
    assert_eq!(full.stderr, "error: cannot write to standard output: no space left on device\n");
    let help = shell("\"$UNMESH\" --help > /dev/full");
    assert_eq!(help.status, 2, "{}", help.stderr);
    // The reader is gone before anything is written.
    let gone = shell("{ sleep 0.2; \"$UNMESH\" rules; echo \"status $?\" >&2; } | true");
    assert_eq!(gone.stderr, "status 0\n");
    let nobody = shell("\"$UNMESH\" lint - </dev/null 2>&-");
    assert_eq!(nobody.status, 0);
}
