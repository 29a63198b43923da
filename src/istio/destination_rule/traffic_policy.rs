//! `trafficPolicy`: of a rule, of a subset, and of single ports.

use super::connection_pool::{self, ConnectionPool};
use super::hosts;
use super::load_balancer::{self, LoadBalancer};
use super::outlier_detection::{self, OutlierDetection};
use super::tls::{self, ClientTls};
use super::values::{missing, share, unsigned};
use crate::istio::checks::Checks;
use crate::istio::common::{self, Duration, List, at};
use crate::yaml::fields::{Field, Fields, Leaf};
use crate::yaml::{Node, Value};

/// A `trafficPolicy`.
#[derive(Clone, Debug)]
pub struct TrafficPolicy {
    /// The field's key.
    pub at: Leaf<()>,
    /// What ports may have of their own.
    pub settings: Settings,
    /// `portLevelSettings`: for such a port, they stand for all of `settings`.
    pub ports: List<PortPolicy>,
    /// `tunnel`.
    pub tunnel: Option<Tunnel>,
    /// `proxyProtocol`.
    pub proxy_protocol: Option<ProxyProtocol>,
    /// `retryBudget`.
    pub retry_budget: Option<RetryBudget>,
}

/// What a policy and a port of it can both set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `loadBalancer`.
    pub load_balancer: Option<LoadBalancer>,
    /// `connectionPool`.
    pub connection_pool: Option<ConnectionPool>,
    /// `outlierDetection`.
    pub outlier_detection: Option<OutlierDetection>,
    /// `tls`.
    pub tls: Option<ClientTls>,
}

/// One of `portLevelSettings`.
#[derive(Clone, Debug)]
pub struct PortPolicy {
    /// The list's item.
    pub at: Leaf<()>,
    /// `port.number`: a port of the Service.
    pub port: Option<Leaf<i64>>,
    /// Its settings.
    pub settings: Settings,
}

/// `tunnel`.
#[derive(Clone, Debug)]
pub struct Tunnel {
    /// The field's key.
    pub at: Leaf<()>,
    /// `protocol`: `CONNECT`, which is the default, or `POST`.
    pub protocol: Option<Leaf<String>>,
    /// `targetHost`.
    pub host: Option<Leaf<String>>,
    /// `targetPort`.
    pub port: Option<Leaf<i64>>,
}

/// `proxyProtocol`.
#[derive(Clone, Debug)]
pub struct ProxyProtocol {
    /// The field's key.
    pub at: Leaf<()>,
    /// `version`: 1, which is the default, or 2.
    pub version: Option<Leaf<u8>>,
}

/// `retryBudget`.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    /// The field's key.
    pub at: Leaf<()>,
    /// `percent` of the requests in flight; 20 where absent.
    pub percent: Option<Leaf<f64>>,
    /// `minRetryConcurrency`; 3 where absent or 0.
    pub minimum: Option<Leaf<i64>>,
    /// `budgetInterval`: how long a request counts; without it, while it is in flight.
    pub interval: Option<Leaf<Duration>>,
}

impl Settings {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { load_balancer, connection_pool, outlier_detection, tls } = self;
        load_balancer.is_none() && connection_pool.is_none() && outlier_detection.is_none() && tls.is_none()
    }
}

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<TrafficPolicy> {
    let mut fields = field.fields()?;
    let policy = TrafficPolicy {
        at: at(field),
        settings: settings(&mut fields, checks),
        ports: common::list(fields.take("portLevelSettings"), |field| port_policy(field, checks)),
        tunnel: fields.take("tunnel").and_then(|field| tunnel(&field, checks)),
        proxy_protocol: fields.take("proxyProtocol").and_then(|field| proxy_protocol(&field)),
        retry_budget: fields.take("retryBudget").and_then(|field| retry_budget(&field, checks)),
    };
    fields.finish();
    if field.node.entries().iter().all(|entry| is_absent(&entry.value)) {
        let help = "set `loadBalancer`, `connectionPool`, `outlierDetection` or `tls`, or take it out";
        checks.refuse(&policy.at, "Istio refuses a `trafficPolicy` without any setting", help);
    }
    if let (Some(_), Some(header)) = (&policy.tunnel, &policy.proxy_protocol) {
        checks.refuse(&header.at, "Istio refuses `proxyProtocol` beside `tunnel`", "keep one of the two");
    }
    Some(policy)
}

