//! What the input of a world tells of its pods, and what it leaves to assumptions.

use crate::worlds::requests::Request;
use crate::worlds::world::{Pod, World, has_all};
use std::collections::BTreeSet;

/// Whether a pod that the input does not show looks like one that it shows without a proxy: it is
/// assumed that none does.
pub(crate) fn is_alike(world: &World, pod: &Pod) -> bool {
    let alike = |other: &Pod| {
        other.shown
            && other.namespace == pod.namespace
            && !world.is_injected(other)
            && has_all(&pod.labels, &other.labels)
    };
    !pod.shown && world.pods.iter().any(alike)
}

/// Whether the input tells what the pods of a request are.
pub(crate) fn is_known(world: &World, request: &Request<'_>) -> bool {
    let pods = request.source.pod.into_iter().chain([request.to]).map(|index| &world.pods[index]);
    pods.into_iter().all(|pod| (world.is_proven(pod) || world.is_injected(pod)) && !is_alike(world, pod))
}

/// The same world in every order of PeerAuthentications that the input leaves open: it shows the dates of
/// some alone. Those of different namespaces never take each other's place.
pub(crate) fn orders(world: &World) -> Vec<World> {
    let mut orders = vec![Vec::new()];
    for next in 0..world.peer_authentication.len() {
        let longer = |order: &Vec<usize>| {
            let at = |place: usize| {
                let mut order = order.clone();
                order.insert(place, next);
                order
            };
            (0..=order.len()).map(at).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).filter(|order| is_open(world, order)).collect();
    }
    let all = orders.into_iter().map(|order| {
        let mut world = world.clone();
        for (made, index) in order.into_iter().enumerate() {
            world.peer_authentication[index].made = made;
        }
        world
    });
    let by_namespace = |world: &World| {
        let mut order: Vec<_> = world.peer_authentication.iter().collect();
        order.sort_by_key(|policy| (&policy.namespace, policy.made));
        order.into_iter().map(|policy| policy.name.clone()).collect::<Vec<_>>()
    };
    let mut seen = BTreeSet::new();
    all.filter(|world| seen.insert(by_namespace(world))).collect()
}

/// Whether the dates that the input shows leave an order open.
fn is_open(world: &World, order: &[usize]) -> bool {
    let policies = order.iter().map(|index| &world.peer_authentication[*index]);
    policies.filter(|policy| policy.dated).map(|policy| policy.made).is_sorted()
}
