//! Tests: the smallest questions that a policy asks of a request, each about one dimension.

use super::peer::{Endpoint, PeerKind, Side};
use super::request::{Answer, Dimension, Protocol, Request, Token, Value};
use crate::config::PathMatching;
use crate::ir::Pattern;
use crate::object::calico::Path;
use crate::object::calico::matching::{Known, Test as LabelTest};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// A question about one dimension of a request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Test {
    /// The peer has an identity, and its text matches.
    Identity(Matcher),
    /// The peer is on the pod's own node.
    NodeLocal,
    /// A label of the peer as an endpoint. Nothing that is no endpoint passes any such test, not
    /// even a negative one: see [`Test::Endpoint`].
    PeerLabel {
        /// On which side.
        side: Side,
        /// The label.
        key: String,
        /// What is asked of it.
        test: LabelTest,
    },
    /// The peer is an endpoint, or within a network set that the input does not show.
    Endpoint(Side),
    /// A label of the workload asked.
    DestinationLabel {
        /// The label.
        key: String,
        /// What is asked of it.
        test: LabelTest,
    },
    /// The address of an address dimension is in a block.
    Address {
        /// Which address.
        of: Dimension,
        /// The block.
        net: IpNet,
    },
    /// The port is in a range, both ends included, and the protocol has ports.
    Ports {
        /// The first.
        first: u16,
        /// The last.
        last: u16,
    },
    /// The workload's containers know the port by this name.
    NamedPort(String),
    /// The protocol is this one.
    Protocol(Protocol),
    /// A text is there and matches.
    Text {
        /// Which text.
        of: Dimension,
        /// How.
        matcher: Matcher,
    },
    /// The token's state is this one.
    Token(Token),
    /// The external authorizer of this provider says this.
    Authorizer(String, Answer),
}

/// How a text is matched.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Matcher {
    /// By a pattern.
    Pattern(Pattern),
    /// By a pattern in lower case, whatever the case of the text.
    AnyCase(Pattern),
    /// By a regular expression (RE2's syntax) that has to match the whole text.
    Regex(String),
    /// As Dikastes compares a path.
    Calico(Path, PathMatching),
}

/// A test's place in [`Tests`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TestId(pub u32);

/// All tests of a run, each once.
#[derive(Default, Debug)]
pub struct Tests {
    ids: BTreeMap<Test, TestId>,
    all: Vec<Ready>,
}

/// A test, ready to be asked often.
#[derive(Debug)]
struct Ready {
    test: Test,
    regex: Option<regex::Regex>,
}

impl Tests {
    /// The place of a test.
    pub fn id(&mut self, test: Test) -> TestId {
        if let Some(id) = self.ids.get(&test) {
            return *id;
        }
        let id = TestId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let regex = test.matcher().and_then(Matcher::regex);
        self.ids.insert(test.clone(), id);
        self.all.push(Ready { test, regex });
        id
    }

    /// The test at a place.
    #[must_use]
    pub fn get(&self, id: TestId) -> Option<&Test> {
        self.all.get(id.0 as usize).map(|ready| &ready.test)
    }

