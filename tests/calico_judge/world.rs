//! The target interpreter in the cluster of a recording.

use crate::recording::{Asked, Line, Pod, Reading as Decided, Recording};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use unmesh::config::{Settings, Version};
use unmesh::manifest::{Labels, collect};
use unmesh::object::calico::v3::{Document, Set};
use unmesh::object::calico::versions::nearest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::verify::answer::Reading;
use unmesh::verify::dataplane::Dataplane;
use unmesh::verify::formula::Answers;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Side};
use unmesh::verify::program::{Engine, Program};
use unmesh::verify::request::{Dimension, Port, Protocol, Request, Value};
use unmesh::verify::subject::{Chain, Enforcer, Subject};
use unmesh::verify::test::{TestId, Tests};
use unmesh::verify::{calico, kubernetes};
use unmesh::yaml::{Limits, parse};

/// The label of accounts that policies ask for, on an endpoint.
const OF_ACCOUNT: &str = "pcsa.x";

/// What the interpreter is told of the labels of accounts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing, as where the input shows no ServiceAccounts.
    Nothing,
    /// The peer's.
    ThePeers,
}

/// Who reads the policies here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Interpreter {
    Calicos,
    /// Of Kubernetes' own rules.
    Kubernetes,
}

/// A policy set of a recording, ready to be asked.
pub(crate) struct World<'r> {
    recording: &'r Recording,
    line: &'r Line,
    tests: Tests,
    dataplane: Dataplane,
    reading: Reading,
}

struct Answering<'a> {
    tests: &'a Tests,
    request: Request,
}

impl Answers for Answering<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        self.tests.asks(test, &self.request)
    }
}

impl<'r> World<'r> {
    /// Compiles a set as the version reads it that decided. The server of Dikastes refuses everything in
    /// 3.30 and 3.31; its evaluator was asked without it.
    pub(crate) fn new(recording: &'r Recording, line: &'r Line, interpreter: Interpreter) -> Self {
        let set = objects(recording, line);
        let version: Version = recording.calico.parse().expect("a version");
        let mut can = nearest(version);
        can.dikastes_works = true;
        let mut tests = Tests::default();
        let dataplane = match interpreter {
            Interpreter::Calicos => {
                let cluster = calico::Cluster::read_by(&set, Side::After, version, can, &mut tests);
                Dataplane::Calico(cluster)
            }
            Interpreter::Kubernetes => {
                Dataplane::Kubernetes(kubernetes::Cluster::new(&set, Side::After, &mut tests))
            }
        };
        let reading = match line.reading {
            Decided::Dikastes => Reading::Dikastes,
            Decided::Dataplane | Decided::Kubernetes => Reading::Dataplane,
        };
        Self { recording, line, tests, dataplane, reading }
    }

    /// What the interpreter decides, where it can.
    pub(crate) fn decide(&self, asked: &Asked, told: Told) -> Option<bool> {
        self.decide_of(self.endpoint(self.subject()), asked, told)
    }

    /// The same where no label of the pod asked is shown.
    pub(crate) fn decide_unlabelled(&self, asked: &Asked) -> Option<bool> {
        let pod = Endpoint { labels: Labels::new(), open: true, ..self.endpoint(self.subject()) };
        self.decide_of(pod, asked, Told::Nothing)
    }

    fn decide_of(&self, pod: Endpoint, asked: &Asked, told: Told) -> Option<bool> {
        let subject = Subject {
            name: "asked".to_string(),
            workload: None,
            before: pod.clone(),
            after: pod,
            enforcer: Enforcer::Sidecar,
            ports: Vec::new(),
        };
        let chain = if asked.http.is_none() { Chain::Tcp } else { Chain::Http };
        let mut parts = self.dataplane.parts(&subject, chain, self.reading);
        if self.reading == Reading::Dikastes {
            // Dikastes alone was asked.
            parts.retain(|part| part.engine == Engine::Dikastes);
        }
        let program = Program { parts };
        let answering = Answering { tests: &self.tests, request: self.request(asked, told) };
        let decided = program.decide(&answering).map(|decision| decision.allowed);
        decided.or_else(|| program.outcomes(&answering).only())
    }

    fn subject(&self) -> &Pod {
        self.recording.pods.first().expect("a pod")
    }

    fn endpoint(&self, pod: &Pod) -> Endpoint {
        Endpoint {
            account: Some(pod.account.clone()),
            labels: pod.labels.clone(),
            open: false,
            namespace_labels: self.recording.namespaces.get(&pod.namespace).cloned(),
            namespace: Some(pod.namespace.clone()),
        }
    }

    fn request(&self, asked: &Asked, told: Told) -> Request {
        let own = self.subject().addresses.iter().find(|own| own.is_ipv4() == asked.source.is_ipv4());
        let peer = self.recording.pods.iter().find(|pod| pod.addresses.contains(&asked.source));
        let known = peer.map(|pod| self.endpoint(pod));
        let kind = if known.is_some() { PeerKind::MeshPod } else { PeerKind::Outside };
        let whole = Peer { kind, identity: None, before: known.clone(), after: known, workload: None };
        let mut values: BTreeMap<Dimension, Value> = [
            (Dimension::Destination, Value::Destination(self.endpoint(self.subject()))),
            (Dimension::Port, Value::Port(self.port(asked))),
            (Dimension::Peer, Value::Peer(Box::new(whole))),
            (Dimension::SourceAddress, Value::Address(asked.source)),
            (Dimension::DestinationAddress, Value::Address(*own.expect("an address of the family"))),
            (Dimension::Method, Value::Text(asked.http.as_ref().map(|(method, _)| method.clone()))),
            (Dimension::Path, Value::Text(asked.http.as_ref().map(|(_, path)| path.clone()))),
        ]
        .into();
        if let (Told::ThePeers, Some(pod)) = (told, peer) {
            let account = format!("{}/{}", pod.namespace, pod.account);
            let label = self.line.accounts.get(&account).cloned();
            values.insert(Dimension::Label(OF_ACCOUNT.to_string()), Value::Text(label));
        }
        Request { values }
    }

    fn port(&self, asked: &Asked) -> Port {
        let protocol = if asked.protocol == "GRE" { "47" } else { &asked.protocol };
        let ports = self.subject().ports.iter();
        let named = ports
            .filter(|(_, number, protocol)| *number == u64::from(asked.port) && *protocol == asked.protocol);
        let names: BTreeSet<String> = named.map(|(name, _, _)| name.clone()).collect();
        Port {
            number: asked.port,
            protocol: Protocol::parse(protocol).expect("a protocol"),
            names: Some(names),
        }
    }
}

/// The objects of a line, all of which Calico has accepted, and the namespaces.
fn objects(recording: &Recording, line: &Line) -> Set {
    let mut text = line.objects.clone();
    for (name, labels) in &recording.namespaces {
        let labels = serde_json::to_string(labels).expect("labels");
        let object = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}");
        text = format!("{text}\n---\n{object}\n");
    }
    let mut sources = SourceMap::default();
    let name = "recorded.yaml".to_string();
    let file = sources.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text.clone()));
    let parsed = parse(file, sources.file(file), Limits::default());
    assert!(parsed.findings.is_empty(), "{:?}\n{text}", parsed.findings);
    let manifest = collect(parsed.documents, &sources, &Settings::default()).manifest;
    let (set, problems) = Set::read(manifest.objects.iter().map(|object| Document {
        reference: &object.reference,
        api_version: &object.api_version,
        labels: &object.labels,
        span: object.name_span,
        root: &object.root,
    }));
    assert!(problems.is_empty(), "Calico accepts what is refused here: {problems:?}\n{text}");
    set
}
