//! Identities: what Istio makes of `principals`, `namespaces`, `serviceAccounts` and `trustDomains`.
//!
//! Envoy compares the whole URI `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`; tests here are asked of
//! what follows `spiffe://`, and each function says why that comes to the same. Istio escapes nothing
//! of what it puts into a regular expression, so neither does this file.

use crate::ir::Pattern;
use crate::verify::test::Matcher;
use regex::{Regex, escape};

/// A matcher, or why nobody can say what matches.
pub(super) type Matched = Result<Matcher, String>;

/// A principal: a regular expression after a star, a prefix before one, else the text itself
/// (`pilot/pkg/security/authz/matcher/string.go`, `StringMatcherWithPrefix`), after the local trust
/// domain is put in. The literal `spiffe://` stands in front of either, so it can be left out.
pub(super) fn principal(text: &str, trust_domain: &str) -> Matched {
    let text = localised(text, trust_domain);
    if text == "*" {
        return Ok(Matcher::Pattern(Pattern::Present));
    }
    if let Some(rest) = text.strip_prefix('*') {
        return expression(rest, &format!(".*{rest}"));
    }
    Ok(Matcher::Pattern(match text.strip_suffix('*') {
        Some(prefix) => Pattern::Prefix(prefix.to_string()),
        None => Pattern::Exact(text),
    }))
}

/// Puts the mesh's trust domain into a principal of five segments that names it, or `cluster.local`
/// (`pilot/pkg/security/trustdomain/bundle.go`, `ReplaceTrustDomainAliases`). Aliases stand in the
/// MeshConfig, which is not read.
fn localised(principal: &str, trust_domain: &str) -> String {
    let segments: Vec<&str> = principal.split('/').collect();
    let [domain, rest @ ..] = segments.as_slice() else { return principal.to_string() };
    let names_local = *domain == "cluster.local" || matches_either_way(domain, trust_domain);
    // A domain with a star in front that fits is kept as it is.
    if segments.len() != 5 || *domain == "*" || !names_local || has_suffix(trust_domain, domain) {
        return principal.to_string();
    }
    format!("{trust_domain}/{}", rest.join("/"))
}

/// `stringMatch` of `pilot/pkg/security/trustdomain/util.go`: the pattern may be on either side.
fn matches_either_way(left: &str, right: &str) -> bool {
    let has_prefix =
        |text: &str, pattern: &str| pattern.strip_suffix('*').is_some_and(|prefix| text.starts_with(prefix));
    left == right
        || right == "*"
        || has_prefix(left, right)
        || has_prefix(right, left)
        || has_suffix(left, right)
        || has_suffix(right, left)
}

fn has_suffix(text: &str, pattern: &str) -> bool {
    pattern.strip_prefix('*').is_some_and(|suffix| text.ends_with(suffix))
}

/// A namespace: `.*/ns/V/.*`, where each star of V is `.*` (`pilot/pkg/security/authz/model/generator.go`,
/// `srcNamespaceGenerator`). The first slash may be the last one of `spiffe://`.
pub(super) fn namespace(text: &str) -> Matched {
    let inside = text.replace('*', ".*");
    expression(&inside, &format!("(?:.*/)?ns/{inside}/.*"))
}

/// A service account, `NAMESPACE/ACCOUNT` or `ACCOUNT` of the policy's namespace (`generator.go`,
/// `serviceAccountRegex`). The expression begins with the literal `spiffe://`.
pub(super) fn service_account(text: &str, policy_namespace: &str) -> Matched {
    let (namespace, account) = text.split_once('/').unwrap_or((policy_namespace, text));
    let inside = format!("{namespace}{account}");
    expression(&inside, &format!(".+/ns/{namespace}/(.+/|)sa/{account}(/.+)?"))
}

/// A trust domain: a prefix up to the first slash; with a star an expression whose star stops at a
/// slash (`pilot/pkg/security/authz/builder/testdata/http/extended-trust-domains-out.yaml`).
pub(super) fn trust_domain(text: &str) -> Matcher {
    if !text.contains('*') {
        return Matcher::Pattern(Pattern::Prefix(format!("{text}/")));
    }
    let pieces: Vec<String> = text.split('*').map(escape).collect();
    Matcher::Regex(format!("{}/.*", pieces.join("[^/]*")))
}

