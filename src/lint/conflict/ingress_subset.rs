//! UM169: subsets that requests from outside never see, since they are routed once, at the gateway.

use super::note;
use crate::finding::Finding;
use crate::finding::codes::meaning::INGRESS_PAST_SUBSETS;
use crate::istio::VirtualService;
use crate::istio::virtual_service::destination::Destination;
use crate::lint::Context;
use crate::lint::words::full_host;

/// One note for each destination at a gateway.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = &context.resources.virtual_services;
    let at_gateways = services.iter().filter(|service| !service.hosts.is_empty() && !serves_mesh(service));
    at_gateways.flat_map(|service| of_service(context, service)).collect()
}

fn serves_mesh(service: &VirtualService) -> bool {
    service.gateways.is_empty() || service.gateways.iter().any(|gateway| gateway.value == "mesh")
}

/// Destinations of HTTP routes, with the hosts completed.
fn destinations(service: &VirtualService) -> impl Iterator<Item = (String, &Destination)> {
    let namespace = super::namespace(&service.meta);
    let all = service.http.items.iter().flat_map(|route| &route.route.items);
    let named = all.filter_map(|item| item.to.destination.as_ref());
    named.filter_map(move |to| Some((full_host(&to.host.as_ref()?.value, namespace), to)))
}

fn of_service(context: &Context<'_>, service: &VirtualService) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for (host, to) in destinations(service).filter(|(_, to)| to.subset.is_none()) {
        if seen.contains(&host) {
            continue;
        }
        // Where the gateway sends some of its requests to subsets itself, somebody knows.
        let own = destinations(service).any(|(other, to)| other == host && to.subset.is_some());
        let others = context.resources.virtual_services.iter().filter(|_| !own);
        let found = others
            .filter(|other| serves_mesh(other))
            .find_map(|other| Some((other, subset_of(other, &host)?)));
        if let (Some((other, subset)), Some(leaf)) = (found, &to.host) {
            let message = format!(
                "requests that come in through this go to all pods of `{host}`: the routes of `{}` to its subsets, such as `{}`, are for clients in the mesh alone",
                other.meta.reference, subset.0
            );
            findings.push(
                note(&service.meta, &INGRESS_PAST_SUBSETS, leaf, message)
                    .related("requests are routed once, and these routes are of sidecars", subset.1)
                    .help("if they are meant to have subsets as well, write those routes here; what stands in for the gateway sends them to all pods, as today"),
            );
        }
        seen.push(host);
    }
    findings
}

/// A subset that a VirtualService has routes to, for a host of its own.
fn subset_of<'a>(service: &'a VirtualService, host: &str) -> Option<(&'a str, crate::source::Span)> {
    let namespace = super::namespace(&service.meta);
    let mut hosts = service.hosts.iter().map(|own| full_host(&own.value, namespace));
    if !hosts.any(|own| own == *host) {
        return None;
    }
    let mut found = destinations(service).filter(|(own, _)| own == host);
    found.find_map(|(_, to)| to.subset.as_ref().map(|subset| (subset.value.as_str(), subset.span)))
}
