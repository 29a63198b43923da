//! One conjunction of a rule, as far as Calico can say it.
//!
//! Each attribute has its own way over; the exhaustive match in [`Part::of`] is the list of them.

use super::http;
use super::peer::PeerPattern;
use crate::config::PathMatching;
use crate::ir::identity::{IdentityGlob, looks_like_identity, project};
use crate::ir::{Attribute, Bound, Clause, Conjunction, Glob, Pattern, Test};
use crate::object::calico::{Path, Ports, nets::is_mapped, ports};
use crate::translate::approximate::{Polarity, Said, Side, any_of, none_of};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// What a conjunction leaves of all requests. Each field is a further condition.
#[derive(Clone, Default, Debug)]
pub(super) struct Part {
    /// Any of these identities; `None` asks for none.
    pub peers: Option<Vec<PeerPattern>>,
    /// None of these identities.
    pub not_peers: Vec<PeerPattern>,
    /// The peer's address.
    pub sources: Nets,
    /// The pod's address.
    pub destinations: Nets,
    /// Any of these ports (canonical ranges); `None` is all.
    pub ports: Option<Vec<Ports>>,
    /// Any of these methods; `None` is all.
    pub methods: Option<Vec<String>>,
    /// Any of these paths; `None` is all.
    pub paths: Option<Vec<Path>>,
}

/// A test of an address.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Nets {
    /// In any of these; `None` is anywhere.
    pub any_of: Option<Vec<IpNet>>,
    /// In none of these.
    pub none_of: Vec<IpNet>,
}

/// Why a test cannot be said, for the finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Reason {
    /// The target knows no such attribute.
    Attribute,
    /// The target knows the attribute, but not this pattern.
    Pattern,
    /// The target compares paths after normalising them; nobody accepted that.
    Normalised,
    /// As before, but accepted: the path is written, and lets more through.
    NormalisedAccepted,
    /// Accepted, and still narrower: a prefix ends at a segment there.
    MidSegment,
    /// Narrower too: paths with broken escapes cannot be normalised, and match nothing there.
    Malformed,
    /// Older releases of Istio match more by the pattern, and what they match is refused too.
    Unescaped,
    /// HTTP attributes cannot be excluded.
    Negated,
    /// Rules that refuse cannot have HTTP attributes.
    Refusal,
}

/// A clause of which something is lost.
#[derive(Clone, Debug)]
pub(super) struct Lost<'a> {
    pub clause: &'a Clause,
    /// The tests that went.
    pub tests: Vec<&'a Test>,
    pub reason: Reason,
}

/// How to read the conjunction.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// Who cannot say something, in messages.
    pub platform: &'static str,
    pub polarity: Polarity,
    pub trust_domain: &'a str,
    /// Identities of other trust domains that policies name.
    pub foreign: &'a BTreeSet<Glob>,
    pub paths: PathMatching,
    /// The user accepts that paths are compared after normalising.
    pub normalised_accepted: bool,
}

/// A conjunction approximated.
pub(super) struct Approximation<'a> {
    /// `None`: it matches nothing any more (or never did).
    pub part: Option<Part>,
    pub lost: Vec<Lost<'a>>,
    /// Tests that match nothing in this mesh.
    pub empty: Vec<&'a Test>,
}

/// A clause approximated.
pub(super) struct OfClause<'a> {
    pub part: Option<Part>,
    pub lost: Vec<Lost<'a>>,
    pub empty: Vec<&'a Test>,
}

impl Part {
    /// What is left of a conjunction.
    pub(super) fn of<'a>(conjunction: &'a Conjunction, reading: Reading<'_>) -> Approximation<'a> {
        let mut all = Approximation { part: Some(Self::default()), lost: Vec::new(), empty: Vec::new() };
        let with_path = http::have_a_path(&conjunction.clauses);
        for clause in &conjunction.clauses {
            let OfClause { part, lost, empty } = Self::of_clause(clause, with_path, reading);
            all.lost.extend(lost);
            all.empty.extend(empty);
            all.part = all.part.zip(part).and_then(|(all, part)| all.and(&part));
        }
        all
    }

