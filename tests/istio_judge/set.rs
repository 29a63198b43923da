//! The mesh of a set of objects, and what it may decide about a request.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::istio;
use unmesh::manifest::{self, Labels};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::verify::formula::Answers;
use unmesh::verify::istio::Mesh;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Spiffe};
use unmesh::verify::program::{Outcomes, Program};
use unmesh::verify::request::{Dimension, Port, Protocol, Request, Value};
use unmesh::verify::subject::{Chain, Enforcer, Subject, SubjectPort};
use unmesh::verify::test::{TestId, Tests};
use unmesh::yaml::{Limits, parse};

/// The mesh of one set.
pub(crate) struct Set {
    mesh: Mesh,
    tests: Tests,
}

/// A connection to a workload.
pub(crate) struct Connection<'a> {
    pub(crate) workload: &'a Json,
    pub(crate) enforcer: Enforcer,
    pub(crate) port: u16,
    /// `TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`.
    pub(crate) peer: Option<&'a str>,
    pub(crate) source: &'a str,
    pub(crate) destination: &'a str,
}

struct Asked<'a> {
    tests: &'a Tests,
    request: &'a Request,
}

impl Answers for Asked<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        let of = self.tests.get(test)?.dimension();
        // What bytes do not have is not there, but ages are not known.
        if self.request.values.contains_key(&of) || of == Dimension::PeerAuthentication {
            return self.tests.asks(test, self.request);
        }
        self.tests.passes(test, &Value::Text(None))
    }
}

/// A list of the line, as it has to be there.
pub(crate) fn list<'a>(of: &'a Json, key: &str) -> &'a [Json] {
    of[key].as_array().unwrap_or_else(|| panic!("no list `{key}`"))
}

/// The number of a port.
pub(crate) fn port(number: &str) -> u16 {
    number.parse().expect("a port")
}

/// Labels as the tables of `tests/semantics` have them.
pub(crate) fn place(workload: &Json) -> String {
    let labels = workload["labels"].as_object().expect("labels").iter();
    let labels: Vec<_> =
        labels.map(|(key, value)| format!("{key}:{}", value.as_str().expect("a label"))).collect();
    format!("in={} labels={}", workload["namespace"].as_str().expect("a namespace"), labels.join(","))
}

fn endpoint(workload: &Json) -> Endpoint {
    let text = |value: &Json| value.as_str().expect("text").to_string();
    let labels = workload["labels"].as_object().expect("labels").iter();
    let labels: Labels = labels.map(|(key, value)| (key.clone(), text(value))).collect();
    Endpoint {
        namespace: Some(text(&workload["namespace"])),
        account: Some("app".to_string()),
        labels,
        open: false,
        namespace_labels: None,
    }
}

fn peer(text: Option<&str>) -> Peer {
    let identity = text.map(|text| {
        let parts: Vec<_> = text.split('/').map(str::to_string).collect();
        let [trust_domain, _, namespace, _, account] = parts.try_into().expect("an identity");
        Spiffe { trust_domain, namespace, account }
    });
    let kind = if identity.is_some() { PeerKind::MeshPod } else { PeerKind::BarePod };
    Peer { kind, identity, before: None, after: None, workload: None }
}

impl Set {
    /// The mesh of the objects, which Istio takes, and some beside them.
    pub(crate) fn read(line: &Json, beside: &[Json]) -> Self {
        let documents: Vec<_> = list(line, "objects").iter().chain(beside).map(Json::to_string).collect();
        let (name, settings) = (line["name"].to_string(), Settings::default());
        let mut sources = SourceMap::default();
        let text = documents.join("\n---\n");
        let id = sources.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text.as_str()));
        let parsed = parse(id, sources.file(id), Limits::default());
        let reading = manifest::collect(parsed.documents, &sources, &settings);
        let (resources, findings) = istio::read(&reading.manifest);
        let told: Vec<_> = parsed.findings.iter().chain(&findings).map(|found| &found.message).collect();
        assert!(told.is_empty(), "{text}\n{told:?}");
        let mut tests = Tests::default();
        let mesh = Mesh::new(&resources, &settings, &mut tests);
        Self { mesh, tests }
    }

    /// What may come of it.
    pub(crate) fn outcomes(&self, connection: &Connection<'_>) -> Outcomes {
        let Connection { workload, enforcer, port, peer: identity, source, destination } = connection;
        let subject = Subject {
            name: "the workload".to_string(),
            workload: None,
            before: endpoint(workload),
            after: endpoint(workload),
            enforcer: *enforcer,
            ports: Vec::new(),
        };
        let number = Port { number: *port, protocol: Protocol::Tcp, names: None };
        let chain = if *enforcer == Enforcer::Ztunnel { Chain::Ztunnel } else { Chain::Tcp };
        let at = SubjectPort { port: number, captured: true, chains: vec![chain], stands_for_others: false };
        let address = |text: &str| Value::Address(text.parse().expect("an address"));
        let values = BTreeMap::from([
            (Dimension::Port, Value::Port(at.port.clone())),
            (Dimension::Peer, Value::Peer(Box::new(peer(*identity)))),
            (Dimension::SourceAddress, address(source)),
            (Dimension::DestinationAddress, address(destination)),
            (Dimension::RemoteAddress, address(source)),
        ]);
        let program = Program { parts: vec![self.mesh.part(&subject, &at, chain)] };
        program.outcomes(&Asked { tests: &self.tests, request: &Request { values } })
    }
}
