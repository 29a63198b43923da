//! The baseline: what is in it is not shown and not counted, and what widens is never in it. The input is
//! `testdata/baseline/web.yaml` with two timeouts, each of which goes with the mesh (`timeout`, a warning).
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod quiet;

use quiet::{Findings, directory, findings, run};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use unmesh::config::Settings;
use unmesh::finding::{Rules, fingerprints};
use unmesh::pipeline;
use unmesh::source::{Input, read};

const FILE: &str = "unmesh.baseline";
const LINT: [&str; 4] = ["lint", "--fail-on", "warning", "--target=calico@3.28"];

fn web() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/baseline/web.yaml");
    fs::read_to_string(path).unwrap()
}

fn lint(directory: &Path, more: &[&str]) -> Findings {
    findings(directory, &LINT.iter().chain(more).chain(&["."]).copied().collect::<Vec<_>>())
}

/// A directory with the input and a baseline of it.
fn known() -> TempDir {
    let directory = directory(&[("web.yaml", &web())]);
    let ran = lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    directory
}

fn text(directory: &TempDir) -> String {
    fs::read_to_string(directory.path().join(FILE)).unwrap()
}

#[test]
fn what_was_there_is_neither_shown_nor_counted() {
    let directory = directory(&[("web.yaml", &web())]);
    let before = lint(directory.path(), &[]);
    assert_eq!((before.status, before.of(&["UM315"]).len()), (1, 2));
    let all = before.of(&[]).len();
    let update = lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    assert_eq!((update.status, update.of(&[]).len()), (0, 0));
    assert!(
        update.stderr.contains(&format!("wrote {all} findings to the baseline `unmesh.baseline`\n")),
        "{}",
        update.stderr
    );
    let after = lint(directory.path(), &["--baseline", FILE]);
    assert_eq!((after.status, after.of(&[]).len(), after.count("hidden")), (0, 0, all as u64));
    assert!(after.stderr.contains(&format!("; {all} in the baseline\n")), "{}", after.stderr);
    // Writing it again changes nothing, whatever was in it.
    let first = text(&directory);
    fs::write(directory.path().join(FILE), "rubbish").unwrap();
    lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    assert_eq!(text(&directory), first);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left beside it");
}

