//! Calico's selectors, read and decided naively.

use crate::worlds::world::Labels;

#[derive(Clone, Debug)]
pub(crate) enum Selector {
    All,
    Global,
    Has(String),
    Equals(String, String),
    In(String, Vec<String>),
    Contains(String, String),
    StartsWith(String, String),
    EndsWith(String, String),
    Not(Box<Selector>),
    And(Vec<Selector>),
    Or(Vec<Selector>),
}

impl Selector {
    /// Reads a selector; the empty one is `all()`.
    pub(crate) fn parse(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::All;
        }
        let mut parser = Parser { rest: text };
        let found = parser.any();
        parser.blanks();
        assert!(parser.rest.is_empty(), "`{}` is left of `{text}`", parser.rest);
        found
    }

    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        let value = |key: &String| labels.get(key);
        match self {
            Self::All => true,
            Self::Global => panic!("global() stands for itself"),
            Self::Has(key) => labels.contains_key(key),
            Self::Equals(key, wanted) => value(key) == Some(wanted),
            Self::In(key, wanted) => value(key).is_some_and(|value| wanted.contains(value)),
            Self::Contains(key, part) => value(key).is_some_and(|value| value.contains(part.as_str())),
            Self::StartsWith(key, part) => value(key).is_some_and(|value| value.starts_with(part.as_str())),
            Self::EndsWith(key, part) => value(key).is_some_and(|value| value.ends_with(part.as_str())),
            Self::Not(inner) => !inner.matches(labels),
            Self::And(parts) => parts.iter().all(|part| part.matches(labels)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(labels)),
        }
    }

    /// The same over labels that pods inherit under a prefix.
    pub(crate) fn prefixed(self, prefix: &str) -> Self {
        let key = |key: String| format!("{prefix}{key}");
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.prefixed(prefix)).collect();
        match self {
            Self::All | Self::Global => self,
            Self::Has(name) => Self::Has(key(name)),
            Self::Equals(name, value) => Self::Equals(key(name), value),
            Self::In(name, values) => Self::In(key(name), values),
            Self::Contains(name, value) => Self::Contains(key(name), value),
            Self::StartsWith(name, value) => Self::StartsWith(key(name), value),
            Self::EndsWith(name, value) => Self::EndsWith(key(name), value),
            Self::Not(inner) => Self::Not(Box::new(inner.prefixed(prefix))),
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn take(&mut self, word: &str) -> bool {
        self.blanks();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn any(&mut self) -> Selector {
        let mut parts = vec![self.all()];
        while self.take("||") {
            parts.push(self.all());
        }
        Selector::Or(parts)
    }

    fn all(&mut self) -> Selector {
        let mut parts = vec![self.one()];
        while self.take("&&") {
            parts.push(self.one());
        }
        Selector::And(parts)
    }

    fn one(&mut self) -> Selector {
        if self.take("!") {
            return Selector::Not(Box::new(self.one()));
        }
        if self.take("(") {
            let inner = self.any();
            assert!(self.take(")"), "`)` is missing before `{}`", self.rest);
            return inner;
        }
        if self.take("all()") {
            return Selector::All;
        }
        if self.take("global()") {
            return Selector::Global;
        }
        if self.take("has(") {
            let key = self.name();
            assert!(self.take(")"), "`)` is missing before `{}`", self.rest);
            return Selector::Has(key);
        }
        self.test()
    }

    fn test(&mut self) -> Selector {
        let key = self.name();
        let not = |selector| Selector::Not(Box::new(selector));
        if self.take("==") {
            Selector::Equals(key, self.literal())
        } else if self.take("!=") {
            not(Selector::Equals(key, self.literal()))
        } else if self.take("not in") {
            not(Selector::In(key, self.literals()))
        } else if self.take("in") {
            Selector::In(key, self.literals())
        } else if self.take("contains") {
            Selector::Contains(key, self.literal())
        } else if self.take("starts with") {
            Selector::StartsWith(key, self.literal())
        } else if self.take("ends with") {
            Selector::EndsWith(key, self.literal())
        } else {
            panic!("no operator before `{}`", self.rest)
        }
    }

    fn name(&mut self) -> String {
        self.blanks();
        let of_name = |letter: char| letter.is_ascii_alphanumeric() || "_./-".contains(letter);
        let end = self.rest.find(|letter| !of_name(letter)).unwrap_or(self.rest.len());
        assert!(end > 0, "no name before `{}`", self.rest);
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.to_string()
    }

    fn literal(&mut self) -> String {
        self.blanks();
        let quote = self.rest.chars().next().unwrap();
        assert!(quote == '\'' || quote == '"', "no literal before `{}`", self.rest);
        let inner = &self.rest[1..];
        let (literal, rest) = inner.split_once(quote).unwrap();
        self.rest = rest;
        literal.to_string()
    }

    fn literals(&mut self) -> Vec<String> {
        assert!(self.take("{"), "`{{` is missing before `{}`", self.rest);
        let mut found = Vec::new();
        while !self.take("}") {
            found.push(self.literal());
            self.take(",");
        }
        found
    }
}
