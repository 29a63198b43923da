//! `unmesh lint`: what leaving the mesh loses.

use super::args::LintArgs;
use super::baseline::BaselineFile;
use super::inputs::{inputs, read};
use super::next::Done;
use super::progress::Watched;
use super::settings::{Formats, fails, formats, rules, settings, status};
use super::shown::{self, Answer, Run};
use super::status::{Failure, Status};
use super::within;
use crate::config::Settings;
use crate::finding::{Hiding, Rules, Sink};
use crate::pipeline::{self, Compared};
use crate::report::compare;

/// Runs all stages and shows what they found; writes no policy.
pub(super) fn run(args: &LintArgs) -> Result<Status, Failure> {
    let formats = formats(&args.run.format, false)?;
    let (settings, rules) = (settings(&args.run)?, rules(&args.run));
    let baseline = BaselineFile::open(args.run.baseline.baseline.as_deref(), args.update.update_baseline)?;
    if args.compare {
        formats.answers_alone("`lint --compare` makes a table of targets, and no list of findings", true)?;
        return compare(args, &settings, &rules, (&formats, &baseline));
    }
    let (sources, files) = within::sources(&args.within, &args.run, &baseline)?;
    let watched = Watched::start("reading", args.run.look.quiet);
    let analysis = pipeline::analyse(sources, &settings, &rules);
    drop(watched);
    let hiding = Hiding { known: baseline.known(), files: files.as_ref(), ..Hiding::default() };
    let report = analysis.report_hiding(&rules, [], hiding);
    baseline.write(&report)?;
    baseline.say(&report, args.run.look.quiet);
    let status = status(&args.run, &report);
    shown::show(Run {
        command: "lint",
        done: Done::Lint,
        analysis: &analysis,
        report: &report,
        settings: &settings,
        formats: &formats,
        args: &args.run,
        all_targets: false,
        status,
        verdict: None,
        fails: &|finding| fails(&args.run, finding),
    })?;
    Ok(status)
}

/// Shows the table for all targets. Findings of a translation are counted in it; those about the
/// input stand beside it, and alone decide the status.
fn compare(
    args: &LintArgs,
    settings: &Settings,
    rules: &Rules,
    (formats, baseline): (&Formats, &BaselineFile),
) -> Result<Status, Failure> {
    let sources = baseline.left_out(read(&inputs(&args.run.paths), &args.run)?);
    let watched = Watched::start("comparing targets", args.run.look.quiet);
    let Compared { analysis, comparison } = pipeline::compare(sources, settings, rules);
    drop(watched);
    let mut sink = Sink::default();
    sink.extend(analysis.said.input.iter().cloned());
    let hiding = Hiding { known: baseline.known(), partial: true, ..Hiding::default() };
    let report = analysis.finish(sink, rules, hiding);
    let status = status(&args.run, &report);
    let run = Run {
        command: "lint",
        done: Done::Compare,
        analysis: &analysis,
        report: &report,
        settings,
        formats,
        args: &args.run,
        all_targets: true,
        status,
        verdict: None,
        fails: &|finding| fails(&args.run, finding),
    };
    let answer = Answer {
        people: &|look| compare::render(&comparison, look),
        machine: &|summary| compare::render_json(&comparison, &report, &analysis.sources, summary),
    };
    shown::show_answer(run, &answer)?;
    Ok(status)
}
