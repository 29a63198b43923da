//! The tree: what a document holds, each node with its place.

use crate::source::{FileId, Span};

/// One YAML document that could be read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// Its number among the file's documents, from 0, bad ones counted.
    pub index: usize,
    /// All bytes of the document, from its first byte (after `---`) to the last before the next
    /// separator, comments included.
    pub span: Span,
    /// The content.
    pub root: Node,
    /// Keys that stand twice in one mapping, in their order.
    pub duplicates: Vec<Duplicate>,
}

/// A key that stands twice in one mapping; the last one counts, as to Kubernetes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// The later one.
    pub span: Span,
    /// The earlier one.
    pub first: Span,
    /// The path of the key in the document, as `spec.rules[0].from`.
    pub path: String,
}

/// A node and where it stands. For a node from an alias or merge, the place of its definition.
#[derive(Clone, Debug)]
pub struct Node {
    /// The node's own bytes: of a scalar with its quotes; of a collection from first to last child.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Value {
    /// Anything without children.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in their order, merge keys expanded. Of keys that stand twice only the last
    /// is kept, as Kubernetes' reader does; the finding says so.
    Mapping(Vec<Entry>),
}

/// One key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, as text (Kubernetes has no other keys).
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text after escapes and folding.
    pub text: String,
    /// How it was written: only plain ones can be anything but strings.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: `on` is a boolean.
    Plain,
    /// Quoted, a block scalar, or tagged `!!str`: always a string.
    Text,
}

impl Node {
    /// The value of a key, where this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, where this is a mapping that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            Value::Scalar(_) | Value::Sequence(_) => &[],
        }
    }

    /// The items of a sequence; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Sequence(items) => items,
            Value::Scalar(_) | Value::Mapping(_) => &[],
        }
    }

    /// The text of a scalar that Kubernetes reads as a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => match super::resolve(scalar) {
                super::Resolved::String => Some(&scalar.text),
                _ => None,
            },
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// Whether Kubernetes reads null here (`null`, `~`, nothing).
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if super::resolve(scalar) == super::Resolved::Null)
    }
}
