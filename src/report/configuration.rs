//! The configuration for people and machines: what is wrong with a file, and what is in force.

use super::escape;
use super::excerpt::Excerpt;
use super::frame::{Shown, handler};
use super::human::{Detail, Look};
use crate::config::file::Problem;
use crate::finding::Severity;
use crate::source::{SourceFile, SourceMap, Span};
use std::fmt::Write;

/// Mistakes that are shown of one file.
const MOST: usize = 50;

/// What is wrong with a file, each with its line.
#[must_use]
pub fn problems(file: &SourceFile, problems: &[Problem], look: Look) -> String {
    let mut sources = SourceMap::default();
    let id = sources.add(file.clone());
    let handler = handler(look);
    let mut out = String::new();
    for problem in problems.iter().take(MOST) {
        let span = Span::new(id, problem.at.start, problem.at.end);
        let shown = Shown {
            title: Some("error in the configuration".to_string()),
            message: escape::wrap(&escape::text(&problem.message), look.width - 4),
            help: problem.help.as_ref().map(|help| escape::wrap(&escape::text(help), look.width - 10)),
            severity: Severity::Error,
            excerpt: Some(Excerpt::new(&sources, span, None, &[], look.source)),
        };
        if look.detail == Detail::Quiet || handler.render_report(&mut out, &shown).is_err() {
            let at = file.position(span.start);
            let (name, message) = (escape::line(&file.name), escape::line(&problem.message));
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name}:{}:{}: error: {message}", at.line, at.column);
        } else {
            out.push('\n');
        }
    }
    if problems.len() > MOST {
        let _ = writeln!(out, "and {} more", problems.len() - MOST);
    }
    out
}
