//! A file written whole: whoever reads it sees what was there before, or all of the new text.

use super::status::Failure;
use super::streams::reason;
use crate::source::display_path;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file beside its place and moves it there. Pipes and devices, which are no place to move a
/// file to, are written to as they are.
///
/// # Errors
/// The file cannot be written; then what was there is still there.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    put(path, text)
        .map_err(|error| Failure::new(format!("cannot write `{}`: {}", display_path(path), reason(&error))))
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    // The file behind a link is replaced, and not the link.
    let place = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let there = fs::metadata(&place).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return fs::OpenOptions::new().write(true).open(&place)?.write_all(text.as_bytes());
    }
    let Some(name) = place.file_name() else { return Err(io::ErrorKind::IsADirectory.into()) };
    let temporary = place.with_file_name(format!(".{}.unmesh-new", name.to_string_lossy()));
    let written = || {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        if let Some(there) = &there {
            fs::set_permissions(&temporary, there.permissions())?;
        }
        fs::rename(&temporary, &place)
    };
    written().inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}
