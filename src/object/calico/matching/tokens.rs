//! The words of a selector.
//!
//! `libcalico-go/lib/selector/tokenizer`, the same from 3.26 to 3.32: spaces and tabs alone
//! separate, literals have no escapes and end at their own quote, and what follows a label is an
//! operator.

use super::SyntaxError;

/// A word and the byte at which it begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Word<'a> {
    pub(super) token: Token<'a>,
    pub(super) offset: usize,
}

/// One word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    /// A label's name.
    Label(&'a str),
    /// What stands between quotes.
    Literal(&'a str),
    /// `has(name)`.
    Has(&'a str),
    /// `all()`.
    All,
    /// `global()`.
    Global,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `{`.
    SetOpen,
    /// `}`.
    SetClose,
    /// `,`.
    Comma,
    /// `==`.
    Equals,
    /// `!=`.
    Differs,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `contains`.
    Contains,
    /// `starts with`.
    StartsWith,
    /// `ends with`.
    EndsWith,
    /// `!`.
    Not,
    /// `&&`.
    And,
    /// `||`.
    Or,
}

/// The longest name of a label that Calico's tokenizer takes.
const LABEL_LENGTH: usize = 512;

/// What separates words.
const SPACE: [char; 2] = [' ', '\t'];

/// Signs and their words; of two with the same start the longer one first.
const SIGNS: [(&str, Token<'static>); 10] = [
    ("(", Token::Open),
    (")", Token::Close),
    ("{", Token::SetOpen),
    ("}", Token::SetClose),
    (",", Token::Comma),
    ("==", Token::Equals),
    ("!=", Token::Differs),
    ("!", Token::Not),
    ("&&", Token::And),
    ("||", Token::Or),
];

/// Splits a selector into its words.
///
/// # Errors
/// A character or a label that no selector can hold.
pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>, SyntaxError> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut rest = skip(text);
    while !rest.is_empty() {
        let offset = text.len() - rest.len();
        let after_label = matches!(words.last(), Some(Word { token: Token::Label(_), offset: _ }));
        let (token, left) = next(rest, after_label).map_err(|expected| {
            let broken = rest.starts_with(['\n', '\r']);
            let message = if broken { "expected no line break" } else { expected };
            SyntaxError { message: message.to_string(), offset }
        })?;
        words.push(Word { token, offset });
        rest = skip(left);
    }
    Ok(words)
}

/// The first word and what is left; else what was expected.
fn next(text: &str, after_label: bool) -> Result<(Token<'_>, &str), &'static str> {
    for (sign, token) in SIGNS {
        if let Some(left) = text.strip_prefix(sign) {
            return Ok((token, left));
        }
    }
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote) {
            let (literal, left) = inner.split_once(quote).ok_or("expected a closing quote")?;
            return Ok((Token::Literal(literal), left));
        }
    }
    if after_label { operator(text).ok_or("expected an operator") } else { operand(text) }
}

/// The operator that has to follow a label.
fn operator(text: &str) -> Option<(Token<'_>, &str)> {
    let words = [
        (["contains", ""], Token::Contains),
        (["starts", "with"], Token::StartsWith),
        (["ends", "with"], Token::EndsWith),
        (["not", "in"], Token::NotIn),
        (["in", ""], Token::In),
    ];
    words.into_iter().find_map(|([first, second], token)| {
        let left = text.strip_prefix(first)?;
        let left = if second.is_empty() { left } else { after(left, second)? };
        Some((token, left))
    })
}

/// A label, or one of the functions.
fn operand(text: &str) -> Result<(Token<'_>, &str), &'static str> {
    let close = |left| after(left, ")").ok_or("expected `)`");
    if let Some(inner) = text.strip_prefix("has(") {
        let (name, left) = label(skip(inner))?;
        return Ok((Token::Has(name), close(left)?));
    }
    for (word, token) in [("all(", Token::All), ("global(", Token::Global)] {
        if let Some(left) = text.strip_prefix(word) {
            return Ok((token, close(left)?));
        }
    }
    let (name, left) = label(text)?;
    Ok((Token::Label(name), left))
}

/// A label's name and what is left.
fn label(text: &str) -> Result<(&str, &str), &'static str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    match text.split_at_checked(end) {
        Some((name, _)) if name.len() > LABEL_LENGTH => {
            Err("expected a label name of at most 512 characters")
        }
        Some((name, left)) if !name.is_empty() => Ok((name, left)),
        Some(_) | None => Err("expected a label name"),
    }
}

/// What is left after spaces and a word.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    skip(text).strip_prefix(word)
}

/// What is left after spaces.
fn skip(text: &str) -> &str {
    text.trim_start_matches(SPACE)
}
