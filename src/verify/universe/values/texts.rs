//! Texts: patterns become machines, and the search finds a text of each class.

use super::super::automata::calico_path::CalicoPaths;
use super::super::automata::constraint::{Name, NotEmpty};
use super::super::automata::ending::Endings;
use super::super::automata::envoy_path::EnvoyPath;
use super::super::automata::part::Parts;
use super::super::automata::sequence::Sequence;
use super::super::automata::word::Words;
use super::super::automata::{Machine, Search, borrowed};
use crate::config::PathMatching;
use crate::ir::Pattern;
use crate::object::calico::Path;
use crate::object::calico::matching::Test as LabelTest;
use crate::verify::test::{Matcher, Test};

/// The most states that a search visits.
const MOST: usize = 200_000;
/// The longest text of the dimensions without a limit of their own.
const LONGEST: usize = 2_000;
/// The longest value of a label (Kubernetes, `validation.IsValidLabelValue`).
const LONGEST_LABEL: usize = 63;

/// What texts a dimension has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Chars {
    /// A path as Envoy hands it on.
    Path,
    /// A method.
    Method,
    /// Whatever is visible.
    Visible,
}

/// What patterns ask of a text, sorted by what reads it.
#[derive(Default)]
struct Asked<'t> {
    exact: Vec<&'t str>,
    prefixes: Vec<&'t str>,
    suffixes: Vec<&'t str>,
    any_case_exact: Vec<&'t str>,
    any_case_prefixes: Vec<&'t str>,
    any_case_suffixes: Vec<&'t str>,
    parts: Vec<&'t str>,
    sequences: Vec<Sequence>,
    normalised_exact: Vec<&'t str>,
    normalised_prefixes: Vec<&'t str>,
}

