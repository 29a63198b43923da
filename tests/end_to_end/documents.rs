//! Documents of YAML, each as a text of its own.

use serde::Deserialize;
use serde_json::Value;
use unmesh::manifest::Object;

pub(crate) fn yaml(value: &Value) -> String {
    serde_yaml::to_string(value).unwrap()
}

/// The documents of these groups.
pub(crate) fn of_groups(text: &str, groups: &[&str]) -> Vec<String> {
    let read = |document| serde_json::to_value(serde_yaml::Value::deserialize(document).unwrap()).unwrap();
    let wanted = |document: &Value| {
        let version = document["apiVersion"].as_str().unwrap_or_default();
        groups.iter().any(|group| version.starts_with(group))
    };
    serde_yaml::Deserializer::from_str(text)
        .map(read)
        .filter(wanted)
        .map(|found| yaml(&with_own_keys(found)))
        .collect()
}

/// The same with keys of tokens that are those of the run: nobody is asked for others.
pub(crate) fn with_own_keys(mut object: Value) -> Value {
    if object["kind"] == "RequestAuthentication" {
        for rule in object["spec"]["jwtRules"].as_array_mut().into_iter().flatten() {
            if let Some(rule) = rule.as_object_mut() {
                rule.retain(|key, _| !["jwksUri", "jwks_uri", "jwks"].contains(&key.as_str()));
                rule.insert("jwks".to_string(), Value::from("{{jwks}}"));
            }
        }
    }
    object
}

/// An object of a document, which may be a List, with its namespace.
pub(crate) fn document_of(text: &str, object: &Object) -> Result<Value, String> {
    let reference = &object.reference;
    for document in serde_yaml::Deserializer::from_str(text) {
        let value =
            serde_yaml::Value::deserialize(document).map_err(|error| format!("{reference}: {error}"))?;
        let json = serde_json::to_value(&value).map_err(|error| format!("{reference}: {error}"))?;
        let items = json["items"].as_array().cloned().unwrap_or_else(|| vec![json]);
        let same = |item: &Value| {
            let namespace = item["metadata"]["namespace"].as_str();
            item["kind"] == reference.kind.as_str()
                && item["metadata"]["name"] == reference.name.as_str()
                && namespace.is_none_or(|namespace| reference.namespace.as_deref() == Some(namespace))
        };
        if let Some(mut found) = items.into_iter().find(same) {
            if let Some(namespace) = &reference.namespace {
                found["metadata"]["namespace"] = Value::from(namespace.as_str());
            }
            return Ok(found);
        }
    }
    Err(format!("`{reference}` is not found again in its document"))
}