#[test]
fn it_is_one_line_a_finding_for_readers() {
    let text = text(&known());
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(r#""code":"UM315""#)).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.contains(r#""object":"VirtualService/shop/web""#)), "{text}");
    assert!(
        lines[0].contains(r#""field":"spec.http[0].timeout""#) && lines[1].contains("spec.http[1]"),
        "{text}"
    );
    assert!(
        text.starts_with("{\n  \"version\": 1,\n  \"findings\": [\n") && text.ends_with("\n  ]\n}\n"),
        "{text}"
    );
    let codes: Vec<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix("{\"code\":\"")?.get(..5)).collect();
    assert!(codes.is_sorted(), "{codes:?}");
}

#[test]
fn it_survives_what_moves_and_tells_what_is_new() {
    let timeout = |path: &str, time: &str| {
        format!(
            "  - match:\n    - uri: {{prefix: {path}}}\n    route:\n    - destination: {{host: web}}\n    timeout: {time}\n"
        )
    };
    let first = "  - match:\n    - uri: {prefix: /slow}\n";
    for (name, new, shown) in [
        ("nothing", web(), 0),
        ("lines above", format!("# a word\n\n{}", web()), 0),
        (
            "a new item before them, with a timeout of its own",
            web().replace(first, &(timeout("/new", "7s") + first)),
            1,
        ),
        (
            "a new item before them, without",
            web().replace(first, &(timeout("/new", "7s").replace("    timeout: 7s\n", "") + first)),
            0,
        ),
        ("a second one that is equal", web().replace(first, &(timeout("/slow", "9s") + first)), 1),
        ("two more", web().replace(first, &(timeout("/a", "9s") + &timeout("/b", "9s") + first)), 2),
        (
            "another object",
            web().replace(
                "  name: web\n  namespace: shop\nspec:\n  hosts",
                "  name: other\n  namespace: shop\nspec:\n  hosts",
            ),
            2,
        ),
    ] {
        let directory = known();
        fs::write(directory.path().join("web.yaml"), new).unwrap();
        let ran = lint(directory.path(), &["--baseline", FILE]);
        assert_eq!(
            (ran.of(&["UM315"]).len(), ran.status),
            (shown, i32::from(shown > 0)),
            "{name}: {}",
            ran.stderr
        );
    }
    let directory = known();
    fs::rename(directory.path().join("web.yaml"), directory.path().join("moved.yaml")).unwrap();
    assert_eq!(lint(directory.path(), &["--baseline", FILE]).of(&["UM315"]).len(), 0, "another file");
}

#[test]
fn what_is_gone_is_counted_until_it_is_taken_out() {
    let directory = known();
    fs::write(directory.path().join("web.yaml"), web().replace("    timeout: 3s\n", "")).unwrap();
    let ran = lint(directory.path(), &["--baseline", FILE]);
    assert!(ran.stderr.contains("\n1 finding of the baseline is gone; "), "{}", ran.stderr);
    assert_eq!(ran.status, 0);
    lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    assert_eq!(text(&directory).matches("UM315").count(), 1);
    let ran = lint(directory.path(), &["--baseline", FILE]);
    assert!(!ran.stderr.contains("gone"), "{}", ran.stderr);
    // What is off, or suppressed, is still there.
    let ran = lint(directory.path(), &["--baseline", FILE, "--severity", "UM315=off"]);
    assert!(!ran.stderr.contains("gone"), "{}", ran.stderr);
    // A look at the input alone cannot tell.
    let why = run(
        directory.path(),
        &["why", "--baseline", FILE, "--from", "10.0.0.1", "--to", "shop/web:8080", "."],
    );
    assert!(!why.stderr.contains("gone"), "{}", why.stderr);
}

/// A check of tokens, which goes with the mesh: the finding widens.
const WIDENS: &str = "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: tokens, namespace: shop}\nspec:\n  jwtRules:\n  - issuer: https://id.example.com\n";

const PLAIN: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: pages, namespace: shop}\nspec:\n  rules:\n  - to:\n    - operation:\n        ports: [\"8080\"]\n";

#[test]
fn what_widens_is_never_in_it() {
    let directory = directory(&[("web.yaml", &web()), ("pages.yaml", WIDENS)]);
    let args = ["--target", "calico@3.28"];
    let lint = |more: &[&str]| {
        let all: Vec<&str> =
            ["lint"].iter().chain(&args).chain(more).chain(&["--baseline", FILE, "."]).copied().collect();
        findings(directory.path(), &all)
    };
    let update = lint(&["--update-baseline"]);
    assert_eq!((update.of(&["UM218"]).len(), update.status), (1, 1), "{}", update.stderr);
    let said = "cannot be in it and has to be mended, or accepted by\n  --accept token-check@RequestAuthentication/shop/tokens\n";
    assert!(update.stderr.contains(said), "{}", update.stderr);
    assert!(!text(&directory).contains("UM218"));
    // Nor if somebody writes it there.
    let settings = Settings::default();
    let sources = read(&[Input::Path(directory.path().to_path_buf())]).unwrap();
    let analysis = pipeline::analyse(sources, &settings, &Rules::default());
    let report = analysis.report(&Rules::default(), []);
    let all: Vec<_> = report.findings.iter().map(|reported| &reported.finding).collect();
    let at = all.iter().position(|finding| finding.code.id == "UM218").unwrap();
    let print = &fingerprints(all, &analysis.sources)[at];
    let line = format!(
        "    {{\"code\":\"UM218\",\"object\":null,\"field\":null,\"message\":\"by hand\",\"fingerprint\":\"{print}\"}},\n"
    );
    fs::write(
        directory.path().join(FILE),
        text(&directory).replace("\"findings\": [\n", &format!("\"findings\": [\n{line}")),
    )
    .unwrap();
    let ran = lint(&[]);
    assert_eq!((ran.of(&["UM218"]).len(), ran.status), (1, 1), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("1 finding of the baseline is shown all the same: what widens has to be accepted\n"),
        "{}",
        ran.stderr
    );
    // Once it is accepted, nothing is left to say.
    let accepted = lint(&["--accept", "token-check@RequestAuthentication/shop/tokens", "--update-baseline"]);
    assert_eq!(accepted.status, 0, "{}", accepted.stderr);
    assert!(!accepted.stderr.contains("cannot be in it"), "{}", accepted.stderr);
}

#[test]
fn what_keeps_output_back_is_never_in_it() {
    let broken = PLAIN.replace("  rules:", "  rulez: 1\n  rules:");
    let directory = directory(&[("pages.yaml", &broken)]);
    let ran = lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    assert_eq!((ran.status, ran.of(&["UM010"]).len()), (1, 1));
    let ran = run(directory.path(), &["translate", "--baseline", FILE, "."]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("nothing was written"), "{}", ran.stderr);
}

#[test]
fn it_changes_neither_what_is_written_nor_the_verdict() {
    let narrows = PLAIN.replace("ports: [\"8080\"]", "hosts: [a.example.com]");
    let directory = directory(&[("web.yaml", &web()), ("pages.yaml", &narrows)]);
    let with = |command: &str, more: &[&str]| {
        let args: Vec<&str> =
            [command, "--target=calico@3.28"].iter().chain(more).chain(&["."]).copied().collect();
        run(directory.path(), &args)
    };
    with("lint", &["--baseline", FILE, "--update-baseline"]);
    for command in ["translate", "diff", "verify"] {
        let (was, is) = (with(command, &[]), with(command, &["--baseline", FILE]));
        assert_eq!(was.stdout, is.stdout, "{command}");
        let status = if command == "verify" { was.status } else { 0 };
        assert_eq!(is.status, status, "{command}: {}", is.stderr);
        assert!(is.stderr.contains(" in the baseline"), "{command}: {}", is.stderr);
    }
}

#[test]
fn a_difference_that_nobody_announced_stays_one() {
    let policy = PLAIN;
    let directory = directory(&[
        ("pages.yaml", policy),
        (
            "web.yaml",
            &web().replace("name: shop\n---", "name: shop\n  labels: {istio-injection: enabled}\n---"),
        ),
    ]);
    let others = tempfile::tempdir().unwrap();
    // Somebody's own policy that lets everything through.
    let open = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: open}\nspec: {order: 1, types: [Ingress], ingress: [{action: Allow}]}\n";
    fs::write(others.path().join("open.yaml"), open).unwrap();
    let other = others.path().to_str().unwrap();
    let verify = |more: &[&str]| {
        let args: Vec<&str> =
            ["verify", "--against", other].iter().chain(more).chain(&["."]).copied().collect();
        findings(directory.path(), &args)
    };
    lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    let (was, is) = (verify(&[]), verify(&["--baseline", FILE]));
    assert_eq!((was.json["verdict"].as_str(), was.status), (Some("fails"), 1), "{}", was.stderr);
    assert_eq!((is.json["verdict"].as_str(), is.status), (Some("fails"), 1), "{}", is.stderr);
    assert_eq!(was.of(&["UM601"]), is.of(&["UM601"]));
    assert!(!was.of(&["UM601"]).is_empty());
}

