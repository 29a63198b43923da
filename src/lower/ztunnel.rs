//! What ztunnel makes of a rule: fields of layer 4 alone.
//!
//! An ALLOW rule that asks for more is left out while the policy still counts. From a DENY rule what ztunnel
//! does not know is dropped, and an entry that is left with nothing matches nothing, so that the rule may
//! refuse nobody (`pilot/pkg/serviceregistry/ambient/authorization.go`, `handleRule`; ztunnel's
//! `src/rbac.rs`, `Authorization::matches`).

use super::rule::{Context, cidr, clause, one, port, tests};
use crate::ir::{Attribute, Clause, Conjunction, Glob, Pattern, Protocols, Rule};
use crate::istio::authorization_policy::{self as istio, Condition, Key, Operation, Source};

/// The rule as ztunnel has it; `None` where it matches nothing.
pub(super) fn lower(rule: &istio::Rule, context: Context<'_>) -> Option<Rule> {
    let istio::Rule { at, from, to, when } = rule;
    let asks_for_more = from.iter().any(source_asks_for_more)
        || to.iter().any(operation_asks_for_more)
        || when.iter().any(|condition| known(condition).is_none());
    if context.allows && asks_for_more {
        return None;
    }
    let sources = left(from.iter().map(|entry| source(entry, context)))?;
    let operations = left(to.iter().map(operation))?;
    let clauses: Option<Vec<Clause>> = when.iter().map(known).collect();
    let conditions = Conjunction { at: at.clone(), clauses: clauses? };
    Some(Rule { at: at.clone(), on: Protocols::Any, sources, operations, conditions })
}

/// The entries of which something is left; `None` where there were some and nothing is.
fn left(entries: impl ExactSizeIterator<Item = Conjunction>) -> Option<Vec<Conjunction>> {
    let any = entries.len() > 0;
    let kept: Vec<Conjunction> = entries.filter(|entry| !entry.clauses.is_empty()).collect();
    (!any || !kept.is_empty()).then_some(kept)
}

/// Trust domains are passed over without a word.
fn source(source: &Source, context: Context<'_>) -> Conjunction {
    let Source {
        at,
        principals,
        not_principals,
        request_principals: _,
        not_request_principals: _,
        namespaces,
        not_namespaces,
        service_accounts,
        not_service_accounts,
        trust_domains: _,
        not_trust_domains: _,
        ip_blocks,
        not_ip_blocks,
        remote_ip_blocks: _,
        not_remote_ip_blocks: _,
    } = source;
    let account = |text: &str| service_account(text, context.namespace);
    let clauses = [
        clause(Attribute::Identity, principals, not_principals, one(principal)),
        clause(Attribute::Identity, namespaces, not_namespaces, one(namespace)),
        clause(Attribute::Identity, service_accounts, not_service_accounts, one(account)),
        clause(Attribute::SourceIp, ip_blocks, not_ip_blocks, one(cidr)),
    ];
    Conjunction { at: at.clone(), clauses: clauses.into_iter().flatten().collect() }
}

fn source_asks_for_more(source: &Source) -> bool {
    let lists = [
        &source.request_principals,
        &source.not_request_principals,
        &source.remote_ip_blocks,
        &source.not_remote_ip_blocks,
    ];
    lists.iter().any(|list| !list.is_empty())
}

fn operation(operation: &Operation) -> Conjunction {
    let clauses = clause(Attribute::DestinationPort, &operation.ports, &operation.not_ports, one(port));
    Conjunction { at: operation.at.clone(), clauses: clauses.into_iter().collect() }
}

fn operation_asks_for_more(operation: &Operation) -> bool {
    let Operation { at: _, hosts, not_hosts, ports: _, not_ports: _, methods, not_methods, paths, not_paths } =
        operation;
    [hosts, not_hosts, methods, not_methods, paths, not_paths].iter().any(|list| !list.is_empty())
}

/// A condition with one of the five keys that are known (`l4WhenAttributes`).
fn known(condition: &Condition) -> Option<Clause> {
    let Condition { at: _, key, values, not_values } = condition;
    let (attribute, pattern): (Attribute, &dyn Fn(&str) -> Pattern) = match &key.value {
        Key::SourceIp => (Attribute::SourceIp, &cidr),
        Key::SourceNamespace => (Attribute::Identity, &namespace),
        Key::SourcePrincipal => (Attribute::Identity, &principal),
        Key::DestinationIp => (Attribute::DestinationIp, &cidr),
        Key::DestinationPort => (Attribute::DestinationPort, &port),
        Key::RequestHeader(_)
        | Key::RemoteIp
        | Key::SourceServiceAccount
        | Key::SourceTrustDomain
        | Key::RequestPrincipal
        | Key::RequestAudiences
        | Key::RequestPresenter
        | Key::RequestClaim(_)
        | Key::ConnectionSni
        | Key::EnvoyFilter(_) => return None,
    };
    let named_by = Some(key.clone().map(drop));
    let patterns = one(pattern);
    Some(Clause {
        attribute,
        named_by,
        any_of: tests(values, &patterns),
        none_of: tests(not_values, &patterns),
    })
}

/// A principal as it stands: no other name of the trust domain is put in (`stringToMatch`).
fn principal(text: &str) -> Pattern {
    match text.strip_prefix('*') {
        None => Pattern::affix(text),
        Some("") => Pattern::Present,
        Some(suffix) => Pattern::Glob(Glob::ending(suffix)),
    }
}

/// The name of a namespace, a prefix, a suffix or any; another star is a star, which no name has. Where a
/// sidecar's expression says the same it is taken, so that one policy serves both.
fn namespace(text: &str) -> Pattern {
    let plain = text.strip_prefix('*').unwrap_or_else(|| text.strip_suffix('*').unwrap_or(text));
    if plain.contains('*') {
        return Pattern::Exact(text.to_string());
    }
    let same = match (text.starts_with('*'), text.ends_with('*')) {
        (true, _) => plain.is_empty() || !"sa".ends_with(plain),
        (false, true) => !"sa".starts_with(plain),
        (false, false) => plain != "sa",
    };
    let after = if same { "*" } else { "sa/*" };
    Pattern::Glob(Glob::parse(&format!("*/ns/{text}/{after}")))
}

/// Namespace and account, in any trust domain (`stringToServiceAccountMatch`).
fn service_account(text: &str, own_namespace: &str) -> Pattern {
    let (namespace, account) = text.split_once('/').unwrap_or((own_namespace, text));
    Pattern::Glob(Glob::parse(&format!("*/ns/{namespace}/sa/{account}")))
}
