//! Where the repository begins that the program was started in: code hosts name files from there.

use crate::report::paths::Paths;
use crate::source::display_path;
use std::path::Path;

/// The way from the root of the repository to the current directory; a directory outside of any
/// repository is its own root.
pub(super) fn paths() -> Paths {
    std::env::current_dir().map_or_else(|_| Paths::default(), |here| from(&here))
}

fn from(here: &Path) -> Paths {
    // A worktree and a submodule have a file of this name.
    let root = here.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(here);
    let below = here.strip_prefix(root).into_iter().flat_map(Path::components);
    let below = below.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Paths::new(&display_path(root), below)
}
