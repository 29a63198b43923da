//! Which findings are shown by themselves: those of one file stand together, and of a code that many
//! findings have, most are one line with their places.
//!
//! Nothing is left out: each folded finding is counted, and its line named.

use super::escape;
use super::human::title;
use crate::finding::{Code, Direction, Reported, Severity};
use crate::source::{FileId, SourceMap};
use std::collections::BTreeMap;

/// Findings of one kind that a run may have before they are folded.
const MANY: usize = 8;
/// Those of them that are shown.
const SHOWN: usize = 3;

/// The findings of one file; those of no file are a group of their own.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) file: Option<FileId>,
    /// By themselves, in their order.
    pub(super) shown: Vec<&'a Reported>,
    /// Those of one kind in each, in the order of the first.
    pub(super) folded: Vec<Vec<&'a Reported>>,
}

impl<'a> Group<'a> {
    /// All of them.
    pub(super) fn findings(&self) -> impl Iterator<Item = &'a Reported> {
        self.shown.iter().chain(self.folded.iter().flatten()).copied()
    }
}

/// What findings of one kind have in common.
type Kind = (&'static str, Severity, Direction, bool);

fn kind(reported: &Reported) -> Kind {
    let finding = &reported.finding;
    (finding.code.id, finding.severity, finding.direction, reported.accepted.is_some())
}

/// Whether findings of a code may be folded: what keeps all output back never is.
fn folds(code: &Code) -> bool {
    !code.blocks
}

/// The groups, in the order of the findings, which are sorted by file.
pub(super) fn groups(findings: &[Reported], all: bool) -> Vec<Group<'_>> {
    let mut totals: BTreeMap<Kind, usize> = BTreeMap::new();
    for reported in findings {
        *totals.entry(kind(reported)).or_insert(0) += 1;
    }
    let mut seen: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for reported in findings {
        let file = reported.finding.span.map(|span| span.file);
        if groups.last().is_none_or(|group| group.file != file) {
            groups.push(Group { file, shown: Vec::new(), folded: Vec::new() });
        }
        let Some(group) = groups.last_mut() else { continue };
        let kind = kind(reported);
        let nth = seen.entry(kind).or_insert(0);
        *nth += 1;
        let many = totals.get(&kind).is_some_and(|total| *total > MANY);
        if all || !many || *nth <= SHOWN || file.is_none() || !folds(reported.finding.code) {
            group.shown.push(reported);
        } else {
            fold(group, reported);
        }
    }
    groups
}

fn fold<'a>(group: &mut Group<'a>, reported: &'a Reported) {
    let alike =
        |others: &&mut Vec<&Reported>| others.first().is_some_and(|other| kind(other) == kind(reported));
    match group.folded.iter_mut().find(alike) {
        Some(others) => others.push(reported),
        None => group.folded.push(vec![reported]),
    }
}

/// `orders.yaml: 12 more: warning UM310 retries (drops), at lines 4, 9 and 31; --all shows each`.
pub(super) fn line(folded: &[&Reported], sources: &SourceMap) -> String {
    let places = folded.iter().filter_map(|reported| {
        let span = reported.finding.span?;
        let file = sources.file(span.file);
        Some((file.name.as_str(), file.position(span.start).line.to_string()))
    });
    let (names, mut lines): (Vec<&str>, Vec<String>) = places.unzip();
    lines.dedup();
    let name = names.first().map(|name| escape::line(name)).unwrap_or_default();
    let kind = folded.first().map(|reported| title(reported)).unwrap_or_default();
    let lines = match lines.as_slice() {
        [one] => format!("line {one}"),
        several => format!("lines {}", several.join(", ")),
    };
    format!("{name}: {} more: {kind}, at {lines}; --all shows each", folded.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, Rules, Sink, codes};
    use crate::source::{SourceFile, Span};

    /// Findings of these codes, one on each line of a file of its own for each list.
    fn report(files: &[&[&'static Code]]) -> (Vec<Reported>, SourceMap) {
        let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
        for (index, found) in files.iter().enumerate() {
            let name = format!("{index}.yaml");
            let text = "x\n".repeat(found.len());
            let id = sources.add(SourceFile::new(name.clone(), None, name.into(), text));
            for (line, code) in found.iter().enumerate() {
                let direction = code.directions.first().copied().unwrap_or(Direction::None);
                let finding = Finding::new(code, direction, format!("finding {line}"));
                sink.push(finding.severity(code.severity).at(Span::new(id, 2 * line, 2 * line + 1)));
            }
        }
        sink.push(Finding::new(&codes::input::DEFAULT_NAMESPACE, Direction::None, "of the run"));
        (sink.finish(&Rules::default(), &sources).findings, sources)
    }

    fn said(files: &[&[&'static Code]], all: bool) -> Vec<(Option<usize>, usize, Vec<String>)> {
        let (findings, sources) = report(files);
        let groups = groups(&findings, all);
        let of = |group: &Group<'_>| {
            let lines = group.folded.iter().map(|folded| line(folded, &sources)).collect();
            (group.file.map(FileId::index), group.shown.len(), lines)
        };
        groups.iter().map(of).collect()
    }

    const FEW: &Code = &codes::input::DEFAULT_NAMESPACE;
    const MUCH: &Code = &codes::platform::MESH_LABEL;
    const HELD: &Code = &codes::input::POLICY_UNREADABLE;

    #[test]
    fn findings_of_one_file_stand_together_and_those_of_the_run_last() {
        let expected = vec![(Some(0), 1, vec![]), (Some(1), 2, vec![]), (None, 1, vec![])];
        assert_eq!(said(&[&[FEW], &[MUCH, FEW]], false), expected);
    }

    #[test]
    fn most_of_many_are_one_line_with_their_places() {
        let folded =
            |name: &str, text: &str| format!("{name}.yaml: {text}: info UM452 mesh-label (drops), at ");
        let expected = vec![
            (Some(0), 3, vec![folded("0", "2 more") + "lines 4, 5; --all shows each"]),
            (Some(1), 1, vec![folded("1", "4 more") + "lines 2, 3, 4, 5; --all shows each"]),
            (None, 1, vec![]),
        ];
        let (first, second) = ([MUCH; 5], [FEW, MUCH, MUCH, MUCH, MUCH]);
        assert_eq!(said(&[&first, &second], false), expected);
        let shown: Vec<usize> = said(&[&first, &second], true).iter().map(|(_, shown, _)| *shown).collect();
        assert_eq!(shown, [5, 5, 1]);
        let eight = said(&[&[MUCH; 8]], false);
        assert_eq!(eight.first(), Some(&(Some(0), 8, vec![])));
    }

    #[test]
    fn what_keeps_output_back_is_always_shown() {
        assert_eq!(said(&[&[HELD; 20]], false).first(), Some(&(Some(0), 20, vec![])));
    }
}