/// The expression `whole`, unless `inside`, which the user wrote, makes it one that cannot be told.
fn expression(inside: &str, whole: &str) -> Matched {
    if repeats_twice(whole) || Regex::new(whole).is_err() {
        return Err(format!("Istio makes of it the regular expression `{whole}`, which Envoy does not take"));
    }
    if alternates(inside) {
        return Err(format!(
            "Istio makes of it the regular expression `{whole}`, in which `|` parts more than what was written"
        ));
    }
    Ok(Matcher::Regex(whole.to_string()))
}

/// Whether one repetition follows another, which RE2 refuses and the crate `regex` does not.
fn repeats_twice(expression: &str) -> bool {
    let letters: Vec<char> = expression.chars().collect();
    letters.windows(2).any(|pair| matches!(pair, ['*' | '+' | '?', '*' | '+']))
}

/// Whether a `|` stands outside of all parentheses, or a parenthesis closes what was not opened here.
fn alternates(inside: &str) -> bool {
    let mut depth = 0_i32;
    for letter in inside.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => return true,
            _ => {}
        }
        if depth < 0 {
            return true;
        }
    }
    depth != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of `TestReplaceTrustDomainAliases` in Istio that have one trust domain, and those of
    /// traps that are about it.
    #[test]
    fn principals_of_five_segments_get_the_local_trust_domain() {
        let rows = [
            ("cluster.local/ns/foo/sa/bar", "cluster.local", "cluster.local/ns/foo/sa/bar"),
            ("cluster.local/ns/foo/sa/bar", "td1", "td1/ns/foo/sa/bar"),
            ("cluster.local/ns/foo/sa/*", "prod", "prod/ns/foo/sa/*"),
            ("cluster.local/ns/foo/*", "prod", "cluster.local/ns/foo/*"),
            ("some-td/ns/foo/sa/bar", "td1", "some-td/ns/foo/sa/bar"),
            ("*/ns/foo/sa/bar", "td1", "*/ns/foo/sa/bar"),
            ("*-td/ns/foo/sa/bar", "new-td", "*-td/ns/foo/sa/bar"),
            ("new*/ns/foo/sa/bar", "new-td", "new-td/ns/foo/sa/bar"),
            ("*", "td1", "*"),
        ];
        for (text, domain, expected) in rows {
            assert_eq!(localised(text, domain), expected, "{text} in {domain}");
        }
    }

    /// Each regular expression without `spiffe://` against Istio's own, asked of the whole URI.
    #[test]
    fn expressions_mean_what_istio_s_mean_on_the_whole_uri() {
        let ids = [
            "cluster.local/ns/foo/sa/bar",
            "cluster.local/ns/sa/sa/sa",
            "ns/ns/foo/sa/bar",
            "ns/ns/ns/sa/ns",
            "foo/ns/a/sa/foo",
            "prod/ns/prod-a/sa/a.b",
        ];
        let rows = [
            (principal("*/sa/bar", "td"), "spiffe://.*/sa/bar"),
            (principal("*r", "td"), "spiffe://.*r"),
            (principal("*/ns/foo/sa/*", "td"), "spiffe://.*/ns/foo/sa/*"),
            (namespace("foo"), ".*/ns/foo/.*"),
            (namespace("ns"), ".*/ns/ns/.*"),
            (namespace("*a"), ".*/ns/.*a/.*"),
            (namespace("prod*"), ".*/ns/prod.*/.*"),
            (service_account("foo/bar", "x"), "spiffe://.+/ns/foo/(.+/|)sa/bar(/.+)?"),
            (service_account("ns", "ns"), "spiffe://.+/ns/ns/(.+/|)sa/ns(/.+)?"),
        ];
        for (matched, istio) in rows {
            let Ok(Matcher::Regex(own)) = matched else { panic!("{istio}: {matched:?}") };
            let (own, istio) = (format!("^(?:{own})$"), format!("^(?:{istio})$"));
            let (own, istio) = (Regex::new(&own).unwrap(), Regex::new(&istio).unwrap());
            for id in ids {
                let expected = istio.is_match(&format!("spiffe://{id}"));
                assert_eq!(own.is_match(id), expected, "{own} for {istio} on {id}");
            }
        }
    }

    #[test]
    fn what_envoy_would_not_take_is_not_guessed() {
        for text in ["**", "*+x", "*/ns/(foo/sa/bar", "*a|b"] {
            assert!(principal(text, "td").is_err(), "{text}");
        }
        assert!(principal("*/ns/(foo|bar)/sa/x", "td").is_ok());
        assert!(namespace("a)|(b").is_err());
        assert!(namespace("**").is_ok(), "each star becomes `.*`");
    }
}
