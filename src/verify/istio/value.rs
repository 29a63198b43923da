//! Values: what one entry of a list asks of a request.
//!
//! Each attribute has its own grammar (`pilot/pkg/security/authz/model/generator.go`); the usual one is
//! `StringMatcher` of `pilot/pkg/security/authz/matcher/string.go`, which is [`Pattern::affix`].

use super::identity;
use super::rule::{Compiler, Identities};
use crate::ir::{Glob, Pattern, Segment};
use crate::istio::authorization_policy::Key;
use crate::verify::formula::Formula;
use crate::verify::request::Dimension;
use crate::verify::test::{Matcher, Test};
use ipnet::IpNet;
use std::net::IpAddr;

/// An attribute of a request that a rule can ask for, by a field or by a key of `when`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Attribute<'r> {
    Principal,
    Namespace,
    ServiceAccount,
    TrustDomain,
    SourceIp,
    RemoteIp,
    DestinationIp,
    DestinationPort,
    Sni,
    EnvoyFilter(&'r str),
    RequestPrincipal,
    Audience,
    Presenter,
    Claim(&'r [String]),
    Header(&'r str),
    Host,
    Method,
    Path,
}

impl<'r> Attribute<'r> {
    pub(super) fn of_key(key: &'r Key) -> Self {
        match key {
            Key::RequestHeader(name) => Self::Header(name),
            Key::SourceIp => Self::SourceIp,
            Key::RemoteIp => Self::RemoteIp,
            Key::SourceNamespace => Self::Namespace,
            Key::SourceServiceAccount => Self::ServiceAccount,
            Key::SourcePrincipal => Self::Principal,
            Key::SourceTrustDomain => Self::TrustDomain,
            Key::RequestPrincipal => Self::RequestPrincipal,
            Key::RequestAudiences => Self::Audience,
            Key::RequestPresenter => Self::Presenter,
            Key::RequestClaim(path) => Self::Claim(path),
            Key::DestinationIp => Self::DestinationIp,
            Key::DestinationPort => Self::DestinationPort,
            Key::ConnectionSni => Self::Sni,
            Key::EnvoyFilter(key) => Self::EnvoyFilter(key),
        }
    }

    /// Whether its generator fails for the TCP chain (`generator.go`, "is HTTP only"). `remoteIpBlocks`
    /// and Envoy's filter metadata have no such check.
    pub(super) fn is_http_only(self) -> bool {
        match self {
            Self::Principal
            | Self::Namespace
            | Self::ServiceAccount
            | Self::TrustDomain
            | Self::SourceIp
            | Self::RemoteIp
            | Self::DestinationIp
            | Self::DestinationPort
            | Self::Sni
            | Self::EnvoyFilter(_) => false,
            Self::RequestPrincipal
            | Self::Audience
            | Self::Presenter
            | Self::Claim(_)
            | Self::Header(_)
            | Self::Host
            | Self::Method
            | Self::Path => true,
        }
    }
}

impl Compiler<'_> {
    /// What one entry asks.
    pub(super) fn entry(&mut self, attribute: Attribute<'_>, value: &str) -> Formula {
        match attribute {
            Attribute::Principal => {
                let texts = identity::localised(value, self.settings);
                self.identities(texts.iter().map(|text| identity::principal(text)))
            }
            Attribute::Namespace => self.identity(identity::namespace(value)),
            Attribute::ServiceAccount => self.identity(identity::service_account(value, self.namespace)),
            Attribute::TrustDomain => {
                let domains = identity::expanded(value, self.settings);
                self.identities(domains.into_iter().map(identity::trust_domain))
            }
            Attribute::SourceIp => self.address(Dimension::SourceAddress, value),
            Attribute::RemoteIp => self.address(Dimension::RemoteAddress, value),
            Attribute::DestinationIp => self.address(Dimension::DestinationAddress, value),
            Attribute::DestinationPort => self.port(value),
            Attribute::Sni => self.text(Dimension::Sni, Pattern::affix(value)),
            Attribute::EnvoyFilter(key) => {
                self.text(Dimension::EnvoyFilter(key.to_string()), metadata(value))
            }
            Attribute::RequestPrincipal => self.request_principal(value),
            Attribute::Audience => self.claim(Dimension::RequestAudience, value),
            Attribute::Presenter => self.claim(Dimension::RequestPresenter, value),
            Attribute::Claim(path) => self.claim_at(path, value),
            Attribute::Header(name) => self.text(header(name), present(value)),
            Attribute::Host => {
                let pattern = present(&value.to_lowercase());
                self.test(Test::Text { of: Dimension::Host, matcher: Matcher::AnyCase(pattern) })
            }
            Attribute::Method => self.text(Dimension::Method, Pattern::affix(value)),
            Attribute::Path => self.path(value),
        }
    }

    pub(super) fn test(&mut self, test: Test) -> Formula {
        Formula::Test(self.tests.id(test))
    }

    pub(super) fn text(&mut self, of: Dimension, pattern: Pattern) -> Formula {
        self.test(Test::Text { of, matcher: Matcher::Pattern(pattern) })
    }

    /// Any of several tests of the peer's certificate; one alone stands by itself.
    fn identities(&mut self, matchers: impl Iterator<Item = Matcher>) -> Formula {
        let mut tests: Vec<Formula> = matchers.map(|matcher| self.identity(matcher)).collect();
        match (tests.pop(), tests.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                tests.extend(last);
                Formula::Any(tests)
            }
        }
    }

    /// A test of the peer's certificate, which nobody shows where mutual TLS is off.
    fn identity(&mut self, matcher: Matcher) -> Formula {
        let test = self.test(Test::Identity(matcher));
        self.by_identity = true;
        match &self.identities {
            Identities::Proven => test,
            Identities::Nobody => Formula::Never,
            Identities::Perhaps(why) => Formula::All(vec![Formula::Unknown(why.clone()), test]),
        }
    }

    /// An address or a block (`pilot/pkg/networking/util/util.go`, `AddrStrToCidrRange`).
    fn address(&mut self, of: Dimension, value: &str) -> Formula {
        let net = value.parse::<IpNet>().or_else(|_| value.parse::<IpAddr>().map(IpNet::from));
        match net {
            Ok(net) => self.test(Test::Address { of, net: net.trunc() }),
            Err(_) => unread(value),
        }
    }

    /// A port of the workload, with zeros in front (`pilot/pkg/security/authz/model/util.go`, `convertToPort`).
    fn port(&mut self, value: &str) -> Formula {
        match value.parse::<u16>() {
            Ok(port) => self.test(Test::Ports { first: port, last: port }),
            Err(_) => unread(value),
        }
    }

    /// A path, or a template (`generator.go`, `pathGenerator`).
    fn path(&mut self, value: &str) -> Formula {
        if !value.contains("{*}") && !value.contains("{**}") {
            return self.text(Dimension::Path, Pattern::affix(value));
        }
        self.text(Dimension::Path, Pattern::Template(segments(value)))
    }
}

