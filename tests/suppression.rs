//! Suppression comments: what they hide, what they cannot hide, and what is said of those that hide
//! nothing. The input is `testdata/suppression/web.yaml`, whose three hosts are a finding each (`host-match`,
//! which narrows), with comments written into it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod quiet;

use quiet::{Findings, directory, findings, run};
use std::path::{Path, PathBuf};

/// The findings looked at.
const CODES: [&str; 5] = ["UM201", "UM045", "UM046", "UM047", "UM048"];
const DIKASTES: [&str; 5] = ["lint", "--l7", "dikastes", "--target", "calico@3.28"];

fn web() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/suppression/web.yaml");
    std::fs::read_to_string(path).unwrap()
}

/// The input with a line before the one that holds a text (`above`), or with text behind it.
fn with(edits: &[(&str, &str)]) -> String {
    let mut text = web();
    for (at, comment) in edits {
        let line = text.lines().find(|line| line.contains(at)).unwrap().to_string();
        let new = match comment.strip_prefix("above ") {
            Some(comment) => {
                let indent = line.len() - line.trim_start().len();
                format!("{}{comment}\n{line}", " ".repeat(indent))
            }
            None => format!("{line} {comment}"),
        };
        text = text.replacen(&line, &new, 1);
    }
    text
}

fn lint(text: &str, more: &[&str]) -> Findings {
    let directory = directory(&[("web.yaml", text)]);
    let args: Vec<&str> = DIKASTES.iter().chain(more).chain(&["."]).copied().collect();
    findings(directory.path(), &args)
}

/// What is left: of hosts their letter, of comments their code.
fn left(text: &str, more: &[&str]) -> (Vec<String>, u64) {
    let ran = lint(text, more);
    let lines: Vec<&str> = text.lines().collect();
    let word = |short: String| {
        let (code, place) = short.split_once(' ').unwrap();
        let line: usize = place.rsplit(':').next().unwrap().parse().unwrap();
        let host = lines[line - 1].split(".example.com").next().unwrap().chars().next_back().unwrap();
        if code == "UM201" { host.to_string() } else { code.to_string() }
    };
    (ran.of(&CODES).into_iter().map(word).collect(), ran.count("hidden"))
}

#[test]
fn a_comment_hides_what_begins_on_its_line_or_on_the_next() {
    const END: &str = "# unmesh: allow(host-match): the gateway looks";
    for (name, edits, expected, hidden) in [
        ("no comment", &[][..], &["a", "b", "c"][..], 0),
        ("at the end", &[("a.example", END)], &["b", "c"], 1),
        ("by id, with another code", &[("a.example", "# unmesh: allow(UM104, um201): x")], &["b", "c"], 2),
        ("above", &[("a.example", "above # unmesh: allow(host-match): x")], &["b", "c"], 1),
        (
            "above, with more comments",
            &[("a.example", "above # unmesh: allow(UM201): x\n        # as said\n")],
            &["b", "c"],
            1,
        ),
        ("above an item", &[("c.example", "above # unmesh: allow(UM201): x")], &["a", "b"], 1),
        ("for the second document", &[("security.istio", "above # unmesh: allow(UM201): x")], &[], 3),
        (
            "two on one line",
            &[("a.example", "above # unmesh: allow(UM201): x"), ("a.example", END)],
            &["b", "c"],
            1,
        ),
        ("behind another tool's", &[("a.example", "# noqa # unmesh: allow(UM201): x")], &["b", "c"], 1),
        // Of several lines below a key, only the next one is meant.
        (
            "above the key of a list",
            &[("        hosts:\n", "above # unmesh: allow(UM201): x")],
            &["UM045", "a", "b", "c"],
            0,
        ),
        (
            "for the first document",
            &[("apiVersion: v1", "above # unmesh: allow(UM201): x")],
            &["UM045", "a", "b", "c"],
            0,
        ),
    ] {
        let edits: Vec<(&str, &str)> =
            edits.iter().map(|(at, comment)| (at.trim_end_matches('\n'), *comment)).collect();
        let text = if name == "above the key of a list" {
            web().replace("        hosts:\n", "        # unmesh: allow(UM201): x\n        hosts:\n")
        } else {
            with(&edits)
        };
        let mut found = left(&text, &["--severity", "UM401=error"]);
        found.0.sort();
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(found, (expected, hidden), "{name}\n{text}");
    }
}

