//! Where objects go in the source tree: each after the document or item that it comes from, or in
//! the place of what an earlier run wrote. All other bytes stay.

use super::edit::{Edit, apply, line_end, line_ending, line_start, with_ending};
use super::flow;
use super::item::{self, Item};
use crate::finding::ObjectRef;
use crate::manifest::{Object, ObjectId, Placement};
use crate::report::product::Written;
use crate::source::{FileId, SourceFile, SourceMap, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What a patch is made from.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    /// The files.
    pub sources: &'a SourceMap,
    /// The objects of the input.
    pub objects: &'a [Object],
    /// Those that an earlier run wrote.
    pub own: &'a [Object],
    /// What is to be written, in the order of application.
    pub written: &'a [Written],
    /// Source objects that go.
    pub removed: &'a BTreeSet<ObjectId>,
}

/// A change to one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// The file itself; without text it goes.
    Source(FileId, Option<String>),
    /// Documents for a new file beside this one, which is bare JSON and cannot hold a second.
    Beside(FileId, Vec<String>),
}

/// What happens at one place of a file.
enum Event<'a> {
    /// Documents come after a source object, which may go.
    After { texts: Vec<&'a str>, removed: bool },
    /// A document stands where an earlier run put it.
    InPlace(&'a str),
}

/// An object's place and what happens there.
struct Spot<'a> {
    placement: Placement,
    root: Span,
    event: Event<'a>,
}

/// The changes, in the order of the files.
///
/// # Errors
/// An item of a list stands in a way that cannot be edited safely.
pub fn changes(tree: &Tree<'_>) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    for (id, spots) in spots(tree) {
        let file = tree.sources.file(id);
        let mut edits = Vec::new();
        let mut beside = Vec::new();
        let vanishing = vanishing(&spots, tree.objects);
        for spot in &spots {
            let kept = vanishing.contains(&spot.placement.document) && spot.placement.item.is_some();
            if kept && matches!(&spot.event, Event::After { texts, .. } if texts.is_empty()) {
                continue;
            }
            match (spot.placement.item, &spot.event) {
                (None, Event::After { texts, removed }) if is_json(file) => {
                    beside.extend(texts.iter().map(|text| (*text).to_string()));
                    if *removed {
                        edits.push(Edit::remove(0..file.text.len()));
                    }
                }
                (None, event) => edits.push(at_document(&file.text, spot, event)),
                (Some(at), event) => edits.extend(at_item(file, at, event)?),
            }
        }
        let new = apply(&file.text, edits).map_err(|why| format!("`{}`: {why}", file.name))?;
        if new != *file.text {
            changes.push(Change::Source(id, (!is_empty(&new)).then_some(new)));
        }
        if !beside.is_empty() {
            changes.push(Change::Beside(id, beside));
        }
    }
    Ok(changes)
}

fn is_json(file: &SourceFile) -> bool {
    file.relative.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// Which objects happen where, by file.
fn spots<'a>(tree: &Tree<'a>) -> BTreeMap<FileId, Vec<Spot<'a>>> {
    let own: BTreeMap<&ObjectRef, &Object> =
        tree.own.iter().map(|object| (&object.reference, object)).collect();
    let mut after: BTreeMap<ObjectId, Vec<&str>> = tree.removed.iter().map(|id| (*id, Vec::new())).collect();
    let mut spots: BTreeMap<FileId, Vec<Spot<'_>>> = BTreeMap::new();
    let mut add = |object: &Object, event| {
        let (placement, root) = (object.placement, object.root.span);
        spots.entry(placement.file).or_default().push(Spot { placement, root, event });
    };
    for written in tree.written {
        match own.get(&written.reference) {
            Some(object) => add(object, Event::InPlace(&written.text)),
            None => after.entry(written.home).or_default().push(&written.text),
        }
    }
    for (id, texts) in after {
        if let Some(object) = tree.objects.get(id.0) {
            add(object, Event::After { texts, removed: tree.removed.contains(&id) });
        }
    }
    spots
}

