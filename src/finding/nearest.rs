//! The name that somebody meant.

/// The candidate closest to `wanted` by edits, if it is close enough to be worth naming: at most a
/// third of the letters differ. Ties go to the first.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.chars().count().max(wanted.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, in characters. Long names are not compared at all (no field is that long).
fn distance(left: &str, right: &str) -> usize {
    const LONGEST: usize = 64;
    let right: Vec<char> = right.chars().collect();
    if right.len() > LONGEST || left.chars().count() > LONGEST {
        return usize::MAX / 4;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut previous = i;
        let mut next = vec![i + 1];
        for (b, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = previous + usize::from(a != *b);
            let left = next.last().copied().unwrap_or(i + 1);
            next.push(replaced.min(above + 1).min(left + 1));
            previous = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_was_meant_and_nothing_far_off() {
        let fields = ["principals", "namespaces", "ipBlocks", "notPrincipals"];
        assert_eq!(nearest("principal", fields), Some("principals"));
        assert_eq!(nearest("ipblocks", fields), Some("ipBlocks"));
        assert_eq!(nearest("namespace", fields), Some("namespaces"));
        assert_eq!(nearest("jwt", fields), None);
    }
}