#[test]
fn the_summary_says_how_many_and_the_status_forgets_them() {
    let text = with(&[("security.istio", "above # unmesh: allow(UM201): the gateway looks at hosts")]);
    let (shown, hidden) = (lint(&web(), &[]), lint(&text, &[]));
    assert_eq!((shown.status, hidden.status), (1, 0), "{}", hidden.stderr);
    assert_eq!(shown.count("errors"), hidden.count("errors") + 3);
    assert!(hidden.stderr.contains("; 3 suppressed by comments\n"), "{}", hidden.stderr);
}

#[test]
fn carriage_returns_and_lists_are_no_obstacle() {
    let text = with(&[("a.example", "# unmesh: allow(UM201): x")]).replace('\n', "\r\n");
    assert_eq!(left(&text, &[]), (vec!["b".into(), "c".into()], 1));
    let item = web().split("---\n").nth(1).unwrap().replace('\n', "\n  ").trim_end().to_string();
    let list = format!("# unmesh: allow(UM201): x\napiVersion: v1\nkind: List\nitems:\n- {item}\n");
    assert_eq!(lint(&list, &[]).of(&CODES), [""; 0]);
    let inside = list
        .replace("# unmesh: allow(UM201): x\n", "")
        .replace("[a.example.com]", "[a.example.com] # unmesh: allow(UM201): x");
    assert_eq!(left(&inside, &[]), (vec!["b".into(), "c".into()], 1));
}

#[test]
fn a_comment_that_hides_nothing_says_why_and_where_its_finding_is() {
    for (name, edits, code, message, underlined) in [
        (
            "the wrong line",
            [("name: http", "# unmesh: allow(host-match): x")],
            "UM045",
            "`host-match` is suppressed, and nothing of it was found on that line",
            "host-match",
        ),
        (
            "the wrong document",
            [("apiVersion: v1", "above # unmesh: allow(host-match): x")],
            "UM045",
            "`host-match` is suppressed, and nothing of it was found in this document",
            "host-match",
        ),
        (
            "the end of the document",
            [("---", "above # unmesh: allow(host-match): x")],
            "UM045",
            "nothing stands below it in its document, so that this comment does nothing",
            "# unmesh: allow(host-match): x",
        ),
        (
            "no reason",
            [("a.example", "# unmesh: allow(host-match)")],
            "UM046",
            "a suppression without a reason does nothing",
            "allow(host-match)",
        ),
        (
            "no such code",
            [("a.example", "# unmesh: allow(host-mach): x")],
            "UM048",
            "there is no code `host-mach`",
            "host-mach",
        ),
        (
            "another word",
            [("a.example", "# unmesh: ignore(host-match): x")],
            "UM048",
            "`ignore` is nothing that a comment can say to unmesh, which knows `allow` alone",
            "# unmesh: ignore(host-match): x",
        ),
    ] {
        let text = with(&edits);
        let ran = lint(&text, &[]);
        let finding = ran.first(code);
        assert_eq!(
            (finding["severity"].as_str(), finding["direction"].as_str()),
            (Some("warning"), Some("none")),
            "{name}"
        );
        assert_eq!(finding["message"], message, "{name}");
        let line = text.lines().nth(usize::try_from(finding["line"].as_u64().unwrap()).unwrap() - 1).unwrap();
        let column = |key: &str| usize::try_from(finding[key].as_u64().unwrap()).unwrap() - 1;
        assert_eq!(line.get(column("column")..column("end_column")), Some(underlined), "{name}");
        assert_eq!(ran.of(&["UM201"]).len(), 3, "{name}: nothing is hidden");
        let related = finding["related"].as_array().unwrap().len();
        assert_eq!(related, usize::from(message.contains("suppressed, and")), "{name}: where it is");
    }
}

