//! One MeshConfig to what it means here.

use super::proxy_tables::PROXY_CONFIG;
use super::shape::{Shape, check, in_json};
use super::tables::MESH_CONFIG;
use super::{Discovery, MeshConfig, Outbound, Provider, ProviderKind, Setting};
use crate::config::PathNormalization;
use crate::finding::{Finding, ObjectRef};
use crate::manifest::LabelSelector;
use crate::manifest::text::PROBLEMS;
use crate::source::Span;
use crate::yaml::fields::{Field, Leaf, Reader};
use crate::yaml::{Node, Resolved, Value, resolve};

/// Fields that stand in [`MeshConfig`] by themselves.
const READ: [&str; 8] = [
    "rootNamespace",
    "trustDomain",
    "trustDomainAliases",
    "outboundTrafficPolicy",
    "pathNormalization",
    "enableAutoMtls",
    "discoverySelectors",
    "extensionProviders",
];

/// A MeshConfig's tree with the names of its fields as JSON has them.
pub(super) fn normal(node: &Node) -> Node {
    let mut node = node.clone();
    in_json(&mut node, &MESH_CONFIG);
    node
}

/// Reads a MeshConfig whose names are normal. What it does not know is told by the field's reader.
pub(super) fn read(field: &Field<'_>, reference: &ObjectRef, complete: bool) -> MeshConfig {
    check(field, Shape::Message(&MESH_CONFIG));
    let below = |name: &str| child(field, name);
    let outbound = below("outboundTrafficPolicy").map(|field| outbound(&field));
    MeshConfig {
        reference: reference.clone(),
        at: key(field),
        complete,
        root_namespace: below("rootNamespace").and_then(|field| text(&field)),
        trust_domain: below("trustDomain").and_then(|field| text(&field)),
        trust_domain_aliases: items(below("trustDomainAliases").as_ref()).iter().filter_map(text).collect(),
        outbound,
        path_normalization: below("pathNormalization").map(|field| paths(&field)),
        auto_mutual_tls: below("enableAutoMtls").and_then(|field| flag(&field)),
        discovery: below("discoverySelectors").and_then(|field| discovery(&field)),
        providers: items(below("extensionProviders").as_ref()).iter().filter_map(provider).collect(),
        others: others(field),
    }
}

impl MeshConfig {
    /// Takes out what another layer of the same installation sets: the upper one is merged over this one
    /// (`operator/pkg/render/manifest.go`).
    pub(super) fn yield_to(&mut self, upper: &Self) {
        let Self {
            reference: _,
            at: _,
            complete: _,
            root_namespace,
            trust_domain,
            trust_domain_aliases,
            outbound,
            path_normalization,
            auto_mutual_tls,
            discovery,
            providers,
            others,
        } = self;
        root_namespace.take_if(|_| upper.root_namespace.is_some());
        trust_domain.take_if(|_| upper.trust_domain.is_some());
        trust_domain_aliases.retain(|_| upper.trust_domain_aliases.is_empty());
        outbound.take_if(|_| upper.outbound.is_some());
        path_normalization.take_if(|_| upper.path_normalization.is_some());
        auto_mutual_tls.take_if(|_| upper.auto_mutual_tls.is_some());
        discovery.take_if(|_| upper.discovery.is_some());
        providers.retain(|_| upper.providers.is_empty());
        others.retain(|own| !upper.others.iter().any(|other| other.name == own.name));
    }
}

/// What `proxy.istio.io/config` of a template sets, and what in it nobody knows.
#[must_use]
pub fn proxy_config(
    node: &Node,
    reference: &ObjectRef,
    path: &str,
    key_span: Span,
) -> (Vec<Setting>, Vec<Finding>) {
    let mut node = node.clone();
    in_json(&mut node, &PROXY_CONFIG);
    let reader = Reader::new(reference, PROBLEMS);
    let field = reader.field(path, &node, key_span);
    check(&field, Shape::Message(&PROXY_CONFIG));
    let known = |name: &str| PROXY_CONFIG.fields.iter().any(|(field, _)| *field == name);
    let set = node.entries().iter().filter(|entry| !entry.value.is_null() && known(&entry.key));
    let set = set.filter_map(|entry| Some(setting(&field.below(&entry.key)?, entry.key.clone())));
    let settings = set.collect();
    (settings, reader.into_findings())
}

/// A field that is there and not null. The walk has told what is wrong with it; nothing here tells again.
pub(super) fn child<'r>(field: &Field<'r>, name: &str) -> Option<Field<'r>> {
    field.below(name).filter(|field| !field.is_null())
}

fn items<'r>(field: Option<&Field<'r>>) -> Vec<Field<'r>> {
    let list = |field: &Field<'r>| matches!(field.node.value, Value::Sequence(_)).then(|| field.list());
    field.and_then(list).flatten().unwrap_or_default()
}

/// A text; an empty one counts as absent, as in protobuf.
pub(super) fn text(field: &Field<'_>) -> Option<Leaf<String>> {
    let text = field.node.as_str().filter(|text| !text.is_empty())?;
    Some(Leaf { value: text.to_string(), span: field.node.span, field: field.path.clone() })
}

fn flag(field: &Field<'_>) -> Option<Leaf<bool>> {
    let Value::Scalar(scalar) = &field.node.value else { return None };
    let Resolved::Bool(value) = resolve(scalar) else { return None };
    Some(field.presence().map(|()| value))
}

pub(super) fn key(field: &Field<'_>) -> Leaf<()> {
    Leaf { value: (), span: field.key_span, field: field.path.clone() }
}

