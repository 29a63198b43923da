//! The hash by which GitHub knows a line again, as its own upload action makes it.
//!
//! `github/codeql-action` (`src/fingerprints.ts`) adds `primaryLocationLineHash` to results that have
//! none and warns of every result whose value is another one. For each line it takes 100 UTF-16 code
//! units from the line's first one on, spaces and tabs left out, every line end as `\n`, 65535 for the
//! end of the file and zeros behind it, as digits of a number to the base 37, modulo 2^64. Behind the
//! hash stands which line with this hash it is.

use std::collections::BTreeMap;

const UNITS: usize = 100;
const BASE: u64 = 37;

/// The hashes of all lines of a text, the first line's first.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let (units, starts) = units(text);
    // What the first unit of the window counts.
    let weight = (1..UNITS).fold(1_u64, |weight, _| weight.wrapping_mul(BASE));
    let at = |index: usize| units.get(index).copied().map_or(0, u64::from);
    let mut hash = (0..UNITS).fold(0_u64, |hash, index| hash.wrapping_mul(BASE).wrapping_add(at(index)));
    let mut position = 0;
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    let mut hashes = Vec::with_capacity(starts.len());
    for start in starts {
        while position < start {
            let rest = hash.wrapping_sub(at(position).wrapping_mul(weight));
            hash = rest.wrapping_mul(BASE).wrapping_add(at(position + UNITS));
            position += 1;
        }
        let number = seen.entry(hash).or_insert(0);
        *number += 1;
        hashes.push(format!("{hash:x}:{number}"));
    }
    hashes
}

/// The units that count, and where among them each line begins.
fn units(text: &str) -> (Vec<u16>, Vec<usize>) {
    const LINE_END: u16 = b'\n' as u16;
    const RETURN: u16 = b'\r' as u16;
    let (mut units, mut starts) = (Vec::with_capacity(text.len()), Vec::new());
    let (mut line_start, mut after_return) = (true, false);
    for unit in text.encode_utf16().chain([u16::MAX]) {
        let is_blank = unit == u16::from(b' ') || unit == u16::from(b'\t');
        if is_blank || (after_return && unit == LINE_END) {
            after_return = false;
            continue;
        }
        after_return = unit == RETURN;
        let unit = if after_return { LINE_END } else { unit };
        if std::mem::replace(&mut line_start, unit == LINE_END) {
            starts.push(units.len());
        }
        units.push(unit);
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written down from the action's own code (codeql-action 3, `hash` in `fingerprints.ts`).
    #[test]
    fn hashes_are_those_of_the_upload_action() {
        for (text, expected) in VECTORS {
            assert_eq!(line_hashes(text), *expected, "{text:?}");
        }
        let many = line_hashes(&format!("{}- b\n", "- a\n".repeat(120)));
        assert_eq!(many[..3], ["5642277b1d0603b1:1", "5642277b1d0603b1:2", "5642277b1d0603b1:3"]);
    }

    const VECTORS: &[(&str, &[&str])] = &[
        ("", &["c129715d7a2bc9a3:1"]),
        ("a", &["53b5d4aabe50d64:1"]),
        ("a\n", &["243cbaa4685aab12:1", "c129715d7a2bc9a3:1"]),
        (
            "a: 1\nb:\t2\n\n\nb: 2\n",
            &[
                "f3633639e7b5e8dd:1",
                "93792f062e2c7567:1",
                "75a881658e5d966f:1",
                "93a8da794662ba1:1",
                "5d56533273a3bbdb:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
        ("a: 1\r\nb: 2\r\n", &["132b7ee912c57691:1", "5d56533273a3bbdb:1", "c129715d7a2bc9a3:1"]),
        (
            "x\ry\r\n\r\nz",
            &["6810f633cf347bf0:1", "32d282a2940c442e:1", "483058b3d6ce6067:1", "76dcabf80cb35c79:1"],
        ),
        ("\u{feff}kind: Größe 🦀\n", &["c7f02829ddd47cd5:1", "c129715d7a2bc9a3:1"]),
        (
            "spec:\n  rules:\n  - from:\n    - source:\n        principals: [\"cluster.local/ns/shop/sa/web\", \"cluster.local/ns/shop/sa/cart\", \"cluster.local/ns/shop/sa/checkout\"]\n  - to: []\n",
            &[
                "4fe0605e2e466a6b:1",
                "e4a8ab4242b2a6cd:1",
                "7cf3c5c697c25e0b:1",
                "a97023bd601cccd2:1",
                "b8e6fd1f19864513:1",
                "e5832c5918d5db97:1",
                "c129715d7a2bc9a3:1",
            ],
        ),
    ];
}
