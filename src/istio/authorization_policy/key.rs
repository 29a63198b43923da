//! `when.key`: the names of attributes, as Istio parses them.

use super::Key;

/// Why a key is not one that can be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct KeyError {
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: &'static str,
    /// Whether Istio takes the key, and it is unmesh that does not read it.
    pub(super) unread: bool,
}

const HEADERS: &str = "request.headers";
const INLINE_HEADERS: &str = "request.experimental.inline.headers";
const CLAIMS: &str = "request.auth.claims";
const ENVOY_FILTERS: &str = "experimental.envoy.filters.";

/// All keys without brackets.
const PLAIN: [(&str, Key); 12] = [
    ("source.ip", Key::SourceIp),
    ("remote.ip", Key::RemoteIp),
    ("source.namespace", Key::SourceNamespace),
    ("source.serviceAccount", Key::SourceServiceAccount),
    ("source.principal", Key::SourcePrincipal),
    ("source.trustDomain", Key::SourceTrustDomain),
    ("request.auth.principal", Key::RequestPrincipal),
    ("request.auth.audiences", Key::RequestAudiences),
    ("request.auth.presenter", Key::RequestPresenter),
    ("destination.ip", Key::DestinationIp),
    ("destination.port", Key::DestinationPort),
    ("connection.sni", Key::ConnectionSni),
];

/// Understands a key (`ValidateAttribute` and the generators of Istio). Upper and lower case matter.
pub(super) fn parse(text: &str) -> Result<Key, KeyError> {
    if let Some((_, key)) = PLAIN.iter().find(|(name, _)| *name == text) {
        return Ok(key.clone());
    }
    if let Some(rest) = text.strip_prefix(HEADERS) {
        return bracketed(rest)
            .map(|name| Key::RequestHeader(name.to_string()))
            .ok_or_else(|| malformed(text, HEADERS));
    }
    if let Some(rest) = text.strip_prefix(CLAIMS) {
        return bracketed(rest)
            .map(|inside| Key::RequestClaim(claims(rest, inside)))
            .ok_or_else(|| malformed(text, CLAIMS));
    }
    if let Some(rest) = text.strip_prefix(ENVOY_FILTERS) {
        // Istio takes everything up to the first bracket for the filter's name.
        let open = rest.find('[').and_then(|open| rest.get(open..));
        let named = open.and_then(bracketed).is_some();
        return if named {
            Ok(Key::EnvoyFilter(text.to_string()))
        } else {
            Err(malformed(text, "experimental.envoy.filters.FILTER"))
        };
    }
    Err(unusable(text))
}

/// What stands between the brackets of `[NAME]`, if that is all and it is not empty.
fn bracketed(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']').filter(|inside| !inside.is_empty())
}

/// The claims of `[A][B]`: a path into the token. Brackets that do not pair off so are one name.
fn claims(brackets: &str, inside: &str) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = brackets;
    while let Some(open) = rest.strip_prefix('[') {
        match open.split_once(']') {
            Some((name, after)) if !name.contains('[') => {
                path.push(name.to_string());
                rest = after;
            }
            Some(_) | None => break,
        }
    }
    if rest.is_empty() { path } else { vec![inside.to_string()] }
}

fn malformed(text: &str, stem: &str) -> KeyError {
    let message = format!("the key `{text}` has to be `{stem}[NAME]`");
    KeyError {
        message,
        help: "write the name between brackets, with nothing before or after them",
        unread: false,
    }
}

