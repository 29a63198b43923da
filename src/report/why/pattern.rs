//! Patterns in words.

use crate::ir::{Pattern, Segment};

/// What a text has to be to match.
pub(super) fn words(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Exact(text) => format!("`{text}`"),
        Pattern::Prefix(text) => format!("`{text}` and whatever follows"),
        Pattern::Suffix(text) => format!("whatever ends with `{text}`"),
        Pattern::Present => "whatever is not empty".to_string(),
        Pattern::Template(segments) => {
            let segments: Vec<&str> = segments
                .iter()
                .map(|segment| match segment {
                    Segment::Literal(text) => text.as_str(),
                    Segment::One => "{*}",
                    Segment::Any => "{**}",
                })
                .collect();
            format!("the template `/{}`", segments.join("/"))
        }
        Pattern::Glob(glob) | Pattern::Loose { now: glob, before: _ } => {
            format!("`{glob}`, a star being anything")
        }
        Pattern::Cidr(net) => format!("an address in {net}"),
        Pattern::Port(port) => format!("{port}"),
        Pattern::Opaque(text) => format!("`{text}`, whose matches are not known"),
    }
}
