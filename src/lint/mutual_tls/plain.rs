//! What AuthorizationPolicies make of a client that shows no identity.

use super::mode::names_port;
use crate::config::Identity;
use crate::ir::identity::project;
use crate::ir::{Action, Attribute, Bound, Clause, Conjunction, Model, Pattern, Policy, Rule, Workload};

/// Whether ALLOW policies refuse such a client at a port, whatever it asks for.
pub(in crate::lint) fn is_refused_by_allow(model: &Model, workload: &Workload, port: Option<u16>) -> bool {
    let mut allows = allows(model, workload).peekable();
    allows.peek().is_some()
        && !allows.any(|policy| policy.rules.iter().any(|rule| names_port(rule, port) && lets_in(rule)))
}

/// Whether DENY policies refuse such a client, whatever it asks for.
pub(in crate::lint) fn is_refused_by_deny(model: &Model, workload: &Workload, port: Option<u16>) -> bool {
    enforced(model, workload, Action::Deny).any(|policy| {
        policy.rules.iter().any(|rule| {
            let alone = |clause: &Clause| clause.attribute == Attribute::Identity && clause.any_of.is_empty();
            let everything = |all: &Conjunction| all.clauses.iter().all(alone);
            names_port(rule, port)
                && only_ports(rule)
                && rule.conditions.clauses.iter().all(alone)
                && (rule.sources.is_empty() || rule.sources.iter().any(everything))
        })
    })
}

/// Whether ALLOW policies let this identity in at a port, as far as they can be read.
pub(in crate::lint) fn lets_in_identity(
    model: &Model,
    workload: &Workload,
    port: Option<u16>,
    client: &Identity,
) -> bool {
    let mut allows = allows(model, workload).peekable();
    let of_client = |clause: &Clause| {
        clause.attribute != Attribute::Identity
            || clause.any_of.is_empty()
            || clause
                .any_of
                .iter()
                .any(|test| is_pattern_of(&test.pattern, client, &model.facts.trust_domain))
    };
    let whole = |all: &Conjunction| all.clauses.iter().all(of_client);
    let by = |rule: &Rule| {
        names_port(rule, port)
            && whole(&rule.conditions)
            && (rule.sources.is_empty() || rule.sources.iter().any(whole))
    };
    allows.peek().is_none() || allows.any(|policy| policy.rules.iter().any(by))
}

fn is_pattern_of(pattern: &Pattern, client: &Identity, trust_domain: &str) -> bool {
    let Some(pairs) = project(pattern, trust_domain, Bound::Over) else { return true };
    pairs
        .iter()
        .any(|pair| pair.namespace.matches(&client.namespace) && pair.account.matches(&client.account))
}

fn allows<'a>(model: &'a Model, workload: &'a Workload) -> impl Iterator<Item = &'a Policy> {
    enforced(model, workload, Action::Allow)
}

fn enforced<'a>(
    model: &'a Model,
    workload: &'a Workload,
    action: Action,
) -> impl Iterator<Item = &'a Policy> {
    model.policies.iter().filter(move |policy| {
        policy.action == action
            && policy.not_enforced.is_none()
            && policy.scope.selects(&workload.identity.namespace, &workload.labels)
    })
}

/// Whether an ALLOW rule lets a client without identity have a port, or a part of it.
fn lets_in(rule: &Rule) -> bool {
    !asks_for_identity(&rule.conditions)
        && (rule.sources.is_empty() || rule.sources.iter().any(|source| !asks_for_identity(source)))
}

/// Whether nobody without an identity matches.
pub(in crate::lint) fn asks_for_identity(all: &Conjunction) -> bool {
    all.clauses.iter().any(|clause| clause.attribute == Attribute::Identity && !clause.any_of.is_empty())
}

fn only_ports(rule: &Rule) -> bool {
    rule.operations.is_empty()
        || rule
            .operations
            .iter()
            .any(|all| all.clauses.iter().all(|clause| clause.attribute == Attribute::DestinationPort))
}
