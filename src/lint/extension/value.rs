//! Envoy's configuration as a tree: which extensions of Envoy's it holds, and single values in it.
//!
//! Envoy chooses an extension by the type of its configuration; its name is free. Keys are compared without
//! underscores and case, since protobuf's JSON takes `typed_config` and `typedConfig` alike.

use crate::yaml::{Node, Value};

/// An extension: `http.lua`, `network.rbac`, `transport_sockets.tls`.
#[derive(Clone, Debug)]
pub(super) struct Extension<'a> {
    /// Layer and name.
    pub(super) key: String,
    /// Its configuration; `None` where that comes from elsewhere.
    pub(super) config: Option<&'a Node>,
}

/// The value of a field, in either spelling.
pub(super) fn get<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.entries().iter().find(|entry| same(&entry.key, name)).map(|entry| &entry.value)
}

fn same(key: &str, name: &str) -> bool {
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    key == name || plain(key) == plain(name)
}

/// The names of fields, but for the type.
pub(super) fn names(node: &Node) -> Vec<String> {
    let names = node.entries().iter().map(|entry| entry.key.as_str());
    names.filter(|name| *name != "@type").map(str::to_string).collect()
}

/// The first value of a field of this name, wherever it stands.
pub(super) fn find<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Scalar(_) => None,
        Value::Sequence(items) => items.iter().find_map(|item| find(item, name)),
        Value::Mapping(entries) => get(node, name)
            .filter(|found| !found.is_null())
            .or_else(|| entries.iter().find_map(|entry| find(&entry.value, name))),
    }
}

/// The text of the first scalar that one of these fields holds.
pub(super) fn find_text<'a>(node: &'a Node, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| text(find(node, name)?))
}

/// The text of a scalar.
pub(super) fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar.text.trim()).filter(|text| !text.is_empty()),
        Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// All extensions within, in their order, each once.
pub(super) fn extensions(node: &Node) -> Vec<Extension<'_>> {
    let mut found = Vec::new();
    collect(node, &mut found);
    found
}

fn collect<'a>(node: &'a Node, found: &mut Vec<Extension<'a>>) {
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => {
            for item in items {
                collect(item, found);
            }
        }
        Value::Mapping(entries) => {
            if let Some(name) = node.get("@type").and_then(Node::as_str) {
                if name.ends_with(".TypedStruct") {
                    let inner = get(node, "type_url").and_then(Node::as_str);
                    push(inner.unwrap_or_default(), get(node, "value"), found);
                } else {
                    push(name, Some(node), found);
                }
            }
            for name in get(node, "type_urls").map(Node::items).unwrap_or_default() {
                push(name.as_str().unwrap_or_default(), None, found);
            }
            for entry in entries {
                collect(&entry.value, found);
            }
        }
    }
}

fn push<'a>(name: &str, config: Option<&'a Node>, found: &mut Vec<Extension<'a>>) {
    // Code without a machine to run it is Istio's own, of releases that had its statistics that way.
    let native = config.and_then(|config| find_text(config, &["runtime"])) == Some("envoy.wasm.runtime.null");
    let key = key_of_type(name).map(|key| if native { key.replace(".wasm", ".istio_stats") } else { key });
    if let Some(key) = key.filter(|key| found.iter().all(|known| known.key != *key)) {
        found.push(Extension { key, config });
    }
}

/// `type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua` is `http.lua`.
fn key_of_type(name: &str) -> Option<String> {
    let name = name.rsplit('/').next().unwrap_or(name);
    if name == "stats.PluginConfig" {
        return Some("http.istio_stats".to_string());
    }
    if name.starts_with("google.protobuf.") || name.is_empty() {
        return None;
    }
    let mut parts =
        name.split('.').skip_while(|part| !matches!(*part, "filters" | "filter" | "transport_sockets"));
    match (parts.next(), parts.next(), parts.next()) {
        (Some("transport_sockets"), Some(socket), _) => Some(format!("transport_sockets.{socket}")),
        (Some(_), Some(layer), Some(own)) => Some(format!("{layer}.{}", current(own))),
        _ => None,
    }
}

/// The key of an extension by its name alone: Envoy's own, in the old spelling or the new one.
pub(super) fn key_of_name(name: &str, layer: &str) -> Option<String> {
    if let Some(own) = name.strip_prefix("istio.") {
        return Some(format!("{layer}.istio_{own}"));
    }
    let rest = name.strip_prefix("envoy.")?;
    let (layer, own) = match rest.strip_prefix("filters.") {
        Some(rest) => rest.split_once('.')?,
        None => rest.split_once('.').unwrap_or((layer, rest)),
    };
    Some(format!("{layer}.{}", current(own)))
}

/// Names of the v2 API, as they are called today.
fn current(name: &str) -> &str {
    match name {
        "rate_limit" => "ratelimit",
        "http_dynamo_filter" => "dynamo",
        "ext_auth" => "ext_authz",
        other => other,
    }
}
