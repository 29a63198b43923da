//! YAML line by line, in the layout that people review: keys in one order, lists unindented as
//! kubectl prints them, comments where the objects carry them.

use super::scalar::{comment, scalar};

/// The text so far; depths count two spaces each.
#[derive(Default)]
pub(super) struct Lines {
    text: String,
}

impl Lines {
    /// All of it.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn line(&mut self, depth: usize, content: &str) {
        for _ in 0..depth {
            self.text.push_str("  ");
        }
        self.text.push_str(content);
        self.text.push('\n');
    }

    /// A key whose value follows below.
    pub(super) fn key(&mut self, depth: usize, key: &str) {
        self.line(depth, &format!("{key}:"));
    }

    /// A key and a value that is a scalar already.
    pub(super) fn entry(&mut self, depth: usize, key: &str, value: &str) {
        self.line(depth, &format!("{key}: {value}"));
    }

    /// A key and a string, where there is one.
    pub(super) fn optional(&mut self, depth: usize, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.entry(depth, key, &scalar(value));
        }
    }

    /// A key and its items, where there are any.
    pub(super) fn list(&mut self, depth: usize, key: &str, items: impl IntoIterator<Item = String>) {
        for (index, item) in items.into_iter().enumerate() {
            if index == 0 {
                self.key(depth, key);
            }
            self.line(depth, &format!("- {item}"));
        }
    }

    /// An item of a list, on one line.
    pub(super) fn item(&mut self, depth: usize, content: &str) {
        self.line(depth, &format!("- {content}"));
    }

    /// A comment of one line.
    pub(super) fn comment(&mut self, depth: usize, text: &str) {
        let text = comment(text);
        let line = if text.is_empty() { "#".to_string() } else { format!("# {text}") };
        self.line(depth, &line);
    }
}
