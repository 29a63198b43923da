//! `enableAutoMtls: false`: peers show an identity only where a DestinationRule says so.

use super::{Context, on};
use crate::finding::codes::platform::AUTO_MUTUAL_TLS_OFF;
use crate::finding::{Direction, Finding};
use crate::ir::{Action, Attribute, Policy, Rule};
use crate::manifest::mesh::MeshConfig;

/// One finding where it is off: a peer without a certificate was refused wherever its identity was asked
/// for, and is let in by its labels afterwards.
pub(super) fn check(config: &MeshConfig, context: &Context<'_>) -> Option<Finding> {
    let off = config.auto_mutual_tls.as_ref().filter(|leaf| !leaf.value)?;
    let policy = context.model.policies.iter().find(|policy| lets_in_by_identity(policy));
    let (direction, what) = match policy {
        Some(policy) => (
            Direction::Widens,
            format!(
                "`{}` refused peers without one, and afterwards lets them in by their labels",
                policy.origin.reference
            ),
        ),
        None => (Direction::None, "no policy of the input lets peers in by identity".to_string()),
    };
    let message = format!(
        "with `enableAutoMtls: false` peers showed an identity only where a DestinationRule has `mode: ISTIO_MUTUAL`: {what}"
    );
    Some(
        on(config, off, &AUTO_MUTUAL_TLS_OFF, direction, message)
            .help("look which clients reach these workloads today: those that the mesh refused for want of an identity are let in"),
    )
}

fn lets_in_by_identity(policy: &Policy) -> bool {
    let mut clauses = policy.rules.iter().flat_map(Rule::conjunctions).flat_map(|all| &all.clauses);
    policy.not_enforced.is_none()
        && match policy.action {
            Action::Allow => clauses.any(|clause| clause.attribute == Attribute::Identity),
            Action::RequireIdentity => !policy.rules.is_empty(),
            Action::Deny | Action::Custom | Action::Audit => false,
        }
}
