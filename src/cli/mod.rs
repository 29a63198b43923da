//! The command line: arguments to stages, their results to streams and files.

mod args;
mod completions;
mod diff;
mod explain;
mod inputs;
mod lint;
mod man;
mod output_dir;
mod question;
mod rules;
mod settings;
mod shown;
mod status;
mod streams;
mod translate;
mod unbuilt;
mod values;
mod verify;
mod why;

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
    match run(&cli.command) {
        Ok(status) => status,
        Err(failure) => {
            streams::failure(&failure);
            Status::CannotRun
        }
    }
}

fn run(command: &Command) -> Result<Status, Failure> {
    match command {
        Command::Lint(args) => threads(&args.run).and_then(|()| lint::run(args)),
        Command::Translate(args) => threads(&args.run).and_then(|()| translate::run(args)),
        Command::Diff(args) => threads(&args.run).and_then(|()| diff::run(args)),
        Command::Verify(args) => threads(&args.run).and_then(|()| verify::run(args)),
        Command::Why(args) => threads(&args.run).and_then(|()| why::run(args)),
        Command::Explain(args) => explain::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
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
