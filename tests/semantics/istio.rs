//! Istio: what the proxy decides. Facts are those of `docs/facts.md` and of Istio's sources.

mod ambient;
mod announced;
mod attributes;
mod chains;
mod identities;
mod mutual_tls;
mod selection;
mod world;

use world::World;

/// A fact, the policies that show it, requests, and what is said of each.
struct Row {
    fact: &'static str,
    policies: &'static str,
    asked: &'static [(&'static str, &'static str)],
}

/// Checks all rows, and tells all that are wrong.
fn check(rows: &[Row]) {
    check_in("cluster.local", rows);
}

fn check_in(trust_domain: &str, rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let world = World::in_trust_domain(row.policies, trust_domain);
        for (request, expected) in row.asked {
            let said = world.ask(request);
            if said != *expected {
                wrong.push(format!("{}\n  {request}\n  expected {expected}\n  found    {said}", row.fact));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