impl<'t> Asked<'t> {
    fn of(tests: &[&'t Test]) -> Option<Self> {
        let mut asked = Self::default();
        for test in tests {
            if let Test::Text { of: _, matcher } = test {
                asked.matcher(matcher)?;
            }
        }
        Some(asked)
    }

    /// `None` for what no machine here reads.
    fn matcher(&mut self, matcher: &'t Matcher) -> Option<()> {
        match matcher {
            Matcher::Pattern(pattern) => return self.pattern(pattern),
            Matcher::AnyCase(Pattern::Exact(text)) => self.any_case_exact.push(text),
            Matcher::AnyCase(Pattern::Prefix(text)) => self.any_case_prefixes.push(text),
            Matcher::AnyCase(Pattern::Suffix(text)) => self.any_case_suffixes.push(text),
            Matcher::AnyCase(Pattern::Present | Pattern::Opaque(_)) => {}
            Matcher::AnyCase(_) | Matcher::Regex(_) => return None,
            Matcher::Calico(Path::Exact(text), PathMatching::Raw) => self.exact.push(text),
            Matcher::Calico(Path::Prefix(text), PathMatching::Raw) => self.prefixes.push(text),
            Matcher::Calico(Path::Exact(text), PathMatching::Normalised) => self.normalised_exact.push(text),
            Matcher::Calico(Path::Prefix(text), PathMatching::Normalised) => {
                self.normalised_prefixes.push(text);
            }
        }
        Some(())
    }

    fn pattern(&mut self, pattern: &'t Pattern) -> Option<()> {
        match pattern {
            Pattern::Exact(text) => self.exact.push(text),
            Pattern::Prefix(text) => self.prefixes.push(text),
            Pattern::Suffix(text) => self.suffixes.push(text),
            Pattern::Template(segments) => self.sequences.push(Sequence::template(segments)),
            Pattern::Glob(glob) | Pattern::Loose { now: glob, before: _ } => {
                self.sequences.push(Sequence::glob(glob));
            }
            // Texts are not empty here, and what is opaque has no answer.
            Pattern::Present | Pattern::Opaque(_) => {}
            Pattern::Cidr(_) | Pattern::Port(_) => return None,
        }
        Some(())
    }

    fn label(&mut self, test: &'t LabelTest) {
        match test {
            LabelTest::Has => {}
            LabelTest::Equals(text) | LabelTest::NotEquals(text) => self.exact.push(text),
            LabelTest::In(texts) | LabelTest::NotIn(texts) => {
                self.exact.extend(texts.iter().map(String::as_str));
            }
            LabelTest::Contains(text) => self.parts.push(text),
            LabelTest::StartsWith(text) => self.prefixes.push(text),
            LabelTest::EndsWith(text) => self.suffixes.push(text),
        }
    }

    fn machines(self) -> Vec<Box<dyn Machine>> {
        let deepest = self.deepest();
        let mut machines: Vec<Box<dyn Machine>> = Vec::new();
        if !self.exact.is_empty() || !self.prefixes.is_empty() {
            machines.push(Box::new(Words::new(self.exact, self.prefixes, false)));
        }
        if !self.any_case_exact.is_empty() || !self.any_case_prefixes.is_empty() {
            machines.push(Box::new(Words::new(self.any_case_exact, self.any_case_prefixes, true)));
        }
        if !self.suffixes.is_empty() {
            machines.push(Box::new(Endings::new(self.suffixes, false)));
        }
        if !self.any_case_suffixes.is_empty() {
            machines.push(Box::new(Endings::new(self.any_case_suffixes, true)));
        }
        if !self.parts.is_empty() {
            machines.push(Box::new(Parts::new(self.parts)));
        }
        if !self.normalised_exact.is_empty() || !self.normalised_prefixes.is_empty() {
            machines.push(Box::new(CalicoPaths::new(
                self.normalised_exact,
                self.normalised_prefixes,
                deepest,
            )));
        }
        machines.extend(self.sequences.into_iter().map(|sequence| Box::new(sequence) as Box<dyn Machine>));
        machines
    }

    /// How many segments any pattern of paths has, and one more.
    fn deepest(&self) -> u32 {
        let texts = self.exact.iter().chain(&self.prefixes).chain(&self.suffixes);
        let texts = texts.map(|text| text.matches('/').count());
        let deepest = texts.chain(self.sequences.iter().map(Sequence::segments)).max().unwrap_or(0);
        u32::try_from(deepest).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// Texts for the tests of a dimension: candidates first where they are of different classes, then
/// the shortest of each further class. `None` where there are too many.
pub(super) fn texts(tests: &[&Test], candidates: &[&str], chars: Chars) -> Option<Vec<String>> {
    let mut machines = Asked::of(tests)?.machines();
    let start = match chars {
        Chars::Path => {
            machines.push(Box::new(EnvoyPath));
            "/"
        }
        Chars::Method | Chars::Visible => {
            machines.push(Box::new(NotEmpty));
            ""
        }
    };
    let mut search = Search::new(borrowed(&mut machines), LONGEST, MOST);
    let candidates = candidates.iter().filter(|text| search.class(text).is_some());
    let mut found: Vec<String> = candidates.map(ToString::to_string).collect();
    if search.read(start) {
        let more = search.texts()?;
        found.extend(more.into_iter().map(|text| format!("{start}{text}")));
    }
    Some(found)
}

/// Values of a label for tests of it; `None` in the list is a label that is not there.
pub(super) fn labels(tests: &[&Test]) -> Option<Vec<Option<String>>> {
    let label = |test: &'_ &Test| match test {
        Test::PeerLabel { side: _, key: _, test } | Test::DestinationLabel { key: _, test } => {
            Some(test.clone())
        }
        Test::Identity(_)
        | Test::NodeLocal
        | Test::Endpoint(_)
        | Test::Address { .. }
        | Test::Ports { .. }
        | Test::NamedPort(_)
        | Test::Protocol(_)
        | Test::Text { .. }
        | Test::Token(_)
        | Test::Authorizer(..) => None,
    };
    let tests: Vec<LabelTest> = tests.iter().filter_map(label).collect();
    let found = label_texts(&tests.iter().collect::<Vec<_>>(), Name::LABEL, "other")?;
    Some([None].into_iter().chain(found.into_iter().map(Some)).collect())
}

/// Texts for tests as of labels, within a form; `other` first, which nobody should mention.
pub(in super::super) fn label_texts(tests: &[&LabelTest], form: Name, other: &str) -> Option<Vec<String>> {
    let mut machines = label_machines(tests);
    machines.push(Box::new(form));
    let mut search = Search::new(borrowed(&mut machines), LONGEST_LABEL, MOST);
    let first = search.class(other).map(|_| other.to_string());
    Some(first.into_iter().chain(search.texts()?).collect())
}

/// Machines that tell apart what tests as of labels do.
pub(in super::super) fn label_machines(tests: &[&LabelTest]) -> Vec<Box<dyn Machine>> {
    let mut asked = Asked::default();
    for test in tests {
        asked.label(test);
    }
    asked.machines()
}