#[test]
fn what_is_no_comment_hides_nothing_and_is_no_finding() {
    let annotation = "  annotations:\n    note: |\n      # unmesh: allow(host-match): x\n    quoted: \"# unmesh: allow(host-match): x\"\n";
    let text = web().replace(
        "kind: AuthorizationPolicy\nmetadata:\n",
        &format!("kind: AuthorizationPolicy\nmetadata:\n{annotation}"),
    );
    assert_ne!(text, web());
    assert_eq!(left(&text, &[]), (vec!["a".into(), "b".into(), "c".into()], 0));
    assert_eq!(left(&with(&[("a.example", "# unmesh is told of this host")]), &[]).0.len(), 3);
}

#[test]
fn where_nothing_is_read_a_comment_says_that_it_does_nothing() {
    for (name, text, why) in [
        ("no YAML", "a: [1\n# unmesh: allow(UM001): x\n", "its document cannot be read"),
        ("a template", "a: {{ .Values.x }}\nb: 1 # unmesh: allow(UM003): x\n", "its document cannot be read"),
        ("before the first ---", "# unmesh: allow(UM001): x\n---\na: 1\n", "it stands in no document"),
        ("alone", "# unmesh: allow(UM001): x\n", "it stands in no document"),
    ] {
        let ran = lint(text, &[]);
        let finding = ran.first("UM045");
        assert_eq!(finding["message"], format!("{why}, so that this comment does nothing"), "{name}");
    }
}

/// An annotation that Istio does not know, in the text of a MeshConfig: a finding inside of a block scalar.
const MESH: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |-\n    # unmesh: allow(mesh-setting): inside\n    accessLogFile: /dev/stdout\n";

#[test]
fn a_comment_in_a_block_scalar_does_not_act_and_one_above_it_does() {
    let inside = lint(MESH, &[]);
    assert_eq!(
        (inside.of(&["UM431", "UM045"]), inside.count("hidden")),
        (vec!["UM431 web.yaml:9".into()], 0)
    );
    for text in [
        MESH.replace("  mesh: |-\n", "  # unmesh: allow(mesh-setting): known\n  mesh: |-\n"),
        MESH.replace("  mesh: |-\n", "  mesh: |- # unmesh: allow(mesh-setting): known\n"),
    ] {
        let ran = lint(&text, &[]);
        assert_eq!((ran.of(&["UM431", "UM045"]), ran.count("hidden")), (Vec::new(), 1), "{text}");
    }
}

/// A check of tokens, which goes with the mesh: the finding widens.
const WIDENS: &str = "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: tokens, namespace: shop} # unmesh: allow(token-check): the service looks\nspec:\n  jwtRules:\n  - issuer: https://id.example.com\n";

#[test]
fn what_widens_is_never_hidden() {
    let directory = directory(&[("web.yaml", WIDENS)]);
    let args = ["lint", "."];
    let ran = findings(directory.path(), &args);
    assert_eq!(ran.of(&["UM218", "UM047", "UM045"]), ["UM218 web.yaml:3", "UM047 web.yaml:3"]);
    assert_eq!((ran.status, ran.count("hidden")), (1, 0));
    let refused = ran.first("UM047");
    assert_eq!(
        refused["message"],
        "`token-check` widens here: a comment cannot hide that, it has to be accepted"
    );
    let help = refused["help"].as_str().unwrap();
    assert!(help.contains("`--accept token-check@RequestAuthentication/shop/tokens`"), "{help}");
    let accepted: Vec<&str> =
        args.iter().copied().chain(["--accept", "token-check@RequestAuthentication/shop/tokens"]).collect();
    let accepted = findings(directory.path(), &accepted);
    assert_eq!(
        accepted.of(&["UM218", "UM047"]).len(),
        2,
        "accepting shows it, and the comment is still in vain"
    );
    assert_eq!(accepted.status, 0);
}

