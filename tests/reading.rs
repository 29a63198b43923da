//! Reading documents, good and bad, and how each ends.

#![expect(clippy::unwrap_used, clippy::panic, clippy::string_slice, reason = "a test fails by panicking")]

use std::fs;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml::{self, Limits, Node, Parsed, Scalar, Value};

fn parse(text: &str) -> (SourceMap, Parsed) {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("a.yaml".to_string(), None, "a.yaml".into(), text));
    let parsed = yaml::parse(id, sources.file(id), Limits::default());
    (sources, parsed)
}

/// As many pieces of text, one behind the other.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// A tree as one line, with scalars as their text.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => format!("{:?}", scalar.text),
        Value::Sequence(items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(","))
        }
        Value::Mapping(entries) => {
            let entry = |entry: &yaml::Entry| format!("{}:{}", entry.key, show(&entry.value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
    }
}

fn shown(parsed: &Parsed) -> Vec<String> {
    parsed.documents.iter().map(|document| show(&document.root)).collect()
}

/// The codes of all findings with what they underline.
fn findings(sources: &SourceMap, parsed: &Parsed) -> Vec<(String, String)> {
    let underlined = |finding: &unmesh::finding::Finding| sources.text(finding.span.unwrap()).to_string();
    parsed.findings.iter().map(|finding| (finding.code.id.to_string(), underlined(finding))).collect()
}

#[test]
fn one_bad_document_gives_one_finding_and_the_others_are_read() {
    let rows = [
        ("tab", "a:\n\tb: 1", "UM001", "\t"),
        ("second colon", "host: a: b", "UM001", ":"),
        ("wildcard as alias", "hosts:\n- *.example.com", "UM001", "*.example.com"),
        ("star as alias", "hosts:\n- *", "UM001", "*"),
        ("unknown alias", "a: *nothing", "UM001", "*nothing"),
        ("self-reference", "a: &a [*a]", "UM001", "*a"),
        ("self-reference by merge", "a: &a {<<: *a}", "UM001", "*a"),
        ("open quote", "a: \"x", "UM001", "\"x"),
        ("open bracket", "a: [1, 2", "UM001", "["),
        ("reserved character", "a: @b", "UM001", "@b"),
        ("list as key", "? [a]\n: b", "UM001", "["),
        ("null as key", "~: b", "UM001", "~"),
        ("merge of a scalar", "<<: 1", "UM001", "<<"),
        ("merge of nothing", "<<:", "UM001", "<<"),
        ("wrong tag", "a: !!int x", "UM001", "x"),
        ("two roots", "- a\nb: c", "UM001", "b:"),
    ];
    for (name, bad, code, underlined) in rows {
        let (sources, parsed) = parse(&format!("before: 1\n---\n{bad}\n---\nafter: 2\n"));
        assert_eq!(shown(&parsed), ["{before:\"1\"}", "{after:\"2\"}"], "{name}");
        assert_eq!(findings(&sources, &parsed), [(code.to_string(), underlined.to_string())], "{name}");
        assert_eq!(parsed.unread.len(), 1, "{name}");
        assert_eq!(sources.text(parsed.unread[0].span), format!("{bad}\n"), "{name}");
        assert_eq!((parsed.seen(), parsed.documents[1].index), (3, 2), "{name}");
    }
}

#[test]
fn bounds_end_a_document_quickly_with_one_finding() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs = format!("{laughs}a{level}: &a{level} [{aliases}]\n");
    }
    let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1000].join(", "));
    let rows = [
        ("billion laughs", laughs),
        ("long text many times", long),
        ("flow", format!("{}{}\n", "[".repeat(10_000), "]".repeat(10_000))),
        ("flow, open", format!("{}\n", "{a: [".repeat(5_000))),
        ("block list", format!("{}x\n", "- ".repeat(10_000))),
        ("block", lines(10_000, |depth| format!("{}a:\n", " ".repeat(depth)))),
        ("flow in block", format!("{}{}{}\n", "- ".repeat(150), "[".repeat(150), "]".repeat(150))),
        ("alias makes it deep", {
            let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(150), "]".repeat(150));
            format!("a: &a {}\nb: {}\n", deep(""), deep("*a"))
        }),
    ];
    // The stack of a worker thread, in a build without optimisation.
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let check = small.spawn(move || {
        for (name, bad) in rows {
            let (sources, parsed) = parse(&format!("before: 1\n---\n{bad}---\nafter: 2\n"));
            let codes: Vec<String> = findings(&sources, &parsed).into_iter().map(|(code, _)| code).collect();
            assert_eq!(codes, ["UM004"], "{name}");
            assert_eq!(shown(&parsed), ["{before:\"1\"}", "{after:\"2\"}"], "{name}");
        }
    });
    check.unwrap().join().unwrap();
}

