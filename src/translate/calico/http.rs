//! HTTP attributes: Calico's `http` knows methods and paths, stands in rules that allow, and has no
//! negation. All other HTTP attributes have no form at all.

use super::part::{Lost, OfClause, Part, Reading, Reason};
use crate::config::PathMatching;
use crate::ir::{Attribute, Bound, Clause, Pattern, Rule, Test};
use crate::object::calico::Path;
use crate::translate::approximate::{Approximated, Said, Side, any_of, none_of};

/// A clause on methods.
pub(super) fn methods<'a>(clause: &'a Clause, reading: Reading<'_>) -> OfClause<'a> {
    let say = |test: &Test| match &test.pattern {
        Pattern::Exact(method) => Some(method.clone()),
        _ => None,
    };
    of_clause(clause, reading, say, |methods| Part { methods: Some(methods), ..Part::default() })
}

/// A clause on paths; `have_one` where all requests that the other clauses leave have a path.
pub(super) fn paths<'a>(clause: &'a Clause, reading: Reading<'_>, have_one: bool) -> OfClause<'a> {
    let is_any = |test: &Test| test.pattern == Pattern::Present;
    if have_one && clause.any_of.iter().any(is_any) && clause.none_of.is_empty() {
        return OfClause { part: Some(Part::default()), lost: Vec::new(), empty: Vec::new() };
    }
    let say = |test: &Test| path(test, reading);
    let mut found = of_clause(clause, reading, say, |paths| Part { paths: Some(paths), ..Part::default() });
    if !refuses(reading) {
        for test in &clause.any_of {
            for reason in accepted(test, reading) {
                push(&mut found.lost, clause, test, reason);
            }
        }
    }
    found
}

/// Whether all requests that these clauses leave have a path. Those by CONNECT have none, so that `*`
/// does not match them (Envoy, since `stop_faking_paths`), and methods that are listed leave it out.
pub(super) fn have_a_path(clauses: &[Clause]) -> bool {
    let is_another = |test: &Test| matches!(&test.pattern, Pattern::Exact(method) if method != "CONNECT");
    clauses.iter().any(|clause| {
        clause.attribute == Attribute::Method
            && !clause.any_of.is_empty()
            && clause.any_of.iter().all(is_another)
    })
}

/// Whether all that a rule asks of HTTP is that there is a path: all but CONNECT.
pub(super) fn asks_for_any_path(rule: &Rule) -> bool {
    let clauses = || rule.conjunctions().flat_map(|conjunction| &conjunction.clauses);
    let is_any = |clause: &Clause| {
        clause.none_of.is_empty() && clause.any_of.iter().any(|test| test.pattern == Pattern::Present)
    };
    clauses().any(|clause| clause.attribute == Attribute::Path)
        && clauses().filter(|clause| clause.attribute.is_http_only()).all(|clause| {
            matches!(clause.attribute, Attribute::Path | Attribute::Method | Attribute::Host)
                && is_any(clause)
        })
}

/// A clause on an attribute without a form.
pub(super) fn others<'a>(clause: &'a Clause, reading: Reading<'_>) -> OfClause<'a> {
    of_clause(clause, reading, |_| None::<()>, |_| Part::default())
}

fn refuses(reading: Reading<'_>) -> bool {
    reading.polarity.any_of == Bound::Over
}

/// Both sides of a clause, where `form` is what `http` can say of a test.
fn of_clause<'a, T: Clone + PartialEq>(
    clause: &'a Clause,
    reading: Reading<'_>,
    form: impl Fn(&Test) -> Option<T>,
    part: impl Fn(Vec<T>) -> Part,
) -> OfClause<'a> {
    let fixed = |test: &Test| {
        if always_holds(&clause.attribute, test, refuses(reading)) {
            Some(Said::Everything)
        } else {
            never_holds(&clause.attribute, test).then(|| Said::Terms(Vec::new()))
        }
    };
    let asked = |test: &Test, _: Bound| {
        let said = form(test).filter(|_| !refuses(reading));
        fixed(test).unwrap_or_else(|| said.map_or(Said::Nothing, |term| Said::Terms(vec![term])))
    };
    let excluded = |test: &Test, _: Bound| fixed(test).unwrap_or(Said::<T>::Nothing);
    let positive = any_of(&clause.any_of, reading.polarity.any_of, asked);
    let negative = none_of(&clause.none_of, reading.polarity.none_of, excluded);
    let part = match (&positive.side, &negative.side) {
        (Side::False, _) | (_, Side::False | Side::Terms(_)) => None,
        (Side::Terms(terms), Side::True) => Some(part(unique(terms))),
        (Side::True, Side::True) => Some(Part::default()),
    };
    let lost = lost(clause, reading, &positive, &negative);
    OfClause { part, lost, empty: positive.empty.into_iter().chain(negative.empty).collect() }
}

