//! The words of a selector.
//!
//! `libcalico-go/lib/selector/tokenizer`, the same from 3.26 to 3.32: spaces and tabs alone
//! separate, literals have no escapes and end at their own quote, and what follows a label is an
//! operator.

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
/// A character or a label that no selector can hold, for people.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, String> {
    if text.contains(['\n', '\r']) {
        return Err("a selector has to stand on one line".to_string());
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(SPACE);
    while !rest.is_empty() {
        let after_label = matches!(tokens.last(), Some(Token::Label(_)));
        let (token, left) = next(rest, after_label)?;
        tokens.push(token);
        rest = left.trim_start_matches(SPACE);
    }
    Ok(tokens)
}

/// The first word and what is left.
fn next(text: &str, after_label: bool) -> Result<(Token<'_>, &str), String> {
    for (sign, token) in SIGNS {
        if let Some(left) = text.strip_prefix(sign) {
            return Ok((token, left));
        }
    }
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote) {
            let (literal, left) =
                inner.split_once(quote).ok_or_else(|| format!("the quote in `{text}` is not closed"))?;
            return Ok((Token::Literal(literal), left));
        }
    }
    if after_label { operator(text) } else { operand(text) }
}

/// The operator that has to follow a label.
fn operator(text: &str) -> Result<(Token<'_>, &str), String> {
    let words = [
        (["contains", ""], Token::Contains),
        (["starts", "with"], Token::StartsWith),
        (["ends", "with"], Token::EndsWith),
        (["not", "in"], Token::NotIn),
        (["in", ""], Token::In),
    ];
    for ([first, second], token) in words {
        let left = text.strip_prefix(first);
        let left = left.and_then(|left| if second.is_empty() { Some(left) } else { after(left, second) });
        if let Some(left) = left {
            return Ok((token, left));
        }
    }
    Err(format!("`{text}` follows a label, where an operator belongs"))
}

/// A label, or one of the functions.
fn operand(text: &str) -> Result<(Token<'_>, &str), String> {
    let close = |left| after(left, ")").ok_or_else(|| format!("the bracket in `{text}` is not closed"));
    if let Some(inner) = text.strip_prefix("has(") {
        let (name, left) = label(inner.trim_start_matches(SPACE))?;
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

/// What is left after spaces and a word.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.trim_start_matches(SPACE).strip_prefix(word)
}

/// A label's name and what is left.
fn label(text: &str) -> Result<(&str, &str), String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    match text.split_at_checked(end) {
        Some((name, _)) if name.len() > LABEL_LENGTH => {
            Err(format!("a label has {} characters, and {LABEL_LENGTH} are the most", name.len()))
        }
        Some((name, left)) if !name.is_empty() => Ok((name, left)),
        Some(_) | None => Err(format!("`{text}` begins with no label, quote or operator")),
    }
}
