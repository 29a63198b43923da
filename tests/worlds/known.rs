//! What the input of a world tells of its pods, and what it leaves to assumptions.

use crate::worlds::requests::Request;
use crate::worlds::world::{Pod, World, has_all};

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
