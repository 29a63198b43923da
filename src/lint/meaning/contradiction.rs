//! UM133: parts of a rule that no request fits at once.

use super::reasoning::{is_dead, is_same};
use crate::finding::codes::meaning::CONTRADICTION;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Clause, Policy, Protocols, Rule, Test};
use crate::lint::Context;
use crate::source::Span;
use std::collections::BTreeSet;

/// One warning for each pair of parts that exclude each other; where they do in part, one note on the first
/// value of which the other leaves nothing.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.model.policies {
        if policy.action == Action::RequireIdentity {
            continue;
        }
        // The variant for TCP is the same rule with less in it.
        for rule in policy.rules.iter().filter(|rule| rule.on != Protocols::Tcp) {
            let looking = Looking { policy, rule, trust_domain: &context.model.facts.trust_domain };
            for (one, other, list) in pairs(rule) {
                findings.extend(looking.finding(one, other, list));
            }
        }
    }
    findings
}

/// Clauses that have to hold together, each two once, with how many alternatives there are to them.
fn pairs(rule: &Rule) -> Vec<(&Clause, &Clause, usize)> {
    let mut found = Vec::new();
    let conditions = &rule.conditions.clauses;
    for list in [&rule.sources, &rule.operations] {
        for conjunction in list {
            found.extend(each_two(&conjunction.clauses, list.len()));
            for clause in &conjunction.clauses {
                found.extend(conditions.iter().map(|condition| (condition, clause, list.len())));
            }
        }
    }
    found.extend(each_two(conditions, 1));
    found.retain(|(one, other, _)| is_same(one, other));
    found
}

/// Each clause with itself and with those before it.
fn each_two(clauses: &[Clause], list: usize) -> impl Iterator<Item = (&Clause, &Clause, usize)> {
    clauses.iter().enumerate().flat_map(move |(index, clause)| {
        clauses.iter().take(index + 1).map(move |other| (other, clause, list))
    })
}

struct Looking<'a> {
    policy: &'a Policy,
    rule: &'a Rule,
    trust_domain: &'a str,
}

impl Looking<'_> {
    fn finding(&self, one: &Clause, other: &Clause, list: usize) -> Option<Finding> {
        let ways = if std::ptr::eq(one, other) { vec![(one, one)] } else { vec![(other, one), (one, other)] };
        let dead = |clause: &Clause, by: &Clause| self.dead(clause, by);
        if let Some((clause, by)) = ways
            .iter()
            .find(|(clause, by)| !clause.any_of.is_empty() && dead(clause, by).len() == leaves(clause).len())
        {
            return self.contradiction(clause, by, list);
        }
        let (clause, by, test) = ways.iter().find_map(|(clause, by)| {
            let dead = dead(clause, by);
            let test = clause.any_of.iter().find(|test| dead.contains(&test.leaf.span))?;
            Some((clause, by, test))
        })?;
        Some(self.idle(clause, by, test))
    }

    /// The values of a clause that match nothing where another holds too. One value may be several tests.
    fn dead(&self, clause: &Clause, by: &Clause) -> BTreeSet<Span> {
        let alive = clause.any_of.iter().filter(|test| !is_dead(clause, test, by, self.trust_domain));
        let alive: BTreeSet<Span> = alive.map(|test| test.leaf.span).collect();
        leaves(clause).difference(&alive).copied().collect()
    }

    fn contradiction(&self, clause: &Clause, by: &Clause, list: usize) -> Option<Finding> {
        let test = clause.any_of.first()?;
        let other = opposite(clause, by)?;
        let effect = match (list > 1, self.policy.action) {
            (true, _) => "this alternative of the rule matches nothing",
            (false, Action::Allow) => "the rule allows nothing",
            (false, Action::Deny) => "the rule refuses nothing",
            (false, Action::Custom | Action::Audit | Action::RequireIdentity) => "the rule matches nothing",
        };
        let message = format!(
            "no request fits both `{}` and `{}`: {effect}",
            self.part(&test.leaf.field),
            self.part(&other.leaf.field)
        );
        let finding = Finding::new(&CONTRADICTION, Direction::None, message).severity(Severity::Warning);
        Some(
            self.about(finding, test, other)
                .help("both have to hold at once: leave one out, or write two rules"),
        )
    }

    fn idle(&self, clause: &Clause, by: &Clause, test: &Test) -> Finding {
        let other = opposite(clause, by);
        let by =
            other.map_or_else(String::new, |other| format!(" beside `{}`", self.part(&other.leaf.field)));
        let message = format!("`{}` matches nothing{by}", test.leaf.value);
        let finding = Finding::new(&CONTRADICTION, Direction::None, message);
        let finding = finding.help("both have to hold at once: leave the value out");
        match other {
            Some(other) => self.about(finding, test, other),
            None => finding.at(test.leaf.span).on(&self.policy.origin.reference),
        }
    }

    fn about(&self, finding: Finding, test: &Test, other: &Test) -> Finding {
        finding
            .at(test.leaf.span)
            .field(test.leaf.field.clone())
            .on(&self.policy.origin.reference)
            .related("the other part", other.leaf.span)
    }

    /// The list that a value stands in, within its rule: `from[0].source.principals`.
    fn part<'f>(&self, field: &'f str) -> &'f str {
        let inside = field.strip_prefix(self.rule.at.field.as_str()).and_then(|rest| rest.strip_prefix('.'));
        let inside = inside.unwrap_or(field);
        inside.rsplit_once('[').map_or(inside, |(list, _)| list)
    }
}

fn leaves(clause: &Clause) -> BTreeSet<Span> {
    clause.any_of.iter().map(|test| test.leaf.span).collect()
}

/// A value of the other clause that stands against this one.
fn opposite<'c>(clause: &Clause, by: &'c Clause) -> Option<&'c Test> {
    if std::ptr::eq(clause, by) || by.any_of.is_empty() { by.none_of.first() } else { by.any_of.first() }
}
