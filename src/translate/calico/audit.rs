//! AUDIT as `Log` rules: what a policy certainly audits, by peers and ports.
//!
//! A line too many in a log would claim what the mesh never did, so the rules take the bounds of an ALLOW;
//! nothing of this lets through or refuses anything.

use super::losses::whole;
use super::{Job, Words};
use crate::finding::codes::policy::AUDIT_ACTION;
use crate::finding::{Direction, Finding};
use crate::ir::{Action, Policy, Protocols};
use crate::translate::ledger::Ledger;

impl<'a> Job<'a> {
    /// An AUDIT policy in Calico's words.
    pub(super) fn audit(
        &self,
        policy: &Policy,
        ledger: &mut Ledger,
        findings: &mut Vec<Finding>,
    ) -> Option<Words<'a>> {
        // A rule without its HTTP fields would log more than was audited.
        let rules = policy.rules.iter().filter(|rule| rule.on != Protocols::Tcp).cloned().collect();
        let certainly = Policy { action: Action::Allow, rules, ..policy.clone() };
        let subject = self.subject(policy);
        let mut lost = Vec::new();
        let uncaptured = self.uncaptured(&certainly, &mut lost);
        let mut written = self.rules(&certainly, &subject, ledger, &mut lost);
        written.http.clear();
        let logs = !written.plain.is_empty() && subject.under.is_some();
        findings.push(told(policy, logs));
        for loss in lost.into_iter().filter(|finding| finding.direction == Direction::Narrows) {
            let finding = not_logged(policy, &loss);
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        logs.then_some(Words { subject, rules: written, uncaptured })
    }
}

fn told(policy: &Policy, logs: bool) -> Finding {
    let (message, help) = if logs {
        (
            "AUDIT only logs: what it certainly audits becomes `Log` rules, by peers and ports",
            "each node writes a line for each new connection that they match; flow logs show more",
        )
    } else {
        (
            "AUDIT only logs, and nothing of this can be told by peers and ports: nothing is written",
            "watch the flow logs of these pods instead",
        )
    };
    whole(&AUDIT_ACTION, Direction::None, policy, message, help)
}

/// A part of the policy that no `Log` rule can say.
fn not_logged(policy: &Policy, loss: &Finding) -> Finding {
    let message = "no `Log` rule says this, or not all of it: what it audited is not logged";
    let mut finding = whole(&AUDIT_ACTION, Direction::None, policy, message, "");
    (finding.span, finding.field) = (loss.span, loss.field.clone());
    finding
}
