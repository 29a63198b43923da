//! YAML texts through all stages in memory, up to findings and written objects.

use serde::Serialize;
use std::path::PathBuf;
use unmesh::config::{Identity, L7, Settings, Target, Version};
use unmesh::finding::{Acceptance, Finding, Rules, Sink, find};
use unmesh::report::product::Written;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::translate::calico;
use unmesh::yaml::{Limits, parse};
use unmesh::{istio, lint, lower, manifest};

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
        let mut sources = SourceMap::default();
        let name = "input.yaml".to_string();
        let file = sources.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text));
        let mut sink = Sink::default();
        let parsed = parse(file, sources.file(file), Limits::default());
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
            rules,
        };
        let translation = calico::translate(&model, &context);
        sink.extend(translation.findings);
        let blocked = sink.blocks(rules);
        let report = sink.finish(rules, &sources);
        let written = translation.objects.iter().filter_map(Written::new).filter(|_| !blocked);
        let written = written.map(|written| written.text).collect();
        let told = report.findings.iter().map(|reported| tell(&reported.finding, &sources)).collect();
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
