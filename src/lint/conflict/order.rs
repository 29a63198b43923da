//! Which of two resources Istio takes first, and which clients see both.

use crate::istio::Meta;
use crate::yaml::fields::Leaf;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Two resources as Istio sorts them (`configCompareByCreationTime`).
pub(super) struct Order<'a, T> {
    /// The one that comes first.
    pub(super) first: &'a T,
    /// The other one.
    pub(super) second: &'a T,
    /// Whether the files tell the age of both.
    dated: bool,
    /// The name of the first.
    name: String,
}

impl<'a, T> Order<'a, T> {
    /// By age; of one age, or where the files do not tell it, by name and namespace.
    pub(super) fn of(one: &'a T, other: &'a T, meta: fn(&T) -> &Meta) -> Self {
        let (left, right) = (meta(one), meta(other));
        let ages = left.created.as_ref().zip(right.created.as_ref());
        let dated = ages.is_some_and(|(left, right)| left != right);
        let by_age = ages.map_or(Ordering::Equal, |(left, right)| left.cmp(right));
        let by_name = || {
            let (left, right) = (&left.reference, &right.reference);
            (&left.name, &left.namespace).cmp(&(&right.name, &right.namespace))
        };
        let turned = by_age.then_with(by_name) == Ordering::Greater;
        let (first, second) = if turned { (other, one) } else { (one, other) };
        Self { first, second, dated, name: meta(first).reference.to_string() }
    }

    /// Which one counts, for a sentence.
    pub(super) fn winner(&self) -> String {
        if self.dated {
            format!("`{}`, which is older,", self.name)
        } else {
            format!("the older of both (of one age `{}`, by its name)", self.name)
        }
    }
}

/// Every two of a list.
pub(super) fn pairs<T>(items: &[T]) -> impl Iterator<Item = (&T, &T)> {
    let rest = |(index, one)| items.iter().skip(index + 1).map(move |other| (one, other));
    items.iter().enumerate().flat_map(rest)
}

/// Every two of a list that have a key in common, once each; inputs may hold thousands.
pub(super) fn sharing<T>(items: &[T], keys: impl Fn(&T) -> Vec<String>) -> Vec<(&T, &T)> {
    let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        for key in keys(item) {
            by_key.entry(key).or_default().push(index);
        }
    }
    let two = by_key.values().flat_map(|group| pairs(group));
    let two: BTreeSet<(usize, usize)> = two.map(|(one, other)| (*one, *other)).collect();
    let distinct = two.into_iter().filter(|(one, other)| one != other);
    distinct.filter_map(|(one, other)| items.get(one).zip(items.get(other))).collect()
}

/// `exportTo`, as Istio indexes it: the private ones of a namespace come before those that name it, and
/// these before those for everybody (`VirtualServicesForGateway`).
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Export {
    /// The resource's own namespace alone.
    Own(String),
    /// Namespaces by name.
    Named(BTreeSet<String>),
    /// All.
    All,
}

impl Export {
    /// What a resource of `namespace` says.
    pub(super) fn of(names: &[Leaf<String>], namespace: &str) -> Self {
        if names.is_empty() || names.iter().any(|name| name.value == "*") {
            return Self::All;
        }
        let full = |name: &Leaf<String>| match name.value.as_str() {
            "." => namespace.to_string(),
            other => other.to_string(),
        };
        let named: BTreeSet<String> = names.iter().map(full).collect();
        if named.len() == 1 && named.contains(namespace) {
            return Self::Own(namespace.to_string());
        }
        Self::Named(named)
    }

    /// Whether some clients have both in one rank, so that age decides between them.
    pub(super) fn rivals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, Self::All) => true,
            (Self::Own(one), Self::Own(other)) => one == other,
            (Self::Named(one), Self::Named(other)) => !one.is_disjoint(other),
            (Self::All | Self::Own(_) | Self::Named(_), _) => false,
        }
    }

    /// Whether some clients see both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => true,
            (Self::Own(one), Self::Own(other)) => one == other,
            (Self::Named(one), Self::Named(other)) => !one.is_disjoint(other),
            (Self::Own(one), Self::Named(several)) | (Self::Named(several), Self::Own(one)) => {
                several.contains(one)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Export;
    use crate::source::{SourceFile, SourceMap, Span};
    use crate::yaml::fields::Leaf;

    #[test]
    fn clients_see_what_is_exported_to_them() {
        let mut sources = SourceMap::default();
        let file = sources.add(SourceFile::new("a.yaml".to_string(), None, "a.yaml".into(), ""));
        let export = |names: &[&str], namespace| {
            let leaf = |name: &&str| Leaf {
                value: (*name).to_string(),
                span: Span::new(file, 0, 0),
                field: String::new(),
            };
            Export::of(&names.iter().map(leaf).collect::<Vec<_>>(), namespace)
        };
        let rows = [
            ("everybody twice", export(&[], "a"), export(&["*"], "b"), true, true),
            ("private and public", export(&["."], "a"), export(&[], "b"), true, false),
            ("private of two namespaces", export(&["."], "a"), export(&["."], "b"), false, false),
            ("private by name", export(&["a"], "a"), export(&["."], "a"), true, true),
            ("named for one and private there", export(&["a", "c"], "b"), export(&["."], "a"), true, false),
            ("named for the same", export(&["a", "c"], "b"), export(&["c", "d"], "d"), true, true),
        ];
        for (name, one, other, meets, rivals) in rows {
            assert_eq!((one.meets(&other), other.meets(&one)), (meets, meets), "{name}");
            assert_eq!((one.rivals(&other), other.rivals(&one)), (rivals, rivals), "{name}");
        }
    }
}
