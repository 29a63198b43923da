//! `unmesh diff`, and `translate --diff`: patches for the input or for a directory of output.

use super::args::{DiffArgs, RunArgs};
use super::output_dir::{Planned, Present};
use super::status::{Failure, Status};
use super::streams::reason;
use super::translate::{self, Product};
use crate::finding::{Finding, Report};
use crate::manifest::{Object, ObjectId};
use crate::pipeline::Analysis;
use crate::report::diff::placement::{self, Change, Tree};
use crate::report::diff::{FileChange, unified};
use crate::report::product::{self, HEADER};
use crate::source::{Input, SourceFile, SourceMap, display_path};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Runs all stages and prints the patch.
pub(super) fn run(args: &DiffArgs) -> Result<Status, Failure> {
    let product = match args.output.as_deref() {
        Some(dir) => Product::DirectoryPatch(dir),
        None => Product::Patch { remove_source: args.remove_source },
    };
    translate::make("diff", &args.run, &product)
}

/// A patch for the input needs files to be applied to.
pub(super) fn refuse_stdin(product: &Product<'_>, inputs: &[Input]) -> Result<(), Failure> {
    if matches!(product, Product::Patch { .. }) && inputs.contains(&Input::Stdin) {
        return Err(Failure::new("standard input has no file that a patch could change")
            .help("name files or directories, or compare with a directory by `-o DIR`"));
    }
    Ok(())
}

/// Staged policies take nobody's place: what they come from has to stay.
pub(super) fn refuse_staged(product: &Product<'_>, args: &RunArgs) -> Result<(), Failure> {
    if args.staged && matches!(product, Product::Patch { remove_source: true }) {
        return Err(Failure::new(
            "`--remove-source` does not go with `--staged`: nothing would enforce the policies",
        )
        .help("remove the sources when the policies are enforced, without `--staged`"));
    }
    Ok(())
}

/// The patch that adds the policies to the input.
pub(super) fn of_input(analysis: &Analysis, report: &Report, remove_source: bool) -> Result<String, Failure> {
    let objects = &analysis.manifest.objects;
    let removed = if remove_source { carried(objects, &report.open) } else { BTreeSet::new() };
    let tree = Tree {
        sources: &analysis.sources,
        objects,
        own: &analysis.manifest.own,
        written: &analysis.written,
        removed: &removed,
    };
    let mut changes: Vec<FileChange> = Vec::new();
    let mut new_files = Vec::new();
    for change in placement::changes(&tree).map_err(Failure::new)? {
        match change {
            Change::Source(id, new) => {
                let file = analysis.sources.file(id);
                let old = Some(file.text.to_string());
                changes.push(FileChange { name: from_here(on_disk(file))?, old, new });
            }
            Change::Beside(id, texts) => new_files.push((id, texts)),
        }
    }
    for (id, texts) in new_files {
        let change = beside(&analysis.sources, analysis.sources.file(id), &texts, &changes)?;
        changes.retain(|other| other.name != change.name);
        changes.push(change);
    }
    changes.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(unified(&changes))
}

fn on_disk(file: &SourceFile) -> &Path {
    file.path.as_deref().unwrap_or(Path::new(&file.name))
}

/// `x.unmesh.yaml` beside `x.json`, which holds one document only. Where the input has that file
/// already, what stands there is replaced in place, and the rest follows it.
fn beside(
    sources: &SourceMap,
    file: &SourceFile,
    texts: &[String],
    changes: &[FileChange],
) -> Result<FileChange, Failure> {
    let path = on_disk(file).with_extension("unmesh.yaml");
    let name = from_here(&path)?;
    if let Some(there) = sources.files().iter().find(|other| on_disk(other) == path) {
        let edited = changes.iter().find(|other| other.name == name).map(|other| other.new.as_deref());
        let mut new = edited.unwrap_or(Some(&there.text)).unwrap_or(HEADER).to_string();
        if !new.ends_with('\n') {
            new.push('\n');
        }
        for text in texts {
            new.push_str("---\n");
            new.push_str(text);
        }
        return Ok(FileChange { name, old: Some(there.text.to_string()), new: Some(new) });
    }
    let old = match std::fs::read_to_string(&path) {
        Ok(text) if product::is_ours(&text) => Some(text),
        Ok(_) => {
            let name = display_path(&path);
            return Err(Failure::new(format!("`{name}` is in the way: unmesh did not write it")));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Failure::new(format!("cannot read `{}`: {}", display_path(&path), reason(&error))));
        }
    };
    let new = product::file(texts.iter().map(String::as_str));
    Ok(FileChange { name, old, new: Some(new) })
}

/// The patch from what is in DIR to what would be written there.
pub(super) fn of_directory(dir: &Path, plan: &[Planned]) -> Result<String, Failure> {
    let present = Present::scan(dir)?;
    present.make_way(dir, plan)?;
    let mut changes = Vec::new();
    for Planned { path, text } in plan {
        let old = present.ours.get(path).cloned();
        changes.push(FileChange { name: from_here(&dir.join(path))?, old, new: Some(text.clone()) });
    }
    for path in present.stale(plan) {
        let old = present.ours.get(path).cloned();
        changes.push(FileChange { name: from_here(&dir.join(path))?, old, new: None });
    }
    changes.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(unified(&changes))
}

/// Source objects whose meaning is carried, or accepted, in full: kinds that are read, and of which
/// no finding says that something is lost or could not be understood. Severity settings do not count.
fn carried(objects: &[Object], open: &[Finding]) -> BTreeSet<ObjectId> {
    let read = |object: &Object| {
        matches!(
            (object.group(), object.reference.kind.as_str()),
            ("security.istio.io", "AuthorizationPolicy" | "PeerAuthentication" | "RequestAuthentication")
                | ("networking.istio.io", "VirtualService")
        )
    };
    let lost = |object: &Object| {
        open.iter().any(|finding| {
            let inside = finding.span.is_some_and(|span| {
                let whole = object.placement.item.unwrap_or(object.placement.document_span);
                span.file == whole.file && whole.start <= span.start && span.end <= whole.end
            });
            inside || finding.object.as_ref() == Some(&object.reference)
        })
    };
    let gone = objects.iter().enumerate().filter(|(_, object)| read(object) && !lost(object));
    gone.map(|(index, _)| ObjectId(index)).collect()
}

/// A path as a patch for the current directory names it.
///
/// # Errors
/// It is not below the current directory: neither `git apply` nor `patch` would go there.
fn from_here(path: &Path) -> Result<String, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::new(format!("cannot find the current directory: {}", reason(&error))))?;
    let below = |path: PathBuf, here: &Path| path.strip_prefix(here).ok().map(display_path);
    let resolved = || below(path.canonicalize().ok()?, &here.canonicalize().ok()?);
    below(tidy(&here.join(path)), &here).or_else(resolved).ok_or_else(|| {
        Failure::new(format!("`{}` is not below the current directory", display_path(path)))
            .help("a patch cannot name it; run unmesh from a directory that holds the input")
    })
}

/// The path without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => out.push(part),
        }
    }
    out
}
