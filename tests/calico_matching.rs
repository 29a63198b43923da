//! What unmesh prints as a Calico selector, its own evaluator reads back with the same meaning.

use proptest::prelude::*;
use unmesh::manifest::Labels;
use unmesh::object::calico::Expression;
use unmesh::object::calico::matching::Selector;

/// The meaning of an expression, from Calico's documentation, without any parser.
fn means(expression: &Expression, labels: &Labels) -> bool {
    let value = |key: &String| labels.get(key);
    match expression {
        Expression::All => true,
        Expression::Nothing => false,
        Expression::Has(key) => value(key).is_some(),
        Expression::Equals(key, wanted) => value(key) == Some(wanted),
        Expression::In(key, wanted) => value(key).is_some_and(|value| wanted.contains(value)),
        Expression::StartsWith(key, part) => value(key).is_some_and(|value| value.starts_with(part)),
        Expression::EndsWith(key, part) => value(key).is_some_and(|value| value.ends_with(part)),
        Expression::Contains(key, part) => value(key).is_some_and(|value| value.contains(part)),
        Expression::Not(inner) => !means(inner, labels),
        Expression::And(parts) => parts.iter().all(|part| means(part, labels)),
        Expression::Or(parts) => parts.iter().any(|part| means(part, labels)),
    }
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["app", "in", "not", "has", "all", "example.com/tier-1"]).prop_map(String::from)
}

fn value() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "ab", "b", "it's"]).prop_map(String::from)
}

fn leaf() -> impl Strategy<Value = Expression> {
    prop_oneof![
        Just(Expression::All),
        Just(Expression::Nothing),
        key().prop_map(Expression::Has),
        (key(), value()).prop_map(|(key, value)| Expression::Equals(key, value)),
        (key(), prop::collection::vec(value(), 1..3)).prop_map(|(key, values)| Expression::In(key, values)),
        (key(), value()).prop_map(|(key, value)| Expression::StartsWith(key, value)),
        (key(), value()).prop_map(|(key, value)| Expression::EndsWith(key, value)),
        (key(), value()).prop_map(|(key, value)| Expression::Contains(key, value)),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Expression::not),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expression::and),
            prop::collection::vec(inner, 1..4).prop_map(Expression::or),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back_with_its_meaning(
        expression in expression(),
        labels in prop::collection::btree_map(key(), value(), 0..4),
    ) {
        let text = expression.to_string();
        let selector = Selector::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(selector.matches(&labels), means(&expression, &labels), "{}", text);
    }

    #[test]
    fn no_text_takes_the_parser_down(text in "[a-z'\"(){}!&|=, \n\té]{0,40}") {
        let _either = Selector::parse(&text);
    }
}
