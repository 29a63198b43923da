//! `--within`: a whole is read, and findings of some of its files are shown.
//!
//! Hooks name the files that changed. What these refer to stands in others, so that those have to be
//! read as well, and have findings of their own that are nobody's business at that moment.

use super::args::RunArgs;
use super::baseline::BaselineFile;
use super::inputs::{inputs, read};
use super::status::Failure;
use crate::source::{FileId, Input, Skip, SourceFile, Sources, display_path, is_manifest};
use clap::Args;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What `lint` has besides.
#[derive(Args, Debug)]
pub(super) struct WithinArgs {
    /// Read DIR as the input, and of PATHs show the findings alone, for hooks that name what changed;
    /// the others are counted. PATHs that are gone or no manifests are passed over; repeatable
    #[arg(long, value_name = "DIR", help_heading = "Findings")]
    pub(super) within: Vec<PathBuf>,
}

/// Reads the input, the baseline left out; with it, the files whose findings are shown, where these are not all.
///
/// # Errors
/// A DIR, or a PATH that is there, cannot be read; or there is no input.
pub(super) fn sources(
    args: &WithinArgs,
    run: &RunArgs,
    baseline: &BaselineFile,
) -> Result<(Sources, Option<BTreeSet<FileId>>), Failure> {
    if args.within.is_empty() {
        return Ok((baseline.left_out(read(&inputs(&run.paths), run)?), None));
    }
    let mut all: Vec<Input> = Vec::new();
    for directory in &args.within {
        let input = Input::Path(directory.clone());
        if !all.contains(&input) {
            all.push(input);
        }
    }
    if run.paths.is_empty() {
        return Ok((baseline.left_out(read(&all, run)?), None));
    }
    let (mut named, mut passed_over) = (Vec::new(), Vec::new());
    for input in inputs(&run.paths) {
        match why_not(&input) {
            Some(skip) => passed_over.push(skip),
            None => named.push(input),
        }
    }
    all.extend(
        named.iter().filter(|input| !args.within.iter().any(|directory| is(input, directory))).cloned(),
    );
    let mut sources = baseline.left_out(read(&all, run)?);
    sources.skipped.extend(passed_over);
    let named: Vec<Named> = named.iter().map(Named::new).collect();
    let shown = sources.map.iter().filter(|(_, file)| named.iter().any(|named| named.holds(file)));
    let shown = shown.map(|(id, _)| id).collect();
    Ok((sources, Some(shown)))
}

fn is(input: &Input, path: &Path) -> bool {
    matches!(input, Input::Path(other) if other == path)
}

/// Why a PATH is passed over: deleted files and others stand in lists of changed files as well.
fn why_not(input: &Input) -> Option<Skip> {
    let Input::Path(path) = input else { return None };
    let why = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => "there is no such file",
        Ok(found) if !found.is_dir() && !is_manifest(path) => {
            "its name ends in none of .yaml, .yml and .json"
        }
        // What cannot be read stops the run there.
        Ok(_) | Err(_) => return None,
    };
    Some(Skip { name: display_path(path), why: why.to_string() })
}

/// What the user named, and whether a file is it or stands in it.
enum Named {
    Stdin,
    Path(PathBuf),
}

impl Named {
    fn new(input: &Input) -> Self {
        match input {
            Input::Stdin => Self::Stdin,
            Input::Path(path) => Self::Path(path.canonicalize().unwrap_or_else(|_| path.clone())),
        }
    }

    /// However the file is reached: by links, `./` or an absolute path. A link stands where it stands
    /// and where it leads to.
    fn holds(&self, file: &SourceFile) -> bool {
        let (Self::Path(named), Some(path)) = (self, &file.path) else {
            return matches!(self, Self::Stdin) && file.path.is_none();
        };
        let whole = path.canonicalize();
        let parent =
            path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
        let parent = parent.and_then(|parent| parent.canonicalize().ok());
        whole.is_ok_and(|whole| whole.starts_with(named))
            || parent.is_some_and(|parent| parent.starts_with(named))
    }
}
