//! UM155: requests for a port that the destination does not have.
//!
//! A destination with a port asks for that one. Without, it asks for the only port of its Service, or else for the
//! port that the request came in by (`GetDestinationCluster`, `pilot/pkg/networking/core/route/route.go`): of a
//! Gateway the server's, of a sidecar the one that the client asked for. No cluster has the name that comes of it
//! where there is no such port.

use super::destinations::{Named, Role};
use super::shown::{Shown, completed, is_placeholder, service_of};
use super::{finding, gateway, namespace_of};
use crate::finding::codes::meaning::PORT_NOT_SERVED;
use crate::finding::{Finding, Severity};
use crate::istio::VirtualService;
use crate::istio::gateway::{Protocol, Server, TlsMode};
use crate::istio::port::{Port, Traffic};
use crate::lint::edge::words::{meet, split};
use crate::lint::words::joined;
use crate::manifest::{AppProtocol, PortTarget};
use crate::source::Span;
use std::collections::BTreeSet;

/// The ports of a host.
struct Ports {
    numbers: BTreeSet<i64>,
    /// Those by which requests may come, as HTTP.
    of_requests: BTreeSet<i64>,
    /// Ports of pods, with the Service's own.
    targets: Vec<(i64, i64)>,
    at: Span,
    kind: &'static str,
}

/// One finding for each destination.
pub(super) fn check(shown: &Shown<'_>, destinations: &[Named<'_>]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for named in destinations {
        let port = named.port.map(|port| port.value);
        if named.role == Role::Settings || !seen.insert((named.meta.object, named.host.as_str(), port)) {
            continue;
        }
        let Some(ports) = ports_of(shown, &named.host) else { continue };
        findings.extend(match named.port {
            Some(_) => wrong(named, &ports),
            None => came_in_by(shown, named, &ports),
        });
    }
    findings
}

/// The ports of a host, where the input shows what has it.
fn ports_of(shown: &Shown<'_>, host: &str) -> Option<Ports> {
    if is_placeholder(host) {
        return None;
    }
    let entries = shown.entries_of(host);
    if let Some(first) = entries.first() {
        let ports = || entries.iter().flat_map(|entry| &entry.ports.items);
        let number = |port: &Port| port.number.as_ref().map(|number| number.value);
        let numbers: BTreeSet<i64> = ports().filter_map(number).collect();
        let of_requests =
            ports().filter(|port| matches!(port.traffic(), Traffic::Requests | Traffic::Sniffed));
        let of_requests = of_requests.filter_map(number).collect();
        let (at, kind) = (first.meta.name_span, "ServiceEntry");
        let ports = Ports { numbers, of_requests, targets: Vec::new(), at, kind };
        return (!ports.numbers.is_empty()).then_some(ports);
    }
    let (namespace, name) = service_of(host).filter(|_| !shown.is_entry(host))?;
    let forms = shown.service(namespace, name)?;
    let ports = || forms.iter().flat_map(|service| &service.ports);
    let targets = ports().filter_map(|port| match port.target {
        PortTarget::Number(target) => Some((i64::from(target), i64::from(port.port))),
        PortTarget::Name(_) => None,
    });
    // A form without ports is an ExternalName, or a piece of a Service.
    if forms.iter().any(|service| service.ports.is_empty()) {
        return None;
    }
    let numbers = ports().map(|port| i64::from(port.port)).collect();
    let of_requests =
        ports().filter(|port| matches!(port.declared(), AppProtocol::Http | AppProtocol::Unknown));
    let of_requests = of_requests.map(|port| i64::from(port.port)).collect();
    let at = forms.first()?.span;
    Some(Ports { numbers, of_requests, targets: targets.collect(), at, kind: "Service" })
}

