//! Values against all short texts: each combination of answers that any text has is that of a value.

use super::*;
use crate::config::PathMatching;
use crate::ir::{Glob, Pattern, Segment};
use crate::object::calico::Path;
use crate::object::calico::matching::Test as LabelTest;
use crate::verify::peer::Side;
use crate::verify::test::Matcher;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

/// The values of a dimension for some tests.
struct Found {
    values: Vec<Value>,
    /// Their combinations of answers.
    answers: BTreeSet<Vec<Option<bool>>>,
    tests: Tests,
    ids: Vec<TestId>,
}

fn of(dimension: &Dimension, asked: &[Test]) -> Found {
    let mut tests = Tests::default();
    let ids: Vec<TestId> = asked.iter().map(|test| tests.id(test.clone())).collect();
    let values = values(dimension, &ids, &tests).expect("not too many");
    let answers = values.iter().map(|value| answers(value, &ids, &tests)).collect();
    Found { values, answers, tests, ids }
}

impl Found {
    /// Whether a text answers as one of the values does.
    fn realises(&self, text: Option<&str>) -> bool {
        let value = Value::Text(text.map(str::to_string));
        self.answers.contains(&answers(&value, &self.ids, &self.tests))
    }
}

fn answers(value: &Value, ids: &[TestId], tests: &Tests) -> Vec<Option<bool>> {
    ids.iter().map(|id| tests.passes(*id, value)).collect()
}

fn words(values: &[Value]) -> Vec<&str> {
    let word = |value| match value {
        &Value::Text(Some(ref text)) => text.as_str(),
        &Value::Text(None) => "(none)",
        other => panic!("no text: {other:?}"),
    };
    values.iter().map(word).collect()
}

fn text(of: Dimension, matcher: Matcher) -> Test {
    Test::Text { of, matcher }
}

