//! The JSON Schema of the configuration says what the program does: it takes a file exactly if the
//! program does, for each row of a table of files.
//!
//! What a schema cannot say is in [`BEYOND`]. `SNAPSHOTS=overwrite` writes the schema anew.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests: what cannot run has failed")]

use serde_json::{Map, Value, json};
use std::path::Path;
use toml::de::{DeTable, DeValue};
use unmesh::config::file::{File, schema};

const SCHEMA: &str = "docs/schemas/unmesh.toml.json";

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text() -> String {
    serde_json::to_string_pretty(&schema::schema()).expect("a schema") + "\n"
}

/// A file as a schema sees it.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Boolean(flag) => json!(flag),
        DeValue::Integer(number) => json!(number.as_str().parse::<i64>().unwrap_or(0)),
        DeValue::Float(_) | DeValue::Datetime(_) => json!(1.5),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(object(table)),
    }
}

fn object(table: &DeTable<'_>) -> Map<String, Value> {
    table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect()
}

fn is_valid(text: &str) -> bool {
    let root = DeTable::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let schema: Value = serde_json::to_value(schema::schema()).expect("a schema");
    jsonschema::validator_for(&schema).expect("a schema").is_valid(&Value::Object(object(root.get_ref())))
}

const GOOD: &[&str] = &[
    "",
    "target = \"kubernetes\"",
    "target = \"calico\"",
    "target = \"calico@v3.29.1\"",
    "layout = \"tiers\"\nstaged = false\nl7 = \"none\"\nfail-on = \"never\"",
    "exclude = []",
    "exclude = [\"legacy/**\", \"*.json\", \"/a\", \"a b\", \"[ab].yaml\", \"..a\", \"a..b/c\", \"#a\"]",
    "[mesh]\nroot-namespace = \"a\"\ntrust-domain = \"a.b-c.d\"\nnamespaces = [\"a\"]\nsystem-namespaces = []\ndefault-namespace = \"b1\"",
    "[mesh.identities]\n\"a/b.c\" = \"d/e\"\n\"b/c\" = [\"d/e\", \"f/g\"]",
    "[severity]\nUM3xx = \"off\"\num1XX = \"info\"\nUM201 = \"error\"\num202 = \"warning\"\ncustom-action = \"info\"",
    "[[accept]]\ncode = \"host-match\"\nreason = \"x\"\n[[accept]]\ncode = \"um201\"\nobject = \"A/b/c\"\npaths = [\"a\"]\nreason = \" y \"",
    "[[accept]]\ncode = \"UM010\"\nobject = \"GlobalNetworkPolicy/x\"\nreason = \"x\"",
    "[[override]]\npaths = [\"a\"]\nseverity = { UM1xx = \"off\" }",
    "[[override]]\npaths = [\"a\"]\nseverity = {}",
];

const BAD: &[&str] = &[
    "target = 3",
    "target = \"calico@3\"",
    "target = \"cilium\"",
    "target = \"Calico\"",
    "layout = \"tier\"",
    "layout = true",
    "staged = \"true\"",
    "l7 = \"on\"",
    "fail-on = \"off\"",
    "exclude = \"a\"",
    "exclude = [1]",
    "exclude = [\"!a\"]",
    "exclude = [\"\"]",
    "exclude = [\"a \"]",
    "exclude = [\"./a\"]",
    "exclude = [\"a/../b\"]",
    "exclude = [\"..\"]",
    "exclude = ['a\\b']",
    "excluded = []",
    "mesh = []",
    "[mesh]\nnamespaces = []",
    "[mesh]\nnamespaces = [\"A\"]",
    "[mesh]\nsystem-namespaces = \"a\"",
    "[mesh]\nroot-namespace = \"a.b\"",
    "[mesh]\ntrust-domain = \"a..b\"",
    "[mesh]\ntarget = \"kubernetes\"",
    "[mesh.identities]\na = \"b/c\"",
    "[mesh.identities]\n\"a/b\" = \"c\"",
    "[mesh.identities]\n\"a/b\" = [\"c/d\", 1]",
    "[severity]\nUM9xx = \"off\"",
    "[severity]\nUM999 = \"off\"",
    "[severity]\nhost-matches = \"off\"",
    "[severity]\nUM3xx = \"never\"",
    "[accept]\ncode = \"UM201\"",
    "[[accept]]\ncode = \"UM201\"",
    "[[accept]]\nreason = \"x\"",
    "[[accept]]\ncode = \"UM201\"\nreason = \" \"",
    "[[accept]]\ncode = \"UM2xx\"\nreason = \"x\"",
    "[[accept]]\ncode = \"UM201\"\nreason = \"x\"\nobject = \"A\"",
    "[[accept]]\ncode = \"UM201\"\nreason = \"x\"\nobject = \"A//b\"",
    "[[accept]]\ncode = \"UM201\"\nreason = \"x\"\npaths = []",
    "[[accept]]\ncode = \"UM201\"\nreason = \"x\"\nscope = \"a\"",
    "[[override]]\npaths = [\"a\"]",
    "[[override]]\nseverity = { UM1xx = \"off\" }",
    "[[override]]\npaths = []\nseverity = { UM1xx = \"off\" }",
    "[[override]]\npaths = [\"a\"]\nseverity = { UM1xx = \"of\" }",
];

/// Files that the program refuses and a schema takes: versions, patterns that are none, and what
/// depends on two places.
const BEYOND: &[&str] = &[
    "target = \"calico@3.25\"",
    "exclude = [\"{a\"]",
    "[severity]\nhost-match = \"off\"\nUM201 = \"info\"",
    "[[accept]]\ncode = \"UM201\"\nreason = \"x\"\n[[accept]]\ncode = \"host-match\"\nreason = \"y\"",
];

#[test]
fn the_schema_takes_what_the_program_takes() {
    for text in GOOD {
        assert!(File::read(text).is_ok(), "{text}: {:?}", File::read(text));
        assert!(is_valid(text), "the schema refuses {text}");
    }
    for text in BAD {
        assert!(File::read(text).is_err(), "the program takes {text}");
        assert!(!is_valid(text), "the schema takes {text}");
    }
    for text in BEYOND {
        assert!(File::read(text).is_err() && is_valid(text), "{text} belongs elsewhere");
    }
}

#[test]
fn the_schema_in_the_repository_is_this_one() {
    if std::env::var("SNAPSHOTS").is_ok_and(|how| how == "overwrite") {
        std::fs::create_dir_all(here("docs/schemas")).expect("a directory");
        std::fs::write(here(SCHEMA), text()).expect("a file");
    }
    let there = std::fs::read_to_string(here(SCHEMA)).expect("the schema");
    assert!(there == text(), "{SCHEMA} is old: SNAPSHOTS=overwrite cargo test --test config_schema");
}

/// Each key of the schema is one that the program knows, with a line about it.
#[test]
fn every_key_is_in_the_schema() {
    let schema: Value = serde_json::to_value(schema::schema()).expect("a schema");
    for key in unmesh::config::file::keys::ALL.iter().filter(|key| !key.name.is_empty()) {
        let table = match key.table {
            "" => &schema,
            "mesh" => &schema["definitions"]["Mesh"],
            "accept" => &schema["definitions"]["Accept"],
            "override" => &schema["definitions"]["Override"],
            other => panic!("a table `{other}`"),
        };
        assert!(table["properties"][key.name]["description"].is_string(), "{} {}", key.table, key.name);
    }
}
