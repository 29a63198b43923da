//! Selectors, read as Calico reads them.
//!
//! `libcalico-go/lib/selector/parser`, the same from 3.26 to 3.32: `||` binds weakest, then `&&`,
//! then `!`; an empty selector is `all()`.

use super::Expression;
use super::tokens::{Token, tokens};

/// How deep brackets may stand in each other; no selector that people or programs write comes near.
const DEPTH: usize = 100;

/// Reads a selector.
///
/// # Errors
/// Calico would refuse it, or it holds `global()`, which stands alone in a `namespaceSelector` or
/// nowhere ([`is_global`]). The message is for people.
pub fn parse(text: &str) -> Result<Expression, String> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Expression::All);
    }
    let mut parser = Parser { rest: &tokens, depth: 0 };
    let expression = parser.any()?;
    match parser.rest {
        [] => Ok(expression),
        [_, ..] => Err(format!("`{text}` goes on where it should end")),
    }
}

/// Whether a `namespaceSelector` is `global()` and nothing else: no namespace at all.
#[must_use]
pub fn is_global(text: &str) -> bool {
    tokens(text).is_ok_and(|tokens| tokens == [Token::Global])
}

/// Reads tokens from left to right.
struct Parser<'t> {
    rest: &'t [Token<'t>],
    depth: usize,
}

impl<'t> Parser<'t> {
    /// Takes the next token.
    fn next(&mut self) -> Option<Token<'t>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Takes the next token if it is this one.
    fn takes(&mut self, token: Token<'_>) -> bool {
        let is_next = self.rest.first().is_some_and(|next| *next == token);
        if is_next {
            self.next();
        }
        is_next
    }

    /// `... || ...`.
    fn any(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.all()?];
        while self.takes(Token::Or) {
            parts.push(self.all()?);
        }
        Ok(Expression::or(parts))
    }

    /// `... && ...`.
    fn all(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.operation()?];
        while self.takes(Token::And) {
            parts.push(self.operation()?);
        }
        Ok(Expression::and(parts))
    }

    /// One operation, with the `!` before it.
    fn operation(&mut self) -> Result<Expression, String> {
        let mut is_negated = false;
        while self.takes(Token::Not) {
            is_negated = !is_negated;
        }
        let expression = match self.next() {
            Some(Token::Has(name)) => Expression::Has(name.to_string()),
            Some(Token::All) => Expression::All,
            Some(Token::Label(name)) => self.comparison(name)?,
            Some(Token::Open) => self.bracket()?,
            Some(Token::Global) => return Err("`global()` cannot stand here".to_string()),
            Some(_) => return Err("an operator or a value stands where a label belongs".to_string()),
            None => return Err("it ends where a label belongs".to_string()),
        };
        Ok(if is_negated { expression.not() } else { expression })
    }

    /// What is left of `( ... )`.
    fn bracket(&mut self) -> Result<Expression, String> {
        if self.depth == DEPTH {
            return Err(format!("brackets stand more than {DEPTH} deep"));
        }
        self.depth += 1;
        let inner = self.any()?;
        self.depth -= 1;
        if self.takes(Token::Close) { Ok(inner) } else { Err("a bracket is not closed".to_string()) }
    }

    /// What follows a label.
    fn comparison(&mut self, name: &str) -> Result<Expression, String> {
        let name = name.to_string();
        match self.next() {
            Some(Token::Equals) => Ok(Expression::Equals(name, self.literal()?)),
            Some(Token::Differs) => Ok(Expression::Equals(name, self.literal()?).not()),
            Some(Token::Contains) => Ok(Expression::Contains(name, self.literal()?)),
            Some(Token::StartsWith) => Ok(Expression::StartsWith(name, self.literal()?)),
            Some(Token::EndsWith) => Ok(Expression::EndsWith(name, self.literal()?)),
            Some(Token::In) => Ok(Expression::In(name, self.set()?)),
            Some(Token::NotIn) => Ok(Expression::In(name, self.set()?).not()),
            Some(_) | None => Err(format!("an operator belongs after the label `{name}`")),
        }
    }

    /// A value in quotes.
    fn literal(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Literal(text)) => Ok(text.to_string()),
            Some(_) | None => Err("a value in quotes belongs after the operator".to_string()),
        }
    }

    /// `{'a', 'b'}`; a comma may stand after the last one, and nothing may stand in it.
    fn set(&mut self) -> Result<Vec<String>, String> {
        if !self.takes(Token::SetOpen) {
            return Err("values in curly brackets belong after `in`".to_string());
        }
        let mut values = Vec::new();
        while let Some(Token::Literal(text)) = self.rest.first() {
            self.next();
            values.push((*text).to_string());
            if !self.takes(Token::Comma) {
                break;
            }
        }
        if self.takes(Token::SetClose) {
            Ok(values)
        } else {
            Err("a curly bracket is not closed".to_string())
        }
    }
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
