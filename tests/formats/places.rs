//! Paths, lines and columns as other programs want them.

use super::*;
use tempfile::TempDir;

/// A policy with a header that no target can match; `{}` stands before its value on the same line.
const POLICY: &str = "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  rules:
  - when:
    - {key: \"request.headers[x-tenant]\", values: [BEFORE\"acme\"]}
";

/// A repository with one file.
fn repository(file: &str, text: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".git")).unwrap();
    let place = dir.path().join(file);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, text).unwrap();
    dir
}

fn policy(before: &str) -> String {
    POLICY.replace("BEFORE", before)
}

/// The result of a code in SARIF.
fn result<'a>(sarif: &'a Value, code: &str) -> &'a Value {
    let found = list(sarif, "/runs/0/results").iter().find(|result| text(result, "/ruleId") == code);
    found.unwrap_or_else(|| panic!("no {code} in {sarif:#}"))
}

#[test]
fn names_begin_at_the_root_of_the_repository_wherever_the_program_runs() {
    for (row, file, here, argument, plain, uri) in [
        ("from the root", "k/web.yaml", "", "k", "k/web.yaml", "k/web.yaml"),
        ("from below", "k/web.yaml", "k", "web.yaml", "k/web.yaml", "k/web.yaml"),
        ("from beside", "k/web.yaml", "k", "../k/web.yaml", "k/web.yaml", "k/web.yaml"),
        (
            "odd characters",
            "a b/ö#1%,:;.yaml",
            "",
            "a b",
            "a b/ö#1%,:;.yaml",
            "a%20b/%C3%B6%231%25%2C%3A%3B.yaml",
        ),
    ] {
        let dir = repository(file, &policy(""));
        let (_, formats) = all_formats(&dir.path().join(here), &["lint", argument]);
        let sarif = parsed(&formats["sarif"]);
        let location = at(result(&sarif, "UM202"), "/locations/0/physicalLocation/artifactLocation");
        assert_eq!(*location, serde_json::json!({"uri": uri, "uriBaseId": "%SRCROOT%"}), "{row}");
        let gitlab = parsed(&formats["gitlab"]);
        let gitlab = gitlab.as_array().unwrap().iter().map(|issue| text(issue, "/location/path"));
        assert!(gitlab.clone().all(|path| path == plain), "{row}: {:?}", gitlab.collect::<Vec<_>>());
        let github = annotations(&formats["github"]);
        let error = github.iter().find(|annotation| annotation.command == "error").unwrap();
        assert_eq!(error.properties["file"], plain, "{row}");
        let junit = roxmltree::Document::parse(&formats["junit"]).unwrap();
        let suites = junit.descendants().filter(|node| node.has_tag_name("testsuite"));
        assert!(suites.clone().any(|suite| suite.attribute("name") == Some(plain)), "{row}");
    }
}

#[test]
fn an_absolute_path_into_the_repository_is_not_shown_as_one() {
    let dir = repository("k/web.yaml", &policy(""));
    let whole = dir.path().canonicalize().unwrap().join("k");
    let (_, formats) = all_formats(&dir.path().join("k"), &["lint", whole.to_str().unwrap()]);
    for format in FORMATS {
        assert!(!formats[format].contains(dir.path().to_str().unwrap()), "{format}");
        assert!(formats[format].contains("k/web.yaml"), "{format}");
    }
}

#[test]
fn a_file_outside_of_the_repository_has_no_base() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("web.yaml"), policy("")).unwrap();
    let dir = repository("k/web.yaml", "# nothing\n");
    let file = outside.path().join("web.yaml");
    let (_, formats) = all_formats(dir.path(), &["lint", file.to_str().unwrap()]);
    let sarif = parsed(&formats["sarif"]);
    let location = at(result(&sarif, "UM202"), "/locations/0/physicalLocation/artifactLocation");
    assert_eq!(*location, serde_json::json!({"uri": format!("file://{}", file.display())}));
}

