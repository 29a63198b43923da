//! What the kinds of networking and telemetry share: lists with their place, string matches, durations,
//! percentages, hosts.
//!
//! Reading only. What Istio refuses is decided beside each kind, what a field does in `lint`.

#![expect(clippy::needless_pass_by_value, reason = "a field that was taken is read once, here")]

use crate::yaml::Value;
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;

/// A list with the place of its key, so that a finding about the whole list has somewhere to point.
#[derive(Clone, Debug)]
pub struct List<T> {
    /// The key's place; `None` where the field is absent.
    pub at: Option<Leaf<()>>,
    /// The items.
    pub items: Vec<T>,
}

/// `exact`, `prefix` or `regex` of a StringMatch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StringPattern {
    /// The whole text.
    Exact(String),
    /// The beginning of the text.
    Prefix(String),
    /// An RE2 expression for the whole text.
    Regex(String),
}

/// A StringMatch: of a header, an empty one asks for presence alone.
#[derive(Clone, Debug)]
pub struct StringMatch {
    /// The field that holds it.
    pub at: Leaf<()>,
    /// What is compared; `None` where it is empty.
    pub pattern: Option<Leaf<StringPattern>>,
}

/// A duration as Go reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duration {
    /// As written.
    pub text: String,
    /// Its length.
    pub nanoseconds: i128,
}

/// `percentage.value`; an absent value is 0, as protobuf has it.
#[derive(Clone, Debug)]
pub struct Percentage {
    /// The `percentage` field.
    pub at: Leaf<()>,
    /// `value`, from 0 to 100.
    pub value: Option<Leaf<f64>>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { at: None, items: Vec::new() }
    }
}

impl Percentage {
    /// The number.
    #[must_use]
    pub fn number(&self) -> f64 {
        self.value.as_ref().map_or(0.0, |value| value.value)
    }
}

/// The place of a field's key; of a list item, of its first key, so that one line is underlined.
pub(super) fn at(field: &Field<'_>) -> Leaf<()> {
    let is_item = field.key_span == field.node.span;
    let first = field.node.entries().first().filter(|_| is_item);
    let span = match (&field.node.value, first) {
        (Value::Mapping(_), Some(entry)) => entry.key_span,
        (Value::Mapping(_) | Value::Sequence(_) | Value::Scalar(_), _) => field.key_span,
    };
    Leaf { value: (), span, field: field.path.clone() }
}

/// Reads a list, item by item. Null items are a finding: Istio refuses them.
pub(super) fn list<'r, T>(field: Option<Field<'r>>, read: impl Fn(&Field<'r>) -> Option<T>) -> List<T> {
    let Some(field) = field else { return List::default() };
    let mut items = Vec::new();
    for item in field.list().unwrap_or_default() {
        if item.is_null() {
            item.wrong_value(format!("an entry of `{}` is null", field.name()), None);
        } else {
            items.extend(read(&item));
        }
    }
    List { at: Some(at(&field)), items }
}

pub(super) fn string(field: Option<Field<'_>>) -> Option<Leaf<String>> {
    field.as_ref().and_then(Field::string)
}

pub(super) fn strings(field: Option<Field<'_>>) -> Vec<Leaf<String>> {
    field.as_ref().map(Field::strings).unwrap_or_default()
}

pub(super) fn boolean(field: Option<Field<'_>>) -> Option<Leaf<bool>> {
    field.as_ref().and_then(Field::boolean)
}

pub(super) fn string_map(field: Option<Field<'_>>) -> BTreeMap<String, Leaf<String>> {
    field.as_ref().map(Field::string_map).unwrap_or_default()
}

/// A port; 0 counts as absent to Istio, and is kept so that validation can say more.
pub(super) fn port(field: Option<Field<'_>>) -> Option<Leaf<i64>> {
    field.as_ref().and_then(|field| field.integer(0..=65535))
}

pub(super) fn integer(field: Option<Field<'_>>) -> Option<Leaf<i64>> {
    field.as_ref().and_then(|field| field.integer(i64::from(i32::MIN)..=i64::from(i32::MAX)))
}

