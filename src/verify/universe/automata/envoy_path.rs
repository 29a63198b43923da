//! Paths as Envoy hands them on with Istio's default normalisation (`BASE`).
//!
//! Envoy resolves dot segments, turns `\` into `/`, unescapes what needs no escape, and escapes what
//! may not stand in a path (its copy of Chromium's `url_canon_path.cc`, `kPathCharLookup`). So only
//! some texts are left. Doubled slashes, `;` and escapes of signs stay as they are.

use super::{Machine, State};
use std::collections::BTreeSet;

/// Paths that are their own normal form.
pub(in super::super) struct EnvoyPath;

/// What the segment is so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment {
    Empty,
    Dot,
    Dots,
    Other,
}

/// Whether an escape has begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    No,
    Begun,
    /// Its first digit.
    Digit(u32),
}

const SEGMENTS: [Segment; 4] = [Segment::Empty, Segment::Dot, Segment::Dots, Segment::Other];

fn pack(segment: Segment, escape: Escape) -> State {
    let escape = match escape {
        Escape::No => 0,
        Escape::Begun => 1,
        Escape::Digit(digit) => digit + 2,
    };
    let segment = match segment {
        Segment::Empty => 0,
        Segment::Dot => 1,
        Segment::Dots => 2,
        Segment::Other => 3,
    };
    escape * 4 + segment
}

fn unpack(state: State) -> (Segment, Escape) {
    let escape = match state / 4 {
        0 => Escape::No,
        1 => Escape::Begun,
        digit => Escape::Digit(digit - 2),
    };
    (SEGMENTS.get(state as usize % 4).copied().unwrap_or(Segment::Other), escape)
}

/// Signs that stand in a normal path as they are.
const SIGNS: &str = "-_~.!$&'()*+,/:;=@[]%";

/// Whether an escape of this byte stays: letters, digits and some signs are unescaped, and a path
/// with a NUL is refused.
fn stays_escaped(byte: u32) -> bool {
    let letter = char::from_u32(byte).unwrap_or('\0');
    byte != 0 && !letter.is_ascii_alphanumeric() && !"-_~.".contains(letter)
}

/// Whether this byte stands in a normal path without an escape.
pub(super) fn stands_raw(byte: u8) -> bool {
    byte != b'%' && (byte.is_ascii_alphanumeric() || SIGNS.contains(char::from(byte)))
}

impl Machine for EnvoyPath {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        if !letter.is_ascii_alphanumeric() && !SIGNS.contains(letter) {
            return None;
        }
        let (segment, escape) = unpack(state);
        // A percent sign that begins no escape is a letter like any other.
        match (escape, letter.to_digit(16)) {
            (Escape::Begun, Some(digit)) => return Some(pack(Segment::Other, Escape::Digit(digit))),
            (Escape::Digit(first), Some(second)) => {
                return stays_escaped(first * 16 + second).then(|| pack(Segment::Other, Escape::No));
            }
            (Escape::No | Escape::Begun | Escape::Digit(_), _) => {}
        }
        let (segment, escape) = match (letter, segment) {
            ('/', Segment::Dot | Segment::Dots) => return None,
            ('/', Segment::Empty | Segment::Other) => (Segment::Empty, Escape::No),
            ('.', Segment::Empty) => (Segment::Dot, Escape::No),
            ('.', Segment::Dot) => (Segment::Dots, Escape::No),
            ('%', _) => (Segment::Other, Escape::Begun),
            (_, _) => (Segment::Other, Escape::No),
        };
        Some(pack(segment, escape))
    }

    fn letters(&self, _state: State, into: &mut BTreeSet<char>) {
        into.insert('/');
    }

    fn answer(&mut self, state: State) -> Option<u32> {
        match unpack(state).0 {
            Segment::Dot | Segment::Dots => None,
            Segment::Empty | Segment::Other => Some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(path: &str) -> bool {
        let read = |state, letter| EnvoyPath.next(state, letter);
        path.chars().try_fold(0, read).and_then(|state| EnvoyPath.answer(state)).is_some()
    }

    /// By `DoPartialPath` of Envoy's `url_canon_path.cc`: what it leaves as it is.
    #[test]
    fn normal_forms_stand_and_others_do_not() {
        let normal = [
            "/", "//", "/a/", "/a;b", "/..;/a", "/...", "/a%2Fb", "/..%2Fa", "/%3b", "/%zz", "/%", "/%4",
            "/%%2F",
        ];
        assert!(normal.iter().all(|path| stands(path)), "{normal:?}");
        let others =
            ["/.", "/..", "/a/../b", "/./", "/a\\b", "/a b", "/%61", "/%2e", "/%2D", "/%00", "/{x}", "/a|b"];
        assert!(!others.iter().any(|path| stands(path)), "{others:?}");
    }
}
