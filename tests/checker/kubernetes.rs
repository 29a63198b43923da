//! The checker where Kubernetes' own NetworkPolicy is the target: random policies stand in place of the
//! mesh, written by nobody, and every difference has to be told; then with changes, each of one kind of
//! slip, which have to show.

use crate::brute;
use crate::mutants::Tried;
use crate::run::{self, Checked, Setting};
use crate::worlds::random::Random;
use crate::worlds::requests::PORTS;
use crate::worlds::world::{ROOT, World};
use crate::{Fault, any, fault, number, report, seeds, unannounced};
use serde_json::{Value, json};
use unmesh::config::{L7, Layout};

const SETTING: Setting = Setting { target: "kubernetes", layout: Layout::Portable, l7: L7::Unstated };
const NAMESPACES: [&str; 5] = ["a", "b", "pay", "out", ROOT];

/// A world without policies that Kubernetes has no notion of. Which of two PeerAuthentications acts is
/// told in it: where it is not, the naive evaluators know more than the input says.
fn world(seed: u64) -> World {
    let mut world = any(seed);
    world.calico_policies.clear();
    world.network_sets.clear();
    world.peer_authentication.iter_mut().for_each(|policy| policy.dated = true);
    world
}

fn selector(random: &mut Random) -> Value {
    match random.below(8) {
        0 | 1 => json!({}),
        2 | 3 => json!({ "matchLabels": { "app": random.pick(&["web", "db"]) } }),
        4 => {
            json!({ "matchExpressions": [{ "key": "app", "operator": "In", "values": random.some(&["web", "db", "api"]) }] })
        }
        5 => json!({ "matchExpressions": [{ "key": "tier", "operator": "NotIn", "values": ["p"] }] }),
        6 => {
            json!({ "matchExpressions": [{ "key": "tier", "operator": random.pick(&["Exists", "DoesNotExist"]) }] })
        }
        _ => {
            json!({ "matchLabels": { "app": "web" }, "matchExpressions": [{ "key": "tier", "operator": "Exists" }] })
        }
    }
}

fn namespaces(random: &mut Random) -> Value {
    let name = "kubernetes.io/metadata.name";
    match random.below(4) {
        0 => json!({}),
        1 => json!({ "matchLabels": { name: random.pick(&NAMESPACES) } }),
        _ => {
            let operator = random.pick(&["In", "NotIn"]);
            json!({ "matchExpressions": [{ "key": name, "operator": operator, "values": random.some(&NAMESPACES) }] })
        }
    }
}

fn peer(random: &mut Random) -> Value {
    match random.below(6) {
        0 => json!({ "podSelector": selector(random) }),
        1 | 2 => json!({ "namespaceSelector": namespaces(random) }),
        3 => json!({ "namespaceSelector": namespaces(random), "podSelector": selector(random) }),
        4 => {
            json!({ "ipBlock": { "cidr": random.pick(&["10.0.0.0/8", "203.0.113.0/24", "2001:db8::/32"]) } })
        }
        _ => {
            let except = random.some(&["10.1.1.0/30", "203.0.113.0/24", "198.51.100.0/24"]);
            json!({ "ipBlock": { "cidr": "0.0.0.0/0", "except": except } })
        }
    }
}

fn port(random: &mut Random) -> Value {
    match random.below(6) {
        0 => json!({ "port": 80 }),
        1 => json!({ "port": 3306, "protocol": "TCP" }),
        2 => json!({ "port": 80, "endPort": *random.pick(&[80, 3306, 9998]) }),
        3 => json!({ "port": *random.pick(&[80, 7000]), "protocol": "UDP" }),
        4 => json!({ "protocol": random.pick(&["TCP", "UDP"]) }),
        _ => json!({ "port": 7000, "endPort": 9999, "protocol": random.pick(&["TCP", "UDP"]) }),
    }
}

/// A rule that names the ports that are asked, so that each of them has a verdict of its own, whatever ranges
/// hold it.
fn mention() -> Value {
    let entry = |(port, protocol): (u16, &str)| json!({ "port": port, "protocol": protocol });
    let ports = PORTS.into_iter().flat_map(|port| [(port, "TCP"), (port, "UDP")]).map(entry);
    json!({ "from": [{ "ipBlock": { "cidr": "192.0.2.250/32" } }], "ports": ports.collect::<Vec<Value>>() })
}

