//! Whether Dikastes may enforce what is written, and what that asks of it.

use super::Job;
use super::in_force::ShutByDikastes;
use crate::config::L7;
use crate::ir::{self, Action};

impl Job<'_> {
    /// Why no rule may have `http`: said so, or Dikastes does not work in this version.
    pub(super) fn no_http(&self) -> Option<String> {
        if !self.is_calico() {
            return Some("NetworkPolicy knows neither methods nor paths".to_string());
        }
        match self.context.settings.l7 {
            L7::None => Some("--l7 none leaves HTTP rules out".to_string()),
            L7::Unstated | L7::Dikastes if !self.capabilities.dikastes_works => {
                Some(format!("Dikastes refuses everything in {}", self.context.settings.target))
            }
            L7::Unstated | L7::Dikastes => None,
        }
    }

    /// Dikastes to 3.29 ignores `notNets` and `notPorts`: it would let through what Felix alone
    /// refuses, or refuse everybody. Where it may run, ranges and complements are written instead.
    pub(super) fn may_negate(&self) -> bool {
        self.capabilities.dikastes_reads_negations || !self.dikastes_may_run()
    }

    fn dikastes_may_run(&self) -> bool {
        let may_run = match self.context.settings.l7 {
            L7::Dikastes => true,
            L7::Unstated => self.has_http_attributes(),
            L7::None => false,
        };
        may_run && self.no_http().is_none()
    }

    pub(super) fn shut_by_dikastes(&self) -> ShutByDikastes {
        if !self.capabilities.dikastes_ends_tiers_on_egress || !self.dikastes_may_run() {
            return ShutByDikastes::Nowhere;
        }
        match self.context.settings.l7 {
            L7::Dikastes => ShutByDikastes::Everywhere,
            L7::Unstated => ShutByDikastes::Labelled,
            L7::None => ShutByDikastes::Nowhere,
        }
    }

    fn has_http_attributes(&self) -> bool {
        let allows = self.model.policies.iter().filter(|policy| policy.action == Action::Allow);
        let mut clauses = allows
            .flat_map(|policy| &policy.rules)
            .flat_map(ir::Rule::conjunctions)
            .flat_map(|conjunction| &conjunction.clauses);
        clauses.any(|clause| clause.attribute.is_http_only())
    }
}
