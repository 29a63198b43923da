//! `unmesh why`: one request, and who decides it on both sides.

use super::args::WhyArgs;
use super::inputs::{against, inputs, read};
use super::question::question;
use super::settings::{formats, rules, settings};
use super::shown::{self, Answer, Run};
use super::status::{Failure, Status};
use crate::finding::{Family, Sink};
use crate::pipeline;
use crate::report::why::{self, View};

/// Runs all stages, decides the request, and shows the way there.
pub(super) fn run(args: &WhyArgs) -> Result<Status, Failure> {
    let formats = formats(&args.run.format, false)?;
    formats.answers_alone("`why` answers a question, and makes no list of findings", false)?;
    let (settings, rules) = (settings(&args.run)?, rules(&args.run));
    let question = question(args)?;
    let inputs = inputs(&args.run.paths);
    let (sources, directory) = against(read(&inputs)?, &inputs, args.against.as_deref())?;
    let mut analysis = pipeline::analyse(sources, &settings, &rules);
    let (explained, of_sides) = pipeline::explain(&mut analysis, directory, &settings, &rules, &question);
    let explained = explained.map_err(|refusal| Failure { message: refusal.message, help: refusal.help })?;
    // What the translation loses is `lint`'s to say; here it counts what could not be read.
    let mut sink = Sink::default();
    let of_input = analysis.said.input.iter().filter(|finding| finding.code.family() == Family::Input);
    sink.extend(of_input.cloned().chain(of_sides));
    let report = sink.finish(&rules, &analysis.sources);
    let run = Run {
        command: "why",
        analysis: &analysis,
        report: &report,
        settings: &settings,
        formats: &formats,
        args: &args.run,
        all_targets: false,
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
