//! Names as Istio's validation takes them: hosts, labels of DNS, labels of pods.
//!
//! `ValidateWildcardDomain` and `ValidateFQDN` of `pkg/config/validation/agent`, `pkg/config/labels`.

/// The longest part of a name.
const LONGEST_PART: usize = 63;
/// The longest name.
const LONGEST: usize = 255;
/// The longest prefix of a label's name.
const LONGEST_PREFIX: usize = 253;

/// A label of DNS, capital letters included.
pub(in crate::istio) fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty()
        && text.len() <= LONGEST_PART
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A host whose first part may be `*`, or begin with it.
pub(in crate::istio) fn is_wildcard_domain(text: &str) -> bool {
    let (first, rest) = match text.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    };
    let plain = first.strip_prefix("*-").or_else(|| first.strip_prefix('*')).unwrap_or(first);
    let first = first == "*" || (first.len() <= LONGEST_PART && is_label(plain));
    first && text.len() <= LONGEST && rest.is_none_or(are_labels)
}

/// A full name without `*`.
pub(in crate::istio) fn is_domain(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST && are_labels(text)
}

/// Labels with points between them; the last may be empty, and must not be a number.
fn are_labels(text: &str) -> bool {
    let (before, last) = text.rsplit_once('.').map_or(("", text), |(before, last)| (before, last));
    let last_is_right = if last.is_empty() {
        !before.is_empty()
    } else {
        is_label(last) && !last.bytes().all(|byte| byte.is_ascii_digit())
    };
    last_is_right && (before.is_empty() && !text.starts_with('.') || before.split('.').all(is_label))
}

/// The name of a pod's label.
pub(in crate::istio) fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let prefix =
        prefix.is_none_or(|prefix| prefix.len() <= LONGEST_PREFIX && prefix.split('.').all(is_label));
    prefix && name.len() <= LONGEST_PART && !name.is_empty() && is_label_value(name)
}

/// The value of a pod's label, which may be empty.
pub(in crate::istio) fn is_label_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let edge = |text: &str| text.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    let ends = |text: &str| text.ends_with(|letter: char| letter.is_ascii_alphanumeric());
    text.is_empty() || (text.bytes().all(inner) && edge(text) && ends(text))
}

#[cfg(test)]
mod tests {
    use super::{is_domain, is_label_key, is_wildcard_domain};

    #[test]
    fn hosts_are_those_of_istio() {
        let rows = [
            ("reviews", true, true),
            ("Reviews.shop.svc.cluster.local", true, true),
            ("istio.io.", true, true),
            ("*", true, false),
            ("*.local", true, false),
            ("*-reviews.local", true, false),
            ("*reviews.local", true, false),
            ("re*views.local", false, false),
            ("a.*.local", false, false),
            ("", false, false),
            ("a..b", false, false),
            (".a", false, false),
            ("under_score", false, false),
            ("10.0.0.1", false, false),
            ("12", true, false),
        ];
        for (host, wild, plain) in rows {
            assert_eq!(is_wildcard_domain(host), wild, "{host:?}");
            assert_eq!(is_domain(host), plain, "{host:?}");
        }
    }

    #[test]
    fn keys_of_labels_may_have_a_prefix() {
        let rows = [
            ("version", true),
            ("app.kubernetes.io/name", true),
            ("", false),
            ("/name", false),
            ("a/", false),
            ("a b", false),
            ("-a", false),
        ];
        for (key, right) in rows {
            assert_eq!(is_label_key(key), right, "{key:?}");
        }
    }
}
