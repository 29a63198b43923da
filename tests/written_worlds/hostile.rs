//! Worlds with names and values at the edges: as long as Kubernetes allows, dotted, taken for numbers or
//! truth by a reader of YAML, with quotes, and many at once.
//!
//! Names are changed all over a world, so that policies still select what they selected.

use crate::worlds::generate;
use crate::worlds::random::Random;
use crate::worlds::world::{Fields, LabelTest, Labels, Peer, World};
use std::collections::BTreeMap;

/// Paths of files, as they come to stand in an annotation.
pub(crate) const PATHS: [&str; 8] = [
    "input.yaml",
    "règles/市场 №1.yaml",
    "a: b.yaml",
    "it's \"quoted\" # not a comment.yaml",
    "- list, {flow}: [x].yaml",
    "back\\slash\ttab.yaml",
    "null",
    "%2e%2e/@x/*.yaml",
];

/// Names of namespaces, labels of DNS: words that YAML reads as something else, and the longest.
const NAMESPACES: [&str; 10] = [
    "on",
    "no",
    "y",
    "null",
    "1e3",
    "0x1f",
    "007",
    "2001-12-14",
    "x-1--y",
    "n2345678901234567890123456789012345678901234567890123456789012",
];

/// Names of accounts: DNS names, which have dots, and are longer than a label's value may be.
const ACCOUNTS: [&str; 8] = [
    "true",
    "1.10",
    "0o17",
    "a.b.c",
    "build-robot.v1.example",
    "s2345678901234567890123456789012345678901234567890123456789012",
    "s234567890123456789012345678901234567890123456789012345678901234",
    "123456789012345678901234567890",
];

/// Values of labels.
const VALUES: [&str; 10] = [
    "",
    "1.10",
    "true",
    "No",
    "1e3",
    "0b11",
    "A_b.C-d",
    "190.20.30",
    "v2345678901234567890123456789012345678901234567890123456789012",
    "2024-01-01",
];

/// Keys of labels.
const KEYS: [&str; 6] = [
    "app.kubernetes.io/name",
    "on",
    "1",
    "k2345678901234567890123456789012345678901234567890123456789012",
    "A_b.C",
    "example.com/k2345678901234567890123456789012345678901234567890123456789012",
];

/// Values for each field of a source or an operation, and for each key of a condition.
const HARD: [(&str, &[&str]); 8] = [
    ("principals", &["cluster.local/ns/on/sa/1.10", "it's/ns/a/sa/\"x\"", "cluster.local/ns/é/sa/x", "a b"]),
    ("namespaces", &["null", "1e3", "0x1f", "it's", "a\"b", "x y", "*-long", "é", "a_b", "Upper", "a.b"]),
    ("serviceAccounts", &["on/1.10", "a.b.c", "no/true"]),
    (
        "ipBlocks",
        &["10.1.2.3/8", "10.9.9.9/8", "::ffff:10.0.0.1", "2001:DB8::/32", "::/0", "0.0.0.0/1", "128.0.0.0/1"],
    ),
    ("ports", &["1", "65535", "0080", "8080", "15008", "15021", "22", "6443"]),
    ("methods", &["get", "GET", "PROPFIND", "M-SEARCH", "on", "é"]),
    (
        "paths",
        &[
            "/it's",
            "/a\"b",
            "/a b",
            "/a?b",
            "/a#b",
            "/%2e%2e/x",
            "/é",
            "/a;b",
            "//",
            "/x/{*}",
            "/x/{**}",
            "x",
            "/a: b",
        ],
    ),
    ("hosts", &["on", "1.10", "*.example.com", "é.example"]),
];

/// Any world, under other names and with more values.
pub(crate) fn any(seed: u64) -> World {
    let mut random = Random::new(seed ^ 0x0068_6f73_7469_6c65);
    let mut world = generate::any(seed);
    let names = Names::new(&mut random);
    names.rename(&mut world);
    for index in 0..world.authorization.len() {
        let name = policy_name(index, &mut random);
        let policy = &mut world.authorization[index];
        policy.name = name;
        for rule in &mut policy.rules {
            for fields in rule.from.iter_mut().chain(&mut rule.to) {
                harden(fields, &mut random);
            }
        }
    }
    for (index, policy) in world.peer_authentication.iter_mut().enumerate() {
        policy.name = policy_name(index, &mut random);
    }
    world
}

/// A DNS name of its own for each index, up to 253 characters long.
fn policy_name(index: usize, random: &mut Random) -> String {
    let label = |letter: char, length: usize| letter.to_string().repeat(length);
    let stem = match random.below(9) {
        0 => "on".to_string(),
        1 => "1e".to_string(),
        2 => "0x".to_string(),
        3 => "a.b.c".to_string(),
        4 => "default.p".to_string(),
        5 => label('p', 62),
        6 => [label('p', 63), label('q', 63), label('r', 63), label('s', 60)].join("."),
        7 => label('w', 252),
        _ => format!("{}.x", label('d', 240)),
    };
    format!("{stem}{index}")
}

/// Hard values beside those of a field, now and then very many.
fn harden(fields: &mut Fields, random: &mut Random) {
    for (name, values) in fields {
        let positive = name.strip_prefix("not").unwrap_or(name).to_lowercase();
        let Some((field, pool)) = HARD.iter().find(|(field, _)| field.to_lowercase() == positive) else {
            continue;
        };
        if random.chance(35) {
            values.push((*random.pick(pool)).to_string());
        }
        if random.chance(8) {
            let count = *random.pick(&[16, 60, 260]);
            values.extend((0..count).filter_map(|number| many(field, number)));
        }
    }
}

