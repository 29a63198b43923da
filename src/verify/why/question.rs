//! What can be asked, and why it may not be answered.

use crate::manifest::Labels;
use crate::verify::request::{Dimension, Protocol, Token, Value};
use crate::verify::subject::Chain;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One request. What is not given stays open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Who asks.
    pub from: Who,
    /// The peer's address, where `from` says none.
    pub address: Option<IpAddr>,
    /// Who is asked.
    pub to: Pod,
    /// The port.
    pub port: u16,
    /// What the connection carries.
    pub protocol: Option<Content>,
    /// The method.
    pub method: Option<String>,
    /// The path.
    pub path: Option<String>,
    /// `:authority`.
    pub host: Option<String>,
    /// The server name of the TLS handshake.
    pub sni: Option<String>,
    /// Headers by name; `None` for one that the request does not have.
    pub headers: BTreeMap<String, Option<String>>,
    /// Claims of the token by their path, `None` for one that it does not have; an empty map is a
    /// request without a token. With claims the request does not begin CORS, unless `headers` have
    /// `access-control-request-method`.
    pub claims: Option<BTreeMap<Vec<String>, Option<String>>>,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// A pod.
    Pod(Pod),
    /// An address that is no pod's.
    Address(IpAddr),
    /// The pod's own node.
    NodeLocal,
    /// Somewhere outside the cluster.
    Outside,
}

/// A pod, by its namespace and one of three.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pod {
    /// The namespace.
    pub namespace: String,
    /// Which of its pods.
    pub which: Which,
}

/// Which pod of a namespace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Which {
    /// One of a workload of the input.
    Workload(String),
    /// One with this service account, and labels that nobody knows.
    Account(String),
    /// One with exactly these labels.
    Labels(Labels),
}

/// What a connection carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// HTTP over TCP.
    Http,
    /// A protocol above IP, and nothing that is HTTP.
    Bytes(Protocol),
}

/// Why a question has no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Content {
    /// The protocol above IP.
    #[must_use]
    pub fn layer4(self) -> Protocol {
        match self {
            Self::Http => Protocol::Tcp,
            Self::Bytes(protocol) => protocol,
        }
    }

    /// The chain that it asks for, of those that a port has.
    pub(super) fn chain(self) -> Option<Chain> {
        match self {
            Self::Http => Some(Chain::Http),
            Self::Bytes(Protocol::Tcp) => Some(Chain::Tcp),
            Self::Bytes(_) => None,
        }
    }
}

impl Question {
    /// Whether it speaks of what only HTTP has.
    pub(super) fn is_http(&self) -> bool {
        self.method.is_some()
            || self.path.is_some()
            || self.host.is_some()
            || !self.headers.is_empty()
            || self.claims.is_some()
    }
}

/// What claims say of a request: those that Istio has an attribute for, and the others. Issuer and
/// subject make the principal together.
pub(super) fn token(claims: &BTreeMap<Vec<String>, Option<String>>) -> Vec<(Dimension, Value)> {
    if claims.is_empty() {
        let absent = [Dimension::RequestPrincipal, Dimension::RequestAudience, Dimension::RequestPresenter];
        let absent = absent.map(|of| (of, Value::Text(None)));
        return std::iter::once((Dimension::Token, Value::Token(Token::Absent))).chain(absent).collect();
    }
    let claim = |name: &str| claims.get(&vec![name.to_string()]);
    let mut values = vec![(Dimension::Token, Value::Token(Token::Valid))];
    if let (Some(issuer), Some(subject)) = (claim("iss"), claim("sub")) {
        // Istio makes a principal of both or of none.
        let principal = issuer.as_ref().zip(subject.as_ref());
        let principal = principal.map(|(issuer, subject)| format!("{issuer}/{subject}"));
        values.push((Dimension::RequestPrincipal, Value::Text(principal)));
    }
    for (name, of) in [("aud", Dimension::RequestAudience), ("azp", Dimension::RequestPresenter)] {
        values.extend(claim(name).map(|value| (of, Value::Text(value.clone()))));
    }
    let claims = claims.iter();
    values.extend(
        claims.map(|(path, value)| (Dimension::RequestClaim(path.clone()), Value::Text(value.clone()))),
    );
    values
}