/// Keys that Istio refuses, with its reason where it has one.
fn unusable(text: &str) -> KeyError {
    let refused =
        |why: &str, help| KeyError { message: format!("the key `{text}` {why}"), help, unread: false };
    if text.is_empty() {
        let message = "a condition has an empty `key`".to_string();
        return KeyError {
            message,
            help: "name the attribute, such as `request.headers[x-token]`",
            unread: false,
        };
    }
    if text.starts_with(INLINE_HEADERS) {
        let why = "matches each value of a header apart, which unmesh does not read yet";
        return KeyError {
            unread: true,
            ..refused(why, "use `request.headers[NAME]` where the header has one value")
        };
    }
    if text == "destination.namespace" {
        return refused(
            "went out of use: a policy acts in its own namespace",
            "put the policy into that namespace",
        );
    }
    if text.starts_with("destination.labels") {
        return refused(
            "went out of use: workloads are selected by `selector`",
            "put the labels into `spec.selector.matchLabels`",
        );
    }
    if text == "destination.name" || text == "destination.user" {
        return refused(
            "went out of use with the API of 2019",
            "select the workload by `spec.selector.matchLabels`",
        );
    }
    let bare = text.split('[').next().unwrap_or(text);
    let names = PLAIN.iter().map(|(name, _)| *name).chain([HEADERS, CLAIMS]);
    match crate::finding::nearest(bare, names) {
        Some(HEADERS) => refused("is no attribute that Istio knows", "did you mean `request.headers[NAME]`?"),
        Some(CLAIMS) => {
            refused("is no attribute that Istio knows", "did you mean `request.auth.claims[NAME]`?")
        }
        Some(_) | None => refused("is no attribute that Istio knows", KNOWN),
    }
}

const KNOWN: &str = "upper and lower case matter; it can be request.headers[NAME], source.ip, remote.ip, \
    source.namespace, source.serviceAccount, source.principal, source.trustDomain, request.auth.principal, \
    request.auth.audiences, request.auth.presenter, request.auth.claims[NAME], destination.ip, destination.port, \
    connection.sni";

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(path: &[&str]) -> Key {
        Key::RequestClaim(path.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn keys_are_parsed_as_istio_parses_them() {
        let rows = [
            ("source.ip", Key::SourceIp),
            ("source.serviceAccount", Key::SourceServiceAccount),
            ("connection.sni", Key::ConnectionSni),
            ("request.headers[X-Token]", Key::RequestHeader("X-Token".to_string())),
            ("request.headers[a[b]", Key::RequestHeader("a[b".to_string())),
            ("request.auth.claims[groups]", claim(&["groups"])),
            ("request.auth.claims[a][b]", claim(&["a", "b"])),
            ("request.auth.claims[a.b]", claim(&["a.b"])),
            ("request.auth.claims[https://example.com/roles]", claim(&["https://example.com/roles"])),
            ("request.auth.claims[a[b]]", claim(&["a[b]"])),
            ("request.auth.claims[a]b]", claim(&["a]b"])),
            (
                "experimental.envoy.filters.network.mysql_proxy[db.table]",
                Key::EnvoyFilter("experimental.envoy.filters.network.mysql_proxy[db.table]".to_string()),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_keys_are_refused_with_the_reason() {
        let rows = [
            ("", "empty `key`"),
            ("Source.ip", "no attribute that Istio knows"),
            ("source.workload.name", "no attribute that Istio knows"),
            ("request.headers", "has to be `request.headers[NAME]`"),
            ("request.headers[]", "has to be `request.headers[NAME]`"),
            ("request.headers[a]x", "has to be `request.headers[NAME]`"),
            ("request.headersx[a]", "has to be `request.headers[NAME]`"),
            ("request.auth.claims.a", "has to be `request.auth.claims[NAME]`"),
            ("experimental.envoy.filters.a", "has to be `experimental.envoy.filters.FILTER[NAME]`"),
            ("destination.namespace", "its own namespace"),
            ("destination.labels[app]", "selected by `selector`"),
            ("destination.user", "went out of use"),
            ("request.experimental.inline.headers[a]", "does not read yet"),
        ];
        for (text, fragment) in rows {
            let error = parse(text).expect_err(text);
            assert!(error.message.contains(fragment), "{text}: {}", error.message);
            assert_eq!(error.unread, text.contains("inline"), "{text}");
        }
    }
}
