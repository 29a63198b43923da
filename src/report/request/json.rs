//! A request as a JSON object. What is not given is `null`; in the maps it has no key, and `null`
//! says that the request has no such thing.

use super::{claim, matters, port};
use crate::verify::peer::{Peer, PeerKind};
use crate::verify::request::{Answer, Dimension, Protocol, Request, Token, Value};
use crate::verify::subject::Chain;
use serde::Serialize;
use std::collections::BTreeMap;

/// A request, by the names that users know its parts by.
#[derive(Serialize, PartialEq, Eq, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct JsonRequest {
    /// As `--from` takes it, where it does.
    from: Option<String>,
    /// The identity that its certificate proves.
    identity: Option<String>,
    labels: BTreeMap<String, Option<String>>,
    address: Option<String>,
    /// The subject's name.
    to: String,
    port: Option<u16>,
    protocol: Option<String>,
    /// `http` or `bytes`.
    content: &'static str,
    method: Option<String>,
    path: Option<String>,
    host: Option<String>,
    headers: BTreeMap<String, Option<String>>,
    sni: Option<String>,
    token: Option<&'static str>,
    principal: Option<String>,
    audience: Option<String>,
    presenter: Option<String>,
    claims: BTreeMap<String, Option<String>>,
    destination_address: Option<String>,
    remote_address: Option<String>,
    authorizers: BTreeMap<String, &'static str>,
    metadata: BTreeMap<String, Option<String>>,
}

impl JsonRequest {
    /// The object for a request to the subject of this name.
    pub(in crate::report) fn new(request: &Request, chain: Chain, to: &str) -> Self {
        let text = |of: &Dimension| match request.values.get(of) {
            Some(Value::Text(text)) => text.clone(),
            _ => None,
        };
        let address = |of: &Dimension| match request.values.get(of) {
            Some(Value::Address(address)) => Some(address.to_string()),
            _ => None,
        };
        let peer = match request.values.get(&Dimension::Peer) {
            Some(Value::Peer(peer)) => Some(peer.as_ref()),
            _ => None,
        };
        let port = port(request);
        let mut json = Self {
            from: peer.and_then(|peer| from(peer, address(&Dimension::SourceAddress))),
            identity: peer.and_then(|peer| Some(peer.identity.as_ref()?.text())),
            labels: BTreeMap::new(),
            address: address(&Dimension::SourceAddress),
            to: to.to_string(),
            port: port.map(|port| port.number).filter(|number| *number > 0),
            protocol: port.map(|port| protocol(port.protocol)),
            content: match chain {
                Chain::Http => "http",
                Chain::Tcp | Chain::Ztunnel => "bytes",
            },
            method: text(&Dimension::Method),
            path: text(&Dimension::Path),
            host: text(&Dimension::Host),
            headers: BTreeMap::new(),
            sni: text(&Dimension::Sni),
            token: None,
            principal: text(&Dimension::RequestPrincipal),
            audience: text(&Dimension::RequestAudience),
            presenter: text(&Dimension::RequestPresenter),
            claims: BTreeMap::new(),
            destination_address: address(&Dimension::DestinationAddress),
            remote_address: address(&Dimension::RemoteAddress),
            authorizers: BTreeMap::new(),
            metadata: BTreeMap::new(),
        };
        for (of, value) in request.values.iter().filter(|(of, _)| matters(of, request)) {
            json.add(of, value);
        }
        json
    }

    /// What stands in a map, and the token.
    fn add(&mut self, of: &Dimension, value: &Value) {
        match (of, value) {
            (Dimension::Label(key), Value::Text(text)) => {
                self.labels.insert(key.clone(), text.clone());
            }
            (Dimension::Header(name), Value::Text(text)) => {
                self.headers.insert(name.clone(), text.clone());
            }
            (Dimension::RequestClaim(path), Value::Text(text)) => {
                self.claims.insert(claim(path), text.clone());
            }
            (Dimension::EnvoyFilter(key), Value::Text(text)) => {
                self.metadata.insert(key.clone(), text.clone());
            }
            (Dimension::Authorizer(provider), Value::Answer(answer)) => {
                let word = match answer {
                    Answer::Passes => "passes",
                    Answer::Refuses => "refuses",
                };
                self.authorizers.insert(provider.clone(), word);
            }
            (Dimension::Token, Value::Token(token)) => {
                self.token = Some(match token {
                    Token::Absent => "absent",
                    Token::Valid => "valid",
                    Token::Invalid => "invalid",
                });
            }
            _ => {}
        }
    }
}

/// The peer as `--from` takes it; `None` for one that it cannot name.
fn from(peer: &Peer, address: Option<String>) -> Option<String> {
    match peer.kind {
        PeerKind::NodeLocal => return Some("node-local".to_string()),
        PeerKind::Outside => return Some(address.unwrap_or_else(|| "outside".to_string())),
        PeerKind::Foreign | PeerKind::NetworkSet => return None,
        PeerKind::RemoteNode | PeerKind::MeshPod | PeerKind::BarePod | PeerKind::Gateway => {}
    }
    if let Some(workload) = &peer.workload {
        return Some(format!("{}/{}", workload.namespace.as_deref().unwrap_or(""), workload.name));
    }
    let endpoint = peer.before.as_ref().or(peer.after.as_ref())?;
    Some(format!("{}/sa:{}", endpoint.namespace.as_deref()?, endpoint.account.as_deref()?))
}

/// As `--protocol` takes it.
fn protocol(protocol: Protocol) -> String {
    match protocol {
        Protocol::Number(number) => number.to_string(),
        other => super::protocol(other).to_lowercase(),
    }
}