#[test]
fn columns_of_sarif_count_utf_16_code_units_and_no_byte_order_mark() {
    // Each row: what stands before the value on its line, and its length in UTF-16 and in characters.
    let fixed = "    - {key: \"request.headers[x-tenant]\", values: [".len();
    for (before, units, characters) in [("", 0, 0), ("\"ö\", ", 5, 5), ("\"🦀\", ", 6, 5)] {
        let dir = repository("web.yaml", &policy(before));
        let (_, formats) = all_formats(dir.path(), &["lint", "web.yaml"]);
        let sarif = parsed(&formats["sarif"]);
        let results = list(&sarif, "/runs/0/results");
        let acme = results.iter().find(|result| text(result, "/message/text").contains("`acme`")).unwrap();
        let region = at(acme, "/locations/0/physicalLocation/region");
        let start = fixed + units + 1;
        let expected =
            serde_json::json!({"startLine": 8, "startColumn": start, "endLine": 8, "endColumn": start + 6});
        assert_eq!(*region, expected, "{before}");
        assert_eq!(text(&sarif, "/runs/0/columnKind"), "utf16CodeUnits");
        let github = annotations(&formats["github"]);
        let acme = github.iter().find(|annotation| annotation.data.contains("`acme`")).unwrap();
        assert_eq!(acme.properties["col"], (fixed + characters + 1).to_string(), "{before}");
        assert_eq!(acme.properties["title"], "UM202 header-match (narrows)");
    }
    // `apiVersion: ` is 12 letters, behind a byte order mark or not.
    for mark in ["", "\u{feff}"] {
        let dir =
            repository("web.yaml", &format!("{mark}{}", policy("").replacen("kind: Auth", "kimd: Auth", 1)));
        let (_, formats) = all_formats(dir.path(), &["lint", "web.yaml"]);
        let sarif = parsed(&formats["sarif"]);
        let region = at(result(&sarif, "UM010"), "/locations/0/physicalLocation/region");
        assert_eq!(
            (at(region, "/startLine"), at(region, "/startColumn")),
            (&1.into(), &13.into()),
            "{mark:?}"
        );
    }
}

#[test]
fn findings_without_a_place_stand_in_the_first_file() {
    let dir = repository("k/web.yaml", &policy(""));
    let (_, formats) = all_formats(dir.path(), &["lint", "k"]);
    let sarif = parsed(&formats["sarif"]);
    // That the pod's own node gets in is said of the run.
    let location = at(result(&sarif, "UM410"), "/locations/0/physicalLocation");
    let expected = serde_json::json!({
        "artifactLocation": {"uri": "k/web.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 1},
    });
    assert_eq!(*location, expected);
    // Where nothing could be read, the file that could not stands in.
    fs::write(dir.path().join("k/web.yaml"), [0xff, 0xff]).unwrap();
    let (status, formats) = all_formats(dir.path(), &["lint", "k"]);
    assert_eq!(status, 1);
    let sarif = parsed(&formats["sarif"]);
    assert_eq!(
        text(result(&sarif, "UM002"), "/locations/0/physicalLocation/artifactLocation/uri"),
        "k/web.yaml"
    );
}

#[test]
fn rules_are_those_that_occur_and_results_point_to_them() {
    let dir = repository("web.yaml", &policy("\"other\", "));
    let accept = ["lint", "web.yaml", "--accept", "header-match"];
    let (status, formats) = all_formats(dir.path(), &accept);
    assert_eq!(status, 0);
    let sarif = parsed(&formats["sarif"]);
    let rules = list(&sarif, "/runs/0/tool/driver/rules");
    let mut used = std::collections::BTreeSet::new();
    for result in list(&sarif, "/runs/0/results") {
        let index = usize::try_from(at(result, "/ruleIndex").as_u64().unwrap()).unwrap();
        assert_eq!(text(&rules[index], "/id"), text(result, "/ruleId"));
        used.insert(index);
        let accepted = text(result, "/ruleId") == "UM202";
        let suppressions = list(result, "/suppressions");
        assert_eq!(suppressions.len(), usize::from(accepted));
        assert_eq!(text(result, "/level") == "warning", accepted, "{result:#}");
        if accepted {
            let expected = serde_json::json!(
                [{"kind": "external", "status": "accepted", "justification": "accepted on the command line"}]
            );
            assert_eq!(*at(result, "/suppressions"), expected);
        }
    }
    assert_eq!(used.len(), rules.len());
    let rule = rules.iter().find(|rule| text(rule, "/id") == "UM202").unwrap();
    let page = fs::read_to_string(root("docs/codes/UM202.md")).unwrap();
    assert_eq!((text(rule, "/name"), text(rule, "/help/markdown")), ("header-match", page.as_str()));
    assert_eq!(text(rule, "/defaultConfiguration/level"), "error");
    assert!(text(rule, "/helpUri").ends_with("/docs/codes/UM202.md"));
}

#[test]
fn related_places_have_links_with_their_numbers() {
    // Two policies of one name: the second one is said to be like the first one.
    let twice = format!("{}---\n{}", policy(""), policy("\"other\", "));
    let dir = repository("web.yaml", &twice);
    let (_, formats) = all_formats(dir.path(), &["lint", "web.yaml"]);
    let sarif = parsed(&formats["sarif"]);
    let with: Vec<&Value> = list(&sarif, "/runs/0/results")
        .iter()
        .filter(|result| result.get("relatedLocations").is_some())
        .collect();
    assert!(!with.is_empty(), "{sarif:#}");
    for result in with {
        for location in list(result, "/relatedLocations") {
            let link = format!("[{}]({})", text(location, "/message/text"), at(location, "/id"));
            assert!(text(result, "/message/text").contains(&link), "{link} in {result:#}");
        }
    }
}
