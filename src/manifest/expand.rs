//! Lists: `kind: List` and typed lists are their items.

use super::metadata::is_list;
use crate::source::Span;
use crate::yaml::{Entry, Node, Scalar, Style, Value};

/// A document, or an item of a List.
pub(super) struct Item {
    pub(super) root: Node,
    /// The bytes of a List's item.
    pub(super) placed: Option<Span>,
}

/// The items of a List, and of Lists in it; anything else is its own only item. The depth is
/// bounded by the YAML stage, which refuses deeper trees.
pub(super) fn expand(root: Node) -> Vec<Item> {
    let mut items = Vec::new();
    walk(root, None, &mut items);
    items
}

fn walk(mut root: Node, placed: Option<Span>, into: &mut Vec<Item>) {
    let Some(kind) = is_list(&root) else {
        into.push(Item { root, placed });
        return;
    };
    let version = root.entry("apiVersion").cloned();
    let member = kind.strip_suffix("List").filter(|member| !member.is_empty());
    for mut item in take_items(&mut root) {
        if let Some(member) = member {
            inherit(&mut item, member, version.as_ref());
        }
        let span = item.span;
        walk(item, Some(span), into);
    }
}

fn take_items(root: &mut Node) -> Vec<Node> {
    let Value::Mapping(entries) = &mut root.value else { return Vec::new() };
    let items = entries.iter_mut().find(|entry| entry.key == "items");
    match items.map(|entry| &mut entry.value.value) {
        Some(Value::Sequence(items)) => std::mem::take(items),
        Some(Value::Scalar(_) | Value::Mapping(_)) | None => Vec::new(),
    }
}

/// Items of a typed list may leave out what its kind says: the API server writes them so.
fn inherit(item: &mut Node, kind: &str, version: Option<&Entry>) {
    let lacks = |key: &str| item.get(key).is_none_or(Node::is_null);
    let (lacks_kind, lacks_version) = (lacks("kind"), lacks("apiVersion"));
    let span = item.span;
    let Value::Mapping(entries) = &mut item.value else { return };
    if lacks_kind {
        let scalar = Scalar { text: kind.to_string(), style: Style::Text };
        let value = Node { span, value: Value::Scalar(scalar) };
        entries.push(Entry { key: "kind".to_string(), key_span: span, value });
    }
    if let Some(version) = version.filter(|_| lacks_version) {
        entries.push(version.clone());
    }
}
