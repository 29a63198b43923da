//! `connectionPool`: limits and times, each with its number.

use super::Part;
use crate::finding::codes::traffic::CONNECTION_POOL;
use crate::finding::{Direction, Finding};
use crate::istio::common::Duration;
use crate::istio::destination_rule::ConnectionPool;
use crate::istio::destination_rule::connection_pool::{H2Upgrade, HttpPool, Keepalive, Pings, TcpPool};
use crate::lint::words::joined;
use crate::yaml::fields::Leaf;

pub(super) fn check(part: Part<'_>, found: &ConnectionPool) -> Finding {
    let at = &found.at;
    let words = words(found);
    if words.is_empty() {
        let message = "`connectionPool` sets nothing but Istio's defaults, which limit nothing: no effect";
        return part.scene.finding(&CONNECTION_POOL, Direction::None, at, message);
    }
    let message = format!(
        "each client's proxy sets for {}: {}; afterwards none of this holds",
        part.requests(),
        joined(&words)
    );
    let help = "set the same limits in the clients' libraries where the server needs them; what is above a limit \
                arrives at the server afterwards";
    part.scene.finding(&CONNECTION_POOL, Direction::Drops, at, message).help(help)
}

/// The limits and times that a pool sets; none where it sets Istio's defaults.
pub(in crate::lint) fn words(pool: &ConnectionPool) -> Vec<String> {
    let ConnectionPool { at: _, tcp, http } = pool;
    let mut words = Vec::new();
    words.extend(tcp.iter().flat_map(|tcp| of_tcp(tcp, http.as_ref())));
    words.extend(http.iter().flat_map(of_http));
    words
}

fn of_tcp(tcp: &TcpPool, http: Option<&HttpPool>) -> Vec<String> {
    let TcpPool { max_connections, connect_timeout, keepalive, max_connection_duration, idle_timeout } = tcp;
    let mut words = Vec::new();
    words.extend(limit(max_connections.as_ref()).map(|number| at_most(number, "connection")));
    words.extend(connect_timeout.as_ref().map(|time| format!("{} to connect", time.value.text)));
    words
        .extend(max_connection_duration.as_ref().map(|time| format!("{} for a connection", time.value.text)));
    let idle = idle_timeout.as_ref().filter(|_| http.is_none_or(|http| http.idle_timeout.is_none()));
    words.extend(idle.map(idle_in_words));
    words.extend(keepalive.as_ref().and_then(keepalive_in_words));
    words
}

fn of_http(http: &HttpPool) -> Vec<String> {
    let HttpPool {
        max_pending,
        max_requests,
        per_connection,
        max_retries,
        idle_timeout,
        h2_upgrade,
        use_client_protocol,
        max_streams,
        pings,
    } = http;
    let mut words = Vec::new();
    words.extend(limit(max_pending.as_ref()).map(|number| {
        format!("{} waiting for a connection (status 503 beyond)", at_most(number, "request"))
    }));
    words.extend(
        limit(max_requests.as_ref())
            .map(|number| format!("{} at a time (status 503 beyond)", at_most(number, "request"))),
    );
    words.extend(limit(per_connection.as_ref()).map(|number| match number {
        1 => "a connection for each request".to_string(),
        number => format!("{} for each connection", at_most(number, "request")),
    }));
    words.extend(limit(max_retries.as_ref()).map(|number| match number {
        1 => "at most 1 retry at a time".to_string(),
        number => format!("at most {number} retries at a time"),
    }));
    words.extend(idle_timeout.as_ref().map(idle_in_words));
    words.extend(h2_upgrade.as_ref().and_then(|policy| match policy.value {
        H2Upgrade::Default => None,
        H2Upgrade::Never => Some("HTTP/1.1 that stays HTTP/1.1".to_string()),
        H2Upgrade::Always => Some("HTTP/1.1 that is sent as HTTP/2".to_string()),
    }));
    let own = use_client_protocol.as_ref().filter(|own| own.value);
    words.extend(own.map(|_| "the client's own version of HTTP".to_string()));
    words.extend(
        limit(max_streams.as_ref())
            .map(|number| format!("{} on an HTTP/2 connection", at_most(number, "stream"))),
    );
    words.extend(pings.as_ref().map(pings_in_words));
    words
}

/// 0 stands for Istio's default, which limits nothing.
fn limit(leaf: Option<&Leaf<i64>>) -> Option<i64> {
    leaf.map(|leaf| leaf.value).filter(|number| *number > 0)
}

fn at_most(number: i64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("at most {number} {what}{plural}")
}

fn idle_in_words(time: &Leaf<Duration>) -> String {
    if time.value.nanoseconds / 1_000_000 == 0 {
        return "no end of idle connections".to_string();
    }
    format!("{} for an idle connection", time.value.text)
}

fn keepalive_in_words(keepalive: &Keepalive) -> Option<String> {
    let Keepalive { probes, time, interval } = keepalive;
    let mut words = Vec::new();
    words.extend(time.as_ref().map(|time| format!("after {}", time.value.text)));
    words.extend(interval.as_ref().map(|interval| format!("every {}", interval.value.text)));
    words.extend(probes.as_ref().map(|probes| format!("{} times", probes.value)));
    if words.is_empty() { None } else { Some(format!("TCP keepalive {}", words.join(" "))) }
}

fn pings_in_words(pings: &Pings) -> String {
    let text = |leaf: &Option<Leaf<Duration>>| {
        leaf.as_ref().map_or_else(|| "some time".to_string(), |leaf| leaf.value.text.clone())
    };
    format!("HTTP/2 pings every {} to be answered within {}", text(&pings.interval), text(&pings.timeout))
}