    fn of_clause<'a>(clause: &'a Clause, with_path: bool, reading: Reading<'_>) -> OfClause<'a> {
        match &clause.attribute {
            Attribute::Identity => identities(clause, reading),
            Attribute::SourceIp => nets(clause, reading, |sources| Self { sources, ..Self::default() }),
            Attribute::DestinationIp => {
                nets(clause, reading, |destinations| Self { destinations, ..Self::default() })
            }
            Attribute::DestinationPort => port_clause(clause, reading),
            Attribute::Method => http::methods(clause, reading),
            Attribute::Path => http::paths(clause, reading, with_path),
            Attribute::Host
            | Attribute::Header(_)
            | Attribute::RequestPrincipal
            | Attribute::RequestAudience
            | Attribute::RequestPresenter
            | Attribute::RequestClaim(_) => http::others(clause, reading),
            Attribute::RemoteIp | Attribute::Sni | Attribute::EnvoyFilter(_) => {
                unsaid_clause(clause, reading.polarity, Reason::Attribute)
            }
        }
    }

    /// Both conditions; `None` where nothing can meet them.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let peers = match (&self.peers, &other.peers) {
            (Some(own), Some(others)) => {
                let pairs = own.iter().flat_map(|own| others.iter().filter_map(|other| own.and(other)));
                Some(pairs.collect::<Vec<_>>()).filter(|pairs| !pairs.is_empty()).map(Some)?
            }
            (Some(peers), None) | (None, Some(peers)) => Some(peers.clone()),
            (None, None) => None,
        };
        Some(Self {
            peers,
            not_peers: self.not_peers.iter().chain(&other.not_peers).cloned().collect(),
            sources: self.sources.and(&other.sources)?,
            destinations: self.destinations.and(&other.destinations)?,
            ports: both(self.ports.as_ref(), other.ports.as_ref(), |own, others| {
                ports::subtract(own, &ports::complement(others))
            })?,
            methods: both(self.methods.as_ref(), other.methods.as_ref(), common)?,
            paths: both(self.paths.as_ref(), other.paths.as_ref(), common)?,
        })
    }

    /// Whether only something that reads HTTP can tell these requests.
    pub(super) fn is_http(&self) -> bool {
        self.methods.is_some() || self.paths.is_some()
    }
}

/// The meet of two optional lists: outer `None` where nothing is in both.
#[expect(clippy::option_option, reason = "outer: impossible; inner: no condition")]
fn both<T: Clone>(
    own: Option<&Vec<T>>,
    other: Option<&Vec<T>>,
    meet: impl Fn(&[T], &[T]) -> Vec<T>,
) -> Option<Option<Vec<T>>> {
    match (own, other) {
        (Some(own), Some(other)) => {
            let found = meet(own, other);
            (!found.is_empty()).then_some(Some(found))
        }
        (Some(list), None) | (None, Some(list)) => Some(Some(list.clone())),
        (None, None) => Some(None),
    }
}

/// Equal entries alone: one conjunction has at most one clause on methods, and one on paths.
fn common<T: Clone + PartialEq>(own: &[T], other: &[T]) -> Vec<T> {
    own.iter().filter(|entry| other.contains(entry)).cloned().collect()
}

impl Nets {
    fn and(&self, other: &Self) -> Option<Self> {
        let meet = |own: &[IpNet], others: &[IpNet]| {
            let pairs = own.iter().flat_map(|own| {
                others.iter().filter_map(move |other| match (own.contains(other), other.contains(own)) {
                    (true, _) => Some(*other),
                    (false, true) => Some(*own),
                    (false, false) => None,
                })
            });
            pairs.collect::<Vec<_>>()
        };
        Some(Self {
            any_of: both(self.any_of.as_ref(), other.any_of.as_ref(), meet)?,
            none_of: self.none_of.iter().chain(&other.none_of).copied().collect(),
        })
    }
}

fn one<T>(term: T) -> Said<T> {
    Said::Terms(vec![term])
}

fn unsaid(_: &Test, _: Bound) -> Said<()> {
    Said::Nothing
}

/// Both sides of a clause whose attribute has no form at all.
fn unsaid_clause(clause: &Clause, polarity: Polarity, reason: Reason) -> OfClause<'_> {
    let positive = any_of(&clause.any_of, polarity.any_of, unsaid);
    let negative = none_of(&clause.none_of, polarity.none_of, unsaid);
    let holds = positive.side != Side::False && negative.side != Side::False;
    let tests: Vec<&Test> = clause.tests().collect();
    OfClause {
        part: holds.then(Part::default),
        lost: vec![Lost { clause, tests, reason }],
        empty: Vec::new(),
    }
}

