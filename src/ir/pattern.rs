//! Patterns: how one text is matched, with one meaning wherever it is used.

use ipnet::IpNet;
use std::collections::BTreeSet;
use std::fmt;

/// What a value of an attribute has to look like.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Pattern {
    /// The same text.
    Exact(String),
    /// Begins with the text.
    Prefix(String),
    /// Ends with the text.
    Suffix(String),
    /// There is a value at all, and it is not empty.
    Present,
    /// A path, segment by segment.
    Template(Vec<Segment>),
    /// Texts in this order with anything, `/` too, between them.
    Glob(Glob),
    /// A text that Istio puts into a regular expression: releases that escape it match `now`, older
    /// ones (before 1.28.7 and 1.29.3) at most `before`, which holds `now` too.
    Loose {
        /// Every character but a wildcard is itself.
        now: Glob,
        /// A dot is any character.
        before: Glob,
    },
    /// An address in a block (host bits already cut off).
    Cidr(IpNet),
    /// A port.
    Port(u16),
    /// A text whose matches are not known: neither a useful lower nor upper bound.
    Opaque(String),
}

/// Which way an approximation may err.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// At most what the source says.
    Under,
    /// At least what the source says.
    Over,
}

/// A segment of a path template.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Segment {
    /// This text.
    Literal(String),
    /// `{*}`: one segment, not empty.
    One,
    /// `{**}`: anything behind its slash, the last operator of a template.
    Any,
}

/// Literal pieces with anything between them: `a*b` is `["a", "b"]`, `*` is `["", ""]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Glob {
    pieces: Vec<String>,
}

impl Glob {
    /// Reads `*` as "anything" and everything else as itself.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { pieces: text.split('*').map(str::to_string).collect() }
    }

    /// The glob that matches everything.
    #[must_use]
    pub fn any() -> Self {
        Self::parse("*")
    }

    /// Whatever ends with this text, in which a star is a star.
    #[must_use]
    pub fn ending(text: impl Into<String>) -> Self {
        Self { pieces: vec![String::new(), text.into()] }
    }

    /// Whatever holds this text, in which a star is a star.
    #[must_use]
    pub fn holding(text: impl Into<String>) -> Self {
        Self { pieces: vec![String::new(), text.into(), String::new()] }
    }

    /// Exactly this text.
    #[must_use]
    pub fn exact(text: impl Into<String>) -> Self {
        Self { pieces: vec![text.into()] }
    }

    /// The literal pieces; there is a star between each two.
    #[must_use]
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// The one text that it matches, if it has no star.
    #[must_use]
    pub fn as_exact(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether it matches every text.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.pieces.len() > 1 && self.pieces.iter().all(String::is_empty)
    }

    /// Whether it matches this text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.pieces.split_first() else { return text.is_empty() };
        let Some((last, middle)) = rest.split_last() else { return text == first };
        let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            let Some((_, after)) = left.split_once(piece.as_str()) else { return false };
            left = after;
        }
        left.ends_with(last.as_str())
    }

    /// Whether some text matches both.
    #[must_use]
    pub fn may_meet(&self, other: &Self) -> bool {
        let (own, others) = (self.letters(), other.letters());
        let mut open = vec![(0, 0)];
        let mut seen = BTreeSet::new();
        while let Some(place) = open.pop() {
            if !seen.insert(place) {
                continue;
            }
            let (left, right) = place;
            let step = match (own.get(left), others.get(right)) {
                (None, None) => return true,
                // A star takes the other side's letter, or ends; a star on the other side likewise.
                (Some(None), other) => [Some((left + 1, right)), other.map(|_| (left, right + 1))],
                (one, Some(None)) => [Some((left, right + 1)), one.map(|_| (left + 1, right))],
                (Some(one), Some(other)) => [(one == other).then_some((left + 1, right + 1)), None],
                (None, Some(Some(_))) | (Some(Some(_)), None) => continue,
            };
            open.extend(step.into_iter().flatten());
        }
        false
    }

    /// Its letters, with nothing for a star.
    fn letters(&self) -> Vec<Option<char>> {
        let mut letters = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            letters.extend((index > 0).then_some(None));
            letters.extend(piece.chars().map(Some));
        }
        letters
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pieces.join("*"))
    }
}

