//! Changes of what lowering gave, each of one kind of slip.

use unmesh::ir::{Action, Clause, Conjunction, Model, Pattern, Policy, Rule};

/// A change, and what it is.
pub(crate) struct Slip {
    pub(crate) what: String,
    pub(crate) change: Box<dyn FnOnce(&mut Model)>,
}

/// All changes of each kind.
pub(crate) fn slips(model: &Model) -> Vec<Slip> {
    let mut found = Vec::new();
    for (index, policy) in model.policies.iter().enumerate() {
        let mut with = |what: &str, change: Box<dyn Fn(&mut Policy)>| {
            let what = format!("{}: {what}", policy.origin.reference);
            found.push(Slip { what, change: Box::new(move |model| change(&mut model.policies[index])) });
        };
        let swapped = match policy.action {
            Action::Allow => Some(Action::Deny),
            Action::Deny | Action::Custom => Some(Action::Allow),
            Action::RequireIdentity | Action::Audit => None,
        };
        if let Some(swapped) = swapped {
            with("the action swapped", Box::new(move |policy| policy.action = swapped));
        }
        if policy.scope.namespace.is_some() {
            with("the namespace lost", Box::new(|policy| policy.scope.namespace = None));
        }
        if !policy.scope.labels.is_empty() {
            with("the labels lost", Box::new(|policy| policy.scope.labels.clear()));
        }
        if !policy.scope.except.is_empty() {
            with("the exceptions lost", Box::new(|policy| policy.scope.except.clear()));
        }
        for (at, rule) in policy.rules.iter().enumerate() {
            with(&format!("rule {at} dropped"), Box::new(move |policy| drop(policy.rules.remove(at))));
            for (part, conjunction) in rule.conjunctions().enumerate() {
                for (clause, of_clause) in conjunction.clauses.iter().enumerate() {
                    for (what, change) in of_clause_slips(of_clause) {
                        let name = format!("rule {at}, part {part}, {:?}: {what}", of_clause.attribute);
                        with(
                            &name,
                            Box::new(move |policy| change(place(&mut policy.rules[at], part, clause))),
                        );
                    }
                    let name = format!("rule {at}, part {part}: {:?} dropped", of_clause.attribute);
                    with(
                        &name,
                        Box::new(move |policy| {
                            drop(conjunction_mut(&mut policy.rules[at], part).clauses.remove(clause));
                        }),
                    );
                }
            }
        }
    }
    found
}

fn conjunction_mut(rule: &mut Rule, part: usize) -> &mut Conjunction {
    let Rule { sources, operations, conditions, .. } = rule;
    sources.iter_mut().chain(operations).chain(std::iter::once(conditions)).nth(part).unwrap()
}

fn place(rule: &mut Rule, part: usize, clause: usize) -> &mut Clause {
    &mut conjunction_mut(rule, part).clauses[clause]
}

type Change = Box<dyn Fn(&mut Clause)>;

fn of_clause_slips(clause: &Clause) -> Vec<(String, Change)> {
    let mut found: Vec<(String, Change)> = Vec::new();
    for entry in 0..clause.any_of.len() {
        found.push((
            format!("entry {entry} dropped"),
            Box::new(move |clause| drop(clause.any_of.remove(entry))),
        ));
    }
    for entry in 0..clause.none_of.len() {
        let drop_it = move |clause: &mut Clause| drop(clause.none_of.remove(entry));
        found.push((format!("exception {entry} dropped"), Box::new(drop_it)));
    }
    for (entry, test) in clause.any_of.iter().enumerate() {
        let other = match &test.pattern {
            Pattern::Prefix(text) => Pattern::Exact(text.clone()),
            Pattern::Exact(text) => Pattern::Prefix(text.clone()),
            Pattern::Suffix(_)
            | Pattern::Present
            | Pattern::Template(_)
            | Pattern::Glob(_)
            | Pattern::Loose { .. }
            | Pattern::Cidr(_)
            | Pattern::Port(_)
            | Pattern::Opaque(_) => continue,
        };
        let swap = move |clause: &mut Clause| clause.any_of[entry].pattern = other.clone();
        found.push((format!("entry {entry} swaps prefix and exact"), Box::new(swap)));
    }
    if !clause.any_of.is_empty() && clause.none_of.is_empty() {
        let negate = |clause: &mut Clause| std::mem::swap(&mut clause.any_of, &mut clause.none_of);
        found.push(("negated".to_string(), Box::new(negate)));
    }
    found
}