fn listed(numbers: &BTreeSet<i64>) -> String {
    joined(&numbers.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// `port 80`, `ports 80 and 443`.
fn in_words(numbers: &BTreeSet<i64>) -> String {
    let word = if numbers.len() == 1 { "port" } else { "ports" };
    format!("{word} {}", listed(numbers))
}

/// A port that the host does not have.
fn wrong(named: &Named<'_>, ports: &Ports) -> Option<Finding> {
    let port = named.port?;
    if ports.numbers.contains(&port.value) {
        return None;
    }
    let Ports { numbers, of_requests: _, targets, at, kind } = ports;
    let message = format!(
        "the {kind} of `{}` has {} and no {}: {}",
        named.host,
        in_words(numbers),
        port.value,
        named.role.without()
    );
    let own: BTreeSet<i64> =
        targets.iter().filter(|(target, _)| *target == port.value).map(|(_, own)| *own).collect();
    let help = if own.is_empty() {
        format!("write a port of the {kind}")
    } else {
        format!("{} is the port of its pods; write that of the Service, {}", port.value, listed(&own))
    };
    let finding = finding(named.meta, &PORT_NOT_SERVED, Severity::Warning, port, message, help);
    Some(finding.related(format!("the {kind}"), *at))
}

/// No port, and a host of several: each request asks for the port that it came in by.
fn came_in_by(shown: &Shown<'_>, named: &Named<'_>, ports: &Ports) -> Option<Finding> {
    let service = named.service?;
    if ports.numbers.len() < 2 || named.by_port {
        return None;
    }
    let asked = asked(shown, service, named.role)?;
    let lost: BTreeSet<i64> = asked.difference(&ports.numbers).copied().collect();
    if lost.is_empty() {
        return None;
    }
    let Ports { numbers, of_requests: _, targets: _, at, kind } = ports;
    let all = lost.len() == asked.len();
    let has = match (all, asked.len()) {
        (true, 1) => "which it does not have".to_string(),
        (true, _) => "none of which it has".to_string(),
        (false, _) => format!("of which it does not have {}", listed(&lost)),
    };
    let without = if all {
        named.role.without().to_string()
    } else {
        format!("what comes in by {} finds nobody", listed(&lost))
    };
    let message = format!(
        "without a port here, Istio asks `{}` for the one that a request came in by, {}, {has}: {without}",
        named.host,
        listed(&asked)
    );
    let severity = if all { Severity::Warning } else { Severity::Info };
    let help = format!("name the port: the {kind} has {}", listed(numbers));
    let finding = finding(named.meta, &PORT_NOT_SERVED, severity, named.written, message, help);
    Some(finding.related(format!("the {kind}"), *at))
}

/// The ports by which requests come to a VirtualService; `None` where the input does not show them all.
fn asked(shown: &Shown<'_>, service: &VirtualService, role: Role) -> Option<BTreeSet<i64>> {
    let requests = role != Role::Connections;
    let own = namespace_of(&service.meta);
    let mut asked = BTreeSet::new();
    if service.hosts.is_empty() {
        return None;
    }
    if service.gateways.is_empty() || service.gateways.iter().any(|entry| entry.value == "mesh") {
        for host in &service.hosts {
            let Ports { numbers, of_requests, targets: _, at: _, kind: _ } =
                ports_of(shown, &completed(&host.value, own))?;
            asked.extend(if requests { of_requests } else { numbers });
        }
    }
    for gateway in gateway::known(shown, service)? {
        let lets_in = |server: &&Server| {
            server.hosts.items.iter().any(|host| {
                let (space, host) = split(&host.value, gateway);
                let meets = service.hosts.iter().any(|own_host| meet(host, &completed(&own_host.value, own)));
                space.is_none_or(|space| space == own) && meets
            })
        };
        let redirects = |server: &Server| {
            server.tls.as_ref().and_then(|tls| tls.https_redirect.as_ref()).is_some_and(|on| on.value)
        };
        let servers = gateway.servers.items.iter().filter(lets_in);
        let servers = servers.filter(|server| takes_requests(server) == requests && !redirects(server));
        asked.extend(servers.filter_map(|server| Some(server.port.as_ref()?.number.as_ref()?.value)));
    }
    Some(asked)
}

/// Whether the routes of a server are those of `http`: TLS that ends elsewhere leaves connections.
fn takes_requests(server: &Server) -> bool {
    let passes = matches!(server.mode(), Some(TlsMode::Passthrough | TlsMode::AutoPassthrough));
    match server.protocol() {
        Some(Protocol::Http) => true,
        Some(Protocol::Https) => !passes,
        Some(Protocol::Tls | Protocol::Tcp | Protocol::Udp) | None => false,
    }
}
