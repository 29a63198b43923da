//! Identities: what Istio makes of `principals`, `namespaces`, `serviceAccounts` and `trustDomains`.
//!
//! Envoy compares the whole URI `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`; tests here are asked of
//! what follows `spiffe://`, and each function says why that comes to the same. What a policy writes
//! is escaped in every regular expression, as by all releases since 1.28.7 and 1.29.3; older ones did not
//! (CVE-2026-39350), which is an assumption of its own ([`super::escaping`]).

use crate::config::Settings;
use crate::ir::Pattern;
use crate::verify::test::Matcher;
use regex::escape;

/// A principal: a suffix after a star, a prefix before one, else the text itself
/// (`pilot/pkg/security/authz/matcher/string.go`, `StringMatcherWithPrefix`), after the local trust
/// domain is put in. The literal `spiffe://` stands in front of each, so it can be left out; a second
/// star is a star.
pub(super) fn principal(text: &str) -> Matcher {
    Matcher::Pattern(Pattern::affix(text))
}

/// Puts the mesh's trust domains, its own and their aliases, into a principal of five segments that names
/// one of them, or `cluster.local` (`pilot/pkg/security/trustdomain/bundle.go`, `ReplaceTrustDomainAliases`).
pub(in crate::verify) fn localised(principal: &str, settings: &Settings) -> Vec<String> {
    let segments: Vec<&str> = principal.split('/').collect();
    let kept = vec![principal.to_string()];
    let [domain, rest @ ..] = segments.as_slice() else { return kept };
    let mut own = own_domains(settings);
    let names_own = *domain == "cluster.local" || own.any(|own| matches_either_way(domain, own));
    if segments.len() != 5 || *domain == "*" || !names_own {
        return kept;
    }
    let mut all = Vec::new();
    for own in own_domains(settings) {
        // A domain with a star in front that fits is kept as it is.
        let new =
            if has_suffix(own, domain) { principal.to_string() } else { format!("{own}/{}", rest.join("/")) };
        if !all.contains(&new) {
            all.push(new);
        }
    }
    all
}

/// The trust domains that an entry of `trustDomains` stands for: one of the mesh's own stands for all of
/// them (`ExpandTrustDomainAliases`).
pub(super) fn expanded<'a>(text: &'a str, settings: &'a Settings) -> Vec<&'a str> {
    let own: Vec<&str> = own_domains(settings).collect();
    if own.contains(&text) { own } else { vec![text] }
}

fn own_domains(settings: &Settings) -> impl Iterator<Item = &str> {
    let aliases = settings.trust_domain_aliases.iter().map(String::as_str);
    std::iter::once(settings.trust_domain.as_str()).chain(aliases)
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
            assert_eq!(localised(text, &in_domains(domain, &[])), [expected], "{text} in {domain}");
        }
    }

    fn in_domains(own: &str, aliases: &[&str]) -> Settings {
        let trust_domain_aliases = aliases.iter().map(|alias| (*alias).to_string()).collect();
        Settings { trust_domain: own.to_string(), trust_domain_aliases, ..Settings::default() }
    }

    /// The rows of `TestReplaceTrustDomainAliases` and `TestExpandTrustDomainAliases` with aliases.
    #[test]
    fn aliases_stand_beside_the_local_trust_domain() {
        let settings = in_domains("td2", &["some-td", "td1"]);
        let all = ["td2/ns/foo/sa/bar", "some-td/ns/foo/sa/bar", "td1/ns/foo/sa/bar"];
        for text in ["td1/ns/foo/sa/bar", "td2/ns/foo/sa/bar", "cluster.local/ns/foo/sa/bar"] {
            assert_eq!(localised(text, &settings), all, "{text}");
        }
        assert_eq!(
            localised("*-td/ns/foo/sa/bar", &settings),
            ["td2/ns/foo/sa/bar", "*-td/ns/foo/sa/bar", "td1/ns/foo/sa/bar"]
        );
        assert_eq!(localised("other/ns/foo/sa/bar", &settings), ["other/ns/foo/sa/bar"]);
        assert_eq!(expanded("td1", &settings), ["td2", "some-td", "td1"]);
        assert_eq!(expanded("td*", &settings), ["td*"]);
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
            (principal("*/sa/bar"), r"spiffe://.*/sa/bar"),
            (principal("*r"), r"spiffe://.*r"),
            (principal("*/ns/foo/sa/*"), r"spiffe://.*/ns/foo/sa/\*"),
            (principal("*/sa/a.b"), r"spiffe://.*/sa/a\.b"),
            (principal("**"), r"spiffe://.*\*"),
            (principal("*a|b"), r"spiffe://.*a\|b"),
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
