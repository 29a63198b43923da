//! Text to objects: what was written, read back, so that a check acts on the text and not on what
//! the writer meant.
//!
//! Comments are not read. What the types cannot hold is refused with its path: nothing is passed
//! over.

use super::strict::{Fields, Item, NumberOrText};
use super::write::STAGED_ACTION;
use super::{
    API_VERSION, Action, Destination, Http, Path, Peer, Policy, Ports, ProtocolMatch, Rule,
    SOURCE_ANNOTATION, TARGET_ANNOTATION, Tier, TierName,
};
use crate::finding::Severity;
use crate::source::{SourceFile, SourceMap};
use crate::yaml::{Document, Limits, Node, parse};
use ipnet::IpNet;
use std::net::IpAddr;
use std::path::PathBuf;

/// Reads what [`super::write`] wrote; comments are lost.
///
/// # Errors
/// The text is no YAML, or holds what the types here cannot; the message names the document (from
/// 1) and the field.
pub fn read(text: &str) -> Result<Vec<Policy>, String> {
    let read = |(index, document): (usize, &Document)| {
        read_document(&document.root).map_err(|error| format!("document {}: {error}", index + 1))
    };
    documents(text)?.iter().enumerate().map(read).collect()
}

/// The documents of a text in which nothing is amiss.
pub(in crate::object) fn documents(text: &str) -> Result<Vec<Document>, String> {
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("<written>".to_string(), None, PathBuf::new(), text));
    let parsed = parse(id, sources.file(id), Limits::default());
    match parsed.findings.iter().find(|finding| finding.severity != Severity::Info) {
        Some(finding) => Err(finding.message.clone()),
        None => Ok(parsed.documents),
    }
}

/// Reads one document.
///
/// # Errors
/// The document holds what the types here cannot; the message names the field.
pub fn read_document(node: &Node) -> Result<Policy, String> {
    let mut fields = Item::root(node).fields()?;
    expect(&fields.need("apiVersion")?, API_VERSION)?;
    let kind = fields.need("kind")?;
    let (staged, is_global) = match kind.text()? {
        "NetworkPolicy" => (false, false),
        "GlobalNetworkPolicy" => (false, true),
        "StagedNetworkPolicy" => (true, false),
        "StagedGlobalNetworkPolicy" => (true, true),
        _ => return kind.error("has to be `NetworkPolicy` or `GlobalNetworkPolicy`, or staged"),
    };
    let mut metadata = fields.need("metadata")?.fields()?;
    let name = metadata.need("name")?.text()?.to_string();
    let namespace = if is_global { None } else { Some(metadata.need("namespace")?.text()?.to_string()) };
    let mut annotations = metadata.need("annotations")?.fields()?;
    let source = annotations.need(SOURCE_ANNOTATION)?.text()?.to_string();
    let target = annotations.need(TARGET_ANNOTATION)?.text()?.to_string();
    annotations.finish()?;
    metadata.finish()?;
    let mut spec = fields.need("spec")?.fields()?;
    fields.finish()?;
    if staged {
        expect(&spec.need("stagedAction")?, STAGED_ACTION)?;
    }
    let tier = spec.take("tier").map(|item| tier_name(&item)).transpose()?;
    let order = spec.need("order")?.u16()?;
    let selector = spec.need("selector")?.text()?.to_string();
    types(&spec.need("types")?)?;
    let ingress = spec.list("ingress", rule)?;
    spec.finish()?;
    Ok(Policy {
        name,
        namespace,
        source,
        target,
        staged,
        tier,
        order,
        selector,
        selector_comment: None,
        ingress,
    })
}

/// Reads what [`super::write_tier`] wrote.
///
/// # Errors
/// The text is no tier of unmesh's; the message names the field.
pub fn read_tier(text: &str) -> Result<Tier, String> {
    let documents = documents(text)?;
    let [document] = documents.as_slice() else { return Err("it has to be one document".to_string()) };
    let mut fields = Item::root(&document.root).fields()?;
    expect(&fields.need("apiVersion")?, API_VERSION)?;
    expect(&fields.need("kind")?, "Tier")?;
    let mut metadata = fields.need("metadata")?.fields()?;
    let name = tier_name(&metadata.need("name")?)?;
    let mut annotations = metadata.need("annotations")?.fields()?;
    let target = annotations.need(TARGET_ANNOTATION)?.text()?.to_string();
    annotations.finish()?;
    metadata.finish()?;
    let mut spec = fields.need("spec")?.fields()?;
    fields.finish()?;
    let order = spec.need("order")?.i64()?;
    expect(&spec.need("defaultAction")?, name.default_action())?;
    spec.finish()?;
    Ok(Tier { name, target, order })
}

/// The name of one of unmesh's tiers.
fn tier_name(item: &Item<'_>) -> Result<TierName, String> {
    TierName::of(item.text()?).map_or_else(|| item.error("has to be `unmesh-deny` or `unmesh-allow`"), Ok)
}

