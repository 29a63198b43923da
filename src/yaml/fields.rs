//! Mappings read into types, field by field, so that nothing is passed over in silence.
//!
//! A [`Reader`] belongs to one object. Whoever reads a mapping takes the fields it knows from a
//! [`Fields`] and calls [`Fields::finish`]: what was not taken is an unknown field. Wrong types are
//! findings too, and the field then counts as absent. Which code such a finding has is the
//! caller's choice ([`Problems`]), since in a policy it may hide a refusal.

use super::{Node, Resolved, Scalar, Value, resolve};
use crate::finding::{Code, Direction, Finding, ObjectRef, Severity, nearest};
use crate::source::Span;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A value with its place and its path in the object (`spec.rules[0].from[0]`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaf<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
    /// Its path.
    pub field: String,
}

impl<T> Leaf<T> {
    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Leaf<U> {
        Leaf { value: change(self.value), span: self.span, field: self.field }
    }
}

/// The codes under which a reader reports.
#[derive(Clone, Copy, Debug)]
pub struct Problems {
    /// A field that the type does not have.
    pub unknown: &'static Code,
    /// A list where a mapping belongs, and the like.
    pub wrong_type: &'static Code,
    /// A value that is none of the allowed ones, or out of range.
    pub wrong_value: &'static Code,
    /// An unquoted scalar that is no string, where a string belongs.
    pub unquoted: &'static Code,
    /// What such a finding means for the user.
    pub direction: Direction,
}

/// Reads one object.
pub struct Reader<'a> {
    object: &'a ObjectRef,
    problems: Problems,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Reader<'a> {
    /// A reader for an object.
    #[must_use]
    pub fn new(object: &'a ObjectRef, problems: Problems) -> Self {
        Self { object, problems, findings: RefCell::new(Vec::new()) }
    }

    /// What went wrong, in the order of reading.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings.into_inner()
    }

    /// Whether anything went wrong so far.
    #[must_use]
    pub fn has_findings(&self) -> bool {
        !self.findings.borrow().is_empty()
    }

    /// The root of what is to be read; `path` is its path in the object (`spec`).
    #[must_use]
    pub fn field<'r>(&'r self, path: &str, node: &'r Node, key_span: Span) -> Field<'r> {
        Field { reader: self, path: path.to_string(), key_span, node }
    }

    fn report(&self, code: &'static Code, span: Span, field: &str, message: String, help: Option<String>) {
        let mut finding =
            Finding::new(code, self.problems.direction, message).severity(Severity::Error).at(span);
        finding.help = help;
        self.findings.borrow_mut().push(finding.on(self.object).field(field));
    }
}

/// A field that was taken: its path, the place of its key (or of the list item), its value.
#[derive(Clone)]
pub struct Field<'r> {
    reader: &'r Reader<'r>,
    /// The path in the object.
    pub path: String,
    /// The key's place; of a list item, the item's.
    pub key_span: Span,
    /// The value.
    pub node: &'r Node,
}

