//! Requests as a person would say them, and the words for their parts.

mod json;

pub(super) use json::JsonRequest;

use crate::object::calico::matching::Known;
use crate::verify::peer::{Peer, PeerKind, Spiffe};
use crate::verify::request::{Answer, Dimension, Port, Protocol, Request, Token, Value};
use crate::verify::subject::Chain;
use std::fmt::Write;

/// `GET /admin/users from service account shop/cart to shop/catalog:9080`; `to` is the subject's name.
pub(super) fn sentence(request: &Request, chain: Chain, to: &str) -> String {
    let text = |dimension| match request.values.get(&dimension) {
        Some(Value::Text(Some(text))) => Some(text.as_str()),
        _ => None,
    };
    let port = port(request);
    let mut out = match (chain, text(Dimension::Method), text(Dimension::Path)) {
        (Chain::Http, Some(method), Some(path)) => format!("{method} {path}"),
        (Chain::Http, None, Some(path)) => format!("a request for {path}"),
        (Chain::Http, Some(method), None) => format!("a {method} request"),
        (Chain::Http, None, None) => "a request".to_string(),
        (Chain::Tcp | Chain::Ztunnel, _, _) => match port.map(|port| port.protocol) {
            None | Some(Protocol::Tcp) => "a TCP connection".to_string(),
            Some(other) => format!("{} traffic", protocol(other)),
        },
    };
    if let Some(Value::Peer(peer)) = request.values.get(&Dimension::Peer) {
        let _ = write!(out, " from {}", self::peer(peer));
    }
    let of_peer = request.values.iter().filter(|(of, _)| matters(of, request));
    for detail in of_peer.filter_map(|(of, value)| self::of_peer(of, value)) {
        let _ = write!(out, " {detail}");
    }
    let _ = write!(out, " to {}", target(to, port));
    for (of, value) in &request.values {
        if let Some(detail) = of_content(of, value) {
            let _ = write!(out, ", {detail}");
        }
    }
    out
}

/// Whether a value says something of the request: a label's does only where the peer leaves it open.
fn matters(of: &Dimension, request: &Request) -> bool {
    let (Dimension::Label(key), Some(Value::Peer(peer))) = (of, request.values.get(&Dimension::Peer)) else {
        return true;
    };
    let endpoints = peer.before.iter().chain(&peer.after);
    endpoints.into_iter().any(|endpoint| endpoint.label(key) == Known::Unknown)
}

/// The port of a request.
pub(super) fn port(request: &Request) -> Option<&Port> {
    match request.values.get(&Dimension::Port) {
        Some(Value::Port(port)) => Some(port),
        _ => None,
    }
}

/// `shop/catalog:9080` for `Deployment/shop/catalog`; other subjects behind `port 9080 of`.
fn target(name: &str, port: Option<&Port>) -> String {
    let number = port.map(|port| port.number).filter(|number| *number > 0);
    let parts: Vec<&str> = name.split('/').collect();
    match (parts.as_slice(), number) {
        ([kind, namespace, workload], number) if !kind.contains(' ') => {
            let number = number.map(|number| format!(":{number}")).unwrap_or_default();
            format!("{namespace}/{workload}{number}")
        }
        (_, Some(number)) => format!("port {number} of {name}"),
        (_, None) => name.to_string(),
    }
}

/// Who asks, in words.
pub(super) fn peer(peer: &Peer) -> String {
    let Peer { kind, identity, before, after, workload } = peer;
    let account = identity.as_ref().map(|Spiffe { trust_domain: _, namespace, account }| {
        format!("service account {namespace}/{account}")
    });
    let endpoint = before.as_ref().or(after.as_ref());
    let by_endpoint = || {
        let endpoint = endpoint?;
        let namespace = endpoint.namespace.as_deref()?;
        Some(format!("service account {namespace}/{}", endpoint.account.as_deref()?))
    };
    let workload = workload.as_ref().map(ToString::to_string);
    let who = || account.clone().or_else(by_endpoint);
    match kind {
        PeerKind::MeshPod => {
            let who = who().unwrap_or_else(|| "a pod of the mesh".to_string());
            workload.map_or(who.clone(), |workload| format!("{who} ({workload})"))
        }
        PeerKind::BarePod => {
            let who = who().map(|who| format!(" ({who})")).unwrap_or_default();
            workload.map_or_else(
                || format!("a pod without a proxy{who}"),
                |workload| format!("{workload} without a proxy{who}"),
            )
        }
        PeerKind::Gateway => {
            let name = workload.or_else(who).map(|name| format!(" {name}")).unwrap_or_default();
            format!("the gateway{name}")
        }
        PeerKind::Foreign => {
            let identity = identity.as_ref().map(|identity| format!("`{}` of ", identity.text()));
            format!("{}another trust domain", identity.unwrap_or_default())
        }
        PeerKind::NodeLocal => "the pod's own node".to_string(),
        PeerKind::RemoteNode => "another node".to_string(),
        PeerKind::Outside => "outside the cluster".to_string(),
        PeerKind::NetworkSet => match endpoint.and_then(|endpoint| endpoint.namespace.as_deref()) {
            Some(namespace) => format!("an address in a NetworkSet of {namespace}"),
            None => "an address in a GlobalNetworkSet".to_string(),
        },
    }
}

