//! The metadata of one object or template, with the place of each label and annotation.

use super::table::{self, Known, Place};
use crate::manifest::{Object, template_path};
use crate::source::Span;
use crate::yaml::{Node, Value};

/// The metadata of an object, or of its template.
pub(super) struct Holder<'a> {
    pub(super) object: &'a Object,
    pub(super) place: Place,
    pub(super) labels: Vec<Mark<'a>>,
    pub(super) annotations: Vec<Mark<'a>>,
}

/// One label or annotation of Istio's.
pub(super) struct Mark<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
    pub(super) key: Span,
    pub(super) node: &'a Node,
    pub(super) field: String,
    /// What Istio knows of it.
    pub(super) known: Option<&'static Known>,
}

impl<'a> Holder<'a> {
    /// The metadata of an object that says something to Istio: its own, and that of its template.
    pub(super) fn all(object: &'a Object) -> Vec<Self> {
        let kind = object.reference.kind.as_str();
        let path = template_path(object.group(), kind);
        let place = match (object.group(), kind, path) {
            ("", "Namespace", _) => Place::Namespace,
            ("", "Service", _) => Place::Service,
            (_, _, Some([])) => Place::Pod,
            (_, _, Some(_)) => Place::Workload,
            (_, _, None) => return Vec::new(),
        };
        let own = Self::of(object, place, Some(&object.root), "metadata");
        let below = path.filter(|path| !path.is_empty()).map(|path| {
            let template = path.iter().try_fold(&object.root, |node, key| node.get(key));
            Self::of(object, Place::Pod, template, &format!("{}.metadata", path.join(".")))
        });
        [Some(own), below].into_iter().flatten().filter(Self::says_something).collect()
    }

    fn of(object: &'a Object, place: Place, node: Option<&'a Node>, path: &str) -> Self {
        let metadata = node.and_then(|node| node.get("metadata"));
        let marks = |name: &str, table: &'static [Known]| {
            let entries = metadata.and_then(|metadata| metadata.get(name)).map(Node::entries);
            let mark = |entry: &'a crate::yaml::Entry| Mark {
                name: entry.key.as_str(),
                value: text(&entry.value),
                key: entry.key_span,
                node: &entry.value,
                field: format!("{path}.{name}[{}]", entry.key),
                known: table.iter().find(|known| known.name == entry.key),
            };
            let istios = entries.unwrap_or_default().iter().filter(|entry| table::is_istios(&entry.key));
            istios.map(mark).collect()
        };
        Self {
            object,
            place,
            labels: marks("labels", table::LABELS),
            annotations: marks("annotations", table::ANNOTATIONS),
        }
    }

    fn says_something(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    pub(super) fn label(&self, name: &str) -> Option<&Mark<'a>> {
        self.labels.iter().find(|mark| mark.name == name)
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&Mark<'a>> {
        self.annotations.iter().find(|mark| mark.name == name)
    }

    /// Its name in a message.
    pub(super) fn name(&self) -> String {
        format!("`{}`", self.object.reference)
    }
}

impl Mark<'_> {
    /// Whether it stands where Istio looks for it.
    pub(super) fn is_read_at(&self, place: Place) -> bool {
        self.known.is_some_and(|known| known.places.contains(&place))
    }

    /// Its name without the domain, and its value, cut to what a message can hold.
    pub(super) fn shown(&self) -> String {
        let name = self.name.rsplit('/').next().unwrap_or(self.name);
        format!("`{name}: {}`", self.short())
    }

    /// Name and value in full, as `istio.io/rev: stable`.
    pub(super) fn whole(&self) -> String {
        format!("`{}: {}`", self.name, self.short())
    }

    fn short(&self) -> String {
        const LONGEST: usize = 60;
        if self.value.is_empty() {
            return "\"\"".to_string();
        }
        let first = self.value.lines().next().unwrap_or_default();
        let text: String = first.chars().take(LONGEST).collect();
        if text.len() < self.value.trim_end().len() { format!("{text}...") } else { text }
    }
}

fn text(node: &Node) -> String {
    match &node.value {
        Value::Scalar(_) if node.is_null() => String::new(),
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::Sequence(_) | Value::Mapping(_) => String::new(),
    }
}
