//! What Istio refuses in a Sidecar: `ValidateSidecar` (`pkg/config/validation`).
//!
//! Warnings of Istio's are no refusals: such a Sidecar works, and what it does is said by `lint`.

use super::tls::{Mode as TlsMode, ServerTls};
use super::{CaptureMode, EgressListener, EgressProxy, IngressListener, Mode, Sidecar};
use crate::istio::checks::Checks;
use crate::istio::destination_rule::hosts;
use crate::istio::port::{self, Port, Traffic};
use crate::istio::workload_entry::{SOCKET, check_socket};
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Says what Istio refuses.
pub(super) fn check(sidecar: &Sidecar, checks: &Checks<'_>) {
    let Sidecar { meta, selector: _, ingress, egress, inbound_pool, outbound } = sidecar;
    let idle = ingress.items.is_empty() && egress.items.is_empty();
    if idle && inbound_pool.is_none() && outbound.is_none() {
        let whole = Leaf { value: (), span: meta.name_span, field: "spec".to_string() };
        let message = "Istio refuses a Sidecar that sets nothing";
        checks.refuse(
            &whole,
            message,
            "write `egress`, `ingress` or `outboundTrafficPolicy`, or take it out",
        );
    }
    let mut numbers = BTreeSet::new();
    for listener in &ingress.items {
        check_ingress(listener, &mut numbers, checks);
    }
    let (mut numbers, mut sockets) = (BTreeSet::new(), BTreeSet::new());
    for (index, listener) in egress.items.iter().enumerate() {
        if listener.port.is_none() && index + 1 < egress.items.len() {
            let message = "Istio refuses a listener without `port` before others: it takes what is left";
            checks.refuse(&listener.at, message, "write it last");
        }
        check_egress(listener, &mut numbers, &mut sockets, checks);
    }
    if let Some((proxy, mode)) =
        outbound.as_ref().and_then(|policy| Some((policy.proxy.as_ref()?, policy.mode())))
    {
        check_proxy(proxy, mode, checks);
    }
}

/// What both kinds of port share: name, protocol, number, no `targetPort`.
fn check_port(port: &Port, needed: bool, checks: &Checks<'_>) {
    let Port { at, number, numbered, protocol: _, name, target } = port;
    if let Some(target) = target {
        let message = "Istio refuses `targetPort` in a Sidecar, where it means nothing";
        checks.refuse(target, message, "take it out");
    }
    if let Some(name) = name {
        port::check_name(name, checks);
    }
    port::check_protocol(port, checks);
    match number {
        Some(number) if needed || number.value != 0 => port::check_number(number, checks),
        None if needed && !numbered => {
            checks.refuse(at, "Istio refuses a port without `number`", "write the port");
        }
        Some(_) | None => {}
    }
}

fn check_bind(bind: &Leaf<String>, checks: &Checks<'_>) {
    if bind.value.parse::<IpAddr>().is_err() {
        let message = format!("Istio refuses `{}`: it is no IP address to listen at", bind.value);
        checks.refuse(bind, message, "write an IP address, or leave it out");
    }
}

fn check_unique<'a>(
    port: &'a Port,
    numbers: &mut BTreeSet<i64>,
    checks: &Checks<'_>,
) -> Option<&'a Leaf<i64>> {
    let number = port.number.as_ref().filter(|number| number.value != 0)?;
    if !numbers.insert(number.value) {
        let message = format!("Istio refuses a second listener on port {}", number.value);
        checks.refuse(number, message, "keep one of them");
    }
    Some(number)
}

fn check_ingress(listener: &IngressListener, numbers: &mut BTreeSet<i64>, checks: &Checks<'_>) {
    let IngressListener { at, port, bind, capture: _, endpoint, tls, pool: _ } = listener;
    let Some(port) = port else {
        checks.refuse(
            at,
            "Istio refuses an inbound listener without `port`",
            "write its number and protocol",
        );
        return;
    };
    check_port(port, true, checks);
    check_unique(port, numbers, checks);
    if let Some(bind) = bind {
        check_bind(bind, checks);
    }
    if let Some(endpoint) = endpoint {
        check_endpoint(endpoint, checks);
    }
    if let Some(tls) = tls {
        check_tls(tls, port, checks);
    }
}

