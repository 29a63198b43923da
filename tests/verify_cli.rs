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

/// The value at a JSON pointer; that it is not there fails the test.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {value:#}"))
}

/// The keys of an object.
fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
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
    let allowed = |side: &str| at(&answer, &format!("/{side}/allowed")).as_bool();
    let by = answer.pointer("/before/by/field").and_then(Value::as_str);
    let needs = at(&answer, "/before/needs").as_array().unwrap().iter();
    let needs: Vec<&str> = needs.filter_map(|need| at(need, "/option").as_str()).collect();
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
        "a request from service account shop/cart to port 8080 of a pod of shop with app=header, with the header `x-tenant: acme`\n",
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
    assert_eq!(keys(&answer), ["after", "before", "notes", "request"]);
    assert_eq!(keys(at(&answer, "/before")), ["allowed", "by", "needs", "trace"]);
    assert_eq!(at(&answer, "/before/by"), &Value::Null);
    let rules = at(&answer, "/before/trace/0/tiers").as_array().unwrap().iter();
    let mut rules = rules.flat_map(|tier| at(tier, "/rules").as_array().unwrap());
    let rule = rules.find(|rule| at(rule, "/by/field") == "spec.rules[0]").unwrap();
    assert_eq!((at(rule, "/asked"), at(rule, "/matches")), (&Value::from("yes"), &Value::Null));
    assert!(at(rule, "/by/line").is_u64() && at(rule, "/condition/kind") == "field", "{rule:#}");
}

/// The verdict, and the codes under which differences are announced.
fn verdict(answer: &Value) -> (&str, Vec<Option<&str>>) {
    let differences = at(answer, "/differences").as_array().unwrap().iter();
    let codes = differences.map(|difference| at(difference, "/announced_by").as_str());
    (at(answer, "/verdict").as_str().unwrap(), codes.collect())
}

#[test]
fn verify_ends_with_the_status_of_its_verdict() {
    for (row, args, status, expected, codes) in [
        ("nothing differs", &["testdata/verify/exact"][..], 0, "holds", &[][..]),
        ("nothing differs at all", &["testdata/verify/exact", "--exact"], 0, "holds", &[]),
        ("a header is lost", &["testdata/readme"], 0, "holds-as-announced", &[Some("UM202")]),
        (
            "differences are not wanted",
            &["testdata/readme", "--exact"],
            1,
            "holds-as-announced",
            &[Some("UM202")],
        ),
        ("bad tokens come through", &["testdata/verify/token"], 1, "fails", &[Some("UM218")]),
        (
            "bad tokens are accepted",
            &["testdata/verify/token", "--accept", "UM218"],
            0,
            "holds-as-announced",
            &[Some("UM218")],
        ),
        ("a policy cannot be read", &["testdata/verify/unreadable"], 1, "fails", &[]),
        ("an administrator's policy is not read", &["testdata/verify/administrator"], 3, "unknown", &[]),
        ("no policy at all", &["testdata/readme/cluster.yaml"], 0, "holds", &[]),
        ("a warning about the input", &["testdata/verify/exact", "--target", "calico@3.99"], 0, "holds", &[]),
        (
            "a warning that counts",
            &["testdata/verify/exact", "--target", "calico@3.99", "--fail-on", "warning"],
            1,
            "holds",
            &[],
        ),
    ] {
        let all: Vec<&str> = ["verify"].iter().chain(args).copied().collect();
        let (found, answer) = json(&all);
        assert_eq!((found, verdict(&answer)), (status, (expected, codes.to_vec())), "{row}");
    }
}

/// What `translate` writes for an input, in a directory of its own.
fn translated(input: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    let end = unmesh(&["translate", input, "-o", out]);
    assert!(end.status < 2, "{}", end.stderr);
    directory
}

/// Changes each file of a directory.
fn edit(directory: &Path, change: impl Fn(String) -> String) {
    let mut changed = false;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let new = change(text.clone());
        changed |= new != text;
        std::fs::write(&path, new).unwrap();
    }
    assert!(changed, "nothing was changed");
}

