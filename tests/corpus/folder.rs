//! One folder of a corpus: its files, their documents, and copies of it with some of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use unmesh::config::Settings;
use unmesh::manifest::{Object, collect};
use unmesh::source::{FileId, Input, SourceMap, Span, read};
use unmesh::yaml::{Document, Limits, Node, Value, parse};

/// A folder with everything in it that the program reads.
pub(crate) struct Folder {
    pub(crate) name: String,
    pub(crate) sources: SourceMap,
    /// In the order of the input; empty documents are left out.
    pub(crate) documents: Vec<Part>,
}

/// A document of a file, whether it can be read or not.
pub(crate) struct Part {
    pub(crate) file: FileId,
    pub(crate) span: Span,
    /// `None` for one that cannot be read.
    pub(crate) root: Option<Node>,
    /// The objects in it: several in a List.
    pub(crate) objects: Vec<Object>,
    /// Items of a List, nested ones too; 1 for anything else. An empty List has one line in the
    /// account too.
    pub(crate) items: usize,
}

/// Group, kind, namespace, name: one object of a cluster.
pub(crate) type Identity = (String, String, String, String);

impl Part {
    /// The objects that can stand once only.
    pub(crate) fn identities(&self) -> BTreeSet<Identity> {
        let named = self.objects.iter().filter(|object| !object.reference.name.ends_with('*'));
        named.map(identity).collect()
    }

    /// Whether it holds an object of one of these kinds of Istio's security group.
    pub(crate) fn holds(&self, kinds: &[&str]) -> bool {
        let of_istio = |object: &&Object| object.group() == "security.istio.io";
        let mut objects = self.objects.iter().filter(of_istio);
        objects.any(|object| kinds.contains(&object.reference.kind.as_str()))
    }
}

fn identity(object: &Object) -> Identity {
    let reference = &object.reference;
    let namespace = reference.namespace.clone().unwrap_or_default();
    (object.group().to_string(), reference.kind.clone(), namespace, reference.name.clone())
}

/// The folders of a corpus that hold manifests, by name.
pub(crate) fn names(corpus: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(corpus).expect("the corpus is a folder").map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

impl Folder {
    pub(crate) fn read(corpus: &Path, name: &str) -> Self {
        let sources = read(&[Input::Path(corpus.join(name))]).expect("the folder can be read").map;
        let mut documents = Vec::new();
        for (id, file) in sources.iter() {
            let parsed = parse(id, file, Limits::default());
            documents.extend(parsed.unread.iter().map(|unread| Part::unread(id, unread.span)));
            let read = parsed.documents.into_iter().filter(|document| !document.root.is_null());
            documents.extend(read.map(|document| Part::read(document, &sources)));
        }
        documents.sort_by_key(|part| part.span);
        Self { name: name.to_string(), sources, documents }
    }

    /// The path of a file below the folder.
    pub(crate) fn path(&self, file: FileId) -> &Path {
        &self.sources.file(file).relative
    }

    /// Writes the files with these documents below `to`, each document as it stands here.
    pub(crate) fn copy<'a>(&self, parts: impl IntoIterator<Item = &'a Part>, to: &Path) {
        let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
        for part in parts {
            let text = texts.entry(to.join(self.path(part.file))).or_default();
            self.append(part, text);
        }
        for (path, text) in texts {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    /// Adds a document with its separator, but for the only one of a JSON file.
    fn append(&self, part: &Part, to: &mut String) {
        let whole = &self.sources.file(part.file).text;
        let text = self.sources.text(part.span);
        if self.path(part.file).extension().is_some_and(|end| end == "json") && to.is_empty() {
            to.push_str(text);
            return;
        }
        if !to.is_empty() && !to.ends_with('\n') {
            to.push('\n');
        }
        // A document may begin behind its separator, on the same line.
        let behind = whole[..part.span.start as usize].ends_with("---");
        to.push_str(if behind { "---" } else { "---\n" });
        to.push_str(text);
    }
}

impl Part {
    fn unread(file: FileId, span: Span) -> Self {
        Self { file, span, root: None, objects: Vec::new(), items: 1 }
    }

    fn read(document: Document, sources: &SourceMap) -> Self {
        let (file, span, root) = (document.file, document.span, document.root.clone());
        let manifest = collect(vec![document], sources, &Settings::default()).manifest;
        let objects = manifest.objects.into_iter().chain(manifest.contested).collect();
        Self { file, span, items: items(&root).max(1), root: Some(root), objects }
    }
}

/// Counts what a document holds: a nameless mapping with `items` whose kind ends in `List` is its items.
fn items(root: &Node) -> usize {
    let named = root.get("metadata").is_some_and(|metadata| metadata.get("name").is_some());
    let list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    match root.get("items") {
        Some(Node { value: Value::Sequence(all), .. }) if list && !named => all.iter().map(items).sum(),
        Some(empty) if list && !named && empty.is_null() => 0,
        _ => 1,
    }
}
