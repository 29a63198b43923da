//! Random worlds: five namespaces, pods with and without a proxy, twins, network sets, policies.

use crate::worlds::generate_policies as policies;
use crate::worlds::random::Random;
use crate::worlds::requests::PORTS;
use crate::worlds::world::{
    Action, Declared, LabelTest, Mode, Namespace, NetworkSet, Pod, ROOT, Service, Shown, Tier, Wish, World,
    labels,
};
use std::net::IpAddr;

pub(crate) const APPS: [&str; 3] = ["web", "db", "job"];
pub(crate) const ACCOUNTS: [&str; 3] = ["x", "z", "default"];

/// Anything that may be in a cluster.
pub(crate) fn any(seed: u64) -> World {
    let mut random = Random::new(seed);
    let mut world = empty(namespaces(&mut random));
    world.closed = random.chance(25);
    if world.closed {
        for namespace in &mut world.namespaces {
            namespace.injects &= namespace.shown != Shown::Disabled;
        }
    }
    pods(&mut world, &mut random);
    for _ in 0..random.below(5) {
        let service = service(&world, &mut random);
        world.services.push(service);
    }
    if random.chance(40) {
        world.network_sets.push(network_set(&mut random));
    }
    let l7 = random.chance(50);
    for index in 0..random.below(5) {
        let action =
            *random.pick(&[Action::Allow, Action::Allow, Action::Deny, Action::Deny, Action::Custom]);
        let action = if random.chance(4) { Action::Audit } else { action };
        let policy = policies::authorization(index, action, l7, &mut random);
        world.authorization.push(policy);
    }
    if random.chance(50) {
        for index in 0..=random.below(3) {
            let policy = policies::peer_authentication(index, &mut random);
            world.peer_authentication.push(policy);
        }
    }
    if random.chance(35) {
        for index in 0..=random.below(2) {
            let policy = policies::network_policy(index, &mut random);
            world.network_policies.push(policy);
        }
    }
    if random.chance(12) {
        let policy = policies::calico_policy(&mut random);
        world.calico_policies.push(policy);
    }
    tiers(&mut world, 20, &mut Random::new(!seed));
    settle(&mut world, &mut random);
    if world.closed {
        // Whoever gives all namespaces of the mesh has no sidecars in others.
        let outside = world.namespaces.iter().filter(|namespace| !namespace.injects);
        let outside: Vec<String> = outside.map(|namespace| namespace.name.clone()).collect();
        for pod in world.pods.iter_mut().filter(|pod| outside.contains(&pod.namespace)) {
            pod.wish = if pod.wish == Wish::In { Wish::Unsaid } else { pod.wish };
        }
    }
    world
}

/// A world in which everything is shown and every policy has an exact form.
pub(crate) fn exact(seed: u64) -> World {
    let mut random = Random::new(seed);
    let shown = |name: &str| Namespace { name: name.to_string(), shown: Shown::Enabled, injects: true };
    let root = Namespace { name: ROOT.to_string(), shown: Shown::Unlabelled, injects: false };
    let mut world = empty(vec![shown("a"), shown("b"), shown("pay"), root]);
    world.closed = true;
    let mut serial = 0;
    for namespace in ["a", "b", "pay"] {
        for app in APPS {
            let account = *random.pick(&ACCOUNTS);
            let pod = pod(&mut serial, namespace, app, account);
            world.pods.push(pod);
        }
    }
    for index in 0..=random.below(4) {
        let action = if random.chance(60) { Action::Allow } else { Action::Deny };
        let policy = policies::exact_authorization(index, action, &mut random);
        world.authorization.push(policy);
    }
    for (index, namespace) in [ROOT, "a", "b"].iter().enumerate() {
        if random.chance(25) {
            let mode = *random.pick(&[Mode::Strict, Mode::Strict, Mode::Permissive]);
            let mut policy = policies::peer_authentication(index, &mut random);
            policy.namespace = (*namespace).to_string();
            policy.selector.clear();
            policy.ports.clear();
            policy.mode = Some(mode);
            world.peer_authentication.push(policy);
        }
    }
    world
}

