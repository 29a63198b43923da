//! Which files of a directory are manifests.
//!
//! Directories are walked whole, hidden ones too (`.git` apart), but for what a `.gitignore` in the
//! directory or above it names, with or without a git repository. Other ignore
//! files and the user's own git settings are not asked, so that a run is the same everywhere. Links
//! to files are followed, links to directories are not (as with kubectl), which also ends loops.

use ignore::{DirEntry, WalkBuilder};
use std::path::{Path, PathBuf};

/// What a walk found, both sorted by the bytes of the path.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// Something that is not read.
pub(super) struct Problem {
    pub(super) path: PathBuf,
    pub(super) why: String,
    /// Whether that is a mistake; else the user only has to know.
    pub(super) wrong: bool,
}

/// Walks a directory that exists.
pub(super) fn walk(root: &Path) -> Found {
    let mut found = Found::default();
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .follow_links(false);
    walk.filter_entry(|entry| entry.file_name() != ".git");
    for entry in walk.build() {
        match entry {
            Ok(entry) => found.take(&entry),
            Err(error) => found.problem(path_of(&error).unwrap_or(root), "cannot be read", true),
        }
    }
    found.files.sort_by(|left, right| bytes(left).cmp(bytes(right)));
    found.problems.sort_by(|left, right| bytes(&left.path).cmp(bytes(&right.path)));
    found
}

impl Found {
    fn take(&mut self, entry: &DirEntry) {
        let path = entry.path();
        let Some(kind) = entry.file_type() else { return };
        if entry.depth() == 0 || kind.is_dir() {
            return;
        }
        if kind.is_file() && is_manifest(path) {
            self.files.push(path.to_path_buf());
            return;
        }
        match std::fs::metadata(path) {
            Ok(target) if target.is_file() && is_manifest(path) => self.files.push(path.to_path_buf()),
            Ok(target) if target.is_dir() => {
                self.problem(path, "is a link to a directory, which is not followed", false);
            }
            Ok(_) if is_manifest(path) && !kind.is_file() => self.problem(path, "is no regular file", false),
            Err(_) if is_manifest(path) => self.problem(path, "is a link to nothing that can be read", true),
            Ok(_) | Err(_) => {}
        }
    }

    fn problem(&mut self, path: &Path, why: &str, wrong: bool) {
        self.problems.push(Problem { path: path.to_path_buf(), why: why.to_string(), wrong });
    }
}

/// Whether a file is a manifest by its name.
#[must_use]
pub fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"].iter().any(|wanted| extension.eq_ignore_ascii_case(wanted))
    })
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// The path that an error of the walk is about.
fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithLineNumber { err, .. } | ignore::Error::WithDepth { err, .. } => path_of(err),
        ignore::Error::Partial(_)
        | ignore::Error::Io(_)
        | ignore::Error::Glob { .. }
        | ignore::Error::UnrecognizedFileType(_)
        | ignore::Error::InvalidDefinition => None,
    }
}
