//! What the policies of a folder name, as values that requests can carry: each value itself, one that
//! a pattern matches, a neighbour, and absence.

use crate::claims::Claims;
use crate::scene::Http;
use crate::worlds::random::Random;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use unmesh::istio::Resources;
use unmesh::istio::authorization_policy::{Condition, Key, Operation};
use unmesh::yaml::fields::Leaf;

/// Values by what they are of.
pub(crate) struct Named {
    pub(crate) blocks: Vec<IpNet>,
    /// Addresses at the edges of blocks, and two that nobody names.
    pub(crate) outside: BTreeSet<IpAddr>,
    methods: Vec<String>,
    paths: Vec<String>,
    hosts: Vec<String>,
    server_names: Vec<String>,
    headers: BTreeMap<String, Vec<String>>,
    claims: Claims,
}

type Texts = BTreeSet<String>;

/// The methods that Envoy takes, whatever the policies name.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];

impl Named {
    pub(crate) fn of(resources: &Resources) -> Self {
        let mut found = Gathered::default();
        for rule in resources.authorization_policies.iter().flat_map(|policy| policy.rules.iter().flatten()) {
            for source in &rule.from {
                for list in [
                    &source.ip_blocks,
                    &source.not_ip_blocks,
                    &source.remote_ip_blocks,
                    &source.not_remote_ip_blocks,
                ] {
                    found.blocks(list);
                }
            }
            rule.to.iter().for_each(|operation| found.operation(operation));
            rule.when.iter().for_each(|condition| found.condition(condition));
        }
        let with = |texts: Texts, plain: &[&str]| {
            let plain = plain.iter().map(|text| (*text).to_string());
            texts.into_iter().chain(plain).collect::<Texts>().into_iter().collect::<Vec<_>>()
        };
        let mut outside: BTreeSet<IpAddr> =
            ["203.0.113.77", "2001:db8::77"].map(|text| text.parse().unwrap()).into();
        outside.extend(found.blocks.iter().flat_map(edges));
        Self {
            blocks: found.blocks,
            outside,
            methods: METHODS.map(str::to_string).into(),
            paths: with(found.paths, &["/", "/other"]),
            hosts: with(found.hosts, &["other.example"]),
            server_names: with(found.server_names, &["other.example"]),
            headers: found
                .headers
                .into_iter()
                .map(|(name, values)| (name, with(values, &["other"])))
                .collect(),
            claims: Claims::of(resources),
        }
    }

    pub(crate) fn http(&self, random: &mut Random) -> Http {
        let mut headers = BTreeMap::new();
        for (name, values) in &self.headers {
            if random.chance(60) {
                headers.insert(name.clone(), random.pick(values).clone());
            }
        }
        Http {
            method: random.pick(&self.methods).clone(),
            path: random.pick(&self.paths).clone(),
            host: random.pick(&self.hosts).clone(),
            headers,
            forwarded: random.chance(30).then(|| self.forwarded(random)),
            token: random.chance(60).then(|| self.claims.token(random)),
        }
    }

    /// One address or two, at the edges of blocks among others.
    fn forwarded(&self, random: &mut Random) -> String {
        let all: Vec<&IpAddr> = self.outside.iter().collect();
        let last = random.pick(&all).to_string();
        if random.chance(30) { format!("{}, {last}", random.pick(&all)) } else { last }
    }

    pub(crate) fn sni(&self, random: &mut Random) -> Option<String> {
        random.chance(80).then(|| random.pick(&self.server_names).clone())
    }
}

/// The first and last address of a block, and their neighbours outside, that a client could have.
fn edges(block: &IpNet) -> Vec<IpAddr> {
    let (first, last) = (block.network(), block.broadcast());
    let beside = |address: IpAddr, step: i128| match address {
        IpAddr::V4(own) => {
            u32::try_from(i128::from(u32::from(own)) + step).ok().map(|own| IpAddr::V4(own.into()))
        }
        IpAddr::V6(own) => u128::from(own).checked_add_signed(step).map(|own| IpAddr::V6(own.into())),
    };
    let all = [Some(first), Some(last), beside(first, -1), beside(last, 1)];
    all.into_iter().flatten().filter(is_unicast).collect()
}

