//! `verify` and `why` from outside: statuses, verdicts, and the answers as JSON.
//!
//! `testdata/verify/*/cases.json` holds questions to `why` with what each has to answer, by Istio's
//! and Calico's documents; inputs and answers stand side by side.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: what cannot run has failed")]

use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a run ended.
struct End {
    status: i32,
    stdout: String,
    stderr: String,
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn unmesh(args: &[&str]) -> End {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmesh"));
    command.args(args).current_dir(root("")).env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    End {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A run in the machine format, which has standard output to itself.
fn json(args: &[&str]) -> (i32, Value) {
    let all: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    let End { status, stdout, stderr } = unmesh(&all);
    let value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{args:?}: {error}\n{stderr}"));
    (status, value)
}

/// A question to `why`.
#[derive(Deserialize)]
struct Case {
    row: String,
    args: String,
    before: Option<bool>,
    after: Option<bool>,
    /// The rule that decides before: `None` where none does.
    #[serde(default)]
    by: Option<String>,
    /// The options that would decide, where something is open.
    #[serde(default)]
    needs: Vec<String>,
}

/// What a run answered to a case, if it is not what it ought to be.
fn wrong(input: &str, case: &Case) -> Option<String> {
    let args: Vec<&str> = ["why", input].into_iter().chain(case.args.split(' ')).collect();
    let End { status, stdout, stderr } = unmesh(&[&args[..], &["--format", "json"]].concat());
    if status != 0 {
        return Some(format!("{}: status {status}: {stderr}", case.row));
    }
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    let allowed = |side: &str| answer[side]["allowed"].as_bool();
    let by = answer["before"]["by"]["field"].as_str();
    let needs = answer["before"]["needs"].as_array().unwrap().iter();
    let needs: Vec<&str> = needs.filter_map(|need| need["option"].as_str()).collect();
    let found = (allowed("before"), allowed("after"), by, needs.iter().map(ToString::to_string).collect());
    let expected = (case.before, case.after, case.by.as_deref(), case.needs.clone());
    (found != expected).then(|| format!("{}: {found:?} instead of {expected:?}", case.row))
}

#[test]
fn why_answers_as_documented() {
    let mut failed = Vec::new();
    for topic in ["why", "networks"] {
        let directory = format!("testdata/verify/{topic}");
        let text = std::fs::read_to_string(root(&format!("{directory}/cases.json"))).unwrap();
        let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
        let input = format!("{directory}/input.yaml");
        failed.extend(cases.iter().filter_map(|case| wrong(&input, case)));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn why_shows_people_the_way_there() {
    let shown = unmesh(&[
        "why",
        "testdata/verify/why",
        "--from",
        "shop/sa:cart",
        "--to",
        "shop/app=header:8080",
        "--header",
        "x-tenant=acme",
    ]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let expected = [
        "a request from service account shop/cart to port 8080 of a pod of shop with app=header, the header `x-tenant` `acme`\n",
        "> before: allowed: `spec.rules[0]` of `AuthorizationPolicy/shop/header` matches\n",
        "testdata/verify/why/input.yaml:",
        "the header `x-tenant` `acme` matches `acme` - yes\n",
        "> after, by calico@3.28: refused: ",
        "[written: NetworkPolicy/shop/unmesh-400-header:",
    ];
    for part in expected {
        assert!(shown.stdout.contains(part), "{part}\n{}", shown.stdout);
    }
    assert!(!shown.stdout.contains('\u{1b}'));
}

#[test]
fn why_refuses_what_it_cannot_ask() {
    for (args, word) in [
        (&["--from", "shop/cart", "--to", "shop/catalgo:80"][..], "did you mean `shop/catalog`?"),
        (&["--from", "plain/cart", "--to", "shop/catalog:80"], "did you mean `shop/cart`?"),
        (&["--from", "shop/zzzzzz", "--to", "shop/catalog:80"], "`shop/sa:NAME`"),
        (&["--from", "shop", "--to", "shop/catalog:80"], "is none of NS/WORKLOAD"),
        (&["--from", "outside", "--to", "shop/catalog"], "is no NS/WORKLOAD:PORT"),
        (&["--from", "outside", "--to", "shop/a=b:80", "--protocol", "quic"], "is none of `http`"),
        (
            &["--from", "outside", "--to", "shop/a=b:80", "--claim", "none", "--claim", "sub=x"],
            "without a token",
        ),
        (&["--from", "outside", "--to", "shop/a=b:80", "--against", "testdata/none"], "testdata/none"),
        (&["--from", "outside"], "--to"),
    ] {
        let all: Vec<&str> = ["why", "testdata/verify/why"].iter().chain(args).copied().collect();
        let end = unmesh(&all);
        assert_eq!((end.status, end.stdout.as_str()), (2, ""), "{args:?}: {}", end.stderr);
        assert!(end.stderr.contains(word), "{args:?}: {}", end.stderr);
    }
}

#[test]
fn why_as_json_leaves_no_key_out() {
    let args = ["why", "testdata/verify/why", "--from", "203.0.113.7", "--to", "shop/app=sni:8080"];
    let (_, answer) = json(&args);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&answer), ["after", "before", "notes", "request"]);
    assert_eq!(keys(&answer["before"]), ["allowed", "by", "needs", "trace"]);
    assert_eq!(answer["before"]["by"], Value::Null);
    let rule = &answer["before"]["trace"][0]["tiers"];
    assert!(
        rule.as_array().unwrap().iter().any(|tier| tier["rules"][0]["by"]["line"].is_u64()),
        "{answer:#}"
    );
}
