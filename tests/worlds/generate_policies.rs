//! Random policies: Istio's with each attribute, positive and negative, and those in force beside.

use crate::worlds::generate::{ACCOUNTS, APPS, label_test};
use crate::worlds::random::Random;
use crate::worlds::world::{
    Action, Authorization, CalicoPolicy, Condition, Fields, Labels, Mode, NetworkPolicy, Peer,
    PeerAuthentication, ROOT, Rule, labels,
};

const NAMESPACES: [&str; 5] = ["a", "b", "pay", "out", ROOT];
const NETS: [&str; 7] =
    ["10.0.0.0/8", "10.1.1.0/30", "203.0.113.0/24", "2001:db8::/32", "fd00::/64", "0.0.0.0/0", "10.1.1.2"];
const PRINCIPALS: [&str; 14] = [
    "cluster.local/ns/a/sa/x",
    "cluster.local/ns/a/sa/z",
    "cluster.local/ns/b/sa/x",
    "cluster.local/ns/pay/sa/default",
    "cluster.local/ns/pay/sa/x",
    "cluster.local/ns/out/sa/default",
    "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
    "cluster.local/ns/b/*",
    "cluster.local/ns/istio-system/*",
    "*/sa/x",
    "*/ns/a/sa/default",
    "*",
    "other.domain/ns/a/sa/x",
    "cluster.local/*",
];
const SPACES: [&str; 9] = ["a", "b", "pay", "out", ROOT, "*", "p*", "*a", "*z"];
const PORT_WORDS: [&str; 3] = ["80", "3306", "9999"];

fn selector(random: &mut Random) -> Labels {
    match random.below(10) {
        0..4 => Labels::new(),
        4..9 => labels(&[("app", *random.pick(&APPS))]),
        _ => labels(&[("tier", "p")]),
    }
}

/// Any AuthorizationPolicy; HTTP attributes only with `l7`.
pub(crate) fn authorization(index: usize, action: Action, l7: bool, random: &mut Random) -> Authorization {
    let namespace = (*random.pick(&["a", "a", "a", "b", "pay", "out", ROOT])).to_string();
    let least = usize::from(action != Action::Allow || random.chance(90));
    let count = least + usize::from(least > 0 && random.chance(35));
    let mut rules: Vec<Rule> = (0..count).map(|_| rule(l7, random)).collect();
    if action == Action::Custom {
        // Istio refuses a CUSTOM policy that asks for an identity.
        for rule in &mut rules {
            for fields in &mut rule.from {
                fields.retain(|field, _| field.to_lowercase().ends_with("ipblocks"));
            }
            rule.from.retain(|fields| !fields.is_empty());
            let identity = ["source.namespace", "source.principal"];
            rule.when.retain(|condition| !identity.contains(&condition.key.as_str()));
        }
    }
    Authorization {
        name: format!("policy-{index}"),
        namespace,
        selector: selector(random),
        action,
        dry_run: matches!(action, Action::Allow | Action::Deny) && random.chance(4),
        rules,
    }
}

fn rule(l7: bool, random: &mut Random) -> Rule {
    let mut found = Rule::default();
    if random.chance(75) {
        for _ in 0..=usize::from(random.chance(25)) {
            found.from.push(source(random));
        }
    }
    if random.chance(60) {
        for _ in 0..=usize::from(random.chance(30)) {
            found.to.push(operation(l7, random));
        }
    }
    if random.chance(15) {
        found.when.push(condition(random));
    }
    found
}

fn put(fields: &mut Fields, name: &str, negative: usize, words: &[&str], random: &mut Random) {
    let not = format!("not{}{}", name[..1].to_uppercase(), &name[1..]);
    let key = if random.chance(negative) { not } else { name.to_string() };
    fields.insert(key, random.some(words));
}

fn source(random: &mut Random) -> Fields {
    let mut fields = Fields::new();
    match random.below(8) {
        0..3 => put(&mut fields, "principals", 30, &PRINCIPALS, random),
        3..5 => put(&mut fields, "namespaces", 35, &SPACES, random),
        5 => put(&mut fields, "serviceAccounts", 25, &["a/x", "x", "pay/default", "b/z"], random),
        6 => {
            put(&mut fields, "principals", 15, &PRINCIPALS, random);
            put(&mut fields, "namespaces", 60, &SPACES, random);
        }
        _ => {}
    }
    if fields.is_empty() || random.chance(25) {
        put(&mut fields, "ipBlocks", 40, &NETS, random);
    }
    fields
}

fn operation(l7: bool, random: &mut Random) -> Fields {
    let mut fields = Fields::new();
    if l7 && random.chance(60) {
        match random.below(6) {
            0 | 1 => put(&mut fields, "methods", 25, &["GET", "POST", "P*", "*"], random),
            2 | 3 => put(&mut fields, "paths", 25, &["/pub", "/pub*", "/pub/*", "/*", "*x", "/x"], random),
            4 => {
                put(&mut fields, "methods", 10, &["GET", "POST"], random);
                put(&mut fields, "paths", 10, &["/pub", "/pub/*", "/*"], random);
            }
            _ => put(&mut fields, "hosts", 25, &["shop.example", "*"], random),
        }
    }
    if fields.is_empty() || random.chance(40) {
        put(&mut fields, "ports", 30, &PORT_WORDS, random);
    }
    fields
}

