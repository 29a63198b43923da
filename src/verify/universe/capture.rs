//! Which ports of pods that the input does not show reach their proxies.
//!
//! Nobody knows; they are taken to be those of the templates that the same policies select. Where these
//! do not agree, a port is taken to reach the proxy.

use super::World;
use super::choosers::{Chooser, IstioChooser};
use super::endpoints::shown;
use super::namespaces::Namespaces;
use super::ports::PROXY_PORTS;
use crate::manifest::{CapturedPorts, Workload};
use crate::verify::peer::Endpoint;
use std::collections::BTreeSet;

/// Notes for each policy which ports reach the proxy of any template that it may select.
pub(super) fn note(world: &World<'_>, namespaces: &Namespaces, policies: &mut [IstioChooser<'_>]) {
    let workloads = world.inventory.workloads.iter();
    let policed = workloads.filter(|workload| {
        namespaces.enforcer(workload).is_there() && !workload.gateway && !workload.host_network
    });
    let endpoint = |workload: &Workload| shown(world, workload, namespaces.has_sidecar(workload)).0;
    let templates: Vec<(Endpoint, &CapturedPorts)> =
        policed.map(|workload| (endpoint(workload), &workload.captured)).collect();
    for policy in policies.iter_mut().filter(|policy| policy.refuses) {
        let selected = templates.iter().filter(|(pod, _)| policy.selects(pod) != Some(false));
        policy.captured =
            selected.map(|(_, captured)| (*captured).clone()).reduce(|one, other| either(&one, &other));
    }
}

/// Which ports of a pod that the input does not show reach its proxy: those that do by every policy
/// that may select it. Without a template to go by all do but the proxy's own.
pub(super) fn of_unseen(pod: &Endpoint, reaching: &[&Chooser<'_>]) -> CapturedPorts {
    let noted = reaching.iter().filter_map(|chooser| match chooser {
        Chooser::Istio(policy) if policy.selects(pod) != Some(false) => policy.captured.as_ref(),
        Chooser::Istio(_) | Chooser::Calico(..) | Chooser::Service(_) => None,
    });
    noted.fold(CapturedPorts::AllBut(PROXY_PORTS.to_vec()), |one, other| both(&one, other))
}

/// The ports that reach either of two proxies.
fn either(one: &CapturedPorts, other: &CapturedPorts) -> CapturedPorts {
    match (one, other) {
        (CapturedPorts::AllBut(one), CapturedPorts::AllBut(other)) => {
            CapturedPorts::AllBut(common(one, other))
        }
        (CapturedPorts::AllBut(all_but), CapturedPorts::Only(only))
        | (CapturedPorts::Only(only), CapturedPorts::AllBut(all_but)) => {
            CapturedPorts::AllBut(without(all_but, only))
        }
        (CapturedPorts::Only(one), CapturedPorts::Only(other)) => CapturedPorts::Only(together(one, other)),
    }
}

/// The ports that reach both of two proxies.
fn both(one: &CapturedPorts, other: &CapturedPorts) -> CapturedPorts {
    match (one, other) {
        (CapturedPorts::AllBut(one), CapturedPorts::AllBut(other)) => {
            CapturedPorts::AllBut(together(one, other))
        }
        (CapturedPorts::AllBut(all_but), CapturedPorts::Only(only))
        | (CapturedPorts::Only(only), CapturedPorts::AllBut(all_but)) => {
            CapturedPorts::Only(without(only, all_but))
        }
        (CapturedPorts::Only(one), CapturedPorts::Only(other)) => CapturedPorts::Only(common(one, other)),
    }
}

fn common(one: &[u16], other: &[u16]) -> Vec<u16> {
    one.iter().filter(|port| other.contains(port)).copied().collect()
}

fn without(one: &[u16], other: &[u16]) -> Vec<u16> {
    one.iter().filter(|port| !other.contains(port)).copied().collect()
}

fn together(one: &[u16], other: &[u16]) -> Vec<u16> {
    one.iter().chain(other).copied().collect::<BTreeSet<u16>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::CapturedPorts::{AllBut, Only};

    #[test]
    fn two_proxies_see_together_what_either_sees_and_what_both_see() {
        let rows = [
            (AllBut(vec![1, 2]), AllBut(vec![2, 3]), AllBut(vec![2]), AllBut(vec![1, 2, 3])),
            (AllBut(vec![1, 2]), Only(vec![2, 3]), AllBut(vec![1]), Only(vec![3])),
            (Only(vec![2, 3]), AllBut(vec![1, 2]), AllBut(vec![1]), Only(vec![3])),
            (Only(vec![1, 2]), Only(vec![2, 3]), Only(vec![1, 2, 3]), Only(vec![2])),
        ];
        for (one, other, seen_by_either, seen_by_both) in rows {
            assert_eq!(either(&one, &other), seen_by_either, "{one:?} or {other:?}");
            assert_eq!(both(&one, &other), seen_by_both, "{one:?} and {other:?}");
        }
    }
}
