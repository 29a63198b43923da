//! The program, run in memory over a text: all stages in the order of the command line.

use serde_json::Value;
use std::path::PathBuf;
use unmesh::config::{Calico, L7, Layout, Settings, Target};
use unmesh::finding::{Finding, Report, Rules};
use unmesh::pipeline;
use unmesh::report::product;
use unmesh::source::{SourceFile, Sources};

/// What one run gave.
pub(crate) struct Run {
    pub(crate) report: Report,
    /// The objects as their text says them.
    pub(crate) objects: Vec<Value>,
    pub(crate) text: String,
}

impl Run {
    pub(crate) fn is_blocked(&self) -> bool {
        !self.report.blocking.is_empty()
    }

    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.report.findings.iter().map(|reported| &reported.finding)
    }

    /// Code, direction and message of each finding, by object.
    pub(crate) fn said(&self) -> String {
        let line = |finding: &Finding| {
            let object = finding.object.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {} {object}: {}\n", finding.code.id, finding.direction.word(), finding.message)
        };
        self.findings().map(line).collect()
    }
}

/// Settings for a target such as `calico@3.28`.
pub(crate) fn settings(target: &str, layout: Layout, l7: L7) -> Settings {
    let Target::Calico(calico) = target.parse::<Target>().unwrap() else { panic!("`{target}` is no Calico") };
    Settings { target: Target::Calico(Calico { layout, ..calico }), l7, ..Settings::default() }
}

pub(crate) fn run(text: &str, settings: &Settings) -> Run {
    run_with(text, settings, &Rules::default())
}

/// The same, where the user accepted something.
pub(crate) fn run_with(text: &str, settings: &Settings, rules: &Rules) -> Run {
    let mut sources = Sources::default();
    let name = PathBuf::from("input.yaml");
    sources.map.add(SourceFile::new("input.yaml".to_string(), None, name, text));
    let analysis = pipeline::analyse(sources, settings, rules);
    assert_eq!(analysis.manifest.skipped, [], "{text}");
    let text = product::file(analysis.written.iter().map(|written| written.text.as_str()));
    let read = |document| {
        let value: serde_yaml::Value = serde::Deserialize::deserialize(document).unwrap();
        serde_json::to_value(value).unwrap()
    };
    let objects = if text.is_empty() {
        Vec::new()
    } else {
        serde_yaml::Deserializer::from_str(&text).map(read).collect()
    };
    Run { report: analysis.report(rules, []), objects, text }
}
