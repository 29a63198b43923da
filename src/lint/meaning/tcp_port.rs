//! Rules with HTTP attributes for ports that carry plain TCP: Istio drops the whole rule where it
//! would allow, and the attributes where it would refuse
//! (`pilot/pkg/security/authz/model/model.go`).

use crate::finding::codes::meaning::{ALLOW_HTTP_ON_TCP, DENY_HTTP_ON_TCP};
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Conjunction, Pattern, Policy, Protocols, Rule, Test};
use crate::lint::Context;

/// One finding for each such rule.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    rules(context).filter_map(|(policy, rule)| finding(policy, rule)).collect()
}

/// The rules whose HTTP fields Istio drops, as far as the input shows.
pub(super) fn rules<'a>(context: &Context<'a>) -> impl Iterator<Item = (&'a Policy, &'a Rule)> {
    let context = *context;
    let enforced = context.model.policies.iter().filter(|policy| policy.not_enforced.is_none());
    let rules = enforced.flat_map(|policy| policy.rules.iter().map(move |rule| (policy, rule)));
    rules.filter(move |(policy, rule)| rule.on == Protocols::Http && is_on_tcp(policy, rule, &context))
}

/// Whether the rule lists its ports, and each of them is declared TCP for all that it selects.
fn is_on_tcp(policy: &Policy, rule: &Rule, context: &Context<'_>) -> bool {
    let listed = |conjunction: &Conjunction| -> Vec<u16> {
        conjunction.clauses.iter().flat_map(|clause| &clause.any_of).filter_map(port).collect()
    };
    let by_condition = listed(&rule.conditions);
    let listed: Vec<Vec<u16>> = match by_condition.as_slice() {
        [] => rule.operations.iter().map(listed).collect(),
        _ => vec![by_condition],
    };
    let ports = listed.iter().flatten().copied();
    !listed.is_empty()
        && listed.iter().all(|ports| !ports.is_empty())
        && context.model.facts.all_tcp(&policy.scope, ports)
}

fn port(test: &Test) -> Option<u16> {
    match test.pattern {
        Pattern::Port(port) => Some(port),
        _ => None,
    }
}

fn finding(policy: &Policy, rule: &Rule) -> Option<Finding> {
    let clauses = rule.conjunctions().flat_map(|conjunction| &conjunction.clauses);
    let test =
        clauses.filter(|clause| clause.attribute.is_http_only()).find_map(|clause| clause.tests().next())?;
    let (code, message, help) = if policy.action == Action::Allow {
        let message =
            "the ports of this rule carry TCP, where Istio drops a rule with HTTP fields: it allows nothing";
        (&ALLOW_HTTP_ON_TCP, message, "leave the HTTP fields out, or declare the ports to carry HTTP")
    } else {
        let message =
            "the ports of this rule carry TCP, where Istio drops HTTP fields: it refuses the whole port";
        (
            &DENY_HTTP_ON_TCP,
            message,
            "leave the HTTP fields out if that is meant, or declare the ports to carry HTTP",
        )
    };
    let finding = Finding::new(code, Direction::None, message).severity(Severity::Warning);
    Some(finding.at(test.leaf.span).field(test.leaf.field.clone()).on(&policy.origin.reference).help(help))
}
