//! Trust domains of principals, by Istio's own algorithm.
//!
//! Only a principal of exactly five segments has a trust domain to Istio; there, the local one,
//! anything that matches it, and the pointer `cluster.local` become the local trust domain and its
//! aliases. Everything else stays as it is (`pilot/pkg/security/trustdomain/bundle.go`,
//! `ReplaceTrustDomainAliases`; `util.go`, `stringMatch`).

/// What Istio generates for a principal. Aliases are left out: no pod of this cluster has one.
#[must_use]
pub(super) fn replace(principal: &str, local: &str) -> String {
    let Some((own, rest)) = principal.split_once('/').filter(|_| principal.split('/').count() == 5) else {
        return principal.to_string();
    };
    let is_local = own == "cluster.local" || own == local || is_affix_of(own, local);
    if own == "*" || !is_local || is_suffix_of(own, local) {
        return principal.to_string();
    }
    format!("{local}/{rest}")
}

/// `*abc` or `abc*` as a pattern of the local trust domain.
fn is_affix_of(pattern: &str, local: &str) -> bool {
    let prefix = pattern.strip_suffix('*').is_some_and(|prefix| local.starts_with(prefix));
    prefix || is_suffix_of(pattern, local)
}

/// `*abc`: Istio keeps such a principal as it is, since it matches already.
fn is_suffix_of(pattern: &str, local: &str) -> bool {
    pattern.strip_prefix('*').is_some_and(|suffix| local.ends_with(suffix))
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
        for (name, principal, expected) in rows {
            assert_eq!(replace(principal, "prod"), expected, "{name}");
        }
    }
}
