//! Tags on scalars, as go-yaml v2 takes them: `!!str 80` is a string, `!!int "80"` a number.
//!
//! Tags on collections and tags of one's own mean nothing to Kubernetes; a scalar with a tag of
//! one's own is a string.

use super::node::{Scalar, Style};
use super::scalar::{Resolved, resolve};

const CORE: &str = "tag:yaml.org,2002:";

/// A scalar with its tag applied.
///
/// # Errors
/// The text is no value of the type that the tag names; the message says so.
pub(super) fn apply(text: String, style: Style, tag: Option<&str>) -> Result<Scalar, String> {
    let Some(tag) = tag else { return Ok(Scalar { text, style }) };
    let as_text = |text| Ok(Scalar { text, style: Style::Text });
    let Some(name) = tag.strip_prefix(CORE) else { return as_text(text) };
    let plain = Scalar { text, style: Style::Plain };
    let fits = match (name, resolve(&plain)) {
        ("float", Resolved::Int(value)) => {
            return Ok(Scalar { text: format!("{value}.0"), style: Style::Plain });
        }
        ("bool", Resolved::Bool(_))
        | ("int", Resolved::Int(_))
        | ("float", Resolved::Float(_))
        | ("null", Resolved::Null) => true,
        ("timestamp", Resolved::String) if begins_with_date(&plain.text) => true,
        ("binary", _) => match base64(&plain.text) {
            Some(bytes) => return as_text(String::from_utf8_lossy(&bytes).into_owned()),
            None => return Err(format!("`{}` is no base64, as `!!binary` wants", plain.text)),
        },
        ("bool" | "int" | "float" | "null" | "timestamp", _) => false,
        _ => return as_text(plain.text),
    };
    if fits { Ok(plain) } else { Err(format!("`{}` is no value for the tag `!!{name}`", plain.text)) }
}

/// `YYYY-M-D`, and whatever stands behind it: the value stays text either way.
fn begins_with_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or("");
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [year, month, day]
        if year.len() == 4 && month.len() <= 2 && day.len() <= 2 && parts.iter().all(|part| digits(part)))
}

/// Standard base64 with padding; line breaks are passed over, as Go does.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut groups = text.chunks(4).peekable();
    while let Some(group) = groups.next() {
        let &[first, second, third, fourth] = group else { return None };
        let padding = match (third, fourth) {
            (b'=', b'=') => 2,
            (_, b'=') => 1,
            (_, _) => 0,
        };
        if padding > 0 && groups.peek().is_some() {
            return None;
        }
        let mut word = 0_u32;
        for (place, byte) in [first, second, third, fourth].into_iter().enumerate() {
            word = word << 6 | if place + padding >= 4 { 0 } else { digit(byte)? };
        }
        let [_, decoded @ ..] = word.to_be_bytes();
        bytes.extend(decoded.into_iter().take(3 - padding));
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
