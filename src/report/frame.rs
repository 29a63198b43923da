//! One message with its excerpt, as miette draws it: the look that findings and answers share.

use super::excerpt::{CONTEXT, Excerpt};
use super::human::Look;
use crate::finding::Severity;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles};
use std::fmt;

/// What draws.
pub(super) fn handler(look: Look) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .without_primary_span_start()
        .without_syntax_highlighting()
        .with_wrap_lines(false)
        .with_context_lines(CONTEXT)
        .tab_width(4)
}

/// A message as miette takes it.
#[derive(Debug)]
pub(super) struct Shown {
    /// The line above it.
    pub(super) title: Option<String>,
    /// What is said.
    pub(super) message: String,
    /// What stands below the excerpt.
    pub(super) help: Option<String>,
    /// The sign before the message.
    pub(super) severity: Severity,
    /// The lines that it is about.
    pub(super) excerpt: Option<Excerpt>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.title.as_ref().map(|title| Box::new(title) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        Some(Box::new(excerpt.labels.iter().cloned()))
    }
}
