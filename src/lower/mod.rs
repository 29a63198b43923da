//! Istio's resources to the neutral model: the one stage that knows both.
//!
//! Each file lowers one thing. What Istio's own code does with a field is cited at the function
//! that follows it. This stage must not know any target.

mod authorization;
mod facts;
mod mutual_tls;
mod rule;
mod trust_domain;

use crate::config::Settings;
use crate::finding::Finding;
use crate::ir::Model;
use crate::istio::Resources;
use crate::manifest::Inventory;

/// Lowers all policies and the facts about workloads.
#[must_use]
pub fn lower(resources: &Resources, inventory: &Inventory, settings: &Settings) -> (Model, Vec<Finding>) {
    let mut findings = Vec::new();
    let authorization = resources.authorization_policies.iter();
    let mut policies: Vec<_> = authorization.map(|policy| authorization::lower(policy, settings)).collect();
    let mutual_tls = mutual_tls::lower(&resources.peer_authentications, settings, &mut findings);
    policies.extend(mutual_tls.policies);
    policies.sort_by_key(|policy| policy.origin.object);
    let facts = facts::facts(&policies, mutual_tls.plaintext, inventory, settings);
    (Model { policies, facts }, findings)
}