fn policies(seed: u64) -> Vec<Value> {
    let mut random = Random::new(seed ^ 0x6b75_6265);
    let mut made = Vec::new();
    for index in 0..=random.below(4) {
        let rule = |random: &mut Random| {
            let mut rule = json!({});
            if random.chance(85) {
                rule["from"] = (0..=random.below(2)).map(|_| peer(random)).collect();
            }
            if random.chance(50) {
                rule["ports"] = (0..=random.below(2)).map(|_| port(random)).collect();
            }
            rule
        };
        let mut spec = json!({ "podSelector": selector(&mut random) });
        if random.chance(85) {
            let mut rules: Vec<Value> = (0..=random.below(2)).map(|_| rule(&mut random)).collect();
            rules.push(mention());
            spec["ingress"] = rules.into();
        }
        if random.chance(60) {
            let types =
                [json!(["Ingress"]), json!(["Ingress"]), json!(["Ingress", "Egress"]), json!(["Egress"])];
            spec["policyTypes"] = random.pick(&types).clone();
        }
        made.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": format!("p{index}"), "namespace": random.pick(&NAMESPACES[..3]) },
            "spec": spec,
        }));
    }
    made
}

/// How many requests and worlds were looked at.
#[derive(Default)]
struct Looked {
    worlds: usize,
    witnesses: usize,
    unknown: usize,
    requests: usize,
}

impl Looked {
    fn take(&mut self, checked: &Checked) {
        self.worlds += 1;
        self.witnesses += checked.answer.differences.len();
        self.unknown += checked.answer.unknown.len();
    }
}

#[test]
fn what_the_checker_says_of_network_policies_is_so() {
    let mut looked = Looked::default();
    let mut faults = Vec::new();
    for seed in seeds() {
        let (world, documents) = (world(seed), policies(seed));
        let Some(checked) = run::verify_against(&world, SETTING, &documents) else { continue };
        looked.take(&checked);
        looked.requests += brute::decide(&world, SETTING, &documents, &checked.answer.readings).len();
        let what = fault(&world, SETTING, &checked);
        faults.extend(what.map(|what| Fault { seed, world, setting: SETTING, what }));
    }
    let Looked { worlds, witnesses, unknown, requests } = looked;
    println!("{worlds} worlds, {requests} requests, {witnesses} witnesses replayed, {unknown} unknown");
    report(faults, &|first, world| {
        fault(world, SETTING, &run::verify_against(world, SETTING, &policies(first.seed))?)
    });
    assert!(witnesses > 0 || seeds().count() < 10, "worlds without differences test nothing");
}

/// A policy with one change, and what it was; its last rules, so many, only name ports.
fn mutants(policy: &Value, naming: usize) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut with = |what: String, change: &dyn Fn(&mut Value)| {
        let mut copy = policy.clone();
        change(&mut copy);
        if copy != *policy {
            found.push((what, copy));
        }
    };
    with("selects every pod".to_string(), &|policy| policy["spec"]["podSelector"] = json!({}));
    with("is on egress alone".to_string(), &|policy| policy["spec"]["policyTypes"] = json!(["Egress"]));
    with("stands elsewhere".to_string(), &|policy| policy["metadata"]["namespace"] = json!("b"));
    with("allows everything".to_string(), &|policy| policy["spec"]["ingress"] = json!([{}, mention()]));
    with("allows nothing".to_string(), &|policy| policy["spec"]["ingress"] = json!([mention()]));
    let rules = policy["spec"]["ingress"].as_array().map_or(0, Vec::len);
    for rule in 0..rules.saturating_sub(naming) {
        let at = format!("/spec/ingress/{rule}");
        with(format!("loses rule {rule}"), &|policy| {
            policy["spec"]["ingress"].as_array_mut().unwrap().remove(rule);
        });
        for list in ["from", "ports"] {
            let pointer = format!("{at}/{list}");
            let count = policy.pointer(&pointer).and_then(Value::as_array).map_or(0, Vec::len);
            for entry in 0..count {
                // Without its last entry a list is everything.
                with(format!("loses {pointer}/{entry}"), &|policy| {
                    policy.pointer_mut(&pointer).unwrap().as_array_mut().unwrap().remove(entry);
                });
                for part in ["podSelector", "namespaceSelector", "endPort", "port", "protocol"] {
                    with(format!("loses {pointer}/{entry}/{part}"), &|policy| {
                        let entry = policy.pointer_mut(&format!("{pointer}/{entry}")).unwrap();
                        let entry = entry.as_object_mut().unwrap();
                        // What would be left is no policy.
                        if entry.len() > 1 && (part != "port" || !entry.contains_key("endPort")) {
                            entry.remove(part);
                        }
                    });
                }
                with(format!("loses {pointer}/{entry}/ipBlock/except"), &|policy| {
                    if let Some(block) = policy.pointer_mut(&format!("{pointer}/{entry}/ipBlock")) {
                        block.as_object_mut().unwrap().remove("except");
                    }
                });
            }
        }
    }
    found
}

/// What nobody tells of a change, in a world where the policies are `old` otherwise; `None` where all is
/// well. `meaningful` counts changes that decide some request otherwise.
fn untold(world: &World, old: &[Value], new: &[Value], meaningful: &mut usize) -> Option<String> {
    let checked = run::verify_against(world, SETTING, new)?;
    let decided = |documents| brute::decide(world, SETTING, documents, &checked.answer.readings);
    let changed = decided(old).iter().zip(&decided(new)).any(|(one, other)| one.is != other.is);
    *meaningful += usize::from(changed);
    fault(world, SETTING, &checked)
}

