//! The command line: arguments to stages, their results to streams and files.

mod args;
mod baseline;
mod completions;
mod config;
mod configuration;
mod diff;
mod explain;
mod init;
mod inputs;
mod lint;
mod man;
mod next;
mod output_dir;
mod progress;
mod question;
mod repository;
mod rules;
mod settings;
mod shown;
mod status;
mod streams;
mod translate;
mod unbuilt;
mod values;
mod verify;
mod whole;
mod why;
mod within;

pub use status::Status;

use args::{Cli, Command, RunArgs};
use clap::Parser;
use status::Failure;

/// Runs the program.
#[must_use]
pub fn main() -> Status {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(cli.command) {
        Ok(status) => status,
        Err(failure) => {
            streams::failure(&failure);
            Status::CannotRun
        }
    }
}

fn run(mut command: Command) -> Result<Status, Failure> {
    match &mut command {
        Command::Lint(args) => prepare(&mut args.run).and_then(|()| lint::run(args)),
        Command::Translate(args) => prepare(&mut args.run).and_then(|()| translate::run(args)),
        Command::Diff(args) => prepare(&mut args.run).and_then(|()| diff::run(args)),
        Command::Verify(args) => prepare(&mut args.run).and_then(|()| verify::run(args)),
        Command::Why(args) => prepare(&mut args.run).and_then(|()| why::run(args)),
        Command::Config(args) => prepare(&mut args.run).and_then(|()| config::run(args)),
        Command::Init(args) => threads(&args.run).and_then(|()| init::run(args)),
        Command::Explain(args) => explain::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

/// What comes before every command that reads input.
fn prepare(args: &mut RunArgs) -> Result<(), Failure> {
    threads(args)?;
    configuration::apply(args)
}

/// Sets how many threads read files.
fn threads(args: &RunArgs) -> Result<(), Failure> {
    let Some(jobs) = args.jobs else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build_global();
    pool.map_err(|error| Failure::new(format!("cannot start {jobs} threads: {error}")))
}

/// Help and version are the product; everything else is status 2.
fn usage(error: &clap::Error) -> Status {
    if !error.use_stderr() {
        let failed = streams::product(&error.render().to_string());
        return failed.map_or(Status::CannotRun, |()| Status::Clean);
    }
    if let Some(failure) = unbuilt::failure(error) {
        streams::failure(&failure);
    } else {
        let _ = error.print();
    }
    Status::CannotRun
}
