//! The support matrix as Markdown.
