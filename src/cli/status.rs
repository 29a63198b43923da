//! How a run ends.

use std::process::{ExitCode, Termination};

/// The exit status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// 0: nothing at or above `--fail-on`; `--check`: up to date.
    Clean,
    /// 1: findings at or above `--fail-on`; `--check`: files differ.
    Findings,
    /// 2: could not run.
    CannotRun,
    /// 3: `verify`: nothing fails, but something is unknown.
    Unknown,
}

impl Termination for Status {
    fn report(self) -> ExitCode {
        match self {
            Self::Clean => ExitCode::SUCCESS,
            Self::Findings => ExitCode::from(1),
            Self::CannotRun => ExitCode::from(2),
            Self::Unknown => ExitCode::from(3),
        }
    }
}

/// Why a run cannot go on: status 2, with a word about it.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// What is wrong.
    pub(super) message: String,
    /// What to do, where that is not plain.
    pub(super) help: Option<String>,
}

impl Failure {
    /// A failure without further help.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// Says what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