fn lost<'a, T>(
    clause: &'a Clause,
    reading: Reading<'_>,
    positive: &Approximated<'a, T>,
    negative: &Approximated<'a, T>,
) -> Vec<Lost<'a>> {
    let mut all = Vec::new();
    for test in &positive.lost {
        let reason =
            if refuses(reading) { Reason::Refusal } else { reason(&clause.attribute, test, reading) };
        push(&mut all, clause, test, reason);
    }
    for test in &negative.lost {
        let reason = if refuses(reading) { Reason::Refusal } else { negated(&clause.attribute) };
        push(&mut all, clause, test, reason);
    }
    // No HTTP request is without a method or a host, but on TCP the test falls away, and the rule
    // refuses there: it is written for all ports.
    for test in
        clause.none_of.iter().filter(|test| refuses(reading) && always_holds(&clause.attribute, test, true))
    {
        push(&mut all, clause, test, Reason::Refusal);
    }
    all
}

/// Requests always have a method and a host, and `*` asks for just that. Requests by CONNECT have no path,
/// and that of `OPTIONS *` does not begin with `/`. Envoy has no route for either, so a refusal may take `*`
/// and `/*` for all; what lets through may not, since the policy refused them.
fn always_holds(attribute: &Attribute, test: &Test, refuses: bool) -> bool {
    match attribute {
        Attribute::Method | Attribute::Host => test.pattern == Pattern::Present,
        Attribute::Path if refuses => {
            test.pattern == Pattern::Present || test.pattern == Pattern::Prefix("/".to_string())
        }
        _ => false,
    }
}

/// No path lacks the leading `/`, and Envoy compares paths without query and fragment.
fn never_holds(attribute: &Attribute, test: &Test) -> bool {
    match (attribute, &test.pattern) {
        (Attribute::Path, Pattern::Exact(text) | Pattern::Prefix(text)) => {
            !text.starts_with('/') || text.contains(['?', '#', ' '])
        }
        _ => false,
    }
}

fn negated(attribute: &Attribute) -> Reason {
    match attribute {
        Attribute::Method | Attribute::Path => Reason::Negated,
        _ => Reason::Attribute,
    }
}

fn reason(attribute: &Attribute, test: &Test, reading: Reading<'_>) -> Reason {
    match attribute {
        Attribute::Path if normalised_away(test, reading) => Reason::Normalised,
        Attribute::Path | Attribute::Method => Reason::Pattern,
        _ => Reason::Attribute,
    }
}

fn push<'a>(all: &mut Vec<Lost<'a>>, clause: &'a Clause, test: &'a Test, reason: Reason) {
    match all.iter_mut().find(|lost| lost.reason == reason) {
        Some(lost) => lost.tests.push(test),
        None => all.push(Lost { clause, tests: vec![test], reason }),
    }
}

fn unique<T: Clone + PartialEq>(terms: &[T]) -> Vec<T> {
    let mut kept = Vec::new();
    for term in terms {
        if !kept.contains(term) {
            kept.push(term.clone());
        }
    }
    kept
}

/// A path as Calico compares it, at most.
fn path(test: &Test, reading: Reading<'_>) -> Option<Path> {
    let path = raw_path(test)?;
    match reading.paths {
        PathMatching::Raw => Some(path),
        PathMatching::Normalised if is_any(&path) => Some(path),
        PathMatching::Normalised => reading.normalised_accepted.then(|| normalised(path)),
    }
}

fn is_any(path: &Path) -> bool {
    *path == Path::Prefix("/".to_string())
}

/// Whether only the normalising stands in the way.
fn normalised_away(test: &Test, reading: Reading<'_>) -> bool {
    reading.paths == PathMatching::Normalised && raw_path(test).is_some() && !reading.normalised_accepted
}

/// What is to be said of a path that is written although the target normalises: it widens, a prefix
/// that ends inside a segment narrows too, and so does every prefix, since what cannot be normalised
/// matches nothing there. The latter holds for all paths as well, which need no acceptance.
fn accepted(test: &Test, reading: Reading<'_>) -> Vec<Reason> {
    let Some(path) = raw_path(test).filter(|_| reading.paths == PathMatching::Normalised) else {
        return Vec::new();
    };
    match &path {
        path if is_any(path) => vec![Reason::Malformed],
        _ if !reading.normalised_accepted => Vec::new(),
        Path::Prefix(text) if !text.ends_with('/') => {
            vec![Reason::NormalisedAccepted, Reason::MidSegment, Reason::Malformed]
        }
        Path::Prefix(_) => vec![Reason::NormalisedAccepted, Reason::Malformed],
        Path::Exact(_) => vec![Reason::NormalisedAccepted],
    }
}

/// A path that is compared byte by byte. The CRDs of 3.32 take 1,024 characters.
fn raw_path(test: &Test) -> Option<Path> {
    let short = |text: &&String| text.len() <= 1024;
    match &test.pattern {
        Pattern::Exact(text) => Some(text).filter(short).map(|text| Path::Exact(text.clone())),
        Pattern::Prefix(text) => Some(text).filter(short).map(|text| Path::Prefix(text.clone())),
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
