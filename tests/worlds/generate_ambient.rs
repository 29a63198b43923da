//! Random worlds with namespaces in ambient mode.

use crate::worlds::generate;
use crate::worlds::random::Random;
use crate::worlds::world::{Action, Fields, Rule, Shown, Wish, World};

/// Anything that may be in a cluster, with one or two namespaces in ambient mode, whose policies ask for more
/// than ztunnel knows.
pub(crate) fn any(seed: u64) -> World {
    let mut random = Random::new(seed ^ 0xa3b1);
    let mut world = generate::any(seed);
    enrol(&mut world, &mut random);
    let policies = world.authorization.iter_mut().filter(|policy| policy.action != Action::Custom);
    for rule in policies.flat_map(|policy| &mut policy.rules) {
        if random.chance(25) {
            ask_for_more(rule, &mut random);
        }
    }
    world
}

/// A world in which everything is shown and every policy has an exact form.
pub(crate) fn exact(seed: u64) -> World {
    let mut world = generate::exact(seed);
    enrol(&mut world, &mut Random::new(seed ^ 0xa3b1));
    world
}

fn enrol(world: &mut World, random: &mut Random) {
    let names: &[&str] = match random.below(3) {
        0 => &["a"],
        1 => &["b"],
        _ => &["a", "b"],
    };
    for namespace in world.namespaces.iter_mut().filter(|namespace| names.contains(&namespace.name.as_str()))
    {
        namespace.shown = Shown::Ambient;
        namespace.injects = true;
    }
    // Few namespaces hold pods of both kinds.
    let keep = random.chance(25);
    for pod in &mut world.pods {
        if names.contains(&pod.namespace.as_str()) && pod.wish == Wish::In && !keep {
            pod.wish = Wish::Out;
        }
    }
}

/// What ztunnel drops, in a source of its own or beside others.
fn ask_for_more(rule: &mut Rule, random: &mut Random) {
    let (field, words): (&str, &[&str]) = *random.pick(&[
        ("trustDomains", &["cluster.local"][..]),
        ("trustDomains", &["other"]),
        ("notTrustDomains", &["other"]),
    ]);
    let values = words.iter().map(ToString::to_string).collect();
    match rule.from.first_mut() {
        Some(source) if random.chance(60) => drop(source.insert(field.to_string(), values)),
        Some(_) | None => rule.from.push(Fields::from([(field.to_string(), values)])),
    }
}
