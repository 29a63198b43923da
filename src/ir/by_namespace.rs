//! Things of a cluster, found by their namespace without looking at all of them.

use std::collections::BTreeMap;

/// A list that knows which of its entries are in which namespace.
#[derive(Clone, Debug)]
pub struct ByNamespace<T> {
    all: Vec<T>,
    places: BTreeMap<String, Vec<usize>>,
}

impl<T> Default for ByNamespace<T> {
    fn default() -> Self {
        Self { all: Vec::new(), places: BTreeMap::new() }
    }
}

impl<T> ByNamespace<T> {
    /// Takes a list; its order stays.
    pub fn new(all: Vec<T>, namespace: impl Fn(&T) -> &str) -> Self {
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, entry) in all.iter().enumerate() {
            places.entry(namespace(entry).to_string()).or_default().push(index);
        }
        Self { all, places }
    }

    /// All entries.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.all.iter()
    }

    /// The entries of one namespace.
    pub fn of(&self, namespace: &str) -> impl Iterator<Item = &T> {
        let places = self.places.get(namespace).into_iter().flatten();
        places.filter_map(|index| self.all.get(*index))
    }

    /// The entries of one namespace, or all where none is named.
    #[must_use]
    pub fn within(&self, namespace: Option<&str>) -> Box<dyn Iterator<Item = &T> + '_> {
        match namespace {
            Some(namespace) => {
                let places = self.places.get(namespace).into_iter().flatten();
                Box::new(places.filter_map(|index| self.all.get(*index)))
            }
            None => Box::new(self.all.iter()),
        }
    }
}

impl<'a, T> IntoIterator for &'a ByNamespace<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_namespace_in_their_order() {
        let list = ByNamespace::new(vec![("a", 1), ("b", 2), ("a", 3)], |entry| entry.0);
        let numbers = |found: Box<dyn Iterator<Item = &(&str, i32)> + '_>| -> Vec<i32> {
            found.map(|entry| entry.1).collect()
        };
        assert_eq!(numbers(Box::new(list.of("a"))), [1, 3]);
        assert_eq!(numbers(list.within(Some("b"))), [2]);
        assert_eq!(numbers(list.within(Some("c"))), [0; 0]);
        assert_eq!(numbers(list.within(None)), [1, 2, 3]);
    }
}
