//! `unmesh lint`: what leaving the mesh loses.

use super::args::LintArgs;
use super::inputs::{inputs, read};
use super::settings::{Formats, formats, rules, settings, status};
use super::shown::{self, Answer, Run};
use super::status::{Failure, Status};
use crate::config::Settings;
use crate::finding::{Rules, Sink};
use crate::pipeline::{self, Compared};
use crate::report::compare;

/// Runs all stages and shows what they found; writes no policy.
pub(super) fn run(args: &LintArgs) -> Result<Status, Failure> {
    let formats = formats(&args.run.format, false)?;
    let (settings, rules) = (settings(&args.run)?, rules(&args.run));
    if args.compare {
        formats.answers_alone("`lint --compare` makes a table of targets, and no list of findings", true)?;
        return compare(args, &settings, &rules, &formats);
    }
    let analysis = pipeline::analyse(read(&inputs(&args.run.paths))?, &settings, &rules);
    let report = analysis.report(&rules, []);
    let status = status(&args.run, &report);
    shown::show(Run {
        command: "lint",
        analysis: &analysis,
        report: &report,
        settings: &settings,
        formats: &formats,
        args: &args.run,
        all_targets: false,
        status,
        verdict: None,
        fails: &|finding| args.run.fail_on.fails(Some(finding.severity)),
    })?;
    Ok(status)
}

/// Shows the table for all targets. Findings of a translation are counted in it; those about the
/// input stand beside it, and alone decide the status.
fn compare(
    args: &LintArgs,
    settings: &Settings,
    rules: &Rules,
    formats: &Formats,
) -> Result<Status, Failure> {
    let Compared { analysis, comparison } =
        pipeline::compare(read(&inputs(&args.run.paths))?, settings, rules);
    let mut sink = Sink::default();
    sink.extend(analysis.said.input.iter().cloned());
    let report = sink.finish(rules, &analysis.sources);
    let status = status(&args.run, &report);
    let run = Run {
        command: "lint",
        analysis: &analysis,
        report: &report,
        settings,
        formats,
        args: &args.run,
        all_targets: true,
        status,
        verdict: None,
        fails: &|finding| args.run.fail_on.fails(Some(finding.severity)),
    };
    let answer = Answer {
        people: &|_| compare::render(&comparison),
        machine: &|summary| compare::render_json(&comparison, &report, &analysis.sources, summary),
    };
    shown::show_answer(run, &answer)?;
    Ok(status)
}