    /// All of them with their places.
    pub fn iter(&self) -> impl Iterator<Item = (TestId, &Test)> {
        (0..).map(TestId).zip(self.all.iter().map(|ready| &ready.test))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a value passes a test of its dimension; `None` where that is open: a label that the
    /// peer may or may not have, a port whose names are not known, a pattern that cannot be read.
    #[must_use]
    pub fn passes(&self, id: TestId, value: &Value) -> Option<bool> {
        let ready = self.all.get(id.0 as usize)?;
        ready.test.passes(value, ready.regex.as_ref())
    }

    /// Whether a request passes a test; `None` where it leaves that open.
    #[must_use]
    pub fn asks(&self, id: TestId, request: &Request) -> Option<bool> {
        let test = self.get(id)?;
        let by_dimension = request.values.get(&test.dimension()).and_then(|value| self.passes(id, value));
        by_dimension.or_else(|| {
            let label = test.open_label()?;
            let peer = request.values.get(&Dimension::Peer)?;
            // A label is open only on an endpoint; everything else was decided above.
            matches!(peer, Value::Peer(_)).then_some(())?;
            self.passes(id, request.values.get(&label)?)
        })
    }
}

impl Test {
    /// The dimension that it is about.
    #[must_use]
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Identity(_) | Self::NodeLocal | Self::PeerLabel { .. } | Self::Endpoint(_) => {
                Dimension::Peer
            }
            Self::DestinationLabel { .. } => Dimension::Destination,
            Self::Address { of, net: _ } | Self::Text { of, matcher: _ } => of.clone(),
            Self::Ports { .. } | Self::NamedPort(_) | Self::Protocol(_) => Dimension::Port,
            Self::Token(_) => Dimension::Token,
            Self::Authorizer(provider, _) => Dimension::Authorizer(provider.clone()),
        }
    }

    /// The dimension that decides where the peer leaves it open.
    #[must_use]
    pub fn open_label(&self) -> Option<Dimension> {
        match self {
            Self::PeerLabel { side: _, key, test: _ } => Some(Dimension::Label(key.clone())),
            Self::Identity(_)
            | Self::NodeLocal
            | Self::Endpoint(_)
            | Self::DestinationLabel { .. }
            | Self::Address { .. }
            | Self::Ports { .. }
            | Self::NamedPort(_)
            | Self::Protocol(_)
            | Self::Text { .. }
            | Self::Token(_)
            | Self::Authorizer(..) => None,
        }
    }

    fn matcher(&self) -> Option<&Matcher> {
        match self {
            Self::Identity(matcher) | Self::Text { of: _, matcher } => Some(matcher),
            Self::NodeLocal
            | Self::PeerLabel { .. }
            | Self::Endpoint(_)
            | Self::DestinationLabel { .. }
            | Self::Address { .. }
            | Self::Ports { .. }
            | Self::NamedPort(_)
            | Self::Protocol(_)
            | Self::Token(_)
            | Self::Authorizer(..) => None,
        }
    }

    fn passes(&self, value: &Value, regex: Option<&regex::Regex>) -> Option<bool> {
        match (self, value) {
            (Self::Identity(matcher), Value::Peer(peer)) => match &peer.identity {
                None => Some(false),
                Some(identity) => matcher.matches(&identity.text(), regex),
            },
            (Self::NodeLocal, Value::Peer(peer)) => Some(peer.kind == PeerKind::NodeLocal),
            (Self::Endpoint(side), Value::Peer(peer)) => Some(peer.endpoint(*side).is_some()),
            (Self::PeerLabel { side, key, test }, Value::Peer(peer)) => match peer.endpoint(*side) {
                None => Some(false),
                Some(endpoint) => label(endpoint, key, test),
            },
            // The value of an open label.
            (Self::PeerLabel { test, .. }, Value::Text(text)) => {
                test.passes(text.as_deref().map_or(Known::Absent, Known::Value))
            }
            (Self::DestinationLabel { key, test }, Value::Destination(endpoint)) => {
                label(endpoint, key, test)
            }
            (Self::Address { of: _, net }, Value::Address(address)) => Some(net.contains(address)),
            (Self::Ports { first, last }, Value::Port(port)) => {
                let has_ports = matches!(
                    port.protocol,
                    Protocol::Tcp | Protocol::Udp | Protocol::Sctp | Protocol::UdpLite
                );
                Some(has_ports && (*first..=*last).contains(&port.number))
            }
            (Self::NamedPort(name), Value::Port(port)) => {
                port.names.as_ref().map(|names| names.contains(name))
            }
            (Self::Protocol(protocol), Value::Port(port)) => Some(port.protocol == *protocol),
            (Self::Text { of: _, matcher }, Value::Text(text)) => match text {
                None => Some(false),
                Some(text) => matcher.matches(text, regex),
            },
            (Self::Token(wanted), Value::Token(token)) => Some(wanted == token),
            (Self::Authorizer(_, wanted), Value::Answer(answer)) => Some(wanted == answer),
            // A value of another dimension decides nothing.
            (_, _) => None,
        }
    }
}

fn label(endpoint: &Endpoint, key: &str, test: &LabelTest) -> Option<bool> {
    test.passes(endpoint.label(key))
}

impl Matcher {
    fn regex(&self) -> Option<regex::Regex> {
        match self {
            Self::Regex(text) => regex::Regex::new(&format!("^(?s:{text})$")).ok(),
            Self::Pattern(_) | Self::AnyCase(_) | Self::Calico(..) => None,
        }
    }

    /// Whether it matches; `None` where that is not known.
    fn matches(&self, text: &str, regex: Option<&regex::Regex>) -> Option<bool> {
        match self {
            Self::Pattern(pattern) => pattern.matches(text),
            Self::AnyCase(pattern) => pattern.matches(&text.to_lowercase()),
            Self::Regex(_) => regex.map(|regex| regex.is_match(text)),
            Self::Calico(path, matching) => Some(super::path::matches(path, *matching, text)),
        }
    }
}
