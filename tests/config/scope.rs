//! Acceptances by object and path, on what is written as well; severities by path.

use super::{End, Place, custom, header, of_code, unreadable};
use serde_json::Value;

fn accept(lines: &str) -> String {
    format!("[[accept]]\n{lines}\nreason = \"asked elsewhere\"\n")
}

/// Which policies are written as ones that refuse what the authorizer was asked about.
fn written(end: &End) -> Vec<&'static str> {
    ["one", "two"].into_iter().filter(|name| end.stdout.contains(&format!("app == '{name}'"))).collect()
}

#[test]
fn an_acceptance_changes_what_is_written_where_it_holds_alone() {
    let place = Place::new(&[("a/one.yaml", &custom("one")), ("b/two.yaml", &custom("two"))]);
    for (row, lines, kept) in [
        ("nothing accepted", "", &["one", "two"][..]),
        ("everywhere", "code = \"custom-action\"", &[]),
        ("an object", "code = \"UM212\"\nobject = \"AuthorizationPolicy/shop/two\"", &["one"]),
        ("paths", "code = \"UM212\"\npaths = [\"a/**\"]", &["two"]),
        ("a file", "code = \"UM212\"\npaths = [\"/b/two.yaml\"]", &["one"]),
        (
            "an object and its path",
            "code = \"UM212\"\nobject = \"AuthorizationPolicy/shop/one\"\npaths = [\"a\"]",
            &["two"],
        ),
        (
            "an object and another path",
            "code = \"UM212\"\nobject = \"AuthorizationPolicy/shop/one\"\npaths = [\"b\"]",
            &["one", "two"],
        ),
        ("another code", "code = \"UM202\"\npaths = [\"a/**\"]", &["one", "two"]),
    ] {
        let text = if lines.is_empty() { String::new() } else { accept(lines) };
        place.write("unmesh.toml", &text);
        for target in ["calico@3.28", "kubernetes"] {
            let end = place.run(&["translate", "--target", target, "--fail-on", "never", "."]);
            let shown = if target == "kubernetes" {
                ["one", "two"]
                    .into_iter()
                    .filter(|name| end.stdout.contains(&format!("app: {name}")))
                    .collect()
            } else {
                written(&end)
            };
            assert_eq!(shown, kept, "{row}, {target}: {}{}", end.stdout, end.stderr);
        }
        let accepted: Vec<bool> = place.json(&["lint", "."])["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["code"] == "UM212")
            .map(|finding| finding["accepted"] == "asked elsewhere")
            .collect();
        assert_eq!(accepted.iter().filter(|accepted| !**accepted).count(), kept.len(), "{row}");
        // What was accepted is announced as what it is, whichever file it is in.
        let verdict = place.run(&["verify", "."]);
        assert_eq!(verdict.status, 0, "{row}: {}{}", verdict.stdout, verdict.stderr);
    }
}

#[test]
fn what_keeps_output_back_does_so_until_it_is_accepted_where_it_is() {
    let place = Place::new(&[("a/one.yaml", &unreadable("one")), ("b/two.yaml", &unreadable("two"))]);
    for (row, paths, status) in
        [("one of two", "[\"a\"]", 1), ("both", "[\"a\", \"b/*.yaml\"]", 0), ("neither", "[\"c\"]", 1)]
    {
        place.write("unmesh.toml", accept(&format!("code = \"UM010\"\npaths = {paths}")));
        let end = place.run(&["translate", "."]);
        assert_eq!(
            (end.status, end.stderr.contains("nothing was written")),
            (status, status == 1),
            "{row}: {}",
            end.stderr
        );
    }
    let end = place.run(&["translate", "--accept", "UM010", "."]);
    assert_eq!(end.status, 0, "{}", end.stderr);
}

#[test]
fn a_reason_is_shown_with_the_finding() {
    let place = Place::new(&[
        ("a/one.yaml", &header("one")),
        ("unmesh.toml", &accept("code = \"UM202\"\npaths = [\"a\"]")),
    ]);
    let end = place.run(&["lint", "."]);
    assert_eq!(end.status, 0, "{}", end.stderr);
    assert!(
        end.stderr.contains("(narrows, accepted)") && end.stderr.contains("accepted: asked elsewhere"),
        "{}",
        end.stderr
    );
    let both = place.json(&["lint", "--accept", "UM202", "."]);
    let reasons: Vec<&Value> = both["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["accepted"])
        .filter(|one| !one.is_null())
        .collect();
    assert_eq!(reasons, ["asked elsewhere"]);
}

/// Severity, file, line of what is said of dead acceptances.
fn dead(place: &Place, args: &[&str]) -> Vec<(String, String)> {
    of_code(&place.json(args), "UM032")
}

#[test]
fn a_dead_acceptance_is_shown_in_the_file() {
    let place = Place::new(&[("a/one.yaml", &header("one")), ("b/two.yaml", "")]);
    let here = |severity: &str| vec![("unmesh.toml".to_string(), severity.to_string())];
    for (row, lines, said) in [
        ("alive", "code = \"UM202\"\npaths = [\"a\"]", vec![]),
        (
            "an object that is not there",
            "code = \"UM202\"\nobject = \"AuthorizationPolicy/shop/two\"",
            here("warning"),
        ),
        ("a path without any", "code = \"UM202\"\npaths = [\"b\"]", here("warning")),
        ("a code that is nowhere", "code = \"UM212\"", here("info")),
    ] {
        place.write("unmesh.toml", accept(lines));
        assert_eq!(dead(&place, &["lint", "."]), said, "{row}");
        // Of a part of the files nobody can tell.
        assert_eq!(dead(&place, &["lint", "b"]), [], "{row}");
        assert_eq!(dead(&place, &["lint", "a/one.yaml"]), [], "{row}");
        assert_eq!(dead(&place, &["lint", "--compare", "."]), [], "{row}");
    }
    place.write("unmesh.toml", accept("code = \"UM202\"\nobject = \"AuthorizationPolicy/shop/two\""));
    let end = place.run(&["lint", "."]);
    assert!(
        end.stderr.contains("[unmesh.toml:2:8]") && end.stderr.contains("code = \"UM202\""),
        "{}",
        end.stderr
    );
    assert!(end.stderr.contains("read 2 files, "), "the configuration is no input: {}", end.stderr);
    // Piped in, all is there but the names of files.
    let piped = |lines: &str| {
        place.write("unmesh.toml", accept(lines));
        place.run_in("", &["lint", "-q", "-"], Some(&header("one"))).stderr.contains("UM032")
    };
    assert!(piped("code = \"UM202\"\nobject = \"AuthorizationPolicy/shop/two\""));
    assert!(!piped("code = \"UM202\"\npaths = [\"b\"]"));
}

#[test]
fn severities_by_path_show_less_or_more_and_hide_no_widening() {
    let place = Place::new(&[
        ("a/one.yaml", &header("one")),
        ("b/two.yaml", &header("two")),
        ("b/three.yaml", &unreadable("three")),
    ]);
    let pair = |file: &str, severity: &str| (file.to_string(), severity.to_string());
    let both = || vec![pair("a/one.yaml", "error"), pair("b/two.yaml", "error")];
    for (row, severity, narrows, widens) in [
        ("less", "UM202 = \"info\"", vec![pair("a/one.yaml", "error"), pair("b/two.yaml", "info")], "error"),
        ("off", "UM2xx = \"off\"", vec![pair("a/one.yaml", "error")], "error"),
        ("a widening, off", "UM010 = \"off\"", both(), "error"),
        ("a widening, less", "policy-unreadable = \"info\"", both(), "error"),
    ] {
        place.write("unmesh.toml", format!("[[override]]\npaths = [\"b\"]\nseverity = {{ {severity} }}\n"));
        let run = place.json(&["lint", "."]);
        assert_eq!(of_code(&run, "UM202"), narrows, "{row}");
        assert_eq!(of_code(&run, "UM010"), [pair("b/three.yaml", widens)], "{row}");
    }
    // An accepted widening is a warning, and may be called an error again.
    let raised = "[[override]]\npaths = [\"b\"]\nseverity = { UM010 = \"error\" }\n";
    place.write("unmesh.toml", format!("{}{raised}", accept("code = \"UM010\"")));
    assert_eq!(of_code(&place.json(&["lint", "."]), "UM010"), [pair("b/three.yaml", "error")]);
    // The last one counts first, and one for a file before one for all.
    let twice = "[severity]\nUM202 = \"error\"\n[[override]]\npaths = [\"*.yaml\"]\nseverity = { UM202 = \"warning\" }\n[[override]]\npaths = [\"a\"]\nseverity = { UM202 = \"info\" }\n";
    place.write("unmesh.toml", twice);
    let expected = [pair("a/one.yaml", "info"), pair("b/two.yaml", "warning")];
    assert_eq!(of_code(&place.json(&["lint", "."]), "UM202"), expected);
    let hidden = "[[override]]\npaths = [\"a\"]\nseverity = { UM202 = \"off\" }\n";
    place.write("unmesh.toml", hidden);
    assert!(place.run(&["lint", "."]).stderr.contains("; 1 hidden by severity settings\n"));
}
