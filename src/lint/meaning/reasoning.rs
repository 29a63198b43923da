//! What clauses say of each other: which holds where another does, and which never hold together.
//!
//! A "yes" is a proof, a "no" may also be "not known". An attribute with several values at once
//! (claims, audiences, metadata) can fit two patterns that no text fits.

use crate::ir::{Attribute, Clause, Conjunction, Pattern, Protocols, Rule, Test, no_identity_in_both};

/// How many combinations of sources and operations of one rule are looked at.
const MOST_COMBINATIONS: usize = 256;

/// Clauses that hold at once.
pub(super) type Together<'a> = Vec<&'a Clause>;

/// Every way in which a rule holds: a source, an operation, and all conditions. `None` where there are too
/// many of them.
pub(super) fn ways(rule: &Rule) -> Option<Vec<Together<'_>>> {
    let (sources, operations) = (rule.sources.len().max(1), rule.operations.len().max(1));
    if sources.saturating_mul(operations) > MOST_COMBINATIONS {
        return None;
    }
    let mut ways: Vec<Together<'_>> = vec![rule.conditions.clauses.iter().collect()];
    for list in [&rule.sources, &rule.operations] {
        if !list.is_empty() {
            ways = ways.iter().flat_map(|way| with_each(way, list)).collect();
        }
    }
    Some(ways)
}

/// These clauses with those of each alternative.
fn with_each<'a>(way: &[&'a Clause], list: &'a [Conjunction]) -> Vec<Together<'a>> {
    list.iter().map(|one| way.iter().copied().chain(&one.clauses).collect()).collect()
}

/// Whether one rule surely holds wherever the other does, on the ports where the other acts.
pub(super) fn rule_holds(wide: &[&Rule], narrow: &Rule, trust_domain: &str) -> bool {
    let needed: &[Protocols] = match narrow.on {
        Protocols::Any => &[Protocols::Http, Protocols::Tcp],
        Protocols::Http => &[Protocols::Http],
        Protocols::Tcp => &[Protocols::Tcp],
    };
    let acts = |rule: &Rule, on: &Protocols| rule.on == Protocols::Any || rule.on == *on;
    needed.iter().all(|on| {
        wide.iter().any(|rule| acts(rule, on) && ways_hold(rule, narrow, trust_domain) == Some(true))
    })
}

fn ways_hold(wide: &Rule, narrow: &Rule, trust_domain: &str) -> Option<bool> {
    let (wide, narrow) = (ways(wide)?, ways(narrow)?);
    if wide.len().saturating_mul(narrow.len()) > MOST_COMBINATIONS * 4 {
        return None;
    }
    Some(narrow.iter().all(|narrow| wide.iter().any(|wide| together_holds(wide, narrow, trust_domain))))
}

/// Whether all clauses of the first surely hold where all of the second do.
pub(super) fn together_holds(wide: &[&Clause], narrow: &[&Clause], trust_domain: &str) -> bool {
    wide.iter().all(|clause| {
        let same: Vec<&Clause> = narrow.iter().copied().filter(|other| is_same(clause, other)).collect();
        let any_of = clause.any_of.is_empty()
            || same.iter().any(|other| {
                !other.any_of.is_empty() && all_held(&clause.attribute, &clause.any_of, &other.any_of)
            });
        any_of && clause.none_of.iter().all(|test| is_excluded(test, &same, trust_domain))
    })
}

/// Whether two conjunctions, in one list of alternatives, are such that the first holds where the second does.
pub(super) fn conjunction_holds(wide: &Conjunction, narrow: &Conjunction, trust_domain: &str) -> bool {
    let clauses = |one: &Conjunction| one.clauses.len();
    clauses(wide) > 0
        && together_holds(
            &wide.clauses.iter().collect::<Vec<_>>(),
            &narrow.clauses.iter().collect::<Vec<_>>(),
            trust_domain,
        )
}

/// Whether each of these patterns is within one of those.
fn all_held(attribute: &Attribute, wide: &[Test], narrow: &[Test]) -> bool {
    narrow.iter().all(|test| wide.iter().any(|wider| holds(attribute, wider, test)))
}

