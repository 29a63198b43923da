//! Worlds in which what policies say of HTTP has an exact form for Dikastes to 3.29.

use crate::worlds::generate::{self, APPS};
use crate::worlds::random::Random;
use crate::worlds::world::{Action, Declared, Fields, Service, World, labels};

/// An exact world with HTTP declared on port 80 of every workload, and rules about it.
pub(crate) fn world(seed: u64) -> World {
    let mut random = Random::new(seed);
    let mut world = generate::exact(seed);
    for namespace in ["a", "b", "pay"] {
        for app in APPS {
            world.services.push(Service {
                name: app.to_string(),
                namespace: namespace.to_string(),
                selector: labels(&[("app", app)]),
                port: 80,
                declared: Declared::Http,
            });
        }
    }
    // Every pod that a policy selects is shown, with its Service.
    for policy in world.authorization.iter_mut().filter(|policy| policy.selector.contains_key("tier")) {
        policy.selector.clear();
    }
    for policy in world.authorization.iter_mut().filter(|policy| policy.action == Action::Allow) {
        for rule in &mut policy.rules {
            if random.chance(75) {
                rule.to = vec![operation(&mut random)];
            }
        }
    }
    world
}

fn operation(random: &mut Random) -> Fields {
    let mut fields = Fields::from([("ports".to_string(), vec!["80".to_string()])]);
    if random.chance(60) {
        fields.insert("methods".to_string(), random.some(&["GET", "POST"]));
    }
    if fields.len() == 1 || random.chance(60) {
        fields.insert("paths".to_string(), random.some(&["/pub", "/pub*", "/pub/*", "/x"]));
    }
    fields
}
