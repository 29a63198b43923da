//! `unmesh lint --compare`: the table and its JSON, what is suggested, and how it ends.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what cannot run has failed"
)]

use serde_json::Value;
use snapbox::Data;
use snapbox::cmd::Command;
use std::path::Path;

/// Status, standard output, standard error of a run from the top of the repository.
fn run(args: &[&str], stdin: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_unmesh"))
        .args(args)
        .stdin(stdin)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn compare(path: &str, more: &[&str]) -> (i32, String, String) {
    run(&[&["lint", "--compare", path], more].concat(), "")
}

/// The line of Calico's portable layout that begins at a release.
fn line(path: &str, more: &[&str], from: &str) -> Value {
    let (_, json, stderr) = compare(path, &[&["--format", "json"], more].concat());
    let json: Value = serde_json::from_str(&json).map_err(|error| format!("{error}: {stderr}")).unwrap();
    let lines = json["comparison"].as_array().unwrap();
    let is_meant = |line: &&Value| line["from"] == from && line["layout"] == "portable";
    lines.iter().find(is_meant).unwrap_or_else(|| panic!("no line from {from}: {json}")).clone()
}

/// Exact, narrowed, widened, lost.
fn counts(line: &Value) -> [u64; 4] {
    ["exact", "narrowed", "widened", "lost"].map(|key| line[key].as_u64().unwrap())
}

fn options(line: &Value) -> Vec<&str> {
    line["better_with"].as_array().unwrap().iter().map(|one| one["option"].as_str().unwrap()).collect()
}

fn golden(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compare").join(name);
    snapbox::assert_data_eq!(text, Data::read_from(&file, None).raw());
}

/// What stands there was reasoned from the matrix of forms: see the comments of the input.
#[test]
fn table_and_json_are_as_they_were() {
    let (status, table, stderr) = compare("testdata/compare", &[]);
    assert_eq!(status, 0, "{stderr}");
    golden("table.txt", &table);
    assert!(stderr.ends_with("0 errors, 0 warnings, 0 infos\n"), "{stderr}");
    assert!(!stderr.contains("the default"), "{stderr}");
    let (status, json, stderr) = compare("testdata/compare", &["--format", "json"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    golden("table.json", &json);
}

#[test]
fn policies_are_counted_by_what_becomes_of_them() {
    // Kept: `frontend`. Gone: `tokens`. The others wait for something, or are kept by none.
    assert_eq!(counts(&line("testdata/compare", &[], "3.26.0")), [1, 5, 0, 1]);
    // With all that the mesh can be told, `tenants` is left; Dikastes answers to 3.29 and in 3.32.
    let told = [
        "--l7",
        "dikastes",
        "--mesh-namespaces",
        "shop,web",
        "--map-identity",
        "istio-system/istio-ingressgateway-service-account=web/frontend",
    ];
    assert_eq!(counts(&line("testdata/compare", &told, "3.26.0")), [5, 1, 0, 1]);
    assert_eq!(counts(&line("testdata/compare", &told, "3.30.0")), [3, 3, 0, 1]);
    assert_eq!(counts(&line("testdata/compare", &told, "3.32.0")), [4, 2, 0, 1]);
    // Accepted, `pages` is written for 3.32, where it lets through more.
    let accepted = [&told[..], &["--accept", "path-normalised"]].concat();
    assert_eq!(counts(&line("testdata/compare", &accepted, "3.32.0")), [4, 1, 1, 1]);
}

#[test]
fn what_is_suggested_keeps_what_it_says() {
    let gateway = "--map-identity istio-system/istio-ingressgateway-service-account=NAMESPACE/ACCOUNT";
    let first = line("testdata/compare", &[], "3.26.0");
    assert_eq!(options(&first), ["--l7 dikastes", gateway, "--mesh-namespaces shop,web"]);
    // Each is tried by hand here, as the user would.
    for suggestion in first["better_with"].as_array().unwrap() {
        let option = suggestion["option"].as_str().unwrap().replace("NAMESPACE/ACCOUNT", "edge/gateway");
        let words: Vec<&str> = option.split(' ').collect();
        assert_eq!(counts(&line("testdata/compare", &words, "3.26.0")), counts(suggestion), "{option}");
    }
    // Together they reach what the run with all of them reaches: two policies, one by each of the others.
    assert_eq!(
        (first["better_with_all"]["better"].as_u64(), counts(&first["better_with_all"])),
        (Some(4), [5, 1, 0, 1])
    );
    let newest = line("testdata/compare", &[], "3.32.0");
    assert!(options(&newest).contains(&"--accept path-normalised"), "{newest}");
    // Dikastes does not work there, so nobody is told to run it.
    let broken = line("testdata/compare", &[], "3.30.0");
    assert!(!options(&broken).iter().any(|option| option.contains("dikastes")), "{broken}");
}

#[test]
fn nothing_is_suggested_where_nothing_helps() {
    let line = line("testdata/readme", &[], "3.26.0");
    assert_eq!(counts(&line), [0, 1, 0, 0]);
    assert_eq!(line["codes"][0]["code"], "UM202");
    assert_eq!(options(&line), [""; 0]);
    // What is said already is not said again.
    let (_, table, _) = compare("testdata/compare", &["--mesh-namespaces", "shop,web"]);
    assert!(!table.contains("--mesh-namespaces"), "{table}");
}

#[test]
fn output_that_is_held_back_is_said() {
    let policy =
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: b}\n";
    let unread = format!("{policy}spec: {{rulse: [{{}}]}}\n");
    let (status, table, stderr) = run(&["lint", "--compare", "-"], &unread);
    assert_eq!(status, 1, "{stderr}");
    assert!(
        table.contains("nothing is written until it is mended or accepted: UM010 policy-unreadable"),
        "{table}"
    );
    assert!(stderr.contains("error UM010"), "{stderr}");
    assert_eq!(run(&["lint", "--compare", "--fail-on", "never", "-"], &unread).0, 0);
}

#[test]
fn an_input_without_policies_is_kept_by_all() {
    let (status, table, _) = run(&["lint", "--compare", "-"], "# nothing\n");
    assert_eq!(status, 0);
    assert_eq!(table, "the input holds no policy of the mesh: every target keeps all there is\n");
}

#[test]
fn lines_are_short_and_plain() {
    let (_, table, _) = compare("testdata/compare", &[]);
    for line in table.lines() {
        assert!(line.is_ascii() && line.len() <= 100, "{line}");
        assert_eq!(line.trim_end(), line);
    }
}

#[test]
fn it_goes_with_lint_alone_and_with_no_single_target() {
    for (args, word) in [
        (&["translate", "--compare", "."][..], "`--compare` goes with `unmesh lint` alone"),
        (&["verify", "--compare", "."], "`--compare` goes with `unmesh lint` alone"),
        (&["lint", "--compare", "--target", "calico@3.28", "."], "cannot be used with"),
    ] {
        let (status, stdout, stderr) = run(args, "");
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(word), "{args:?}: {stderr}");
    }
}
