//! The one rule of approximation, in one place.
//!
//! What lets through may only shrink, what refuses may only grow. So Allow takes an
//! under-approximation of what a clause asks for and an over-approximation of what it excludes;
//! refusals the other way round. Where a pattern has no useful bound, under is nothing (the entry
//! goes) and over is everything (the whole clause goes).

use crate::ir::{Action, Bound, Test};

/// Which bounds the two sides of a clause take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Polarity {
    /// For the values asked for.
    pub any_of: Bound,
    /// For the values excluded.
    pub none_of: Bound,
}

impl Polarity {
    /// The bounds for a policy of this action.
    #[must_use]
    pub fn of(action: Action) -> Self {
        match action {
            Action::Allow => Self { any_of: Bound::Under, none_of: Bound::Over },
            Action::Deny | Action::Custom | Action::RequireIdentity | Action::Audit => {
                Self { any_of: Bound::Over, none_of: Bound::Under }
            }
        }
    }
}

/// What the target can say of one pattern, at the bound that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said<T> {
    /// These terms, any of them; none at all is a pattern that matches nothing.
    Terms(Vec<T>),
    /// It matches everything.
    Everything,
    /// There is no useful bound.
    Nothing,
}

/// What is left of one side of a clause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Side<T> {
    /// Any of these terms.
    Terms(Vec<T>),
    /// It always holds.
    True,
    /// It never holds.
    False,
}

/// A side and the tests that went from it.
#[derive(Clone, Debug)]
pub struct Approximated<'a, T> {
    /// What is left.
    pub side: Side<T>,
    /// Tests without a useful bound.
    pub lost: Vec<&'a Test>,
    /// Tests that match nothing, so that nothing of them is written.
    pub empty: Vec<&'a Test>,
}

/// The terms of all tests.
struct Union<'a, T> {
    terms: Vec<T>,
    everything: bool,
    lost: Vec<&'a Test>,
    empty: Vec<&'a Test>,
}

/// "Any of these" at a bound. Without tests it always holds.
pub fn any_of<T>(tests: &[Test], bound: Bound, say: impl Fn(&Test, Bound) -> Said<T>) -> Approximated<'_, T> {
    if tests.is_empty() {
        return Approximated { side: Side::True, lost: Vec::new(), empty: Vec::new() };
    }
    let Union { terms, everything, lost, empty } = union(tests, bound, say);
    let side = match (everything || (bound == Bound::Over && !lost.is_empty()), terms.is_empty()) {
        (true, _) => Side::True,
        (false, true) => Side::False,
        (false, false) => Side::Terms(terms),
    };
    Approximated { side, lost, empty }
}

/// "None of these", where `bound` is that of the excluded values. The side holds the terms that are
/// excluded; `True` excludes nothing, `False` everything.
pub fn none_of<T>(
    tests: &[Test],
    bound: Bound,
    say: impl Fn(&Test, Bound) -> Said<T>,
) -> Approximated<'_, T> {
    let Union { terms, everything, lost, empty } = union(tests, bound, say);
    let side = match (everything || (bound == Bound::Over && !lost.is_empty()), terms.is_empty()) {
        (true, _) => Side::False,
        (false, true) => Side::True,
        (false, false) => Side::Terms(terms),
    };
    Approximated { side, lost, empty }
}

fn union<T>(tests: &[Test], bound: Bound, say: impl Fn(&Test, Bound) -> Said<T>) -> Union<'_, T> {
    let mut union = Union { terms: Vec::new(), everything: false, lost: Vec::new(), empty: Vec::new() };
    for test in tests {
        match say(test, bound) {
            Said::Terms(found) if found.is_empty() => union.empty.push(test),
            Said::Terms(found) => union.terms.extend(found),
            Said::Everything => union.everything = true,
            Said::Nothing => union.lost.push(test),
        }
    }
    union
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Pattern;
    use crate::source::{SourceFile, SourceMap, Span};
    use crate::yaml::fields::Leaf;

    fn tests(words: &[&str]) -> Vec<Test> {
        let mut sources = SourceMap::default();
        let file = sources.add(SourceFile::new(String::new(), None, "x".into(), ""));
        let test = |word: &&str| Test {
            pattern: Pattern::Exact((*word).to_string()),
            leaf: Leaf { value: (*word).to_string(), span: Span::new(file, 0, 0), field: String::new() },
        };
        words.iter().map(test).collect()
    }

    /// `hard` has no bound, `all` is everything, any other word is itself.
    fn say(test: &Test, _bound: Bound) -> Said<String> {
        match test.leaf.value.as_str() {
            "hard" => Said::Nothing,
            "all" => Said::Everything,
            word => Said::Terms(vec![word.to_string()]),
        }
    }

    /// Name, words, bound, and the two sides that come out.
    type Row<'a> = (&'a str, &'a [&'a str], Bound, Side<String>, Side<String>);

    #[test]
    fn what_allows_shrinks_and_what_refuses_grows() {
        let terms = |words: &[&str]| Side::Terms(words.iter().map(ToString::to_string).collect());
        let rows: [Row<'_>; 6] = [
            ("an allow loses the entry", &["a", "hard"], Bound::Under, terms(&["a"]), terms(&["a"])),
            ("a deny loses the whole clause", &["a", "hard"], Bound::Over, Side::True, Side::False),
            ("nothing left of an allow", &["hard"], Bound::Under, Side::False, Side::True),
            ("everything", &["a", "all"], Bound::Under, Side::True, Side::False),
            ("no tests", &[], Bound::Over, Side::True, Side::True),
            ("exact", &["a", "b"], Bound::Over, terms(&["a", "b"]), terms(&["a", "b"])),
        ];
        for (name, words, bound, positive, negative) in rows {
            let words = tests(words);
            assert_eq!(any_of(&words, bound, say).side, positive, "any of: {name}");
            assert_eq!(none_of(&words, bound, say).side, negative, "none of: {name}");
        }
    }
}
