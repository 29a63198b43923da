//! Findings to where the user wants them.

use super::args::RunArgs;
use super::next::{self, Done};
use super::settings::Formats;
use super::status::{Failure, Status};
use super::values::Format;
use super::{repository, streams, whole};
use crate::config::{Settings, Target};
use crate::finding::{Finding, Report};
use crate::pipeline::Analysis;
use crate::report::human::{self, Detail, Look};
use crate::report::listing::{End, Listing};
use crate::report::summary::Summary;
use crate::report::{escape, github, gitlab, json, junit, markdown, sarif};

/// A run with all that its output depends on.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    /// The command's name.
    pub(super) command: &'static str,
    pub(super) analysis: &'a Analysis,
    pub(super) report: &'a Report,
    pub(super) settings: &'a Settings,
    pub(super) formats: &'a Formats,
    pub(super) args: &'a RunArgs,
    /// Whether it is about every target, and not about that of the settings.
    pub(super) all_targets: bool,
    /// What was run, for the last line on a terminal: what to run next.
    pub(super) done: Done<'a>,
    /// How it ends: decided before anything is shown.
    pub(super) status: Status,
    /// What the command says beside its findings, for formats that would not show it otherwise.
    pub(super) verdict: Option<&'a str>,
    /// Whether a finding makes the run fail.
    pub(super) fails: &'a dyn Fn(&Finding) -> bool,
}

/// What a command answers, beside its findings.
pub(super) struct Answer<'a> {
    /// For people, on standard output unless a machine has it.
    pub(super) people: &'a dyn Fn(Look) -> String,
    /// For machines: the whole object.
    pub(super) machine: &'a dyn Fn(&Summary) -> String,
}

/// Writes the report in every format asked for.
///
/// # Errors
/// A file, or standard output, cannot take it.
pub(super) fn show(run: Run<'_>) -> Result<(), Failure> {
    let machine = |summary: &Summary| {
        let (target, layout) = run.target();
        json::render(run.report, &run.analysis.sources, summary, &target, layout.as_deref())
    };
    run.write(&machine, None)
}

/// Writes the report and an answer in every format asked for.
///
/// # Errors
/// A file, or standard output, cannot take it.
pub(super) fn show_answer(run: Run<'_>, answer: &Answer<'_>) -> Result<(), Failure> {
    run.write(answer.machine, Some(answer.people))
}

impl Run<'_> {
    /// Target and, where it has several, layout, as machines are told.
    pub(super) fn target(&self) -> (String, Option<String>) {
        let layout = match self.settings.target {
            Target::Calico(calico) => Some(calico.layout.to_string()),
            Target::Kubernetes => None,
        };
        (self.settings.target.to_string(), layout)
    }

    fn write(
        &self,
        machine: &dyn Fn(&Summary) -> String,
        answer: Option<&dyn Fn(Look) -> String>,
    ) -> Result<(), Failure> {
        let Self { analysis, report, settings, formats, args, all_targets, done, .. } = *self;
        let mut summary = Summary::new(&analysis.sources, &analysis.skips, &analysis.manifest, report);
        // Texts that were made on the way are no files.
        summary.files = analysis.files;
        let plain = Look::plain(detail(args), args.look.all);
        let people = |look| {
            let findings = human::render(report, &analysis.sources, &summary, look);
            let target = if all_targets { String::new() } else { default_target(args, settings) };
            format!("{target}{findings}")
        };
        if formats.stderr {
            streams::say(&people(streams::look(plain, args.look.color)), args.look.color);
        }
        let text = |format| match format {
            Format::Human => match answer {
                Some(answer) => format!("{}\n{}", people(plain), answer(plain)),
                None => people(plain),
            },
            Format::Json => machine(&summary),
            other => self.listed(other, &summary, answer.map(|answer| answer(plain)).as_deref()),
        };
        for (format, path) in &formats.files {
            whole::write(path, &text(*format))?;
        }
        match (formats.stdout, answer) {
            (Some(format), _) => streams::product(&text(format))?,
            (None, Some(answer)) => {
                let text = answer(streams::product_look(plain, args.look.color));
                streams::product(&escape::without_commands(&text))?;
            }
            (None, None) => {}
        }
        if formats.stderr && streams::is_terminal() && !args.look.quiet {
            let next = next::command(done, args, report).map(|command| format!("next: {command}\n"));
            streams::say(&next.unwrap_or_default(), args.look.color);
        }
        Ok(())
    }

    /// The text of a format for other programs.
    fn listed(&self, format: Format, summary: &Summary, answer: Option<&str>) -> String {
        let (target, _) = self.target();
        let listing = Listing {
            command: self.command,
            report: self.report,
            sources: &self.analysis.sources,
            summary,
            target: Some(target.as_str()).filter(|_| !self.all_targets),
            paths: &repository::paths(),
            end: match self.status {
                Status::Clean => End::Passed,
                Status::Unknown => End::Undecided,
                Status::Findings => End::Failed,
                Status::CannotRun => End::Broken,
            },
            verdict: self.verdict,
            answer,
            fails: self.fails,
        };
        match format {
            Format::Sarif => sarif::render(&listing),
            Format::Github => github::render(&listing),
            Format::Gitlab => gitlab::render(&listing),
            Format::Junit => junit::render(&listing),
            Format::Markdown | Format::Human | Format::Json => markdown::render(&listing),
        }
    }
}

fn detail(args: &RunArgs) -> Detail {
    match (args.look.quiet, args.look.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Normal,
    }
}

/// Which target stands in for one that was not named.
fn default_target(args: &RunArgs, settings: &Settings) -> String {
    if args.target.is_some() || args.look.quiet {
        return String::new();
    }
    format!("info: the target is {}, the default; name yours with `--target`\n", settings.target)
}
