//! Names that the API server takes, by kind.
//!
//! An object with another name (a placeholder, as a rule) is in no cluster, so what it says of the
//! mesh counts for nothing. Only kinds whose objects are evidence, or are translated, are asked:
//! policies that stand beside ours are looked at under any name, since they only make us careful.

use super::{scope, template};
use crate::names::{is_label, is_subdomain};

/// What a name has to be (`k8s.io/apimachinery/pkg/util/validation`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    /// An RFC 1123 label. Of a Service too: API servers before 1.34 want a letter first, newer ones
    /// do not, and what any of them takes is read.
    Label,
    /// An RFC 1123 subdomain: labels with points between them.
    Subdomain,
}

/// The rule for objects of a kind; `None` where any name is read.
pub(super) fn rule(group: &str, kind: &str) -> Option<Rule> {
    match (group, kind) {
        ("", "Namespace" | "Service") => Some(Rule::Label),
        ("", "ServiceAccount") => Some(Rule::Subdomain),
        _ if template::path_of(group, kind).is_some() => Some(Rule::Subdomain),
        _ => (scope::is_istio(group) && scope::READ_OF_ISTIO.contains(&kind)).then_some(Rule::Subdomain),
    }
}

impl Rule {
    /// Whether the API server takes `name`.
    pub(super) fn takes(self, name: &str) -> bool {
        match self {
            Self::Label => is_label(name),
            Self::Subdomain => is_subdomain(name),
        }
    }

    /// Whether it takes what it generates from `prefix`, whose hyphen at the end is not the name's.
    pub(super) fn takes_prefix(self, prefix: &str) -> bool {
        match prefix.strip_suffix('-') {
            Some("") | None => self.takes(prefix),
            Some(rest) => {
                let mut masked: String = rest.to_string();
                masked.pop();
                self.takes(&(masked + "a"))
            }
        }
    }

    /// What such a name is made of, as help.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Label => "a name has lower-case letters, digits and hyphens, 63 at most",
            Self::Subdomain => "a name has lower-case letters, digits, hyphens and points, 253 at most",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_api_server() {
        let (longest, long) = ("n".repeat(63), "n".repeat(64));
        for (name, label, subdomain) in [
            ("web", true, true),
            ("0-a", true, true),
            ("a.b", false, true),
            (&longest, true, true),
            (&long, false, true),
            ("", false, false),
            ("Upper", false, false),
            ("vs_a", false, false),
            ("-a", false, false),
            ("a-", false, false),
            ("a..b", false, false),
            ("a.", false, false),
            ("${NAME}", false, false),
            ("\u{e9}", false, false),
        ] {
            assert_eq!((Rule::Label.takes(name), Rule::Subdomain.takes(name)), (label, subdomain), "{name}");
        }
        assert!(Rule::Subdomain.takes(&"n".repeat(253)));
        assert!(!Rule::Subdomain.takes(&"n".repeat(254)));
    }

    #[test]
    fn a_prefix_may_end_in_a_hyphen() {
        for (prefix, taken) in [("web-", true), ("web", true), ("a.-", true), ("-", false), ("Web-", false)] {
            assert_eq!(Rule::Subdomain.takes_prefix(prefix), taken, "{prefix}");
        }
    }

    #[test]
    fn kinds_have_the_rules_of_their_validation() {
        for (group, kind, expected) in [
            ("", "Namespace", Some(Rule::Label)),
            ("", "Service", Some(Rule::Label)),
            ("", "Pod", Some(Rule::Subdomain)),
            ("apps", "Deployment", Some(Rule::Subdomain)),
            ("batch", "CronJob", Some(Rule::Subdomain)),
            ("security.istio.io", "AuthorizationPolicy", Some(Rule::Subdomain)),
            ("networking.istio.io", "DestinationRule", None),
            ("networking.k8s.io", "NetworkPolicy", None),
            ("rbac.authorization.k8s.io", "ClusterRole", None),
        ] {
            assert_eq!(rule(group, kind), expected, "{kind}");
        }
    }
}
