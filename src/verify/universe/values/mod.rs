//! Values of one dimension: for each combination of answers that its tests can have, one value.
//!
//! Complete within a dimension; which values of different dimensions go together is not known here.

mod addresses;
mod texts;

pub(super) use texts::{label_machines, label_texts};

use super::super::request::{Answer, Dimension, Token, Value};
use super::super::test::{Matcher, Test, TestId, Tests};
use crate::ir::Pattern;
use std::collections::HashSet;
use texts::Chars;

/// Values of a dimension (not of peers, ports and destinations) such that each combination of answers
/// that the tests can have is that of one of them, the plainest first; `None` where there are too many. Of
/// addresses that holds for each version of IP.
#[must_use]
pub fn values(dimension: &Dimension, asked: &[TestId], tests: &Tests) -> Option<Vec<Value>> {
    let all: Vec<&Test> = asked.iter().filter_map(|id| tests.get(*id)).collect();
    let candidates = match dimension {
        Dimension::Destination | Dimension::Port | Dimension::Peer => return None,
        Dimension::SourceAddress | Dimension::DestinationAddress | Dimension::RemoteAddress => {
            addresses::addresses(&all).into_iter().map(Value::Address).collect()
        }
        Dimension::Token => [Token::Absent, Token::Valid, Token::Invalid].map(Value::Token).to_vec(),
        Dimension::Authorizer(_) => [Answer::Passes, Answer::Refuses].map(Value::Answer).to_vec(),
        Dimension::PeerAuthentication => in_force(&all),
        Dimension::Label(..) => texts::labels(&all)?.into_iter().map(Value::Text).collect(),
        Dimension::Method => present(texts::texts(&all, &METHODS, Chars::Method)?),
        Dimension::Path => present(texts::texts(&all, &["/"], Chars::Path)?),
        Dimension::Host => present(texts::texts(&all, &["other.example"], Chars::Visible)?),
        Dimension::Sni => optional(texts::texts(&all, &["other.example"], Chars::Visible)?),
        Dimension::RequestPrincipal => {
            optional(texts::texts(&all, &["issuer.example/subject"], Chars::Visible)?)
        }
        Dimension::Header(_)
        | Dimension::RequestAudience
        | Dimension::RequestPresenter
        | Dimension::RequestClaim(_)
        | Dimension::EnvoyFilter(_) => optional(texts::texts(&all, &["other"], Chars::Visible)?),
    };
    Some(distinct(candidates, asked, tests))
}

/// One policy that somebody asks for is in force, or none of them.
fn in_force(tests: &[&Test]) -> Vec<Value> {
    let named = tests.iter().filter_map(|test| match test {
        Test::Text { of: _, matcher: Matcher::Pattern(Pattern::Exact(name)) } => Some(name.clone()),
        _ => None,
    });
    optional(named.collect())
}

/// Methods that need no explanation, the commonest first.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

fn present(texts: Vec<String>) -> Vec<Value> {
    texts.into_iter().map(|text| Value::Text(Some(text))).collect()
}

fn optional(texts: Vec<String>) -> Vec<Value> {
    [Value::Text(None)].into_iter().chain(present(texts)).collect()
}

/// The first value of each combination of answers; of addresses one in each version of IP, since both ends
/// of a connection speak the same one.
fn distinct(candidates: Vec<Value>, asked: &[TestId], tests: &Tests) -> Vec<Value> {
    let mut seen = HashSet::new();
    let answers =
        |value: &Value| asked.iter().map(|id| tests.passes(*id, value)).collect::<Vec<Option<bool>>>();
    candidates.into_iter().filter(|value| seen.insert((is_ipv4(value), answers(value)))).collect()
}

/// The version of IP; `None` for what is no address.
#[must_use]
pub fn is_ipv4(value: &Value) -> Option<bool> {
    if let Value::Address(address) = value { Some(address.is_ipv4()) } else { None }
}

#[cfg(test)]
mod tests;
