//! UM160: several VirtualServices for one host.
//!
//! Sidecars take the first one alone (`BuildSidecarVirtualHostWrapper`, `dedupeDomains`); those of whom the first
//! has no route for its port or client pass on to the next. A gateway puts the routes of all of them one behind the
//! other, with those for every request at the end (`SortVHostRoutes`).

use super::cover::{covers, selectors_meet, takes_all};
use super::order::{Export, Order, sharing};
use super::routes::short;
use super::{between, namespace, note};
use crate::finding::Finding;
use crate::finding::codes::meaning::SHARED_HOST;
use crate::istio::virtual_service::destination::Selectors;
use crate::istio::virtual_service::http_match::HttpMatch;
use crate::istio::{Meta, VirtualService};
use crate::lint::Context;
use crate::lint::words::full_host;
use crate::yaml::fields::Leaf;

/// One finding for each two that meet.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let two = sharing(&context.resources.virtual_services, hosts);
    two.into_iter().flat_map(|(one, other)| of_two(one, other)).collect()
}

fn of_two(one: &VirtualService, other: &VirtualService) -> Vec<Finding> {
    let export = |service: &VirtualService| Export::of(&service.export_to, namespace(&service.meta));
    if !export(one).rivals(&export(other)) {
        return Vec::new();
    }
    let order = Order::of(one, other, |service: &VirtualService| -> &Meta { &service.meta });
    let in_mesh = shared_host(order.second, order.first).and_then(|host| in_mesh(&order, host));
    let at_gateway = shared_host(order.second, order.first).and_then(|host| at_gateway(&order, host));
    in_mesh.into_iter().chain(at_gateway).collect()
}

fn hosts(service: &VirtualService) -> Vec<String> {
    let full = |host: &Leaf<String>| full_host(&host.value, namespace(&service.meta)).to_lowercase();
    service.hosts.iter().map(full).collect()
}

/// The first host of one that the other has too.
fn shared_host<'a>(service: &'a VirtualService, other: &VirtualService) -> Option<&'a Leaf<String>> {
    let theirs = hosts(other);
    let own = service.hosts.iter().zip(hosts(service));
    own.filter(|(_, name)| theirs.contains(name)).map(|(host, _)| host).next()
}

fn serves_mesh(service: &VirtualService) -> bool {
    service.gateways.is_empty() || service.gateways.iter().any(|gateway| gateway.value == "mesh")
}

/// What sidecars do: the first that has a route for the client's proxy and port.
fn in_mesh(order: &Order<'_, VirtualService>, host: &Leaf<String>) -> Option<Finding> {
    let (first, second) = (order.first, order.second);
    let http = meet(&for_mesh(&http_selectors(first)), &for_mesh(&http_selectors(second)));
    let tcp = meet(&for_mesh(&tcp_selectors(first)), &for_mesh(&tcp_selectors(second)));
    if !serves_mesh(first) || !serves_mesh(second) || !(http || tcp) {
        return None;
    }
    let message = format!(
        "`{}` is for `{}` in the mesh as well: sidecars take the routes of {} and none of the other one",
        first.meta.reference,
        host.value,
        order.winner()
    );
    Some(
        between(&first.meta, &second.meta, &SHARED_HOST, host, message)
            .related("the same host", first.meta.name_span)
            .help("write one VirtualService for the host; `kubectl get virtualservice --sort-by=.metadata.creationTimestamp` tells which one acts today"),
    )
}

/// Of each match its selectors; a route without matches is for everything.
type All<'a> = Vec<Option<&'a Selectors>>;

fn http_selectors(service: &VirtualService) -> All<'_> {
    let routes = service.http.items.iter();
    routes
        .flat_map(|route| {
            let all = route.matches.items.is_empty().then_some(None);
            route.matches.items.iter().map(|found| Some(&found.selectors)).chain(all)
        })
        .collect()
}

fn tcp_selectors(service: &VirtualService) -> All<'_> {
    let routes = service.tcp.items.iter();
    routes
        .flat_map(|route| {
            let all = route.matches.items.is_empty().then_some(None);
            route.matches.items.iter().map(|found| Some(&found.selectors)).chain(all)
        })
        .collect()
}