fn is_unicast(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(own) => {
            let first = own.octets()[0];
            first > 0 && first < 224 && !own.is_loopback() && !own.is_link_local()
        }
        IpAddr::V6(own) => {
            !own.is_multicast()
                && !own.is_unspecified()
                && !own.is_loopback()
                && own.segments()[0] != 0xfe80
                && own.segments()[0] != 0
        }
    }
}

#[derive(Default)]
struct Gathered {
    blocks: Vec<IpNet>,
    paths: Texts,
    hosts: Texts,
    server_names: Texts,
    headers: BTreeMap<String, Texts>,
}

impl Gathered {
    fn blocks(&mut self, values: &[Leaf<String>]) {
        let parsed = values.iter().filter_map(|leaf| {
            let address = || leaf.value.parse::<IpAddr>().ok().map(IpNet::from);
            leaf.value.parse::<IpNet>().ok().or_else(address)
        });
        self.blocks.extend(parsed);
    }

    fn operation(&mut self, operation: &Operation) {
        let both = |one: &[Leaf<String>], other: &[Leaf<String>]| {
            one.iter().chain(other).map(|leaf| leaf.value.clone()).collect::<Vec<_>>()
        };
        for pattern in both(&operation.paths, &operation.not_paths) {
            let pattern = pattern.replace("{**}", "a/b").replace("{*}", "a");
            let paths = fitting(&pattern, "x", "/x");
            let slashed = paths.iter().map(|path| format!("{path}/")).collect::<Vec<_>>();
            self.paths.extend(paths.into_iter().chain(slashed).filter(|path| is_plain_path(path)));
        }
        for pattern in both(&operation.hosts, &operation.not_hosts) {
            self.hosts.extend(fitting(&pattern, "x", "x").into_iter().filter(|host| is_host(host)));
        }
    }

    fn condition(&mut self, condition: &Condition) {
        let values: Vec<&Leaf<String>> = condition.values.iter().chain(&condition.not_values).collect();
        match &condition.key.value {
            Key::SourceIp | Key::RemoteIp => {
                let values: Vec<Leaf<String>> = values.into_iter().cloned().collect();
                self.blocks(&values);
            }
            Key::ConnectionSni => {
                let all = values.iter().flat_map(|leaf| fitting(&leaf.value, "x", "x"));
                self.server_names.extend(all.filter(|name| is_host(name) && !name.contains(':')));
            }
            Key::RequestHeader(name) if is_free(name) => {
                let all = values.iter().flat_map(|leaf| fitting(&leaf.value, "x", "x"));
                let plain = all.filter(|value| value.chars().all(|letter| letter.is_ascii_graphic()));
                self.headers.entry(name.to_lowercase()).or_default().extend(plain);
            }
            _ => {}
        }
    }
}

/// A value that a pattern matches, and a neighbour.
pub(crate) fn fitting(pattern: &str, after: &str, before: &str) -> Vec<String> {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => Vec::new(),
        (Some(suffix), _) => vec![format!("{before}{suffix}"), suffix.to_string()],
        (None, Some(prefix)) => vec![format!("{prefix}{after}"), prefix.to_string()],
        (None, None) => vec![pattern.to_string(), format!("{pattern}{after}")],
    }
}

/// Whether a header is no other part of the request.
fn is_free(name: &str) -> bool {
    let taken = ["host", "authorization", "x-forwarded-for"];
    !name.starts_with(':') && !taken.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// A path that no proxy on the way changes.
fn is_plain_path(path: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/_-.~:@!$&'()*+,=".contains(letter);
    path.starts_with('/') && path.chars().all(plain) && !path.contains("//") && !path.contains("/.")
}

fn is_host(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-.:".contains(letter);
    !text.is_empty() && !text.starts_with('.') && text.chars().all(plain)
}
