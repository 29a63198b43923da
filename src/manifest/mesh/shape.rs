//! Messages of protobuf as tables, and the walk that finds what is in none of them.
//!
//! MeshConfig has hundreds of fields, of which a network policy touches a handful. The tables say which
//! ones there are, so that a misspelled one is told; what the few mean is read elsewhere.

use crate::yaml::fields::Field;
use crate::yaml::{Node, Resolved, Value, resolve};

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A string, or a duration.
    Text,
    /// A whole number; 64 bits stand in quotes, too.
    Whole,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// One of some words.
    Words(&'static [&'static str]),
    /// Anything.
    Any,
    /// A message.
    Message(&'static Message),
    /// A list of these.
    List(&'static Shape),
    /// Names with these.
    Map(&'static Shape),
}

/// The fields of a message, by their names in JSON.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) fields: &'static [(&'static str, Shape)],
}

/// Lists of the usual things.
pub(super) const TEXTS: Shape = Shape::List(&Shape::Text);
pub(super) const WHOLES: Shape = Shape::List(&Shape::Whole);
pub(super) const TEXT_BY_NAME: Shape = Shape::Map(&Shape::Text);

/// Writes names as JSON has them: protobuf takes `trust_domain` for `trustDomain` as well.
pub(super) fn in_json(node: &mut Node, message: &Message) {
    let Value::Mapping(entries) = &mut node.value else { return };
    for entry in entries {
        let is = |name: &str| entry.key == name || entry.key == in_proto(name);
        let Some((name, shape)) = message.fields.iter().find(|(name, _)| is(name)) else { continue };
        entry.key = (*name).to_string();
        below(&mut entry.value, *shape);
    }
}

fn below(node: &mut Node, shape: Shape) {
    match (shape, &mut node.value) {
        (Shape::Message(message), _) => in_json(node, message),
        (Shape::List(shape), Value::Sequence(items)) => {
            for item in items {
                below(item, *shape);
            }
        }
        (Shape::Map(shape), Value::Mapping(entries)) => {
            for entry in entries {
                below(&mut entry.value, *shape);
            }
        }
        (
            Shape::Text
            | Shape::Whole
            | Shape::Number
            | Shape::Flag
            | Shape::Words(_)
            | Shape::Any
            | Shape::List(_)
            | Shape::Map(_),
            _,
        ) => {}
    }
}

/// Names that do not come back from JSON letter by letter.
const UNUSUAL: [(&str, &str); 3] = [
    ("meshMTLS", "mesh_mTLS"),
    ("consecutive5xxErrors", "consecutive_5xx_errors"),
    ("enable64bitTraceId", "enable_64bit_trace_id"),
];

/// The name in the `.proto` file: `trust_domain`.
fn in_proto(name: &str) -> String {
    if let Some((_, unusual)) = UNUSUAL.iter().find(|(json, _)| *json == name) {
        return (*unusual).to_string();
    }
    let letter = |letter: char| match letter {
        'A'..='Z' => format!("_{}", letter.to_ascii_lowercase()),
        other => other.to_string(),
    };
    name.chars().map(letter).collect()
}

/// Reports what the table does not have, to the field's reader.
pub(super) fn check(field: &Field<'_>, shape: Shape) {
    match shape {
        Shape::Any => {}
        // A number is read as text by Helm's users and by Istio alike only where it is quoted.
        Shape::Text => drop(field.string()),
        Shape::Whole if is_quoted_number(field.node) => {}
        Shape::Whole => drop(field.integer(i64::MIN..=i64::MAX)),
        Shape::Number => drop(field.number()),
        Shape::Flag => drop(field.boolean()),
        Shape::Words(words) => {
            // Protobuf takes the number of a word as well.
            let is_number = matches!(&field.node.value, Value::Scalar(scalar) if matches!(resolve(scalar), Resolved::Int(_)));
            if !is_number {
                let words: Vec<(&'static str, ())> = words.iter().map(|word| (*word, ())).collect();
                drop(field.one_of(&words));
            }
        }
        Shape::Message(message) => fields(field, message),
        Shape::List(shape) => {
            for item in field.list().unwrap_or_default() {
                check(&item, *shape);
            }
        }
        Shape::Map(shape) => {
            for (_, value) in field.entries() {
                check(&value, *shape);
            }
        }
    }
}

fn fields(field: &Field<'_>, message: &Message) {
    let Some(mut fields) = field.fields() else { return };
    for (name, shape) in message.fields {
        if let Some(field) = fields.take(name) {
            check(&field, *shape);
        }
    }
    fields.finish();
}

fn is_quoted_number(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
}
