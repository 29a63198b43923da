//! Whether releases of Istio differ about a policy: those that escape what they put into regular
//! expressions, and older ones.
//!
//! `serviceAccounts` are escaped since 1.27.9, 1.28.6 and 1.29.2, `namespaces` and what follows a star in
//! `principals` since 1.28.7 and 1.29.3 (CVE-2026-39350). The interpreter reads them as escaped.

use crate::istio::Resources;
use crate::istio::authorization_policy::{Condition, Key, Rule, Source};
use crate::yaml::fields::Leaf;

/// Whether any policy names an identity that older releases read otherwise.
#[must_use]
pub fn releases_differ(resources: &Resources) -> bool {
    let rules = resources.authorization_policies.iter().flat_map(|policy| policy.rules.iter().flatten());
    rules.into_iter().any(|rule| {
        let Rule { at: _, from, to: _, when } = rule;
        from.iter().any(in_source) || when.iter().any(in_condition)
    })
}

fn in_source(source: &Source) -> bool {
    let any = |lists: [&[Leaf<String>]; 2], differs: fn(&str) -> bool| {
        lists.into_iter().flatten().any(|leaf| differs(&leaf.value))
    };
    any([&source.principals, &source.not_principals], principal)
        || any([&source.namespaces, &source.not_namespaces], name)
        || any([&source.service_accounts, &source.not_service_accounts], name)
}

fn in_condition(condition: &Condition) -> bool {
    let differs = match &condition.key.value {
        Key::SourcePrincipal => principal,
        Key::SourceNamespace | Key::SourceServiceAccount => name,
        Key::SourceTrustDomain
        | Key::RequestHeader(_)
        | Key::SourceIp
        | Key::RemoteIp
        | Key::RequestPrincipal
        | Key::RequestAudiences
        | Key::RequestPresenter
        | Key::RequestClaim(_)
        | Key::DestinationIp
        | Key::DestinationPort
        | Key::ConnectionSni
        | Key::EnvoyFilter(_) => return false,
    };
    condition.values.iter().chain(&condition.not_values).any(|leaf| differs(&leaf.value))
}

/// A namespace or a service account; its stars were wildcards before, too.
fn name(text: &str) -> bool {
    text.contains(|letter| ".+?()[]{}|^$\\".contains(letter))
}

fn principal(text: &str) -> bool {
    text.strip_prefix('*').is_some_and(|rest| rest.contains('*') || name(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_put_into_an_expression_differs() {
        let rows = [
            ("*", false),
            ("*/ns/foo/sa/bar", false),
            ("cluster.local/ns/foo/sa/a.b", false),
            ("*/sa/a.b", true),
            ("*/ns/foo/sa/*", true),
            ("*a|b", true),
        ];
        for (text, expected) in rows {
            assert_eq!(principal(text), expected, "{text}");
        }
        for (text, expected) in [("a*", false), ("a/b", false), ("a.b", true), ("a(b", true)] {
            assert_eq!(name(text), expected, "{text}");
        }
    }
}
