//! UM143 and UM144: hosts with a `*` that match more, or less, than they seem to.
//!
//! Istio compares `*TEXT` and `TEXT*` letter by letter with the whole `:authority`, port and all
//! (`HostMatcher` in `pilot/pkg/security/authz/matcher/header.go`); labels of names mean nothing to it.

use super::ambient::is_ztunnels;
use super::values::{self, Attribute, Compared};
use super::warning;
use crate::finding::codes::meaning::{HOST_AFFIX, HOST_SUFFIX_WITHOUT_PORT};
use crate::finding::{Finding, Severity};
use crate::istio::AuthorizationPolicy;
use crate::istio::authorization_policy::Action;
use crate::lint::Context;

/// UM143: one finding for each host whose `*` stands beside a letter.
#[must_use]
pub fn affix(context: &Context<'_>) -> Vec<Finding> {
    each_host(context, |policy, compared, evaded| {
        let value = compared.leaf.value.as_str();
        let (stranger, help) = strange(value)?;
        let message = format!("`{value}` also matches hosts of others, such as `{stranger}`");
        // Who names such a host is let in, or is spared a refusal, where the list lets through.
        let severity = if evaded { Severity::Info } else { Severity::Warning };
        Some(warning(&HOST_AFFIX, policy, compared.leaf, message).severity(severity).help(help))
    })
}

/// UM144: one finding for each `*.DOMAIN` that a port gets round.
#[must_use]
pub fn suffix_without_port(context: &Context<'_>) -> Vec<Finding> {
    each_host(context, |policy, compared, evaded| {
        let value = compared.leaf.value.as_str();
        let domain = value.strip_prefix("*.").filter(|_| evaded)?;
        if domain.is_empty() || domain.contains(['*', ':']) {
            return None;
        }
        let message = format!(
            "`{value}` does not match requests that name a port, such as `www.{domain}:8080`, which get round it"
        );
        let help = "no pattern has any port behind a suffix: name the hosts, each with `HOST:*` beside it, or list what is meant to pass";
        Some(warning(&HOST_SUFFIX_WITHOUT_PORT, policy, compared.leaf, message).help(help))
    })
}

/// A host that matches and cannot be meant, and what to do.
fn strange(value: &str) -> Option<(String, String)> {
    if let Some(domain) = value.strip_prefix('*') {
        let is_domain = domain.contains('.')
            && !domain.contains(['*', ':'])
            && domain.starts_with(|first: char| first.is_ascii_alphanumeric());
        return is_domain.then(|| (format!("evil{domain}"), format!("write `{domain}` and `*.{domain}`")));
    }
    let domain = value.strip_suffix('*')?;
    let is_domain = domain.contains('.')
        && !domain.contains(['*', ':'])
        && domain.ends_with(|last: char| last.is_ascii_alphanumeric());
    is_domain.then(|| {
        (format!("{domain}.evil.example"), format!("write `{domain}` and, for any port, `{domain}:*`"))
    })
}

/// `evaded`: whoever is not matched gets through.
fn each_host(
    context: &Context<'_>,
    check: impl Fn(&AuthorizationPolicy, Compared<'_>, bool) -> Option<Finding>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    // ztunnel reads nothing of HTTP, and UM123 to UM125 say so.
    for policy in
        context.resources.authorization_policies.iter().filter(|policy| !is_ztunnels(policy, context))
    {
        let refuses = match policy.action.value {
            Action::Allow => false,
            Action::Deny | Action::Custom | Action::Audit => true,
        };
        let hosts = values::of(policy).into_iter().filter(|compared| compared.attribute == Attribute::Host);
        findings.extend(hosts.filter_map(|compared| check(policy, compared, refuses != compared.negated)));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::strange;

    #[test]
    fn a_star_beside_a_letter_matches_strangers() {
        let rows = [
            ("*example.com", Some("evilexample.com")),
            ("shop.example.com*", Some("shop.example.com.evil.example")),
            ("*.example.com", None),
            ("shop.example.com:*", None),
            ("shop.*", None),
            ("*:8080", None),
            ("*example.com:8080", None),
            ("*", None),
            ("*local", None),
            ("shop*", None),
        ];
        for (value, expected) in rows {
            assert_eq!(strange(value).map(|(host, _)| host).as_deref(), expected, "{value}");
        }
    }
}