/// One of many values of a field, by its number.
fn many(field: &str, number: usize) -> Option<String> {
    match field {
        "principals" => Some(format!("cluster.local/ns/space-{}/sa/robot.{number}", number % 7)),
        "namespaces" => Some(format!("space-{number}")),
        "ipBlocks" if number % 5 == 4 => Some(format!("2001:db8:{number:x}::/48")),
        "ipBlocks" => Some(format!("10.{}.{}.0/24", number / 200, number % 200)),
        "ports" => Some((8000 + 2 * number).to_string()),
        "methods" => Some(format!("VERB{number}")),
        "paths" => Some(format!("/{}{number}", "long/".repeat(number % 250))),
        // Istio takes 16 accounts at most.
        "serviceAccounts" if number < 14 => Some(format!("space/robot.{number}")),
        _ => None,
    }
}

/// New names for those that the generator gives.
struct Names {
    namespaces: BTreeMap<String, String>,
    accounts: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
}

/// Some of the names with another of the pool each; no two with the same.
fn renamed(old: &[&str], pool: &[&str], random: &mut Random) -> BTreeMap<String, String> {
    let mut free: Vec<&str> = pool.to_vec();
    let mut found = BTreeMap::new();
    for name in old {
        if random.chance(70) {
            let new = free.remove(random.below(free.len()));
            found.insert((*name).to_string(), new.to_string());
        }
    }
    found
}

fn rename_to(text: &mut String, names: &BTreeMap<String, String>) {
    if let Some(new) = names.get(text) {
        text.clone_from(new);
    }
}

impl Names {
    fn new(random: &mut Random) -> Self {
        Self {
            namespaces: renamed(&["a", "b", "pay", "out"], &NAMESPACES, random),
            accounts: renamed(&generate::ACCOUNTS, &ACCOUNTS, random),
            values: renamed(&generate::APPS, &VALUES, random),
            keys: renamed(&["app", "tier"], &KEYS, random),
        }
    }

    fn rename(&self, world: &mut World) {
        for namespace in &mut world.namespaces {
            rename_to(&mut namespace.name, &self.namespaces);
        }
        for pod in &mut world.pods {
            rename_to(&mut pod.namespace, &self.namespaces);
            rename_to(&mut pod.account, &self.accounts);
            self.labels(&mut pod.labels);
        }
        for service in &mut world.services {
            rename_to(&mut service.namespace, &self.namespaces);
            self.labels(&mut service.selector);
        }
        for set in &mut world.network_sets {
            set.namespace.iter_mut().for_each(|name| rename_to(name, &self.namespaces));
            self.labels(&mut set.labels);
        }
        for policy in &mut world.peer_authentication {
            rename_to(&mut policy.namespace, &self.namespaces);
            self.labels(&mut policy.selector);
        }
        for policy in &mut world.calico_policies {
            policy.namespace.iter_mut().for_each(|name| rename_to(name, &self.namespaces));
        }
        self.authorization(world);
        self.network_policies(world);
    }

    fn authorization(&self, world: &mut World) {
        for policy in &mut world.authorization {
            rename_to(&mut policy.namespace, &self.namespaces);
            self.labels(&mut policy.selector);
            for rule in &mut policy.rules {
                for fields in &mut rule.from {
                    fields.values_mut().flatten().for_each(|value| self.value(value));
                }
                for condition in &mut rule.when {
                    let values = condition.values.iter_mut().chain(&mut condition.not_values);
                    values.for_each(|value| self.value(value));
                }
            }
        }
    }

    fn network_policies(&self, world: &mut World) {
        for policy in &mut world.network_policies {
            rename_to(&mut policy.namespace, &self.namespaces);
            policy.pods.iter_mut().for_each(|test| self.test(test));
            for peer in policy.ingress.iter_mut().flat_map(|(peers, _)| peers) {
                match peer {
                    Peer::Pods(tests) => tests.iter_mut().for_each(|test| self.test(test)),
                    Peer::Namespace(name) => rename_to(name, &self.namespaces),
                    Peer::Block(_) => {}
                }
            }
        }
    }

    fn labels(&self, labels: &mut Labels) {
        let renamed = std::mem::take(labels).into_iter().map(|(mut key, mut value)| {
            rename_to(&mut key, &self.keys);
            rename_to(&mut value, &self.values);
            (key, value)
        });
        *labels = renamed.collect();
    }

    fn test(&self, test: &mut LabelTest) {
        match test {
            LabelTest::In(key, values) | LabelTest::NotIn(key, values) => {
                rename_to(key, &self.keys);
                for value in values {
                    rename_to(value, &self.values);
                }
            }
            LabelTest::Exists(key) | LabelTest::DoesNotExist(key) => rename_to(key, &self.keys),
        }
    }

    /// A value that may name a namespace and an account: both as they stand and in a principal.
    fn value(&self, value: &mut String) {
        let parts: Vec<&str> = value.split('/').collect();
        let new = |name: &str, names: &BTreeMap<String, String>| {
            names.get(name).cloned().unwrap_or_else(|| name.to_string())
        };
        *value = match parts.as_slice() {
            [domain, "ns", namespace, "sa", account] => {
                let (namespace, account) = (new(namespace, &self.namespaces), new(account, &self.accounts));
                format!("{domain}/ns/{namespace}/sa/{account}")
            }
            [domain, "ns", namespace, rest] => {
                format!("{domain}/ns/{}/{rest}", new(namespace, &self.namespaces))
            }
            [namespace, account] if namespace.parse::<std::net::IpAddr>().is_err() => {
                format!("{}/{}", new(namespace, &self.namespaces), new(account, &self.accounts))
            }
            [name] if self.namespaces.contains_key(*name) => new(name, &self.namespaces),
            [name] => new(name, &self.accounts),
            _ => return,
        };
    }
}