impl<'r> Field<'r> {
    /// Whether Kubernetes reads null, which counts as absent.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.node.is_null()
    }

    /// The field as a leaf of its own, for what matters by its presence alone.
    #[must_use]
    pub fn presence(&self) -> Leaf<()> {
        self.leaf(())
    }

    /// A field of a mapping by name, whatever else the mapping holds: for what is checked elsewhere.
    #[must_use]
    pub fn below(&self, name: &str) -> Option<Self> {
        let entry = self.node.entry(name)?;
        let path = format!("{}.{name}", self.path);
        Some(Field { reader: self.reader, path, key_span: entry.key_span, node: &entry.value })
    }

    fn leaf<T>(&self, value: T) -> Leaf<T> {
        Leaf { value, span: self.node.span, field: self.path.clone() }
    }

    /// Reports a value that its type allows and its meaning does not.
    pub fn wrong_value(&self, message: impl Into<String>, help: Option<String>) {
        let code = self.reader.problems.wrong_value;
        self.reader.report(code, self.node.span, &self.path, message.into(), help);
    }

    fn wrong_type(&self, wanted: &str) {
        let name = self.name();
        let message = format!("`{name}` has to be {wanted}, and is {}", describe(self.node));
        self.reader.report(self.reader.problems.wrong_type, self.node.span, &self.path, message, None);
    }

    /// The last part of the path; of an entry of a map, its key.
    #[must_use]
    pub fn name(&self) -> &str {
        let entry = self.path.strip_suffix(']').and_then(|path| path.rsplit_once('['));
        match entry {
            Some((_, key)) if key.parse::<usize>().is_err() => key,
            Some(_) | None => self.path.rsplit('.').next().unwrap_or(&self.path),
        }
    }

    fn scalar(&self, wanted: &str) -> Option<&'r Scalar> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => {
                self.wrong_type(wanted);
                None
            }
        }
    }

    /// A string. An unquoted scalar that Kubernetes reads as another type is a finding: the API
    /// server refuses it, or a client writes it differently.
    #[must_use]
    pub fn string(&self) -> Option<Leaf<String>> {
        let scalar = self.scalar("a string")?;
        match resolve(scalar) {
            Resolved::String => Some(self.leaf(scalar.text.clone())),
            Resolved::Null => {
                self.wrong_type("a string");
                None
            }
            Resolved::Bool(_) | Resolved::Int(_) | Resolved::Float(_) => {
                let what = describe(self.node);
                let message = format!("`{}` is {what} here, and a string belongs here", scalar.text);
                let help = format!("quote it: \"{}\"", scalar.text);
                let code = self.reader.problems.unquoted;
                self.reader.report(code, self.node.span, &self.path, message, Some(help));
                None
            }
        }
    }

    /// A boolean.
    #[must_use]
    pub fn boolean(&self) -> Option<Leaf<bool>> {
        let Resolved::Bool(value) = resolve(self.scalar("true or false")?) else {
            self.wrong_type("true or false");
            return None;
        };
        Some(self.leaf(value))
    }

    /// A whole number within `range`, `1e3` and `1.0` included ([`Resolved::whole`]).
    #[must_use]
    pub fn integer(&self, range: std::ops::RangeInclusive<i64>) -> Option<Leaf<i64>> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        let Some(value) = resolve(self.scalar(&wanted)?).whole() else {
            self.wrong_type(&wanted);
            return None;
        };
        let Some(value) = i64::try_from(value).ok().filter(|value| range.contains(value)) else {
            self.wrong_value(format!("`{}` has to be {wanted}", self.name()), None);
            return None;
        };
        Some(self.leaf(value))
    }

    /// A number, whole or not.
    #[must_use]
    pub fn number(&self) -> Option<Leaf<f64>> {
        match resolve(self.scalar("a number")?) {
            #[expect(clippy::cast_precision_loss, reason = "percentages and the like, far below 2^53")]
            Resolved::Int(value) => Some(self.leaf(value as f64)),
            Resolved::Float(value) => Some(self.leaf(value)),
            _ => {
                self.wrong_type("a number");
                None
            }
        }
    }

    /// One of several words, matched exactly.
    #[must_use]
    pub fn one_of<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<Leaf<T>> {
        let text = self.string()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(self.leaf(*value));
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("`{}` is no value of `{}`", text.value, self.name());
        let help = match nearest(&text.value, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? it can be {}", names.join(", ")),
            None => format!("it can be {}", names.join(", ")),
        };
        self.wrong_value(message, Some(help));
        None
    }

    /// The items of a list, each a field of its own (`path[0]`). Null is an empty list.
    #[must_use]
    pub fn list(&self) -> Option<Vec<Field<'r>>> {
        match &self.node.value {
            Value::Sequence(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, node)| Field {
                        reader: self.reader,
                        path: format!("{}[{index}]", self.path),
                        key_span: node.span,
                        node,
                    })
                    .collect(),
            ),
            Value::Scalar(_) if self.is_null() => Some(Vec::new()),
            Value::Scalar(_) | Value::Mapping(_) => {
                self.wrong_type("a list");
                None
            }
        }
    }

    /// A list of strings.
    #[must_use]
    pub fn strings(&self) -> Vec<Leaf<String>> {
        let items = self.list().unwrap_or_default();
        items.iter().filter_map(Field::string).collect()
    }

    /// A mapping's fields. Null counts as an empty mapping.
    #[must_use]
    pub fn fields(&self) -> Option<Fields<'r>> {
        if !matches!(self.node.value, Value::Mapping(_)) && !self.is_null() {
            self.wrong_type("a mapping");
            return None;
        }
        Some(Fields { of: self.clone(), asked: Vec::new() })
    }

    /// A mapping from names to whatever stands there, such as labels: every key is allowed.
    #[must_use]
    pub fn entries(&self) -> Vec<(Leaf<String>, Field<'r>)> {
        if !matches!(self.node.value, Value::Mapping(_)) && !self.is_null() {
            self.wrong_type("a mapping");
        }
        let entry = |entry: &'r super::Entry| {
            let path = format!("{}[{}]", self.path, entry.key);
            let key = Leaf { value: entry.key.clone(), span: entry.key_span, field: path.clone() };
            (key, Field { reader: self.reader, path, key_span: entry.key_span, node: &entry.value })
        };
        self.node.entries().iter().map(entry).collect()
    }

    /// Labels: names to strings.
    #[must_use]
    pub fn string_map(&self) -> BTreeMap<String, Leaf<String>> {
        let entries = self.entries();
        entries.iter().filter_map(|(key, field)| Some((key.value.clone(), field.string()?))).collect()
    }
}

