//! Reading: files, bytes and documents, good and bad, and how each ends.

use std::fs;
use std::path::{Path, PathBuf};
use unmesh::source::{Input, SourceFile, SourceMap, Sources};
use unmesh::yaml::{self, Limits, Node, Parsed, Scalar, Value};

fn parse(text: &str) -> (SourceMap, Parsed) {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("a.yaml".to_string(), None, "a.yaml".into(), text));
    let parsed = yaml::parse(id, sources.file(id), Limits::default());
    (sources, parsed)
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
        laughs += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1000].join(", "));
    let rows = [
        ("billion laughs", laughs),
        ("long text many times", long),
        ("flow", format!("{}{}\n", "[".repeat(10_000), "]".repeat(10_000))),
        ("flow, open", format!("{}\n", "{a: [".repeat(5_000))),
        ("block list", format!("{}x\n", "- ".repeat(10_000))),
        ("block", (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect()),
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
    let nested: String = (0..150).map(|level| format!("&a{level} [")).collect();
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
    let many: String = (0..40).map(|number| format!("    k{number}: 0\n")).collect();
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

fn read(paths: &[&Path]) -> Result<Sources, String> {
    let inputs: Vec<Input> = paths.iter().map(|path| Input::Path(path.to_path_buf())).collect();
    unmesh::source::read(&inputs).map_err(|error| error.message)
}

/// Makes files in a new directory.
fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    directory
}

fn relative(sources: &Sources) -> Vec<PathBuf> {
    sources.map.files().iter().map(|file| file.relative.clone()).collect()
}

#[test]
fn a_directory_gives_its_manifests_in_order() {
    let directory = directory(&[
        ("b.yaml", b"b: 1"),
        ("a/z.yml", b"z: 1"),
        ("a.json", b"{}"),
        ("A.YAML", b"a: 1"),
        ("notes.txt", b"no"),
        (".hidden.yaml", b"h: 1"),
        (".git/x.yaml", b"h: 1"),
        ("dir.yaml/inner.yaml", b"i: 1"),
        (".gitignore", b"ignored*\n"),
        ("ignored.yaml", b"i: 1"),
        ("ignored-dir/x.yaml", b"i: 1"),
    ]);
    let sources = read(&[directory.path()]).unwrap();
    let wanted = ["A.YAML", "a.json", "a/z.yml", "b.yaml", "dir.yaml/inner.yaml"];
    assert_eq!(relative(&sources), wanted.map(PathBuf::from));
    assert!(sources.findings.is_empty() && sources.skipped.is_empty());
    assert!(sources.map.files()[0].name.ends_with("/A.YAML"));
}

#[test]
fn several_paths_are_told_apart_and_a_file_is_read_once() {
    let directory = directory(&[("one/a.yaml", b"a: 1"), ("two/a.yaml", b"b: 1"), ("odd.conf", b"c: 1")]);
    let at = |name: &str| directory.path().join(name);
    let (one, two, odd, file) = (at("one"), at("two/../two"), at("odd.conf"), at("one/a.yaml"));
    let sources = read(&[&one, &two, &odd, &file, &one]).unwrap();
    assert_eq!(relative(&sources), ["one/a.yaml", "two/a.yaml", "odd.conf"].map(PathBuf::from));
    let sources = read(&[&file]).unwrap();
    assert_eq!(relative(&sources), [PathBuf::from("a.yaml")]);
}

#[test]
fn a_path_that_the_user_named_has_to_be_there() {
    let directory = directory(&[("empty/notes.txt", b"")]);
    let missing = directory.path().join("missing.yaml");
    let message = read(&[&missing]).unwrap_err();
    assert!(message.contains("missing.yaml") && message.contains("no such file"), "{message}");
    let message = read(&[&directory.path().join("empty")]).unwrap_err();
    assert!(message.starts_with("no manifests in `"), "{message}");
}

#[test]
fn a_file_that_is_no_text_is_one_finding() {
    let rows: [(&str, &[u8], &str); 7] = [
        ("latin", b"a: 1\nb: caf\xe9 x\n", "byte 0xe9 at line 2, column 7"),
        ("after other text", "a: üü\u{feff}".as_bytes(), ""),
        ("cut", b"a: \xe2\x82", "begins at line 1, column 4 and is not whole"),
        ("zero", b"a: 1\n\x00", "a zero byte at line 2, column 1"),
        ("utf-16 with mark", b"\xff\xfea\x00:\x00", "UTF-16"),
        ("utf-16 without", b"a\x00:\x00 \x001\x00", "UTF-16"),
        ("gzip", b"\x1f\x8b\x08\x00\x00", "zero byte"),
    ];
    for (name, bytes, wanted) in rows {
        let directory = directory(&[("x.yaml", bytes), ("y.yaml", b"y: 1")]);
        let file = directory.path().join("x.yaml");
        for path in [directory.path(), &file] {
            let sources = read(&[path]).unwrap();
            let messages: Vec<&str> =
                sources.findings.iter().map(|finding| finding.message.as_str()).collect();
            if wanted.is_empty() {
                assert!(messages.is_empty(), "{name}");
                continue;
            }
            assert_eq!(messages.len(), 1, "{name}");
            assert!(messages[0].contains(wanted) && messages[0].contains("x.yaml"), "{name}: {messages:?}");
            assert_eq!(sources.findings[0].code.id, "UM002", "{name}");
            assert_eq!(sources.skipped.len(), 1, "{name}");
            assert_eq!(sources.map.files().len(), usize::from(path != file), "{name}");
        }
    }
}

#[test]
fn a_file_of_more_than_4_gib_is_refused_unread() {
    let directory = directory(&[("y.yaml", b"y: 1")]);
    let large = fs::File::create(directory.path().join("x.yaml")).unwrap();
    if large.set_len(5 << 30).is_err() {
        return; // A file system without sparse files.
    }
    let sources = read(&[directory.path()]).unwrap();
    assert!(sources.findings[0].message.contains("larger than 4 GiB"));
    assert_eq!(relative(&sources), [PathBuf::from("y.yaml")]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_files_and_end_nowhere_in_findings() {
    use std::os::unix::fs::symlink;
    let directory = directory(&[("real.txt", b"a: 1"), ("dir/b.yaml", b"b: 1")]);
    let at = |name: &str| directory.path().join(name);
    symlink(at("real.txt"), at("a.yaml")).unwrap();
    symlink(at("nowhere"), at("dangling.yaml")).unwrap();
    symlink(at("nowhere"), at("dangling.txt")).unwrap();
    symlink(directory.path(), at("dir/loop")).unwrap();
    symlink(at("self.yaml"), at("self.yaml")).unwrap();
    symlink(at("dir/b.yaml"), at("again.yaml")).unwrap();
    let sources = read(&[directory.path()]).unwrap();
    assert_eq!(relative(&sources), ["a.yaml", "again.yaml"].map(PathBuf::from));
    let named: Vec<bool> = sources.findings.iter().map(|finding| finding.code.id == "UM002").collect();
    assert_eq!(named, [true, true]);
    let skipped: Vec<&str> = sources.skipped.iter().filter_map(|skip| skip.name.rsplit('/').next()).collect();
    assert_eq!(skipped, ["dangling.yaml", "loop", "self.yaml"]);
}
