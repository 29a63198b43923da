//! Recordings of what Calico decides, as `conformance/calico/common/recording.go` writes them.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use unmesh::manifest::Labels;

/// A recording: the cluster, and policy sets in it.
pub(crate) struct Recording {
    /// The version that decided.
    pub(crate) calico: String,
    /// The first pod is the one that is asked.
    pub(crate) pods: Vec<Pod>,
    pub(crate) namespaces: BTreeMap<String, Labels>,
    pub(crate) lines: Vec<Line>,
    peers: BTreeMap<String, IpAddr>,
}

pub(crate) struct Pod {
    pub(crate) namespace: String,
    pub(crate) account: String,
    pub(crate) labels: Labels,
    pub(crate) addresses: Vec<IpAddr>,
    /// Number and protocol by name.
    pub(crate) ports: Vec<(String, u64, String)>,
}

/// A policy set, requests to it, and what comes out.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) reading: Reading,
    pub(crate) objects: String,
    /// The label `x` of accounts, `NAMESPACE/NAME`, where they have it.
    pub(crate) accounts: BTreeMap<String, String>,
    pub(crate) asked: Vec<Asked>,
}

/// Who decided.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Dataplane,
    Dikastes,
    /// The dataplane, about NetworkPolicies of Kubernetes alone.
    Kubernetes,
}

/// A request, and what comes out.
pub(crate) struct Asked {
    pub(crate) text: String,
    pub(crate) source: IpAddr,
    pub(crate) port: u16,
    pub(crate) protocol: String,
    /// Method and path.
    pub(crate) http: Option<(String, String)>,
    pub(crate) allowed: bool,
    /// What comes out whichever label the account of the pod asked has, and whichever all accounts have;
    /// `None` where both do.
    pub(crate) subject_unknown: Option<bool>,
    pub(crate) accounts_unknown: Option<bool>,
}

fn text(json: &Json, key: &str) -> String {
    json[key].as_str().unwrap_or_default().to_string()
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json[key].as_array().map_or(&[], Vec::as_slice)
}

fn labels(json: &Json) -> Labels {
    let pairs = json.as_object().into_iter().flatten();
    pairs.map(|(key, value)| (key.clone(), value.as_str().expect("a label").to_string())).collect()
}

fn address(json: &Json) -> IpAddr {
    json.as_str().expect("an address").parse().expect("an address")
}

impl Recording {
    pub(crate) fn read(path: &Path) -> Self {
        let recorded = std::fs::read_to_string(path).expect("the recording");
        let mut lines = recorded.lines().map(|line| serde_json::from_str::<Json>(line).expect("a line"));
        let header = lines.next().expect("a header");
        let map = |key: &str| header.get(key).and_then(Json::as_object).expect("a map").clone().into_iter();
        let mut recording = Self {
            calico: text(&header, "calico"),
            pods: list(&header, "pods").iter().map(pod).collect(),
            namespaces: map("namespaces").map(|(name, json)| (name, labels(&json))).collect(),
            peers: map("peers").map(|(name, json)| (name, address(&json))).collect(),
            lines: Vec::new(),
        };
        recording.lines = lines.map(|line| recording.line(&line)).collect();
        recording
    }

    fn line(&self, json: &Json) -> Line {
        let decided = text(json, "decided");
        let signs = |key: &str| {
            let found = text(json, key);
            if found.is_empty() { decided.clone() } else { found }
        };
        let (subject, all) = (signs("subject_unknown"), signs("accounts_unknown"));
        let asks = list(json, "ask");
        assert!([&decided, &subject, &all].iter().all(|signs| signs.len() == asks.len()), "{json}");
        let signs = decided.chars().zip(subject.chars().zip(all.chars()));
        let asked = asks.iter().zip(signs).map(|(ask, (decided, (subject, all)))| {
            let mut asked = self.asked(ask.as_str().expect("a request"));
            asked.allowed = sign(decided).expect("a verdict");
            asked.subject_unknown = sign(subject);
            asked.accounts_unknown = sign(all);
            asked
        });
        let accounts = json["accounts"].as_object().into_iter().flatten();
        Line {
            name: text(json, "name"),
            reading: match text(json, "reading").as_str() {
                "dataplane" => Reading::Dataplane,
                "dikastes" => Reading::Dikastes,
                "kubernetes" => Reading::Kubernetes,
                other => panic!("no reading `{other}`"),
            },
            objects: text(json, "objects"),
            accounts: accounts
                .filter_map(|(name, labels)| Some((name.clone(), labels["x"].as_str()?.to_string())))
                .collect(),
            asked: asked.collect(),
        }
    }

    /// `PEER[+mtls][:PORT[/PROTOCOL]] [METHOD PATH]`. What Calico's identity says is what the address
    /// says, and the interpreter takes that for granted.
    fn asked(&self, text: &str) -> Asked {
        let mut words = text.split(' ');
        let first = words.next().expect("a peer");
        let (peer, rest) = first.split_once(':').unwrap_or((first, "8080"));
        let (port, protocol) = rest.split_once('/').unwrap_or((rest, "TCP"));
        let peer = peer.strip_suffix("+mtls").unwrap_or(peer);
        let http = words.next().map(|method| (method.to_string(), words.next().expect("a path").to_string()));
        Asked {
            text: text.to_string(),
            source: *self.peers.get(peer).expect("a peer"),
            port: port.parse().expect("a port"),
            protocol: protocol.to_string(),
            http,
            allowed: false,
            subject_unknown: None,
            accounts_unknown: None,
        }
    }
}

fn sign(sign: char) -> Option<bool> {
    match sign {
        '0' => Some(false),
        '1' => Some(true),
        '?' => None,
        other => panic!("no verdict `{other}`"),
    }
}

fn pod(json: &Json) -> Pod {
    let port = |port: &Json| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP").to_string();
        (text(port, "name"), port["number"].as_u64().expect("a port"), protocol)
    };
    Pod {
        namespace: text(json, "namespace"),
        account: text(json, "account"),
        labels: labels(&json["labels"]),
        addresses: list(json, "addresses").iter().map(address).collect(),
        ports: list(json, "ports").iter().map(port).collect(),
    }
}
