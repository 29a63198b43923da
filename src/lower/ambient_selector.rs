//! Selectors that istiod reads otherwise for pods in ambient mode than for those with sidecars.
//!
//! Such a policy is on other pods than its selector says, so that what is written by the selector may let
//! through what ztunnel refused: it is held back. What sidecars make of it is lowered as ever.

use super::ambient::Reach;
use crate::finding::codes::platform::AMBIENT_WORKLOAD;
use crate::finding::{Direction, Finding};
use crate::ir::Scope;
use crate::istio::Meta;
use crate::istio::authorization_policy::{Action, AuthorizationPolicy};
use crate::istio::peer_authentication::PeerAuthentication;
use crate::manifest::{Inventory, Proxy};

/// An AuthorizationPolicy with a selector is listed for each pod in its reach that has no label at all: to
/// `FilterSelects`, no labels match every selector (`pilot/pkg/serviceregistry/ambient/workloads.go`,
/// `buildWorkloadPolicies`; `pkg/kube/krt/filter.go`). Pods of a controller always have some.
pub(super) fn without_pod_labels(
    policy: &AuthorizationPolicy,
    scope: &Scope,
    inventory: &Inventory,
) -> Option<Finding> {
    let handed_to_ztunnel = matches!(policy.action.value, Action::Allow | Action::Deny);
    if scope.labels.is_empty() || !handed_to_ztunnel {
        return None;
    }
    let bare = inventory.workloads.iter().find(|workload| {
        workload.reference.kind == "Pod"
            && workload.proxy == Proxy::Ambient
            && workload.labels.is_empty()
            && scope.namespace.as_ref().is_none_or(|own| *own == workload.identity.namespace)
    })?;
    let message = format!(
        "`{}` is in ambient mode and has no labels: istiod hands it each policy with a selector, this one too, and what it refuses there gets through",
        bare.reference
    );
    let help = "give the pod a label, so that selectors choose it or not; to write nothing for it: --accept ambient-workload";
    Some(held_back(&policy.meta, message, help).at(policy.meta.name_span).related("the pod", bare.span))
}

/// A PeerAuthentication with a selector without labels. One of the root namespace reaches that namespace
/// alone, and one of another namespace is not seen beside ports (`fetchPeerAuthentications` of
/// `workloads.go`, `convertPeerAuthentication` of `authorization.go`).
pub(super) fn without_labels(policy: &PeerAuthentication, reach: &Reach) -> Option<Finding> {
    let selector = policy.bare_selector.as_ref()?;
    let reached = reach.in_ambient()?;
    let message = format!(
        "this selector has no labels, and `{reached}` is in ambient mode: ztunnel makes something else of that than sidecars do"
    );
    let help = "leave `selector` out, so that both read it alike; to write it as for sidecars: --accept ambient-workload";
    Some(held_back(&policy.meta, message, help).at(selector.span).field(selector.field.clone()))
}

fn held_back(meta: &Meta, message: String, help: &str) -> Finding {
    Finding::new(&AMBIENT_WORKLOAD, Direction::Widens, message).on(&meta.reference).field("spec").help(help)
}
