//! What texts there can be at all.

use super::{Machine, State};
use std::collections::BTreeSet;

/// Texts that are not empty.
pub(in super::super) struct NotEmpty;

/// Names with certain letters, whose first and last letter is a letter or a digit.
pub(in super::super) struct Name {
    /// Signs that may stand inside.
    pub(in super::super) inside: &'static str,
    /// Whether capital letters are allowed.
    pub(in super::super) capitals: bool,
    /// Whether the name may be empty.
    pub(in super::super) empty: bool,
}

impl Name {
    /// A namespace: a DNS label.
    pub(in super::super) const NAMESPACE: Self = Self { inside: "-", capitals: false, empty: false };
    /// A service account: a DNS subdomain.
    pub(in super::super) const ACCOUNT: Self = Self { inside: "-.", capitals: false, empty: false };
    /// The value of a label.
    pub(in super::super) const LABEL: Self = Self { inside: "-_.", capitals: true, empty: true };
}

impl Machine for NotEmpty {
    fn next(&mut self, _state: State, _letter: char) -> Option<State> {
        Some(1)
    }

    fn letters(&self, _state: State, _into: &mut BTreeSet<char>) {}

    fn answer(&mut self, state: State) -> Option<u32> {
        (state > 0).then_some(0)
    }
}

/// State 0 is the beginning, 1 after a letter or digit, 2 after a sign.
impl Machine for Name {
    fn next(&mut self, state: State, letter: char) -> Option<State> {
        if letter.is_ascii_lowercase()
            || letter.is_ascii_digit()
            || self.capitals && letter.is_ascii_uppercase()
        {
            return Some(1);
        }
        (state > 0 && self.inside.contains(letter)).then_some(2)
    }

    /// Signs lead elsewhere than letters do, but nobody asks for them.
    fn letters(&self, _state: State, _into: &mut BTreeSet<char>) {}

    fn answer(&mut self, state: State) -> Option<u32> {
        match state {
            0 => self.empty.then_some(0),
            1 => Some(0),
            _ => None,
        }
    }
}