const PLAIN: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: web, namespace: shop}\nspec:\n  rules:\n  - to:\n    - operation: {ports: [\"8080\"]}\n";

#[test]
fn what_keeps_output_back_keeps_it_back() {
    let text = "# unmesh: allow(UM010): x\n".to_string() + &PLAIN.replace("  rules:", "  rulez: 1\n  rules:");
    let directory = directory(&[("web.yaml", &text)]);
    let ran = run(directory.path(), &["translate", "."]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("nothing was written") && ran.stderr.contains("UM047"), "{}", ran.stderr);
}

#[test]
fn what_is_written_stays_the_same() {
    let text = with(&[("security.istio", "above # unmesh: allow(UM201, UM104): x")]);
    let (plain, quiet) = (directory(&[("web.yaml", &web())]), directory(&[("web.yaml", &text)]));
    let on = |directory: &Path, args: &[&str]| {
        run(
            directory,
            &args
                .iter()
                .copied()
                .chain(["--l7", "dikastes", "--target", "calico@3.28", "."])
                .collect::<Vec<_>>(),
        )
    };
    let (was, is) = (on(plain.path(), &["translate"]), on(quiet.path(), &["translate"]));
    assert!(was.stdout.contains("kind: NetworkPolicy"));
    assert_eq!((was.stdout, was.status, is.status), (is.stdout, 1, 0), "{}", is.stderr);
    // The patch adds, and the comment stays where it is; nothing is removed, since a host is still lost.
    for args in [&["diff"][..], &["diff", "--remove-source"]] {
        let diff = on(quiet.path(), args);
        assert!(diff.stdout.contains("\n+kind: NetworkPolicy"), "{args:?}: {}", diff.stdout);
        let removed: Vec<&str> =
            diff.stdout.lines().filter(|line| line.starts_with('-') && !line.starts_with("---")).collect();
        assert_eq!(removed, [""; 0], "{args:?}");
    }
}

#[test]
fn a_comment_about_nothing_does_not_keep_a_source() {
    // Carried in full, so that the patch may delete it, also with a comment that is in vain.
    let text = "# unmesh: allow(UM201): x\n".to_string()
        + "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: web, namespace: shop}\nspec:\n  rules:\n  - to:\n    - operation: {ports: [\"8080\"]}\n";
    let namespace =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
    for text in [text.replace("# unmesh: allow(UM201): x\n", ""), text] {
        let directory = directory(&[("web.yaml", &text), ("shop.yaml", namespace)]);
        let diff = run(directory.path(), &["diff", "--remove-source", "."]);
        assert!(diff.stdout.contains("-kind: AuthorizationPolicy"), "{}\n{}", diff.stdout, diff.stderr);
    }
}

#[test]
fn the_verdict_does_not_hear_of_comments() {
    let text = with(&[("---", "# unmesh: allow(UM201, UM104): x")]);
    let args = ["verify", "--l7", "dikastes", "--target", "calico@3.28", "."];
    let (was, is) = (directory(&[("web.yaml", &web())]), directory(&[("web.yaml", &text)]));
    let (was, is) = (findings(was.path(), &args), findings(is.path(), &args));
    assert_eq!((&was.json["verdict"], was.status), (&is.json["verdict"], is.status));
    assert_eq!(was.json["differences"], is.json["differences"]);
    assert!(is.count("hidden") >= 3, "{}", is.stderr);
}

#[test]
fn a_comment_is_used_whatever_the_severity_and_asked_of_whole_runs_alone() {
    let text = with(&[("security.istio", "above # unmesh: allow(UM201): x")]);
    assert_eq!(left(&text, &["--severity", "UM201=off"]), (Vec::new(), 3));
    assert_eq!(left(&text, &["--accept", "UM201"]), (Vec::new(), 3));
    // These look at findings about the input alone: of others they know nothing.
    let directory = directory(&[("web.yaml", &text)]);
    for args in
        [&["lint", "--compare", "."][..], &["why", "--from", "10.0.0.1", "--to", "shop/web:8080", "."]]
    {
        let ran = run(directory.path(), args);
        assert!(!ran.stderr.contains("UM045"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn what_the_checker_answers_is_never_hidden() {
    let text = "# unmesh: allow(refused-by-calico): known\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: broken}\nspec: {selector: \"has(\", types: [Ingress], ingress: [{action: Allow}]}\n";
    let directory = directory(&[("a.yaml", text)]);
    let ran = findings(directory.path(), &["verify", "."]);
    assert_eq!(ran.of(&["UM604", "UM047", "UM045"]), ["UM047 a.yaml:1", "UM604 a.yaml:5"]);
    let message = &ran.first("UM047")["message"];
    assert_eq!(message, "`refused-by-calico` is part of the answer: a comment cannot hide it");
}
