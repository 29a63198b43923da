//! Refusals by identity that a client passes by showing none: DENY by who asks, and exceptions in ALLOW, where
//! plain text is let in.
//!
//! A positive test in ALLOW matches nobody without an identity, so it needs no mutual TLS to hold.

use super::mode::{Mode, names_port, of_pods, of_scope};
use super::plain::{asks_for_identity, is_refused_by_allow, is_refused_by_deny};
use crate::finding::codes::meaning::PLAINTEXT_PASSES;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Attribute, Conjunction, Policy, Rule, Test};
use crate::lint::Context;
use crate::lint::words::listed;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// One finding for each source or condition that such a client passes.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in context.model.policies.iter().filter(|policy| policy.not_enforced.is_none()) {
        for rule in &policy.rules {
            let Some(at) = passed(policy.action, rule) else { continue };
            findings.extend(where_plain(policy, rule, context).map(|found| finding(policy, &at, &found)));
        }
    }
    findings
}

/// The first test of a rule that a client without identity passes, where it passes the rule by it.
fn passed(action: Action, rule: &Rule) -> Option<Leaf<String>> {
    let both = |source| [source, Some(&rule.conditions)].into_iter().flatten();
    let sources: Vec<Option<&Conjunction>> =
        if rule.sources.is_empty() { vec![None] } else { rule.sources.iter().map(Some).collect() };
    let mut found = sources.into_iter().filter_map(|source| match action {
        Action::Deny => both(source).find_map(|all| first(all, true)),
        Action::Allow if both(source).any(asks_for_identity) => None,
        Action::Allow => both(source).find_map(|all| first(all, false)),
        Action::Custom | Action::RequireIdentity | Action::Audit => None,
    });
    found.next()
}

fn first(all: &Conjunction, positive: bool) -> Option<Leaf<String>> {
    let identities = all.clauses.iter().filter(|clause| clause.attribute == Attribute::Identity);
    let mut tests = identities.filter_map(|clause| {
        let tests: &[Test] = if positive { &clause.any_of } else { &clause.none_of };
        tests.first()
    });
    tests.next().map(|test| test.leaf.clone())
}

/// Where plain text is let in.
struct Plain<'a> {
    /// Workloads, where the input shows some.
    workloads: BTreeSet<String>,
    /// The object that says so; by default otherwise.
    stated: Option<&'a Policy>,
}

fn where_plain<'a>(policy: &Policy, rule: &Rule, context: &Context<'a>) -> Option<Plain<'a>> {
    let model = context.model;
    let shown: Vec<_> = model.facts.policed(&policy.scope).collect();
    if shown.is_empty() {
        return match of_scope(model, &policy.scope) {
            Mode::Permissive(stated) => Some(Plain { workloads: BTreeSet::new(), stated }),
            Mode::Strict | Mode::Off => None,
        };
    }
    let mut plain = Plain { workloads: BTreeSet::new(), stated: None };
    for workload in shown {
        let known = workload.ports.keys().map(|port| Some(*port));
        let mut ports: Vec<Option<u16>> = known.filter(|port| names_port(rule, *port)).collect();
        if workload.ports.is_empty() {
            ports.push(None);
        }
        for port in ports {
            let mode = of_pods(model, &workload.identity.namespace, &workload.labels, port);
            let refused =
                is_refused_by_deny(model, workload, port) || is_refused_by_allow(model, workload, port);
            if let (Mode::Permissive(stated), false) = (mode, refused) {
                plain.stated = plain.stated.or(stated);
                plain.workloads.insert(workload.reference.to_string());
            }
        }
    }
    (!plain.workloads.is_empty()).then_some(plain)
}

/// A warning where somebody wrote that plain text is let in; the default may be overruled elsewhere.
fn finding(policy: &Policy, at: &Leaf<String>, found: &Plain<'_>) -> Finding {
    let names: Vec<String> = found.workloads.iter().cloned().collect();
    let who = match names.as_slice() {
        [] => "the workloads of this policy take".to_string(),
        [one] => format!("`{one}` takes"),
        several => format!("{} take", listed(several)),
    };
    let why = match found.stated {
        Some(stated) => format!("(`{}`)", stated.origin.reference),
        None => "by default (no PeerAuthentication here asks for mutual TLS)".to_string(),
    };
    let passes = match policy.action {
        Action::Allow => "a client without identity is none of these, and let in",
        Action::Deny | Action::Custom | Action::RequireIdentity | Action::Audit => {
            "a client without identity is none of these, and not refused"
        }
    };
    let severity = if found.stated.is_some() { Severity::Warning } else { Severity::Info };
    let finding = Finding::new(&PLAINTEXT_PASSES, Direction::None, format!("{who} plain text as well {why}: {passes}"))
        .severity(severity)
        .at(at.span)
        .on(&policy.origin.reference)
        .field(at.field.as_str())
        .help("afterwards clients are known by their pods, so this holds for them all; to have that today, set the mode to STRICT");
    match found.stated {
        Some(stated) => finding.related("plain text is let in by this", stated.origin.span),
        None => finding,
    }
}
