//! Sets of ports: canonical order, complement, subtraction.
//!
//! Calico knows the ports 1 to 65535 (`api/pkg/lib/numorstring/port.go`); a port 0 or a range that
//! runs backwards is in no set here.

use super::Ports;

/// The lowest port.
const FIRST: u16 = 1;
/// The highest port.
const LAST: u16 = u16::MAX;

/// The same ports as the fewest ranges, in ascending order: overlaps and neighbours are joined.
#[must_use]
pub fn canonical(ports: &[Ports]) -> Vec<Ports> {
    let mut sorted: Vec<Ports> = ports
        .iter()
        .map(|range| Ports { first: range.first.max(FIRST), last: range.last })
        .filter(|range| range.first <= range.last)
        .collect();
    sorted.sort_unstable();
    let mut joined: Vec<Ports> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(before) if range.first <= before.last.saturating_add(1) => {
                before.last = before.last.max(range.last);
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// Every port that is not among these, as the fewest ranges in ascending order.
#[must_use]
pub fn complement(ports: &[Ports]) -> Vec<Ports> {
    let mut gaps = Vec::new();
    let mut next = Some(FIRST);
    for range in canonical(ports) {
        if let Some(first) = next.filter(|first| *first < range.first) {
            gaps.push(Ports { first, last: range.first - 1 });
        }
        next = range.last.checked_add(1);
    }
    gaps.extend(next.map(|first| Ports { first, last: LAST }));
    gaps
}

/// The ports of `from` that are not in `minus`, as the fewest ranges in ascending order.
#[must_use]
pub fn subtract(from: &[Ports], minus: &[Ports]) -> Vec<Ports> {
    let mut outside = complement(from);
    outside.extend_from_slice(minus);
    complement(&outside)
}

/// Whether one of the ranges holds the port.
#[must_use]
pub fn contains(ports: &[Ports], port: u16) -> bool {
    ports.iter().any(|range| (range.first..=range.last).contains(&port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ranges(pairs: &[(u16, u16)]) -> Vec<Ports> {
        pairs.iter().map(|(first, last)| Ports { first: *first, last: *last }).collect()
    }

    type Pairs = &'static [(u16, u16)];

    #[test]
    fn joins_overlaps_and_neighbours() {
        let rows: [(&str, Pairs, Pairs); 6] = [
            ("none", &[], &[]),
            ("sorted", &[(90, 90), (80, 80)], &[(80, 80), (90, 90)]),
            ("neighbours", &[(80, 81), (82, 82)], &[(80, 82)]),
            ("overlap", &[(10, 30), (20, 25), (28, 40)], &[(10, 40)]),
            ("the ends", &[(65535, 65535), (0, 1), (1, 65534)], &[(1, 65535)]),
            ("backwards and zero", &[(9, 8), (0, 0)], &[]),
        ];
        for (row, given, expected) in rows {
            assert_eq!(canonical(&ranges(given)), ranges(expected), "{row}");
        }
    }

    #[test]
    fn complements_at_the_ends() {
        let rows: [(&str, Pairs, Pairs); 5] = [
            ("of nothing everything", &[], &[(1, 65535)]),
            ("of everything nothing", &[(1, 65535)], &[]),
            ("in the middle", &[(80, 90)], &[(1, 79), (91, 65535)]),
            ("first and last", &[(1, 1), (65535, 65535)], &[(2, 65534)]),
            ("two gaps", &[(10, 10), (12, 12)], &[(1, 9), (11, 11), (13, 65535)]),
        ];
        for (row, given, expected) in rows {
            assert_eq!(complement(&ranges(given)), ranges(expected), "{row}");
        }
    }

    #[test]
    fn prints_as_calico_does() {
        assert_eq!(Ports::one(80).to_string(), "80");
        assert_eq!(Ports { first: 8000, last: 8080 }.to_string(), "8000:8080");
    }

    fn some_ports() -> impl Strategy<Value = Vec<Ports>> {
        let port = prop_oneof![0..20_u16, 65520..=u16::MAX, any::<u16>()];
        let range =
            (port, 0..12_u16).prop_map(|(first, more)| Ports { first, last: first.saturating_add(more) });
        proptest::collection::vec(range, 0..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn sets_hold_what_they_should(a in some_ports(), b in some_ports()) {
            let (joined, gaps, less) = (canonical(&a), complement(&a), subtract(&a, &b));
            for port in 1..=u16::MAX {
                let inside = contains(&a, port);
                prop_assert_eq!(contains(&joined, port), inside);
                prop_assert_eq!(contains(&gaps, port), !inside);
                prop_assert_eq!(contains(&less, port), inside && !contains(&b, port));
            }
            for set in [joined, gaps, less] {
                prop_assert!(set.iter().all(|range| 1 <= range.first && range.first <= range.last));
                let apart = set.windows(2).all(|pair| u32::from(pair[0].last) + 1 < u32::from(pair[1].first));
                prop_assert!(apart, "not the fewest ranges");
            }
        }
    }
}
