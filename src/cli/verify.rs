//! `unmesh verify`: both sides compared, and a request where they differ.

use super::args::VerifyArgs;
use super::baseline::BaselineFile;
use super::inputs::{against, inputs, read};
use super::next::Done;
use super::progress::Watched;
use super::settings::{self, formats, rules, settings};
use super::shown::{self, Answer, Run};
use super::status::{Failure, Status};
use crate::finding::{Family, Finding, Hiding, Report};
use crate::pipeline::{self, Check};
use crate::report::json;
use crate::report::verify::{self, View};
use crate::verify::answer::Verdict;

/// Runs all stages and the checker, and shows what it found.
pub(super) fn run(args: &VerifyArgs) -> Result<Status, Failure> {
    let formats = formats(&args.run.format, false)?;
    let (settings, rules) = (settings(&args.run)?, rules(&args.run));
    let inputs = inputs(&args.run.paths);
    let baseline = BaselineFile::open(args.run.baseline.baseline.as_deref(), false)?;
    let sources = baseline.left_out(read(&inputs, &args.run)?);
    let (sources, directory) = against(sources, &inputs, args.against.as_deref())?;
    let watched = Watched::start("comparing", args.run.look.quiet);
    let mut analysis = pipeline::analyse(sources, &settings, &rules);
    let check = pipeline::check_watched(&mut analysis, directory, &settings, &rules, &watched.progress);
    drop(watched);
    let hiding = Hiding { known: baseline.known(), ..Hiding::default() };
    let report = analysis.report_hiding(&rules, check.findings.clone(), hiding);
    let status = status(args, &check, &report);
    let replacement = check.replacement.to_string();
    let target = settings.target.to_string();
    let view = View {
        answer: check.answer.as_ref(),
        announcements: &check.announcements,
        sources: &analysis.sources,
        replacement: &replacement,
        target: &target,
    };
    let verdict = verdict(args, view, &report);
    let run = Run {
        command: "verify",
        done: Done::Verify { holds: holds(&check), against: args.against.as_deref() },
        analysis: &analysis,
        report: &report,
        settings: &settings,
        formats: &formats,
        args: &args.run,
        all_targets: false,
        status,
        verdict: Some(&verdict),
        fails: &|finding| fails(args, finding),
    };
    let (_, layout) = run.target();
    let answer = Answer {
        people: &|look| verify::render(view, look),
        machine: &|summary| {
            let extra = verify::json::extra(view);
            json::render_with(&report, &analysis.sources, summary, (&target, layout.as_deref()), &extra)
        },
    };
    shown::show_answer(run, &answer)?;
    Ok(status)
}

fn holds(check: &Check) -> bool {
    let verdict = check.answer.as_ref().map(|answer| &answer.verdict);
    matches!(verdict, Some(Verdict::Holds | Verdict::HoldsAsAnnounced))
}

/// The verdict on one line, and why the run fails in spite of it.
fn verdict(args: &VerifyArgs, view: View<'_>, report: &Report) -> String {
    let mut verdict = verify::verdict(view);
    let Some(answer) = view.answer.filter(|answer| answer.verdict != Verdict::Fails) else { return verdict };
    if args.exact && !answer.differences.is_empty() {
        verdict.push_str("; it fails since `--exact` allows no difference");
    }
    if report.findings.iter().any(|reported| fails(args, &reported.finding)) {
        verdict.push_str("; it fails by findings about the input or about the policies compared");
    }
    verdict
}

/// Whether a finding alone fails the run. Findings of the translation are what the verdict is about;
/// those about the input and about the policies compared fail the run as they do elsewhere.
fn fails(args: &VerifyArgs, finding: &Finding) -> bool {
    matches!(finding.code.family(), Family::Input | Family::Verification)
        && settings::fails(&args.run, finding)
}

/// The status: that of the verdict, and of findings that fail the run.
fn status(args: &VerifyArgs, check: &Check, report: &Report) -> Status {
    let Some(answer) = &check.answer else { return Status::Findings };
    let failing = report.findings.iter().any(|reported| fails(args, &reported.finding));
    let differs = args.exact && !answer.differences.is_empty();
    match answer.verdict {
        Verdict::Fails => Status::Findings,
        _ if failing || differs => Status::Findings,
        Verdict::Unknown => Status::Unknown,
        Verdict::Holds | Verdict::HoldsAsAnnounced => Status::Clean,
    }
}
