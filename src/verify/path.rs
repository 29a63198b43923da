//! How Dikastes compares paths, by version (`app-policy/checker/match.go`).
//!
//! The path of a request is asked as it reaches Dikastes: behind Envoy's own normalisation. A path
//! that does not begin with `/` (`OPTIONS *`) makes Dikastes refuse the request in every version;
//! here it matches nothing.

use crate::config::PathMatching;
use crate::object::calico::Path;

/// Whether a request's path matches a rule's.
#[must_use]
pub fn matches(rule: &Path, matching: PathMatching, path: &str) -> bool {
    if !path.starts_with('/') {
        return false;
    }
    match matching {
        PathMatching::Raw => raw(rule, without_query(path)),
        PathMatching::Normalised => normalised(rule, path),
    }
}

/// To 3.31.5: the bytes decide, and a prefix may end within a segment.
fn raw(rule: &Path, path: &str) -> bool {
    match rule {
        Path::Exact(wanted) => path == wanted,
        Path::Prefix(prefix) => path.starts_with(prefix.as_str()),
    }
}

/// From 3.31.6 and 3.32.0: both sides are cleaned alike, and a prefix ends where a segment does. A
/// path that cannot be cleaned matches nothing.
fn normalised(rule: &Path, path: &str) -> bool {
    let Some(path) = normalise(path) else { return false };
    match rule {
        Path::Exact(wanted) => normalise(wanted).is_some_and(|wanted| path == wanted),
        Path::Prefix(prefix) => normalise(prefix).is_some_and(|prefix| is_below(&path, &prefix)),
    }
}

/// Whether a cleaned path is a cleaned prefix, or goes on behind it with a new segment.
fn is_below(path: &[u8], prefix: &[u8]) -> bool {
    prefix == b"/" || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// The path without query and fragment.
fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or(path)
}

/// Decoded once, `\` as `/`, parameters behind `;` cut off, dot segments and double slashes resolved.
/// `None` where the escapes are broken, or where what is left could be decoded to another path.
fn normalise(path: &str) -> Option<Vec<u8>> {
    let mut decoded = decode(without_query(path).as_bytes())?;
    if decoded.contains(&0) || hides_a_separator(&decoded) {
        return None;
    }
    decoded.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
    decoded.starts_with(b"/").then(|| clean(&decoded))
}

/// Percent escapes, each once (`url.PathUnescape`).
fn decode(path: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (escape, after) = after.split_at_checked(2)?;
            let [high, low] = escape else { return None };
            decoded.push(digit(*high)? << 4 | digit(*low)?);
            rest = after;
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    Some(decoded)
}

/// The value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    let value = char::from(byte).to_digit(16)?;
    u8::try_from(value).ok()
}

/// Whether a decoded path still holds an escaped `.`, `/` or `\`.
fn hides_a_separator(decoded: &[u8]) -> bool {
    const ESCAPES: [&[u8]; 3] = [b"%2e", b"%2f", b"%5c"];
    decoded.windows(3).any(|part| ESCAPES.iter().any(|escape| part.eq_ignore_ascii_case(escape)))
}

/// Segments without their parameters, then Go's `path.Clean` for a path that begins with `/`.
fn clean(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    for segment in path.split(|byte| *byte == b'/') {
        let name = segment.split(|byte| *byte == b';').next().unwrap_or(segment);
        match name {
            b"" | b"." => {}
            b".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    let mut cleaned = vec![b'/'];
    cleaned.extend(kept.join(&b'/'));
    cleaned
}

#[cfg(test)]
mod tests;
