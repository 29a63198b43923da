//! Findings to where the user wants them.

use super::args::RunArgs;
use super::settings::Formats;
use super::status::Failure;
use super::streams;
use super::values::Format;
use crate::config::{Layout, Settings};
use crate::finding::Report;
use crate::pipeline::Analysis;
use crate::report::human::{self, Detail, Look};
use crate::report::json;
use crate::report::summary::Summary;

/// Writes the report in every format asked for.
///
/// # Errors
/// A file, or standard output, cannot take it.
pub(super) fn show(
    analysis: &Analysis,
    report: &Report,
    settings: &Settings,
    formats: &Formats,
    args: &RunArgs,
) -> Result<(), Failure> {
    let Analysis { sources, skips, manifest, .. } = analysis;
    let summary = Summary::new(sources, skips, manifest, report);
    let people = |color, unicode| {
        let look = Look { color, unicode, detail: detail(args) };
        format!("{}{}", default_target(args, settings), human::render(report, sources, &summary, look))
    };
    let machine = || {
        let (target, layout) = (settings.target.to_string(), Layout::Portable.to_string());
        json::render(report, sources, &summary, &target, &layout)
    };
    if formats.stderr {
        let text = people(streams::has_colors(args.color), streams::is_terminal());
        streams::say(&text, args.color);
    }
    for (format, path) in &formats.files {
        let text = match format {
            Format::Human => people(false, false),
            Format::Json => machine(),
        };
        let refused = |error| format!("cannot write `{}`: {}", path.display(), streams::reason(&error));
        std::fs::write(path, text).map_err(|error| Failure::new(refused(error)))?;
    }
    if formats.stdout { streams::product(&machine()) } else { Ok(()) }
}

fn detail(args: &RunArgs) -> Detail {
    match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Normal,
    }
}

/// Which target stands in for one that was not named.
fn default_target(args: &RunArgs, settings: &Settings) -> String {
    if args.target.is_some() || args.quiet {
        return String::new();
    }
    format!("info: the target is {}, the default; name yours with `--target`\n", settings.target)
}
