//! Documents that could not be read, and what they may have been.
//!
//! A document that names an AuthorizationPolicy or a PeerAuthentication may have been a refusal:
//! then nothing may be written without it.

use super::SkippedDocument;
use crate::finding::codes::input::POLICY_UNREADABLE;
use crate::finding::{Direction, Finding, Severity};
use crate::source::{SourceMap, Span};
use crate::yaml::Unread;

/// The kinds that refuse requests.
const REFUSING: [&str; 2] = ["AuthorizationPolicy", "PeerAuthentication"];

/// The findings of one file, with those of documents that may be policies made to block output,
/// and an entry for each unread document.
#[must_use]
pub fn unread(
    mut findings: Vec<Finding>,
    documents: &[Unread],
    sources: &SourceMap,
) -> (Vec<Finding>, Vec<SkippedDocument>) {
    let mut skipped = Vec::new();
    for document in documents {
        let kind = REFUSING.into_iter().find_map(|kind| Some((kind, names(kind, document.span, sources)?)));
        skipped.push(SkippedDocument {
            span: document.span,
            kind: kind.map(|(kind, _)| kind.to_string()),
            why: "cannot be read".to_string(),
        });
        let Some((kind, place)) = kind else { continue };
        let inside = |finding: &&mut Finding| {
            finding
                .span
                .is_some_and(|span| document.span.start <= span.start && span.start <= document.span.end)
                && finding.code != &crate::finding::codes::input::TEMPLATE_SYNTAX
        };
        match findings.iter_mut().find(inside) {
            Some(finding) => {
                finding.code = &POLICY_UNREADABLE;
                finding.direction = Direction::Widens;
                finding.severity = Severity::Error;
            }
            None => findings.push(template(kind, place)),
        }
    }
    (findings, skipped)
}

fn template(kind: &str, place: Span) -> Finding {
    let message = format!("this {kind} holds template syntax and cannot be read");
    Finding::new(&POLICY_UNREADABLE, Direction::Widens, message)
        .at(place)
        .help("render it first: helm template ... | unmesh lint -")
}

/// Where a document says that it is of a kind.
fn names(kind: &str, span: Span, sources: &SourceMap) -> Option<Span> {
    let text = sources.text(span);
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find(kind) {
        let start = from + found;
        let before = text.get(..start)?.trim_end_matches(['"', '\'', ' ', '\t']);
        let is_value = before
            .strip_suffix(':')
            .is_some_and(|key| key.trim_end_matches(['"', '\'', ' ']).ends_with("kind"));
        if is_value {
            let start = span.start as usize + start;
            return Some(Span::new(span.file, start, start + kind.len()));
        }
        from = start + kind.len();
    }
    None
}