/// Whether clauses keep out whatever a pattern matches.
fn is_excluded(test: &Test, same: &[&Clause], trust_domain: &str) -> bool {
    same.iter().any(|clause| {
        clause.none_of.iter().any(|wider| holds(&clause.attribute, wider, test))
            || (!clause.any_of.is_empty()
                && clause.any_of.iter().all(|other| apart(&clause.attribute, other, test, trust_domain)))
    })
}

/// Whether a value of the first clause can never match where the second holds too.
pub(super) fn is_dead(clause: &Clause, test: &Test, other: &Clause, trust_domain: &str) -> bool {
    let refused = other.none_of.iter().any(|wider| holds(&clause.attribute, wider, test));
    let elsewhere = !std::ptr::eq(clause, other)
        && !other.any_of.is_empty()
        && other.any_of.iter().all(|one| apart(&clause.attribute, one, test, trust_domain));
    is_same(clause, other) && (refused || elsewhere)
}

/// Whether two clauses test the same attribute.
pub(super) fn is_same(one: &Clause, other: &Clause) -> bool {
    match (&one.attribute, &other.attribute) {
        (Attribute::Header(one), Attribute::Header(other)) => one.eq_ignore_ascii_case(other),
        (one, other) => one == other,
    }
}

/// Whether one pattern of an attribute surely matches whatever the other does.
pub(super) fn holds(attribute: &Attribute, wide: &Test, narrow: &Test) -> bool {
    if *attribute == Attribute::RequestPrincipal {
        return principal_holds(&wide.pattern, &narrow.pattern);
    }
    wide.pattern.surely_holds(&narrow.pattern)
}

/// Istio cuts a request principal at its last slash, and compares issuer and subject apart
/// (`requestPrincipalGenerator`): `a*` does not hold `a/b`.
fn principal_holds(wide: &Pattern, narrow: &Pattern) -> bool {
    let issuer = |text: &str| text.rsplit_once('/').map(|(issuer, _)| issuer.to_string());
    match (wide, narrow) {
        (Pattern::Prefix(prefix), Pattern::Exact(text)) if prefix.ends_with('/') => {
            prefix.strip_suffix('/').map(str::to_string) == issuer(text) && !text.ends_with('/')
        }
        (Pattern::Present, Pattern::Exact(text)) => {
            !text.ends_with('/') && issuer(text).is_some_and(|issuer| !issuer.is_empty())
        }
        (Pattern::Present, Pattern::Prefix(prefix)) => prefix.len() > 1 && prefix.ends_with('/'),
        (wide, narrow) => wide == narrow,
    }
}

fn apart(attribute: &Attribute, one: &Test, other: &Test, trust_domain: &str) -> bool {
    match attribute {
        Attribute::Identity => no_identity_in_both(&one.pattern, &other.pattern, trust_domain),
        // Hosts are compared without regard to case.
        Attribute::Host => lower(&one.pattern).surely_apart(&lower(&other.pattern)),
        Attribute::RequestAudience
        | Attribute::RequestPresenter
        | Attribute::RequestClaim(_)
        | Attribute::EnvoyFilter(_) => false,
        Attribute::RequestPrincipal => {
            matches!((&one.pattern, &other.pattern), (Pattern::Exact(one), Pattern::Exact(other)) if one != other)
        }
        Attribute::SourceIp
        | Attribute::RemoteIp
        | Attribute::DestinationIp
        | Attribute::DestinationPort
        | Attribute::Sni
        | Attribute::Header(_)
        | Attribute::Method
        | Attribute::Path => one.pattern.surely_apart(&other.pattern),
    }
}

