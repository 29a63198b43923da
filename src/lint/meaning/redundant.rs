//! UM131 and UM132: rules that change nothing, since another rule decides the same requests already.

use super::whole::{Whole, Wholes};
use crate::finding::codes::meaning::{REDUNDANT_RULE, RULE_BEHIND_DENY};
use crate::finding::{Direction, Finding, Severity};
use crate::ir::Action;
use crate::lint::Context;
use crate::lint::words::listed;
use std::collections::BTreeMap;

/// UM131: one note for each rule of which another of the same action says all.
#[must_use]
pub fn same_action(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (action, does) in [(Action::Allow, "allows"), (Action::Deny, "refuses")] {
        let rules = Wholes::of(context.model, action);
        for narrow in rules.iter() {
            // Of an empty rule in an ALLOW policy there is a code of its own.
            let wide = rules.wider(narrow).filter(|wide| action == Action::Deny || !wide.is_unconditional());
            let Some(wide) = wide else { continue };
            let message = format!(
                "every request that this rule {does} is one that {} {does} too: it changes nothing",
                wide.name(narrow.policy)
            );
            let finding = Finding::new(&REDUNDANT_RULE, Direction::None, message);
            findings.push(about(finding, narrow, wide).help("leave it out, or narrow the other rule"));
        }
    }
    findings
}

/// UM132: one warning for each ALLOW rule of which a DENY rule refuses all, and one for each DENY rule that
/// refuses everything.
#[must_use]
pub fn behind_deny(context: &Context<'_>) -> Vec<Finding> {
    let (allows, denies) =
        (Wholes::of(context.model, Action::Allow), Wholes::of(context.model, Action::Deny));
    let mut findings = Vec::new();
    let mut everything: BTreeMap<_, (&Whole<'_>, Vec<String>)> = BTreeMap::new();
    for narrow in allows.iter() {
        let Some(wide) = denies.wider(narrow) else { continue };
        if wide.is_unconditional() {
            let (_, dead) =
                everything.entry((wide.policy.origin.object, wide.at.span)).or_insert((wide, Vec::new()));
            dead.push(narrow.policy.origin.reference.to_string());
            continue;
        }
        let message = format!(
            "{} refuses every request that this rule allows, and a refusal goes before: it allows nothing",
            wide.name(narrow.policy)
        );
        let finding = Finding::new(&RULE_BEHIND_DENY, Direction::None, message).severity(Severity::Warning);
        findings.push(about(finding, narrow, wide).help("leave it out, or narrow the DENY rule"));
    }
    for (wide, dead) in everything.into_values() {
        let message = format!(
            "this refuses every request, and a refusal goes before what is allowed: {} can let nobody in",
            listed(&dead)
        );
        let finding = Finding::new(&RULE_BEHIND_DENY, Direction::None, message).severity(Severity::Warning);
        findings.push(
            finding
                .at(wide.at.span)
                .field(wide.at.field.clone())
                .on(&wide.policy.origin.reference)
                .help("to refuse all but what is allowed, write an ALLOW policy without rules in its place"),
        );
    }
    findings
}

fn about(finding: Finding, narrow: &Whole<'_>, wide: &Whole<'_>) -> Finding {
    finding
        .at(narrow.at.span)
        .field(narrow.at.field.clone())
        .on(&narrow.policy.origin.reference)
        .related("the other rule", wide.at.span)
}
