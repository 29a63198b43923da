//! Takes a clause out of the input by the path that a finding names.

use serde::Deserialize;
use serde_yaml::Value;
use unmesh::finding::ObjectRef;

/// An input with something less.
pub(crate) struct Removed {
    pub(crate) text: String,
    pub(crate) what: Gone,
}

/// What was taken out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gone {
    Clause,
    Policy,
}

/// The input without a field of an object; without the object where the field is no part of a rule
/// or a selector, or is not there. `None` where the object is not there.
pub(crate) fn without(input: &str, object: &ObjectRef, field: Option<&str>) -> Option<Removed> {
    let documents = serde_yaml::Deserializer::from_str(input);
    let mut documents: Vec<Value> = documents.map(|document| Value::deserialize(document).unwrap()).collect();
    documents.retain(|document| !document.is_null());
    let place = documents.iter().position(|document| is(document, object))?;
    let clause =
        field.filter(|field| ["spec.rules[", "spec.selector."].iter().any(|part| field.starts_with(part)));
    let gone = clause.is_some_and(|field| remove(&mut documents[place], &steps(field)));
    if !gone {
        documents.remove(place);
    }
    let texts: Vec<String> =
        documents.iter().map(|document| serde_yaml::to_string(document).unwrap()).collect();
    let what = if gone { Gone::Clause } else { Gone::Policy };
    Some(Removed { text: texts.join("---\n"), what })
}

fn is(document: &Value, object: &ObjectRef) -> bool {
    let text = |value: &Value| value.as_str().map(str::to_string);
    let namespace = text(&document["metadata"]["namespace"]);
    text(&document["kind"]).as_deref() == Some(object.kind.as_str())
        && text(&document["metadata"]["name"]).as_deref() == Some(object.name.as_str())
        && namespace.unwrap_or_else(|| "default".to_string())
            == object.namespace.clone().unwrap_or_else(|| "default".to_string())
}

/// `spec.rules[0].to` as `spec`, `rules`, `0`, `to`; what stands between brackets may hold dots.
fn steps(field: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut inside = false;
    for character in field.chars() {
        match character {
            '[' if !inside => {
                inside = true;
                steps.push(String::new());
            }
            ']' if inside => inside = false,
            '.' if !inside => steps.push(String::new()),
            other => steps.last_mut().unwrap().push(other),
        }
    }
    steps.retain(|step| !step.is_empty());
    steps
}

/// Removes what the steps lead to, and whatever holds nothing then, up to the rule; whether it was there.
fn remove(value: &mut Value, steps: &[String]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return false };
    let inner = match &mut *value {
        Value::Sequence(items) => step.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
        Value::Mapping(fields) => fields.get_mut(step.as_str()),
        _ => None,
    };
    let Some(inner) = inner else { return false };
    let is_rule = !rest.is_empty() && step.parse::<usize>().is_ok() && rest.iter().any(|step| is_part(step));
    if !rest.is_empty() {
        if !remove(inner, rest) {
            return false;
        }
        let empty = match inner {
            Value::Sequence(items) => items.is_empty(),
            Value::Mapping(fields) => fields.is_empty(),
            _ => false,
        };
        // A rule without anything matches everything; `values` without `key` is no condition.
        let condition =
            inner.as_mapping().is_some_and(|fields| fields.len() == 1 && fields.contains_key("key"));
        if (!empty || is_rule) && !condition {
            return true;
        }
    }
    match value {
        Value::Sequence(items) => drop(items.remove(step.parse().unwrap())),
        Value::Mapping(fields) => drop(fields.remove(step.as_str())),
        _ => {}
    }
    true
}

fn is_part(step: &str) -> bool {
    ["from", "to", "when"].contains(&step)
}
