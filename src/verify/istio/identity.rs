//! Identities: what Istio makes of `principals`, `namespaces`, `serviceAccounts` and `trustDomains`.
//!
//! Envoy compares the whole URI `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`; tests here are asked of
//! what follows `spiffe://`, and each function says why that comes to the same. What a policy writes
//! is escaped in every regular expression, as by all releases since 1.28.7 and 1.29.3; older ones did not
//! (CVE-2026-39350), which is an assumption of its own ([`super::escaping`]).

use crate::ir::Pattern;
use crate::verify::test::Matcher;
use regex::escape;

/// A principal: a suffix after a star, a prefix before one, else the text itself
/// (`pilot/pkg/security/authz/matcher/string.go`, `StringMatcherWithPrefix`), after the local trust
/// domain is put in. The literal `spiffe://` stands in front of each, so it can be left out; a second
/// star is a star.
pub(super) fn principal(text: &str, trust_domain: &str) -> Matcher {
    Matcher::Pattern(Pattern::affix(&localised(text, trust_domain)))
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
pub(super) fn namespace(text: &str) -> Matcher {
    let pieces: Vec<String> = text.split('*').map(escape).collect();
    Matcher::Regex(format!("(?:.*/)?ns/{}/.*", pieces.join(".*")))
}

/// A service account, `NAMESPACE/ACCOUNT` or `ACCOUNT` of the policy's namespace (`generator.go`,
/// `serviceAccountRegex`). The expression begins with the literal `spiffe://`.
pub(super) fn service_account(text: &str, policy_namespace: &str) -> Matcher {
    let (namespace, account) = text.split_once('/').unwrap_or((policy_namespace, text));
    Matcher::Regex(format!(".+/ns/{}/(.+/|)sa/{}(/.+)?", escape(namespace), escape(account)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

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

    /// Each matcher without `spiffe://` against Istio's own expression, asked of the whole URI. The right
    /// column is what Istio of August 2026 writes for the value.
    #[test]
    fn matchers_mean_what_istio_s_mean_on_the_whole_uri() {
        let ids = [
            "cluster.local/ns/foo/sa/bar",
            "cluster.local/ns/sa/sa/sa",
            "ns/ns/foo/sa/bar",
            "ns/ns/ns/sa/ns",
            "foo/ns/a/sa/foo",
            "prod/ns/prod-a/sa/a.b",
            "prod/ns/prod-a/sa/axb",
            "prod/ns/a-b/sa/ab",
            "prod/ns/a.b/sa/x",
            "prod/ns/foo/sa/",
            "prod/ns/foo/sa/*",
        ];
        let rows = [
            (principal("*/sa/bar", "td"), r"spiffe://.*/sa/bar"),
            (principal("*r", "td"), r"spiffe://.*r"),
            (principal("*/ns/foo/sa/*", "td"), r"spiffe://.*/ns/foo/sa/\*"),
            (principal("*/sa/a.b", "td"), r"spiffe://.*/sa/a\.b"),
            (principal("**", "td"), r"spiffe://.*\*"),
            (principal("*a|b", "td"), r"spiffe://.*a\|b"),
            (namespace("foo"), r".*/ns/foo/.*"),
            (namespace("ns"), r".*/ns/ns/.*"),
            (namespace("*a"), r".*/ns/.*a/.*"),
            (namespace("prod*"), r".*/ns/prod.*/.*"),
            (namespace("a.b"), r".*/ns/a\.b/.*"),
            (namespace("a*.b"), r".*/ns/a.*\.b/.*"),
            (namespace("a+b*"), r".*/ns/a\+b.*/.*"),
            (service_account("foo/bar", "x"), r"spiffe://.+/ns/foo/(.+/|)sa/bar(/.+)?"),
            (service_account("ns", "ns"), r"spiffe://.+/ns/ns/(.+/|)sa/ns(/.+)?"),
            (service_account("prod-a/a.b", "x"), r"spiffe://.+/ns/prod-a/(.+/|)sa/a\.b(/.+)?"),
        ];
        for (own, istio) in rows {
            let istio = Regex::new(&format!("^(?:{istio})$")).unwrap();
            for id in ids {
                let expected = istio.is_match(&format!("spiffe://{id}"));
                assert_eq!(matches(&own, id), expected, "{own:?} for {istio} on {id}");
            }
        }
    }

    fn matches(matcher: &Matcher, id: &str) -> bool {
        match matcher {
            Matcher::Pattern(pattern) => pattern.matches(id).unwrap(),
            Matcher::Regex(text) => Regex::new(&format!("^(?:{text})$")).unwrap().is_match(id),
            other => panic!("{other:?}"),
        }
    }
}
