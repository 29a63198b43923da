//! The product: objects as YAML text, for standard output and for files.

use crate::finding::ObjectRef;
use crate::manifest::ObjectId;
use crate::translate::Emitted;

/// The first line of every file that unmesh writes; only such files are replaced or removed.
pub const HEADER: &str = "# Written by unmesh from Istio policy. Do not edit.";

/// An object as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Its kind, namespace and name.
    pub reference: ObjectRef,
    /// One YAML document without a separator, ending in a newline.
    pub text: String,
    /// The source object that it stands with.
    pub home: ObjectId,
}

impl Written {
    /// The text of a back end's object; `None` for one that comes from nothing in the input.
    #[must_use]
    pub fn new(emitted: &Emitted) -> Option<Self> {
        let Emitted { object, sources } = emitted;
        Some(Self { reference: object.reference(), text: object.text(), home: *sources.first()? })
    }
}

/// Whether a text was written by unmesh as a whole.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.lines().next() == Some(HEADER)
}

/// A whole file: the header and the documents; empty for no documents.
#[must_use]
pub fn file<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let documents: Vec<&str> = texts.into_iter().collect();
    if documents.is_empty() {
        return String::new();
    }
    format!("{HEADER}\n{}", documents.join("---\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_begins_with_the_header_and_separates_its_documents() {
        assert_eq!(file([]), "");
        assert_eq!(file(["a: 1\n"]), format!("{HEADER}\na: 1\n"));
        assert_eq!(file(["a: 1\n", "b: 2\n"]), format!("{HEADER}\na: 1\n---\nb: 2\n"));
    }

    #[test]
    fn only_the_exact_first_line_makes_a_file_ours() {
        assert!(is_ours(&format!("{HEADER}\na: 1\n")));
        assert!(is_ours(&format!("{HEADER}\r\na: 1\r\n")), "a checkout may have changed line ends");
        assert!(!is_ours(&format!("---\n{HEADER}\n")));
        assert!(!is_ours(&format!("{HEADER} Or do.\n")));
        assert!(!is_ours(""));
    }
}
