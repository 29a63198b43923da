//! A rule of `ingress` or `egress`, with what Calico's validator asks of it as a whole
//! (`libcalico-go/lib/validator/v3/validator.go`, `validateRule`).

use super::super::nets::Family;
use super::super::{Http, Path};
use super::entity::{Scope, entity, number_or_string};
use super::{Action, Entity, Port, Rule};
use crate::yaml::fields::{Field, Fields};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The protocols that have names.
const PROTOCOLS: [&str; 6] = ["TCP", "UDP", "ICMP", "ICMPv6", "SCTP", "UDPLite"];
/// Those that have ports.
const WITH_PORTS: [&str; 3] = ["TCP", "UDP", "SCTP"];
/// Those that have ICMP types.
const WITH_TYPES: [&str; 2] = ["ICMP", "ICMPv6"];

/// Reads a rule.
pub(super) fn rule(field: &Field<'_>, scope: Scope) -> Option<Rule> {
    let mut fields = field.fields()?;
    let actions =
        [("Allow", Action::Allow), ("Deny", Action::Deny), ("Log", Action::Log), ("Pass", Action::Pass)];
    let action = fields.take("action");
    if action.is_none() {
        field.wrong_value("a rule needs an `action`", None);
    }
    let action = action.and_then(|action| action.one_of(&actions)).map(|leaf| leaf.value);
    let mut side = |name: &'static str, is_source| {
        let side = fields.take(name).and_then(|field| entity(&field, is_source, scope));
        side.unwrap_or_default()
    };
    let (source, destination) = (side("source", true), side("destination", false));
    let rule = Rule {
        field: field.path.clone(),
        span: field.node.span,
        action: action.unwrap_or(Action::Deny),
        protocol: protocol(&mut fields, "protocol"),
        not_protocol: protocol(&mut fields, "notProtocol"),
        ip_version: ip_version(&mut fields),
        icmp: icmp(&mut fields, "icmp") | icmp(&mut fields, "notICMP"),
        source,
        destination,
        http: fields.take("http").and_then(|field| http(&field)),
    };
    metadata(&mut fields);
    fields.finish();
    check(field, &rule, scope);
    Some(rule)
}

/// `protocol`: a name or a number.
fn protocol(fields: &mut Fields<'_>, name: &'static str) -> Option<String> {
    let field = fields.take(name)?;
    let text = number_or_string(&field)?;
    let is_number = text.parse::<u8>().is_ok_and(|number| number > 0);
    if !is_number && !PROTOCOLS.contains(&text.as_str()) {
        let help = format!("it can be {}, or a number from 1 to 255", PROTOCOLS.join(", "));
        field.wrong_value(format!("`{text}` is no protocol"), Some(help));
    }
    Some(text)
}

fn ip_version(fields: &mut Fields<'_>) -> Option<u8> {
    let field = fields.take("ipVersion")?;
    let version = field.integer(4..=6)?.value;
    if version == 5 {
        field.wrong_value("`ipVersion` is 4 or 6", None);
    }
    u8::try_from(version).ok()
}

/// Whether `icmp` or `notICMP` is there and tests something.
fn icmp(fields: &mut Fields<'_>, name: &'static str) -> bool {
    let Some(mut fields) = fields.take(name).and_then(|field| field.fields()) else { return false };
    let kind = fields.take("type").and_then(|field| field.integer(0..=254));
    let code = fields.take("code").map(|field| (field.integer(0..=255), field));
    if let (None, Some((_, field))) = (&kind, code) {
        field.wrong_value("`code` needs a `type` beside it", None);
    }
    fields.finish();
    kind.is_some()
}

/// `metadata.annotations`: comments in the dataplane, which decide nothing.
fn metadata(fields: &mut Fields<'_>) {
    if let Some(mut metadata) = fields.take("metadata").and_then(|field| field.fields()) {
        let _texts = metadata.take("annotations").map(|field| field.string_map());
        metadata.finish();
    }
}

/// `http`.
fn http(field: &Field<'_>) -> Option<Http> {
    let mut fields = field.fields()?;
    let methods = fields.take("methods").map(|methods| (methods.strings(), methods));
    let methods = methods.map(|(texts, field)| {
        let mut seen = BTreeSet::new();
        if !texts.iter().all(|text| seen.insert(text.value.as_str())) {
            field.wrong_value("a method stands twice in `methods`", None);
        }
        texts.into_iter().map(|text| text.value).collect()
    });
    let paths = fields.take("paths").and_then(|field| field.list()).unwrap_or_default();
    let paths = paths.iter().filter_map(path).collect();
    fields.finish();
    Some(Http { methods: methods.unwrap_or_default(), paths })
}

fn path(field: &Field<'_>) -> Option<Path> {
    let mut fields = field.fields()?;
    let mut text = |name| fields.take(name).and_then(|field| field.string()).map(|leaf| leaf.value);
    let (exact, prefix) = (text("exact"), text("prefix"));
    fields.finish();
    let path = match (exact, prefix) {
        (Some(text), None) => Path::Exact(text),
        (None, Some(text)) => Path::Prefix(text),
        (None, None) | (Some(_), Some(_)) => {
            field.wrong_value("a path is either `exact` or a `prefix`", None);
            return None;
        }
    };
    let (Path::Exact(text) | Path::Prefix(text)) = &path;
    if !text.starts_with('/') || text.contains(['?', ' ', '#']) {
        field.wrong_value(format!("`{text}` has to begin with `/`, without `?`, `#` and spaces"), None);
    }
    Some(path)
}

/// What the parts of a rule ask of each other.
fn check(field: &Field<'_>, rule: &Rule, scope: Scope) {
    let Rule {
        field: _,
        span: _,
        action,
        protocol,
        not_protocol: _,
        ip_version,
        icmp,
        source,
        destination,
        http,
    } = rule;
    let protocol = protocol.as_deref();
    let is_one_of = |names: &[&str]| protocol.is_some_and(|protocol| names.contains(&protocol));
    let ports: Vec<&Port> = [source, destination].into_iter().flat_map(all_ports).collect();
    // From 3.32 ports that are all named need no protocol; the interpreter asks for the version.
    let all_named = protocol.is_none() && ports.iter().all(|port| matches!(port, Port::Named(_)));
    if !ports.is_empty() && !is_one_of(&WITH_PORTS) && !all_named {
        field.wrong_value("ports need `protocol` to be TCP, UDP or SCTP", None);
    }
    if *icmp && !is_one_of(&WITH_TYPES) {
        field.wrong_value("`icmp` needs `protocol` to be ICMP or ICMPv6", None);
    }
    let nets: Vec<&IpNet> = [source, destination].into_iter().flat_map(all_nets).collect();
    let mut families: BTreeSet<Family> = nets.into_iter().map(Family::of).collect();
    families.extend(ip_version.map(|version| if version == 6 { Family::V6 } else { Family::V4 }));
    if families.len() > 1 {
        field.wrong_value("a rule cannot speak of both IP families", None);
    }
    if http.is_some() {
        if scope.egress {
            field.wrong_value("`http` stands in ingress rules alone", None);
        }
        if *action != Action::Allow {
            field.wrong_value("`http` needs `action: Allow`", None);
        }
        if protocol.is_some_and(|protocol| protocol != "TCP") {
            field.wrong_value("`http` needs `protocol: TCP`", None);
        }
    }
}

fn all_ports(entity: &Entity) -> impl Iterator<Item = &Port> {
    entity.ports.iter().chain(&entity.not_ports)
}

fn all_nets(entity: &Entity) -> impl Iterator<Item = &IpNet> {
    entity.nets.iter().chain(&entity.not_nets)
}
