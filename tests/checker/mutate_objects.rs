//! Changes of policies that were written, each of one kind of slip.

use serde_json::{Value, json};

/// Policies with one change, and what it was.
pub(crate) struct Mutant {
    pub(crate) what: String,
    pub(crate) documents: Vec<Value>,
}

/// All changes of each kind.
pub(crate) fn mutants(documents: &[Value]) -> Vec<Mutant> {
    let mut found = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let name = document["metadata"]["name"].as_str().unwrap();
        let is_tier = document["kind"] == "Tier";
        let mut with = |what: String, change: &dyn Fn(&mut Value)| {
            let mut copy = documents.to_vec();
            change(&mut copy[index]);
            if copy != documents {
                found.push(Mutant { what: format!("{name}: {what}"), documents: copy });
            }
        };
        if is_tier {
            let action = if document["spec"]["defaultAction"] == "Pass" { "Deny" } else { "Pass" };
            with(format!("its end does {action}"), &|tier| tier["spec"]["defaultAction"] = json!(action));
            with("after every other tier".to_string(), &|tier| tier["spec"]["order"] = json!(3_000_000));
            continue;
        }
        with("the policy selects every pod".to_string(), &|policy| {
            policy["spec"]["selector"] = json!("all()");
        });
        let policies = documents.iter().filter(|other| other["kind"] != "Tier");
        for other in policies.filter(|other| other["spec"]["order"] != document["spec"]["order"]) {
            let order = other["spec"]["order"].clone();
            with(format!("moved to {order}"), &|policy| policy["spec"]["order"] = order.clone());
        }
        let count = document["spec"]["ingress"].as_array().map_or(0, Vec::len);
        for rule in 0..count {
            with(format!("rule {rule} dropped"), &|policy| {
                policy["spec"]["ingress"].as_array_mut().unwrap().remove(rule);
            });
            for (what, change) in of_rule(&document["spec"]["ingress"][rule]) {
                with(format!("rule {rule} {what}"), &|policy| {
                    policy["spec"]["ingress"][rule] = change.clone();
                });
            }
        }
        let mut without = documents.to_vec();
        without.remove(index);
        found.push(Mutant { what: format!("{name}: the policy is gone"), documents: without });
    }
    found
}

/// A rule, changed.
fn of_rule(rule: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut with = |what: &str, change: &dyn Fn(&mut Value)| {
        let mut copy = rule.clone();
        change(&mut copy);
        if copy != *rule {
            found.push((what.to_string(), copy));
        }
    };
    // Calico takes `http` with Allow alone.
    if rule["http"].is_null() {
        let (action, other) = match rule["action"].as_str() {
            Some("Allow") => ("Deny", "Pass"),
            Some("Deny") => ("Allow", "Log"),
            _ => ("Deny", "Allow"),
        };
        with("swaps its action", &|rule| rule["action"] = json!(action));
        with("has another action", &|rule| rule["action"] = json!(other));
    }
    for key in ["namespaceSelector", "selector", "notSelector"] {
        with(&format!("loses its {key}"), &|rule| {
            if let Some(source) = rule["source"].as_object_mut() {
                source.remove(key);
            }
        });
    }
    let lists = ["nets", "notNets", "ports", "notPorts"].into_iter();
    let lists = ["source", "destination"]
        .into_iter()
        .flat_map(|side| lists.clone().map(move |list| vec![side, list]));
    let lists = lists.chain([
        vec!["http", "methods"],
        vec!["http", "paths"],
        vec!["source", "serviceAccounts", "names"],
    ]);
    for list in lists {
        let pointer = format!("/{}", list.join("/"));
        let count = rule.pointer(&pointer).and_then(Value::as_array).map_or(0, Vec::len);
        for entry in 0..count {
            with(&format!("loses {pointer}/{entry}"), &|rule| {
                rule.pointer_mut(&pointer).unwrap().as_array_mut().unwrap().remove(entry);
            });
        }
    }
    let paths = rule["http"]["paths"].as_array().map_or(0, Vec::len);
    for path in 0..paths {
        with("swaps prefix and exact", &|rule| {
            let path = rule["http"]["paths"][path].as_object_mut().unwrap();
            for (from, to) in [("prefix", "exact"), ("exact", "prefix")] {
                if let Some(text) = path.remove(from) {
                    path.insert(to.to_string(), text);
                    return;
                }
            }
        });
    }
    found
}