impl Pattern {
    /// The usual form of Istio's strings: exact, `abc*`, `*abc`, `*` for presence; any other star
    /// is literal (`pilot/pkg/security/authz/matcher/string.go`).
    #[must_use]
    pub fn affix(text: &str) -> Self {
        if text == "*" {
            return Self::Present;
        }
        if let Some(suffix) = text.strip_prefix('*') {
            return Self::Suffix(suffix.to_string());
        }
        match text.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.to_string()),
            None => Self::Exact(text.to_string()),
        }
    }

    /// Whether a text matches; `None` where that is not known.
    #[must_use]
    pub fn matches(&self, text: &str) -> Option<bool> {
        match self {
            Self::Exact(exact) => Some(text == exact),
            Self::Prefix(prefix) => Some(text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => Some(text.ends_with(suffix.as_str())),
            Self::Present => Some(!text.is_empty()),
            Self::Template(segments) => Some(template_matches(segments, text)),
            Self::Glob(glob) => Some(glob.matches(text)),
            Self::Loose { now, before: _ } => Some(now.matches(text)),
            Self::Cidr(net) => text.parse::<std::net::IpAddr>().ok().map(|address| net.contains(&address)),
            Self::Port(port) => Some(text.parse::<u16>() == Ok(*port)),
            Self::Opaque(_) => None,
        }
    }

    /// A glob that matches at most, or at least, what the pattern does, where it is about text.
    #[must_use]
    pub fn as_glob(&self, bound: Bound) -> Option<Glob> {
        match self {
            Self::Exact(text) => Some(Glob::exact(text)),
            Self::Prefix(text) => Some(Glob { pieces: vec![text.clone(), String::new()] }),
            Self::Suffix(text) => Some(Glob { pieces: vec![String::new(), text.clone()] }),
            Self::Present => Some(Glob::any()),
            Self::Glob(glob) => Some(glob.clone()),
            Self::Loose { now, before } => Some(match bound {
                Bound::Under => now.clone(),
                Bound::Over => before.clone(),
            }),
            Self::Template(_) | Self::Cidr(_) | Self::Port(_) | Self::Opaque(_) => None,
        }
    }
}

/// Envoy's URI template matcher: `{*}` is one segment without being empty, `{**}` is any rest, which may be
/// empty; the slashes beside it stay, so that `/a/{**}` does not match `/a`
/// (`source/extensions/path/uri_template_lib/uri_template_internal.cc`, `toRegexPattern`).
fn template_matches(segments: &[Segment], path: &str) -> bool {
    let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    segments_match(segments, &parts)
}

fn segments_match(segments: &[Segment], parts: &[&str]) -> bool {
    match (segments.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((Segment::Literal(text), rest)), Some((part, parts))) => {
            part == text && segments_match(rest, parts)
        }
        (Some((Segment::One, rest)), Some((part, parts))) => !part.is_empty() && segments_match(rest, parts),
        (Some((Segment::Any, rest)), _) => {
            (1..=parts.len()).any(|taken| segments_match(rest, parts.get(taken..).unwrap_or_default()))
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn affixes_are_read_as_istio_reads_them() {
        let rows = [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("abc*", "abcd", true),
            ("abc*", "ab", false),
            ("*abc", "xabc", true),
            ("*", "x", true),
            ("*", "", false),
            ("/a/*/b", "/a/x/b", false),
            ("/a/*/b", "/a/*/b", true),
            ("*a*", "xa*", true),
            ("*a*", "xab", false),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(Pattern::affix(pattern).matches(text), Some(expected), "{pattern} on {text}");
        }
    }

    #[test]
    fn templates_match_by_segment() {
        let one =
            Pattern::Template(vec![Segment::Literal("a".into()), Segment::One, Segment::Literal("b".into())]);
        assert_eq!(one.matches("/a/x/b"), Some(true));
        assert_eq!(one.matches("/a//b"), Some(false));
        assert_eq!(one.matches("/a/x/y/b"), Some(false));
        let rest = Pattern::Template(vec![Segment::Literal("a".into()), Segment::Any]);
        assert_eq!(rest.matches("/a/x/y"), Some(true));
        assert_eq!(rest.matches("/b/x"), Some(false));
        assert_eq!(rest.matches("/a/"), Some(true));
        assert_eq!(rest.matches("/a"), Some(false), "the slash stays");
    }

    /// The obvious matcher: try every way to cut the text.
    fn naive(pieces: &[char], text: &[char]) -> bool {
        match pieces.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|cut| naive(rest, &text[cut..])),
            Some((letter, rest)) => text.first() == Some(letter) && naive(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn globs_agree_with_a_naive_matcher(glob in "[ab*/]{0,6}", text in "[ab/]{0,8}") {
            let pieces: Vec<char> = glob.chars().collect();
            let letters: Vec<char> = text.chars().collect();
            prop_assert_eq!(Glob::parse(&glob).matches(&text), naive(&pieces, &letters));
        }

        #[test]
        fn globs_meet_where_some_text_matches_both(left in "[ab*]{0,3}", right in "[ab*]{0,3}") {
            // Two globs of three letters that meet do so in a text of at most six.
            let texts = (0..7).flat_map(|length| (0..1_u32 << length).map(move |bits| (length, bits)));
            let texts = texts.map(|(length, bits)| -> String {
                (0..length).map(|place| if bits >> place & 1 == 0 { 'a' } else { 'b' }).collect()
            });
            let (left, right) = (Glob::parse(&left), Glob::parse(&right));
            let meet = texts.into_iter().any(|text| left.matches(&text) && right.matches(&text));
            prop_assert_eq!(left.may_meet(&right), meet, "{} and {}", left, right);
        }
    }
}
