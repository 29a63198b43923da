//! A small cluster, and how a question to it is written.
//!
//! The pod asked is `db` in `shop`. A question is `PEER[:PORT[/PROTOCOL]] [METHOD PATH]`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use unmesh::config::{Calico, Settings, Target};
use unmesh::manifest::{Labels, collect};
use unmesh::object::calico::v3::{Document, Problem, Set};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::verify::answer::Reading;
use unmesh::verify::dataplane::Dataplane;
use unmesh::verify::formula::Answers;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Side};
use unmesh::verify::program::{Decision, Engine, Program, What};
use unmesh::verify::request::{Dimension, Port, Protocol, Request, Value};
use unmesh::verify::subject::{Chain, Enforcer, Subject};
use unmesh::verify::test::{TestId, Tests};
use unmesh::yaml::{Limits, parse};

/// Who asks: name, kind, namespace, account, labels, address. Pods of `lab` have labels that nobody
/// knows, and so has their namespace.
type Row = (&'static str, PeerKind, &'static str, &'static str, &'static str, &'static str);
const PEERS: [Row; 9] = [
    ("web", PeerKind::MeshPod, "shop", "web", "app=web release=v12-beta", "10.1.0.1"),
    ("api", PeerKind::MeshPod, "shop", "api", "app=api", "10.1.0.2"),
    ("cart", PeerKind::MeshPod, "pay", "cart", "app=cart release=v12-beta", "10.2.0.1"),
    ("twin", PeerKind::BarePod, "pay", "web", "app=web", "10.2.0.2"),
    ("lab", PeerKind::BarePod, "lab", "lab", "", "10.3.0.1"),
    ("node", PeerKind::RemoteNode, "", "", "", "10.9.0.1"),
    ("local", PeerKind::NodeLocal, "", "", "", "10.9.0.2"),
    ("outside", PeerKind::Outside, "", "", "", "203.0.113.9"),
    ("outside6", PeerKind::Outside, "", "", "", "2001:db8::9"),
];

fn namespace_labels(namespace: &str) -> Option<Labels> {
    match namespace {
        "shop" => Some(labels("team=red")),
        "pay" => Some(labels("team=blue env=prod")),
        _ => None,
    }
}

fn labels(text: &str) -> Labels {
    let pair = |word: &str| word.split_once('=').map(|(key, value)| (key.to_string(), value.to_string()));
    text.split_whitespace().map(|word| pair(word).unwrap()).collect()
}

fn endpoint(namespace: &str, account: &str, own: &str) -> Endpoint {
    Endpoint {
        namespace: Some(namespace.to_string()),
        account: Some(account.to_string()),
        labels: labels(own),
        open: namespace == "lab",
        namespace_labels: namespace_labels(namespace),
    }
}

/// What stands in place of a version where Kubernetes itself is the target.
const KUBERNETES: &str = "kubernetes";

/// A policy set under test: which version reads it, on which side, in which reading.
#[derive(Clone, Copy)]
pub(crate) struct Case<'t> {
    pub(crate) version: &'t str,
    pub(crate) policies: &'t str,
    pub(crate) side: Side,
    pub(crate) reading: Reading,
    pub(crate) chain: Chain,
    /// Whether labels of the pod asked are unknown.
    pub(crate) open: bool,
    /// Whether it has a sidecar.
    pub(crate) sidecar: bool,
}

impl<'t> Case<'t> {
    /// Calico 3.28 without Dikastes, after the mesh.
    pub(crate) fn of(policies: &'t str) -> Self {
        let (side, reading, chain) = (Side::After, Reading::Dataplane, Chain::Http);
        Self { version: "3.28", policies, side, reading, chain, open: false, sidecar: true }
    }

    /// Kubernetes' own policies, by their own rules.
    pub(crate) fn of_kubernetes(policies: &'t str) -> Self {
        Self { version: KUBERNETES, chain: Chain::Tcp, ..Self::of(policies) }
    }

    fn target(self) -> Target {
        if self.version == KUBERNETES {
            return Target::Kubernetes;
        }
        Target::Calico(Calico::portable(self.version.parse().unwrap()))
    }

    /// The decision on a question, in words: `allow NetworkPolicy/shop/p spec.ingress[0]`.
    pub(crate) fn decide(self, question: &str) -> String {
        let (set, problems) = read(self.policies);
        assert!(problems.is_empty(), "{problems:?}");
        let mut tests = Tests::default();
        let dataplane = Dataplane::new(&set, self.side, self.target(), &mut tests);
        let mut pod = endpoint("shop", "db", "app=db");
        pod.open = self.open;
        let subject = Subject {
            name: "db".to_string(),
            workload: None,
            before: pod.clone(),
            after: pod.clone(),
            enforcer: if self.sidecar { Enforcer::Sidecar } else { Enforcer::Nobody },
            ports: Vec::new(),
        };
        let program = Program { parts: dataplane.parts(&subject, self.chain, self.reading) };
        let asked = Asked { tests: &tests, request: request(question, pod) };
        let decision = program.decide(&asked);
        let outcome = program.outcomes(&asked).only();
        assert!(
            decision.is_none() || decision.as_ref().map(|decision| decision.allowed) == outcome,
            "{question}"
        );
        let refusing = program.parts.iter().find(|part| {
            let alone = Program { parts: vec![(*part).clone()] };
            alone.decide(&asked).is_some_and(|decision| !decision.allowed)
        });
        match (decision, outcome) {
            (Some(decision), _) => say(&decision, refusing.map(|part| part.engine)),
            (None, Some(allowed)) => format!("{} somehow", verdict(allowed)),
            (None, None) => "unknown".to_string(),
        }
    }
}