fn against(input: &str, directory: &Path) -> (i32, Value) {
    json(&["verify", input, "--against", directory.to_str().unwrap()])
}

#[test]
fn a_directory_is_compared_as_it_stands() {
    let input = "testdata/verify/exact";
    let directory = translated(input);
    let (status, answer) = against(input, directory.path());
    assert_eq!((status, verdict(&answer)), (0, ("holds", vec![])), "{answer:#}");

    edit(directory.path(), |text| text.replace("action: Deny", "action: Allow"));
    let (status, answer) = against(input, directory.path());
    let (found, codes) = verdict(&answer);
    assert_eq!((status, found), (1, "fails"), "{answer:#}");
    assert!(!codes.is_empty() && codes.iter().all(Option::is_none), "{codes:?}");
    assert_eq!(at(&answer, "/differences/0/direction"), "widens");
    assert_eq!(at(&answer, "/differences/0/before/allowed"), &Value::from(false));
    assert_eq!(at(&answer, "/differences/0/after/allowed"), &Value::from(true));
    let findings = at(&answer, "/findings").as_array().unwrap();
    assert!(findings.iter().any(|finding| at(finding, "/code") == "UM601"), "{findings:#?}");
}

#[test]
fn a_policy_that_calico_refuses_counts_as_missing() {
    let input = "testdata/verify/exact";
    let directory = translated(input);
    edit(directory.path(), |text| text.replace("app == 'orders'", "app = 'orders'"));
    let (status, answer) = against(input, directory.path());
    assert_eq!((status, verdict(&answer).0), (1, "fails"), "{answer:#}");
    let findings = at(&answer, "/findings").as_array().unwrap();
    let refused = findings.iter().find(|finding| at(finding, "/code") == "UM604").unwrap();
    assert_eq!(at(refused, "/severity"), "error");
}

#[test]
fn a_directory_inside_the_input_is_no_policy_in_force() {
    let work = tempfile::tempdir().unwrap();
    let (input, policies) = (work.path().join("in"), work.path().join("in/calico"));
    std::fs::create_dir_all(&policies).unwrap();
    let text = std::fs::read_to_string(root("testdata/verify/exact/input.yaml")).unwrap();
    std::fs::write(input.join("mesh.yaml"), text).unwrap();
    // Another tool's policy for the same pods, which lets nobody in.
    let policy = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: orders, namespace: shop}\nspec: {selector: app == 'orders', types: [Ingress]}\n";
    std::fs::write(policies.join("orders.yaml"), policy).unwrap();
    let (status, answer) = against(input.to_str().unwrap(), &policies);
    let (found, codes) = verdict(&answer);
    assert_eq!((status, found), (1, "fails"), "{answer:#}");
    assert!(codes.contains(&None), "{codes:?}");
    assert_eq!(at(&answer, "/differences/0/direction"), "narrows");
}

#[test]
fn verify_as_json_leaves_no_key_out() {
    let (_, answer) = json(&["verify", "testdata/readme"]);
    let run = ["version", "tool", "target", "layout", "findings", "summary"];
    let added = ["verdict", "differences", "assumptions", "unknown", "covered"];
    let mut expected: Vec<&str> = run.into_iter().chain(added).collect();
    expected.sort_unstable();
    assert_eq!(keys(&answer), expected);
    let difference = at(&answer, "/differences/0");
    for key in ["announced_by", "direction", "workload", "request", "before", "after"] {
        assert!(difference.get(key).is_some(), "{key}");
    }
    assert_eq!(at(difference, "/workload"), "Deployment/shop/orders");
    assert_eq!(at(difference, "/request/headers/x-tenant"), "acme");
    assert_eq!(at(difference, "/request/path"), &Value::Null);
    assert_eq!(at(difference, "/before/by/field"), "spec.rules[1]");
    assert_eq!(at(difference, "/before/by/file"), "testdata/readme/orders.yaml");
    assert_eq!(at(&answer, "/assumptions/0/id"), "A1");
    // What was written on the way is no file of the input.
    assert_eq!(at(&answer, "/summary/files"), 2);
}

