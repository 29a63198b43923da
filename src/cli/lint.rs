//! `unmesh lint`: what leaving the mesh loses.

use super::args::LintArgs;
use super::inputs::{inputs, read};
use super::settings::{formats, rules, settings, status};
use super::shown;
use super::status::{Failure, Status};
use crate::pipeline;

/// Runs all stages and shows what they found; writes no policy.
pub(super) fn run(args: &LintArgs) -> Result<Status, Failure> {
    let formats = formats(&args.run.format, false)?;
    let (settings, rules) = (settings(&args.run)?, rules(&args.run));
    let analysis = pipeline::analyse(read(&inputs(&args.run.paths))?, &settings, &rules);
    let report = analysis.report(&rules, []);
    shown::show(&analysis, &report, &settings, &formats, &args.run)?;
    Ok(status(&args.run, &report))
}