/// What is said of the peer behind its name.
fn of_peer(of: &Dimension, value: &Value) -> Option<String> {
    Some(match (of, value) {
        (Dimension::Label(key), Value::Text(Some(value))) => format!("with the label {key}={value}"),
        (Dimension::Label(key), Value::Text(None)) => format!("without the label {key}"),
        (Dimension::SourceAddress, Value::Address(address)) => format!("at {address}"),
        _ => return None,
    })
}

/// What is said behind the target.
fn of_content(of: &Dimension, value: &Value) -> Option<String> {
    let said = |name: &str, text: &Option<String>| match text {
        Some(text) => format!("with {name} `{text}`"),
        None => format!("without {name}"),
    };
    Some(match (of, value) {
        (Dimension::Header(name), Value::Text(Some(text))) => format!("with the header `{name}: {text}`"),
        (
            Dimension::Host
            | Dimension::Sni
            | Dimension::Header(_)
            | Dimension::RequestPrincipal
            | Dimension::RequestAudience
            | Dimension::RequestPresenter
            | Dimension::RequestClaim(_)
            | Dimension::EnvoyFilter(_),
            Value::Text(text),
        ) => said(&name(of), text),
        (Dimension::DestinationAddress | Dimension::RemoteAddress, Value::Address(address)) => {
            format!("{} {address}", name(of))
        }
        (Dimension::Token, Value::Token(token)) => match token {
            Token::Absent => "without a token".to_string(),
            Token::Valid => "with a valid token".to_string(),
            Token::Invalid => "with an invalid token".to_string(),
        },
        (Dimension::PeerAuthentication, Value::Text(policy)) => match policy {
            Some(policy) => format!("if `{policy}` is the one in force"),
            None => "if none of the PeerAuthentications is in force".to_string(),
        },
        (Dimension::Authorizer(provider), Value::Answer(answer)) => match answer {
            Answer::Passes => format!("which the external authorizer `{provider}` lets through"),
            Answer::Refuses => format!("which the external authorizer `{provider}` refuses"),
        },
        _ => return None,
    })
}

/// A dimension's name.
pub(super) fn name(dimension: &Dimension) -> String {
    match dimension {
        Dimension::Destination => "the workload".to_string(),
        Dimension::Port => "the port".to_string(),
        Dimension::Peer => "the peer".to_string(),
        Dimension::Label(key) => format!("the peer's label `{key}`"),
        Dimension::SourceAddress => "the peer's address".to_string(),
        Dimension::DestinationAddress => "the address connected to".to_string(),
        Dimension::RemoteAddress => "the client's address".to_string(),
        Dimension::Sni => "the server name".to_string(),
        Dimension::Token => "the token".to_string(),
        Dimension::PeerAuthentication => "the PeerAuthentication in force".to_string(),
        Dimension::Authorizer(provider) => format!("the external authorizer `{provider}`"),
        Dimension::Method => "the method".to_string(),
        Dimension::Path => "the path".to_string(),
        Dimension::Host => "the host".to_string(),
        Dimension::Header(name) => format!("the header `{name}`"),
        Dimension::RequestPrincipal => "the token's principal".to_string(),
        Dimension::RequestAudience => "the token's audience".to_string(),
        Dimension::RequestPresenter => "the token's presenter".to_string(),
        Dimension::RequestClaim(path) => format!("the claim `{}`", claim(path)),
        Dimension::EnvoyFilter(key) => format!("the filter metadata `{key}`"),
    }
}

/// `realm_access[roles]`.
pub(super) fn claim(path: &[String]) -> String {
    let mut parts = path.iter();
    let first = parts.next().cloned().unwrap_or_default();
    parts.fold(first, |text, part| format!("{text}[{part}]"))
}

/// `TCP`, `protocol 47`.
pub(super) fn protocol(protocol: Protocol) -> String {
    match protocol {
        Protocol::Tcp => "TCP".to_string(),
        Protocol::Udp => "UDP".to_string(),
        Protocol::Sctp => "SCTP".to_string(),
        Protocol::Icmp => "ICMP".to_string(),
        Protocol::IcmpV6 => "ICMPv6".to_string(),
        Protocol::UdpLite => "UDPLite".to_string(),
        Protocol::Number(number) => format!("protocol {number}"),
    }
}

#[cfg(test)]
mod tests;
