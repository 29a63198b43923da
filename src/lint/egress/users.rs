//! What else in the input goes by an entry's hosts: routes, settings, and what refuses all other hosts.

use crate::finding::Finding;
use crate::istio::destination_rule::ClientTls;
use crate::istio::destination_rule::tls::Mode;
use crate::istio::{DestinationRule, Meta, ServiceEntry, VirtualService};
use crate::lint::Context;
use crate::lint::words::{full_host, listed};
use crate::source::Span;
use crate::yaml::fields::Leaf;

/// VirtualServices and DestinationRules of these hosts.
pub(super) fn of<'a>(context: &Context<'a>, entry: &ServiceEntry, hosts: &[Leaf<String>]) -> Vec<&'a Meta> {
    let hosts: Vec<String> = hosts.iter().map(|host| full_host(&host.value, entry.namespace())).collect();
    let resources = context.resources;
    let routes = resources.virtual_services.iter().filter(|one| routes_to(one, &hosts));
    let settings = resources.destination_rules.iter().filter(|one| sets(one, &hosts));
    routes.map(|one| &one.meta).chain(settings.map(|one| &one.meta)).collect()
}

pub(super) fn used_by(users: &[&Meta]) -> String {
    if users.is_empty() {
        return String::new();
    }
    let names: Vec<String> = users.iter().map(|meta| meta.reference.to_string()).collect();
    format!(", used by {}", listed(&names))
}

pub(super) fn lets_out(through: &[(String, Span)]) -> String {
    if through.is_empty() {
        return String::new();
    }
    let names: Vec<String> = through.iter().map(|(name, _)| name.clone()).collect();
    format!(", and it is let out by it past the `REGISTRY_ONLY` of {}", listed(&names))
}

pub(super) fn related(finding: Finding, users: &[&Meta], through: &[(String, Span)]) -> Finding {
    let finding =
        users.iter().fold(finding, |finding, user| finding.related("uses the name", user.name_span));
    through
        .iter()
        .fold(finding, |finding, (_, span)| finding.related("refuses all other destinations", *span))
}

/// Whether a VirtualService is for a host, or sends requests to it.
fn routes_to(service: &VirtualService, hosts: &[String]) -> bool {
    let namespace = service.meta.reference.namespace.as_deref().unwrap_or("");
    let VirtualService { http, tls, tcp, .. } = service;
    let routes = http.items.iter().flat_map(|route| &route.route.items).map(|item| &item.to);
    let tls = tls.items.iter().flat_map(|route| &route.route.items);
    let tcp = tcp.items.iter().flat_map(|route| &route.route.items);
    let to = routes.chain(tls).chain(tcp).filter_map(|item| item.destination.as_ref()?.host.as_ref());
    service.hosts.iter().chain(to).any(|host| hosts.contains(&full_host(&host.value, namespace)))
}

/// Whether a DestinationRule is for a host.
pub(super) fn sets(rule: &DestinationRule, hosts: &[String]) -> bool {
    let namespace = rule.meta.reference.namespace.as_deref().unwrap_or("");
    let host = rule.host.as_ref().filter(|host| !host.value.is_empty());
    host.is_some_and(|host| hosts.contains(&full_host(&host.value, namespace)))
}

/// Whether a DestinationRule lets proxies begin TLS, as a whole or on a port.
pub(super) fn begins_tls(rule: &DestinationRule) -> bool {
    let policies = rule.policy.iter().chain(rule.subsets.items.iter().filter_map(|one| one.policy.as_ref()));
    let settings = policies.flat_map(|policy| {
        std::iter::once(&policy.settings).chain(policy.ports.items.iter().map(|one| &one.settings))
    });
    let mut modes = settings.filter_map(|settings| settings.tls.as_ref().map(ClientTls::effective_mode));
    modes.any(|mode| match mode {
        Mode::Simple | Mode::Mutual | Mode::IstioMutual => true,
        Mode::Disable => false,
    })
}
