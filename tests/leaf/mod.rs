//! Objects with one field set, for tests that ask whether the value of every field shows.
#![expect(clippy::expect_used, reason = "a helper of tests: a path that leads nowhere has failed")]

use serde_json::{Map, Value as Json, json};

/// Two values that a field can have; of those with few, all.
pub(crate) fn values(holds: &str) -> Vec<Json> {
    match holds {
        "string" => vec![json!("1s"), json!("2s")],
        "integer" => vec![json!(1), json!(2)],
        "number" => vec![json!(1.5), json!(2.5)],
        "boolean" => vec![json!(true), json!(false)],
        words => words.split('|').map(|word| json!(word)).collect(),
    }
}

/// Puts a value at a path such as `spec.subsets[].name`; a list gets one item, a map the key `k`.
pub(crate) fn put(spec: &mut Json, path: &str, value: Json) {
    let path = path.replace("[]", ".[]").replace("{}", ".{}");
    let mut place = spec;
    for step in path.split('.').skip(1) {
        if step == "[]" {
            if !place.is_array() {
                *place = json!([null]);
            }
            place = place.get_mut(0).expect("the item was made");
        } else {
            if !place.is_object() {
                *place = Json::Object(Map::new());
            }
            let key = if step == "{}" { "k" } else { step };
            place = place.as_object_mut().expect("the mapping was made").entry(key).or_insert(Json::Null);
        }
    }
    *place = value;
}