fn verdict(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

fn say(decision: &Decision, refusing: Option<Engine>) -> String {
    let objects: Vec<String> = decision.by.objects.iter().map(ToString::to_string).collect();
    let by = match decision.by.what {
        What::Rule => format!("{} {}", objects.join(" "), decision.by.field.as_deref().unwrap_or("?")),
        What::EndOfTier => format!("end of {}", objects.join(" ")),
        What::Isolated => format!("isolated by {}", objects.join(" ")),
        What::NoPolicy => "no policy".to_string(),
        What::NodeLocal => "own node".to_string(),
        What::NotCaptured => "not captured".to_string(),
        What::Broken => "broken".to_string(),
        other => panic!("{other:?} is nothing that a target says"),
    };
    let engine = if refusing == Some(Engine::Dikastes) { " by Dikastes" } else { "" };
    format!("{} {by}{engine}", verdict(decision.allowed))
}

/// The policy set of a text, without judging it.
pub(crate) fn read(text: &str) -> (Set, Vec<Problem>) {
    let mut sources = SourceMap::default();
    let name = "input.yaml".to_string();
    let file = sources.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text));
    let parsed = parse(file, sources.file(file), Limits::default());
    assert!(parsed.findings.is_empty(), "{:?}\n{text}", parsed.findings);
    let manifest = collect(parsed.documents, &sources, &Settings::default()).manifest;
    Set::read(manifest.objects.iter().map(|object| Document {
        reference: &object.reference,
        api_version: &object.api_version,
        labels: &object.labels,
        span: object.name_span,
        root: &object.root,
    }))
}

/// A request that leaves nothing open but what the cluster does not show.
fn request(question: &str, pod: Endpoint) -> Request {
    let mut words = question.split_whitespace();
    let target = words.next().unwrap();
    let (peer, port) = target.split_once(':').unwrap_or((target, "8080"));
    let (number, protocol) = port.split_once('/').unwrap_or((port, "TCP"));
    let (_, kind, namespace, account, own, address) =
        *PEERS.iter().find(|(name, ..)| *name == peer).unwrap_or_else(|| panic!("who is `{peer}`?"));
    let endpoint = (!namespace.is_empty()).then(|| endpoint(namespace, account, own));
    let peer = Peer { kind, identity: None, before: endpoint.clone(), after: endpoint, workload: None };
    let number: u16 = number.parse().unwrap();
    let names = match number {
        8080 => Some(["http".to_string()].into()),
        7000 => None,
        _ => Some([].into()),
    };
    let port = Port { number, protocol: Protocol::parse(protocol).unwrap(), names };
    let destination = if address.contains(':') { "fd00::5" } else { "10.1.0.5" };
    let text = |word: Option<&str>| Value::Text(word.map(str::to_string));
    let address = |text: &str| Value::Address(text.parse::<IpAddr>().unwrap());
    let values: BTreeMap<Dimension, Value> = [
        (Dimension::Destination, Value::Destination(pod)),
        (Dimension::Port, Value::Port(port)),
        (Dimension::Peer, Value::Peer(Box::new(peer))),
        (Dimension::SourceAddress, address(PEERS.iter().find(|row| row.0 == peer_of(target)).unwrap().5)),
        (Dimension::DestinationAddress, address(destination)),
        (Dimension::Method, text(words.next())),
        (Dimension::Path, text(words.next())),
    ]
    .into();
    Request { values }
}

fn peer_of(target: &str) -> &str {
    target.split_once(':').map_or(target, |(peer, _)| peer)
}

struct Asked<'a> {
    tests: &'a Tests,
    request: Request,
}

impl Answers for Asked<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        self.tests.asks(test, &self.request)
    }
}

/// An object of a kind with a spec in flow style.
fn object(version: &str, kind: &str, place: &str, rest: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{{place}}}\n{rest}\n---\n")
}

/// Calico's NetworkPolicy in `shop`.
pub(crate) fn np(name: &str, spec: &str) -> String {
    let place = format!("name: {name}, namespace: shop");
    object("projectcalico.org/v3", "NetworkPolicy", &place, &format!("spec: {spec}"))
}

/// A GlobalNetworkPolicy.
pub(crate) fn gnp(name: &str, spec: &str) -> String {
    let place = format!("name: {name}");
    object("projectcalico.org/v3", "GlobalNetworkPolicy", &place, &format!("spec: {spec}"))
}

/// Kubernetes' NetworkPolicy in `shop`.
pub(crate) fn knp(name: &str, spec: &str) -> String {
    let place = format!("name: {name}, namespace: shop");
    object("networking.k8s.io/v1", "NetworkPolicy", &place, &format!("spec: {spec}"))
}

/// Anything else of Calico's, by kind and metadata.
pub(crate) fn other(kind: &str, place: &str, spec: &str) -> String {
    object("projectcalico.org/v3", kind, place, &format!("spec: {spec}"))
}

/// A policy as Calico stores it.
pub(crate) fn stored(kind: &str, place: &str, spec: &str) -> String {
    object("crd.projectcalico.org/v1", kind, place, &format!("spec: {spec}"))
}

/// A Namespace with labels.
pub(crate) fn namespace(name: &str, labels: &str) -> String {
    object("v1", "Namespace", &format!("name: {name}, labels: {{{labels}}}"), "")
}
