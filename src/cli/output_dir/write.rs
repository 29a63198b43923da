//! Writing below DIR so that a failure leaves what was there.

use super::{Planned, Present, refused};
use crate::cli::status::Failure;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes the plan and removes files of ours that are not in it.
///
/// A DIR that does not exist or holds files of ours alone is replaced as a whole: built beside and
/// swapped in. Otherwise, or where no directory can be made beside it, every file is written beside
/// its place first, and only when all of them are there do they take their places, in the order of
/// the plan; what is stale goes last.
///
/// # Errors
/// Something cannot be written; then the old files are still there.
pub(in crate::cli) fn write(dir: &Path, plan: &[Planned], present: &Present) -> Result<(), Failure> {
    present.make_way(dir, plan)?;
    let changed = |planned: &&Planned| present.ours.get(&planned.path) != Some(&planned.text);
    let stale = present.stale(plan);
    if !plan.iter().any(|planned| changed(&planned)) && stale.is_empty() {
        return Ok(());
    }
    let link = fs::symlink_metadata(dir).is_ok_and(|found| found.is_symlink());
    if let (true, false, Some(beside)) = (present.is_ours_alone(), link, Beside::of(dir)) {
        match beside.replace(dir, plan) {
            Err(Refused::CannotStart) => {}
            Err(Refused::Failed(failure)) => return Err(failure),
            Ok(()) => return Ok(()),
        }
    }
    let changed: Vec<&Planned> = plan.iter().filter(changed).collect();
    one_by_one(dir, &changed, &stale)
}

/// Why a tree could not be swapped in.
enum Refused {
    /// The place beside DIR cannot be used; nothing was done.
    CannotStart,
    /// Something failed on the way; everything is as before.
    Failed(Failure),
}

/// Names beside DIR for the new tree and, for a moment, the old one.
struct Beside {
    new: PathBuf,
    old: PathBuf,
}

impl Beside {
    /// `None` for a DIR without a name of its own (`.`, `/`).
    fn of(dir: &Path) -> Option<Self> {
        let name = dir.file_name()?.to_string_lossy();
        let sibling = |suffix: &str| dir.with_file_name(format!(".{name}.unmesh-{suffix}"));
        Some(Self { new: sibling("new"), old: sibling("old") })
    }

    fn replace(&self, dir: &Path, plan: &[Planned]) -> Result<(), Refused> {
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|error| Refused::Failed(refused("make", parent, &error)))?;
        }
        self.clear_leftover();
        if fs::create_dir(&self.new).is_err() {
            return Err(Refused::CannotStart);
        }
        let built = self.build(dir, plan).map_err(Refused::Failed).and_then(|()| self.swap(dir));
        if built.is_err() {
            let _ = fs::remove_dir_all(&self.new);
        }
        built
    }

    /// Removes what a run that was killed left; anything else there makes the next step fail.
    fn clear_leftover(&self) {
        if Present::scan(&self.new).is_ok_and(|present| present.is_ours_alone()) {
            let _ = fs::remove_dir_all(&self.new);
        }
    }

    fn build(&self, dir: &Path, plan: &[Planned]) -> Result<(), Failure> {
        for Planned { path, text } in plan {
            let place = self.new.join(path);
            let write = || {
                place.parent().map_or(Ok(()), fs::create_dir_all)?;
                create(&place, text)
            };
            write().map_err(|error| refused("write", &dir.join(path), &error))?;
        }
        if let Ok(metadata) = fs::metadata(dir) {
            fs::set_permissions(&self.new, metadata.permissions())
                .map_err(|error| refused("write", dir, &error))?;
        }
        Ok(())
    }

    fn swap(&self, dir: &Path) -> Result<(), Refused> {
        let existed = dir.exists();
        if existed && fs::rename(dir, &self.old).is_err() {
            return Err(Refused::CannotStart);
        }
        if let Err(error) = fs::rename(&self.new, dir) {
            if existed {
                let _ = fs::rename(&self.old, dir);
            }
            return Err(Refused::Failed(refused("write", dir, &error)));
        }
        if existed {
            fs::remove_dir_all(&self.old)
                .map_err(|error| Refused::Failed(refused("remove", &self.old, &error)))?;
        }
        Ok(())
    }
}

/// Files written beside their places; what has not taken its place goes when this does.
#[derive(Default)]
struct Staged {
    files: Vec<(PathBuf, PathBuf)>,
    directories: Vec<PathBuf>,
}

impl Staged {
    fn add(&mut self, place: &Path, text: &str) -> io::Result<()> {
        if let Some(parent) = place.parent() {
            let missing: Vec<&Path> = parent.ancestors().take_while(|path| !path.exists()).collect();
            for path in missing.into_iter().rev().filter(|path| !path.as_os_str().is_empty()) {
                fs::create_dir(path)?;
                self.directories.push(path.to_path_buf());
            }
        }
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let temporary = place.with_file_name(format!(".{name}.unmesh-new"));
        self.files.push((temporary.clone(), place.to_path_buf()));
        create(&temporary, text)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for (temporary, _) in &self.files {
            let _ = fs::remove_file(temporary);
        }
        // Only empty ones go.
        for directory in self.directories.iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}

fn one_by_one(dir: &Path, changed: &[&Planned], stale: &[&Path]) -> Result<(), Failure> {
    let mut staged = Staged::default();
    for Planned { path, text } in changed {
        let place = dir.join(path);
        staged.add(&place, text).map_err(|error| refused("write", &place, &error))?;
    }
    for (temporary, place) in &staged.files {
        fs::rename(temporary, place).map_err(|error| refused("write", place, &error))?;
    }
    for path in stale {
        let place = dir.join(path);
        match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(refused("remove", &place, &error));
            }
            Ok(()) | Err(_) => {}
        }
        // Directories that this leaves empty were made for it.
        let above = place.ancestors().skip(1).take_while(|path| *path != dir);
        let _ = above.map(fs::remove_dir).take_while(Result::is_ok).count();
    }
    Ok(())
}

/// Writes a file whole; a place that is taken is refused, but for what a killed run left.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if super::our_text(path).is_some() {
        fs::remove_file(path)?;
    }
    let mut file = fs::File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()
}