/// Documents (Lists) of which no item would be left: their items stay.
fn vanishing(spots: &[Spot<'_>], objects: &[Object]) -> BTreeSet<usize> {
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    let file = spots.first().map(|spot| spot.placement.file);
    for object in objects.iter().filter(|object| Some(object.placement.file) == file) {
        *left.entry(object.placement.document).or_insert(0) += 1;
    }
    for spot in spots {
        if matches!(&spot.event, Event::After { texts, removed: true } if texts.is_empty()) {
            left.entry(spot.placement.document).and_modify(|n| *n = n.saturating_sub(1));
        }
    }
    left.into_iter().filter(|(_, n)| *n == 0).map(|(document, _)| document).collect()
}

fn at_document(text: &str, spot: &Spot<'_>, event: &Event<'_>) -> Edit {
    let span = spot.placement.document_span.range();
    match event {
        Event::After { texts, removed: false } => after_document(text, span.end, texts),
        Event::After { texts, removed: true } if texts.is_empty() => {
            Edit::remove(with_separator(text, &span))
        }
        Event::After { texts, removed: true } => {
            let start = content_start(text, span.start);
            Edit { range: start..span.end, text: fitted(&texts.join("---\n"), text, start, span.end) }
        }
        Event::InPlace(new) => {
            let comment = new.starts_with('#');
            let content = content_start(text, span.start);
            let start =
                if comment { past_header(text, content) } else { line_start(text, spot.root.range().start) };
            let range = start.max(content)..line_end(text, spot.root.range().end);
            Edit { text: fitted(new, text, range.start, range.end), range }
        }
    }
}

/// Text of ours for `start..end`: with the file's line ending, on a line of its own, and without a
/// last newline where the file has none.
fn fitted(new: &str, text: &str, start: usize, end: usize) -> String {
    let ending = line_ending(text);
    let mut out = String::new();
    if line_start(text, start) != start && !text.get(..start).unwrap_or("").ends_with('\u{feff}') {
        out.push_str(ending);
    }
    out.push_str(&with_ending(new, ending));
    if end == text.len() && !text.ends_with('\n') {
        out.truncate(out.trim_end_matches(['\r', '\n']).len());
    }
    out
}

/// Documents behind the one that ends at `end`.
fn after_document(text: &str, end: usize, texts: &[&str]) -> Edit {
    let ending = line_ending(text);
    let mut new = String::new();
    for document in texts {
        new.push_str("---\n");
        new.push_str(document);
    }
    // What follows may begin without a separator, behind `...` or with a directive.
    match follower(text.get(end..).unwrap_or("")) {
        Some(line) if line.starts_with('%') => new.push_str("...\n"),
        Some(line) if !line.starts_with("---") && !line.starts_with("...") => new.push_str("---\n"),
        Some(_) | None => {}
    }
    let mut new = with_ending(&new, ending);
    if !text.get(..end).unwrap_or("").ends_with('\n') {
        new.insert_str(0, ending);
        if end == text.len() {
            new.truncate(new.trim_end_matches(['\r', '\n']).len());
        }
    }
    Edit::insert(end, new)
}

/// The first line that says something.
fn follower(rest: &str) -> Option<&str> {
    rest.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

/// Where a document's own lines begin: behind the rest of the separator's line.
fn content_start(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\u{feff}']).len();
    match rest.get(blank..).and_then(|rest| rest.strip_prefix('\n')) {
        Some(_) if line_start(text, start) != start => start + blank + 1,
        _ if rest.starts_with('\u{feff}') => start + '\u{feff}'.len_utf8(),
        _ => start,
    }
}

/// Behind the header of a file of ours.
fn past_header(text: &str, at: usize) -> usize {
    let has_header = text.get(at..).is_some_and(crate::report::product::is_ours);
    if has_header { line_end(text, at + 1) } else { at }
}

/// A document and the separator before it.
fn with_separator(text: &str, span: &Range<usize>) -> Range<usize> {
    let before = text.get(..span.start).unwrap_or("").trim_end();
    let line = line_start(text, before.len());
    let start =
        if before.get(line..).is_some_and(|line| line.starts_with("---")) { line } else { span.start };
    start..span.end
}

/// Whether nothing is left but comments and separators.
fn is_empty(text: &str) -> bool {
    follower(text).is_none_or(|line| line.trim_end() == "---")
        && text
            .lines()
            .all(|line| line.trim().is_empty() || line.starts_with('#') || line.trim_end() == "---")
}

fn at_item(file: &SourceFile, at: Span, event: &Event<'_>) -> Result<Option<Edit>, String> {
    let text = &file.text;
    let unknown = || {
        let line = file.position(at.start).line;
        format!("`{}` line {line}: this item of a list stands in a way that cannot be edited", file.name)
    };
    Ok(match (item::find(text, &at.range()).ok_or_else(unknown)?, event) {
        (Item::Block { range, indent }, Event::After { texts, removed }) => {
            let new: String = texts.iter().map(|text| item::indented(text, &indent)).collect();
            Some(block_item(text, range, &new, !removed))
        }
        (Item::Block { range, indent }, Event::InPlace(new)) => {
            Some(block_item(text, range, &item::indented(new, &indent), false))
        }
        // Taking one out of a flow list would have to guess which comma goes with it.
        (Item::Flow { .. }, Event::After { texts, .. }) if texts.is_empty() => None,
        (Item::Flow { range }, Event::After { texts, removed }) => {
            let new: Vec<String> = texts.iter().map(|text| flow::json(text)).collect::<Result<_, _>>()?;
            let new = new.join(", ");
            Some(if *removed {
                Edit { range, text: new }
            } else {
                Edit::insert(range.end, format!(", {new}"))
            })
        }
        (Item::Flow { range }, Event::InPlace(new)) => {
            let new = flow::json(new)?;
            (text.get(range.clone()) != Some(&new)).then_some(Edit { range, text: new })
        }
    })
}

/// Items after, or in the place of, the item at `range`.
fn block_item(text: &str, range: Range<usize>, new: &str, keep: bool) -> Edit {
    let range = if keep { range.end..range.end } else { range };
    if new.is_empty() {
        return Edit::remove(range);
    }
    Edit { text: fitted(new, text, range.start, range.end), range }
}

#[cfg(test)]
mod tests;
