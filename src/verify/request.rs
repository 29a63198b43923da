//! A request, one value for each dimension along which requests can differ.

use super::peer::{Endpoint, Peer};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A dimension along which requests differ. The order is that in which the comparison goes down.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Dimension {
    /// The workload asked, as Calico knows it.
    Destination,
    /// Its port, with the protocol.
    Port,
    /// Who asks.
    Peer,
    /// The value of a label that the peer may or may not have; the same on both sides.
    Label(String),
    /// The connection's peer address.
    SourceAddress,
    /// The address that was connected to.
    DestinationAddress,
    /// The client's address as trusted proxies tell it.
    RemoteAddress,
    /// The server name of the TLS handshake.
    Sni,
    /// The state of the request's token.
    Token,
    /// Which of several PeerAuthentications is in force, as `KIND/NS/NAME`, where the input does not
    /// show which is older, or all labels of the pods.
    PeerAuthentication,
    /// What an external authorizer, by the name of its provider, would say.
    Authorizer(String),
    /// The method.
    Method,
    /// The path without query, normalised as Istio does by default.
    Path,
    /// `:authority`, port included.
    Host,
    /// A header, by its name in lower case.
    Header(String),
    /// Issuer and subject of a valid token: `ISS/SUB`.
    RequestPrincipal,
    /// The audience of a valid token.
    RequestAudience,
    /// The presenter (`azp`) of a valid token.
    RequestPresenter,
    /// A claim of a valid token, by its path.
    RequestClaim(Vec<String>),
    /// Metadata of an Envoy filter, by the key of the policy.
    EnvoyFilter(String),
}

/// A value in a dimension.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value {
    /// Of [`Dimension::Destination`].
    Destination(Endpoint),
    /// Of [`Dimension::Port`].
    Port(Port),
    /// Of [`Dimension::Peer`].
    Peer(Box<Peer>),
    /// Of all dimensions that are text; `None` where the request has no such thing.
    Text(Option<String>),
    /// Of the address dimensions.
    Address(IpAddr),
    /// Of [`Dimension::Token`].
    Token(Token),
    /// Of [`Dimension::Authorizer`].
    Answer(Answer),
}

/// A port of the workload.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Port {
    /// The number; 0 for protocols without ports.
    pub number: u16,
    /// The protocol.
    pub protocol: Protocol,
    /// The names that the workload's containers give it; `None` where its template is not known.
    pub names: Option<BTreeSet<String>>,
}

/// A protocol above IP.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// TCP: the only one that the mesh polices.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// ICMP.
    Icmp,
    /// ICMP for IPv6.
    IcmpV6,
    /// UDP-Lite.
    UdpLite,
    /// Any other, by number.
    Number(u8),
}

/// The state of a request's token, as RequestAuthentication sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Token {
    /// There is none.
    Absent,
    /// There is one, and it is valid.
    Valid,
    /// There is one, and it is not.
    Invalid,
}

/// What an external authorizer says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Answer {
    /// Lets the request through.
    Passes,
    /// Refuses it.
    Refuses,
}

/// A request: the values that are given. A dimension without a value is open.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Request {
    /// By dimension.
    pub values: BTreeMap<Dimension, Value>,
}

impl Protocol {
    /// By name or number, as Calico writes it; any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "tcp" | "6" => Self::Tcp,
            "udp" | "17" => Self::Udp,
            "sctp" | "132" => Self::Sctp,
            "icmp" | "1" => Self::Icmp,
            "icmpv6" | "58" => Self::IcmpV6,
            "udplite" | "136" => Self::UdpLite,
            number => Self::Number(number.parse().ok().filter(|number| *number > 0)?),
        })
    }
}
