//! Reading files, directories and standard input.
//!
//! Which files there are is found by `walk`, what their bytes are by `text`; here they come together,
//! read in parallel and put in a fixed order. A path that the user named and that cannot be read
//! stops the run; a file met while walking gives a finding, and the run goes on.

use super::text::{NotText, text};
use super::walk::{Found, Problem, walk};
use super::{Globs, SourceFile, SourceMap, display_path};
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

/// What a configuration says of the files of a run.
#[derive(Clone, Default, Debug)]
pub struct Scope {
    /// The directory of the configuration, without links; patterns are relative to it.
    pub base: Option<PathBuf>,
    /// Files that are not read where they are met while walking.
    pub exclude: Globs,
    /// Why they are not, for people.
    pub why: String,
    /// Whether files and directories that the user names are excluded as well.
    pub force: bool,
}

impl Scope {
    /// The path from the directory of the configuration; `path` has no links.
    fn place(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(self.base.as_ref()?).ok().map(Path::to_path_buf)
    }

    /// Whether a file below a directory that the user named is to be read.
    fn excludes(&self, place: Option<&Path>, named: Option<&Path>) -> bool {
        let Some(place) = place else { return false };
        match named.filter(|_| !self.force) {
            Some(named) => self.exclude.matches_below(place, named),
            None => self.exclude.matches(place),
        }
    }
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
    read_within(inputs, &Scope::default())
}

/// The same, but for what a configuration excludes.
///
/// # Errors
/// As [`read`]; and if all that a directory holds is excluded.
pub fn read_within(inputs: &[Input], scope: &Scope) -> Result<Sources, ReadError> {
    let mut sources = Sources::default();
    let mut seen = BTreeSet::new();
    for input in inputs {
        match input {
            Input::Stdin => sources.take_stdin()?,
            Input::Path(path) => sources.take_path(path, inputs.len() > 1, &mut seen, scope)?,
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
        scope: &Scope,
    ) -> Result<(), ReadError> {
        let unreadable = |error: &std::io::Error| ReadError {
            message: format!("cannot read `{}`: {}", display_path(path), words(error)),
        };
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
        if !metadata.is_dir() {
            let relative = PathBuf::from(last_name(path).unwrap_or_else(|| OsString::from("input.yaml")));
            let place = scope.place(&place_of(path));
            if scope.force && scope.excludes(place.as_deref(), None) {
                self.skipped.push(Skip { name: display_path(path), why: scope.why.clone() });
            } else if seen.insert(identity(path)) {
                let content = load(path).or_else(|problem| match problem {
                    Refused::Io(error) => Err(unreadable(&error)),
                    Refused::Content(why) => Ok(Err(why)),
                })?;
                let on_disk = (path.to_path_buf(), place);
                self.add(display_path(path), Some(on_disk), relative, content);
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
        let below = |file: &Path| file.strip_prefix(path).unwrap_or(file).to_path_buf();
        let whole = identity(path);
        let named = scope.place(&whole);
        let placed = |file: PathBuf| {
            let place = scope.place(&whole.join(below(&file)));
            (file, place)
        };
        let (excluded, files): (Vec<_>, Vec<_>) = files
            .into_iter()
            .map(placed)
            .partition(|(_, place)| scope.excludes(place.as_deref(), named.as_deref()));
        if files.is_empty() && problems.is_empty() && !scope.force {
            return Err(all_excluded(path, excluded.len(), &scope.why));
        }
        let skip = |(file, _): (PathBuf, _)| Skip { name: display_path(&file), why: scope.why.clone() };
        let excluded = excluded.into_iter().map(skip);
        let fresh: Vec<(PathBuf, Option<PathBuf>)> =
            files.into_iter().filter(|(file, _)| seen.insert(identity(file))).collect();
        let contents: Vec<Content> = fresh
            .par_iter()
            .map(|(file, _)| load(file).unwrap_or_else(|problem| Err(problem.into_why())))
            .collect();
        for ((file, place), content) in fresh.into_iter().zip(contents) {
            let relative = prefix.join(below(&file));
            self.add(display_path(&file), Some((file, place)), relative, content);
        }
        self.skipped.extend(excluded);
        for Problem { path, why, wrong } in problems {
            let name = display_path(&path);
            if wrong {
                self.findings.push(unreadable_file(&name, &why, None));
            }
            self.skipped.push(Skip { name, why });
        }
        Ok(())
    }

    /// Adds a file, with its path and its place below the configuration where it is on disk.
    fn add(
        &mut self,
        name: String,
        on_disk: Option<(PathBuf, Option<PathBuf>)>,
        relative: PathBuf,
        content: Content,
    ) {
        let (path, place) = on_disk.unzip();
        match content {
            Ok(text) => {
                let file = SourceFile::new(name, path, relative, text);
                self.map.add(SourceFile { place: place.flatten(), ..file });
            }
            Err(Why { why, help }) => {
                self.findings.push(unreadable_file(&name, &why, help));
                self.skipped.push(Skip { name, why });
            }
        }
    }
}

fn all_excluded(path: &Path, count: usize, why: &str) -> ReadError {
    let files = if count == 1 { "the one manifest".to_string() } else { format!("all {count} manifests") };
    let help = "name files, which are read in any case, or use --no-config";
    ReadError { message: format!("{files} in `{}`: {why}; {help}", display_path(path)) }
}

/// The text of a configuration, or what is wrong with the file, to stand behind its name.
///
/// # Errors
/// Its bytes are no UTF-8 text.
pub fn settings_text(bytes: Vec<u8>) -> Result<String, (String, Option<&'static str>)> {
    text(bytes).map_err(|NotText { why, help }| (why, help))
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

/// Where a file that the user named is, without links but for the file itself.
fn place_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match path.file_name() {
        Some(name) => identity(parent).join(name),
        None => identity(path),
    }
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
