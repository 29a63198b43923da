//! YAML texts through all stages in memory, up to findings and written objects.

mod arguments;

pub(crate) use arguments::Run;

use serde::Serialize;
use std::path::PathBuf;
use unmesh::finding::Finding;
use unmesh::pipeline::analyse;
use unmesh::source::{SourceFile, SourceMap, Sources};

/// A finding as data.
#[derive(Serialize)]
pub(crate) struct Told {
    pub(crate) code: String,
    pub(crate) severity: String,
    pub(crate) direction: String,
    pub(crate) field: Option<String>,
    /// The text below its span.
    pub(crate) underlined: Option<String>,
    pub(crate) message: String,
}

/// What came out.
pub(crate) struct Outcome {
    /// All findings, sorted.
    pub(crate) told: Vec<Told>,
    /// The text of each object, in order; none where a finding keeps all output back.
    pub(crate) written: Vec<String>,
}

impl Run {
    /// Runs all stages over one file, named `input.yaml`.
    pub(crate) fn translate(&self, text: &str) -> Outcome {
        let Self { settings, rules } = self;
        let mut sources = Sources::default();
        let name = "input.yaml".to_string();
        sources.map.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text));
        let analysis = analyse(sources, settings, rules);
        let report = analysis.report(rules, []);
        let blocked = !report.blocking.is_empty();
        let sources = &analysis.sources;
        let written = analysis.written.into_iter().filter(|_| !blocked);
        let written = written.map(|written| written.text).collect();
        let told = report.findings.iter().map(|reported| tell(&reported.finding, sources)).collect();
        Outcome { told, written }
    }
}

fn tell(finding: &Finding, sources: &SourceMap) -> Told {
    Told {
        code: finding.code.id.to_string(),
        severity: finding.severity.word().to_string(),
        direction: finding.direction.word().to_string(),
        field: finding.field.clone(),
        underlined: finding.span.map(|span| sources.text(span).to_string()),
        message: finding.message.clone(),
    }
}
