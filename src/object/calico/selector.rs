//! Selectors as expressions that can be put together and printed.
//!
//! [`Selector`] reads the text; here it becomes what the writer works with: negations in one form,
//! conjunctions and disjunctions flat.

use super::Expression;
use super::matching::{Selector, Test};

/// Reads a selector.
///
/// # Errors
/// Calico would refuse it, or it holds `global()`, which stands alone in a `namespaceSelector` or
/// nowhere ([`is_global`]). The message is for people.
pub fn parse(text: &str) -> Result<Expression, String> {
    let selector = Selector::parse(text).map_err(|error| error.to_string())?;
    expression(selector).ok_or_else(|| "`global()` cannot stand here".to_string())
}

/// Whether a `namespaceSelector` is `global()` and nothing else: no namespace at all.
#[must_use]
pub fn is_global(text: &str) -> bool {
    Selector::parse(text) == Ok(Selector::Global)
}

/// The same as an expression; `None` where `global()` stands in it.
fn expression(selector: Selector) -> Option<Expression> {
    let all = |parts: Vec<Selector>| parts.into_iter().map(expression).collect::<Option<Vec<_>>>();
    Some(match selector {
        Selector::All => Expression::All,
        Selector::Global => return None,
        Selector::Label { key, test } => match test {
            Test::Has => Expression::Has(key),
            Test::Equals(value) => Expression::Equals(key, value),
            Test::NotEquals(value) => Expression::Equals(key, value).not(),
            Test::In(values) => Expression::In(key, values),
            Test::NotIn(values) => Expression::In(key, values).not(),
            Test::Contains(value) => Expression::Contains(key, value),
            Test::StartsWith(value) => Expression::StartsWith(key, value),
            Test::EndsWith(value) => Expression::EndsWith(key, value),
        },
        Selector::Not(inner) => expression(*inner)?.not(),
        Selector::And(parts) => Expression::and(all(parts)?),
        Selector::Or(parts) => Expression::or(all(parts)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_calico_reads() {
        let rows = [
            ("", "all()"),
            (" \t ", "all()"),
            ("all( )", "all()"),
            ("!all()", "!all()"),
            ("!!has( a )", "has(a)"),
            ("a=='b'", "a == 'b'"),
            ("a == \"it's\"", "a == \"it's\""),
            ("a!='b'", "a != 'b'"),
            ("a in{}", "a in {}"),
            ("a in {'x' , \"y\",}", "a in {'x', 'y'}"),
            ("a notin {'x'}", "a not in {'x'}"),
            ("a startswith 'x'||a ends \t with 'y'", "a starts with 'x' || a ends with 'y'"),
            ("contains contains 'contains'", "contains contains 'contains'"),
            ("a == '1' || b == '2' && c == '3'", "a == '1' || b == '2' && c == '3'"),
            ("(a == '1' || b == '2') && c == '3'", "(a == '1' || b == '2') && c == '3'"),
            ("!(a == '1' && has(b/c.d_e-F))", "!(a == '1' && has(b/c.d_e-F))"),
            ("in in {'in'}", "in in {'in'}"),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).map(|e| e.to_string()), Ok(expected.to_string()), "{text}");
        }
    }

    #[test]
    fn refuses_what_calico_refuses() {
        let rows = [
            "a",
            "a = 'b'",
            "a == b",
            "'a' == 'b'",
            "a == 'b",
            "a == 'b\"",
            "a & b",
            "a == 'b' &&",
            "|| a == 'b'",
            "a == 'b' c == 'd'",
            "(a == 'b'",
            "a == 'b')",
            "has()",
            "has(a",
            "has('a')",
            "all(",
            "all",
            "a in 'b'",
            "a in {'b'",
            "a in {b}",
            "a in {'b' 'c'}",
            "a in {,}",
            "a not {'b'}",
            "a starts 'b'",
            "ä == 'b'",
            "a == 'b'\n",
            "a == 'b'\n&& has(c)",
            "a\u{a0}== 'b'",
            "!",
            "()",
            "a b == 'c'",
            "global()",
            "all() && global()",
            "a == <",
            "a == 'it's \"x\"'",
        ];
        for text in rows {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("has({})", "a".repeat(512))).is_ok());
        assert!(parse(&format!("has({})", "a".repeat(513))).is_err());
        assert!(parse(&format!("{}all(){}", "(".repeat(100), ")".repeat(100))).is_ok());
        assert!(parse(&"(".repeat(1_000_000)).is_err());
    }

    #[test]
    fn global_stands_alone() {
        assert!(is_global(" global( )"));
        assert!(!is_global("!global()"));
        assert!(!is_global("all()"));
    }

    #[test]
    fn a_value_with_both_quotes_is_refused_and_never_widens() {
        let both = Expression::equals("a", "x' || all() || a == 'y\"");
        assert!(parse(&both.to_string()).is_err(), "{both}");
        assert!(parse(&both.not().to_string()).is_err());
    }

    fn expression() -> impl Strategy<Value = Expression> {
        let key = || "[a-c]{1,2}";
        let value = || "[a-c' ]{0,2}|[a-c\" ]{0,2}";
        let leaf = prop_oneof![
            Just(Expression::All),
            Just(Expression::Nothing),
            key().prop_map(Expression::Has),
            (key(), value()).prop_map(|(k, v)| Expression::Equals(k, v)),
            (key(), value()).prop_map(|(k, v)| Expression::StartsWith(k, v)),
            (key(), value()).prop_map(|(k, v)| Expression::EndsWith(k, v)),
            (key(), value()).prop_map(|(k, v)| Expression::Contains(k, v)),
            (key(), proptest::collection::vec(value(), 0..3)).prop_map(|(k, v)| Expression::any_value(k, v)),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(Expression::not),
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Expression::and),
                proptest::collection::vec(inner, 0..4).prop_map(Expression::or),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same(expression in expression()) {
            prop_assert_eq!(parse(&expression.to_string()), Ok(expression));
        }

        #[test]
        fn no_text_takes_the_reader_down(text in "[a-c(){}'\"=!&|, \\t\n<]{0,30}") {
            let _ = parse(&text);
        }
    }
}
