//! Tables of TOML, entry by entry in the order of the text, and what is wrong with them.

use super::{At, Problem};
use crate::finding::nearest;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One entry of a table.
#[derive(Clone)]
pub(super) struct Entry<'t> {
    /// The key, without quotes.
    pub(super) key: &'t str,
    /// Where it stands.
    pub(super) key_at: Range<usize>,
    /// What it holds.
    pub(super) value: &'t Spanned<DeValue<'t>>,
}

/// The entries of a table, in the order of the text.
pub(super) fn entries<'t>(table: &'t DeTable<'t>) -> Vec<Entry<'t>> {
    let entry = |(key, value): (&'t Spanned<_>, &'t Spanned<DeValue<'t>>)| {
        let text: &std::borrow::Cow<'t, str> = key.get_ref();
        Entry { key: text, key_at: key.span(), value }
    };
    let mut entries: Vec<Entry<'t>> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.key_at.start);
    entries
}

/// Collects what is wrong.
#[derive(Default)]
pub(super) struct Problems {
    pub(super) found: Vec<Problem>,
}

impl Problems {
    pub(super) fn push(&mut self, at: Range<usize>, message: String, help: Option<String>) {
        self.found.push(Problem { at, message, help });
    }

    /// Says that a value has another type than its key wants.
    fn wrong_type(&mut self, key: &str, wants: &str, value: &Spanned<DeValue<'_>>, help: Option<String>) {
        let is = word(value.get_ref());
        self.push(value.span(), format!("`{key}` wants {wants}, and this is {is}"), help);
    }

    /// A string.
    pub(super) fn text<'t>(&mut self, key: &str, value: &'t Spanned<DeValue<'t>>) -> Option<&'t str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let help = match value.get_ref() {
                DeValue::Array(items) if items.len() == 1 => Some("write it without `[` and `]`".to_string()),
                _ => None,
            };
            self.wrong_type(key, "a string", value, help);
        }
        text
    }

    /// A string that means something.
    pub(super) fn value<T>(
        &mut self,
        entry: &Entry<'_>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<At<T>> {
        self.parsed(entry.key, entry.value, parse)
    }

    /// The same for a value that is no entry of its own.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<At<T>> {
        let text = self.text(key, value)?;
        match parse(text) {
            Ok(parsed) => Some(At { value: parsed, at: value.span() }),
            Err(why) => {
                self.push(value.span(), format!("`{key}`: {why}"), None);
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, entry: &Entry<'_>) -> Option<At<bool>> {
        let Some(value) = entry.value.get_ref().as_bool() else {
            self.wrong_type(entry.key, "true or false", entry.value, None);
            return None;
        };
        Some(At { value, at: entry.value.span() })
    }

    /// A list of strings, each with its place.
    pub(super) fn list(&mut self, entry: &Entry<'_>) -> Option<Vec<At<String>>> {
        let Some(items) = entry.value.get_ref().as_array() else {
            let text = entry.value.get_ref().as_str();
            let help = text.map(|text| format!("write [{text:?}]"));
            self.wrong_type(entry.key, "a list of strings", entry.value, help);
            return None;
        };
        let items = items.iter().map(|item| self.parsed(entry.key, item, |text| Ok(text.to_string())));
        items.collect::<Vec<_>>().into_iter().collect()
    }

    /// A table.
    pub(super) fn table<'t>(&mut self, entry: &Entry<'t>, example: &str) -> Vec<Entry<'t>> {
        let Some(table) = entry.value.get_ref().as_table() else {
            self.wrong_type(entry.key, "a table", entry.value, Some(format!("write {example}")));
            return Vec::new();
        };
        entries(table)
    }

    /// Tables under one name, each with its place.
    pub(super) fn tables<'t>(&mut self, entry: &Entry<'t>) -> Vec<(Range<usize>, Vec<Entry<'t>>)> {
        let key = entry.key;
        let help = format!("write [[{key}]] above each");
        let Some(items) = entry.value.get_ref().as_array() else {
            self.wrong_type(key, "tables", entry.value, Some(help));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => tables.push((item.span(), entries(table))),
                None => self.wrong_type(key, "tables", item, Some(help.clone())),
            }
        }
        tables
    }

    /// Says that a table has no such key, and which may be meant.
    pub(super) fn unknown(&mut self, entry: &Entry<'_>, table: &str, keys: &[&str], elsewhere: Option<&str>) {
        let place = if table.is_empty() { String::new() } else { format!(" in `{table}`") };
        let message = format!("there is no key `{}`{place}", entry.key);
        let help = match (elsewhere, nearest(entry.key, keys.iter().copied())) {
            (Some(elsewhere), _) => elsewhere.to_string(),
            (None, Some(meant)) => format!("did you mean `{meant}`?"),
            (None, None) => format!("it can be `{}`", keys.join("`, `")),
        };
        self.push(entry.key_at.clone(), message, Some(help));
    }
}

/// What a value is, for people.
fn word(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(true) => "true",
        DeValue::Boolean(false) => "false",
        DeValue::Datetime(_) => "a date or a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