#[test]
fn changes_of_network_policies_show() {
    let count = usize::try_from(number("UNMESH_CHECKER_MUTANTS", 4)).unwrap();
    let (mut changes, mut meaningful) = (0, 0);
    let mut faults = Vec::new();
    for seed in seeds() {
        let (world, old) = (world(seed), policies(seed));
        let mut random = Random::new(seed);
        let mut all: Vec<(String, Vec<Value>)> = Vec::new();
        for index in 0..old.len() {
            for (what, policy) in mutants(&old[index], 1) {
                let mut new = old.clone();
                new[index] = policy;
                all.push((format!("p{index} {what}"), new));
            }
        }
        for _ in 0..count.min(all.len()) {
            let (what, new) = all.swap_remove(random.below(all.len()));
            changes += 1;
            let found = untold(&world, &old, &new, &mut meaningful);
            faults.extend(found.map(|found| Fault {
                seed,
                world: world.clone(),
                setting: SETTING,
                what: format!("{what}: {found}"),
            }));
        }
    }
    println!("{changes} changes, {meaningful} of them mean something else");
    report(faults, &|_, _| None);
    assert!(meaningful > 0 || seeds().count() < 10, "changes without a meaning test nothing");
}

/// A world without policies of Calico's, as what is written there is written for it.
fn written_for(seed: u64) -> World {
    let mut world = any(seed);
    world.calico_policies.clear();
    world.network_sets.clear();
    world
}

#[test]
fn every_difference_of_what_is_written_is_announced() {
    let (mut worlds, mut holding, mut differences, mut unknown) = (0, 0, 0, 0);
    let mut faults = Vec::new();
    for seed in seeds() {
        let world = written_for(seed);
        let Some(checked) = run::verify(&world, SETTING) else { continue };
        worlds += 1;
        holding += usize::from(checked.answer.differences.is_empty());
        differences += checked.answer.differences.len();
        unknown += checked.answer.unknown.len();
        let what = unannounced(&checked);
        faults.extend(what.map(|what| Fault { seed, world, setting: SETTING, what }));
    }
    println!(
        "{worlds} worlds written, {holding} of them without a difference; {differences} differences, {unknown} unknown"
    );
    report(faults, &|first, world| unannounced(&run::verify(world, first.setting)?));
}

#[test]
fn what_the_checker_says_of_what_is_written_is_so() {
    let mut looked = Looked::default();
    let mut faults = Vec::new();
    for seed in seeds() {
        let world = world(seed);
        let Some(checked) = run::verify(&world, SETTING) else { continue };
        looked.take(&checked);
        let what = fault(&world, SETTING, &checked);
        faults.extend(what.map(|what| Fault { seed, world, setting: SETTING, what }));
    }
    println!("{} worlds, {} witnesses replayed, {} unknown", looked.worlds, looked.witnesses, looked.unknown);
    report(faults, &|first, world| fault(world, first.setting, &run::verify(world, first.setting)?));
    assert!(looked.witnesses > 0 || seeds().count() < 10, "worlds without differences test nothing");
}

/// What was written, each time with one change.
fn written_otherwise(documents: &[Value]) -> Vec<(String, Vec<Value>)> {
    let mut found = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let name = document["metadata"]["name"].as_str().unwrap();
        for (what, policy) in mutants(document, 0) {
            let mut new = documents.to_vec();
            new[index] = policy;
            found.push((format!("{name} {what}"), new));
        }
        let mut new = documents.to_vec();
        new.remove(index);
        found.push((format!("{name} is gone"), new));
    }
    found
}

#[test]
fn changes_of_what_is_written_show() {
    let count = usize::try_from(number("UNMESH_CHECKER_MUTANTS", 4)).unwrap();
    let mut total = Tried::default();
    let mut faults = Vec::new();
    for seed in seeds() {
        let world = world(seed);
        let Some(original) = run::verify(&world, SETTING) else { continue };
        let mut random = Random::new(seed);
        let mut all = written_otherwise(&original.documents);
        let mut tried = Tried::default();
        for _ in 0..count.min(all.len()) {
            let (what, new) = all.swap_remove(random.below(all.len()));
            let Some(checked) = run::verify_against(&world, SETTING, &new) else { continue };
            tried.take(&what, &world, SETTING, &original.documents, &checked);
        }
        faults.extend(tried.fault.take().map(|what| Fault { seed, world, setting: SETTING, what }));
        total.add(&tried);
    }
    println!(
        "{} changes, {} of them mean something else, {} reported as announced by nobody",
        total.changes, total.meaningful, total.unannounced
    );
    report(faults, &|_, _| None);
    let shown = total.meaningful > 0 && total.unannounced > 0;
    assert!(shown || seeds().count() < 10, "changes without a meaning test nothing");
}