/// Both sides of a clause whose terms can be said on either side.
fn two_sided<'a, T>(
    clause: &'a Clause,
    reading: Reading<'_>,
    say: impl Fn(&Test, Bound) -> Said<T>,
    part: impl FnOnce(Option<Vec<T>>, Vec<T>) -> Option<Part>,
) -> OfClause<'a> {
    let positive = any_of(&clause.any_of, reading.polarity.any_of, &say);
    let negative = none_of(&clause.none_of, reading.polarity.none_of, &say);
    let lost = lost(clause, positive.lost.into_iter().chain(negative.lost), Reason::Pattern);
    let empty = positive.empty.into_iter().chain(negative.empty).collect();
    let included = match positive.side {
        Side::Terms(terms) => Some(Some(terms)),
        Side::True => Some(None),
        Side::False => None,
    };
    let excluded = match negative.side {
        Side::Terms(terms) => Some(terms),
        Side::True => Some(Vec::new()),
        Side::False => None,
    };
    let part = included.zip(excluded).and_then(|(included, excluded)| part(included, excluded));
    OfClause { part, lost, empty }
}

/// Identities: positive and negative patterns, projected onto namespaces and accounts.
fn identities<'a>(clause: &'a Clause, reading: Reading<'_>) -> OfClause<'a> {
    let say = |test: &Test, bound: Bound| match project(&test.pattern, reading.trust_domain, bound) {
        None => Said::Nothing,
        Some(pairs) => {
            let foreign =
                may_be_foreign(&test.pattern, &pairs, bound, reading).then_some(PeerPattern::Foreign);
            Said::Terms(pairs.into_iter().map(PeerPattern::of).chain(foreign).collect())
        }
    };
    let mut found = two_sided(clause, reading, say, |peers, not_peers| {
        Some(Part { peers, not_peers, ..Part::default() })
    });
    let Polarity { any_of, none_of } = reading.polarity;
    let sides = [(any_of, &clause.any_of), (none_of, &clause.none_of)];
    let over = sides.into_iter().filter(|(bound, _)| *bound == Bound::Over).flat_map(|(_, tests)| tests);
    found.lost.extend(lost(clause, over.filter(|test| is_wider(test, reading)), Reason::Unescaped));
    found
}

/// Whether a pattern is written wider than it is, for the sake of releases that escape nothing.
fn is_wider(test: &Test, reading: Reading<'_>) -> bool {
    let project = |bound| project(&test.pattern, reading.trust_domain, bound);
    matches!(test.pattern, Pattern::Loose { .. }) && project(Bound::Over) != project(Bound::Under)
}

/// Whether identities of other trust domains match: all of the pattern's are such, or some policy
/// names one that it takes in.
pub(super) fn may_be_foreign(
    pattern: &Pattern,
    local: &[IdentityGlob],
    bound: Bound,
    reading: Reading<'_>,
) -> bool {
    let glob = pattern.as_glob(bound);
    let meets = |glob: &Glob| reading.foreign.iter().any(|foreign| foreign.may_meet(glob));
    local.is_empty() && looks_like_identity(pattern, bound) || glob.is_some_and(|glob| meets(&glob))
}

/// Addresses. Calico takes IPv4 in the form of IPv6 for IPv4, which Envoy does not: there is no form of it.
fn nets<'a>(clause: &'a Clause, reading: Reading<'_>, part: impl FnOnce(Nets) -> Part) -> OfClause<'a> {
    let say = |test: &Test, _: Bound| match &test.pattern {
        Pattern::Cidr(net) if !is_mapped(net) => one(*net),
        _ => Said::Nothing,
    };
    two_sided(clause, reading, say, |any_of, none_of| Some(part(Nets { any_of, none_of })))
}

/// Ports. Istio takes port 0, which no connection has.
fn port_clause<'a>(clause: &'a Clause, reading: Reading<'_>) -> OfClause<'a> {
    let say = |test: &Test, _: Bound| match &test.pattern {
        Pattern::Port(0) => Said::Terms(Vec::new()),
        Pattern::Port(port) => one(Ports { first: *port, last: *port }),
        _ => Said::Nothing,
    };
    two_sided(clause, reading, say, |included, excluded| {
        if included.is_none() && excluded.is_empty() {
            return Some(Part::default());
        }
        let excluded = ports::canonical(&excluded);
        let found = match included {
            None => ports::complement(&excluded),
            Some(included) => ports::subtract(&included, &excluded),
        };
        (!found.is_empty()).then(|| Part { ports: Some(found), ..Part::default() })
    })
}

fn lost<'a>(clause: &'a Clause, tests: impl Iterator<Item = &'a Test>, reason: Reason) -> Vec<Lost<'a>> {
    let tests: Vec<&Test> = tests.collect();
    if tests.is_empty() { Vec::new() } else { vec![Lost { clause, tests, reason }] }
}
