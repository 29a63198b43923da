//! Names and values that try to break out: of a line, a tag, a command, a table, a code span.

use super::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

/// What each format might obey, in one name. As YAML writes it in double quotes.
const HOSTILE: &str = "\\e[2J\\n::error::pwned\\r\\n##[error]x </testcase>]]>&#10;<img src=x> | `a` ``b ${{ secrets.X }} %0A::warning::y \
    \\u202e @everyone #1 [x](https://evil.example) ![y](z) www.evil.example <details> --> \\\\ \\0\\uFFFE \\t\\u2028 {0}";

/// A file whose name does.
#[cfg(unix)]
const FILE: &str = "a\n::error file=b,line=1::pwned`|<b>@me#1]]>%0A\u{1b}[2J\u{202e}, x: \"&.yaml";

/// The name wherever somebody may write one.
fn input() -> String {
    let name = HOSTILE;
    format!(
        "\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: web, namespace: shop, labels: {{\"{name}\": \"{name}\"}}}}
spec:
  selector: {{matchLabels: {{app: \"{name}\"}}}}
  rules:
  - from:
    - source: {{principals: [\"{name}\"], remoteIpBlocks: [\"{name}\"]}}
    to:
    - operation: {{hosts: [\"{name}\"], paths: [\"{name}\"], ports: [\"{name}\"]}}
    when:
    - {{key: \"request.headers[{name}]\", values: [\"{name}\"]}}
    - {{key: \"{name}\", values: [\"{name}\"]}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: \"{name}\", namespace: \"{name}\"}}
spec:
  \"{name}\": 1
  action: \"{name}\"
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: fine, namespace: shop}}
spec:
  rules:
  - when:
    - {{key: \"request.headers[x-tenant]\", values: [\"{name}\"]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: \"{name}\", namespace: shop}}
spec:
  hosts: [\"{name}\"]
  http:
  - match: [{{uri: {{prefix: \"{name}\"}}}}]
    headers: {{request: {{set: {{\"{name}\": \"{name}\"}}}}}}
    route: [{{destination: {{host: \"{name}\", subset: \"{name}\"}}}}]
---
apiVersion: \"security.istio.io/{name}\"
kind: \"{name}\"
metadata: {{name: \"{name}\"}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{istio-injection: enabled}}}}
---
\"{name}\": [
"
    )
}

/// A directory with the input in files of hostile names.
fn directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    fs::write(dir.path().join(FILE), input()).unwrap();
    fs::write(dir.path().join("b.yaml"), input()).unwrap();
    fs::write(dir.path().join("c.yaml"), [0xff, 0xff]).unwrap();
    dir
}

/// Each command with a run of it, in every format.
fn runs() -> Vec<(&'static str, Value, BTreeMap<&'static str, String>)> {
    let dir = directory();
    let commands: [(&str, &[&str]); 5] = [
        ("lint", &["lint", "."]),
        ("lint of a file", &["lint", "b.yaml"]),
        ("translate", &["translate", "."]),
        ("verify", &["verify", "."]),
        (
            "verify, accepted",
            &["verify", "b.yaml", "--accept", "UM010", "--accept", "UM011", "--accept", "UM013"],
        ),
    ];
    let run = |(row, args): (&'static str, &[&str])| {
        let (status, formats) = all_formats(dir.path(), args);
        assert_eq!(status, 1, "{row}");
        let json = parsed(&formats["json"]);
        assert!(list(&json, "/findings").len() > 10, "{row}: {json:#}");
        (row, json, formats)
    };
    commands.into_iter().map(run).collect()
}

/// Characters that have no place in what people are shown.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}')
}

fn assert_seen(text: &str, row: &str) {
    let unseen = text.chars().find(|character| is_unseen(*character));
    assert_eq!(unseen, None, "{row}: {text:?}");
}

#[test]
fn workflow_commands_are_ours_alone() {
    for (row, json, formats) in runs() {
        let commands = annotations(&formats["github"]);
        let ours = commands.iter().filter(|command| command.properties["title"].starts_with("unmesh "));
        let ours = ours.count();
        assert_eq!(commands.len() - ours, list(&json, "/findings").len(), "{row}");
        for command in &commands {
            assert!(["error", "warning", "notice"].contains(&command.command.as_str()), "{row}: {command:?}");
            for (key, value) in &command.properties {
                let known = ["file", "line", "col", "endLine", "endColumn", "title"];
                assert!(known.contains(&key.as_str()), "{row}: {command:?}");
                if key == "file" {
                    // The runner finds the file, but for what a terminal would obey.
                    #[cfg(unix)]
                    let odd = FILE.replace('\u{1b}', "\\u{1b}").replace('\u{202e}', "\\u{202e}");
                    #[cfg(not(unix))]
                    let odd = String::new();
                    assert!(*value == odd || value == "b.yaml", "{row}: {command:?}");
                }
            }
            assert_seen(&command.data, row);
        }
    }
}

#[test]
fn test_results_are_xml_with_our_elements_alone() {
    for (row, json, formats) in runs() {
        let text = &formats["junit"];
        let document =
            roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{row}: {error}\n{text}"));
        let elements = document.descendants().filter(roxmltree::Node::is_element);
        for element in elements {
            let name = element.tag_name().name();
            let known = ["testsuites", "testsuite", "testcase", "failure", "system-out"];
            assert!(known.contains(&name), "{row}: {name}");
            for attribute in element.attributes() {
                assert_seen(attribute.value(), row);
            }
            assert_seen(element.text().unwrap_or_default(), row);
        }
        let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
        let findings = cases.iter().filter(|case| {
            case.children().any(|child| child.is_element()) && case.attribute("name") != Some("verdict")
        });
        assert_eq!(findings.count(), list(&json, "/findings").len(), "{row}");
        let names: std::collections::BTreeSet<_> =
            cases.iter().map(|case| (case.attribute("classname"), case.attribute("name"))).collect();
        assert_eq!(names.len(), cases.len(), "{row}: two cases of one name");
    }
}

#[test]
fn json_reports_hold_what_people_may_see() {
    for (row, json, formats) in runs() {
        let gitlab = parsed(&formats["gitlab"]);
        let issues = gitlab.as_array().unwrap();
        let of_codes = issues.iter().filter(|issue| text(issue, "/check_name").starts_with("UM"));
        assert_eq!(of_codes.count(), list(&json, "/findings").len(), "{row}");
        for issue in issues {
            assert_seen(text(issue, "/description"), row);
            let path = text(issue, "/location/path");
            #[cfg(unix)]
            assert!(path == FILE || ["b.yaml", "c.yaml"].contains(&path), "{row}: {path:?}");
        }
        let sarif = parsed(&formats["sarif"]);
        for result in list(&sarif, "/runs/0/results") {
            let message = text(result, "/message/text");
            assert_seen(message, row);
            // A link goes to one of the places that the result lists.
            let parts: Vec<&str> = message.split("](").collect();
            for pair in parts.windows(2) {
                let target = pair[1].split(')').next().unwrap();
                assert!(pair[0].ends_with('\\') || target.parse::<usize>().is_ok(), "{row}: {message}");
            }
            let uri = text(result, "/locations/0/physicalLocation/artifactLocation/uri");
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"%/-._~".contains(&byte);
            assert!(uri.bytes().all(allowed), "{row}: {uri}");
        }
    }
}

#[test]
fn markdown_holds_no_markup_of_the_input() {
    for (row, json, formats) in runs() {
        let markdown = &formats["markdown"];
        assert_seen(markdown, row);
        let mut items = 0;
        let mut code = false;
        for event in Parser::new_ext(markdown, Options::all()) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let page = "https://github.com/unmesh/unmesh/blob/v";
                    assert!(
                        dest_url.starts_with(page) && dest_url.contains("/docs/codes/UM"),
                        "{row}: {dest_url}"
                    );
                }
                Event::Start(Tag::Image { .. }) => panic!("{row}: an image"),
                Event::Start(Tag::FootnoteDefinition(_) | Tag::BlockQuote(_)) => panic!("{row}: a quotation"),
                Event::Start(Tag::Strong) => items += 1,
                Event::Start(Tag::CodeBlock(_)) => code = true,
                Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
                Event::Html(html) | Event::InlineHtml(html) => is_ours(&html, row),
                Event::Text(text) if !code => {
                    for odd in ["@", "#", "://", "www.", "<", "${", "::"] {
                        assert!(!text.contains(odd), "{row}: {odd} in {text:?}");
                    }
                }
                _ => {}
            }
        }
        assert_eq!(items, list(&json, "/findings").len(), "{row}: {markdown}");
    }
}

/// HTML has to be the frame that we put around the findings of a file.
fn is_ours(html: &str, row: &str) {
    let line = html.trim_end();
    let summary = line.strip_prefix("<details><summary>").and_then(|rest| rest.strip_suffix("</summary>"));
    let Some(summary) = summary else {
        assert_eq!(line, "</details>", "{row}");
        return;
    };
    let name = summary.strip_prefix("<code>").and_then(|rest| rest.split_once("</code>: "));
    match name {
        Some((name, count)) => {
            assert!(!name.contains(['<', '>', '"']) && !count.contains('<'), "{row}: {line}");
        }
        None => assert!(!summary.contains('<'), "{row}: {line}"),
    }
}

#[test]
fn no_line_for_people_is_a_workflow_command() {
    let dir = directory();
    for args in [
        &["lint", "."][..],
        &["lint", "-q", "."],
        &["lint", "-v", "."],
        &["translate", "."],
        &["verify", "-v", "."],
    ] {
        let End { status: _, stdout, stderr } = unmesh(dir.path(), args);
        assert!(!stderr.is_empty());
        for line in stdout.lines().chain(stderr.lines()) {
            // The runner passes over white space before a command, and reads the old form anywhere.
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{args:?}: {line}");
        }
        assert_seen(&stdout, "standard output");
        assert_seen(&stderr, "standard error");
    }
}