#[test]
fn what_is_deep_and_within_the_bounds_is_read() {
    let (_, parsed) = parse(&format!("{}x{}\n", "[".repeat(200), "]".repeat(200)));
    assert_eq!((parsed.documents.len(), parsed.findings.len()), (1, 0));
    let nested = lines(150, |level| format!("&a{level} ["));
    let (_, parsed) = parse(&format!("{nested}x{}\n", "]".repeat(150)));
    assert_eq!((parsed.documents.len(), parsed.findings.len()), (1, 0));
}

#[test]
fn aliases_and_merge_keys_do_what_go_yaml_does() {
    let rows = [
        ("alias", "a: &x {b: 1}\nc: *x", "{a:{b:\"1\"},c:{b:\"1\"}}"),
        ("anchor again", "a: &x 1\nb: *x\nc: &x 2\nd: *x", "{a:\"1\",b:\"1\",c:\"2\",d:\"2\"}"),
        ("alias as key", "a: &x k\n*x : 1", "{a:\"k\",k:\"1\"}"),
        ("merge before", "{<<: {a: 2}, a: 1}", "{a:\"1\"}"),
        ("merge after overwrites", "{a: 1, <<: {a: 2}}", "{a:\"2\"}"),
        ("merge list, first wins", "{<<: [{a: 1}, {a: 2, b: 3}]}", "{a:\"1\",b:\"3\"}"),
        ("merge of an alias", "x: &x {a: 1}\nz: {<<: *x, b: 2}", "{x:{a:\"1\"},z:{a:\"1\",b:\"2\"}}"),
        ("quoted merge key", "\"<<\": {a: 1}", "{<<:{a:\"1\"}}"),
        ("null item", "- a\n-\n", "[\"a\",\"\"]"),
        ("set", "{a, b: 1}", "{a:\"\",b:\"1\"}"),
    ];
    for (name, text, wanted) in rows {
        let (_, parsed) = parse(text);
        assert_eq!(shown(&parsed), [wanted], "{name}: {:?}", parsed.findings);
    }
}

#[test]
fn of_two_equal_keys_the_last_counts_and_both_places_are_known() {
    let many = lines(40, |number| format!("    k{number}: 0\n"));
    let rows = [
        ("top", "kind: A\nkind: B\n".to_string(), vec!["kind"]),
        ("deep", "spec:\n  rules:\n  - from: 1\n    from: 2\n".to_string(), vec!["spec.rules[0].from"]),
        ("number and text", "80: a\n\"80\": b\n".to_string(), vec!["80"]),
        ("merge after", "a: 1\n<<: {a: 2}\n".to_string(), vec!["a"]),
        ("merge before", "<<: {a: 2}\na: 1\n".to_string(), vec![]),
        ("long", format!("a:\n  b:\n{many}    k39: 1\n    k3: 1\n"), vec!["a.b.k39", "a.b.k3"]),
        ("in a lost value", "a: {b: 1, b: 2}\na: 3\n".to_string(), vec!["a.b", "a"]),
    ];
    for (name, text, wanted) in rows {
        let (sources, parsed) = parse(&text);
        let duplicates = &parsed.documents[0].duplicates;
        let paths: Vec<&str> = duplicates.iter().map(|duplicate| duplicate.path.as_str()).collect();
        assert_eq!(paths, wanted, "{name}");
        for duplicate in duplicates {
            assert!(duplicate.first.start < duplicate.span.start, "{name}");
            assert!(sources.text(duplicate.first).contains(&duplicate.key), "{name}");
        }
        assert_eq!(parsed.findings.len(), 0, "{name}");
    }
    let (sources, parsed) = parse("kind: A\nkind: B\n");
    let entry = parsed.documents[0].root.entry("kind").unwrap();
    assert_eq!(sources.text(entry.value.span), "B");
}

