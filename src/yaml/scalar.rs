//! Plain scalars as Kubernetes reads them: the resolver of go-yaml v2 behind `sigs.k8s.io/yaml`.
//!
//! kubectl, istioctl and the API server turn YAML into JSON by that library, so what it makes of
//! `on` and `0755` is what counts, whatever YAML 1.2 says.

use super::node::{Scalar, Style};

/// What a scalar is to Kubernetes.
///
/// There are no dates: go-yaml knows them, and hands on their text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Resolved {
    /// A string.
    String,
    /// `null`, `~` or nothing.
    Null,
    /// `true`, and also `yes`, `on`, `y`, ...
    Bool(bool),
    /// A whole number, `0755` (octal) and `1_000` included.
    Int(i128),
    /// A number with a fraction or exponent, infinity, not-a-number.
    Float(f64),
}

impl Resolved {
    /// The whole number that the API server reads: YAML becomes JSON on the way, where `1e3` is 1000,
    /// `1.0` is 1 and `08` is 8.
    #[must_use]
    pub fn whole(self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(value),
            #[expect(clippy::cast_possible_truncation, reason = "far beyond what any field allows")]
            Self::Float(value) if value.fract() == 0.0 => Some(value as i128),
            Self::String | Self::Null | Self::Bool(_) | Self::Float(_) => None,
        }
    }
}

/// What Kubernetes reads here.
#[must_use]
pub fn resolve(scalar: &Scalar) -> Resolved {
    match scalar.style {
        Style::Text => Resolved::String,
        Style::Plain => plain(&scalar.text),
    }
}

/// The text that the JSON conversion makes of a plain key; `None` where it refuses the document
/// (null, and numbers above the signed 64 bits).
#[must_use]
pub(super) fn key_text(scalar: &Scalar) -> Option<String> {
    match resolve(scalar) {
        Resolved::String => Some(scalar.text.clone()),
        Resolved::Null => None,
        Resolved::Bool(value) => Some(value.to_string()),
        Resolved::Int(value) => i64::try_from(value).ok().map(|value| value.to_string()),
        Resolved::Float(value) => Some(float_key(value)),
    }
}

/// The order of the tests is go-yaml's: words, then by the first character.
fn plain(text: &str) -> Resolved {
    if let Some(word) = word(text) {
        return word;
    }
    match text.bytes().next() {
        Some(b'.') => point(text),
        Some(b'+' | b'-' | b'0'..=b'9') => number(&text.replace('_', "")),
        _ => Resolved::String,
    }
}

fn word(text: &str) -> Option<Resolved> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// What begins with a point goes to Go's `ParseFloat` as it is, underscores between digits included.
fn point(text: &str) -> Resolved {
    let mut before = None;
    for byte in text.bytes().map(Some).chain([None]) {
        let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        let lonely = (byte == Some(b'_') && !digit(before)) || (before == Some(b'_') && !digit(byte));
        if lonely {
            return Resolved::String;
        }
        before = byte;
    }
    float(&text.replace('_', ""))
}

/// `text` has lost its underscores.
fn number(text: &str) -> Resolved {
    if let Some(value) = integer(text) {
        return Resolved::Int(value);
    }
    float(text)
}

/// Go's `ParseInt` and `ParseUint` with base 0: the prefix says the base; signed within 64 bits,
/// without a sign up to the unsigned ones.
fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // Rust would take a second sign here.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = i128::from_str_radix(digits, base).ok()? * sign;
    let signed = text.starts_with(['+', '-']);
    let largest = if signed { i128::from(i64::MAX) } else { i128::from(u64::MAX) };
    (i128::from(i64::MIN)..=largest).contains(&value).then_some(value)
}

/// Decimal digits with a point or an exponent; what overflows is a string, as in go-yaml.
fn float(text: &str) -> Resolved {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    match text.parse::<f64>() {
        Ok(value) if digits && value.is_finite() => Resolved::Float(value),
        _ => Resolved::String,
    }
}