/// Those that sidecars have.
fn for_mesh<'a>(all: &All<'a>) -> All<'a> {
    let in_mesh = |found: &Selectors| {
        found.gateways.is_empty() || found.gateways.iter().any(|gateway| gateway.value == "mesh")
    };
    all.iter().copied().filter(|found| found.is_none_or(in_mesh)).collect()
}

/// Whether some proxy and port has routes of both.
fn meet(one: &All<'_>, other: &All<'_>) -> bool {
    let met = |one: Option<&Selectors>, other: Option<&Selectors>| {
        one.zip(other).is_none_or(|(one, other)| selectors_meet(one, other))
    };
    one.iter().any(|one| other.iter().any(|other| met(*one, *other)))
}

/// The Gateway that both name, as `namespace/name`.
fn common_gateway(one: &VirtualService, other: &VirtualService) -> Option<String> {
    let full = |service: &VirtualService| -> Vec<String> {
        let outer = service.gateways.iter().filter(|gateway| gateway.value != "mesh");
        let names = outer.map(|gateway| {
            let name = &gateway.value;
            if name.contains(['/', '.']) {
                name.clone()
            } else {
                format!("{}/{name}", namespace(&service.meta))
            }
        });
        names.collect()
    };
    let theirs = full(other);
    full(one).into_iter().find(|name| theirs.contains(name))
}

/// What a route asks for at a gateway, and where it says so.
struct Asked<'a> {
    found: Option<&'a HttpMatch>,
    at: &'a Leaf<()>,
}

impl Asked<'_> {
    /// Whether the gateway tries it behind all others.
    fn is_last(&self) -> bool {
        self.found.is_none_or(takes_all)
    }

    fn holds(&self, other: &Self) -> bool {
        match (self.found, other.found) {
            (None, _) => true,
            (Some(own), None) => takes_all(own),
            (Some(own), Some(theirs)) => covers(own, theirs, &[]),
        }
    }
}

/// What it asks for at any gateway; a delegate's own matches are not known here.
fn asked(service: &VirtualService) -> Vec<Asked<'_>> {
    let routes = service.http.items.iter().filter(|route| route.delegate.is_none());
    let all = routes.flat_map(|route| {
        let whole = route.matches.items.is_empty().then_some(Asked { found: None, at: &route.at });
        route.matches.items.iter().map(|found| Asked { found: Some(found), at: &found.at }).chain(whole)
    });
    all.filter(|asked| asked.found.is_none_or(|found| found.selectors.gateways.is_empty())).collect()
}

/// The same requests, of which the first takes all; or a wider match, which takes those of a narrower one where it
/// is the older.
fn at_gateway(order: &Order<'_, VirtualService>, host: &Leaf<String>) -> Option<Finding> {
    let (first, second) = (order.first, order.second);
    let gateway = common_gateway(first, second)?;
    let (earlier, later) = (asked(first), asked(second));
    let both = |one: &Asked<'_>, other: &Asked<'_>| {
        one.is_last() == other.is_last() && one.holds(other) && other.holds(one)
    };
    let two = earlier.iter().flat_map(|one| later.iter().map(move |other| (one, other)));
    let same = two.clone().find(|(one, other)| both(one, other));
    if let Some((one, other)) = same {
        let message = format!(
            "`{}` of `{}` asks for the same requests to `{}` at Gateway `{gateway}`: the gateway takes the route of {} and never the other one",
            short(&one.at.field),
            first.meta.reference,
            host.value,
            order.winner()
        );
        return Some(
            between(&first.meta, &second.meta, &SHARED_HOST, other.at, message)
                .related("the same requests", one.at.span)
                .help("write one VirtualService for the host, or requests that differ"),
        );
    }
    let wider = two
        .clone()
        .find(|(one, other)| !one.is_last() && !other.is_last() && (one.holds(other) || other.holds(one)));
    let (one, other) = wider?;
    let (wide, narrow, holder) = if one.holds(other) { (one, other, first) } else { (other, one, second) };
    let message = format!(
        "the order of `{}` and `{}` for `{}` at Gateway `{gateway}` is that of their age: where `{}` is the older, its `{}` takes the requests of `{}`",
        first.meta.reference.name,
        second.meta.reference.name,
        host.value,
        holder.meta.reference.name,
        short(&wide.at.field),
        short(&narrow.at.field),
    );
    Some(
        note(&second.meta, &SHARED_HOST, other.at, message)
            .related("the other one", one.at.span)
            .help("write both routes into one VirtualService, the narrower one first"),
    )
}
