//! `source` and `destination` of a rule, and the selectors, nets and ports that they are made of.

use super::super::matching::Selector;
use super::super::nets::mask;
use super::port::port_of;
use super::{Entity, Port};
use crate::yaml::fields::{Field, Fields};
use crate::yaml::{Value, resolve};
use ipnet::IpNet;
use std::net::IpAddr;

/// Where `global()` may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Globals {
    /// Alone, in the `namespaceSelector` of a rule.
    Alone,
    /// Nowhere else (`libcalico-go/lib/validator/v3`).
    Never,
}

/// Which half of a policy a rule stands in, and in whose policy.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    /// In `egress`.
    pub(super) egress: bool,
    /// In a GlobalNetworkPolicy.
    pub(super) global: bool,
}

/// `source` or `destination`.
pub(super) fn entity(field: &Field<'_>, is_source: bool, scope: Scope) -> Option<Entity> {
    let mut fields = field.fields()?;
    let mut entity = Entity {
        selector: selector(&mut fields, "selector", Globals::Never),
        not_selector: selector(&mut fields, "notSelector", Globals::Never),
        namespace_selector: selector(&mut fields, "namespaceSelector", Globals::Alone),
        nets: nets(&mut fields, "nets"),
        not_nets: nets(&mut fields, "notNets"),
        ports: ports(&mut fields, "ports"),
        not_ports: ports(&mut fields, "notPorts"),
        ..Entity::default()
    };
    if let Some(mut accounts) = fields.take("serviceAccounts").and_then(|field| field.fields()) {
        let names = accounts.take("names").map(|names| names.strings()).unwrap_or_default();
        entity.service_accounts = names.into_iter().map(|name| name.value).collect();
        entity.service_account_selector = selector(&mut accounts, "selector", Globals::Never);
        accounts.finish();
    }
    if let Some(services) = fields.take("services") {
        entity.services = self::services(&services, &entity, is_source, scope);
    }
    fields.finish();
    Some(entity)
}

/// `services`: the source of ingress and the destination of egress alone have them, and nothing
/// else that says who the peer is beside them.
fn services(field: &Field<'_>, entity: &Entity, is_source: bool, scope: Scope) -> Option<(String, String)> {
    let mut fields = field.fields()?;
    let mut text = |name| fields.take(name).and_then(|field| field.string()).map(|leaf| leaf.value);
    let (name, namespace) = (text("name").unwrap_or_default(), text("namespace").unwrap_or_default());
    fields.finish();
    let Entity {
        selector,
        not_selector,
        namespace_selector,
        service_accounts,
        service_account_selector,
        services: _,
        nets,
        not_nets,
        ports,
        not_ports,
    } = entity;
    let selectors = [selector, not_selector, namespace_selector, service_account_selector];
    let peers = selectors.into_iter().any(Option::is_some)
        || !service_accounts.is_empty()
        || !nets.is_empty()
        || !not_nets.is_empty();
    if is_source == scope.egress {
        field.wrong_value("`services` cannot stand here", None);
    } else if peers {
        field.wrong_value("`services` stand alone, without selectors, accounts and nets", None);
    } else if !is_source && (!ports.is_empty() || !not_ports.is_empty()) {
        field.wrong_value("`services` bring their ports, and none may stand beside them", None);
    } else if name.is_empty() {
        field.wrong_value("`services` needs a name", None);
    } else if scope.global && namespace.is_empty() {
        field.wrong_value("`services` needs a namespace in a global policy", None);
    }
    Some((namespace, name))
}

/// A selector; an empty one is none.
pub(super) fn selector(fields: &mut Fields<'_>, name: &'static str, globals: Globals) -> Option<Selector> {
    let field = fields.take(name)?;
    let text = field.string()?.value;
    if text.is_empty() {
        return None;
    }
    let parsed = match Selector::parse(&text) {
        Ok(parsed) => parsed,
        Err(error) => {
            field.wrong_value(format!("`{name}` is no selector: {error}"), None);
            return None;
        }
    };
    let alone = parsed == Selector::Global && globals == Globals::Alone;
    if parsed.holds_global() && !alone {
        let message = "`global()` stands alone in the `namespaceSelector` of a rule, or nowhere";
        field.wrong_value(message, None);
    }
    Some(parsed)
}

/// `nets`: CIDRs without host bits, or single addresses.
pub(super) fn nets(fields: &mut Fields<'_>, name: &'static str) -> Vec<IpNet> {
    let items = fields.take(name).and_then(|field| field.list()).unwrap_or_default();
    items.iter().filter_map(net).collect()
}

fn net(field: &Field<'_>) -> Option<IpNet> {
    let text = field.string()?.value;
    let parsed = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    let Some(net) = parsed else {
        field.wrong_value(format!("`{text}` is no CIDR"), None);
        return None;
    };
    if mask(net) != net {
        let help = format!("write `{}`", mask(net));
        field.wrong_value(format!("`{text}` has bits behind its mask"), Some(help));
    }
    Some(net)
}

/// `ports`: numbers, ranges, names.
fn ports(fields: &mut Fields<'_>, name: &'static str) -> Vec<Port> {
    let items = fields.take(name).and_then(|field| field.list()).unwrap_or_default();
    items.iter().filter_map(port).collect()
}

/// One port, as a number or a string.
pub(super) fn port(field: &Field<'_>) -> Option<Port> {
    let text = number_or_string(field)?;
    let port = port_of(&text);
    if port.is_none() {
        field.wrong_value(format!("`{text}` is no port, no range of ports and no name of one"), None);
    }
    port
}

/// The text of what Kubernetes calls an int-or-string.
pub(super) fn number_or_string(field: &Field<'_>) -> Option<String> {
    if let Value::Scalar(scalar) = &field.node.value
        && let Some(number) = resolve(scalar).whole()
    {
        return Some(number.to_string());
    }
    field.string().map(|leaf| leaf.value)
}
