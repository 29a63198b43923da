//! A column of a table over targets: one target, or releases of one that come out alike.
//!
//! It must not know what is compared.

use crate::config::{Calico, Layout, Target, Version};
use serde::Serialize;
use std::fmt;

/// A target from one release to another, in one layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// The target, at its first release.
    pub target: Target,
    /// The last release, where the target has releases; without a patch: all of the minor version.
    pub last: Option<Version>,
}

/// A column for machines.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct JsonColumn {
    target: &'static str,
    from: Option<String>,
    to: Option<String>,
    layout: Option<String>,
}

impl Column {
    /// The layout, where the target has several.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        match self.target {
            Target::Calico(Calico { version: _, layout, staged: _ }) => Some(layout),
            Target::Kubernetes => None,
        }
    }

    /// The target and its releases, without the layout: `calico 3.26 to 3.29`.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.target, self.last) {
            (Target::Calico(calico), Some(last)) => format!("calico {}", range(calico.version, last)),
            (Target::Calico(calico), None) => format!("calico {}", calico.version),
            (Target::Kubernetes, _) => "kubernetes".to_string(),
        }
    }

    /// The keys of a column.
    #[must_use]
    pub fn json(&self) -> JsonColumn {
        let (target, from) = match self.target {
            Target::Calico(calico) => ("calico", Some(calico.version.to_string())),
            Target::Kubernetes => ("kubernetes", None),
        };
        let to = self.last.map(|last| last.to_string());
        JsonColumn { target, from, to, layout: self.layout().map(|layout| layout.to_string()) }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        self.layout().map_or(Ok(()), |layout| write!(f, ", {layout}"))
    }
}

/// Releases as people say them. A last one without a patch is the whole minor version, and so is a
/// first one with patch 0 unless the range ends within it.
fn range(first: Version, last: Version) -> String {
    let same_minor = (first.major, first.minor) == (last.major, last.minor);
    let minor = Version { patch: None, ..first };
    match (first.patch.unwrap_or(0), last.patch) {
        (0, None) if same_minor => minor.to_string(),
        (_, None) if same_minor => format!("{first} to {minor}.x"),
        (patch, Some(end)) if same_minor && patch == end => first.to_string(),
        (0, Some(_)) if same_minor => format!("{minor}.0 to {last}"),
        (0, _) => format!("{minor} to {last}"),
        _ => format!("{first} to {last}"),
    }
}

/// Puts neighbours of one target and layout together that have the same value.
#[must_use]
pub fn fold<T: PartialEq>(columns: impl IntoIterator<Item = (Column, T)>) -> Vec<(Column, T)> {
    let mut all: Vec<(Column, T)> = Vec::new();
    for (column, value) in columns {
        match all.last_mut() {
            Some((before, same)) if *same == value && before.is_kin(&column) => before.last = column.last,
            Some(_) | None => all.push((column, value)),
        }
    }
    all
}

impl Column {
    fn is_kin(&self, other: &Self) -> bool {
        matches!(
            (self.target, other.target),
            (Target::Calico(_), Target::Calico(_)) | (Target::Kubernetes, Target::Kubernetes)
        ) && self.layout() == other.layout()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(first: &str, last: &str, layout: Layout) -> Column {
        let calico = Calico { version: first.parse().unwrap(), layout, staged: false };
        Column { target: Target::Calico(calico), last: Some(last.parse().unwrap()) }
    }

    #[test]
    fn releases_are_named_as_people_do() {
        for (first, last, expected) in [
            ("3.26.0", "3.28", "calico 3.26 to 3.28, portable"),
            ("3.32.0", "3.32", "calico 3.32, portable"),
            ("3.29.0", "3.29.5", "calico 3.29.0 to 3.29.5, portable"),
            ("3.30.0", "3.31.5", "calico 3.30 to 3.31.5, portable"),
            ("3.31.6", "3.31", "calico 3.31.6 to 3.31.x, portable"),
            ("3.31.6", "3.32", "calico 3.31.6 to 3.32, portable"),
            ("3.31.6", "3.31.6", "calico 3.31.6, portable"),
        ] {
            assert_eq!(column(first, last, Layout::Portable).to_string(), expected);
        }
        assert_eq!(Column { target: Target::Kubernetes, last: None }.to_string(), "kubernetes");
    }

    #[test]
    fn only_equal_neighbours_of_one_layout_are_folded() {
        let rows = [
            (column("3.28.0", "3.28", Layout::Portable), 'a'),
            (column("3.29.0", "3.29", Layout::Portable), 'a'),
            (column("3.30.0", "3.31.5", Layout::Portable), 'b'),
            (column("3.31.6", "3.32", Layout::Portable), 'a'),
            (column("3.31.6", "3.32", Layout::Tiers), 'a'),
            (Column { target: Target::Kubernetes, last: None }, 'a'),
        ];
        let folded: Vec<String> = fold(rows).iter().map(|(column, _)| column.to_string()).collect();
        let expected = [
            "calico 3.28 to 3.29, portable",
            "calico 3.30 to 3.31.5, portable",
            "calico 3.31.6 to 3.32, portable",
            "calico 3.31.6 to 3.32, tiers",
            "kubernetes",
        ];
        assert_eq!(folded, expected);
    }
}
