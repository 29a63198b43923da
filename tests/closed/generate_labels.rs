//! Random worlds whose policies select by labels of the injector's, which go with the mesh.
//!
//! Such a selector is written by labels that stay, which often say less or more: what refuses and what
//! lets through then select different pods. It takes pods that have little else to be known by.

use crate::worlds::generate::{APPS, any, exact, exact_beside_others, in_force};
use crate::worlds::generate_policies as policies;
use crate::worlds::random::Random;
use crate::worlds::world::{
    Action, CANONICAL_NAME, CANONICAL_REVISION, Labels, Pod, REVISION, ROOT, Rule, TLS_MODE, World, labels,
    reaches,
};

/// Worlds of every kind, with such selectors.
pub(crate) fn by_injector(seed: u64) -> World {
    let mut world = match seed % 5 {
        0 => in_force(seed),
        1 | 3 => return together(seed),
        2 => exact_beside_others(seed),
        _ => any(seed),
    };
    let mut random = Random::new(seed ^ 0x1abe1);
    for pod in world.pods.iter_mut().filter(|pod| !pod.gateway) {
        dress(pod, &mut random);
    }
    // With many policies a pod has others that say the same.
    if random.chance(70) {
        let kept = 1 + random.below(3);
        let count = world.authorization.len();
        world.authorization.drain(..count.saturating_sub(kept));
    }
    let pods = world.pods.clone();
    for policy in &mut world.authorization {
        if random.chance(75) {
            select(&mut policy.selector, &policy.namespace, &pods, &mut random);
            if policy.action == Action::Allow && random.chance(15) {
                policy.rules = vec![Rule::default()];
            }
        }
    }
    for policy in &mut world.peer_authentication {
        if policy.namespace != ROOT && random.chance(40) {
            select(&mut policy.selector, &policy.namespace, &pods, &mut random);
        }
    }
    world
}

/// Few ALLOW policies on the same pods, of which little is known, beside a policy in force.
fn together(seed: u64) -> World {
    let mut world = in_force(seed);
    let mut random = Random::new(seed ^ 0x70e7);
    for pod in world.pods.iter_mut().filter(|pod| pod.namespace == "a" && random.chance(70)) {
        pod.labels.clear();
    }
    let pods = world.pods.clone();
    world.authorization.clear();
    for index in 0..2 + random.below(2) {
        let mut policy = policies::exact_authorization(index, Action::Allow, &mut random);
        policy.namespace = "a".to_string();
        policy.selector.clear();
        if index > 0 {
            select(&mut policy.selector, "a", &pods, &mut random);
            if random.chance(30) {
                policy.rules = vec![Rule::default()];
            }
        }
        world.authorization.push(policy);
    }
    world
}

/// An exact world with selectors by the one of these labels that other labels say as well.
pub(crate) fn by_revision(seed: u64) -> World {
    let mut world = exact(seed);
    let mut random = Random::new(seed ^ 0x0ae5);
    for pod in &mut world.pods {
        if random.chance(50) {
            pod.labels.insert("version".to_string(), (*random.pick(&["v1", "v2"])).to_string());
        }
    }
    for policy in &mut world.authorization {
        if random.chance(60) {
            let revision = (*random.pick(&["v1", "latest"])).to_string();
            policy.selector.insert(CANONICAL_REVISION.to_string(), revision);
        }
    }
    world
}

/// Takes labels from a pod that others would know it by, or gives it some that the injector would.
fn dress(pod: &mut Pod, random: &mut Random) {
    let (shown, app) = (pod.shown, *random.pick(&APPS));
    let mut put = |key: &str, value: &str| drop(pod.labels.insert(key.to_string(), value.to_string()));
    match random.below(12) {
        0 => put("version", "v1"),
        1 => put("version", "latest"),
        2 => put("app.kubernetes.io/name", app),
        // A template that says something of its own has to be in the input to be known.
        3 if shown => put(CANONICAL_NAME, app),
        4 if shown => put(CANONICAL_REVISION, "v1"),
        5 if shown => put(TLS_MODE, "istio"),
        6 | 7 => pod.labels.clear(),
        8 | 9 => drop(pod.labels.remove("app")),
        _ => {}
    }
}

/// Has a policy of this namespace select by such a label, for the most part by one that only the name of a
/// workload gives.
fn select(selector: &mut Labels, namespace: &str, pods: &[Pod], random: &mut Random) {
    let own = pods.iter().filter(|pod| reaches(namespace, pod));
    let nameless: Vec<&Pod> = own.filter(|pod| !pod.labels.contains_key("app")).collect();
    let (key, value) = match random.below(8) {
        0..5 if !nameless.is_empty() && random.chance(80) => {
            (CANONICAL_NAME, random.pick(&nameless).name.as_str())
        }
        0..5 => (CANONICAL_NAME, *random.pick(&APPS)),
        5 => (CANONICAL_REVISION, *random.pick(&["v1", "latest"])),
        6 => (TLS_MODE, "istio"),
        _ => (REVISION, "default"),
    };
    if random.chance(70) {
        selector.clear();
    }
    selector.extend(labels(&[(key, value)]));
}
