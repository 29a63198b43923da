//! Text to trees.

use super::node::Document;
use crate::finding::Finding;
use crate::source::{FileId, SourceFile};

/// Bounds, so that no input can take the program down.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nested collections.
    pub depth: usize,
    /// Nodes that aliases and merge keys may add to one document.
    pub expansion: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 200, expansion: 100_000 }
    }
}

/// Reads all documents of a file; never fails.
#[must_use]
pub fn parse(_file: FileId, _source: &SourceFile, _limits: Limits) -> (Vec<Document>, Vec<Finding>) {
    (Vec::new(), Vec::new())
}
