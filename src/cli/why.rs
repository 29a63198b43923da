//! `unmesh why`: one request, and who decides it on both sides.

use super::args::WhyArgs;
use super::baseline::BaselineFile;
use super::inputs::{against, inputs, read};
use super::next::Done;
use super::question::question;
use super::settings::{formats, rules, settings};
use super::shown::{self, Answer, Run};
use super::status::{Failure, Status};
use crate::finding::{Family, Hiding, Sink};
use crate::pipeline;
use crate::report::why::{self, View};

/// Runs all stages, decides the request, and shows the way there.
pub(super) fn run(args: &WhyArgs) -> Result<Status, Failure> {
    let formats = formats(&args.run.format, false)?;
    formats.answers_alone("`why` answers a question, and makes no list of findings", false)?;
    let (settings, rules) = (settings(&args.run)?, rules(&args.run));
    let question = question(args)?;
    let inputs = inputs(&args.run.paths);
    let baseline = BaselineFile::open(args.run.baseline.baseline.as_deref(), false)?;
    let sources = baseline.left_out(read(&inputs, &args.run)?);
    let (sources, directory) = against(sources, &inputs, args.against.as_deref())?;
    let mut analysis = pipeline::analyse(sources, &settings, &rules);
    let (explained, of_sides) = pipeline::explain(&mut analysis, directory, &settings, &rules, &question);
    let explained = explained.map_err(|refusal| Failure { message: refusal.message, help: refusal.help })?;
    // What the translation loses is `lint`'s to say; here it counts what could not be read.
    let mut sink = Sink::default();
    let of_input = analysis.said.input.iter().filter(|finding| finding.code.family() == Family::Input);
    sink.extend(of_input.cloned().chain(of_sides));
    let hiding = Hiding { known: baseline.known(), partial: true, ..Hiding::default() };
    let report = analysis.finish(sink, &rules, hiding);
    let run = Run {
        command: "why",
        analysis: &analysis,
        report: &report,
        settings: &settings,
        formats: &formats,
        args: &args.run,
        all_targets: false,
        done: Done::Why,
        status: Status::Clean,
        verdict: None,
        fails: &|_| false,
    };
    let (target, _) = run.target();
    let view = View { explained: &explained, sources: &analysis.sources, target: &target };
    let answer = Answer { people: &|look| why::render(view, look), machine: &|_| why::json::render(view) };
    shown::show_answer(run, &answer)?;
    Ok(Status::Clean)
}
