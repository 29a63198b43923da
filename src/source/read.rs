//! Reading files, directories and standard input.
//!
//! Which files there are is found by `walk`, what their bytes are by `text`; here they come together,
//! read in parallel and put in a fixed order. A path that the user named and that cannot be read
//! stops the run; a file met while walking gives a finding, and the run goes on.

use super::text::{NotText, text};
use super::walk::{Found, Problem, walk};
use super::{SourceFile, SourceMap, display_path};
use crate::finding::codes::input::UNREADABLE_FILE;
use crate::finding::{Direction, Finding, Severity};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file or directory.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// Why the run cannot start: a path named by the user cannot be read, or nothing is there.
#[derive(Debug)]
pub struct ReadError {
    /// For people.
    pub message: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

/// A file met while walking that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The file's name as output names it.
    pub name: String,
    /// Why.
    pub why: String,
}

/// All text of a run.
#[derive(Default, Debug)]
pub struct Sources {
    /// The files that are text, in the order of the inputs and sorted by path within each.
    pub map: SourceMap,
    /// What was not read, sorted by name within each input. Each one that is wrong has a finding too.
    pub skipped: Vec<Skip>,
    /// Files that are no text or cannot be read.
    pub findings: Vec<Finding>,
}

/// The largest size of a file: positions are 32 bits.
const LARGEST: u64 = u32::MAX as u64;

/// Reads all inputs: files whatever their names end in, directories by `.yaml`, `.yml` and `.json`.
///
/// A file that is reached twice is read once.
///
/// # Errors
/// A path that the user named cannot be read, or a directory holds no manifest.
pub fn read(inputs: &[Input]) -> Result<Sources, ReadError> {
    let mut sources = Sources::default();
    let mut seen = BTreeSet::new();
    for input in inputs {
        match input {
            Input::Stdin => sources.take_stdin()?,
            Input::Path(path) => sources.take_path(path, inputs.len() > 1, &mut seen)?,
        }
    }
    Ok(sources)
}

impl Sources {
    fn take_stdin(&mut self) -> Result<(), ReadError> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError { message: format!("cannot read standard input: {error}") })?;
        let content = content(bytes);
        self.add("<stdin>".to_string(), None, PathBuf::from("stdin.yaml"), content);
        Ok(())
    }

    fn take_path(
        &mut self,
        path: &Path,
        several: bool,
        seen: &mut BTreeSet<PathBuf>,
    ) -> Result<(), ReadError> {
        let unreadable = |error: &std::io::Error| ReadError {
            message: format!("cannot read `{}`: {}", display_path(path), words(error)),
        };
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
        if !metadata.is_dir() {
            let relative = PathBuf::from(last_name(path).unwrap_or_else(|| OsString::from("input.yaml")));
            if seen.insert(identity(path)) {
                let content = load(path).or_else(|problem| match problem {
                    Refused::Io(error) => Err(unreadable(&error)),
                    Refused::Content(why) => Ok(Err(why)),
                })?;
                self.add(display_path(path), Some(path.to_path_buf()), relative, content);
            }
            return Ok(());
        }
        std::fs::read_dir(path).map_err(|error| unreadable(&error))?;
        let Found { files, problems } = walk(path);
        if files.is_empty() && problems.is_empty() {
            let message = format!(
                "no manifests in `{}`: no file there ends in .yaml, .yml or .json, those that git ignores left out",
                display_path(path)
            );
            return Err(ReadError { message });
        }
        let prefix =
            if several { last_name(path).map(PathBuf::from).unwrap_or_default() } else { PathBuf::new() };
        let fresh: Vec<PathBuf> = files.into_iter().filter(|file| seen.insert(identity(file))).collect();
        let contents: Vec<Content> = fresh
            .par_iter()
            .map(|file| load(file).unwrap_or_else(|problem| Err(problem.into_why())))
            .collect();
        for (file, content) in fresh.into_iter().zip(contents) {
            let relative = prefix.join(file.strip_prefix(path).unwrap_or(&file));
            self.add(display_path(&file), Some(file), relative, content);
        }
        for Problem { path, why, wrong } in problems {
            let name = display_path(&path);
            if wrong {
                self.findings.push(unreadable_file(&name, &why, None));
            }
            self.skipped.push(Skip { name, why });
        }
        Ok(())
    }

    fn add(&mut self, name: String, path: Option<PathBuf>, relative: PathBuf, content: Content) {
        match content {
            Ok(text) => {
                self.map.add(SourceFile::new(name, path, relative, text));
            }
            Err(Why { why, help }) => {
                self.findings.push(unreadable_file(&name, &why, help));
                self.skipped.push(Skip { name, why });
            }
        }
    }
}

/// The text of a file, or why it has none.
type Content = Result<String, Why>;

/// Why a file is not read.
struct Why {
    why: String,
    help: Option<&'static str>,
}

enum Refused {
    Io(std::io::Error),
    Content(Why),
}

impl Refused {
    fn into_why(self) -> Why {
        match self {
            Self::Io(error) => Why { why: format!("cannot be read: {}", words(&error)), help: None },
            Self::Content(why) => why,
        }
    }
}

fn unreadable_file(name: &str, why: &str, help: Option<&str>) -> Finding {
    let mut finding =
        Finding::new(&UNREADABLE_FILE, Direction::None, format!("`{name}` {why}")).severity(Severity::Error);
    finding.help = help.map(str::to_string);
    finding
}

/// The bytes of a file as text. The outer error is that of the system.
fn load(path: &Path) -> Result<Content, Refused> {
    let size = std::fs::metadata(path).map_err(Refused::Io)?.len();
    if size > LARGEST {
        return Err(Refused::Content(too_large()));
    }
    Ok(content(std::fs::read(path).map_err(Refused::Io)?))
}

fn content(bytes: Vec<u8>) -> Content {
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    text(bytes).map_err(|NotText { why, help }| Why { why, help })
}

fn too_large() -> Why {
    Why { why: "is larger than 4 GiB".to_string(), help: Some("split it into several files") }
}

/// One name for a file, however it is reached.
fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The last component, that of the directory itself for `.` and `..`.
fn last_name(path: &Path) -> Option<OsString> {
    path.file_name().map(OsString::from).or_else(|| identity(path).file_name().map(OsString::from))
}

/// What the system says, in lower case and without its number.
fn words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_string(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}