#[test]
fn spans_underline_what_they_name() {
    let text = "\u{feff}# c\r\na: \"ü\"\r\nb: 'x'\r\nc: |\r\n  one\r\n  two\r\n\r\nd: [1, {e: f}]\r\ng:\r\n- h: 1\r\n  i: 2\r\n- {}\r\n";
    let (sources, parsed) = parse(text);
    let root = &parsed.documents[0].root;
    let of = |key: &str| sources.text(root.get(key).unwrap().span);
    assert_eq!(of("a"), "\"ü\"");
    assert_eq!(of("b"), "'x'");
    assert_eq!(of("c"), "one\r\n  two");
    assert_eq!(of("d"), "[1, {e: f}]");
    assert_eq!(of("g"), "h: 1\r\n  i: 2\r\n- {}");
    assert_eq!(sources.text(root.get("g").unwrap().items()[0].span), "h: 1\r\n  i: 2");
    assert_eq!(sources.text(root.entry("b").unwrap().key_span), "b");
    assert_eq!(sources.text(parsed.documents[0].span), &text[3..]);
    let Value::Scalar(Scalar { text, .. }) = &root.get("c").unwrap().value else { panic!("no scalar") };
    assert_eq!(text, "one\ntwo\n");
}

#[test]
fn a_document_spans_all_bytes_up_to_the_next_separator() {
    let text = "# first\na: 1\n# end\n---\n# only\n---\nb: 2\n...\n---\nc: 3\n---\n";
    let (sources, parsed) = parse(text);
    let spans: Vec<&str> = parsed.documents.iter().map(|document| sources.text(document.span)).collect();
    assert_eq!(spans, ["# first\na: 1\n# end\n", "b: 2\n", "c: 3\n"]);
    assert_eq!((parsed.empty, parsed.seen()), (2, 5));
    let indices: Vec<usize> = parsed.documents.iter().map(|document| document.index).collect();
    assert_eq!(indices, [0, 2, 3]);
}

