//! The program, run in memory over a text: all stages in the order of the command line.

use serde_json::Value;
use std::path::PathBuf;
use unmesh::config::{L7, Settings, Target};
use unmesh::finding::{Finding, Report, Rules, Sink};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::translate::{calico, stale};
use unmesh::yaml::{Limits, parse};
use unmesh::{istio, lint, lower, manifest, object};

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
pub(crate) fn settings(target: &str, l7: L7) -> Settings {
    Settings { target: target.parse::<Target>().unwrap(), l7, ..Settings::default() }
}

pub(crate) fn run(text: &str, settings: &Settings) -> Run {
    let rules = Rules::default();
    let mut sources = SourceMap::default();
    let name = PathBuf::from("input.yaml");
    let file = sources.add(SourceFile::new("input.yaml".to_string(), None, name, text));
    let mut sink = Sink::default();
    let parsed = parse(file, sources.file(file), Limits::default());
    assert!(parsed.unread.is_empty(), "{text}");
    sink.extend(parsed.findings);
    let reading = manifest::collect(parsed.documents, &sources, settings);
    sink.extend(reading.findings);
    let manifest = reading.manifest;
    let (inventory, findings) = manifest::inventory(&manifest, settings);
    sink.extend(findings);
    let (resources, findings) = istio::read(&manifest);
    sink.extend(findings);
    let (model, findings) = lower::lower(&resources, &inventory, settings);
    sink.extend(findings);
    sink.extend(lint::run(&lint::Context {
        manifest: &manifest,
        inventory: &inventory,
        resources: &resources,
        model: &model,
        settings,
    }));
    let context = calico::Context {
        sources: &sources,
        manifest: &manifest,
        inventory: &inventory,
        settings,
        rules: &rules,
    };
    let translation = calico::translate(&model, &context);
    sink.extend(translation.findings);
    sink.extend(stale::check(&manifest.objects, &manifest.own, &[]));
    let policies: Vec<_> = translation.objects.into_iter().map(|emitted| emitted.policy).collect();
    let text = object::calico::write(&policies);
    let read = |document| {
        let value: serde_yaml::Value = serde::Deserialize::deserialize(document).unwrap();
        serde_json::to_value(value).unwrap()
    };
    let objects = if policies.is_empty() {
        Vec::new()
    } else {
        serde_yaml::Deserializer::from_str(&text).map(read).collect()
    };
    Run { report: sink.finish(&rules, &sources), objects, text }
}
