//! What unmesh makes of a scene, and what its checker says of single requests.

use crate::carried;
use crate::scene::{Ask, Pod, Scene};
use crate::way::Way;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use unmesh::config::{L7, Settings, Target};
use unmesh::finding::{Acceptance, Rules};
use unmesh::manifest::Labels;
use unmesh::pipeline::{self, Analysis};
use unmesh::source::{SourceFile, Sources};
use unmesh::verify::answer::Reading;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Spiffe};
use unmesh::verify::request::{Dimension, Port, Protocol, Request, Token, Value};
use unmesh::verify::subject::{Chain, Enforcer, Subject, SubjectPort};
use unmesh::verify::{Decided, Single};

/// What came out for one target.
pub(crate) struct Translated {
    /// The objects, as their texts.
    pub(crate) written: Vec<String>,
    /// The codes that had to be accepted for it.
    pub(crate) accepted: BTreeSet<&'static str>,
    single: Single,
    reading: Reading,
}

fn sources(scene: &Scene) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in &scene.input {
        sources.map.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text.as_str()));
    }
    sources
}

/// Accepts whatever blocks, until nothing does; `None` where something cannot be accepted.
fn analyse(scene: &Scene, settings: &Settings) -> Option<(Analysis, Rules)> {
    let mut rules = Rules::default();
    loop {
        let analysis = pipeline::analyse(sources(scene), settings, &rules);
        let blocking = analysis.report(&rules, []).blocking;
        if blocking.is_empty() {
            return Some((analysis, rules));
        }
        let before = rules.accepted.len();
        for finding in blocking {
            let code = finding.code;
            if rules.accepts(code, None, None).is_none() {
                rules.accepted.push(Acceptance::of(code));
            }
        }
        if rules.accepted.len() == before {
            return None;
        }
    }
}

impl Translated {
    /// What becomes of a scene, or why it is not asked about.
    pub(crate) fn new(scene: &Scene, way: &Way) -> Result<Self, &'static str> {
        let of_calico = |text: &String| text.contains("projectcalico.org/") && text.contains("NetworkPolicy");
        if way.target == Target::Kubernetes && scene.in_force.iter().any(of_calico) {
            return Err("the cluster has policies of Calico, whose meaning is not that of plain Kubernetes");
        }
        let l7 = if way.dikastes { L7::Dikastes } else { scene.settings.l7 };
        let settings = Settings { target: way.target, l7, ..scene.settings.clone() };
        let (mut analysis, rules) =
            analyse(scene, &settings).ok_or("findings hold the output back, accepted or not")?;
        let written = analysis.written.iter().map(|written| written.text.clone()).collect();
        let accepted = rules.accepted.iter().map(|acceptance| acceptance.code.id).collect();
        let single = pipeline::single(&mut analysis, &settings, &rules);
        let reading = if way.dikastes { Reading::Dikastes } else { Reading::Dataplane };
        Ok(Self { written, accepted, single, reading })
    }

    /// What the checker makes of a request, which Istio decides under this mode of mutual TLS and
    /// whose token its filters take for this.
    pub(crate) fn decide(&self, scene: &Scene, ask: &Ask, mode: Option<&str>, token: Token) -> Decided {
        let pod = &scene.pods[ask.to];
        let subject = Subject {
            name: pod.key(),
            workload: None,
            before: endpoint(scene, pod, 0),
            after: endpoint(scene, pod, 1),
            enforcer: if pod.sidecar { Enforcer::Sidecar } else { Enforcer::Nobody },
            ports: Vec::new(),
        };
        let chain = if ask.http.is_some() { Chain::Http } else { Chain::Tcp };
        let names: BTreeSet<String> = pod
            .ports
            .iter()
            .filter(|(_, number)| *number == ask.port)
            .map(|(name, _)| name.clone())
            .collect();
        let protocol = if ask.tcp { Protocol::Tcp } else { Protocol::Udp };
        let port = Port { number: ask.port, protocol, names: Some(names) };
        let port =
            SubjectPort { port, captured: ask.captured, chains: vec![chain], stands_for_others: false };
        let mut request = request(scene, ask, &subject, &port, mode);
        request.values.insert(Dimension::Token, Value::Token(token));
        if let Some(http) = &ask.http {
            carried::put(http, token, &mut request.values);
        }
        self.single.decide(&subject, &port, chain, self.reading, &request)
    }
}

fn endpoint(scene: &Scene, pod: &Pod, side: usize) -> Endpoint {
    Endpoint {
        namespace: Some(pod.namespace.clone()),
        account: Some(pod.account.clone()),
        labels: pod.labels[side].clone(),
        open: false,
        namespace_labels: Some(scene.namespaces.get(&pod.namespace).cloned().unwrap_or_else(Labels::new)),
    }
}

fn peer(scene: &Scene, ask: &Ask) -> Peer {
    let Some(pod) = ask.from.map(|from| &scene.pods[from]) else {
        return Peer { kind: PeerKind::Outside, identity: None, before: None, after: None, workload: None };
    };
    let kind = match (pod.gateway, pod.sidecar) {
        (true, _) => PeerKind::Gateway,
        (false, true) => PeerKind::MeshPod,
        (false, false) => PeerKind::BarePod,
    };
    let identity = Spiffe {
        trust_domain: scene.settings.trust_domain.clone(),
        namespace: pod.namespace.clone(),
        account: pod.account.clone(),
    };
    Peer {
        kind,
        identity: (kind != PeerKind::BarePod).then_some(identity),
        before: Some(endpoint(scene, pod, 0)),
        // Whatever takes a gateway's place, it is not known here.
        after: (!pod.gateway).then(|| endpoint(scene, pod, 1)),
        workload: None,
    }
}

fn request(scene: &Scene, ask: &Ask, subject: &Subject, port: &SubjectPort, mode: Option<&str>) -> Request {
    let text = |value: Option<&String>| Value::Text(value.cloned());
    let peer = peer(scene, ask);
    // Without mutual TLS nobody names a server here.
    let tls = peer.identity.is_some() && mode.is_some_and(|mode| mode != "DISABLE");
    let values = BTreeMap::from([
        (Dimension::Destination, Value::Destination(subject.after.clone())),
        (Dimension::Port, Value::Port(port.port.clone())),
        (Dimension::Peer, Value::Peer(Box::new(peer))),
        (Dimension::SourceAddress, Value::Address(ask.source)),
        (Dimension::RemoteAddress, Value::Address(carried::remote(ask.http.as_ref(), ask.source))),
        (Dimension::DestinationAddress, Value::Address(scene.destination(ask))),
        (Dimension::Sni, text(ask.sni.as_ref().filter(|_| tls))),
        (Dimension::PeerAuthentication, text(ask.in_force.as_ref())),
    ]);
    Request { values }
}
