//! `unmesh translate`: the policies, to standard output, to a directory, or as a patch.

use super::args::{RunArgs, TranslateArgs};
use super::baseline::BaselineFile;
use super::inputs::{inputs, read};
use super::next::Done;
use super::output_dir::{self, Present};
use super::progress::Watched;
use super::settings::{fails, formats, rules, settings, status};
use super::shown::{self, Run};
use super::status::{Failure, Status};
use super::values::ColorArg;
use super::{diff, streams};
use crate::finding::{Hiding, Report};
use crate::pipeline::{self, Analysis};
use crate::report::product;
use std::path::Path;

/// What becomes of the policies.
pub(super) enum Product<'a> {
    /// YAML on standard output.
    Stream,
    /// Files below a directory.
    Directory(&'a Path),
    /// Nothing; the files that differ are named.
    Check(&'a Path),
    /// A patch for the input.
    Patch {
        /// It deletes what is carried in full as well.
        remove_source: bool,
    },
    /// A patch for a directory.
    DirectoryPatch(&'a Path),
}

/// Runs all stages and writes what they made.
pub(super) fn run(args: &TranslateArgs) -> Result<Status, Failure> {
    let product = match (args.diff, args.output.as_deref(), args.check) {
        (true, Some(dir), _) => Product::DirectoryPatch(dir),
        (true, None, _) => Product::Patch { remove_source: args.remove_source },
        (false, Some(dir), true) => Product::Check(dir),
        (false, Some(dir), false) => Product::Directory(dir),
        (false, None, _) => Product::Stream,
    };
    make("translate", &args.run, &product)
}

/// Runs all stages; the product is written before the findings, which end what people see.
pub(super) fn make(command: &'static str, args: &RunArgs, product: &Product<'_>) -> Result<Status, Failure> {
    let formats = formats(&args.format, true)?;
    let (settings, rules) = (settings(args)?, rules(args));
    let inputs = inputs(&args.paths);
    diff::refuse_stdin(product, &inputs)?;
    diff::refuse_staged(product, args)?;
    let baseline = BaselineFile::open(args.baseline.baseline.as_deref(), false)?;
    let sources = baseline.left_out(read(&inputs, args)?);
    let watched = Watched::start("translating", args.look.quiet);
    let analysis = pipeline::analyse(sources, &settings, &rules);
    drop(watched);
    let report = analysis.report_hiding(&rules, [], Hiding { known: baseline.known(), ..Hiding::default() });
    let run = Run {
        command,
        done: Done::Translate,
        analysis: &analysis,
        report: &report,
        settings: &settings,
        formats: &formats,
        args,
        all_targets: false,
        status: Status::Findings,
        verdict: None,
        fails: &|finding| fails(args, finding),
    };
    if !report.blocking.is_empty() {
        let held = "nothing was written: findings that are not accepted hold everything back";
        shown::show(Run { verdict: Some(held), ..run })?;
        streams::say("nothing was written\n", ColorArg::Never);
        return Ok(Status::Findings);
    }
    show(run, write(product, &analysis, &report))
}

/// Shows the findings, and how the product came out: what was written, or could not be, or differs.
fn show(run: Run<'_>, written: Result<Vec<String>, Failure>) -> Result<Status, Failure> {
    let (status, verdict) = match &written {
        Ok(differences) if differences.is_empty() => (status(run.args, run.report), None),
        Ok(differences) => (Status::Findings, Some(differences.join("; "))),
        Err(failure) => (Status::CannotRun, Some(failure.message.clone())),
    };
    shown::show(Run { status, verdict: verdict.as_deref(), ..run })?;
    for line in &written? {
        streams::say(&format!("{line}\n"), ColorArg::Never);
    }
    Ok(status)
}

/// Writes the product; gives what `--check` found different.
fn write(product: &Product<'_>, analysis: &Analysis, report: &Report) -> Result<Vec<String>, Failure> {
    let plan = || output_dir::plan(&analysis.sources, &analysis.manifest.objects, &analysis.written);
    match product {
        Product::Stream => {
            streams::product(&product::file(analysis.written.iter().map(|written| written.text.as_str())))?;
        }
        Product::Directory(dir) => output_dir::write(dir, &plan()?, &Present::scan(dir)?)?,
        Product::Check(dir) => {
            let (plan, present) = (plan()?, Present::scan(dir)?);
            present.make_way(dir, &plan)?;
            return Ok(output_dir::differences(dir, &plan, &present));
        }
        Product::Patch { remove_source } => {
            streams::product(&diff::of_input(analysis, report, *remove_source)?)?;
        }
        Product::DirectoryPatch(dir) => streams::product(&diff::of_directory(dir, &plan()?)?)?,
    }
    Ok(Vec::new())
}
