//! Makes a failing world as small as it can be: whatever can go without mending the failure, goes.

use crate::worlds::world::{Fields, Labels, World};

/// Each world with one thing less.
pub(crate) fn smaller(world: &World) -> Vec<World> {
    let mut found = Vec::new();
    let mut without = |change: &dyn Fn(&mut World)| {
        let mut copy = world.clone();
        change(&mut copy);
        found.push(copy);
    };
    for index in 0..world.authorization.len() {
        without(&|copy| drop(copy.authorization.remove(index)));
    }
    for index in 0..world.peer_authentication.len() {
        without(&|copy| drop(copy.peer_authentication.remove(index)));
    }
    for index in 0..world.network_policies.len() {
        without(&|copy| drop(copy.network_policies.remove(index)));
    }
    for index in 0..world.calico_policies.len() {
        without(&|copy| drop(copy.calico_policies.remove(index)));
        for rule in 0..world.calico_policies[index].rules.len() {
            without(&|copy| drop(copy.calico_policies[index].rules.remove(rule)));
        }
    }
    for index in 0..world.tiers.len() {
        without(&|copy| {
            let tier = copy.tiers.remove(index);
            copy.calico_policies.retain(|policy| policy.tier.as_deref() != Some(tier.name.as_str()));
        });
    }
    for index in 0..world.services.len() {
        without(&|copy| drop(copy.services.remove(index)));
    }
    for index in 0..world.network_sets.len() {
        without(&|copy| drop(copy.network_sets.remove(index)));
    }
    for index in 0..world.pods.len() {
        without(&|copy| drop(copy.pods.remove(index)));
        without(&|copy| copy.pods[index].excluded.clear());
        for key in world.pods[index].labels.keys() {
            without(&|copy| drop(copy.pods[index].labels.remove(key)));
        }
    }
    for (index, policy) in world.peer_authentication.iter().enumerate() {
        for port in 0..policy.ports.len() {
            without(&|copy| {
                copy.peer_authentication[index].ports.remove(port);
            });
        }
    }
    without(&|copy| copy.closed = false);
    found.extend(rules(world));
    found
}

/// Each world with a piece of a rule less.
fn rules(world: &World) -> Vec<World> {
    let mut found = Vec::new();
    for (index, policy) in world.authorization.iter().enumerate() {
        let mut without = |change: &dyn Fn(&mut crate::worlds::world::Authorization)| {
            let mut copy = world.clone();
            change(&mut copy.authorization[index]);
            found.push(copy);
        };
        if !policy.selector.is_empty() {
            without(&|policy| policy.selector = Labels::new());
        }
        for (at, rule) in policy.rules.iter().enumerate() {
            if policy.rules.len() > 1 {
                without(&|policy| drop(policy.rules.remove(at)));
            }
            for part in 0..rule.when.len() {
                without(&|policy| drop(policy.rules[at].when.remove(part)));
            }
            for (part, fields) in rule.from.iter().enumerate() {
                without(&|policy| drop(policy.rules[at].from.remove(part)));
                for less in fewer(fields) {
                    without(&|policy| policy.rules[at].from[part] = less.clone());
                }
            }
            for (part, fields) in rule.to.iter().enumerate() {
                without(&|policy| drop(policy.rules[at].to.remove(part)));
                for less in fewer(fields) {
                    without(&|policy| policy.rules[at].to[part] = less.clone());
                }
            }
        }
    }
    found
}

/// Without a field or a value, never empty.
fn fewer(fields: &Fields) -> Vec<Fields> {
    let mut found = Vec::new();
    for (key, values) in fields {
        if fields.len() > 1 {
            let mut copy = fields.clone();
            copy.remove(key);
            found.push(copy);
        }
        for index in 0..values.len() {
            if values.len() > 1 {
                let mut copy = fields.clone();
                copy.entry(key.clone()).or_default().remove(index);
                found.push(copy);
            }
        }
    }
    found
}

/// The smallest world on the way down that still fails.
pub(crate) fn shrink(mut world: World, fails: &dyn Fn(&World) -> bool) -> World {
    while let Some(found) = smaller(&world).into_iter().find(|other| *other != world && fails(other)) {
        world = found;
    }
    world
}