fn lower(pattern: &Pattern) -> Pattern {
    match pattern {
        Pattern::Exact(text) => Pattern::Exact(text.to_lowercase()),
        Pattern::Prefix(text) => Pattern::Prefix(text.to_lowercase()),
        Pattern::Suffix(text) => Pattern::Suffix(text.to_lowercase()),
        Pattern::Present
        | Pattern::Template(_)
        | Pattern::Glob(_)
        | Pattern::Loose { .. }
        | Pattern::Cidr(_)
        | Pattern::Port(_)
        | Pattern::Opaque(_) => pattern.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Glob;
    use crate::source::{SourceFile, SourceMap, Span};
    use crate::yaml::fields::Leaf;
    use proptest::prelude::*;

    fn leaf<T>(value: T) -> Leaf<T> {
        let file = SourceFile::new("rule".to_string(), None, "rule".into(), "");
        let span = Span { file: SourceMap::default().add(file), start: 0, end: 0 };
        Leaf { value, span, field: String::new() }
    }

    fn test(pattern: Pattern) -> Test {
        Test { pattern, leaf: leaf(String::new()) }
    }

    /// Namespaces, paths and ports of few letters, so that patterns meet often.
    fn clause() -> impl Strategy<Value = Clause> {
        let namespace = "[ab*]{1,2}".prop_map(|text| Pattern::Glob(Glob::parse(&format!("*/ns/{text}/*"))));
        let path = "(/[ab]{0,2}\\*?|\\*[ab]?)".prop_map(|text| Pattern::affix(&text));
        let port = (1_u16..3).prop_map(Pattern::Port);
        let lists = |pattern: BoxedStrategy<Pattern>| {
            let tests = |most| proptest::collection::vec(pattern.clone().prop_map(test), 0..most);
            (tests(3), tests(2)).boxed()
        };
        let of = |attribute: Attribute, lists: BoxedStrategy<(Vec<Test>, Vec<Test>)>| {
            lists.prop_map(move |(any_of, none_of)| Clause {
                attribute: attribute.clone(),
                named_by: None,
                any_of,
                none_of,
            })
        };
        prop_oneof![
            of(Attribute::Identity, lists(namespace.boxed())),
            of(Attribute::Path, lists(path.boxed())),
            of(Attribute::DestinationPort, lists(port.boxed())),
        ]
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let conjunction = |most| {
            proptest::collection::vec(clause(), 0..most)
                .prop_map(|clauses| Conjunction { at: leaf(()), clauses })
        };
        let list = || proptest::collection::vec(conjunction(3), 0..3);
        (list(), list(), conjunction(2)).prop_map(|(sources, operations, conditions)| Rule {
            at: leaf(()),
            on: Protocols::Any,
            sources,
            operations,
            conditions,
        })
    }

    /// A request: an identity if the peer has one, a path, a port.
    type Request<'a> = (Option<&'a str>, &'a str, &'a str);

    fn fits(clause: &Clause, request: Request<'_>) -> bool {
        let value = match clause.attribute {
            Attribute::Identity => request.0,
            Attribute::Path => Some(request.1),
            _ => Some(request.2),
        };
        let matches = |test: &Test| value.is_some_and(|value| test.pattern.matches(value) == Some(true));
        (clause.any_of.is_empty() || clause.any_of.iter().any(matches)) && !clause.none_of.iter().any(matches)
    }

    fn decides(rule: &Rule, request: Request<'_>) -> bool {
        let all = |conjunction: &Conjunction| conjunction.clauses.iter().all(|clause| fits(clause, request));
        let any = |list: &[Conjunction]| list.is_empty() || list.iter().any(all);
        any(&rule.sources) && any(&rule.operations) && all(&rule.conditions)
    }

    fn requests() -> Vec<Request<'static>> {
        let identities =
            [None, Some("td/ns/a/sa/x"), Some("td/ns/b/sa/a"), Some("o/ns/ab/sa/b"), Some("td/ns/c/sa/x")];
        let paths = ["/", "/a", "/b", "/ab", "/ba", "/c", "/abc"];
        let with = |identity| {
            paths.into_iter().flat_map(move |path| ["1", "2", "3"].map(|port| (identity, path, port)))
        };
        identities.into_iter().flat_map(with).collect()
    }

    proptest! {
        #[test]
        fn what_is_held_is_decided_by_both(wide in rule(), narrow in rule()) {
            if rule_holds(&[&wide], &narrow, "td") {
                for request in requests() {
                    prop_assert!(!decides(&narrow, request) || decides(&wide, request), "{:?}", request);
                }
            }
        }

        #[test]
        fn what_is_dead_never_matches(clause in clause(), other in clause()) {
            for dead in clause.any_of.iter().filter(|test| is_dead(&clause, test, &other, "td")) {
                let alone = Clause { any_of: vec![dead.clone()], none_of: Vec::new(), ..clause.clone() };
                for request in requests() {
                    prop_assert!(!(fits(&alone, request) && fits(&other, request)), "{:?}", request);
                }
            }
        }
    }
}
