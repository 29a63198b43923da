//! Where objects go: each row an input file, what it holds, and the file as it is to be.

use super::*;
use crate::yaml::{Node, Value};

/// A file in which `«` and `»` enclose each object's own bytes, and what its name ends.
struct Fixture {
    sources: SourceMap,
    objects: Vec<Object>,
}

/// Reads a fixture: documents part at lines `---`; with `items`, objects are items of a List.
fn fixture(name: &str, marked: &str, items: bool) -> Fixture {
    let text: String = marked.chars().filter(|c| !matches!(c, '«' | '»')).collect();
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new(name.into(), None, name.into(), text.as_str()));
    let mut objects = Vec::new();
    let mut at = 0;
    let mut start = 0;
    for character in marked.chars() {
        match character {
            '«' => start = at,
            '»' => objects.push(object(id, &text, start..at, objects.len(), items)),
            other => at += other.len_utf8(),
        }
    }
    Fixture { sources, objects }
}

fn object(file: FileId, text: &str, root: Range<usize>, index: usize, items: bool) -> Object {
    let span = Span::new(file, root.start, root.end);
    let before = text.get(..root.start).unwrap().rfind("---\n").map_or(0, |at| at + 4);
    let after = text.get(root.end..).unwrap().find("\n---").map_or(text.len(), |at| root.end + at + 1);
    let document = if items { 0..text.len() } else { before..after };
    let document_span = Span::new(file, document.start, document.end);
    Object {
        reference: reference(&format!("o{index}")),
        api_version: "security.istio.io/v1".into(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        created: None,
        name_span: span,
        root: Node { span, value: Value::Mapping(Vec::new()) },
        placement: Placement {
            file,
            document: if items { 0 } else { index },
            document_span,
            item: items.then_some(span),
        },
    }
}

fn reference(name: &str) -> ObjectRef {
    ObjectRef { kind: "NetworkPolicy".into(), namespace: Some("shop".into()), name: name.into() }
}

fn written(name: &str, text: &str, home: usize) -> Written {
    Written { reference: reference(name), text: text.into(), home: ObjectId(home) }
}

/// The text after the changes; `None` for a file that goes.
fn after(fixture: &Fixture, own: &[Object], written: &[Written], removed: &[usize]) -> Option<String> {
    let removed = removed.iter().map(|index| ObjectId(*index)).collect();
    let Fixture { sources, objects } = fixture;
    let changes = changes(&Tree { sources, objects, own, written, removed: &removed }).unwrap();
    match changes.as_slice() {
        [] => Some(sources.files()[0].text.to_string()),
        [Change::Source(_, new)] => new.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_are_added_after_their_source_and_nothing_else_changes() {
    for (row, marked, expected) in [
        ("one document", "«a: 1»\n", "a: 1\n---\nP: 1\n"),
        ("before the next", "«a: 1»\n---\n«b: 2»\n", "a: 1\n---\nP: 1\n---\nb: 2\n"),
        (
            "with comments and blanks",
            "# c\n«a: 1» # d\n\n# e\n---\n«b: 2»\n",
            "# c\na: 1 # d\n\n# e\n---\nP: 1\n---\nb: 2\n",
        ),
        ("no last newline", "«a: 1»", "a: 1\n---\nP: 1"),
        ("CRLF", "«a: 1»\r\n", "a: 1\r\n---\r\nP: 1\r\n"),
        ("CRLF, no last newline", "# x\r\n«a: 1»", "# x\r\na: 1\r\n---\r\nP: 1"),
        ("separator at the front", "---\n«a: 1»\n", "---\na: 1\n---\nP: 1\n"),
    ] {
        let fixture = fixture("a.yaml", marked, false);
        assert_eq!(
            after(&fixture, &[], &[written("p", "P: 1\n", 0)], &[]).as_deref(),
            Some(expected),
            "{row}"
        );
    }
}

#[test]
fn what_follows_without_a_separator_gets_one() {
    for (row, rest, expected) in [
        ("a bare document after dots", "b: 2\n", "a: 1\n...\n---\nP: 1\n---\nb: 2\n"),
        ("a directive", "%YAML 1.2\n---\nb: 2\n", "a: 1\n...\n---\nP: 1\n...\n%YAML 1.2\n---\nb: 2\n"),
        ("a comment and a separator", "# c\n---\nb: 2\n", "a: 1\n...\n---\nP: 1\n# c\n---\nb: 2\n"),
    ] {
        let text = format!("a: 1\n...\n{rest}");
        let edit = after_document(&text, "a: 1\n...\n".len(), &["P: 1\n"]);
        assert_eq!(apply(&text, vec![edit]).as_deref(), Ok(expected), "{row}");
    }
}

#[test]
fn items_are_added_beside_their_source() {
    let items = "kind: List\nitems:\n  - «a: 1»\n  - «b: 2»\nmetadata: {}\n";
    let fixture = fixture("a.yaml", items, true);
    let written = [written("p", "P:\n  x: 1\n", 0), written("q", "Q: 2\n", 1)];
    let expected = "kind: List\nitems:\n  - a: 1\n  - P:\n      x: 1\n  - b: 2\n  - Q: 2\nmetadata: {}\n";
    assert_eq!(after(&fixture, &[], &written, &[]).as_deref(), Some(expected));
}

#[test]
fn a_bare_json_document_gets_a_file_beside_it() {
    let fixture = fixture("a.json", "{«\"a\": 1»}\n", false);
    let Fixture { sources, objects } = &fixture;
    let written = [written("p", "P: 1\n", 0)];
    let tree = Tree { sources, objects, own: &[], written: &written, removed: &BTreeSet::new() };
    let id = objects[0].placement.file;
    assert_eq!(changes(&tree), Ok(vec![Change::Beside(id, vec!["P: 1\n".into()])]));
    let removed = BTreeSet::from([ObjectId(0)]);
    let both = vec![Change::Source(id, None), Change::Beside(id, vec!["P: 1\n".into()])];
    assert_eq!(changes(&Tree { removed: &removed, ..tree }), Ok(both));
}

#[test]
fn own_objects_are_replaced_in_place() {
    for (row, marked, text, expected) in [
        (
            "another text",
            "«a: 1»\n---\n«old: 1\nx: 2» # y\n# kept\n---\n«c: 3»\n",
            "new: 1\n",
            "a: 1\n---\nnew: 1\n# kept\n---\nc: 3\n",
        ),
        ("the same text", "«a: 1»\n---\n«new: 1»\n", "new: 1\n", "a: 1\n---\nnew: 1\n"),
        ("no last newline", "«a: 1»\n---\n«old: 1»", "new: 1\n", "a: 1\n---\nnew: 1"),
        ("CRLF", "«a: 1»\r\n---\n«old: 1»\r\n", "new: 1\n", "a: 1\r\n---\nnew: 1\r\n"),
        (
            "with a comment on top",
            "«a: 1»\n---\n# was\n«old: 1»\n",
            "# is\nnew: 1\n",
            "a: 1\n---\n# is\nnew: 1\n",
        ),
    ] {
        let fixture = fixture("a.yaml", marked, false);
        let own = [fixture.objects[1].clone()];
        assert_eq!(after(&fixture, &own, &[written("o1", text, 0)], &[]).as_deref(), Some(expected), "{row}");
    }
}

#[test]
fn a_second_run_finds_nothing_to_do() {
    for (row, marked, items) in [
        ("documents", "«a: 1»\n---\n«b: 2»", false),
        ("items", "items:\n- «a: 1»\n- «b: 2»\n", true),
        ("documents with CRLF", "«a: 1»\r\n---\r\n«b: 2»\r\n", false),
    ] {
        let first = fixture("a.yaml", marked, items);
        let once = after(&first, &[], &[written("o1", "P: 1\n", 0)], &[]).unwrap();
        let second = fixture("a.yaml", &once.replace("a: 1", "«a: 1»").replace("P: 1", "«P: 1»"), items);
        let own = [second.objects[1].clone()];
        assert_eq!(after(&second, &own, &[written("o1", "P: 1\n", 0)], &[]), Some(once), "{row}");
    }
}

#[test]
fn sources_that_are_carried_go() {
    let two = "«a: 1»\n---\n«b: 2»\n";
    let policy = [written("p", "P: 1\n", 0)];
    for (row, marked, written, removed, expected) in [
        ("replaced", two, &policy[..], &[0][..], Some("P: 1\n---\nb: 2\n")),
        ("first of two, nothing written", two, &[], &[0], Some("---\nb: 2\n")),
        ("last of two", two, &[], &[1], Some("a: 1\n")),
        ("all", two, &[], &[0, 1], None),
        ("the only one", "# c\n---\n«a: 1»\n", &[], &[0], None),
        ("replaced, no last newline", "«a: 1»", &policy, &[0], Some("P: 1")),
    ] {
        let fixture = fixture("a.yaml", marked, false);
        assert_eq!(after(&fixture, &[], written, removed).as_deref(), expected, "{row}");
    }
}

#[test]
fn a_list_never_loses_its_last_item() {
    let items = "items:\n- «a: 1»\n- «b: 2»\n";
    let fixture = fixture("a.yaml", items, true);
    assert_eq!(after(&fixture, &[], &[], &[0]).as_deref(), Some("items:\n- b: 2\n"));
    assert_eq!(after(&fixture, &[], &[], &[0, 1]).as_deref(), Some("items:\n- a: 1\n- b: 2\n"));
    let replaced = after(&fixture, &[], &[written("p", "P: 1\n", 1)], &[0, 1]);
    assert_eq!(replaced.as_deref(), Some("items:\n- P: 1\n"));
}