fn condition(random: &mut Random) -> Condition {
    let (key, words): (&str, &[&str]) = match random.below(6) {
        0 => ("source.ip", &NETS),
        1 => ("source.namespace", &SPACES),
        2 => ("source.principal", &PRINCIPALS),
        3 => ("destination.port", &PORT_WORDS),
        4 => ("destination.ip", &NETS),
        _ => ("connection.sni", &["shop.example"]),
    };
    let mut found = Condition { key: key.to_string(), values: Vec::new(), not_values: Vec::new() };
    if random.chance(35) {
        found.not_values = random.some(words);
    } else {
        found.values = random.some(words);
        if random.chance(15) {
            found.not_values = random.some(words);
        }
    }
    found
}

pub(crate) fn peer_authentication(index: usize, random: &mut Random) -> PeerAuthentication {
    const MODES: [Mode; 6] =
        [Mode::Strict, Mode::Strict, Mode::Strict, Mode::Permissive, Mode::Disable, Mode::Unset];
    let selector = if random.chance(55) { Labels::new() } else { selector(random) };
    let mut ports = Vec::new();
    if !selector.is_empty() && random.chance(50) {
        ports.push((*random.pick(&[80, 3306, 9999]), *random.pick(&MODES)));
    }
    PeerAuthentication {
        name: format!("peers-{index}"),
        namespace: (*random.pick(&[ROOT, ROOT, "a", "a", "b", "pay"])).to_string(),
        selector,
        mode: random.chance(85).then(|| *random.pick(&MODES)),
        ports,
        made: index,
        dated: random.chance(50),
    }
}

pub(crate) fn network_policy(index: usize, random: &mut Random) -> NetworkPolicy {
    let pods = if random.chance(30) { Vec::new() } else { vec![label_test(random)] };
    let types: &[&str] = match random.below(10) {
        0..6 => &["Ingress"],
        6..9 => &[],
        _ => &["Egress"],
    };
    let peer = |random: &mut Random| match random.below(3) {
        0 => Peer::Pods(vec![label_test(random)]),
        1 => Peer::Namespace((*random.pick(&NAMESPACES)).to_string()),
        _ => Peer::Block((*random.pick(&["10.0.0.0/8", "203.0.113.0/24"])).to_string()),
    };
    let ingress = random.chance(75).then(|| {
        let peers = (0..random.below(3)).map(|_| peer(random)).collect();
        let ports = if random.chance(40) { vec![*random.pick(&[80, 3306])] } else { Vec::new() };
        (peers, ports)
    });
    NetworkPolicy {
        name: format!("isolate-{index}"),
        namespace: (*random.pick(&["a", "a", "b", "pay", ROOT])).to_string(),
        pods,
        types: types.iter().map(ToString::to_string).collect(),
        ingress,
    }
}

/// A user's own Calico policy, before or after the bands.
pub(crate) fn calico_policy(random: &mut Random) -> CalicoPolicy {
    let namespace = random.chance(60).then(|| (*random.pick(&["a", "b", "pay"])).to_string());
    let selector = random.pick(&["all()", "app == 'web'", "app in {'web', 'db'} && !has(tier)", "has(tier)"]);
    let count = random.below(3);
    let rule = |random: &mut Random| {
        let action = (*random.pick(&["Allow", "Deny", "Deny", "Pass"])).to_string();
        let from = random.chance(40).then(|| format!("app == '{}'", random.pick(&APPS)));
        let net = random.chance(30).then(|| "10.0.0.0/8".to_string());
        (action, from, net)
    };
    CalicoPolicy {
        name: "own".to_string(),
        namespace,
        tier: None,
        order: *random.pick(&[Some(100), Some(300), Some(521), Some(600), Some(2000), None]),
        selector: (*selector).to_string(),
        rules: (0..count).map(|_| rule(random)).collect(),
    }
}

/// An AuthorizationPolicy of which every part has an exact form in Calico.
pub(crate) fn exact_authorization(index: usize, action: Action, random: &mut Random) -> Authorization {
    let rule = |random: &mut Random| {
        let mut found = Rule::default();
        if random.chance(80) {
            let mut fields = Fields::new();
            let names: Vec<String> = ["a", "b", "pay"]
                .iter()
                .flat_map(|space| ACCOUNTS.map(|account| format!("cluster.local/ns/{space}/sa/{account}")))
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            match random.below(4) {
                0 => put(&mut fields, "principals", 0, &names, random),
                1 => put(&mut fields, "namespaces", 0, &["a", "b", "pay"], random),
                2 => put(&mut fields, "serviceAccounts", 0, &["a/x", "b/z", "pay/default"], random),
                _ => {}
            }
            if fields.is_empty() || random.chance(30) {
                put(&mut fields, "ipBlocks", 0, &NETS, random);
            }
            found.from.push(fields);
        }
        if random.chance(50) {
            let mut fields = Fields::new();
            put(&mut fields, "ports", 0, &PORT_WORDS, random);
            found.to.push(fields);
        }
        found
    };
    let count = usize::from(action != Action::Allow || random.chance(90));
    Authorization {
        name: format!("policy-{index}"),
        namespace: (*random.pick(&["a", "a", "b", "pay", ROOT])).to_string(),
        selector: selector(random),
        action,
        dry_run: false,
        rules: (0..count).map(|_| rule(random)).collect(),
    }
}