/// Such a world with other policies in force, of which the layout of two tiers is an AND.
pub(crate) fn exact_beside_others(seed: u64) -> World {
    let mut world = exact(seed);
    let mut random = Random::new(!seed);
    tiers(&mut world, 70, &mut random);
    for tier in &mut world.tiers {
        tier.shown = true;
    }
    for index in 0..random.below(3) {
        let policy = policies::network_policy(index, &mut random);
        world.network_policies.push(policy);
    }
    if random.chance(50) {
        let policy = policies::calico_policy(&mut random);
        world.calico_policies.push(policy);
    }
    world
}

/// An exact world in which policies in force select pods that several ALLOW policies select.
pub(crate) fn in_force(seed: u64) -> World {
    let mut world = exact(seed);
    let mut random = Random::new(seed ^ 0x5eed);
    for pod in &mut world.pods {
        if random.chance(40) {
            pod.labels.insert("tier".to_string(), (*random.pick(&["p", "q"])).to_string());
        }
    }
    for index in 0..=random.below(4) {
        let mut policy = policies::exact_authorization(10 + index, Action::Allow, &mut random);
        policy.namespace = (*random.pick(&["a", "a", "a", ROOT])).to_string();
        if random.chance(20) {
            policy.selector.insert("tier".to_string(), "p".to_string());
        }
        world.authorization.push(policy);
    }
    for index in 0..=random.below(2) {
        let mut policy = policies::network_policy(index, &mut random);
        policy.namespace = (*random.pick(&["a", "a", "a", "b"])).to_string();
        world.network_policies.push(policy);
    }
    if random.chance(15) {
        let mut policy = policies::calico_policy(&mut random);
        policy.order = *random.pick(&[Some(600), Some(2000), None]);
        world.calico_policies.push(policy);
    }
    world
}

/// Tiers of a user's own with a policy each, some at places that unmesh's have by themselves.
fn tiers(world: &mut World, percent: usize, random: &mut Random) {
    const PLACES: [(&str, Option<f64>); 8] = [
        ("early", Some(5.0)),
        ("below", Some(-7.5)),
        ("same", Some(20.0)),
        ("between", Some(15.0)),
        ("middle", Some(100.0)),
        ("middle", Some(100.0)),
        ("late", Some(2_000_000.0)),
        ("last", None),
    ];
    for round in 0..2 {
        if !random.chance(percent) {
            continue;
        }
        let (name, order) = *random.pick(&PLACES);
        if world.tiers.iter().any(|tier| tier.name == name) {
            continue;
        }
        let (passes, shown) = (random.chance(50), random.chance(80));
        world.tiers.push(Tier { name: name.to_string(), order, passes, shown });
        let mut policy = policies::calico_policy(random);
        policy.name = format!("{name}.own-{round}");
        policy.tier = Some(name.to_string());
        world.calico_policies.push(policy);
    }
}

fn empty(namespaces: Vec<Namespace>) -> World {
    World {
        namespaces,
        pods: Vec::new(),
        services: Vec::new(),
        network_sets: Vec::new(),
        authorization: Vec::new(),
        peer_authentication: Vec::new(),
        network_policies: Vec::new(),
        tiers: Vec::new(),
        calico_policies: Vec::new(),
        closed: false,
    }
}

/// Two in the mesh, one that the input does not show, one without labels, the control plane's.
fn namespaces(random: &mut Random) -> Vec<Namespace> {
    let named = |name: &str, shown, injects| Namespace { name: name.to_string(), shown, injects };
    let second = *random.pick(&[Shown::Enabled, Shown::Enabled, Shown::Unlabelled]);
    let second_injects = second == Shown::Enabled || random.chance(50);
    let outside = *random.pick(&[Shown::Unlabelled, Shown::Unlabelled, Shown::Disabled]);
    vec![
        named("a", Shown::Enabled, true),
        named("b", second, second_injects),
        named("pay", Shown::No, random.chance(60)),
        named("out", outside, false),
        named(ROOT, Shown::Unlabelled, false),
    ]
}

fn pod(serial: &mut u8, namespace: &str, app: &str, account: &str) -> Pod {
    *serial += 1;
    let v4: IpAddr = format!("10.1.1.{serial}").parse().unwrap();
    let v6: IpAddr = format!("fd00::{serial}").parse().unwrap();
    Pod {
        name: format!("{app}-{serial}"),
        namespace: namespace.to_string(),
        account: account.to_string(),
        labels: labels(&[("app", app)]),
        wish: Wish::Unsaid,
        gateway: false,
        shown: true,
        excluded: Vec::new(),
        addresses: [v4, v6],
    }
}

