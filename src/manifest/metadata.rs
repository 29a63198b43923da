//! One document or item: is it an object, and which one?

use super::text::{PROBLEMS, plain, text, texts};
use super::{Object, Placement, names, scope};
use crate::config::Settings;
use crate::finding::Related;
use crate::finding::codes::input::{DEFAULT_NAMESPACE, NOT_AN_OBJECT, POLICY_UNREADABLE, WRONG_VALUE};
use crate::finding::{Direction, Finding, ObjectRef, Severity};
use crate::names::is_label;
use crate::source::FileId;
use crate::source::Span;
use crate::yaml::fields::{Field, Leaf, Reader};
use crate::yaml::{Node, Value};
use std::collections::BTreeMap;

/// What an item is.
pub(super) enum Outcome {
    /// An object, with what is odd about its metadata.
    Object(Box<Object>, Vec<Finding>),
    /// No object: the item itself, why, and a finding if somebody may have meant one.
    Skipped(Node, &'static str, Option<Box<Finding>>),
}

/// The kind of a List: one that ends in `List`, has `items` and no name.
pub(super) fn is_list(root: &Node) -> Option<String> {
    let kind = root.get("kind")?.as_str()?;
    let items = root.get("items")?;
    let listed = matches!(items.value, Value::Sequence(_)) || items.is_null();
    let named = root.get("metadata").and_then(|metadata| metadata.get("name")).is_some();
    (kind.ends_with("List") && listed && !named).then(|| kind.to_string())
}

/// Reads the envelope of an item.
pub(super) fn read(root: Node, placement: Placement, settings: &Settings) -> Outcome {
    if !matches!(root.value, Value::Mapping(_)) {
        return Outcome::Skipped(root, "no mapping", None);
    }
    let word = |key: &str| root.get(key).and_then(Node::as_str).filter(|word| !word.is_empty());
    match (word("kind"), word("apiVersion")) {
        (Some(kind), Some(version)) => {
            let (kind, version) = (kind.to_string(), version.to_string());
            named(root, kind, version, placement, settings)
        }
        (None, None) => without_both(root),
        (kind, version) => {
            let (kind, version) = (kind.map(str::to_string), version.map(str::to_string));
            without_one(root, kind, version)
        }
    }
}

/// Neither `kind` nor `apiVersion`: values, pipelines, compose files, unless it has the shape of an object.
fn without_both(root: Node) -> Outcome {
    let why = "neither apiVersion nor kind";
    let metadata = root.entry("metadata").filter(|entry| entry.value.get("name").is_some());
    let object = metadata.filter(|_| root.get("spec").is_some());
    let finding = object.map(|metadata| {
        let message = "a document with `metadata` and `spec`, but neither `apiVersion` nor `kind`";
        Box::new(not_an_object(message, metadata.key_span).help("write its `apiVersion` and `kind`"))
    });
    Outcome::Skipped(root, why, finding)
}

fn without_one(root: Node, kind: Option<String>, version: Option<String>) -> Outcome {
    let is_chart = root.get("name").is_some() && root.get("version").is_some();
    if is_chart && matches!(version.as_deref(), Some("v1" | "v2")) {
        return Outcome::Skipped(root, "a Helm chart's description", None);
    }
    if matches!(kind.as_deref(), Some("Kustomization" | "Component")) {
        return Outcome::Skipped(root, "configuration of kustomize", None);
    }
    let (present, absent) = if kind.is_some() { ("kind", "apiVersion") } else { ("apiVersion", "kind") };
    let policy = kind.is_some_and(|kind| scope::is_refusing_policy(&kind))
        || version.is_some_and(|version| version.starts_with("security.istio.io/"));
    let why = if present == "kind" { "no apiVersion" } else { "no kind" };
    let span = root.get(present).map_or(root.span, |node| node.span);
    let message = format!("a document with `{present}`, but without `{absent}`");
    let help = format!("write its `{absent}`");
    let finding = if policy { unreadable(&message, span) } else { not_an_object(&message, span) };
    Outcome::Skipped(root, why, Some(Box::new(finding.help(help))))
}

fn not_an_object(message: &str, span: Span) -> Finding {
    Finding::new(&NOT_AN_OBJECT, Direction::None, message).severity(Severity::Warning).at(span)
}

/// An Istio policy that may have refused something, and cannot be read.
fn unreadable(message: &str, span: Span) -> Finding {
    Finding::new(&POLICY_UNREADABLE, Direction::Widens, message).at(span)
}

/// A document with `kind` and `apiVersion`: an object, if it has a name.
fn named(root: Node, kind: String, version: String, placement: Placement, settings: &Settings) -> Outcome {
    let group = version.rsplit_once('/').map_or("", |(group, _)| group).to_string();
    if group == "kustomize.config.k8s.io" {
        return Outcome::Skipped(root, "configuration of kustomize", None);
    }
    let Some((name, name_span)) = name_of(&root, &group) else {
        if let Some(why) = scope::configures(&group, &kind) {
            return Outcome::Skipped(root, why, None);
        }
        let span = root.get("kind").map_or(root.span, |node| node.span);
        let message = format!("a document of kind `{kind}` without a name");
        let policy = scope::is_refusing_policy(&kind) && scope::is_istio(&group);
        let finding = if policy { unreadable(&message, span) } else { not_an_object(&message, span) };
        return Outcome::Skipped(root, "no name", Some(Box::new(finding.help("write `metadata.name`"))));
    };
    let namespaced = !scope::is_cluster_scoped(&kind);
    let namespace = root.get("metadata").and_then(|metadata| metadata.get("namespace"));
    let written = namespace.and_then(scalar_text);
    if let Some((why, finding)) = impossible(&root, &kind, &group) {
        return Outcome::Skipped(root, why, Some(Box::new(finding)));
    }
    let shown = if namespaced { written.clone().or(Some(settings.default_namespace.clone())) } else { None };
    let reference = ObjectRef { kind, namespace: shown, name };
    let mut findings = Vec::new();
    if namespaced && written.is_none() {
        findings.push(in_default_namespace(&reference, name_span, settings));
    }
    let rest = Rest::read(&root, &reference, &mut findings);
    let object = Object {
        reference,
        api_version: version,
        labels: plain(&rest.labels),
        annotations: rest.annotations,
        created: rest.created,
        name_span,
        root,
        placement,
    };
    Outcome::Object(Box::new(object), findings)
}

/// An object with a name, or in a namespace, that no cluster can have (a placeholder, as a rule): why it
/// is skipped, and the finding.
fn impossible(root: &Node, kind: &str, group: &str) -> Option<(&'static str, Finding)> {
    let rule = names::rule(group, kind)?;
    let metadata = root.get("metadata")?;
    let of = |key: &str| {
        let node = metadata.get(key)?;
        Some((scalar_text(node)?, node.span))
    };
    let policy = scope::is_refusing_policy(kind) && scope::is_istio(group);
    let found = |message: String, span: Span, help: &str| {
        let finding = if policy {
            unreadable(&message, span)
        } else {
            Finding::new(&WRONG_VALUE, Direction::None, message).severity(Severity::Error).at(span)
        };
        finding.help(help)
    };
    if let Some((name, span)) = of("name").filter(|(name, _)| !rule.takes(name)) {
        let message = format!("no {kind} can be named `{name}`: the API server refuses it");
        return Some(("no object can have this name", found(message, span, rule.help())));
    }
    let generated = of("generateName").filter(|_| of("name").is_none());
    if let Some((prefix, span)) = generated.filter(|(prefix, _)| !rule.takes_prefix(prefix)) {
        let message = format!("the name of no {kind} can begin with `{prefix}`: the API server refuses it");
        return Some(("no object can have this name", found(message, span, rule.help())));
    }
    let namespace = of("namespace").filter(|_| !scope::is_cluster_scoped(kind));
    let (namespace, span) = namespace.filter(|(namespace, _)| !is_label(namespace))?;
    let message = format!("`{namespace}` is no name of a namespace");
    let help = "write the namespace's name: lower-case letters, digits and hyphens, 63 at most";
    Some(("no namespace can have this name", found(message, span, help)))
}

/// The text of a scalar with something in it, whatever Kubernetes takes it for.
fn scalar_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(scalar) if !node.is_null() && !scalar.text.is_empty() => Some(scalar.text.clone()),
        Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// The name and its place: `name`, or `generateName` with a `*`. istioctl takes an IstioOperator
/// without a name, and calls it `installed-state`.
fn name_of(root: &Node, group: &str) -> Option<(String, Span)> {
    let metadata = root.get("metadata");
    let of = |key: &str| {
        let node = metadata?.get(key)?;
        Some((scalar_text(node)?, node.span))
    };
    let generated = || of("generateName").map(|(prefix, span)| (format!("{prefix}*"), span));
    let installation = || {
        let kind = root.get("kind").filter(|kind| kind.as_str() == Some("IstioOperator"))?;
        scope::is_istio(group).then(|| ("installed-state".to_string(), kind.span))
    };
    of("name").or_else(generated).or_else(installation)
}

fn in_default_namespace(reference: &ObjectRef, span: Span, settings: &Settings) -> Finding {
    let default = &settings.default_namespace;
    let message = format!("`{}` has no namespace, and counts as one of `{default}`", reference.name);
    Finding::new(&DEFAULT_NAMESPACE, Direction::None, message)
        .at(span)
        .on(reference)
        .help("write `metadata.namespace`, or say the namespace with `--default-namespace`")
}

/// Objects without a namespace, told once for each file.
pub(super) fn told_once(findings: Vec<Finding>, settings: &Settings) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let mut told: BTreeMap<FileId, usize> = BTreeMap::new();
    for finding in findings {
        let Some(span) = finding.span.filter(|_| finding.code == &DEFAULT_NAMESPACE) else {
            kept.push(finding);
            continue;
        };
        let first = told.entry(span.file).or_insert(kept.len());
        match kept.get_mut(*first) {
            None => kept.push(finding),
            Some(first) => {
                let kind = finding.object.map(|object| object.kind).unwrap_or_default();
                first.related.push(Related { message: format!("neither has this {kind}"), span });
                first.message = format!(
                    "{} objects of this file have no namespace, and count as in `{}`",
                    first.related.len() + 1,
                    settings.default_namespace
                );
                first.object = None;
            }
        }
    }
    kept
}

/// What else of the metadata matters.
struct Rest {
    labels: BTreeMap<String, Leaf<String>>,
    annotations: BTreeMap<String, Leaf<String>>,
    created: Option<String>,
}

impl Rest {
    fn read(root: &Node, reference: &ObjectRef, findings: &mut Vec<Finding>) -> Self {
        let mut rest = Self { labels: BTreeMap::new(), annotations: BTreeMap::new(), created: None };
        let Some(entry) = root.entry("metadata") else { return rest };
        let reader = Reader::new(reference, PROBLEMS);
        let metadata = reader.field("metadata", &entry.value, entry.key_span);
        if let Some(mut fields) = metadata.fields() {
            let mut taken = |name: &'static str| -> Option<Field<'_>> { fields.take(name) };
            for name in ["name", "generateName", "namespace"] {
                let _reported = taken(name).and_then(|field| text(&field));
            }
            rest.labels = taken("labels").map(|field| texts(&field)).unwrap_or_default();
            rest.annotations = taken("annotations").map(|field| texts(&field)).unwrap_or_default();
            rest.created = taken("creationTimestamp").and_then(|field| scalar_text(field.node));
        }
        findings.extend(reader.into_findings());
        rest
    }
}
