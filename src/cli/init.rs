//! `unmesh init`: a commented configuration from what the input shows.

use super::args::{InitArgs, RunArgs};
use super::inputs::{inputs, read};
use super::settings::{rules, settings};
use super::status::{Failure, Status};
use super::values::TargetArg;
use super::{streams, whole};
use crate::config::file::NAME;
use crate::config::{L7, values};
use crate::pipeline;
use crate::report::{escape, init, summary};
use crate::source::display_path;
use std::path::Path;

/// Reads the input as if there were no configuration, and writes one.
pub(super) fn run(args: &InitArgs) -> Result<Status, Failure> {
    let path = Path::new(NAME);
    if !args.stdout && !args.force && path.symlink_metadata().is_ok() {
        return Err(Failure::new(format!("`{NAME}` is there already; nothing was written"))
            .help("--force replaces it, --stdout shows what would be written"));
    }
    refuse(&args.run)?;
    let (settings, rules) = (settings(&args.run)?, rules(&args.run));
    let analysis = pipeline::analyse(read(&inputs(&args.run.paths), &args.run)?, &settings, &rules);
    let report = analysis.report(&rules, []);
    let proposal = pipeline::proposal(&analysis, &report, &settings);
    let text = init::render(&proposal, &stated(&args.run));
    if args.stdout {
        streams::product(&text)?;
    } else {
        whole::write(path, &text)?;
    }
    say(&args.run, args.stdout, analysis.files, &proposal);
    Ok(Status::Clean)
}

/// Options that would be lost: what is written is about the whole input, as it is.
fn refuse(args: &RunArgs) -> Result<(), Failure> {
    let refused = [
        ("--config", args.configuration.config.is_some()),
        ("--accept", !args.accept.is_empty()),
        ("--severity", !args.severity.is_empty()),
        ("--format", !args.format.is_empty()),
        ("--map-identity", !args.map_identity.is_empty()),
    ];
    match refused.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::new(format!("`{flag}` does not go with `unmesh init`"))
            .help(format!("write it into the {NAME} that comes out"))),
        None => Ok(()),
    }
}

/// A path as a string of TOML, which takes what JSON escapes.
fn quoted(path: &Path) -> String {
    serde_json::Value::String(display_path(path)).to_string()
}

/// What the command line states, by key, as TOML.
fn stated(args: &RunArgs) -> Vec<(&'static str, String)> {
    let text = |text: &dyn std::fmt::Display| format!("\"{text}\"");
    let list = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| text(&name.trim())).collect();
        format!("[{}]", names.join(", "))
    };
    let l7 = |l7: L7| values::L7S.iter().find(|(_, other)| *other == l7).map(|(word, _)| text(word));
    let rows = [
        ("target", args.target.map(|TargetArg(target)| text(&target))),
        ("layout", args.layout.map(|layout| text(&layout))),
        ("staged", args.staged.then(|| "true".to_string())),
        ("l7", args.l7.and_then(l7)),
        ("fail-on", args.fail_on.map(|on| text(&on.word()))),
        ("baseline", args.baseline.baseline.as_deref().map(quoted)),
        ("mesh.root-namespace", args.root_namespace.as_ref().map(|name| text(name))),
        ("mesh.trust-domain", args.trust_domain.as_ref().map(|name| text(name))),
        ("mesh.namespaces", args.mesh_namespaces.as_deref().map(list)),
        (
            "mesh.system-namespaces",
            Some(&args.system_namespaces).filter(|all| !all.is_empty()).map(|all| list(all)),
        ),
        ("mesh.default-namespace", args.default_namespace.as_ref().map(|name| text(name))),
    ];
    rows.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn say(args: &RunArgs, stdout: bool, files: usize, proposal: &init::Proposal) {
    if args.look.quiet {
        return;
    }
    let codes = summary::count(proposal.accept.len(), "code");
    let read = format!("read {}; {codes} of findings would fail a run", summary::count(files, "file"));
    let wrote = if stdout { String::new() } else { format!("wrote {NAME}\n") };
    let next = ["unmesh", if stdout { "init" } else { "lint" }].map(str::to_string);
    let next: Vec<String> =
        next.into_iter().chain(args.paths.iter().map(|path| display_path(path))).collect();
    streams::say(&escape::text(&format!("{read}\n{wrote}next: {}\n", next.join(" "))), args.look.color);
}
