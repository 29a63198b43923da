//! `tls[]` and `tcp[]`: routes of connections.

use super::destination::{self, Selectors, WeightedDestination};
use crate::istio::common::{self, List};
use crate::yaml::fields::{Field, Leaf};

/// One of `tls`: connections that the proxy does not decrypt, by server name.
#[derive(Clone, Debug)]
pub struct TlsRoute {
    /// The list's item.
    pub at: Leaf<()>,
    /// `match`: any of them; Istio wants at least one.
    pub matches: List<TlsMatch>,
    /// `route`.
    pub route: List<WeightedDestination>,
}

/// One of `tls[].match`.
#[derive(Clone, Debug)]
pub struct TlsMatch {
    /// The list's item.
    pub at: Leaf<()>,
    /// `sniHosts`: any of them; Istio wants at least one.
    pub sni_hosts: Vec<Leaf<String>>,
    /// `destinationSubnets`.
    pub destination_subnets: Vec<Leaf<String>>,
    /// `port`, `sourceLabels`, `sourceNamespace`, `gateways`.
    pub selectors: Selectors,
}

/// One of `tcp`: connections of which the proxy knows nothing.
#[derive(Clone, Debug)]
pub struct TcpRoute {
    /// The list's item.
    pub at: Leaf<()>,
    /// `match`: any of them; empty is every connection.
    pub matches: List<TcpMatch>,
    /// `route`.
    pub route: List<WeightedDestination>,
}

/// One of `tcp[].match`.
#[derive(Clone, Debug)]
pub struct TcpMatch {
    /// The list's item.
    pub at: Leaf<()>,
    /// `destinationSubnets`.
    pub destination_subnets: Vec<Leaf<String>>,
    /// `sourceSubnet`, which Istio ignores.
    pub source_subnet: Option<Leaf<String>>,
    /// `port`, `sourceLabels`, `sourceNamespace`, `gateways`.
    pub selectors: Selectors,
}

pub(super) fn tls(field: &Field<'_>) -> Option<TlsRoute> {
    let mut fields = field.fields()?;
    let matches = common::list(fields.take("match"), tls_match);
    let route = common::list(fields.take("route"), weighted);
    fields.finish();
    Some(TlsRoute { at: common::at(field), matches, route })
}

pub(super) fn tcp(field: &Field<'_>) -> Option<TcpRoute> {
    let mut fields = field.fields()?;
    let matches = common::list(fields.take("match"), tcp_match);
    let route = common::list(fields.take("route"), weighted);
    fields.finish();
    Some(TcpRoute { at: common::at(field), matches, route })
}

fn tls_match(field: &Field<'_>) -> Option<TlsMatch> {
    let mut fields = field.fields()?;
    let sni_hosts = common::strings(fields.take("sniHosts"));
    let destination_subnets = common::strings(fields.take("destinationSubnets"));
    let selectors = destination::selectors(&mut fields);
    fields.finish();
    Some(TlsMatch { at: common::at(field), sni_hosts, destination_subnets, selectors })
}

fn tcp_match(field: &Field<'_>) -> Option<TcpMatch> {
    let mut fields = field.fields()?;
    let destination_subnets = common::strings(fields.take("destinationSubnets"));
    let source_subnet = common::string(fields.take("sourceSubnet"));
    let selectors = destination::selectors(&mut fields);
    fields.finish();
    Some(TcpMatch { at: common::at(field), destination_subnets, source_subnet, selectors })
}

fn weighted(field: &Field<'_>) -> Option<WeightedDestination> {
    let mut fields = field.fields()?;
    let destination = fields.take("destination").and_then(|field| destination::destination(&field));
    let weight = common::integer(fields.take("weight"));
    fields.finish();
    Some(WeightedDestination { at: common::at(field), destination, weight })
}
