//! One conjunction of a rule, as far as Calico can say it.
//!
//! Each attribute has its own way over; the exhaustive match in [`Part::of`] is the list of them.

use super::peer::PeerPattern;
use crate::config::PathMatching;
use crate::ir::identity::project;
use crate::ir::{Attribute, Bound, Clause, Conjunction, Pattern, Test};
use crate::object::calico::{Path, Ports, ports};
use crate::translate::approximate::{Polarity, Said, Side, any_of, none_of};
use ipnet::IpNet;

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
    pub polarity: Polarity,
    pub trust_domain: &'a str,
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
struct OfClause<'a> {
    part: Option<Part>,
    lost: Vec<Lost<'a>>,
    empty: Vec<&'a Test>,
}

impl Part {
    /// What is left of a conjunction.
    pub(super) fn of<'a>(conjunction: &'a Conjunction, reading: Reading<'_>) -> Approximation<'a> {
        let mut all = Approximation { part: Some(Self::default()), lost: Vec::new(), empty: Vec::new() };
        for clause in &conjunction.clauses {
            let OfClause { part, lost, empty } = Self::of_clause(clause, reading);
            all.lost.extend(lost);
            all.empty.extend(empty);
            all.part = all.part.zip(part).and_then(|(all, part)| all.and(&part));
        }
        all
    }

    fn of_clause<'a>(clause: &'a Clause, reading: Reading<'_>) -> OfClause<'a> {
        match &clause.attribute {
            Attribute::Identity => identities(clause, reading),
            Attribute::SourceIp => nets(clause, reading, |sources| Self { sources, ..Self::default() }),
            Attribute::DestinationIp => {
                nets(clause, reading, |destinations| Self { destinations, ..Self::default() })
            }
            Attribute::DestinationPort => port_clause(clause, reading),
            Attribute::Method => {
                http(clause, reading, method, |methods| Self { methods: Some(methods), ..Self::default() })
            }
            Attribute::Path => {
                let say = |test: &Test, _: Bound| path(test, reading).map_or(Said::Nothing, one);
                http(clause, reading, say, |paths| Self { paths: Some(paths), ..Self::default() })
            }
            Attribute::Host
            | Attribute::Header(_)
            | Attribute::RequestPrincipal
            | Attribute::RequestAudience
            | Attribute::RequestPresenter
            | Attribute::RequestClaim(_) => http(clause, reading, unsaid, |_: Vec<()>| Self::default()),
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
            methods: both(self.methods.as_ref(), other.methods.as_ref(), |own, others| common(own, others))?,
            paths: both(self.paths.as_ref(), other.paths.as_ref(), |own, others| common(own, others))?,
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
        Some(pairs) if pairs.is_empty() && may_be_foreign(&test.pattern) => one(PeerPattern::Foreign),
        Some(pairs) => Said::Terms(pairs.into_iter().map(PeerPattern::of).collect()),
    };
    two_sided(clause, reading, say, |peers, not_peers| Some(Part { peers, not_peers, ..Part::default() }))
}

/// A pattern that no local identity matches may be that of another trust domain, if it looks like
/// an identity at all; otherwise it matches nobody.
fn may_be_foreign(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Exact(text) | Pattern::Prefix(text) | Pattern::Suffix(text) => text.contains("/ns/"),
        Pattern::Glob(_) | Pattern::Loose(_) | Pattern::Opaque(_) | Pattern::Present => true,
        Pattern::Template(_) | Pattern::Cidr(_) | Pattern::Port(_) => false,
    }
}

fn nets<'a>(clause: &'a Clause, reading: Reading<'_>, part: impl FnOnce(Nets) -> Part) -> OfClause<'a> {
    let say = |test: &Test, _: Bound| match &test.pattern {
        Pattern::Cidr(net) => one(*net),
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

/// HTTP attributes: Calico's `http` is for rules that allow, and has no negation.
fn http<'a, T: Clone + PartialEq>(
    clause: &'a Clause,
    reading: Reading<'_>,
    say: impl Fn(&Test, Bound) -> Said<T>,
    part: impl Fn(Vec<T>) -> Part,
) -> OfClause<'a> {
    let refuses = reading.polarity.any_of == Bound::Over;
    let always = |test: &Test| always_holds(&clause.attribute, test);
    let say = |test: &Test, bound: Bound| {
        if always(test) {
            Said::Everything
        } else if refuses {
            Said::Nothing
        } else {
            say(test, bound)
        }
    };
    let positive = any_of(&clause.any_of, reading.polarity.any_of, say);
    let not_said = |test: &Test, _: Bound| if always(test) { Said::Everything } else { Said::<T>::Nothing };
    let negative = none_of(&clause.none_of, reading.polarity.none_of, not_said);
    let why = |test: &Test| if refuses { Reason::Refusal } else { reason(&clause.attribute, test, reading) };
    let mut all_lost: Vec<Lost<'a>> = Vec::new();
    for test in positive.lost {
        push_lost(&mut all_lost, clause, test, why(test));
    }
    for test in negative.lost {
        push_lost(
            &mut all_lost,
            clause,
            test,
            if refuses { Reason::Refusal } else { negated(&clause.attribute) },
        );
    }
    if refuses {
        // No HTTP request is without a method or a host, but on TCP the test falls away, and the
        // rule refuses there: it is written for all ports.
        for test in clause.none_of.iter().filter(|test| always(test)) {
            push_lost(&mut all_lost, clause, test, Reason::Refusal);
        }
    }
    if clause.attribute == Attribute::Path && !refuses {
        for test in &clause.any_of {
            if let Some(reason) = accepted(test, reading) {
                push_lost(&mut all_lost, clause, test, reason);
            }
        }
    }
    let found = match (positive.side, negative.side) {
        (Side::False, _) | (_, Side::False | Side::Terms(_)) => None,
        (Side::Terms(terms), Side::True) => Some(part(unique(terms))),
        (Side::True, Side::True) => Some(Part::default()),
    };
    OfClause { part: found, lost: all_lost, empty: Vec::new() }
}

