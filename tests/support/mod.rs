//! YAML texts through all stages in memory, up to findings and written objects.

use serde::Serialize;
use std::path::PathBuf;
use unmesh::config::{Identity, L7, Settings, Target, Version};
use unmesh::finding::{Acceptance, Finding, Rules, find};
use unmesh::pipeline::analyse;
use unmesh::source::{SourceFile, SourceMap, Sources};

/// What the command line says of a run, as far as tests need it.
#[derive(Clone, Default)]
pub(crate) struct Run {
    pub(crate) settings: Settings,
    pub(crate) rules: Rules,
}

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
    /// Reads arguments as the command line takes them, separated by white space.
    pub(crate) fn parse(args: &str) -> Self {
        let mut run = Self::default();
        let words: Vec<&str> = args.split_whitespace().collect();
        for pair in words.chunks(2) {
            let [option, value] = pair else { panic!("`{args}`: an option without a value") };
            run.set(option, value);
        }
        run
    }

    fn set(&mut self, option: &str, value: &str) {
        let names = || value.split(',').map(str::to_string).collect();
        let settings = &mut self.settings;
        match option {
            "--target" => settings.target = target(value),
            "--l7" => settings.l7 = if value == "none" { L7::None } else { L7::Dikastes },
            "--root-namespace" => settings.root_namespace = value.to_string(),
            "--trust-domain" => settings.trust_domain = value.to_string(),
            "--mesh-namespaces" => settings.mesh_namespaces = Some(names()),
            "--system-namespaces" => settings.system_namespaces = names(),
            "--map-identity" => {
                let (old, new) = value.split_once('=').expect("OLD=NEW");
                settings.map_identity.push((identity(old), identity(new)));
            }
            "--accept" => {
                let code = find(value).expect("a code");
                self.rules.accepted.push(Acceptance { code, object: None, reason: None });
            }
            other => panic!("these tests know no `{other}`"),
        }
    }

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

fn target(value: &str) -> Target {
    let version: Version =
        value.strip_prefix("calico@").and_then(|text| text.parse().ok()).expect("calico@3.x");
    Target::Calico(version)
}

fn identity(text: &str) -> Identity {
    let (namespace, account) = text.split_once('/').expect("NAMESPACE/ACCOUNT");
    Identity { namespace: namespace.to_string(), account: account.to_string() }
}
