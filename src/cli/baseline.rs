//! `--baseline` and `--update-baseline`: the file with the findings that were there before.

use super::status::Failure;
use super::streams::{self, reason};
use super::values::ColorArg;
use super::whole;
use crate::finding::baseline::{self, Baseline};
use crate::finding::{Finding, Known, Report, Reported};
use crate::source::{Skip, SourceFile, SourceMap, Sources, display_path};
use clap::Args;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What every command that reads input has.
#[derive(Args, Debug)]
pub(super) struct BaselineArgs {
    /// Leave out the findings that FILE lists, also for the exit status; what widens is never in it
    #[arg(long, value_name = "FILE", help_heading = "Findings")]
    pub(super) baseline: Option<PathBuf>,
}

/// What `lint` has besides.
#[derive(Args, Debug)]
pub(super) struct UpdateArgs {
    /// Write the baseline anew: all findings of this run but those that have to be accepted
    #[arg(long, conflicts_with = "within", help_heading = "Findings")]
    pub(super) update_baseline: bool,
}

/// The baseline of a run.
pub(super) enum BaselineFile {
    /// None is asked for.
    Absent,
    /// One that holds findings.
    Read(PathBuf, Baseline),
    /// One that is to be written.
    New(PathBuf),
}

impl BaselineFile {
    /// Opens the file, wherever its name comes from.
    ///
    /// # Errors
    /// It cannot be read, is none, or is of another version; or it is to be written and has no name.
    pub(super) fn open(path: Option<&Path>, update: bool) -> Result<Self, Failure> {
        let Some(path) = path else {
            return if update {
                Err(Failure::new("`--update-baseline` does not know which file")
                    .help("name it: `--baseline FILE --update-baseline`"))
            } else {
                Ok(Self::Absent)
            };
        };
        if update {
            return Ok(Self::New(path.to_path_buf()));
        }
        let name = display_path(path);
        let text = fs::read_to_string(path).map_err(|error| {
            let failure = Failure::new(format!("cannot read the baseline `{name}`: {}", reason(&error)));
            if error.kind() == std::io::ErrorKind::NotFound {
                failure.help(format!("write it first: `unmesh lint --baseline {name} --update-baseline`"))
            } else {
                failure
            }
        })?;
        let baseline = Baseline::parse(&text).map_err(|why| {
            Failure::new(format!("`{name}` {why}"))
                .help("write it anew by `unmesh lint --update-baseline`, and look at what changes in it")
        })?;
        Ok(Self::Read(path.to_path_buf(), baseline))
    }

    /// What the run is to hide by it.
    pub(super) fn known(&self) -> Known<'_> {
        match self {
            Self::Absent => Known::Nothing,
            Self::Read(_, baseline) => Known::These(baseline),
            Self::New(_) => Known::All,
        }
    }

    /// The input without the baseline itself, which may stand among the manifests.
    pub(super) fn left_out(&self, sources: Sources) -> Sources {
        let (Self::Read(path, _) | Self::New(path)) = self else { return sources };
        let Ok(own) = path.canonicalize() else { return sources };
        let is_own = |file: &SourceFile| {
            file.path.as_ref().and_then(|path| path.canonicalize().ok()).is_some_and(|path| path == own)
        };
        if !sources.map.files().iter().any(is_own) {
            return sources;
        }
        let Sources { map: read, mut skipped, findings } = sources;
        let mut map = SourceMap::default();
        for file in read.files() {
            let SourceFile { name, path, relative, text, .. } = file;
            if is_own(file) {
                skipped.push(Skip { name: name.clone(), why: "is the baseline".to_string() });
            } else {
                map.add(SourceFile::new(name.clone(), path.clone(), relative.clone(), text.clone()));
            }
        }
        Sources { map, skipped, findings }
    }

    /// Writes a new baseline, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written; the old one is still there.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        let Self::New(path) = self else { return Ok(()) };
        whole::write(path, &baseline::render(&report.recorded))
    }

    /// Says what a new baseline holds, and what it cannot hold.
    pub(super) fn say(&self, report: &Report, quiet: bool) {
        let Self::New(path) = self else { return };
        let count =
            |number: usize| if number == 1 { "1 finding".to_string() } else { format!("{number} findings") };
        let mut out = Vec::new();
        if !quiet {
            let written = count(report.recorded.len());
            out.push(format!("wrote {written} to the baseline `{}`\n", display_path(path)));
        }
        let left: Vec<&Reported> = report.findings.iter().filter(|shown| shown.accepted.is_none()).collect();
        if !left.is_empty() {
            let has = if left.len() == 1 { "has" } else { "have" };
            out.push(format!(
                "{} cannot be in it and {has} to be mended, or accepted by\n",
                count(left.len())
            ));
            let flags: BTreeSet<String> = left.iter().map(|shown| accept(&shown.finding)).collect();
            out.extend(flags.iter().map(|flag| format!("  {flag}\n")));
        }
        streams::say(&crate::report::escape::text(&out.concat()), ColorArg::Never);
    }
}

/// The flag that accepts a finding.
fn accept(finding: &Finding) -> String {
    match &finding.object {
        Some(object) => format!("--accept {}@{object}", finding.code.name),
        None => format!("--accept {}", finding.code.name),
    }
}