#[test]
fn a_baseline_among_the_manifests_is_none_of_them() {
    let directory = directory(&[("web.yaml", &web())]);
    let name = "known.json";
    lint(directory.path(), &["--baseline", name, "--update-baseline"]);
    for more in [
        &["--baseline", name][..],
        &["--baseline", "./known.json"],
        &["--baseline", name, "--update-baseline"],
    ] {
        let ran = lint(directory.path(), more);
        assert_eq!((ran.status, ran.of(&[]).len(), ran.count("files")), (0, 0, 1), "{}", ran.stderr);
        assert!(ran.json["summary"]["skipped"].to_string().contains("is the baseline"));
    }
}

#[test]
fn what_cannot_be_used_is_status_2_with_a_word() {
    let directory = directory(&[
        ("web.yaml", &web()),
        ("newer", "{\"version\": 7, \"more\": true}"),
        ("cut", "{\"version\": 1, \"findings\": [\n<<<<<<< HEAD\n"),
        ("folder/x", ""),
    ]);
    for (args, word) in [
        (&["--baseline", "gone"][..], "cannot read the baseline `gone`"),
        (&["--baseline", "folder"], "cannot read the baseline `folder`"),
        (&["--baseline", "newer"], "`newer` is a baseline of version 7, and this unmesh reads version 1"),
        (&["--baseline", "cut"], "`cut` is no baseline of unmesh: expected value at line 2 column 1"),
        (&["--baseline", "folder", "--update-baseline"], "cannot write `folder`"),
        (&["--baseline", "gone/x", "--update-baseline"], "cannot write `gone/x`"),
        (&["--update-baseline"], "`--update-baseline` does not know which file"),
        (&["--baseline", "x", "--update-baseline", "--within", "."], "cannot be used with"),
    ] {
        let args: Vec<&str> = LINT.iter().chain(args).chain(&["."]).copied().collect();
        let ran = run(directory.path(), &args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(word), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 4, "nothing is left behind");
}

#[test]
fn comments_come_first_and_a_changed_file_may_be_named() {
    let text = web().replace("timeout: 3s", "timeout: 3s # unmesh: allow(timeout): clients have their own");
    let directory = directory(&[("web.yaml", &text), ("b.yaml", &web().replace("name: web", "name: b"))]);
    lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    let written = fs::read_to_string(directory.path().join(FILE)).unwrap();
    assert_eq!(written.matches("UM315").count(), 3, "of four one is suppressed");
    let ran = lint(directory.path(), &["--baseline", FILE, "--within", ".", "b.yaml"]);
    assert_eq!((ran.status, ran.of(&[]).len()), (0, 0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("; 1 suppressed by comments; ") && ran.stderr.contains(" in the baseline\n"),
        "{}",
        ran.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let directory = directory(&[("web.yaml", &web()), ("elsewhere/known", "old")]);
    let link = directory.path().join(FILE);
    std::os::unix::fs::symlink("elsewhere/known", &link).unwrap();
    lint(directory.path(), &["--baseline", FILE, "--update-baseline"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(directory.path().join("elsewhere/known")).unwrap().contains("UM315"));
}
