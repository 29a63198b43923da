//! Texts as kubectl and the API server read them, document by document.
//!
//! `testdata/reading/documents.tsv` is what their own libraries make of each text (`texts` of
//! `conformance/kubernetes`): each document's value, or an error. Where a key stands twice the last one
//! counts, as kubectl reads it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Map, Value as Json, json};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml::{self, Limits, Node, Resolved, Value, resolve};

/// Texts with the documents that the engine finds.
const TABLE: &str = include_str!("../testdata/reading/documents.tsv");

fn value(node: &Node) -> Json {
    match &node.value {
        Value::Sequence(items) => items.iter().map(value).collect(),
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.clone(), value(&entry.value)));
            Json::Object(entries.collect::<Map<_, _>>())
        }
        Value::Scalar(scalar) => match resolve(scalar) {
            Resolved::String => scalar.text.clone().into(),
            Resolved::Null => Json::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Int(value) => value.to_string().parse().unwrap(),
            Resolved::Float(value) => value.into(),
        },
    }
}

/// The documents in their order, as the table has them.
fn read(text: &str) -> Vec<Json> {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("a.yaml".to_string(), None, "a.yaml".into(), text));
    let parsed = yaml::parse(id, sources.file(id), Limits::default());
    let good = parsed.documents.iter().filter(|document| !value(&document.root).is_null());
    let good = good.map(|document| (document.index, json!({ "is": value(&document.root) })));
    let bad = parsed.unread.iter().map(|unread| (unread.index, json!({ "error": true })));
    let mut found: Vec<(usize, Json)> = good.chain(bad).collect();
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, document)| document).collect()
}

/// Numbers by their size: the engine writes 1.0 as 1.
fn same(ours: &Json, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Json::Number(ours), Json::Number(theirs)) => ours == theirs || ours.as_f64() == theirs.as_f64(),
        (Json::Array(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Json::Object(theirs)) => {
            let alike = |(key, value)| theirs.get(key).is_some_and(|other| same(value, other));
            ours.len() == theirs.len() && ours.iter().all(alike)
        }
        (ours, theirs) => ours == theirs,
    }
}

/// What is refused here, loudly, and Kubernetes reads: its reader is older than YAML 1.2.
const REFUSED: [(&str, &str); 5] = [
    ("a comment close behind a quote", "a: 'x'#y\n"),
    ("a byte order mark in a value", "a: \u{feff}b\n"),
    ("a byte order mark behind a separator", "---\n\u{feff}a: 1\n"),
    ("a tab in a flow mapping", "a: {\n\tb: 1}\n"),
    ("a tab in a flow list", "a: [\n\t1,\n\t2\n]\n"),
];

/// What is read here, and Kubernetes refuses: nobody can have applied it.
const READ: [(&str, &str); 15] = [
    ("an escaped slash", "a: \"\\/\"\n"),
    ("two halves of a letter", "a: \"\\ud83d\\ude00\"\n"),
    ("a tab before a key", "\ta: 1\n"),
    ("a tab behind a dash", "a:\n  - b\n  -\tc\n"),
    ("a separator with a mapping", "--- {a: 1}\n"),
    ("a later separator with a mapping", "a: 1\n--- {b: 2}\n"),
    ("a separator with a tag", "a: 1\n--- !!map\nb: 2\n"),
    ("a separator that is none", "a: 1\n---b: 2\n"),
    ("a version of its own", "%YAML 1.1\n---\na: on\n"),
    ("another version", "%YAML 1.2\n---\na: on\n"),
    ("an end before all documents", "...\na: 1\n"),
    ("ends alone", "...\n...\n"),
    ("a separator with a mapping behind an end", "a: 1\n...\n--- {b: 2}\n"),
    ("an end behind a comment", "# note\n...\na: 1\n"),
    ("a handle of tags", "%TAG ! tag:x,2000:\n---\na: 1\n"),
];

/// What Kubernetes passes over without a word, since it takes the first document up to a separator, and
/// what is named here as a document that is not read.
const PASSED_OVER: [(&str, &str); 11] = [
    ("a document behind an end", "a: 1\n...\nb: 2\n"),
    ("a document behind an end with a comment", "a: 1\n... # end\nb: 2\n"),
    ("a document behind the end of a block", "a: |\n  x\n...\nb: 2\n"),
    ("a document behind the end of an empty one", "---\n...\na: 1\n"),
    ("a document behind the end of one that cannot be read", "a: [\n...\nb: 2\n"),
    ("a list behind an end", "a: 1\n...\n- x\n- y\n"),
    ("a document behind an end, and one behind a separator", "a: 1\n...\nb: 2\n---\nc: 3\n"),
    ("a document behind two ends", "a: 1\n...\nb: 2\n...\nc: 3\n"),
    ("a document behind the end of a second one", "a: 1\n...\n---\nb: 2\n...\nc: 3\n"),
    ("what is no document behind an end", "a: 1\n...\n@b\n"),
    ("an open quote behind an end", "a: 1\n...\n\"b\n"),
];

/// A text of the table with both readings.
fn rows() -> impl Iterator<Item = (String, Json, Json)> {
    TABLE.lines().map(|line| {
        let (text, documents) = line.split_once('\t').unwrap();
        let text: String = serde_json::from_str(text).unwrap();
        let ours = Json::Array(read(&text));
        (text, ours, serde_json::from_str(documents).unwrap())
    })
}

#[test]
fn documents_are_what_kubernetes_makes_of_them() {
    assert!(TABLE.lines().count() >= 150);
    let known: Vec<&str> = REFUSED.iter().chain(&READ).chain(&PASSED_OVER).map(|(_, text)| *text).collect();
    let wrong = rows().filter(|(text, ours, theirs)| !known.contains(&text.as_str()) && !same(ours, theirs));
    let wrong = wrong.map(|(text, ours, theirs)| format!("{text:?}\n  is    {ours}\n  wants {theirs}"));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn known_differences_are_on_the_side_that_they_are_said_to_be() {
    let error = json!({ "error": true });
    let refused = |documents: &Json| documents.as_array().is_some_and(|items| items.contains(&error));
    let of = |text: &str| rows().find(|(other, ..)| other == text).unwrap_or_else(|| panic!("{text:?}"));
    for (name, text) in REFUSED {
        let (_, ours, theirs) = of(text);
        assert!(refused(&ours) && !refused(&theirs), "{name}");
    }
    for (name, text) in READ {
        let (_, ours, theirs) = of(text);
        assert!(!refused(&ours) && refused(&theirs), "{name}");
    }
    for (name, text) in PASSED_OVER {
        let (_, ours, theirs) = of(text);
        let good = |documents: &Json| -> Json {
            let documents = documents.as_array().unwrap().iter();
            documents.filter(|document| **document != error).cloned().collect()
        };
        let more = ours.as_array().unwrap().len() > theirs.as_array().unwrap().len();
        assert!(more && refused(&ours) && same(&good(&ours), &good(&theirs)), "{name}: {ours}");
    }
}
