//! The shape of the configuration as a JSON Schema, for editors: `docs/schemas/unmesh.toml.json`.
//!
//! The reader does not use it: it says more than a schema can. `tests/config_schema.rs` holds both
//! against each other.

use crate::config::values;
use crate::finding::codes;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use std::collections::BTreeMap;

/// The schema.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Configuration>();
    schema.insert("title".into(), "unmesh.toml".into());
    schema
}

/// Configuration of unmesh. Paths and patterns are relative to the directory of the file.
#[derive(JsonSchema, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(transform = optional)]
pub struct Configuration {
    /// kubernetes, or calico@3.26 to calico@3.32; a patch version may follow.
    #[schemars(regex(pattern = r"^(kubernetes|calico(@v?[0-9]+\.[0-9]+(\.[0-9]+)?)?)$"))]
    pub target: String,
    /// portable or tiers; unstated, tiers from calico@3.29 on.
    #[schemars(schema_with = "layouts")]
    pub layout: String,
    /// Staged policies (from calico@3.30): Calico shows what they would decide, and enforces nothing.
    pub staged: bool,
    /// Whether Dikastes runs in every pod or in none; unstated, L7 rules act on labelled pods.
    #[schemars(schema_with = "l7s")]
    pub l7: String,
    /// Exit with 1 from this severity on.
    #[schemars(schema_with = "fail_ons")]
    pub fail_on: String,
    /// A file with findings that were there before, which are not shown.
    #[schemars(regex(pattern = r"\S"))]
    pub baseline: String,
    /// Files that are not read where they are met while walking.
    #[schemars(schema_with = "patterns")]
    pub exclude: Vec<String>,
    /// What is known of the mesh.
    pub mesh: Mesh,
    /// Severities of codes and families.
    #[schemars(schema_with = "levels")]
    pub severity: BTreeMap<String, String>,
    /// What is accepted.
    pub accept: Vec<Accept>,
    /// Severities for some files.
    #[serde(rename = "override")]
    pub overrides: Vec<Override>,
}

/// What is known of the mesh.
#[derive(JsonSchema, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(transform = optional)]
pub struct Mesh {
    /// Istio's root namespace; unstated, what a MeshConfig of the input says.
    #[schemars(schema_with = "namespace")]
    pub root_namespace: String,
    /// The mesh's own trust domain; unstated, what a MeshConfig of the input says.
    #[schemars(regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"))]
    pub trust_domain: String,
    /// Exactly these namespaces are in the mesh, whatever labels say.
    #[schemars(schema_with = "members")]
    pub namespaces: Vec<String>,
    /// These are never in the mesh, beside those of Kubernetes and Calico.
    #[schemars(schema_with = "namespaces")]
    pub system_namespaces: Vec<String>,
    /// For objects that name no namespace.
    #[schemars(schema_with = "namespace")]
    pub default_namespace: String,
    /// Where the left account is allowed, the right one is as well.
    #[schemars(schema_with = "identities")]
    pub identities: BTreeMap<String, String>,
}

/// What is accepted: it becomes a warning, and is written where it held something back.
#[derive(JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
#[schemars(transform = with_reason)]
pub struct Accept {
    /// A code, by number or name; no family.
    #[schemars(schema_with = "code")]
    pub code: String,
    /// For this object alone: KIND/NAMESPACE/NAME, or KIND/NAME.
    #[schemars(regex(pattern = r"^[^/]+(/[^/]+){1,2}$"))]
    pub object: String,
    /// In these files alone.
    #[schemars(schema_with = "paths")]
    pub paths: Vec<String>,
    /// Why; it is shown with the finding.
    #[schemars(regex(pattern = r"\S"))]
    pub reason: String,
}

/// Severities for some files.
#[derive(JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The files.
    #[schemars(schema_with = "paths")]
    pub paths: Vec<String>,
    /// Severities of codes and families there.
    #[schemars(schema_with = "levels")]
    pub severity: BTreeMap<String, String>,
}

/// No key has to stand there.
fn optional(schema: &mut Schema) {
    schema.remove("required");
}

fn with_reason(schema: &mut Schema) {
    schema.insert("required".into(), ["code", "reason"].into());
}

const LABEL: &str = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

fn namespace(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": format!(r"^\s*{LABEL}\s*$") })
}

fn namespaces(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": namespace(generator) })
}

fn members(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": namespace(generator), "minItems": 1 })
}

fn identities(_: &mut SchemaGenerator) -> Schema {
    let account = format!(r"^{LABEL}/[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$");
    let one = json_schema!({ "type": "string", "pattern": account });
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": account },
        "additionalProperties": { "anyOf": [one, { "type": "array", "items": one }] }
    })
}

fn patterns(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": pattern() })
}

fn paths(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": pattern(), "minItems": 1 })
}

/// A pattern of paths: relative, and taking nothing back.
fn pattern() -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^[^!\s\\]([^\\\n\r]*[^\s\\])?$",
        "not": { "pattern": r"^\./|(^|/)\.\.(/|$)" }
    })
}

fn words(words: impl Iterator<Item = &'static str>) -> Schema {
    json_schema!({ "type": "string", "enum": words.collect::<Vec<_>>() })
}

fn layouts(_: &mut SchemaGenerator) -> Schema {
    words(values::LAYOUTS.iter().map(|(word, _)| *word))
}

fn l7s(_: &mut SchemaGenerator) -> Schema {
    words(values::L7S.iter().map(|(word, _)| *word))
}

fn fail_ons(_: &mut SchemaGenerator) -> Schema {
    words(values::FailOn::WORDS.iter().map(|(word, _)| *word))
}

/// Numbers, which are taken in any case, and names.
fn code(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = codes::all().flat_map(|code| [code.id, code.name]).collect();
    json_schema!({ "anyOf": [{ "type": "string", "enum": names }, { "type": "string", "pattern": numbers() }] })
}

/// The numbers that there are, for lower case.
fn numbers() -> String {
    let numbers: Vec<&str> = codes::all().filter_map(|code| code.id.strip_prefix("UM")).collect();
    format!("^[Uu][Mm]({})$", numbers.join("|"))
}

fn levels(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = codes::all().map(|code| code.name).collect();
    let severities: Vec<&str> = values::SEVERITIES.iter().map(|(word, _)| *word).collect();
    json_schema!({
        "type": "object",
        "propertyNames": { "anyOf": [
            { "enum": names },
            { "pattern": numbers() },
            { "pattern": "^[Uu][Mm][0-6][Xx][Xx]$" }
        ] },
        "additionalProperties": { "type": "string", "enum": severities }
    })
}
