//! The mode of mutual TLS in force for a workload's port.

use crate::ir::{Action, Attribute, Model, Pattern, Policy, Rule, Scope, Test};
use crate::manifest::Labels;

/// What a port takes.
#[derive(Clone, Copy, Debug)]
pub(in crate::lint) enum Mode<'a> {
    /// Mutual TLS alone.
    Strict,
    /// Mutual TLS and plain text, because an object says so, or by default.
    Permissive(Option<&'a Policy>),
    /// Plain text alone.
    Off,
}

/// The mode for pods with these labels; a port that is not known is any that no object names.
pub(in crate::lint) fn of_pods<'a>(
    model: &'a Model,
    namespace: &str,
    labels: &Labels,
    port: Option<u16>,
) -> Mode<'a> {
    let selects = |scope: &Scope| scope.selects(namespace, labels);
    settled(model, selects, port)
}

/// The mode for a whole scope, where no workload of it is known.
pub(in crate::lint) fn of_scope<'a>(model: &'a Model, scope: &Scope) -> Mode<'a> {
    let holds = |other: &Scope| other.holds(scope) && !other.except.iter().any(|except| except.holds(scope));
    settled(model, holds, None)
}

fn settled(model: &Model, selects: impl Fn(&Scope) -> bool, port: Option<u16>) -> Mode<'_> {
    let of_port = |ports: &Option<Vec<u16>>| match (ports, port) {
        (None, _) => true,
        (Some(ports), Some(port)) => ports.contains(&port),
        (Some(_), None) => false,
    };
    let in_force = |policy: &&Policy| policy.action == Action::RequireIdentity && selects(&policy.scope);
    let mut stated = None;
    for policy in model.policies.iter().filter(in_force) {
        if policy.rules.iter().any(|rule| names_port(rule, port)) {
            return Mode::Strict;
        }
        stated = Some(policy);
    }
    if model.facts.plaintext.iter().any(|fact| selects(&fact.scope) && of_port(&fact.ports)) {
        return Mode::Off;
    }
    Mode::Permissive(stated)
}

/// Whether a rule is about a port, as far as it names ports at all.
pub(in crate::lint) fn names_port(rule: &Rule, port: Option<u16>) -> bool {
    rule.operations.is_empty()
        || rule.operations.iter().any(|operation| {
            operation.clauses.iter().filter(|clause| clause.attribute == Attribute::DestinationPort).all(
                |clause| {
                    let is = |test: &Test| port.is_some_and(|port| test.pattern == Pattern::Port(port));
                    (clause.any_of.is_empty() || clause.any_of.iter().any(is))
                        && !clause.none_of.iter().any(is)
                },
            )
        })
}
