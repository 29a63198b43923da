//! The words of an expression, by binding strength.
//!
//! This is the one reader of selectors: [`super::super::selector`] makes its expressions of what
//! comes out here.

use super::tokens::{Token, Word, words};
use super::{Selector, Test};
use std::fmt;

/// Why a text is no expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// What was expected.
    pub message: String,
    /// The byte at which it was.
    pub offset: usize,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.message, self.offset + 1)
    }
}

/// How deep brackets may stand in each other; no selector that people or programs write comes near.
const DEEPEST: usize = 100;

pub(super) fn parse(text: &str) -> Result<Selector, SyntaxError> {
    let words = words(text)?;
    if words.is_empty() {
        return Ok(Selector::All);
    }
    let mut parser = Parser { rest: &words, end: text.len(), depth: 0 };
    let selector = parser.any()?;
    if parser.rest.is_empty() { Ok(selector) } else { Err(parser.expected("`&&`, `||` or the end")) }
}

struct Parser<'w, 't> {
    rest: &'w [Word<'t>],
    end: usize,
    depth: usize,
}

impl<'t> Parser<'_, 't> {
    fn expected(&self, what: &str) -> SyntaxError {
        let offset = self.rest.first().map_or(self.end, |word| word.offset);
        SyntaxError { message: format!("expected {what}"), offset }
    }

    fn next(&self) -> Option<Token<'t>> {
        self.rest.first().map(|word| word.token)
    }

    fn advance(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// Takes a word if it is next.
    fn take(&mut self, wanted: Token<'_>) -> bool {
        let found = self.next() == Some(wanted);
        if found {
            self.advance();
        }
        found
    }

    fn any(&mut self) -> Result<Selector, SyntaxError> {
        self.joined(Token::Or, Self::every, Selector::Or)
    }

    fn every(&mut self) -> Result<Selector, SyntaxError> {
        self.joined(Token::And, Self::operation, Selector::And)
    }

    fn joined(
        &mut self,
        operator: Token<'_>,
        part: fn(&mut Self) -> Result<Selector, SyntaxError>,
        join: fn(Vec<Selector>) -> Selector,
    ) -> Result<Selector, SyntaxError> {
        let first = part(self)?;
        if !self.take(operator) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.take(operator) {
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    fn operation(&mut self) -> Result<Selector, SyntaxError> {
        let mut negated = false;
        while self.take(Token::Not) {
            negated = !negated;
        }
        let selector = self.positive()?;
        Ok(if negated { Selector::Not(Box::new(selector)) } else { selector })
    }

    fn positive(&mut self) -> Result<Selector, SyntaxError> {
        let selector = match self.next() {
            Some(Token::Has(name)) => Selector::label(name, Test::Has),
            Some(Token::All) => Selector::All,
            Some(Token::Global) => Selector::Global,
            Some(Token::Open) => {
                self.advance();
                return self.nested();
            }
            Some(Token::Label(name)) => {
                self.advance();
                return Ok(Selector::label(name, self.test()?));
            }
            Some(_) | None => return Err(self.expected("a label name")),
        };
        self.advance();
        Ok(selector)
    }

    /// What is left of `( ... )`.
    fn nested(&mut self) -> Result<Selector, SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.expected("fewer nested parentheses"));
        }
        let selector = self.any()?;
        self.depth -= 1;
        if self.take(Token::Close) { Ok(selector) } else { Err(self.expected("`)`")) }
    }

    /// What follows a label.
    fn test(&mut self) -> Result<Test, SyntaxError> {
        let operator = self.next();
        self.advance();
        match operator {
            Some(Token::Equals) => self.literal().map(Test::Equals),
            Some(Token::Differs) => self.literal().map(Test::NotEquals),
            Some(Token::Contains) => self.literal().map(Test::Contains),
            Some(Token::StartsWith) => self.literal().map(Test::StartsWith),
            Some(Token::EndsWith) => self.literal().map(Test::EndsWith),
            Some(Token::In) => self.set().map(Test::In),
            Some(Token::NotIn) => self.set().map(Test::NotIn),
            Some(_) | None => Err(self.expected("an operator")),
        }
    }

    fn literal(&mut self) -> Result<String, SyntaxError> {
        let Some(Token::Literal(text)) = self.next() else { return Err(self.expected("a quoted value")) };
        self.advance();
        Ok(text.to_string())
    }

    /// `{'a', 'b'}`; a comma may stand behind the last one, and nothing may stand in it.
    fn set(&mut self) -> Result<Vec<String>, SyntaxError> {
        if !self.take(Token::SetOpen) {
            return Err(self.expected("`{`"));
        }
        let mut values = Vec::new();
        while let Some(Token::Literal(text)) = self.next() {
            self.advance();
            values.push(text.to_string());
            if !self.take(Token::Comma) {
                break;
            }
        }
        if self.take(Token::SetClose) { Ok(values) } else { Err(self.expected("`}`")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_calico_refuses_are_refused() {
        let cases = [
            ("one equals sign", "app = 'web'"),
            ("no quotes", "app == web"),
            ("a quote that stays open", "app == 'web"),
            ("a newline between", "app == 'web'\n&& has(x)"),
            ("a newline at the end", "has(app)\n"),
            ("a quoted name", "'app' == 'web'"),
            ("nothing behind an operator", "has(app) &&"),
            ("one ampersand", "has(app) & has(x)"),
            ("an open parenthesis", "(has(app)"),
            ("a closing one too many", "has(app))"),
            ("a name without a test", "app"),
            ("two comparisons in a row", "app == 'a' has(b)"),
            ("a blank before a parenthesis", "has (app)"),
            ("deeply nested", &"(".repeat(100_000)),
        ];
        for (name, text) in cases {
            assert!(parse(text).is_err(), "{name}: {text}");
        }
    }

    #[test]
    fn an_error_says_where() {
        let error = parse("app = 'web'").expect_err("one equals sign");
        assert_eq!(error.to_string(), "expected an operator at character 5");
    }
}
