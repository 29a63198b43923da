//! What is read: the paths named, or what stands in for them.

use super::args::RunArgs;
use super::status::Failure;
use crate::source::{self, Input, SourceFile, SourceMap, Sources};
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

/// Reads them, but for what the configuration excludes.
///
/// # Errors
/// A path that the user named cannot be read, or there is no input.
pub(super) fn read(inputs: &[Input], args: &RunArgs) -> Result<Sources, Failure> {
    source::read_within(inputs, &args.given.scope).map_err(|error| Failure::new(error.message))
}

/// What `--against DIR` holds, and the input without it: what stands in DIR stands there once the
/// mesh is gone, so that it is no policy in force beside the mesh as well. Where DIR holds the input, as
/// after `unmesh diff | git apply`, nothing is taken from the input.
///
/// # Errors
/// DIR cannot be read, or holds no manifest.
pub(super) fn against(
    sources: Sources,
    inputs: &[Input],
    directory: Option<&Path>,
) -> Result<(Sources, Option<Sources>), Failure> {
    let Some(directory) = directory else { return Ok((sources, None)) };
    // Nothing is excluded here: what stands in for the mesh is compared whole.
    let there = source::read(&[Input::Path(directory.to_path_buf())]);
    let there = there.map_err(|error| Failure::new(error.message))?;
    let Ok(whole) = directory.canonicalize() else { return Ok((sources, Some(there))) };
    let holds_input = inputs.iter().any(|input| match input {
        Input::Path(path) => path.canonicalize().is_ok_and(|path| path.starts_with(&whole)),
        Input::Stdin => false,
    });
    let inside = |file: &SourceFile| {
        let path = file.path.as_ref().and_then(|path| path.canonicalize().ok());
        path.is_some_and(|path| path.starts_with(&whole))
    };
    if holds_input || !sources.map.files().iter().any(inside) {
        return Ok((sources, Some(there)));
    }
    let mut map = SourceMap::default();
    for file in sources.map.files().iter().filter(|file| !inside(file)) {
        map.add(file.clone());
    }
    Ok((Sources { map, ..sources }, Some(there)))
}

/// Whether standard input is a pipe, a socket or a regular file: not a terminal, nor the null
/// device that cron and CI runners hand out.
#[cfg(unix)]
pub(super) fn is_fed() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    let Ok(descriptor) = io::stdin().as_fd().try_clone_to_owned() else { return false };
    let kind = std::fs::File::from(descriptor).metadata().map(|metadata| metadata.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket() || kind.is_file())
}

/// Whether standard input is anything but a terminal.
#[cfg(not(unix))]
pub(super) fn is_fed() -> bool {
    !io::IsTerminal::is_terminal(&io::stdin())
}
