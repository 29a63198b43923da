//! The text of an expression: tokens, then a descent by binding strength.

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

/// Nested parentheses beyond this are refused, so that no input can take the program down.
const DEEPEST: usize = 100;

/// Calico's longest label name.
const LONGEST_KEY: usize = 512;

pub(super) fn parse(text: &str) -> Result<Selector, SyntaxError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    parser.skip_blanks();
    if parser.rest().is_empty() {
        return Ok(Selector::All);
    }
    let selector = parser.any()?;
    if parser.rest().is_empty() { Ok(selector) } else { Err(parser.expected("`&&`, `||` or the end")) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn expected(&self, what: &str) -> SyntaxError {
        SyntaxError { message: format!("expected {what}"), offset: self.at }
    }

    /// Calico's blanks are spaces and tabs; a newline is an error.
    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    /// Takes a text if it is next, with the blanks behind it.
    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
            self.skip_blanks();
        }
        found
    }

    fn any(&mut self) -> Result<Selector, SyntaxError> {
        self.joined("||", Self::every, Selector::Or)
    }

    fn every(&mut self) -> Result<Selector, SyntaxError> {
        self.joined("&&", Self::operation, Selector::And)
    }

    fn joined(
        &mut self,
        operator: &str,
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
        while !self.rest().starts_with("!=") && self.take("!") {
            negated = !negated;
        }
        let selector = self.positive()?;
        Ok(if negated { Selector::Not(Box::new(selector)) } else { selector })
    }

    fn positive(&mut self) -> Result<Selector, SyntaxError> {
        if self.take("(") {
            return self.nested();
        }
        if self.take("has(") {
            let key = self.key()?;
            self.close()?;
            return Ok(Selector::Label { key, test: Test::Has });
        }
        if self.take("all(") {
            self.close()?;
            return Ok(Selector::All);
        }
        if self.take("global(") {
            self.close()?;
            return Ok(Selector::Global);
        }
        let key = self.key()?;
        let test = self.test()?;
        Ok(Selector::Label { key, test })
    }

    fn nested(&mut self) -> Result<Selector, SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.expected("fewer nested parentheses"));
        }
        let selector = self.any()?;
        self.depth -= 1;
        self.close()?;
        Ok(selector)
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        if self.take(")") { Ok(()) } else { Err(self.expected("`)`")) }
    }

    fn key(&mut self) -> Result<String, SyntaxError> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./-".contains(byte);
        let length = self.rest().bytes().take_while(allowed).count();
        match self.rest().get(..length) {
            Some(key) if (1..=LONGEST_KEY).contains(&length) => {
                self.at += length;
                self.skip_blanks();
                Ok(key.to_string())
            }
            _ => Err(self.expected("a label name")),
        }
    }

    fn test(&mut self) -> Result<Test, SyntaxError> {
        if self.take("==") {
            self.literal().map(Test::Equals)
        } else if self.take("!=") {
            self.literal().map(Test::NotEquals)
        } else if self.take("contains") {
            self.literal().map(Test::Contains)
        } else if self.take("starts") {
            self.with()?;
            self.literal().map(Test::StartsWith)
        } else if self.take("ends") {
            self.with()?;
            self.literal().map(Test::EndsWith)
        } else if self.take("not") {
            if !self.take("in") {
                return Err(self.expected("`in`"));
            }
            self.set().map(Test::NotIn)
        } else if self.take("in") {
            self.set().map(Test::In)
        } else {
            Err(self.expected("an operator"))
        }
    }

    fn with(&mut self) -> Result<(), SyntaxError> {
        if self.take("with") { Ok(()) } else { Err(self.expected("`with`")) }
    }

    /// A literal ends at the next quote of its own kind: there are no escapes.
    fn literal(&mut self) -> Result<String, SyntaxError> {
        let quote = self.rest().chars().next().filter(|next| matches!(next, '\'' | '"'));
        let Some(quote) = quote else { return Err(self.expected("a quoted value")) };
        let inner = self.rest().get(1..).unwrap_or("");
        let Some((value, _)) = inner.split_once(quote) else { return Err(self.expected("a closing quote")) };
        self.at += value.len() + 2;
        self.skip_blanks();
        Ok(value.to_string())
    }

    fn set(&mut self) -> Result<Vec<String>, SyntaxError> {
        if !self.take("{") {
            return Err(self.expected("`{`"));
        }
        let mut values = Vec::new();
        while self.rest().starts_with(['\'', '"']) {
            values.push(self.literal()?);
            if !self.take(",") {
                break;
            }
        }
        if self.take("}") { Ok(values) } else { Err(self.expected("`}`")) }
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
