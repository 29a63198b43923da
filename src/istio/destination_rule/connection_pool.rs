//! `connectionPool`: limits and times of a client's connections to a host.

use super::values::{check_duration, count, duration, missing, unsigned};
use crate::istio::checks::Checks;
use crate::istio::common::{self, Duration, at};
use crate::yaml::fields::{Field, Leaf};

/// `connectionPool`. Numbers of 0 stand for Istio's default, which is no limit.
#[derive(Clone, Debug)]
pub struct ConnectionPool {
    /// The field's key.
    pub at: Leaf<()>,
    /// `tcp`.
    pub tcp: Option<TcpPool>,
    /// `http`.
    pub http: Option<HttpPool>,
}

/// `connectionPool.tcp`.
#[derive(Clone, Debug)]
pub struct TcpPool {
    /// `maxConnections`.
    pub max_connections: Option<Leaf<i64>>,
    /// `connectTimeout`; without it, the mesh's, which is 10s.
    pub connect_timeout: Option<Leaf<Duration>>,
    /// `tcpKeepalive`.
    pub keepalive: Option<Keepalive>,
    /// `maxConnectionDuration`.
    pub max_connection_duration: Option<Leaf<Duration>>,
    /// `idleTimeout`: 0s switches it off; that of `http` wins.
    pub idle_timeout: Option<Leaf<Duration>>,
}

/// `tcpKeepalive`: what is absent is the node's own.
#[derive(Clone, Debug)]
pub struct Keepalive {
    /// `probes`.
    pub probes: Option<Leaf<i64>>,
    /// `time`.
    pub time: Option<Leaf<Duration>>,
    /// `interval`.
    pub interval: Option<Leaf<Duration>>,
}

/// `connectionPool.http`.
#[derive(Clone, Debug)]
pub struct HttpPool {
    /// `http1MaxPendingRequests`.
    pub max_pending: Option<Leaf<i64>>,
    /// `http2MaxRequests`.
    pub max_requests: Option<Leaf<i64>>,
    /// `maxRequestsPerConnection`.
    pub per_connection: Option<Leaf<i64>>,
    /// `maxRetries`.
    pub max_retries: Option<Leaf<i64>>,
    /// `idleTimeout`.
    pub idle_timeout: Option<Leaf<Duration>>,
    /// `h2UpgradePolicy`.
    pub h2_upgrade: Option<Leaf<H2Upgrade>>,
    /// `useClientProtocol`.
    pub use_client_protocol: Option<Leaf<bool>>,
    /// `maxConcurrentStreams`.
    pub max_streams: Option<Leaf<i64>>,
    /// `http2KeepAlive`.
    pub pings: Option<Pings>,
}

/// `h2UpgradePolicy`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum H2Upgrade {
    /// As the mesh has it.
    Default,
    /// HTTP/1.1 stays HTTP/1.1.
    Never,
    /// HTTP/1.1 becomes HTTP/2.
    Always,
}

/// `http2KeepAlive`.
#[derive(Clone, Debug)]
pub struct Pings {
    /// `interval`.
    pub interval: Option<Leaf<Duration>>,
    /// `timeout`.
    pub timeout: Option<Leaf<Duration>>,
}

pub(in crate::istio) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<ConnectionPool> {
    let mut fields = field.fields()?;
    let (tcp, http) = (fields.take("tcp"), fields.take("http"));
    if tcp.is_none() && http.is_none() {
        let message = "Istio refuses a `connectionPool` with neither `tcp` nor `http`";
        checks.refuse(&at(field), message, "set a limit below `tcp` or `http`, or take it out");
    }
    let tcp = tcp.and_then(|field| tcp_pool(&field, checks));
    let http = http.and_then(|field| http_pool(&field, checks));
    fields.finish();
    Some(ConnectionPool { at: at(field), tcp, http })
}

fn tcp_pool(field: &Field<'_>, checks: &Checks<'_>) -> Option<TcpPool> {
    let mut fields = field.fields()?;
    let pool = TcpPool {
        max_connections: count(fields.take("maxConnections"), checks),
        connect_timeout: duration(fields.take("connectTimeout"), checks),
        keepalive: fields.take("tcpKeepalive").and_then(|field| keepalive(&field, checks)),
        max_connection_duration: duration(fields.take("maxConnectionDuration"), checks),
        idle_timeout: fields.take("idleTimeout").as_ref().and_then(common::duration),
    };
    fields.finish();
    // Whatever is less than a millisecond switches it off, as 0s does.
    if let Some(idle) = pool.idle_timeout.as_ref().filter(|idle| idle.value.nanoseconds / 1_000_000 != 0) {
        check_duration(idle, checks);
    }
    Some(pool)
}

fn keepalive(field: &Field<'_>, checks: &Checks<'_>) -> Option<Keepalive> {
    let mut fields = field.fields()?;
    let keepalive = Keepalive {
        probes: unsigned(fields.take("probes")),
        time: duration(fields.take("time"), checks),
        interval: duration(fields.take("interval"), checks),
    };
    fields.finish();
    Some(keepalive)
}

fn http_pool(field: &Field<'_>, checks: &Checks<'_>) -> Option<HttpPool> {
    const UPGRADES: [(&str, H2Upgrade); 3] = [
        ("DEFAULT", H2Upgrade::Default),
        ("DO_NOT_UPGRADE", H2Upgrade::Never),
        ("UPGRADE", H2Upgrade::Always),
    ];
    let mut fields = field.fields()?;
    let pool = HttpPool {
        max_pending: count(fields.take("http1MaxPendingRequests"), checks),
        max_requests: count(fields.take("http2MaxRequests"), checks),
        per_connection: count(fields.take("maxRequestsPerConnection"), checks),
        max_retries: count(fields.take("maxRetries"), checks),
        idle_timeout: duration(fields.take("idleTimeout"), checks),
        h2_upgrade: fields.take("h2UpgradePolicy").and_then(|field| field.one_of(&UPGRADES)),
        use_client_protocol: common::boolean(fields.take("useClientProtocol")),
        max_streams: count(fields.take("maxConcurrentStreams"), checks),
        pings: fields.take("http2KeepAlive").and_then(|field| pings(&field, checks)),
    };
    fields.finish();
    let always = pool.h2_upgrade.as_ref().is_some_and(|policy| policy.value == H2Upgrade::Always);
    if let Some(own) = pool.use_client_protocol.as_ref().filter(|own| own.value && always) {
        let message = "Istio refuses `useClientProtocol` beside `h2UpgradePolicy: UPGRADE`";
        checks.refuse(own, message, "keep one of the two");
    }
    Some(pool)
}

fn pings(field: &Field<'_>, checks: &Checks<'_>) -> Option<Pings> {
    let mut fields = field.fields()?;
    let (interval, timeout) = (fields.take("interval"), fields.take("timeout"));
    for (name, given) in [("interval", interval.is_some()), ("timeout", timeout.is_some())] {
        if !given {
            missing(&at(field), "`http2KeepAlive`", name, checks);
        }
    }
    let pings = Pings { interval: duration(interval, checks), timeout: duration(timeout, checks) };
    fields.finish();
    Some(pings)
}
