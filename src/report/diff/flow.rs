//! Objects as JSON, for lists that are written in flow style.

use crate::source::{SourceFile, SourceMap};
use crate::yaml::{self, Limits, Node, Resolved, Value};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// A document of ours as one line of JSON; comments go, since JSON has none.
///
/// # Errors
/// The text is no YAML, which no writer of ours makes.
pub(super) fn json(text: &str) -> Result<String, String> {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new(String::new(), None, "written.yaml".into(), text));
    let parsed = yaml::parse(id, sources.file(id), Limits::default());
    let document = parsed.documents.first().ok_or("an object to be written cannot be read back")?;
    serde_json::to_string(&AsJson(&document.root)).map_err(|error| error.to_string())
}

/// A tree with its keys in their order.
struct AsJson<'a>(&'a Node);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.value {
            Value::Scalar(scalar) => match yaml::resolve(scalar) {
                Resolved::String => serializer.serialize_str(&scalar.text),
                Resolved::Null => serializer.serialize_unit(),
                Resolved::Bool(value) => serializer.serialize_bool(value),
                Resolved::Int(value) => serializer.serialize_i128(value),
                Resolved::Float(value) => serializer.serialize_f64(value),
            },
            Value::Sequence(items) => serializer.collect_seq(items.iter().map(AsJson)),
            Value::Mapping(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key, &AsJson(&entry.value))?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;
    use crate::yaml::{Entry, Scalar, Style};

    #[test]
    fn keys_keep_their_order_and_scalars_their_type() {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new(String::new(), None, "x".into(), ""));
        let span = Span::new(id, 0, 0);
        let scalar =
            |text: &str, style| Node { span, value: Value::Scalar(Scalar { text: text.into(), style }) };
        let entry = |key: &str, value| Entry { key: key.into(), key_span: span, value };
        let list = Node { span, value: Value::Sequence(vec![scalar("a\"b", Style::Text)]) };
        let node = Node {
            span,
            value: Value::Mapping(vec![entry("z", scalar("true", Style::Text)), entry("a", list)]),
        };
        assert_eq!(serde_json::to_string(&AsJson(&node)).unwrap(), r#"{"z":"true","a":["a\"b"]}"#);
    }
}