#[test]
fn verify_shows_people_the_request_and_both_rules() {
    let shown = unmesh(&["verify", "testdata/readme"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    let expected = [
        "holds as announced: 1 difference, ",
        "\nUM202 header-match: ",
        "\n- narrows: a request from service account partners/",
        " to shop/orders:8080, with the header\n  `x-tenant: acme`\n",
        "[testdata/readme/orders.yaml:17:5]",
        "[written: NetworkPolicy/shop/unmesh-400-orders:",
        "\n  A1. ",
        "  Deployment/shop/orders   8080/TCP  holds as announced\n",
    ];
    for part in expected {
        assert!(shown.stdout.contains(part), "{part}\n{}", shown.stdout);
    }
    assert!(shown.stderr.contains("UM202 header-match (narrows)"), "{}", shown.stderr);
    let quiet = unmesh(&["verify", "testdata/readme", "-q"]);
    assert_eq!(quiet.stdout.lines().count(), 2, "{}", quiet.stdout);
}

#[test]
fn what_cannot_be_read_is_said_in_place_of_an_answer() {
    let shown = unmesh(&["verify", "testdata/verify/unreadable"]);
    assert_eq!(shown.status, 1, "{}", shown.stderr);
    assert!(shown.stdout.starts_with("fails: findings that are not accepted"), "{}", shown.stdout);
    assert!(shown.stderr.contains("UM010 policy-unreadable"), "{}", shown.stderr);
}

/// A template without a proxy is set apart by all of its labels: pods that have some of them may have
/// a proxy, and one that nothing asks for may be missing.
#[test]
fn some_labels_of_a_template_without_a_proxy_set_nobody_apart() {
    let input = "testdata/verify/bare";
    let directory = translated(input);
    let (status, answer) = against(input, directory.path());
    assert_eq!((status, verdict(&answer)), (0, ("holds", vec![])), "{answer:#}");

    let of_peers = |labels: &str| format!("      selector: \"!({labels})\"");
    let (all, some) = (of_peers("app == 'legacy' && tier == 'x'"), of_peers("app == 'legacy'"));
    edit(directory.path(), |text| text.replace(&all, &some));
    let (status, answer) = against(input, directory.path());
    assert_eq!((status, verdict(&answer)), (1, ("fails", vec![None])), "{answer:#}");
    let witness = at(&answer, "/differences/0");
    assert_eq!(at(witness, "/direction"), "widens", "{witness:#}");
    assert_eq!(at(witness, "/before/allowed"), &Value::from(false), "{witness:#}");
}

#[test]
fn what_the_input_closes_is_said_of_each_dimension() {
    let dimensions = |args: &[&str]| {
        let (_, value) = json(args);
        let texts = |key: &str| -> Vec<String> {
            let list = at(&value, &format!("/covered/{key}")).as_array().unwrap();
            list.iter().map(|text| text.as_str().unwrap().split(':').next().unwrap().to_string()).collect()
        };
        (texts("closed"), texts("assumed"))
    };
    let (closed, open) = dimensions(&["verify", "testdata/verify/exact"]);
    assert_eq!(
        closed,
        [
            "the workloads that policies select",
            "the proxies of workloads",
            "what the ports of workloads carry"
        ]
    );
    assert_eq!(open, ["the namespaces of the mesh"]);
    let (closed, open) = dimensions(&["verify", "testdata/verify/exact", "--mesh-namespaces", "shop"]);
    assert!(closed.iter().any(|dimension| dimension == "the namespaces of the mesh"), "{closed:?}");
    assert!(open.is_empty(), "{open:?}");
    let (closed, open) = dimensions(&["verify", "testdata/verify/token"]);
    assert!(open.iter().any(|dimension| dimension == "tokens"), "{open:?}");
    assert!(!closed.iter().any(|dimension| open.contains(dimension)), "{closed:?} {open:?}");
}