/// A field that can have one value only.
fn expect(item: &Item<'_>, value: &str) -> Result<(), String> {
    if item.text()? == value { Ok(()) } else { item.error(&format!("has to be `{value}`")) }
}

/// `spec.types`: ingress alone.
fn types(item: &Item<'_>) -> Result<(), String> {
    match item.list()?.as_slice() {
        [only] => expect(only, "Ingress"),
        _ => item.error("has to be `Ingress` alone"),
    }
}

/// One item of `spec.ingress`.
fn rule(item: &Item<'_>) -> Result<Rule, String> {
    let mut fields = item.fields()?;
    let action = fields.need("action")?;
    let action = match action.text()? {
        "Allow" => Action::Allow,
        "Deny" => Action::Deny,
        "Pass" => Action::Pass,
        "Log" => Action::Log,
        _ => return action.error("has to be `Allow`, `Deny`, `Pass` or `Log`"),
    };
    let protocol = protocol(&mut fields)?;
    let source = fields.take("source").map_or_else(|| Ok(Peer::default()), |item| peer(&item))?;
    let destination =
        fields.take("destination").map_or_else(|| Ok(Destination::default()), |item| pod_side(&item))?;
    let http = fields.take("http").map(|item| http_match(&item)).transpose()?;
    fields.finish()?;
    Ok(Rule { comments: Vec::new(), action, protocol, source, destination, http })
}

/// `protocol` and `notProtocol`.
fn protocol(fields: &mut Fields<'_>) -> Result<ProtocolMatch, String> {
    match (fields.take("protocol"), fields.take("notProtocol")) {
        (None, None) => Ok(ProtocolMatch::Any),
        (Some(item), None) => expect(&item, "TCP").map(|()| ProtocolMatch::Tcp),
        (None, Some(item)) => expect(&item, "TCP").map(|()| ProtocolMatch::NotTcp),
        (Some(item), Some(_)) => item.error("and `notProtocol` cannot be read together"),
    }
}

/// `source`.
fn peer(item: &Item<'_>) -> Result<Peer, String> {
    let mut fields = item.fields()?;
    let namespace_selector = fields.text("namespaceSelector")?;
    let service_accounts = match fields.take("serviceAccounts") {
        Some(accounts) => account_names(&accounts)?,
        None => Vec::new(),
    };
    let selector = fields.text("selector")?;
    let not_selector = fields.text("notSelector")?;
    let nets = fields.list("nets", net)?;
    let not_nets = fields.list("notNets", net)?;
    fields.finish()?;
    Ok(Peer { namespace_selector, service_accounts, selector, not_selector, nets, not_nets })
}

/// `serviceAccounts`: names, at least one.
fn account_names(item: &Item<'_>) -> Result<Vec<String>, String> {
    let mut fields = item.fields()?;
    let names = fields.list("names", |name| name.text().map(str::to_string))?;
    fields.finish()?;
    if names.is_empty() { item.error("has to name an account") } else { Ok(names) }
}

/// `destination`.
fn pod_side(item: &Item<'_>) -> Result<Destination, String> {
    let mut fields = item.fields()?;
    let nets = fields.list("nets", net)?;
    let not_nets = fields.list("notNets", net)?;
    let ports = fields.list("ports", ports)?;
    let not_ports = fields.list("notPorts", self::ports)?;
    fields.finish()?;
    Ok(Destination { nets, not_nets, ports, not_ports })
}

/// A CIDR; an address alone is a CIDR of one.
fn net(item: &Item<'_>) -> Result<IpNet, String> {
    let text = item.text()?;
    let parsed = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    parsed.map_or_else(|| item.error("has to be a CIDR"), Ok)
}

/// A port or a range; a named port cannot be held.
fn ports(item: &Item<'_>) -> Result<Ports, String> {
    let ports = match item.number_or_text()? {
        NumberOrText::Number(number) => u16::try_from(number).ok().map(Ports::one),
        NumberOrText::Text(text) => match text.split_once(':') {
            Some((first, last)) => match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) => Some(Ports { first, last }),
                _ => None,
            },
            None => text.parse().ok().map(Ports::one),
        },
    };
    ports.map_or_else(|| item.error("has to be a port or a range of ports, in numbers"), Ok)
}

/// `http`.
fn http_match(item: &Item<'_>) -> Result<Http, String> {
    let mut fields = item.fields()?;
    let methods = fields.list("methods", |method| method.text().map(str::to_string))?;
    let paths = fields.list("paths", path)?;
    fields.finish()?;
    Ok(Http { methods, paths })
}

/// One entry of `http.paths`.
fn path(item: &Item<'_>) -> Result<Path, String> {
    let mut fields = item.fields()?;
    let (exact, prefix) = (fields.text("exact")?, fields.text("prefix")?);
    fields.finish()?;
    match (exact, prefix) {
        (Some(text), None) => Ok(Path::Exact(text)),
        (None, Some(text)) => Ok(Path::Prefix(text)),
        (None, None) | (Some(_), Some(_)) => item.error("has to have `exact` or `prefix`, and one alone"),
    }
}
