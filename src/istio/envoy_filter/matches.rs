//! `match` of a patch: which parts of a proxy's configuration it is for.

use super::words::{CONTEXT, PatchContext};
use crate::istio::checks::Checks;
use crate::istio::common;
use crate::yaml::fields::{Field, Fields, Leaf};
use std::collections::BTreeMap;

/// `match`.
#[derive(Clone, Debug)]
pub struct Match {
    /// The field.
    pub at: Leaf<()>,
    /// `context`; absent is any.
    pub context: Option<Leaf<PatchContext>>,
    /// `proxy.proxyVersion`: a regular expression for the version of Istio's proxy.
    pub proxy_version: Option<Leaf<String>>,
    /// `proxy.metadata`: what the proxy has to say of itself.
    pub proxy_metadata: BTreeMap<String, Leaf<String>>,
    /// `listener`.
    pub listener: Option<ListenerMatch>,
    /// `routeConfiguration`.
    pub route: Option<RouteMatch>,
    /// `cluster`.
    pub cluster: Option<ClusterMatch>,
    /// `waypoint`.
    pub waypoint: Option<WaypointMatch>,
}

/// `match.listener`.
#[derive(Clone, Debug)]
pub struct ListenerMatch {
    /// The field.
    pub at: Leaf<()>,
    /// `portNumber`.
    pub port: Option<Leaf<i64>>,
    /// `portName`.
    pub port_name: Option<Leaf<String>>,
    /// `name` of the listener.
    pub name: Option<Leaf<String>>,
    /// `listenerFilter`: the name of one of its listener filters.
    pub listener_filter: Option<Leaf<String>>,
    /// `filterChain.name`, `sni`, `transportProtocol`, `applicationProtocols`, where given.
    pub chain: Vec<Leaf<String>>,
    /// `filterChain.destinationPort`.
    pub destination_port: Option<Leaf<i64>>,
    /// `filterChain.filter`.
    pub filter: Option<FilterMatch>,
}

/// `filter`: a network filter, and a filter within it.
#[derive(Clone, Debug)]
pub struct FilterMatch {
    /// The field.
    pub at: Leaf<()>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `subFilter`, with its name.
    pub sub_filter: Option<(Leaf<()>, Option<Leaf<String>>)>,
}

/// `match.routeConfiguration`.
#[derive(Clone, Debug)]
pub struct RouteMatch {
    /// The field.
    pub at: Leaf<()>,
    /// `portNumber`.
    pub port: Option<Leaf<i64>>,
    /// `portName`, `gateway`, `name`, `vhost.name`, `vhost.domainName`, `vhost.route.name` and
    /// `vhost.route.action`, where given.
    pub names: Vec<Leaf<String>>,
}

/// `match.cluster`.
#[derive(Clone, Debug)]
pub struct ClusterMatch {
    /// The field.
    pub at: Leaf<()>,
    /// `portNumber`.
    pub port: Option<Leaf<i64>>,
    /// `service`, `subset` and `name`, where given.
    pub names: Vec<Leaf<String>>,
}

/// `match.waypoint`.
#[derive(Clone, Debug)]
pub struct WaypointMatch {
    /// The field.
    pub at: Leaf<()>,
    /// `portNumber`.
    pub port: Option<Leaf<i64>>,
    /// `filter`.
    pub filter: Option<FilterMatch>,
    /// `route.name`.
    pub route: Option<Leaf<String>>,
}

/// The greatest number that the API server takes for a port here.
const GREATEST: i64 = 4_294_967_295;

const ACTIONS: &[(&str, &str)] =
    &[("ANY", "ANY"), ("ROUTE", "ROUTE"), ("REDIRECT", "REDIRECT"), ("DIRECT_RESPONSE", "DIRECT_RESPONSE")];

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<Match> {
    let mut fields = field.fields()?;
    let context = fields.take("context").and_then(|field| field.one_of(CONTEXT));
    let (proxy_version, proxy_metadata) = fields.take("proxy").map(|field| proxy(&field)).unwrap_or_default();
    let kinds = ["listener", "routeConfiguration", "cluster", "waypoint"].map(|name| fields.take(name));
    let given: Vec<_> = kinds.iter().flatten().collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!(
            "`{}` and `{}` stand side by side, and a patch matches one of them",
            first.name(),
            second.name()
        );
        checks.refuse(&common::at(second), message, "keep the one that `applyTo` is for");
    }
    let [on_listener, on_route, on_cluster, on_waypoint] = &kinds;
    let read = Match {
        at: common::at(field),
        context,
        proxy_version,
        proxy_metadata,
        listener: on_listener.as_ref().and_then(listener),
        route: on_route.as_ref().and_then(route),
        cluster: on_cluster.as_ref().and_then(cluster),
        waypoint: on_waypoint.as_ref().and_then(waypoint),
    };
    fields.finish();
    Some(read)
}