/// The fields of one mapping, taken one by one.
pub struct Fields<'r> {
    of: Field<'r>,
    asked: Vec<&'static str>,
}

impl<'r> Fields<'r> {
    /// Takes a field by name; absent and null are both `None`.
    #[must_use]
    pub fn take(&mut self, name: &'static str) -> Option<Field<'r>> {
        self.take_even_null(name).filter(|field| !field.is_null())
    }

    /// Takes a field by name where null and absent differ.
    #[must_use]
    pub fn take_even_null(&mut self, name: &'static str) -> Option<Field<'r>> {
        self.asked.push(name);
        let entry = self.of.node.entry(name)?;
        Some(Field {
            reader: self.of.reader,
            path: format!("{}.{name}", self.of.path),
            key_span: entry.key_span,
            node: &entry.value,
        })
    }

    /// The mapping itself as a leaf, for what matters by its presence alone.
    #[must_use]
    pub fn presence(&self) -> Leaf<()> {
        self.of.presence()
    }

    /// Reports each field that nobody took.
    pub fn finish(self) {
        for entry in self.of.node.entries() {
            if self.asked.contains(&entry.key.as_str()) {
                continue;
            }
            let path = format!("{}.{}", self.of.path, entry.key);
            let message = format!("`{}` has no field `{}`", self.of.name(), entry.key);
            let near = nearest(&entry.key, self.asked.iter().copied());
            let help = near.map(|near| format!("did you mean `{near}`?"));
            let reader = self.of.reader;
            reader.report(reader.problems.unknown, entry.key_span, &path, message, help);
        }
    }
}

/// What a node is, in the user's words.
fn describe(node: &Node) -> &'static str {
    match &node.value {
        Value::Mapping(_) => "a mapping",
        Value::Sequence(_) => "a list",
        Value::Scalar(scalar) => match resolve(scalar) {
            Resolved::String => "a string",
            Resolved::Null => "null",
            Resolved::Bool(_) => "a boolean",
            Resolved::Int(_) | Resolved::Float(_) => "a number",
        },
    }
}
