//! Policies that nobody here understands: what they decide about a workload is unknown.
//!
//! They are those that cannot be read whole, administrators' policies, and, where the target is Kubernetes'
//! own NetworkPolicy, Calico's: who enforces them there, and when they are asked, no file shows.

use super::answer::Unknown;
use super::calico;
use super::compare::Input;
use super::subject::Subject;
use crate::config::Target;
use crate::finding::ObjectRef;
use crate::manifest::InForce;
use crate::object::calico::v3::{Kind, Policy};
use std::collections::BTreeMap;

/// Administrators' policies, which Calico converts to tiers of its own and which are not read yet.
const ADMINISTRATORS: [&str; 3] =
    ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"];

/// What nobody can say of a subject, since a policy that may select it is not understood.
pub(super) fn undecided(subject: &Subject, input: &Input<'_>) -> Vec<Unknown> {
    let found = reasons(subject, input).into_iter();
    found
        .map(|(policy, why)| Unknown {
            workload: subject.name.clone(),
            port: "all".to_string(),
            why: format!("`{policy}` may select it: {why}"),
            cap: false,
        })
        .collect()
}

/// The policies that may select a subject and are not understood, and why not.
pub(super) fn reasons(subject: &Subject, input: &Input<'_>) -> BTreeMap<ObjectRef, String> {
    let Some(namespace) = &subject.after.namespace else { return BTreeMap::new() };
    let in_force = |policy: &InForce| {
        let kind = policy.reference.kind.as_str();
        let why = match input.undecided.get(&policy.reference) {
            Some(why) => why.clone(),
            None if ADMINISTRATORS.contains(&kind) => {
                format!("`{kind}` is no kind that the checker reads yet")
            }
            None => return None,
        };
        let selects =
            policy.selects(namespace, subject.after.namespace_labels.as_ref(), &subject.after.labels);
        (selects != Some(false)).then(|| (policy.reference.clone(), why))
    };
    let mut found: BTreeMap<_, _> = input.inventory.in_force.iter().filter_map(in_force).collect();
    if input.settings.target == Target::Kubernetes {
        let before = input.before.on_ingress().map(|policy| (policy, &subject.before));
        let after = input.after.on_ingress().map(|policy| (policy, &subject.after));
        let foreign = before
            .chain(after)
            .filter(|(policy, pod)| is_calicos(policy) && calico::selects(policy, pod) != Some(false));
        found.extend(foreign.map(|(policy, _)| (policy.reference.clone(), FOREIGN.to_string())));
    }
    found
}

/// Why a policy of Calico's decides nothing that is known where the target is Kubernetes.
const FOREIGN: &str = "it is Calico's, and whether it acts on a cluster that `--target kubernetes` speaks of is not known; check with `--target calico@VERSION`";

fn is_calicos(policy: &Policy) -> bool {
    match policy.kind {
        Kind::Namespaced | Kind::Global => true,
        Kind::Kubernetes => false,
    }
}
