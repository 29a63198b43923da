//! Ports that never reached the proxy: which a policy leaves alone, by the templates that it selects.

use super::neighbours::Neighbours;
use super::subject::lasting_scope;
use crate::ir::{Facts, Policy, Scope, Uncaptured, Workload};
use crate::object::calico::{Ports, ports};

/// The ports that never reached the proxy on any policed workload that the written selector can
/// match, if all agree; else the workloads whose ports will be policed. Templates that a narrower object
/// takes over count too: they are the only ones to tell of pods that the input does not show.
pub(super) fn uncaptured<'a>(policy: &Policy, facts: &'a Facts) -> Result<Vec<Ports>, Vec<&'a Workload>> {
    let scope = Scope { except: Vec::new(), ..lasting_scope(&policy.scope) };
    let workloads: Vec<&Workload> = facts.policed(&scope).collect();
    let sets: Vec<Vec<Ports>> = workloads.iter().map(|workload| open_ports(&workload.uncaptured)).collect();
    match sets.split_first() {
        None => Ok(Vec::new()),
        Some((first, rest)) if rest.iter().all(|set| set == first) => Ok(first.clone()),
        Some(_) => {
            let differing = workloads.into_iter().zip(&sets).filter(|(_, set)| !set.is_empty());
            Err(differing.map(|(workload, _)| workload).collect())
        }
    }
}

/// The ports that a policy leaves alone, with a template that shows why.
pub(super) fn left_alone<'a>(policy: &Policy, facts: &'a Facts) -> Option<(Vec<Ports>, &'a Workload)> {
    let ports = uncaptured(policy, facts).ok().filter(|ports| !ports.is_empty())?;
    let scope = Scope { except: Vec::new(), ..lasting_scope(&policy.scope) };
    let workload = facts.policed(&scope).next()?;
    Some((ports, workload))
}

/// A template of another policy that may select the same pods, where that one leaves ports alone
/// which this one does not.
pub(super) fn left_alone_beside<'a>(
    policy: &Policy,
    own: &[Ports],
    neighbours: &Neighbours<'a>,
) -> Option<&'a Workload> {
    neighbours.meeting(&policy.scope).find_map(|other| {
        let (theirs, workload) = other.left_alone.as_ref()?;
        (!ports::subtract(theirs, own).is_empty()).then_some(*workload)
    })
}

fn open_ports(uncaptured: &Uncaptured) -> Vec<Ports> {
    let ranges = |list: &[u16]| {
        let ranges: Vec<Ports> = list.iter().map(|port| Ports { first: *port, last: *port }).collect();
        ports::canonical(&ranges)
    };
    match uncaptured {
        Uncaptured::Ports(list) => ranges(list),
        Uncaptured::AllBut(list) => ports::complement(&ranges(list)),
    }
}