/// Go's `FormatFloat(value, 'g', -1, 32)`, by which `sigs.k8s.io/yaml` writes a key.
fn float_key(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the library rounds keys to 32 bits, so we do")]
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_string();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, SourceMap};
    use crate::yaml::{Limits, Node, Parsed, Value, parse};

    /// What the library of kubectl makes of each scalar: written by `.ci/goyaml`.
    const TABLE: &str = include_str!("../../testdata/reading/scalars.tsv");

    fn read(text: &str) -> Parsed {
        let mut sources = SourceMap::default();
        let file = SourceFile::new("a.yaml".to_string(), None, "a.yaml".into(), text);
        let id = sources.add(file);
        parse(id, sources.file(id), Limits::default())
    }

    fn kind(node: &Node) -> (&'static str, serde_json::Value) {
        let Value::Scalar(scalar) = &node.value else { return ("collection", serde_json::Value::Null) };
        match resolve(scalar) {
            Resolved::String => ("string", scalar.text.clone().into()),
            Resolved::Null => ("null", serde_json::Value::Null),
            Resolved::Bool(value) => ("bool", value.into()),
            Resolved::Int(value) => ("int", value.to_string().parse().unwrap()),
            Resolved::Float(value) => ("float", value.into()),
        }
    }

    #[test]
    fn values_are_what_kubernetes_makes_of_them() {
        assert!(TABLE.lines().count() >= 150);
        for line in TABLE.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let &[scalar, wanted, json, _] = columns.as_slice() else { panic!("{line:?}") };
            let parsed = read(&format!("v: {scalar}\n"));
            if wanted == "error" {
                assert!(parsed.documents.is_empty(), "`{scalar}` has to be refused");
                continue;
            }
            let (found, value) = kind(parsed.documents[0].root.get("v").unwrap());
            assert_eq!(found, wanted, "`{scalar}`");
            // The library cannot write infinity and not-a-number as JSON.
            if json != "error" {
                let json: serde_json::Value = serde_json::from_str(json).unwrap();
                let same_number = found == "float" && value.as_f64() == json.as_f64();
                assert!(same_number || value == json, "`{scalar}` is {value}, and has to be {json}");
            }
        }
    }

    #[test]
    fn keys_are_the_text_that_kubernetes_makes_of_them() {
        for line in TABLE.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let &[scalar, _, _, json] = columns.as_slice() else { panic!("{line:?}") };
            let parsed = read(&format!("? {scalar}\n: 0\n"));
            if json == "error" {
                assert!(parsed.documents.is_empty(), "`{scalar}` has to be refused as a key");
                continue;
            }
            let json: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
            let wanted: Vec<&String> = json.keys().collect();
            let found: Vec<&String> =
                parsed.documents[0].root.entries().iter().map(|entry| &entry.key).collect();
            assert_eq!(found, wanted, "`{scalar}`");
        }
    }

    /// What the JSON of the library holds where a whole number is asked for.
    #[test]
    fn whole_numbers_are_those_of_the_json() {
        let rows = [
            ("1e3", Some(1000)),
            ("1.0", Some(1)),
            ("08", Some(8)),
            ("-1.", Some(-1)),
            ("0x10", Some(16)),
            ("1.5", None),
            (".inf", None),
            (".nan", None),
            ("on", None),
            ("~", None),
            ("a", None),
        ];
        for (text, expected) in rows {
            let scalar = Scalar { text: text.to_string(), style: Style::Plain };
            assert_eq!(resolve(&scalar).whole(), expected, "`{text}`");
        }
    }

    #[test]
    fn quotes_make_strings() {
        for text in ["on", "0755", "1_000", "~", ""] {
            let scalar = Scalar { text: text.to_string(), style: Style::Text };
            assert_eq!(resolve(&scalar), Resolved::String, "`{text}`");
        }
    }
}
