//! A rule of an AuthorizationPolicy as a condition, for one chain of the proxy; ztunnel's is in `ztunnel`.
//!
//! `from` AND `to` AND `when`; entries of one list are alternatives; each field of an entry has to hold
//! (`pilot/pkg/security/authz/model/model.go`, `New`, `Generate`). Every field and every entry keeps
//! its place, so that traces and findings can name it.

use super::claim::SplitClaims;
use super::value::Attribute;
use crate::config::Settings;
use crate::istio::authorization_policy::{Condition, Operation, Rule, Source};
use crate::verify::formula::Formula;
use crate::verify::subject::Chain;
use crate::verify::test::Tests;
use crate::yaml::fields::Leaf;

/// Whether peers can prove an identity: they cannot where mutual TLS is off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Identities {
    /// Peers with an identity prove it.
    Proven,
    /// Nobody does.
    Nobody,
    /// Nobody can tell which, and why.
    Perhaps(String),
}

/// What a rule is compiled for.
#[derive(Debug)]
pub(super) struct Compiler<'a> {
    pub(super) tests: &'a mut Tests,
    pub(super) settings: &'a Settings,
    /// The policy's.
    pub(super) namespace: &'a str,
    /// Whether the action is ALLOW: it loses whole rules where others lose fields.
    pub(super) allows: bool,
    pub(super) chain: Chain,
    pub(super) identities: Identities,
    pub(super) split: &'a SplitClaims,
    /// Whether any test was of an identity.
    pub(super) by_identity: bool,
}

/// A field of a rule: its attribute, its list, and its `not` list.
type Clause<'r> = (Attribute<'r>, &'r [Leaf<String>], &'r [Leaf<String>]);

impl Compiler<'_> {
    /// The condition; `None` where Istio leaves the rule out on this chain.
    pub(super) fn rule(&mut self, rule: &Rule) -> Option<Formula> {
        if self.chain == Chain::Ztunnel {
            return self.ztunnel_rule(rule);
        }
        let Rule { at, from, to, when } = rule;
        let mut parts = Vec::new();
        if !from.is_empty() {
            let sources: Option<Vec<_>> = from.iter().map(|source| self.source(source)).collect();
            parts.push(Formula::Any(sources?));
        }
        if !to.is_empty() {
            let operations: Option<Vec<_>> = to.iter().map(|operation| self.operation(operation)).collect();
            parts.push(Formula::Any(operations?));
        }
        for condition in when {
            parts.push(self.condition(condition)?);
        }
        Some(Formula::field(at.field.clone(), Some(at.span), Formula::All(parts)))
    }

    fn source(&mut self, source: &Source) -> Option<Formula> {
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
            trust_domains,
            not_trust_domains,
            ip_blocks,
            not_ip_blocks,
            remote_ip_blocks,
            not_remote_ip_blocks,
        } = source;
        let clauses = [
            (Attribute::Principal, principals, not_principals),
            (Attribute::RequestPrincipal, request_principals, not_request_principals),
            (Attribute::Namespace, namespaces, not_namespaces),
            (Attribute::ServiceAccount, service_accounts, not_service_accounts),
            (Attribute::TrustDomain, trust_domains, not_trust_domains),
            (Attribute::SourceIp, ip_blocks, not_ip_blocks),
            (Attribute::RemoteIp, remote_ip_blocks, not_remote_ip_blocks),
        ];
        self.entry_of_rule(at, &clauses.map(|(attribute, any, none)| (attribute, &**any, &**none)))
    }

    fn operation(&mut self, operation: &Operation) -> Option<Formula> {
        let Operation { at, hosts, not_hosts, ports, not_ports, methods, not_methods, paths, not_paths } =
            operation;
        let clauses = [
            (Attribute::Host, hosts, not_hosts),
            (Attribute::DestinationPort, ports, not_ports),
            (Attribute::Method, methods, not_methods),
            (Attribute::Path, paths, not_paths),
        ];
        self.entry_of_rule(at, &clauses.map(|(attribute, any, none)| (attribute, &**any, &**none)))
    }

    /// One of `when`; a finding on its `key` speaks of all of it.
    fn condition(&mut self, condition: &Condition) -> Option<Formula> {
        let Condition { at, key, values, not_values } = condition;
        let clause = (Attribute::of_key(&key.value), &**values, &**not_values);
        let asked = self.entry_of_rule(&key.clone().map(|_| ()), &[clause])?;
        Some(Formula::field(at.field.clone(), Some(at.span), asked))
    }

    /// All fields of an entry. On the TCP chain one that is for HTTP alone removes the whole rule of an
    /// ALLOW, and only itself from another action, which then refuses more (`model.go`, `checkError`).
    fn entry_of_rule(&mut self, at: &Leaf<()>, clauses: &[Clause<'_>]) -> Option<Formula> {
        let mut parts = Vec::new();
        for (attribute, values, not_values) in clauses {
            if values.is_empty() && not_values.is_empty() {
                continue;
            }
            if self.chain == Chain::Tcp && attribute.is_http_only() {
                if self.allows {
                    return None;
                }
                continue;
            }
            parts.extend(self.list(*attribute, values, |any| any));
            parts.extend(self.list(*attribute, not_values, Formula::not));
        }
        Some(Formula::field(at.field.clone(), Some(at.span), Formula::All(parts)))
    }

    /// A list: any of its entries, or none of them.
    fn list(
        &mut self,
        attribute: Attribute<'_>,
        values: &[Leaf<String>],
        sign: fn(Formula) -> Formula,
    ) -> Option<Formula> {
        let first = values.first()?;
        let path = first.field.rsplit_once('[').map_or(first.field.as_str(), |(list, _)| list);
        let entries = values.iter().map(|value| {
            let asked = self.entry(attribute, &value.value);
            Formula::field(value.field.clone(), Some(value.span), asked)
        });
        let any = Formula::Any(entries.collect());
        Some(Formula::field(path, Some(first.span), sign(any)))
    }
}