#[test]
fn what_kubectl_passes_over_behind_an_end_is_named_and_not_read() {
    let policy = "kind: AuthorizationPolicy\nspec: {rules: [{}]}\n";
    let (sources, parsed) = parse(&format!("a: 1\n...\nb: 2\n...\n{policy}---\nc: 3\n...\n# nothing\n"));
    assert_eq!(shown(&parsed), [r#"{a:"1"}"#, r#"{c:"3"}"#]);
    assert_eq!((parsed.unread.len(), parsed.seen()), (2, 4));
    let (found, skipped) = unmesh::manifest::unread(parsed.findings, &parsed.unread, &sources);
    // What names a policy holds everything back, like any policy that cannot be read.
    let found: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|finding| (finding.code.id, finding.severity.word(), sources.text(finding.span.unwrap())))
        .collect();
    assert_eq!(found, [("UM001", "error", "b: 2"), ("UM010", "error", "kind: AuthorizationPolicy")]);
    assert_eq!(skipped.len(), 2);
}

#[test]
fn an_end_passes_nothing_over_behind_the_next_separator() {
    for (text, expected) in [
        ("a: 1\n...\n---\nb: 2\n", vec![r#"{a:"1"}"#, r#"{b:"2"}"#]),
        ("a: 1\n...\n---\n{b: 2}\n{c: 3}\n", vec![r#"{a:"1"}"#, r#"{b:"2"}"#, r#"{c:"3"}"#]),
        ("{a: 1}\n{b: 2}\n...\n", vec![r#"{a:"1"}"#, r#"{b:"2"}"#]),
        ("a: 1\n...\n", vec![r#"{a:"1"}"#]),
    ] {
        let (_, parsed) = parse(text);
        assert_eq!(
            (shown(&parsed), parsed.findings.len()),
            (expected.iter().map(ToString::to_string).collect(), 0)
        );
    }
}

#[test]
fn nothing_but_comments_is_no_document() {
    for text in ["", "\n\n", "# c\n", "---\n", "---\n# c\n---\n", "\u{feff}"] {
        let (_, parsed) = parse(text);
        assert_eq!((parsed.documents.len(), parsed.findings.len()), (0, 0), "{text:?}");
    }
}

#[test]
fn json_is_read_as_kubectl_reads_it() {
    let rows = [
        ("tabs", "{\n\t\"a\":\t1,\n\t\"b\": [\n\t\t2\n\t]\n}\n", vec!["{a:\"1\",b:[\"2\"]}"]),
        ("surrogates", r#"{"a": "\ud83d\ude00"}"#, vec!["{a:\"😀\"}"]),
        ("solidus", r#"{"a": "\/x"}"#, vec!["{a:\"/x\"}"]),
        ("lines", "{\"a\":1}\n{\"b\":2}\n\n{\"c\":3}\n", vec!["{a:\"1\"}", "{b:\"2\"}", "{c:\"3\"}"]),
        ("no space", "{\"a\":1}{\"b\":2}", vec!["{a:\"1\"}", "{b:\"2\"}"]),
        ("separators", "{\"a\":1}\n---\n{\"b\":2}\n", vec!["{a:\"1\"}", "{b:\"2\"}"]),
    ];
    for (name, text, wanted) in rows {
        let (sources, parsed) = parse(text);
        assert_eq!(shown(&parsed), wanted, "{name}: {:?}", parsed.findings);
        for document in &parsed.documents {
            assert!(sources.text(document.span).starts_with('{'), "{name}");
        }
    }
}

#[test]
fn a_template_gives_one_finding_for_its_file() {
    let rows = [
        ("value", "a: {{ .Values.x }}\nb: {{ .Values.y }}\n", "{{ .Values.x }}"),
        ("in a value", "name: web-{{ .Release.Name }}\n", "{{ .Release.Name }}"),
        ("control", "a: 1\n{{- if .Values.x }}\nb: 2\n{{- end }}\n", "{{- if .Values.x }}"),
        ("first line", "{{- if .Values.x }}\nb: 2\n{{- end }}\n", "{{- if .Values.x }}"),
        ("below a block", "a: |\n{{ .Files.Get \"x\" }}\n", "{{ .Files.Get \"x\" }}"),
        ("jinja", "a: 1\n{% if x %}\nb: 2\n{% endif %}\n", "{% if x %}"),
        ("erb", "a: <%= x %>\n", "<%= x %>"),
        ("ytt value", "a: #@ data.values.x\n", "#@ data.values.x"),
        ("ytt line", "#@ load(\"@ytt:data\", \"data\")\na: 1\n", "#@ load(\"@ytt:data\", \"data\")"),
    ];
    for (name, text, underlined) in rows {
        let (sources, parsed) = parse(&format!("whole: 1\n---\n{text}---\na:\n\tb: 1\n"));
        assert_eq!(findings(&sources, &parsed), [("UM003".to_string(), underlined.to_string())], "{name}");
        assert_eq!(shown(&parsed), ["{whole:\"1\"}"], "{name}");
        assert_eq!(parsed.unread.len(), 2, "{name}");
    }
}

#[test]
fn braces_in_text_are_no_template() {
    let rows = [
        ("quoted", "a: \"{{ $labels.x }} {{ .Values.y }}\"\n"),
        ("block", "a: |\n  {{ .Values.x }}\n  {% if %}\n  #@ x\nb: >-\n  {{ x }}\n"),
        ("alert, plain", "summary: pod {{ $labels.pod }} at {{ $value }}\n"),
        ("comment", "# {{ .Values.x }}\na: 1 # {{ x }}\n"),
        ("comment that is not ytt's", "#@me\n# see #@ there\na: 1\n"),
        ("variable", "namespace: ${NAMESPACE}\n"),
        ("never closed", "a: x{{\n"),
    ];
    for (name, text) in rows {
        let (_, parsed) = parse(text);
        assert_eq!((parsed.documents.len(), parsed.findings.len()), (1, 0), "{name}: {:?}", parsed.findings);
    }
    let (sources, parsed) = parse("a: |\n  {{ .Values.x }}\nb: c: d\n");
    assert_eq!(findings(&sources, &parsed), [("UM001".to_string(), ":".to_string())]);
}

#[test]
fn our_trees_are_those_of_an_independent_engine() {
    for entry in fs::read_dir("testdata/reading/trees").unwrap() {
        let path = entry.unwrap().path();
        same_as_libyaml(&fs::read_to_string(&path).unwrap(), &path.display().to_string());
    }
}

fn same_as_libyaml(text: &str, name: &str) {
    use serde::Deserialize;
    let (_, parsed) = parse(text);
    assert!(parsed.findings.is_empty(), "{name}: {:?}", parsed.findings);
    let theirs: Vec<serde_yaml::Value> = serde_yaml::Deserializer::from_str(text)
        .map(|document| serde_yaml::Value::deserialize(document).unwrap())
        .filter(|value| !value.is_null())
        .collect();
    let ours: Vec<&Node> = parsed.documents.iter().map(|document| &document.root).collect();
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.into_iter().zip(&theirs) {
        assert_same(ours, theirs, name);
    }
}

/// Collections have to be equal, and strings; other scalars have types that libyaml sees otherwise.
fn assert_same(ours: &Node, theirs: &serde_yaml::Value, name: &str) {
    match (&ours.value, theirs) {
        (Value::Mapping(entries), serde_yaml::Value::Mapping(mapping)) => {
            assert_eq!(entries.len(), mapping.len(), "{name}");
            for (entry, (key, value)) in entries.iter().zip(mapping) {
                assert_eq!(Some(entry.key.as_str()), key.as_str(), "{name}");
                assert_same(&entry.value, value, name);
            }
        }
        (Value::Sequence(items), serde_yaml::Value::Sequence(sequence)) => {
            assert_eq!(items.len(), sequence.len(), "{name}");
            items.iter().zip(sequence).for_each(|(ours, theirs)| assert_same(ours, theirs, name));
        }
        (Value::Scalar(scalar), serde_yaml::Value::String(text)) => assert_eq!(&scalar.text, text, "{name}"),
        (Value::Scalar(scalar), serde_yaml::Value::Number(_) | serde_yaml::Value::Bool(_)) => {
            let theirs = serde_yaml::to_string(theirs).unwrap();
            assert_eq!(scalar.text, theirs.trim_end(), "{name}");
        }
        (Value::Scalar(_), serde_yaml::Value::Null) => assert!(ours.is_null(), "{name}"),
        (_, theirs) => panic!("{name}: {} and {theirs:?}", show(ours)),
    }
}

mod generated {
    use proptest::prelude::*;

    /// Trees of text keys and awkward text.
    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let text = prop_oneof![
            "[a-z]{1,8}",
            "[ -~]{0,20}",
            "[a-z: #\\-\\[\\]{}\"'|>&*!%@\n\t\\\\é😀]{0,12}",
            Just("{{ .Values.x }}".to_string()),
        ];
        // Text that emitters leave unquoted and that is template syntax all the same.
        let text = text.prop_filter("template", |text| {
            text.starts_with('{') || !(text.contains("{{") || text.contains("<%"))
        });
        let leaf = prop_oneof![
            text.prop_map(serde_json::Value::from),
            (0..10_000).prop_map(serde_json::Value::from)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[a-z][a-zA-Z0-9./-]{2,12}", inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn trees_written_by_others_are_read_as_they_are(tree in tree()) {
            let root = serde_json::json!({ "root": tree });
            let written = [
                serde_json::to_string(&root).unwrap(),
                serde_json::to_string_pretty(&root).unwrap(),
                serde_yaml::to_string(&root).unwrap(),
            ];
            for text in written {
                super::same_as_libyaml(&text, &text);
            }
        }

        #[test]
        fn no_text_brings_it_down(text in "[a-z0-9: \\-\\[\\]{}\"'|>&*!%@#<.,?\n\t\u{feff}é]{0,80}") {
            let (sources, parsed) = super::parse(&text);
            for finding in &parsed.findings {
                let span = finding.span.unwrap();
                prop_assert!(text.get(span.range()).is_some(), "{finding:?}");
                let _ = sources.text(span);
            }
            let mut end = 0;
            for document in &parsed.documents {
                prop_assert!(document.span.start as usize >= end);
                end = document.span.end as usize;
                prop_assert!(text.get(document.span.range()).is_some());
            }
        }
    }
}
