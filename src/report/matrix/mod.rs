//! The support matrix: what each target keeps of each form of policy, as Markdown.
//!
//! A cell was found by running a probe (`pipeline::support`); here it is data and becomes text.

mod facts;

use super::column::{Column, fold};
use crate::config::Layout;
use std::fmt::Write;

/// All cells: each row has one for each column.
#[derive(Debug)]
pub struct Matrix {
    /// The targets.
    pub columns: Vec<Column>,
    /// The rows, by what they are about.
    pub sections: Vec<Section>,
}

/// Rows about one thing.
#[derive(Debug)]
pub struct Section {
    /// What.
    pub title: &'static str,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One form of policy.
#[derive(Debug)]
pub struct Row {
    /// In words.
    pub form: &'static str,
    /// `ALLOW`, or a kind.
    pub action: &'static str,
    /// What became of it, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// What became of a form for one target.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cell {
    /// The class.
    pub class: Class,
    /// The ids of the codes that say why; for `Exact`, of what is worth knowing.
    pub codes: Vec<&'static str>,
    /// For `Acceptance`, the ids of the codes that say what changes all the same.
    pub then: Vec<&'static str>,
}

/// The classes of a cell. The words of the page stand in `CLASSES`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// The checker found no difference, and no finding speaks of one.
    Exact,
    /// The same, and a finding names what was taken for granted.
    Assumed,
    /// Not exact as it is; with an option that says what the input does not show, it is.
    Option,
    /// Not written as it is; accepting a code writes it, and more gets through then.
    Acceptance,
    /// Written, and something that was allowed is refused.
    Narrowed,
    /// Written, and something that was refused gets through.
    Widened,
    /// Something changes, and nothing of it is written.
    Not,
    /// The checker could not decide.
    Unknown,
    /// A difference that no finding speaks of, or a finding of which nothing shows where the checker
    /// says that all is alike: a bug.
    Broken,
}

/// Each class that the page explains, its word in a cell, and what it means.
const CLASSES: [(Class, &str); 8] = [
    (
        Class::Exact,
        "the checker compared every request of its model before and after and found no difference, and no finding speaks of one; a code beside it is worth knowing",
    ),
    (Class::Assumed, "exact, if what the finding takes for granted is so"),
    (
        Class::Option,
        "exact with the option that the code's page names: `--l7 dikastes`, `--mesh-namespaces` or `--map-identity`; without it narrower, or nothing of it is written",
    ),
    (
        Class::Acceptance,
        "written once the code is accepted, which lets through more than the mesh did; until then nothing of it is written. Codes behind `then` speak of what changes all the same",
    ),
    (
        Class::Narrowed,
        "written, and some of what was allowed is refused; each difference is announced by the code",
    ),
    (Class::Widened, "written, and some of what was refused gets through, which the code says"),
    (
        Class::Not,
        "nothing of it is written: what an ALLOW rule let in is refused, and what else was refused gets through",
    ),
    (Class::Unknown, "the checker could not decide"),
];

impl Class {
    /// The word in a cell.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Assumed => "assumed",
            Self::Option => "with an option",
            Self::Acceptance => "if accepted",
            Self::Narrowed => "narrowed",
            Self::Widened => "widened",
            Self::Not => "no",
            Self::Unknown => "unknown",
            Self::Broken => "BROKEN",
        }
    }
}

const HEAD: &str = "\
# Support matrix

What each target keeps of each form of Istio policy. No cell is anybody's opinion: for each, a small policy joined a small
cluster, was translated for that target, and the checker compared every request before and after. Releases of Calico with the
same column in all tables share it; `portable` and `tiers` are layouts. A form is one rule in a policy of the action
beside it. The cluster has two workloads in two namespaces of the mesh and no gateway; the policies stand in
`src/pipeline/support/`. Codes link to what they mean and what to do. What a target costs every run is in no cell: of
NetworkPolicies, other protocols than TCP, UDP and SCTP ([UM420](codes/UM420.md)). [`unmesh lint --compare`](compare.md)
makes such a table for a whole input.

";

/// The page.
#[must_use]
pub fn render(matrix: &Matrix) -> String {
    let (columns, places) = folded(matrix);
    let mut out = HEAD.to_string();
    // Writing to a String cannot fail.
    out.push_str("| in a cell | meaning |\n| --- | --- |\n");
    for (class, meaning) in CLASSES.iter().filter(|(class, _)| has(matrix, *class)) {
        let _ = writeln!(out, "| {} | {meaning} |", class.word());
    }
    for section in &matrix.sections {
        table(section, &columns, &places, &mut out);
    }
    facts::render(&mut out);
    out.push_str(
        "\nThis page is generated: `SNAPSHOTS=overwrite cargo test --test support_matrix` writes it anew.\n",
    );
    out
}

fn has(matrix: &Matrix, class: Class) -> bool {
    matrix
        .sections
        .iter()
        .flat_map(|section| &section.rows)
        .flat_map(|row| &row.cells)
        .any(|cell| cell.class == class)
}

/// The columns that differ, and the place of each in the matrix.
fn folded(matrix: &Matrix) -> (Vec<Column>, Vec<usize>) {
    let rows: Vec<&Row> = matrix.sections.iter().flat_map(|section| &section.rows).collect();
    let down = |at: usize| -> Vec<Option<&Cell>> { rows.iter().map(|row| row.cells.get(at)).collect() };
    let all = matrix.columns.iter().enumerate().map(|(at, column)| (*column, down(at)));
    let folded = fold(all);
    let place = |wanted: &Column| matrix.columns.iter().position(|column| column.target == wanted.target);
    folded.iter().filter_map(|(column, _)| Some((*column, place(column)?))).unzip()
}

fn table(section: &Section, columns: &[Column], places: &[usize], out: &mut String) {
    let names: Vec<String> = columns.iter().map(heading).collect();
    let _ = writeln!(out, "\n## {}\n\n| form | in | {} |", section.title, names.join(" | "));
    let _ = writeln!(out, "|{}", " --- |".repeat(names.len() + 2));
    for row in &section.rows {
        let cells: Vec<String> = places.iter().filter_map(|at| row.cells.get(*at)).map(text).collect();
        let _ = writeln!(out, "| {} | {} | {} |", row.form, row.action, cells.join(" | "));
    }
}

/// `3.26 to 3.29 portable`: there is one Calico.
fn heading(column: &Column) -> String {
    let name = column.name();
    let name = name.strip_prefix("calico ").unwrap_or(&name);
    match column.layout() {
        Some(Layout::Portable) => format!("{name} portable"),
        Some(Layout::Tiers) => format!("{name} tiers"),
        None => name.to_string(),
    }
}

fn text(cell: &Cell) -> String {
    let Cell { class, codes, then } = cell;
    let mut words = vec![class.word().to_string()];
    let link = |id: &&str| format!("[{id}](codes/{id}.md)");
    words.extend(codes.iter().map(link));
    if !then.is_empty() {
        words.push("then".to_string());
        words.extend(then.iter().map(link));
    }
    words.join(" ")
}
