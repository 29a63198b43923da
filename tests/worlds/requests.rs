//! All requests of a small world that its policies can tell apart.

use crate::worlds::world::World;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The pod, by its place in the world; `None` for a node or an address outside.
    pub(crate) pod: Option<usize>,
    pub(crate) address: IpAddr,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}

/// What a request carries above TCP.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Content {
    /// Method and path; `None` for bytes that are not HTTP.
    pub(crate) http: Option<(String, String)>,
    pub(crate) host: String,
    pub(crate) sni: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) source: &'a Source,
    /// The pod asked, by its place in the world.
    pub(crate) to: usize,
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    pub(crate) content: &'a Content,
}

impl Request<'_> {
    /// The pod's address in the family of the source's.
    pub(crate) fn destination(&self, world: &World) -> IpAddr {
        let addresses = world.pods[self.to].addresses;
        let same = |address: &IpAddr| address.is_ipv4() == self.source.address.is_ipv4();
        addresses.into_iter().find(same).unwrap()
    }

    pub(crate) fn describe(&self, world: &World) -> String {
        let pod = |index: usize| {
            let pod = &world.pods[index];
            format!("{}/{} (account {}, {:?})", pod.namespace, pod.name, pod.account, pod.labels)
        };
        let from = self.source.pod.map_or_else(|| "no pod".to_string(), pod);
        let Content { http, host, sni } = self.content;
        format!(
            "{from} at {} to {}:{} {:?} {http:?} host {host} sni {sni}",
            self.source.address,
            pod(self.to),
            self.port,
            self.protocol
        )
    }
}

/// Ports that policies name, and one that none does.
pub(crate) const PORTS: [u16; 4] = [80, 3306, 9999, 7000];

/// Every source: pods in both families, a node, addresses outside, some of them in network sets.
pub(crate) fn sources(world: &World) -> Vec<Source> {
    let pods = world.pods.iter().enumerate();
    let of_pods = pods.flat_map(|(index, pod)| {
        pod.addresses.into_iter().map(move |address| Source { pod: Some(index), address })
    });
    let others = ["192.168.1.1", "203.0.113.9", "198.51.100.7", "2001:db8::9"];
    let others = others.map(|address| Source { pod: None, address: address.parse().unwrap() });
    of_pods.chain(others).collect()
}

/// What requests carry: each value that some policy names, and one that none does.
pub(crate) fn contents(world: &World) -> Vec<Content> {
    let mut hosts = BTreeSet::from(["other.example".to_string()]);
    let mut names = BTreeSet::from(["other.example".to_string()]);
    let mut http = false;
    for rule in world.authorization.iter().flat_map(|policy| &policy.rules) {
        for (field, values) in rule.to.iter().flatten() {
            http |= !field.to_lowercase().contains("port");
            if field.to_lowercase().ends_with("hosts") {
                hosts.extend(values.iter().cloned());
            }
        }
        for condition in rule.when.iter().filter(|condition| condition.key == "connection.sni") {
            names.extend(condition.values.iter().chain(&condition.not_values).cloned());
        }
    }
    let methods: &[&str] = if http { &["GET", "POST", "PUT"] } else { &["GET"] };
    let paths: &[&str] = if http { &["/pub", "/pub/", "/public", "/x"] } else { &["/x"] };
    let mut found = Vec::new();
    for sni in &names {
        found.push(Content { http: None, host: String::new(), sni: sni.clone() });
        for host in &hosts {
            for method in methods {
                let with = |path: &&str| Content {
                    http: Some(((*method).to_string(), (*path).to_string())),
                    host: host.clone(),
                    sni: sni.clone(),
                };
                found.extend(paths.iter().map(with));
            }
        }
    }
    found
}