pub(super) fn string_match(field: &Field<'_>) -> Option<StringMatch> {
    let mut fields = field.fields()?;
    let exact = string(fields.take("exact")).map(|leaf| leaf.map(StringPattern::Exact));
    let prefix = string(fields.take("prefix")).map(|leaf| leaf.map(StringPattern::Prefix));
    let regex = string(fields.take("regex")).map(|leaf| leaf.map(StringPattern::Regex));
    fields.finish();
    let mut given: Vec<_> = [exact, prefix, regex].into_iter().flatten().collect();
    if given.len() > 1 {
        let help = "keep one of `exact`, `prefix` and `regex`".to_string();
        field.wrong_value(format!("`{}` has more than one kind of match", field.name()), Some(help));
        return None;
    }
    Some(StringMatch { at: at(field), pattern: given.pop() })
}

/// A mapping from names to string matches, in the order of names.
pub(super) fn string_matches(field: Option<Field<'_>>) -> Vec<(Leaf<String>, StringMatch)> {
    let Some(field) = field else { return Vec::new() };
    let entries = field.entries().into_iter();
    let mut matches: Vec<_> = entries.filter_map(|(key, field)| Some((key, string_match(&field)?))).collect();
    matches.sort_by(|(left, _), (right, _)| left.value.cmp(&right.value));
    matches
}

pub(super) fn percentage(field: &Field<'_>) -> Option<Percentage> {
    let mut fields = field.fields()?;
    let value = fields.take("value").and_then(|field| field.number());
    fields.finish();
    Some(Percentage { at: at(field), value })
}

/// A duration; one that Go cannot read is a finding.
pub(super) fn duration(field: &Field<'_>) -> Option<Leaf<Duration>> {
    let text = field.string()?;
    let Some(nanoseconds) = nanoseconds(&text.value) else {
        let help = "write a number and a unit, such as `500ms`, `5s` or `1h`".to_string();
        field.wrong_value(format!("`{}` is no duration", text.value), Some(help));
        return None;
    };
    Some(text.map(|text| Duration { text, nanoseconds }))
}

/// A DNS name, a name whose first part is `*`, or an address.
pub(super) fn is_host(text: &str) -> bool {
    if text.parse::<std::net::IpAddr>().is_ok() || text == "*" {
        return true;
    }
    let name =
        text.strip_prefix("*.").or_else(|| text.strip_prefix('*').map(|rest| rest.trim_start_matches('-')));
    let name = name.unwrap_or(text).strip_suffix('.').unwrap_or(name.unwrap_or(text));
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !part.is_empty() && part.len() <= 63 && part.bytes().all(inner)
    };
    text.len() <= 255 && name.split('.').all(part)
}

/// Go's `time.ParseDuration`: a sign, then numbers with units; a bare `0` is allowed.
fn nanoseconds(text: &str) -> Option<i128> {
    const UNITS: [(&str, i128); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("\u{b5}s", 1_000),
        ("\u{3bc}s", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let end = after.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(end)?;
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(scaled(number, *scale)?)?;
        rest = next;
        parts += 1;
    }
    (parts > 0).then_some(sign * total)
}

/// A decimal number times `scale`, cut to whole nanoseconds.
fn scaled(number: &str, scale: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(scale)?;
    let mut place = scale;
    for digit in fraction.chars() {
        place /= 10;
        total = total.checked_add(i128::from(digit.to_digit(10)?) * place)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::nanoseconds;

    #[test]
    fn durations_are_those_of_go() {
        let rows: [(&str, Option<i128>); 12] = [
            ("5s", Some(5_000_000_000)),
            ("1.5s", Some(1_500_000_000)),
            ("0.5ms", Some(500_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("-1s", Some(-1_000_000_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            (".5s", Some(500_000_000)),
            ("5", None),
            ("5 s", None),
            ("", None),
            (".s", None),
        ];
        for (text, expected) in rows {
            assert_eq!(nanoseconds(text), expected, "{text:?}");
        }
    }
}
