//! `-o DIR`: one file of policies for each input file, below DIR.
//!
//! First what is wanted ([`plan`]), then what is there ([`Present::scan`]), then either a
//! comparison ([`differences`]) or [`write::write`]. Nothing is changed before all of it is known
//! to be possible.

mod write;

pub(super) use write::write;

use super::status::Failure;
use super::streams::reason;
use crate::manifest::Object;
use crate::report::product::{self, HEADER, Written};
use crate::source::{SourceMap, display_path};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// A file as it is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Planned {
    /// Below DIR.
    pub(super) path: PathBuf,
    /// All of it.
    pub(super) text: String,
}

/// What is to be written, in the order closed-first: as their first objects are to be applied.
///
/// # Errors
/// A path would lead out of DIR.
pub(super) fn plan(
    sources: &SourceMap,
    objects: &[Object],
    written: &[Written],
) -> Result<Vec<Planned>, Failure> {
    let mut order: Vec<PathBuf> = Vec::new();
    let mut texts: BTreeMap<PathBuf, Vec<&str>> = BTreeMap::new();
    for written in written {
        let Some(home) = objects.get(written.home.0) else { continue };
        let path = output_path(&sources.file(home.placement.file).relative)?;
        let documents = texts.entry(path.clone()).or_default();
        if documents.is_empty() {
            order.push(path);
        }
        documents.push(&written.text);
    }
    let text = |path: &PathBuf| product::file(texts.get(path).into_iter().flatten().copied());
    Ok(order.iter().map(|path| Planned { path: path.clone(), text: text(path) }).collect())
}

/// The same path; JSON becomes YAML.
fn output_path(relative: &Path) -> Result<PathBuf, Failure> {
    if !relative.components().all(|part| matches!(part, Component::Normal(_)))
        || relative.as_os_str().is_empty()
    {
        let name = display_path(relative);
        return Err(Failure::new(format!("`{name}` would be written outside of the output directory")));
    }
    let json = relative.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    Ok(if json { relative.with_extension("yaml") } else { relative.to_path_buf() })
}

/// What is in DIR.
#[derive(Default, Debug)]
pub(super) struct Present {
    /// Files that unmesh wrote, with their text.
    pub(super) ours: BTreeMap<PathBuf, String>,
    /// Everything else that is no directory of ours.
    foreign: BTreeSet<PathBuf>,
}

impl Present {
    /// Looks through DIR; one that does not exist is empty. Links are not followed.
    ///
    /// # Errors
    /// DIR is no directory or cannot be read.
    pub(super) fn scan(dir: &Path) -> Result<Self, Failure> {
        let mut present = Self::default();
        match fs::metadata(dir) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(Failure::new(format!("`{}` is not a directory", display_path(dir)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(present),
            Err(error) => return Err(refused("read", dir, &error)),
        }
        present.walk(dir, Path::new("")).map_err(|error| refused("read", dir, &error))?;
        Ok(present)
    }

    fn walk(&mut self, dir: &Path, below: &Path) -> io::Result<()> {
        let mut empty = true;
        for entry in fs::read_dir(dir.join(below))? {
            let entry = entry?;
            empty = false;
            let path = below.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() && entry.file_name() != ".git" {
                if self.walk(dir, &path).is_err() {
                    self.foreign.insert(path);
                }
            } else if let Some(text) = kind.is_file().then(|| our_text(&entry.path())).flatten() {
                self.ours.insert(path, text);
            } else {
                self.foreign.insert(path);
            }
        }
        if empty && !below.as_os_str().is_empty() {
            self.foreign.insert(below.to_path_buf());
        }
        Ok(())
    }

    /// Makes sure that nothing foreign stands where a planned file is to go.
    ///
    /// # Errors
    /// Something does; its name is said.
    pub(super) fn make_way(&self, dir: &Path, plan: &[Planned]) -> Result<(), Failure> {
        for planned in plan.iter().filter(|planned| !self.ours.contains_key(&planned.path)) {
            let mut above = planned.path.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
            let in_way =
                above.find(|path| fs::symlink_metadata(dir.join(path)).is_ok_and(|found| !found.is_dir()));
            let itself =
                fs::symlink_metadata(dir.join(&planned.path)).is_ok().then_some(planned.path.as_path());
            if let Some(path) = in_way.or(itself) {
                let name = display_path(&dir.join(path));
                return Err(Failure::new(format!("`{name}` is in the way: unmesh did not write it"))
                    .help("move it, or name another directory; nothing was changed"));
            }
        }
        Ok(())
    }

    /// Files of ours that are no longer wanted.
    pub(super) fn stale(&self, plan: &[Planned]) -> Vec<&Path> {
        let wanted: BTreeSet<&Path> = plan.iter().map(|planned| planned.path.as_path()).collect();
        self.ours.keys().map(PathBuf::as_path).filter(|path| !wanted.contains(path)).collect()
    }

    /// Whether DIR can be replaced as a whole.
    fn is_ours_alone(&self) -> bool {
        self.foreign.is_empty()
    }
}

/// The text of a file of ours; others are read no further than their first line.
fn our_text(path: &Path) -> Option<String> {
    let mut file = fs::File::open(path).ok()?;
    let mut start = vec![0; HEADER.len()];
    file.read_exact(&mut start).ok()?;
    if start != HEADER.as_bytes() {
        return None;
    }
    let mut text = String::from_utf8(start).ok()?;
    file.read_to_string(&mut text).ok()?;
    product::is_ours(&text).then_some(text)
}

/// A line for each file that `--check` finds wrong, in the order of names.
pub(super) fn differences(dir: &Path, plan: &[Planned], present: &Present) -> Vec<String> {
    let mut lines = BTreeMap::new();
    for Planned { path, text } in plan {
        match present.ours.get(path) {
            Some(there) if there == text => {}
            Some(_) => drop(lines.insert(path.as_path(), "differs")),
            None => drop(lines.insert(path.as_path(), "is missing")),
        }
    }
    for path in present.stale(plan) {
        lines.insert(path, "is stale: nothing of the input yields it");
    }
    lines.iter().map(|(path, what)| format!("`{}` {what}", display_path(&dir.join(path)))).collect()
}

/// `cannot write `x`: permission denied`.
fn refused(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot {what} `{}`: {}", display_path(path), reason(error)))
}

#[cfg(test)]
mod tests;
