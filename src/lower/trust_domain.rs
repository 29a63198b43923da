//! Trust domains of principals, by Istio's own algorithm.
//!
//! Only a principal of exactly five segments has a trust domain to Istio; there, the local one, its
//! aliases, anything that matches one of them, and the pointer `cluster.local` become the local trust
//! domain and its aliases. Everything else stays as it is (`pilot/pkg/security/trustdomain/bundle.go`,
//! `ReplaceTrustDomainAliases` and `ExpandTrustDomainAliases`; `util.go`, `stringMatch`).
//!
//! Of what Istio generates, identities of an alias are left out: no pod of this cluster has one, and
//! whoever has one elsewhere is no peer that a network policy can name. A finding tells of it.

use std::collections::BTreeSet;

/// The mesh's own trust domains.
#[derive(Clone, Copy)]
pub(super) struct Domains<'a> {
    pub(super) local: &'a str,
    pub(super) aliases: &'a BTreeSet<String>,
}

impl Domains<'_> {
    fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.local).chain(self.aliases.iter().map(String::as_str))
    }

    /// What Istio generates for a principal, but for identities of aliases.
    pub(super) fn replace(&self, principal: &str) -> Vec<String> {
        let as_it_is = || vec![principal.to_string()];
        let Some((own, rest)) = principal.split_once('/').filter(|_| principal.split('/').count() == 5)
        else {
            return as_it_is();
        };
        let is_own =
            own == "cluster.local" || self.all().any(|domain| own == domain || is_affix_of(own, domain));
        if own == "*" || !is_own {
            return as_it_is();
        }
        let mut found = Vec::new();
        for domain in self.all() {
            // One with a star in front that fits is kept: it matches already.
            let new =
                if is_suffix_of(own, domain) { principal.to_string() } else { format!("{domain}/{rest}") };
            let of_alias = domain != self.local && !is_suffix_of(own, domain);
            if !of_alias && !found.contains(&new) {
                found.push(new);
            }
        }
        found
    }

    /// What Istio makes of an entry of `trustDomains`: one of the mesh's own means all of them.
    pub(super) fn expand<'t>(&'t self, domain: &'t str) -> &'t str {
        if self.aliases.contains(domain) { self.local } else { domain }
    }
}

/// `*abc` or `abc*` as a pattern of a trust domain of the mesh.
fn is_affix_of(pattern: &str, domain: &str) -> bool {
    let prefix = pattern.strip_suffix('*').is_some_and(|prefix| domain.starts_with(prefix));
    prefix || is_suffix_of(pattern, domain)
}

/// `*abc`: Istio keeps such a principal as it is, since it matches already.
fn is_suffix_of(pattern: &str, domain: &str) -> bool {
    pattern.strip_prefix('*').is_some_and(|suffix| domain.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_point_to_the_local_trust_domain_as_in_istio() {
        let rows = [
            ("the pointer", "cluster.local/ns/a/sa/b", "prod/ns/a/sa/b"),
            ("the pointer in four segments stays", "cluster.local/ns/a/*", "cluster.local/ns/a/*"),
            ("the local one", "prod/ns/a/sa/b", "prod/ns/a/sa/b"),
            ("a foreign one", "other/ns/a/sa/b", "other/ns/a/sa/b"),
            ("any", "*/ns/a/sa/b", "*/ns/a/sa/b"),
            ("a suffix of the local one", "*od/ns/a/sa/b", "*od/ns/a/sa/b"),
            ("a prefix of the local one", "pr*/ns/a/sa/b", "prod/ns/a/sa/b"),
            ("a suffix of another", "*x/ns/a/sa/b", "*x/ns/a/sa/b"),
            ("no identity at all", "sleep", "sleep"),
        ];
        let aliases = BTreeSet::new();
        for (name, principal, expected) in rows {
            let domains = Domains { local: "prod", aliases: &aliases };
            assert_eq!(domains.replace(principal), [expected], "{name}");
        }
    }

    /// By `bundle.go`, with the identities of `old-td` and `older` themselves left out.
    #[test]
    fn principals_of_an_alias_are_those_of_the_local_trust_domain() {
        let rows: [(&str, &str, &[&str]); 6] = [
            ("an alias", "old-td/ns/a/sa/b", &["prod/ns/a/sa/b"]),
            ("the pointer", "cluster.local/ns/a/sa/b", &["prod/ns/a/sa/b"]),
            ("a prefix of an alias", "old*/ns/a/sa/b", &["prod/ns/a/sa/b"]),
            ("a suffix of an alias", "*-td/ns/a/sa/b", &["prod/ns/a/sa/b", "*-td/ns/a/sa/b"]),
            ("an alias in four segments stays", "old-td/ns/a/*", &["old-td/ns/a/*"]),
            ("a foreign one", "other/ns/a/sa/b", &["other/ns/a/sa/b"]),
        ];
        let aliases = BTreeSet::from(["old-td".to_string(), "older".to_string()]);
        let domains = Domains { local: "prod", aliases: &aliases };
        for (name, principal, expected) in rows {
            assert_eq!(domains.replace(principal), expected, "{name}");
        }
        assert_eq!(domains.expand("old-td"), "prod");
        assert_eq!(domains.expand("old*"), "old*");
    }
}