fn proxy(field: &Field<'_>) -> (Option<Leaf<String>>, BTreeMap<String, Leaf<String>>) {
    let Some(mut fields) = field.fields() else { return (None, BTreeMap::new()) };
    let version = common::string(fields.take("proxyVersion"));
    let metadata = common::string_map(fields.take("metadata"));
    fields.finish();
    (version, metadata)
}

fn port(fields: &mut Fields<'_>, name: &'static str) -> Option<Leaf<i64>> {
    fields.take(name).and_then(|field| field.integer(0..=GREATEST))
}

fn listener(field: &Field<'_>) -> Option<ListenerMatch> {
    let mut fields = field.fields()?;
    let mut read = ListenerMatch {
        at: common::at(field),
        port: port(&mut fields, "portNumber"),
        port_name: common::string(fields.take("portName")),
        name: common::string(fields.take("name")),
        listener_filter: common::string(fields.take("listenerFilter")),
        chain: Vec::new(),
        destination_port: None,
        filter: None,
    };
    if let Some(mut chain) = fields.take("filterChain").and_then(|field| field.fields()) {
        let names = ["name", "sni", "transportProtocol", "applicationProtocols"];
        read.chain = names.into_iter().filter_map(|name| common::string(chain.take(name))).collect();
        read.destination_port = port(&mut chain, "destinationPort");
        read.filter = chain.take("filter").and_then(|field| filter(&field));
        chain.finish();
    }
    fields.finish();
    Some(read)
}

fn filter(field: &Field<'_>) -> Option<FilterMatch> {
    let mut fields = field.fields()?;
    let name = common::string(fields.take("name"));
    let sub_filter = fields.take("subFilter").and_then(|field| {
        let mut inner = field.fields()?;
        let name = common::string(inner.take("name"));
        inner.finish();
        Some((common::at(&field), name))
    });
    fields.finish();
    Some(FilterMatch { at: common::at(field), name, sub_filter })
}

fn route(field: &Field<'_>) -> Option<RouteMatch> {
    let mut fields = field.fields()?;
    let number = port(&mut fields, "portNumber");
    let taken = ["portName", "gateway", "name"].map(|name| common::string(fields.take(name)));
    let mut names: Vec<_> = taken.into_iter().flatten().collect();
    if let Some(mut host) = fields.take("vhost").and_then(|field| field.fields()) {
        names.extend(["name", "domainName"].into_iter().filter_map(|name| common::string(host.take(name))));
        if let Some(mut inner) = host.take("route").and_then(|field| field.fields()) {
            names.extend(common::string(inner.take("name")));
            let action = inner.take("action").and_then(|field| field.one_of(ACTIONS));
            names.extend(action.map(|action| action.map(str::to_string)));
            inner.finish();
        }
        host.finish();
    }
    fields.finish();
    Some(RouteMatch { at: common::at(field), port: number, names })
}

fn cluster(field: &Field<'_>) -> Option<ClusterMatch> {
    let mut fields = field.fields()?;
    let number = port(&mut fields, "portNumber");
    let names = ["service", "subset", "name"].map(|name| common::string(fields.take(name)));
    fields.finish();
    let names = names.into_iter().flatten().collect();
    Some(ClusterMatch { at: common::at(field), port: number, names })
}

fn waypoint(field: &Field<'_>) -> Option<WaypointMatch> {
    let mut fields = field.fields()?;
    let read = WaypointMatch {
        at: common::at(field),
        port: port(&mut fields, "portNumber"),
        filter: fields.take("filter").and_then(|field| filter(&field)),
        route: fields.take("route").and_then(|field| {
            let mut inner = field.fields()?;
            let name = common::string(inner.take("name"));
            inner.finish();
            name
        }),
    };
    fields.finish();
    Some(read)
}
