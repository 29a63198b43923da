//! All stages in their order: from paths to a report and a translation.
//!
//! The only place that calls the stages; the commands take what comes out.

use super::status::Failure;
use crate::config::{Settings, Target, Version};
use crate::finding::{Direction, Finding, Report, Rules, Severity, Sink, codes};
use crate::manifest::{Manifest, SkippedDocument};
use crate::report::product::Written;
use crate::source::{self, Input, Skip, SourceMap, Sources};
use crate::translate::{Translation, calico, stale};
use crate::yaml::{self, Document, Limits, Parsed};
use crate::{istio, lint, lower, manifest};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Everything that a command can show or write.
pub(super) struct Analysis {
    /// The files read.
    pub(super) sources: SourceMap,
    /// Files met that were not read.
    pub(super) skips: Vec<Skip>,
    /// The objects read.
    pub(super) manifest: Manifest,
    /// All findings.
    pub(super) report: Report,
    /// The objects to write, in the order of application.
    pub(super) written: Vec<Written>,
}

/// Runs all stages.
///
/// # Errors
/// A path that the user named cannot be read, or there is no input.
pub(super) fn analyse(inputs: &[Input], settings: &Settings, rules: &Rules) -> Result<Analysis, Failure> {
    let Sources { map: sources, skipped: skips, findings } =
        source::read(inputs).map_err(|error| Failure::new(error.message))?;
    let mut sink = Sink::default();
    sink.extend(findings);
    sink.extend(newer_version(settings));
    let (documents, unread) = parse(&sources, &mut sink);
    let reading = manifest::collect(documents, &sources, settings);
    sink.extend(reading.findings);
    let mut manifest = reading.manifest;
    manifest.documents += unread.len();
    manifest.skipped.extend(unread);
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
    let context =
        calico::Context { sources: &sources, manifest: &manifest, inventory: &inventory, settings, rules };
    let Translation { objects, findings } = calico::translate(&model, &context);
    sink.extend(findings);
    let written: Vec<Written> = objects.iter().filter_map(Written::new).collect();
    if !sink.blocks(rules) {
        // What was held back is not stale.
        let kept: Vec<_> = written.iter().map(|written| &written.reference).collect();
        sink.extend(stale::check(&manifest.objects, &manifest.own, &kept));
    }
    let report = sink.finish(rules, &sources);
    Ok(Analysis { sources, skips, manifest, report, written })
}

/// Reads the documents of all files, on all cores, in the order of the files.
fn parse(sources: &SourceMap, sink: &mut Sink) -> (Vec<Document>, Vec<SkippedDocument>) {
    let files: Vec<_> = sources.iter().collect();
    let parsed: Vec<Parsed> =
        files.into_par_iter().map(|(id, file)| yaml::parse(id, file, Limits::default())).collect();
    let (mut all, mut skipped) = (Vec::new(), Vec::new());
    for Parsed { documents, unread, empty: _, findings } in parsed {
        all.extend(documents);
        let (findings, unread) = manifest::unread(findings, &unread, sources);
        sink.extend(findings);
        skipped.extend(unread);
    }
    (all, skipped)
}

/// Says so where the target is newer than what is known of it.
fn newer_version(settings: &Settings) -> Option<Finding> {
    let Target::Calico(version) = settings.target;
    version.is_newer_than_known().then(|| {
        let newest = Version::NEWEST;
        let message = format!("Calico {version} is newer than {newest}, whose rules were used in its place");
        Finding::new(&codes::input::NEWER_TARGET, Direction::None, message)
            .severity(Severity::Warning)
            .help("read its release notes for changes to network policy, or look for a newer unmesh")
    })
}
