//! What ztunnel makes of a rule, for pods in ambient mode.
//!
//! istiod hands it the fields of layer 4 (`pilot/pkg/serviceregistry/ambient/authorization.go`,
//! `handleRule`): an ALLOW rule that asks for anything else is left out, while the policy still counts; from
//! a DENY rule what it does not know is dropped. An entry of `from`, `to` or `when` of which nothing is left
//! matches no connection (ztunnel's `src/rbac.rs`, `Authorization::matches`), so that a DENY rule without
//! another entry beside it never refuses. AUDIT, CUSTOM and dry runs are not handed over.

use super::rule::Compiler;
use super::value::Attribute;
use crate::ir::Pattern;
use crate::istio::authorization_policy::{Condition, Operation, Rule, Source};
use crate::verify::formula::Formula;
use crate::verify::test::{Matcher, Test};
use crate::yaml::fields::Leaf;
use regex::escape;

/// Lists that are handed over: what they ask, and whether negated.
type Lists<'r> = Vec<(Attribute<'r>, &'r [Leaf<String>], bool)>;

/// What is handed over of one entry.
struct Handed<'r> {
    at: &'r Leaf<()>,
    lists: Lists<'r>,
    /// Whether it asks for something that ztunnel does not know.
    more: bool,
}

impl Compiler<'_> {
    /// The condition; `None` where the rule is left out.
    pub(super) fn ztunnel_rule(&mut self, rule: &Rule) -> Option<Formula> {
        let Rule { at, from, to, when } = rule;
        let from: Vec<Handed<'_>> = from.iter().map(source).collect();
        let to: Vec<Handed<'_>> = to.iter().map(operation).collect();
        let when: Vec<Handed<'_>> = when.iter().map(condition).collect();
        if self.allows && from.iter().chain(&to).chain(&when).any(|entry| entry.more) {
            return None;
        }
        let mut clauses: Vec<&[Handed<'_>]> = Vec::new();
        clauses.extend([from.as_slice(), to.as_slice()].into_iter().filter(|entries| !entries.is_empty()));
        clauses.extend(when.chunks(1));
        let parts = clauses.into_iter().map(|entries| {
            let entries = entries.iter().filter(|entry| !entry.is_empty());
            Formula::Any(entries.map(|entry| self.handed(entry)).collect())
        });
        let all = Formula::All(parts.collect());
        Some(Formula::field(at.field.clone(), Some(at.span), all))
    }

    /// All that is left of an entry has to hold.
    fn handed(&mut self, entry: &Handed<'_>) -> Formula {
        let lists = entry.lists.iter().filter(|(_, values, _)| !values.is_empty());
        let lists: Vec<_> = lists.collect();
        let parts = lists.into_iter().filter_map(|(attribute, values, negated)| {
            let first = values.first()?;
            let path = first.field.rsplit_once('[').map_or(first.field.as_str(), |(list, _)| list);
            let entries = values.iter().map(|value| {
                let asked = self.ztunnel_entry(*attribute, &value.value);
                Formula::field(value.field.clone(), Some(value.span), asked)
            });
            let any = Formula::Any(entries.collect());
            Some(Formula::field(path, Some(first.span), if *negated { any.not() } else { any }))
        });
        let all = Formula::All(parts.collect());
        Formula::field(entry.at.field.clone(), Some(entry.at.span), all)
    }

    /// Principals as they stand, without aliases of trust domains; a namespace by its own name; an account
    /// by both names (`stringToMatch`, `stringToServiceAccountMatch`; ztunnel's `StringMatch`).
    fn ztunnel_entry(&mut self, attribute: Attribute<'_>, value: &str) -> Formula {
        let matcher = match attribute {
            Attribute::Principal => Matcher::Pattern(Pattern::affix(value)),
            Attribute::Namespace => Matcher::Regex(format!("[^/]*/ns/{}/sa/.*", name(value))),
            Attribute::ServiceAccount => {
                let (namespace, account) = value.split_once('/').unwrap_or((self.namespace, value));
                Matcher::Regex(format!("[^/]*/ns/{}/sa/{}", escape(namespace), escape(account)))
            }
            other => return self.entry(other, value),
        };
        self.by_identity = true;
        self.test(Test::Identity(matcher))
    }
}

impl Handed<'_> {
    fn is_empty(&self) -> bool {
        self.lists.iter().all(|(_, values, _)| values.is_empty())
    }
}

/// The name of a namespace: any, with a suffix, with a prefix, or this one. A second star is a star.
fn name(text: &str) -> String {
    match (text.strip_prefix('*'), text.strip_suffix('*')) {
        (Some(""), _) => "[^/]+".to_string(),
        (Some(suffix), _) => format!("[^/]*{}", escape(suffix)),
        (None, Some(prefix)) => format!("{}[^/]*", escape(prefix)),
        (None, None) => escape(text),
    }
}

/// Trust domains are neither handed over nor reported as unknown.
fn source(source: &Source) -> Handed<'_> {
    let Source {
        at,
        principals,
        not_principals,
        request_principals,
        not_request_principals,
        namespaces,
        not_namespaces,
        service_accounts,
        not_service_accounts,
        trust_domains: _,
        not_trust_domains: _,
        ip_blocks,
        not_ip_blocks,
        remote_ip_blocks,
        not_remote_ip_blocks,
    } = source;
    let unknown = [request_principals, not_request_principals, remote_ip_blocks, not_remote_ip_blocks];
    Handed {
        at,
        lists: vec![
            (Attribute::Principal, principals.as_slice(), false),
            (Attribute::Principal, not_principals.as_slice(), true),
            (Attribute::Namespace, namespaces.as_slice(), false),
            (Attribute::Namespace, not_namespaces.as_slice(), true),
            (Attribute::ServiceAccount, service_accounts.as_slice(), false),
            (Attribute::ServiceAccount, not_service_accounts.as_slice(), true),
            (Attribute::SourceIp, ip_blocks.as_slice(), false),
            (Attribute::SourceIp, not_ip_blocks.as_slice(), true),
        ],
        more: unknown.iter().any(|list| !list.is_empty()),
    }
}

fn operation(operation: &Operation) -> Handed<'_> {
    let Operation { at, hosts, not_hosts, ports, not_ports, methods, not_methods, paths, not_paths } =
        operation;
    let unknown = [hosts, not_hosts, methods, not_methods, paths, not_paths];
    Handed {
        at,
        lists: vec![
            (Attribute::DestinationPort, ports.as_slice(), false),
            (Attribute::DestinationPort, not_ports.as_slice(), true),
        ],
        more: unknown.iter().any(|list| !list.is_empty()),
    }
}

/// Five keys are known (`l4WhenAttributes`).
fn condition(condition: &Condition) -> Handed<'_> {
    let Condition { at, key, values, not_values } = condition;
    let attribute = Attribute::of_key(&key.value);
    let known = match attribute {
        Attribute::Principal
        | Attribute::Namespace
        | Attribute::SourceIp
        | Attribute::DestinationIp
        | Attribute::DestinationPort => true,
        Attribute::ServiceAccount
        | Attribute::TrustDomain
        | Attribute::RemoteIp
        | Attribute::Sni
        | Attribute::EnvoyFilter(_)
        | Attribute::RequestPrincipal
        | Attribute::Audience
        | Attribute::Presenter
        | Attribute::Claim(_)
        | Attribute::Header(_)
        | Attribute::Host
        | Attribute::Method
        | Attribute::Path => false,
    };
    let lists = vec![(attribute, values.as_slice(), false), (attribute, not_values.as_slice(), true)];
    Handed { at, lists: if known { lists } else { Vec::new() }, more: !known }
}
