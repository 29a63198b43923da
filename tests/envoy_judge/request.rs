//! Requests from what is recorded of them, as the mesh has seen them.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use unmesh::config::Settings;
use unmesh::manifest::Labels;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Spiffe};
use unmesh::verify::request::{Dimension, Port, Protocol, Request, Token, Value};
use unmesh::verify::subject::{Chain, SubjectPort};

/// A pod of the mesh, labelled by its account.
pub(crate) fn endpoint(namespace: &str, account: &str) -> Endpoint {
    Endpoint {
        namespace: Some(namespace.to_string()),
        account: Some(account.to_string()),
        labels: Labels::from([("app".to_string(), account.to_string())]),
        open: false,
        namespace_labels: None,
    }
}

/// The port that is asked, and the chain that its filters are in.
pub(crate) fn port_and_chain(asked: &Json) -> (Port, Chain) {
    (port(asked), chain(asked))
}

fn text(asked: &Json, key: &str) -> Option<String> {
    asked[key].as_str().map(str::to_string)
}

fn chain(asked: &Json) -> Chain {
    match asked["chain"].as_str() {
        Some("http") => Chain::Http,
        Some("tcp") => Chain::Tcp,
        other => panic!("no chain {other:?}"),
    }
}

fn port(asked: &Json) -> Port {
    let number = asked["port"].as_u64().and_then(|number| u16::try_from(number).ok()).expect("a port");
    Port { number, protocol: Protocol::Tcp, names: None }
}

fn peer(asked: &Json) -> Peer {
    let Some(text) = asked["peer"].as_str() else {
        return Peer { kind: PeerKind::Outside, identity: None, before: None, after: None, workload: None };
    };
    let mut parts = text.split('/');
    let mut next = || parts.next().expect("TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT").to_string();
    let (trust_domain, _, namespace, _, account) = (next(), next(), next(), next(), next());
    let local = trust_domain == Settings::default().trust_domain;
    let known = local.then(|| endpoint(&namespace, &account));
    Peer {
        kind: if local { PeerKind::MeshPod } else { PeerKind::Foreign },
        identity: Some(Spiffe { trust_domain, namespace, account }),
        before: known.clone(),
        after: known,
        workload: None,
    }
}

/// The request that was asked.
pub(crate) fn request(asked: &Json, port: &SubjectPort) -> Request {
    let mut request = Request::default();
    let mut put = |dimension, value| drop(request.values.insert(dimension, value));
    let address = |key: &str| Value::Address(text(asked, key).and_then(|text| text.parse().ok()).unwrap());
    put(Dimension::Port, Value::Port(port.port.clone()));
    put(Dimension::Peer, Value::Peer(Box::new(peer(asked))));
    put(Dimension::SourceAddress, address("source"));
    put(Dimension::DestinationAddress, address("destination"));
    put(Dimension::RemoteAddress, address("remote"));
    put(Dimension::Sni, Value::Text(text(asked, "sni")));
    let http = &asked["http"];
    if http.is_null() {
        return request;
    }
    put(Dimension::Method, Value::Text(text(http, "method")));
    put(Dimension::Path, Value::Text(text(http, "path")));
    put(Dimension::Host, Value::Text(text(http, "host")));
    for (name, value) in http["headers"].as_object().unwrap() {
        put(Dimension::Header(name.clone()), Value::Text(value.as_str().map(str::to_string)));
    }
    let token = match http["token"].as_str() {
        Some("none") => Token::Absent,
        Some("valid") => Token::Valid,
        Some("invalid") => Token::Invalid,
        other => panic!("no token {other:?}"),
    };
    put(Dimension::Token, Value::Token(token));
    let claims = &http["claims"];
    let principal =
        text(claims, "iss").zip(text(claims, "sub")).map(|(issuer, subject)| format!("{issuer}/{subject}"));
    put(Dimension::RequestPrincipal, Value::Text(principal));
    put(Dimension::RequestAudience, Value::Text(text(claims, "aud")));
    put(Dimension::RequestPresenter, Value::Text(text(claims, "azp")));
    for (path, value) in flat(claims) {
        put(Dimension::RequestClaim(path), Value::Text(Some(value)));
    }
    request
}

/// Claims that are text, by their paths.
fn flat(claims: &Json) -> BTreeMap<Vec<String>, String> {
    let mut found = BTreeMap::new();
    for (key, value) in claims.as_object().into_iter().flatten() {
        match value {
            Json::String(text) => drop(found.insert(vec![key.clone()], text.clone())),
            inner => found.extend(flat(inner).into_iter().map(|(mut path, text)| {
                path.insert(0, key.clone());
                (path, text)
            })),
        }
    }
    found
}
