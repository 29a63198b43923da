//! Where the configuration is: the nearest `unmesh.toml` upwards from what is read, within the repository.

use crate::cli::status::Failure;
use crate::cli::streams::reason;
use crate::config::file::{LARGEST, NAME};
use crate::source::{self, display_path};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// A file that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Its name for people, from the current directory.
    pub(super) name: String,
    /// Its directory, without links.
    pub(super) base: PathBuf,
    /// Its text.
    pub(super) text: String,
}

/// The file that the user named.
///
/// # Errors
/// It cannot be read.
pub(super) fn named(path: &Path) -> Result<Found, Failure> {
    let name = display_path(path);
    let text = load(path, &name)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let base = parent.canonicalize().map_err(|error| unreadable(&name, &reason(&error)))?;
    Ok(Found { name, base, text })
}

/// The nearest file from the deepest directory that all paths share, upwards to the one that holds
/// `.git`; and what kept the search from going on. Whoever may write above a repository has no say in it.
///
/// # Errors
/// There is one, and it cannot be read.
pub(super) fn nearest(paths: &[PathBuf]) -> Result<(Option<Found>, Option<String>), Failure> {
    let Some(start) = shared(paths) else { return Ok((None, None)) };
    for directory in start.ancestors() {
        let path = directory.join(NAME);
        match path.symlink_metadata() {
            Ok(_) => {
                let name = from_here(&path);
                let text = load(&path, &name)?;
                return Ok((Some(Found { name, base: directory.to_path_buf(), text }), None));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Ok((None, Some(stopped(directory, &reason(&error))))),
        }
        match directory.join(".git").symlink_metadata() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Ok((None, Some(stopped(directory, &reason(&error))))),
        }
    }
    Ok((None, None))
}

fn stopped(directory: &Path, why: &str) -> String {
    format!("`{NAME}` was not looked for in `{}` nor above it: {why}", from_here(directory))
}

/// The deepest directory that holds all that is named; a path that does not exist is for the reader
/// to complain about.
fn shared(paths: &[PathBuf]) -> Option<PathBuf> {
    let here = || std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    if paths.is_empty() {
        return here();
    }
    let directory = |path: &PathBuf| {
        if path == Path::new("-") {
            return here();
        }
        if path.is_dir() {
            return path.canonicalize().ok();
        }
        // A link to a file stands where the link is.
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).canonicalize().ok()
    };
    paths.iter().filter_map(directory).reduce(|left, right| common(&left, &right))
}

fn common(left: &Path, right: &Path) -> PathBuf {
    left.components()
        .zip(right.components())
        .take_while(|(left, right)| left == right)
        .map(|(one, _)| one)
        .collect()
}

fn load(path: &Path, name: &str) -> Result<String, Failure> {
    let metadata = path.metadata().map_err(|error| unreadable(name, &reason(&error)))?;
    if metadata.is_dir() {
        return Err(unreadable(name, "it is a directory"));
    }
    if !metadata.is_file() {
        return Err(unreadable(name, "it is no regular file"));
    }
    if metadata.len() > LARGEST {
        return Err(unreadable(name, "it is larger than 1 MiB, which no configuration is"));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(name, &reason(&error)))?;
    source::settings_text(bytes).map_err(|(why, help)| {
        let failure = Failure::new(format!("the configuration `{name}` {why}"));
        match help {
            Some(help) => failure.help(help),
            None => failure,
        }
    })
}

fn unreadable(name: &str, why: &str) -> Failure {
    Failure::new(format!("cannot read the configuration `{name}`: {why}"))
        .help("mend it, name another one by --config FILE, or use --no-config")
}

/// A path as seen from the current directory, with `..` where it is above.
fn from_here(path: &Path) -> String {
    let Some(here) = std::env::current_dir().and_then(|here| here.canonicalize()).ok() else {
        return display_path(path);
    };
    let both = common(path, &here);
    if !both.components().any(|part| matches!(part, Component::RootDir | Component::Prefix(_))) {
        return display_path(path);
    }
    let up = here.components().count() - both.components().count();
    let mut out: PathBuf = std::iter::repeat_n("..", up).collect();
    out.push(path.strip_prefix(&both).unwrap_or(path));
    if out.as_os_str().is_empty() { ".".to_string() } else { display_path(&out) }
}
