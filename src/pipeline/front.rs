//! The stages up to the typed resources: what the input holds, whatever becomes of it.

use crate::config::{Calico, Settings, Target, Version};
use crate::finding::{Direction, Finding, Severity, codes};
use crate::istio::{self, Resources};
use crate::manifest::{self, Inventory, Manifest, SkippedDocument};
use crate::source::{FileId, Skip, SourceMap, Sources};
use crate::yaml::{self, Document, Limits, Parsed};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

/// What the input holds.
#[derive(Debug)]
pub struct Front {
    /// The files read.
    pub sources: SourceMap,
    /// Files met that were not read.
    pub skips: Vec<Skip>,
    /// The objects read.
    pub manifest: Manifest,
    /// What they show of the cluster.
    pub inventory: Inventory,
    /// The Istio resources.
    pub resources: Resources,
    /// What was found on the way.
    pub findings: Vec<Finding>,
}

/// Reads what files hold.
#[must_use]
pub fn read(sources: Sources, settings: &Settings) -> Front {
    let Sources { map: sources, skipped: skips, mut findings } = sources;
    findings.extend(newer_version(settings));
    let files: Vec<FileId> = sources.iter().map(|(id, _)| id).collect();
    let manifest = objects(&sources, &files, settings, &mut findings);
    let (inventory, found) = manifest::inventory(&manifest, settings);
    findings.extend(found);
    let (resources, found) = istio::read(&manifest);
    findings.extend(found);
    Front { sources, skips, manifest, inventory, resources, findings }
}

/// The objects of some files.
pub(super) fn objects(
    sources: &SourceMap,
    files: &[FileId],
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> Manifest {
    let (documents, unread) = parse(sources, files, findings);
    let reading = manifest::collect(documents, sources, settings);
    findings.extend(reading.findings);
    let mut manifest = reading.manifest;
    manifest.documents += unread.len();
    manifest.skipped.extend(unread);
    manifest
}

/// Reads the documents of files, on all cores, in the order of the files.
fn parse(
    sources: &SourceMap,
    files: &[FileId],
    findings: &mut Vec<Finding>,
) -> (Vec<Document>, Vec<SkippedDocument>) {
    let read = |id: &FileId| yaml::parse(*id, sources.file(*id), Limits::default());
    let parsed: Vec<Parsed> = files.par_iter().map(read).collect();
    let (mut all, mut skipped) = (Vec::new(), Vec::new());
    for Parsed { documents, unread, empty: _, findings: found } in parsed {
        all.extend(documents);
        let (found, unread) = manifest::unread(found, &unread, sources);
        findings.extend(found);
        skipped.extend(unread);
    }
    (all, skipped)
}

/// Says so where the target is newer than what is known of it.
fn newer_version(settings: &Settings) -> Option<Finding> {
    let Target::Calico(Calico { version, .. }) = settings.target else { return None };
    version.is_newer_than_known().then(|| {
        let newest = Version::NEWEST;
        let message = format!("Calico {version} is newer than {newest}, whose rules were used in its place");
        Finding::new(&codes::input::NEWER_TARGET, Direction::None, message)
            .severity(Severity::Warning)
            .help("read its release notes for changes to network policy, or look for a newer unmesh")
    })
}