/// A policy without a mode has the first value of the enumeration: what is given takes the place of the
/// default whole (`pkg/config/mesh/mesh.go`, `ApplyMeshConfig`).
fn outbound(field: &Field<'_>) -> Leaf<Outbound> {
    let Some(mode) = child(field, "mode") else { return key(field).map(|()| Outbound::RegistryOnly) };
    let value = match mode.node.as_str() {
        Some("ALLOW_ANY") => Outbound::AllowAny,
        Some("ALLOW_ANY_DYNAMIC_DNS") => Outbound::AllowAnyDynamicDns,
        // What cannot be read is told, and counts as what refuses.
        _ => Outbound::RegistryOnly,
    };
    mode.presence().map(|()| value)
}

fn paths(field: &Field<'_>) -> Leaf<PathNormalization> {
    let Some(mode) = child(field, "normalization") else {
        return key(field).map(|()| PathNormalization::Base);
    };
    let value = match mode.node.as_str() {
        Some("NONE") => PathNormalization::None,
        Some("MERGE_SLASHES") => PathNormalization::MergeSlashes,
        Some("DECODE_AND_MERGE_SLASHES") => PathNormalization::DecodeAndMergeSlashes,
        _ => PathNormalization::Base,
    };
    mode.presence().map(|()| value)
}

/// Selectors; an empty list selects every namespace, and so does one that cannot be read.
fn discovery(field: &Field<'_>) -> Option<Discovery> {
    let items = items(Some(field));
    let selectors: Option<Vec<LabelSelector>> = items.iter().map(LabelSelector::read).collect();
    let selectors = selectors.filter(|selectors| !selectors.is_empty())?;
    Some(Discovery { at: key(field), selectors })
}

fn provider(field: &Field<'_>) -> Option<Provider> {
    let name = child(field, "name").as_ref().and_then(text)?;
    let entries = field.node.entries().iter().map(|entry| entry.key.as_str());
    let kind = entries.clone().find(|key| *key != "name").unwrap_or_default().to_string();
    let inner = child(field, &kind);
    let number = |field: &Field<'_>| match &field.node.value {
        Value::Scalar(scalar) => scalar.text.parse().ok(),
        Value::Sequence(_) | Value::Mapping(_) => None,
    };
    let of = |name: &str| inner.as_ref().and_then(|inner| child(inner, name));
    Some(Provider {
        name,
        service: of("service").as_ref().and_then(text).map(|leaf| leaf.value),
        port: of("port").as_ref().and_then(number),
        fail_open: of("failOpen").as_ref().and_then(flag).is_some_and(|leaf| leaf.value),
        kind: match kind.as_str() {
            "envoyExtAuthzHttp" => ProviderKind::AuthorizerHttp,
            "envoyExtAuthzGrpc" => ProviderKind::AuthorizerGrpc,
            _ => ProviderKind::Other(kind),
        },
    })
}

/// What stands nowhere else, those of `defaultConfig` each by itself.
fn others(field: &Field<'_>) -> Vec<Setting> {
    let mut found = Vec::new();
    for entry in field.node.entries().iter().filter(|entry| !entry.value.is_null()) {
        let Some(below) = field.below(&entry.key) else { continue };
        match entry.key.as_str() {
            "defaultConfig" => {
                for inner in below.node.entries().iter().filter(|inner| !inner.value.is_null()) {
                    let field = below.below(&inner.key);
                    found.extend(field.map(|field| setting(&field, format!("defaultConfig.{}", inner.key))));
                }
            }
            "outboundTrafficPolicy" => {
                let tls = child(&below, "tls");
                found.extend(tls.map(|tls| setting(&tls, "outboundTrafficPolicy.tls".to_string())));
            }
            "extensionProviders" => found.extend(reporters(&below)),
            name if READ.contains(&name) => {}
            name if MESH_CONFIG.fields.iter().any(|(known, _)| *known == name) => {
                found.push(setting(&below, name.to_string()));
            }
            _ => {}
        }
    }
    found
}

/// The providers that authorize nothing.
fn reporters(field: &Field<'_>) -> Option<Setting> {
    let providers = items(Some(field));
    let providers = providers.iter().filter_map(provider).filter(|provider| !provider.kind.authorizes());
    let names: Vec<String> = providers.map(|provider| provider.name.value).collect();
    let value = names.join(", ");
    (!names.is_empty()).then(|| Setting { name: "extensionProviders".to_string(), at: key(field), value })
}

fn setting(field: &Field<'_>, name: String) -> Setting {
    Setting { name, at: key(field), value: shown(field.node) }
}

/// A value in short: `zipkin.address: zipkin:9411, sampling: 10`.
fn shown(node: &Node) -> String {
    const MOST: usize = 6;
    let mut leaves = Vec::new();
    collect(node, "", &mut leaves);
    let more = leaves.len().saturating_sub(MOST);
    leaves.truncate(MOST);
    let text = leaves.join(", ");
    if more > 0 { format!("{text} and {more} more") } else { text }
}

fn collect(node: &Node, path: &str, leaves: &mut Vec<String>) {
    match &node.value {
        Value::Scalar(scalar) => {
            let first = scalar.text.lines().next().unwrap_or_default();
            let text: String = first.chars().take(60).collect();
            let cut = if text.len() < scalar.text.trim_end().len() { "..." } else { "" };
            leaves.push(if path.is_empty() {
                format!("{text}{cut}")
            } else {
                format!("{path}: {text}{cut}")
            });
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, path, leaves)),
        Value::Mapping(entries) => {
            for entry in entries {
                let dot = if path.is_empty() { "" } else { "." };
                collect(&entry.value, &format!("{path}{dot}{}", entry.key), leaves);
            }
        }
    }
}