/// A socket, or a port of the pod itself.
fn check_endpoint(endpoint: &Leaf<String>, checks: &Checks<'_>) {
    const HELP: &str = "write `127.0.0.1:8080`, `0.0.0.0:8080` or `unix:///path/to/socket`";
    if let Some(path) = endpoint.value.strip_prefix(SOCKET) {
        check_socket(endpoint, path, checks);
        return;
    }
    let Some((host, port)) = split(&endpoint.value) else {
        let message =
            format!("Istio refuses `{}`: it is neither an address with a port nor a socket", endpoint.value);
        checks.refuse(endpoint, message, HELP);
        return;
    };
    if !matches!(host, "" | "127.0.0.1" | "0.0.0.0" | "::1" | "::") {
        let message = format!("Istio refuses `{host}`: connections go on within the pod alone");
        checks.refuse(endpoint, message, HELP);
    }
    if !port.parse::<i64>().is_ok_and(|port| (1..=65535).contains(&port)) {
        let message = format!("Istio refuses the port `{port}`");
        checks.refuse(endpoint, message, "write a port from 1 to 65535");
    }
}

/// Host and port, as Go's `net.SplitHostPort` has them.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return Some((host, rest.strip_prefix(':')?)).filter(|(_, port)| !port.contains(':'));
    }
    let (host, port) = text.split_once(':')?;
    (!port.contains(':') && !host.contains(['[', ']'])).then_some((host, port))
}

fn check_tls(tls: &ServerTls, port: &Port, checks: &Checks<'_>) {
    let place = |leaf: &Leaf<String>| leaf.clone().map(|_| ());
    let unsupported = [
        ("subjectAltNames", tls.names.at.clone().filter(|_| !tls.names.items.is_empty())),
        ("httpsRedirect", tls.redirect.clone().map(|leaf| leaf.map(|_| ()))),
        ("credentialName", tls.credential.as_ref().map(place)),
        ("credentialNames", tls.credentials.at.clone().filter(|_| !tls.credentials.items.is_empty())),
        ("tlsCertificates", tls.pairs.at.clone().filter(|_| !tls.pairs.items.is_empty())),
    ];
    let mut supported = true;
    for (name, at) in unsupported {
        if let Some(at) = at {
            let message = format!("Istio refuses `{name}` in a Sidecar");
            checks.refuse(&at, message, "take it out; certificates are files of the proxy here");
            supported = false;
        }
    }
    let at_mode = tls.mode.as_ref().map_or_else(|| tls.at.clone(), |mode| mode.clone().map(|_| ()));
    let mode = tls.mode();
    match mode {
        TlsMode::IstioMutual | TlsMode::AutoPassthrough => {
            let message = format!("Istio refuses `mode: {}` in a Sidecar", mode.word());
            checks.refuse(&at_mode, message, "write `SIMPLE` or `MUTUAL`");
        }
        TlsMode::Simple | TlsMode::Mutual | TlsMode::OptionalMutual if supported => {
            check_certificates(tls, &at_mode, checks);
        }
        TlsMode::Simple | TlsMode::Mutual | TlsMode::OptionalMutual | TlsMode::Passthrough => {}
    }
    if port.traffic() != Traffic::ServerNames {
        let message =
            format!("Istio refuses `tls` on port {}, which is neither HTTPS nor TLS", port.in_words());
        checks.refuse(&tls.at, message, "write `protocol: HTTPS` or `TLS`, or take `tls` out");
    }
}

/// The files that a mode needs (`validateTLSOptions`).
fn check_certificates(tls: &ServerTls, at: &Leaf<()>, checks: &Checks<'_>) {
    let pair = &tls.pair;
    let mut needed = vec![("serverCertificate", &pair.certificate), ("privateKey", &pair.key)];
    if tls.mode() != TlsMode::Simple {
        needed.push(("caCertificates", &pair.ca));
    }
    for (name, given) in needed {
        if given.is_none() {
            let message = format!("Istio refuses `mode: {}` without `{name}`", tls.mode().word());
            checks.refuse(at, message, format!("write the path of the file in `{name}`"));
        }
    }
    if let Some(crl) = tls.crl.as_ref().filter(|_| tls.mode() == TlsMode::Simple) {
        let message = "Istio refuses `caCrl` with `mode: SIMPLE`, where clients show no certificate";
        checks.refuse(crl, message, "take it out, or write `mode: MUTUAL`");
    }
}

