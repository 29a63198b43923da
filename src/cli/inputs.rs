//! What is read: the paths named, or what stands in for them.

use super::status::Failure;
use crate::source::{self, Input, Sources};
use std::io;
use std::path::{Path, PathBuf};

/// The inputs of a run. Without a path: standard input where something is piped in, else the
/// current directory. A path named twice is read once.
pub(super) fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    if paths.is_empty() {
        return vec![if is_fed() { Input::Stdin } else { Input::Path(PathBuf::from(".")) }];
    }
    let mut inputs = Vec::new();
    for path in paths {
        let input = if path == Path::new("-") { Input::Stdin } else { Input::Path(path.clone()) };
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
    inputs
}

/// Reads them.
///
/// # Errors
/// A path that the user named cannot be read, or there is no input.
pub(super) fn read(inputs: &[Input]) -> Result<Sources, Failure> {
    source::read(inputs).map_err(|error| Failure::new(error.message))
}

/// Whether standard input is a pipe, a socket or a regular file: not a terminal, nor the null
/// device that cron and CI runners hand out.
#[cfg(unix)]
fn is_fed() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    let Ok(descriptor) = io::stdin().as_fd().try_clone_to_owned() else { return false };
    let kind = std::fs::File::from(descriptor).metadata().map(|metadata| metadata.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket() || kind.is_file())
}

/// Whether standard input is anything but a terminal.
#[cfg(not(unix))]
fn is_fed() -> bool {
    !io::IsTerminal::is_terminal(&io::stdin())
}
