//! UM166 for TLS and TCP routes.
//!
//! Of TLS routes the first one for a server name acts, and a full name comes before a wildcard wherever it
//! stands; of TCP routes the first one without addresses takes every connection (`gateway.go`, `listener.go` of
//! Istio's route building).

use super::cover::covers_selectors;
use super::routes::{gateways, short};
use super::warning;
use crate::finding::Finding;
use crate::finding::codes::meaning::UNREACHABLE_ROUTE;
use crate::istio::VirtualService;
use crate::istio::virtual_service::layer4::{TcpMatch, TlsMatch};
use crate::yaml::fields::Leaf;

/// One finding for each route that is never taken.
pub(super) fn check(service: &VirtualService) -> Vec<Finding> {
    let names = gateways(service);
    let tls = service.tls.items.iter().map(|route| (&route.at, route.matches.items.as_slice()));
    let tls = behind(service, tls, |outer, inner| covers_tls(outer, inner, &names), |found| &found.at);
    let tcp = service.tcp.items.iter().map(|route| (&route.at, route.matches.items.as_slice()));
    let tcp = behind(service, tcp, |outer, inner| covers_tcp(outer, inner, &names), |found| &found.at);
    [tls, tcp].concat()
}

/// Routes of which every match is held by one that stands before; a route without matches takes everything.
fn behind<'a, T>(
    service: &VirtualService,
    routes: impl Iterator<Item = (&'a Leaf<()>, &'a [T])>,
    covers: impl Fn(&T, &T) -> bool,
    place: fn(&T) -> &Leaf<()>,
) -> Vec<Finding>
where
    T: 'a,
{
    let mut findings = Vec::new();
    let mut before: Vec<(Option<&T>, &Leaf<()>)> = Vec::new();
    for (at, matches) in routes {
        let holder =
            |found: &T| before.iter().find(|(outer, _)| outer.is_none_or(|outer| covers(outer, found)));
        let whole = before.iter().find(|(outer, _)| outer.is_none());
        let holders: Vec<_> = matches.iter().map(holder).collect();
        let one = match holders.first() {
            None => whole,
            Some(first) => (*first).filter(|_| holders.iter().all(Option::is_some)),
        };
        findings.extend(one.map(|(_, other)| {
            let (own, theirs) = (short(&at.field), short(&other.field));
            let message = format!(
                "`{own}` is never taken: `{theirs}` stands before it and takes all of its connections"
            );
            warning(&service.meta, &UNREACHABLE_ROUTE, at, message)
                .related("this takes its connections", other.span)
                .help("move the narrower route to the front, or delete it")
        }));
        before.extend(matches.iter().map(|found| (Some(found), place(found))));
        if matches.is_empty() {
            before.push((None, at));
        }
    }
    findings
}

fn covers_tls(outer: &TlsMatch, inner: &TlsMatch, gateways: &[String]) -> bool {
    let TlsMatch { at: _, sni_hosts, destination_subnets, selectors } = outer;
    covers_selectors(selectors, &inner.selectors, gateways)
        && inner.sni_hosts.iter().all(|name| holds(sni_hosts, name))
        && covers_addresses(destination_subnets, &inner.destination_subnets)
}

fn covers_tcp(outer: &TcpMatch, inner: &TcpMatch, gateways: &[String]) -> bool {
    let TcpMatch { at: _, destination_subnets, source_subnet, selectors } = outer;
    // Istio does not act on `sourceSubnet`, but a later version may.
    let sources = source_subnet
        .as_ref()
        .is_none_or(|own| inner.source_subnet.as_ref().is_some_and(|theirs| theirs.value == own.value));
    covers_selectors(selectors, &inner.selectors, gateways)
        && sources
        && covers_addresses(destination_subnets, &inner.destination_subnets)
}

fn covers_addresses(outer: &[Leaf<String>], inner: &[Leaf<String>]) -> bool {
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(|block| holds(outer, block)))
}

fn holds(list: &[Leaf<String>], item: &Leaf<String>) -> bool {
    list.iter().any(|own| own.value.eq_ignore_ascii_case(&item.value))
}
