//! JSON Schemas of what the program prints as JSON, made of the types that it is printed from.
//!
//! They stand in `docs/schemas/`; `SNAPSHOTS=overwrite cargo test --lib report::schemas` renews them.
//! Every key is required and no other key is allowed: what is absent is `null`, never left out.

use super::{compare, json, rules, verify, why};
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Value, json};
use std::path::Path;

/// Each file, with what prints such an object.
fn all() -> Vec<(&'static str, Schema)> {
    vec![
        (
            "lint",
            of::<json::Run<'_, json::Nothing>>("what `unmesh lint`, `translate` and `diff` print as JSON"),
        ),
        (
            "lint-compare",
            of::<json::Run<'_, compare::JsonComparison<'_>>>("what `unmesh lint --compare` prints as JSON"),
        ),
        ("verify", of::<json::Run<'_, verify::json::JsonAnswer<'_>>>("what `unmesh verify` prints as JSON")),
        ("why", of::<why::json::JsonAnswer<'_>>("what `unmesh why` prints as JSON")),
        ("rules", of::<Vec<rules::Rule>>("what `unmesh rules --format json` prints")),
    ]
}

fn of<T: JsonSchema>(title: &str) -> Schema {
    let mut schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    RecursiveTransform(closed).transform(&mut schema);
    // That of the type of the outermost object is about the code.
    schema.remove("description");
    schema.insert("title".to_string(), json!(title));
    schema
}

/// Makes every key of an object required, and allows no other.
fn closed(schema: &mut Schema) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let keys: Vec<String> = properties.keys().cloned().collect();
    schema.insert("required".to_string(), json!(keys));
    schema.insert("additionalProperties".to_string(), json!(false));
}

#[test]
fn schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    let renew = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    for (name, schema) in all() {
        let file = folder.join(format!("{name}.json"));
        let text = json::to_text(&schema);
        if renew {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            there == text,
            "{} is out of date: SNAPSHOTS=overwrite cargo test --lib report::schemas",
            file.display()
        );
    }
}

#[test]
fn an_object_lets_nothing_be_left_out_or_added() {
    for (name, schema) in all() {
        let mut open: Vec<&Value> = vec![schema.as_value()];
        let mut objects = 0;
        while let Some(value) = open.pop() {
            if let Some(properties) = value.get("properties").and_then(Value::as_object) {
                objects += 1;
                assert_eq!(value["additionalProperties"], false, "{name}: {value:#}");
                assert_eq!(
                    value["required"].as_array().unwrap().len(),
                    properties.len(),
                    "{name}: {value:#}"
                );
                assert!(value.get("allOf").is_none() && value.get("$ref").is_none(), "{name}: {value:#}");
            }
            match value {
                Value::Array(values) => open.extend(values),
                Value::Object(values) => open.extend(values.values()),
                _ => {}
            }
        }
        assert!(objects > 1, "{name}");
    }
}