/// Null and an empty list are absent, as protobuf has it.
fn is_absent(node: &Node) -> bool {
    node.is_null() || matches!(&node.value, Value::Sequence(items) if items.is_empty())
}

fn settings(fields: &mut Fields<'_>, checks: &Checks<'_>) -> Settings {
    Settings {
        load_balancer: fields.take("loadBalancer").and_then(|field| load_balancer::read(&field, checks)),
        connection_pool: fields
            .take("connectionPool")
            .and_then(|field| connection_pool::read(&field, checks)),
        outlier_detection: fields
            .take("outlierDetection")
            .and_then(|field| outlier_detection::read(&field, checks)),
        tls: fields.take("tls").and_then(|field| tls::read(&field, checks)),
    }
}

fn port_policy(field: &Field<'_>, checks: &Checks<'_>) -> Option<PortPolicy> {
    let mut fields = field.fields()?;
    let port = fields.take("port");
    if port.is_none() {
        missing(&at(field), "an entry of `portLevelSettings`", "port", checks);
    }
    let port = port.and_then(|field| {
        let mut fields = field.fields()?;
        let number = unsigned(fields.take("number"));
        fields.finish();
        number
    });
    let settings = settings(&mut fields, checks);
    fields.finish();
    if field.node.entries().iter().all(|entry| entry.key == "port" || entry.value.is_null()) {
        let help = "set `loadBalancer`, `connectionPool`, `outlierDetection` or `tls`, or take it out";
        checks.refuse(&at(field), "Istio refuses a port in `portLevelSettings` without any setting", help);
    }
    Some(PortPolicy { at: at(field), port, settings })
}

fn tunnel(field: &Field<'_>, checks: &Checks<'_>) -> Option<Tunnel> {
    let mut fields = field.fields()?;
    let protocol = common::string(fields.take("protocol"));
    let host = fields.take("targetHost");
    let port = fields.take("targetPort");
    for (name, given) in [("targetHost", host.is_some()), ("targetPort", port.is_some())] {
        if !given {
            missing(&at(field), "a `tunnel`", name, checks);
        }
    }
    let tunnel = Tunnel { at: at(field), protocol, host: common::string(host), port: unsigned(port) };
    fields.finish();
    if let Some(protocol) = tunnel
        .protocol
        .as_ref()
        .filter(|protocol| !matches!(protocol.value.as_str(), "" | "CONNECT" | "POST"))
    {
        let message = format!("Istio refuses `{}`: a tunnel is made with CONNECT or POST", protocol.value);
        checks.refuse(protocol, message, "write `CONNECT` or `POST`");
    }
    let named = |host: &str| hosts::is_domain(host) || host.parse::<std::net::IpAddr>().is_ok();
    if let Some(host) = tunnel.host.as_ref().filter(|host| !named(&host.value)) {
        let message =
            format!("Istio refuses `{}`: it is neither a full host name nor an address", host.value);
        checks.refuse(host, message, "write where the tunnel ends");
    }
    if let Some(port) = tunnel.port.as_ref().filter(|port| !(1..=65535).contains(&port.value)) {
        let message = format!("Istio refuses the port {}", port.value);
        checks.refuse(port, message, "write a port from 1 to 65535");
    }
    Some(tunnel)
}

fn proxy_protocol(field: &Field<'_>) -> Option<ProxyProtocol> {
    let mut fields = field.fields()?;
    let version = fields.take("version").and_then(|field| field.one_of(&[("V1", 1), ("V2", 2)]));
    fields.finish();
    Some(ProxyProtocol { at: at(field), version })
}

fn retry_budget(field: &Field<'_>, checks: &Checks<'_>) -> Option<RetryBudget> {
    let mut fields = field.fields()?;
    let budget = RetryBudget {
        at: at(field),
        percent: share(fields.take("percent"), checks),
        minimum: unsigned(fields.take("minRetryConcurrency")),
        interval: fields.take("budgetInterval").as_ref().and_then(common::duration),
    };
    fields.finish();
    Some(budget)
}
