//! Every place where a resource says to which host requests go, or which host its settings are for.

use super::namespace_of;
use super::shown::completed;
use crate::istio::gateway_api::Route;
use crate::istio::virtual_service::destination::{Destination, WeightedDestination};
use crate::istio::{Meta, VirtualService};
use crate::lint::Context;
use crate::yaml::fields::Leaf;

/// A host that a resource names.
#[derive(Clone)]
pub(super) struct Named<'a> {
    pub(super) meta: &'a Meta,
    /// The VirtualService, where it is one.
    pub(super) service: Option<&'a VirtualService>,
    /// As written; of a backend, the Service's name.
    pub(super) written: &'a Leaf<String>,
    /// As Istio completes it.
    pub(super) host: String,
    pub(super) subset: Option<&'a Leaf<String>>,
    pub(super) port: Option<&'a Leaf<i64>>,
    pub(super) role: Role,
    /// Whether a match of the route asks for a port by its number.
    pub(super) by_port: bool,
}

/// What a host is named for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// `http[].route`.
    Requests,
    /// `tls[].route` and `tcp[].route`.
    Connections,
    /// `mirror` and `mirrors`.
    Copies,
    /// `backendRefs` of Gateway API.
    Backend,
    /// `host` of a DestinationRule.
    Settings,
}

impl Role {
    /// What becomes of the requests that go nowhere.
    pub(super) fn without(self) -> &'static str {
        match self {
            Self::Requests => "requests that come to this route are answered with 503",
            Self::Connections => "connections that come to this route are closed",
            Self::Copies => "no copies of requests arrive",
            Self::Backend => "requests that come to this route are answered with 500",
            Self::Settings => "these settings act on nothing",
        }
    }
}

impl Named<'_> {
    pub(super) fn namespace(&self) -> &str {
        namespace_of(self.meta)
    }
}

/// All of them, in the order of the input.
pub(super) fn of<'a>(context: &'a Context<'a>) -> Vec<Named<'a>> {
    let resources = context.resources;
    let mut found: Vec<Named<'a>> = resources.virtual_services.iter().flat_map(of_virtual_service).collect();
    found.extend(resources.destination_rules.iter().filter_map(|rule| {
        let written = rule.host.as_ref()?;
        let host = completed(&written.value, namespace_of(&rule.meta));
        let (meta, role) = (&rule.meta, Role::Settings);
        Some(Named { meta, service: None, written, host, subset: None, port: None, role, by_port: false })
    }));
    found.extend(resources.gateway_api.routes.iter().filter(|route| route.is_istio()).flat_map(of_route));
    found
}

fn of_virtual_service(service: &VirtualService) -> Vec<Named<'_>> {
    let VirtualService { meta: _, hosts: _, gateways: _, http, tls, tcp, export_to: _ } = service;
    let mut found = Vec::new();
    for route in &http.items {
        let by_port = route.matches.items.iter().any(|one| one.selectors.port.is_some());
        let to = route.route.items.iter().filter_map(|item| item.to.destination.as_ref());
        found.extend(to.filter_map(|to| destination(service, to, Role::Requests, by_port)));
        let mirrors = route.mirrors.items.iter().filter_map(|mirror| mirror.destination.as_ref());
        let copies = route.mirror.iter().chain(mirrors);
        found.extend(copies.filter_map(|to| destination(service, to, Role::Copies, by_port)));
    }
    for route in &tls.items {
        let by_port = route.matches.items.iter().any(|one| one.selectors.port.is_some());
        found.extend(weighted(service, &route.route.items, by_port));
    }
    for route in &tcp.items {
        let by_port = route.matches.items.iter().any(|one| one.selectors.port.is_some());
        found.extend(weighted(service, &route.route.items, by_port));
    }
    found
}

fn weighted<'a>(
    service: &'a VirtualService,
    items: &'a [WeightedDestination],
    by_port: bool,
) -> impl Iterator<Item = Named<'a>> {
    let to = items.iter().filter_map(|item| item.destination.as_ref());
    to.filter_map(move |to| destination(service, to, Role::Connections, by_port))
}

fn destination<'a>(
    service: &'a VirtualService,
    to: &'a Destination,
    role: Role,
    by_port: bool,
) -> Option<Named<'a>> {
    let written = to.host.as_ref()?;
    Some(Named {
        meta: &service.meta,
        service: Some(service),
        written,
        host: completed(&written.value, namespace_of(&service.meta)),
        subset: to.subset.as_ref(),
        port: to.port.as_ref(),
        role,
        by_port,
    })
}

/// The Services of a route's backends.
fn of_route(route: &Route) -> Vec<Named<'_>> {
    let backends = route.rules.items.iter().flat_map(|rule| &rule.backends.items);
    let named = backends.filter_map(|backend| {
        let written = backend.to.name.as_ref()?;
        let kind = (backend.to.group_or(""), backend.to.kind_or("Service"));
        (kind == ("", "Service")).then(|| Named {
            meta: &route.meta,
            service: None,
            written,
            host: completed(&written.value, backend.to.namespace_or(route.namespace())),
            subset: None,
            port: backend.port.as_ref(),
            role: Role::Backend,
            by_port: false,
        })
    });
    named.collect()
}