/// Requests always have a method and a host, and `*` asks for just that.
fn always_holds(attribute: &Attribute, test: &Test) -> bool {
    matches!(attribute, Attribute::Method | Attribute::Host) && test.pattern == Pattern::Present
}

fn negated(attribute: &Attribute) -> Reason {
    match attribute {
        Attribute::Method | Attribute::Path => Reason::Negated,
        _ => Reason::Attribute,
    }
}

fn reason(attribute: &Attribute, test: &Test, reading: Reading<'_>) -> Reason {
    match attribute {
        Attribute::Method => Reason::Pattern,
        Attribute::Path if normalised_away(test, reading) => Reason::Normalised,
        Attribute::Path => Reason::Pattern,
        _ => Reason::Attribute,
    }
}

fn push_lost<'a>(all: &mut Vec<Lost<'a>>, clause: &'a Clause, test: &'a Test, reason: Reason) {
    match all.iter_mut().find(|lost| lost.reason == reason) {
        Some(lost) => lost.tests.push(test),
        None => all.push(Lost { clause, tests: vec![test], reason }),
    }
}

fn lost<'a>(clause: &'a Clause, tests: impl Iterator<Item = &'a Test>, reason: Reason) -> Vec<Lost<'a>> {
    let tests: Vec<&Test> = tests.collect();
    if tests.is_empty() { Vec::new() } else { vec![Lost { clause, tests, reason }] }
}

fn unique<T: PartialEq>(terms: Vec<T>) -> Vec<T> {
    let mut kept = Vec::new();
    for term in terms {
        if !kept.contains(&term) {
            kept.push(term);
        }
    }
    kept
}

/// A method is a plain word; `*` was handled before.
fn method(test: &Test, _: Bound) -> Said<String> {
    match &test.pattern {
        Pattern::Exact(method) => one(method.clone()),
        _ => Said::Nothing,
    }
}

/// A path as Calico compares it, at most.
fn path(test: &Test, reading: Reading<'_>) -> Option<Path> {
    let path = raw_path(test)?;
    match reading.paths {
        PathMatching::Raw => Some(path),
        PathMatching::Normalised if path == Path::Prefix("/".to_string()) => Some(path),
        PathMatching::Normalised => reading.normalised_accepted.then(|| normalised(path)),
    }
}

/// Whether only the normalising stands in the way.
fn normalised_away(test: &Test, reading: Reading<'_>) -> bool {
    reading.paths == PathMatching::Normalised && raw_path(test).is_some() && !reading.normalised_accepted
}

/// What is to be said of a path that is written although the target normalises.
fn accepted(test: &Test, reading: Reading<'_>) -> Option<Reason> {
    let path = raw_path(test).filter(|path| *path != Path::Prefix("/".to_string()))?;
    if reading.paths == PathMatching::Raw || !reading.normalised_accepted {
        return None;
    }
    let cut = matches!(&path, Path::Prefix(text) if !text.ends_with('/'));
    Some(if cut { Reason::MidSegment } else { Reason::NormalisedAccepted })
}

/// A path that is compared byte by byte. Calico wants a leading `/` and takes neither `?`, `#` nor
/// space (`libcalico-go/lib/validator/v3/validator.go`).
fn raw_path(test: &Test) -> Option<Path> {
    let valid =
        |text: &String| text.starts_with('/') && !text.contains(['?', '#', ' ']) && text.len() <= 1024;
    match &test.pattern {
        Pattern::Exact(text) => Some(text).filter(|text| valid(text)).map(|text| Path::Exact(text.clone())),
        Pattern::Prefix(text) => Some(text).filter(|text| valid(text)).map(|text| Path::Prefix(text.clone())),
        Pattern::Present => Some(Path::Prefix("/".to_string())),
        _ => None,
    }
}

/// What a path becomes where both sides are normalised: a prefix ends at a segment there, so one
/// that ends in the middle of a segment shrinks to that segment.
fn normalised(path: Path) -> Path {
    match path {
        Path::Exact(text) => Path::Exact(text),
        Path::Prefix(text) => Path::Prefix(text.strip_suffix('/').map_or(text.clone(), str::to_string)),
    }
}