/// What the reader of the resources refuses, and what therefore does not come here.
fn unread(value: &str) -> Formula {
    Formula::Unknown(format!("`{value}` cannot be read"))
}

/// A header, where a star alone asks whether it is there, empty or not
/// (`pilot/pkg/security/authz/matcher/header.go`, `HeaderMatcher`, `HostMatcher`).
fn present(value: &str) -> Pattern {
    if value == "*" { Pattern::Prefix(String::new()) } else { Pattern::affix(value) }
}

/// Envoy keeps the host as `:authority`, and the method as a header of this name. `:path` holds the
/// query too, so it is a text of its own.
fn header(name: &str) -> Dimension {
    match name.to_lowercase().as_str() {
        ":authority" | "host" => Dimension::Host,
        ":method" => Dimension::Method,
        name => Dimension::Header(name.to_string()),
    }
}

/// Metadata: a text, or between brackets an element of a list, whose text has the brackets too
/// (`generator.go`, `envoyFilterGenerator`).
fn metadata(value: &str) -> Pattern {
    let element = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    let Some(element) = element.map(|element| element.trim_matches(['[', ']'])) else {
        return Pattern::affix(value);
    };
    if element.starts_with('*') || element.ends_with('*') {
        Pattern::Glob(Glob::parse(&format!("[{element}]")))
    } else {
        Pattern::Exact(format!("[{element}]"))
    }
}

fn segments(template: &str) -> Vec<Segment> {
    let segment = |text: &str| match text {
        "{*}" => Segment::One,
        "{**}" => Segment::Any,
        text => Segment::Literal(text.to_string()),
    };
    template.strip_prefix('/').unwrap_or(template).split('/').map(segment).collect()
}
