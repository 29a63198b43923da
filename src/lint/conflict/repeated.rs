//! UM181: a destination that stands twice among those of a route.

use super::note;
use crate::finding::Finding;
use crate::finding::codes::meaning::REPEATED_DESTINATION;
use crate::istio::VirtualService;
use crate::istio::virtual_service::destination::{Destination, WeightedDestination};
use crate::lint::Context;
use crate::lint::words::full_host;

/// One note for each.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    context.resources.virtual_services.iter().flat_map(of_service).collect()
}

fn of_service(service: &VirtualService) -> Vec<Finding> {
    let mut findings = Vec::new();
    for route in &service.http.items {
        // Headers of its own make a destination another one.
        let plain = route.route.items.iter().filter(|item| item.headers.is_none());
        let items: Vec<&WeightedDestination> = plain.map(|item| &item.to).collect();
        findings.extend(of_route(service, &items));
    }
    let tls = service.tls.items.iter().map(|route| &route.route);
    for route in tls.chain(service.tcp.items.iter().map(|route| &route.route)) {
        findings.extend(of_route(service, &route.items.iter().collect::<Vec<_>>()));
    }
    findings
}

/// Host, subset and port.
type Key<'a> = (String, Option<&'a str>, Option<i64>);

fn of_route(service: &VirtualService, items: &[&WeightedDestination]) -> Vec<Finding> {
    let namespace = super::namespace(&service.meta);
    let mut findings = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(found) = &item.destination else { continue };
        let Some(own) = key_of(found, namespace) else { continue };
        let is_same = |other: &&&WeightedDestination| {
            other
                .destination
                .as_ref()
                .and_then(|to| key_of(to, namespace))
                .is_some_and(|theirs| theirs == own)
        };
        let earlier: Vec<_> = items.iter().take(index).filter(is_same).collect();
        let Some(first) = earlier.first() else { continue };
        let weight = |item: &WeightedDestination| item.weight.as_ref().map_or(0, |weight| weight.value);
        let sum: i64 = earlier.iter().map(|item| weight(item)).sum::<i64>() + weight(item);
        let subset = own.1.map_or(String::new(), |subset| format!("subset `{subset}` of "));
        let message =
            format!("{subset}`{}` stands more than once in this list: together its weight is {sum}", own.0);
        let place = found.subset.as_ref().or(found.host.as_ref());
        let finding = place.map(|leaf| note(&service.meta, &REPEATED_DESTINATION, leaf, message));
        findings.extend(finding.map(|finding| {
            finding
                .related("it stands here as well", first.at.span)
                .help("write it once, with the sum; or name the destination that was meant")
        }));
    }
    findings
}

fn key_of<'a>(found: &'a Destination, namespace: &str) -> Option<Key<'a>> {
    let Destination { at: _, host, subset, port } = found;
    let subset = subset.as_ref().map(|subset| subset.value.as_str());
    Some((full_host(&host.as_ref()?.value, namespace), subset, port.as_ref().map(|port| port.value)))
}