fn pods(world: &mut World, random: &mut Random) {
    let mut serial = 0;
    for namespace in ["a", "a", "a", "b", "b", "pay", "pay", "out"] {
        if random.chance(15) {
            continue;
        }
        let (app, account) = (*random.pick(&APPS), *random.pick(&ACCOUNTS));
        let mut one = pod(&mut serial, namespace, app, account);
        if random.chance(30) {
            one.labels.insert("tier".to_string(), (*random.pick(&["p", "q"])).to_string());
        }
        one.wish = *random.pick(&[Wish::Unsaid, Wish::Unsaid, Wish::Unsaid, Wish::Out, Wish::In]);
        one.shown = namespace != "pay" || random.chance(50);
        if !one.shown {
            // A template that says something of its own has to be in the input to be known.
            one.wish = Wish::Unsaid;
        }
        if random.chance(20) && one.shown {
            one.excluded = vec![*random.pick(&[9999, 80])];
        }
        if random.chance(20) && one.shown {
            // The same labels and perhaps account, the other way about.
            let mut twin = pod(&mut serial, namespace, app, account);
            twin.labels = one.labels.clone();
            twin.wish = if one.wish == Wish::Out { Wish::Unsaid } else { Wish::Out };
            if random.chance(40) {
                twin.account = (*random.pick(&ACCOUNTS)).to_string();
            }
            world.pods.push(twin);
        }
        world.pods.push(one);
    }
    if random.chance(70) {
        let mut gateway = pod(&mut serial, ROOT, "gateway", "istio-ingressgateway-service-account");
        gateway.labels.insert("istio".to_string(), "ingressgateway".to_string());
        gateway.gateway = true;
        world.pods.push(gateway);
    }
    if random.chance(50) {
        let mut watcher = pod(&mut serial, ROOT, "web", "x");
        watcher.wish = *random.pick(&[Wish::Unsaid, Wish::Out, Wish::In]);
        world.pods.push(watcher);
    }
}

fn service(world: &World, random: &mut Random) -> Service {
    let namespace = (*random.pick(&["a", "a", "b", "pay"])).to_string();
    let app = *random.pick(&APPS);
    let mut selector = labels(&[("app", app)]);
    if random.chance(10) {
        selector.insert("tier".to_string(), "p".to_string());
    }
    Service {
        name: format!("service-{}", world.services.len()),
        namespace,
        selector,
        port: *random.pick(&PORTS),
        declared: *random.pick(&[Declared::Http, Declared::Http, Declared::Tcp, Declared::Nothing]),
    }
}

fn network_set(random: &mut Random) -> NetworkSet {
    let namespace = random.chance(75).then(|| (*random.pick(&["a", "b", "pay"])).to_string());
    NetworkSet {
        name: "set".to_string(),
        namespace,
        labels: labels(&[("app", *random.pick(&APPS))]),
        nets: random.some(&["203.0.113.0/24", "2001:db8::/32", "10.1.1.0/28", "198.51.100.7/32"]),
    }
}

/// Makes the truth agree with what the input proves: a namespace without a label whose input
/// shows nothing of Istio's has no sidecars of its own accord.
fn settle(world: &mut World, random: &mut Random) {
    let policies = world.authorization.iter().map(|policy| policy.namespace.clone());
    let with_policy: Vec<String> =
        policies.chain(world.peer_authentication.iter().map(|policy| policy.namespace.clone())).collect();
    for namespace in &mut world.namespaces {
        let silent = !with_policy.contains(&namespace.name) && !world.closed;
        if namespace.shown == Shown::Unlabelled && silent {
            namespace.injects = false;
        }
    }
    // Ages in any order, whatever the order of the files.
    let count = world.peer_authentication.len();
    let shift = random.below(count.max(1));
    for (index, policy) in world.peer_authentication.iter_mut().enumerate() {
        policy.made = (index + shift) % count;
    }
}

pub(crate) fn label_test(random: &mut Random) -> LabelTest {
    let app = || "app".to_string();
    match random.below(5) {
        0 => LabelTest::NotIn(app(), random.some(&APPS)),
        1 => LabelTest::Exists("tier".to_string()),
        2 => LabelTest::DoesNotExist("tier".to_string()),
        _ => LabelTest::In(app(), random.some(&APPS)),
    }
}