fn check_egress<'a>(
    listener: &'a EgressListener,
    numbers: &mut BTreeSet<i64>,
    sockets: &mut BTreeSet<&'a str>,
    checks: &Checks<'_>,
) {
    let EgressListener { at, port, bind, capture, hosts } = listener;
    if let Some(port) = port {
        check_port(port, false, checks);
        if check_unique(port, numbers, checks).is_some() {
            if let Some(bind) = bind {
                check_bind(bind, checks);
            }
        } else {
            check_socket_listener(at, bind.as_ref(), capture.as_ref(), sockets, checks);
        }
    }
    if hosts.items.is_empty() {
        let message = "Istio refuses an outbound listener without `hosts`";
        checks.refuse(
            hosts.at.as_ref().unwrap_or(at),
            message,
            "write `./*` for the namespace's own, or `~/*` for none",
        );
    }
    for host in &hosts.items {
        check_host(host, checks);
    }
}

/// A port without a number is a socket.
fn check_socket_listener<'a>(
    at: &Leaf<()>,
    bind: Option<&'a Leaf<String>>,
    capture: Option<&Leaf<CaptureMode>>,
    sockets: &mut BTreeSet<&'a str>,
    checks: &Checks<'_>,
) {
    let Some((bind, path)) = bind.and_then(|bind| Some((bind, bind.value.strip_prefix(SOCKET)?))) else {
        let at = bind.map_or_else(|| at.clone(), |bind| bind.clone().map(|_| ()));
        let message = "Istio refuses a listener without a port's number that is no socket";
        checks.refuse(&at, message, "write the number, or `bind: unix:///path/to/socket`");
        return;
    };
    check_socket(bind, path, checks);
    if !sockets.insert(bind.value.as_str()) {
        let message = format!("Istio refuses a second listener at `{}`", bind.value);
        checks.refuse(bind, message, "keep one of them");
    }
    if let Some(mode) = capture.filter(|mode| mode.value == CaptureMode::Iptables) {
        let message = "Istio refuses `captureMode: IPTABLES` for a socket";
        checks.refuse(mode, message, "write `NONE`, or take it out");
    }
}

/// `ValidateNamespaceSlashWildcardHostname`, for Sidecars.
fn check_host(host: &Leaf<String>, checks: &Checks<'_>) {
    const HELP: &str = "write `namespace/name`, `./*`, `*/name` or `~/*`, with full names of hosts";
    let Some((namespace, name)) = host.value.split_once('/') else {
        let message = format!("Istio refuses `{}`: a host here is `namespace/name`", host.value);
        checks.refuse(host, message, HELP);
        return;
    };
    let space = namespace.strip_prefix('~').unwrap_or(namespace);
    if namespace.is_empty() || !(matches!(space, "" | "*" | ".") || hosts::is_label(space)) {
        let message = format!("Istio refuses `{}`: `{namespace}` is no namespace", host.value);
        checks.refuse(host, message, HELP);
        return;
    }
    let partial = name.starts_with('*') && !name.starts_with("*.") && name != "*";
    let short = name != "*" && !name.contains('.');
    if short || partial || !hosts::is_wildcard_domain(name) {
        let message = format!("Istio refuses `{}`: `{name}` is no full name of a host", host.value);
        checks.refuse(host, message, HELP);
    }
}

/// `validateSidecarOutboundTrafficPolicy`.
fn check_proxy(proxy: &EgressProxy, mode: Mode, checks: &Checks<'_>) {
    let EgressProxy { at, host, subset, port } = proxy;
    if mode != Mode::AllowAny {
        let message = "Istio refuses `egressProxy` without `mode: ALLOW_ANY`";
        checks.refuse(at, message, "write `mode: ALLOW_ANY`, or take it out");
        return;
    }
    match host {
        None => checks.refuse(
            at,
            "Istio refuses an `egressProxy` without `host`",
            "name the proxy's Service in full",
        ),
        Some(host) if !hosts::is_domain(&host.value) => {
            let message = format!("Istio refuses `{}`: it is no full name of a host", host.value);
            checks.refuse(host, message, "write a DNS name");
        }
        Some(_) => {}
    }
    match port {
        None => checks.refuse(at, "Istio refuses an `egressProxy` without `port`", "write the proxy's port"),
        Some(port) => port::check_number(port, checks),
    }
    if let Some(subset) = subset.as_ref().filter(|subset| !hosts::is_label(&subset.value)) {
        let message = format!("Istio refuses `{}`: it is no name of a subset", subset.value);
        checks.refuse(subset, message, "use letters, digits and inner `-`, at most 63 of them");
    }
}