/// All sequences of up to `most` pieces.
fn sequences(pieces: &[&str], most: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..most {
        last =
            last.iter().flat_map(|start| pieces.iter().map(move |piece| format!("{start}{piece}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let word = || "[abA/.]{1,3}";
    prop_oneof![
        word().prop_map(Pattern::Exact),
        word().prop_map(Pattern::Prefix),
        word().prop_map(Pattern::Suffix),
        "[ab*]{1,4}".prop_map(|text| Pattern::Glob(Glob::parse(&text))),
        Just(Pattern::Present),
    ]
}

fn any_case() -> impl Strategy<Value = Matcher> {
    let word = || "[ab/.]{1,3}";
    prop_oneof![
        word().prop_map(|text| Matcher::AnyCase(Pattern::Exact(text))),
        word().prop_map(|text| Matcher::AnyCase(Pattern::Prefix(text))),
        word().prop_map(|text| Matcher::AnyCase(Pattern::Suffix(text))),
    ]
}

fn matcher() -> impl Strategy<Value = Matcher> {
    prop_oneof![pattern().prop_map(Matcher::Pattern), any_case()]
}

fn label_test() -> impl Strategy<Value = LabelTest> {
    let word = || "[ab.-]{0,3}";
    let list = || proptest::collection::vec("[ab]{0,2}", 0..3);
    prop_oneof![
        Just(LabelTest::Has),
        word().prop_map(LabelTest::Equals),
        word().prop_map(LabelTest::NotEquals),
        list().prop_map(LabelTest::In),
        list().prop_map(LabelTest::NotIn),
        word().prop_map(LabelTest::Contains),
        word().prop_map(LabelTest::StartsWith),
        word().prop_map(LabelTest::EndsWith),
    ]
}

fn path_matcher() -> impl Strategy<Value = Matcher> {
    let path = || "(/[ab]{0,2}){1,2}";
    let rule = || prop_oneof![path().prop_map(Path::Exact), path().prop_map(Path::Prefix)];
    let segment = prop_oneof![
        2 => "[ab]".prop_map(Segment::Literal),
        1 => Just(Segment::One),
    ];
    let template =
        (proptest::collection::vec(segment, 0..3), any::<bool>()).prop_map(|(mut segments, open)| {
            segments.extend(open.then_some(Segment::Any));
            Pattern::Template(segments)
        });
    prop_oneof![
        path().prop_map(|text| Matcher::Pattern(Pattern::Exact(text))),
        path().prop_map(|text| Matcher::Pattern(Pattern::Prefix(text))),
        "[ab/]{1,3}".prop_map(|text| Matcher::Pattern(Pattern::Suffix(text))),
        template.prop_map(Matcher::Pattern),
        rule().prop_map(|rule| Matcher::Calico(rule, PathMatching::Raw)),
        rule().prop_map(|rule| Matcher::Calico(rule, PathMatching::Normalised)),
    ]
}

/// Whether Envoy would leave a path as it is: no dot segments, no escapes of what needs none.
fn is_normal(path: &str) -> bool {
    path.starts_with('/')
        && path.split('/').all(|segment| segment != "." && segment != "..")
        && !path.contains("%61")
        && !path.contains("%2E")
}

fn is_label(text: &str) -> bool {
    let outer = |letter: Option<char>| letter.is_none_or(|letter| letter.is_ascii_alphanumeric());
    outer(text.chars().next()) && outer(text.chars().next_back())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn headers_realise_every_combination(matchers in proptest::collection::vec(matcher(), 0..6)) {
        let dimension = Dimension::Header("x-tier".into());
        let asked: Vec<Test> = matchers.iter().map(|matcher| text(dimension.clone(), matcher.clone())).collect();
        let found = of(&dimension, &asked);
        for word in sequences(&["a", "b", "A", "B", "/", ".", "x"], 4).into_iter().filter(|word| !word.is_empty()) {
            prop_assert!(found.realises(Some(&word)), "{word:?} of {matchers:?}");
        }
        prop_assert!(found.realises(None));
    }

    #[test]
    fn labels_realise_every_combination(label_tests in proptest::collection::vec(label_test(), 0..6)) {
        let dimension = Dimension::Label("tier".into());
        let asked: Vec<Test> = label_tests
            .iter()
            .map(|test| Test::PeerLabel { side: Side::Before, key: "tier".into(), test: test.clone() })
            .collect();
        let found = of(&dimension, &asked);
        for word in sequences(&["a", "b", "-", ".", "x"], 5).into_iter().filter(|word| is_label(word)) {
            prop_assert!(found.realises(Some(&word)), "{word:?} of {label_tests:?}");
        }
        prop_assert!(found.realises(None));
        prop_assert!(words(&found.values).iter().all(|word| *word == "(none)" || is_label(word) && word.len() <= 63));
    }

    #[test]
    fn methods_are_common_ones_where_they_can_be(
        mentioned in proptest::collection::btree_set(select(&METHODS[..]), 0..7),
    ) {
        let exact = |method: &&str| text(Dimension::Method, Matcher::Pattern(Pattern::Exact((*method).to_string())));
        let asked: Vec<Test> = mentioned.iter().map(exact).collect();
        let found = of(&Dimension::Method, &asked);
        let words: BTreeSet<&str> = words(&found.values).into_iter().collect();
        prop_assert!(mentioned.is_subset(&words));
        prop_assert_eq!(words.len(), mentioned.len() + 1);
        prop_assert_eq!(mentioned.len() == METHODS.len(), !words.iter().all(|word| METHODS.contains(word)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn paths_realise_every_combination(matchers in proptest::collection::vec(path_matcher(), 0..6)) {
        let asked: Vec<Test> = matchers.iter().map(|matcher| text(Dimension::Path, matcher.clone())).collect();
        let found = of(&Dimension::Path, &asked);
        let pieces = ["/", "a", "b", "..", ";", "%2F", "%x", "x"];
        for path in sequences(&pieces, 4).iter().map(|rest| format!("/{rest}")).filter(|path| is_normal(path)) {
            prop_assert!(found.realises(Some(&path)), "{path:?} of {matchers:?}");
        }
        prop_assert!(words(&found.values).into_iter().all(is_normal), "{:?}", found.values);
    }
}

#[test]
fn what_nobody_asks_about_has_one_plain_value() {
    let rows = [
        (Dimension::Method, "GET"),
        (Dimension::Path, "/"),
        (Dimension::Host, "other.example"),
        (Dimension::Header("x".into()), "(none)"),
        (Dimension::RequestPrincipal, "(none)"),
        (Dimension::Label("x".into()), "(none)"),
    ];
    for (dimension, expected) in rows {
        let values = of(&dimension, &[]).values;
        assert_eq!(words(&values), [expected], "{dimension:?}");
    }
}

#[test]
fn the_shortest_path_of_each_class_comes_out() {
    let asked = [
        Pattern::Prefix("/api/".into()),
        Pattern::Exact("/api/users".into()),
        Pattern::Suffix(".html".into()),
    ]
    .map(|pattern| text(Dimension::Path, Matcher::Pattern(pattern)));
    let values = of(&Dimension::Path, &asked).values;
    assert_eq!(words(&values), ["/", "/api/", "/.html", "/api/users", "/api/.html"]);
}

#[test]
fn tokens_and_authorizers_are_asked_in_all_their_states() {
    let wanted = |token| Test::Token(token);
    let values = of(&Dimension::Token, &[wanted(Token::Valid), wanted(Token::Invalid)]).values;
    assert_eq!(values, [Token::Absent, Token::Valid, Token::Invalid].map(Value::Token));
    let dimension = Dimension::Authorizer("opa".into());
    let values = of(&dimension, &[Test::Authorizer("opa".into(), Answer::Refuses)]).values;
    assert_eq!(values, [Answer::Passes, Answer::Refuses].map(Value::Answer));
}

#[test]
fn too_many_states_are_no_answer() {
    let gap = |letter: char| Pattern::Glob(Glob::parse(&format!("*{letter}{}*", "x*".repeat(12))));
    let asked: Vec<Test> =
        ('a'..='w').map(|letter| text(Dimension::Host, Matcher::Pattern(gap(letter)))).collect();
    let mut tests = Tests::default();
    let ids: Vec<TestId> = asked.into_iter().map(|test| tests.id(test)).collect();
    assert_eq!(values(&Dimension::Host, &ids, &tests), None);
}
