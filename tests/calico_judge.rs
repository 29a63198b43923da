//! The target interpreter against Calico's own code, request by request.
//!
//! `conformance/calico/run` asks Felix's calculation graph and Calico's evaluator of policy about many
//! policy sets, and sets `UNMESH_CALICO_RECORDING` to what they decided. Here the interpreter is asked
//! the same. Where CI is set, and `UNMESH_CALICO_REQUIRED` too, a missing recording is a failure.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use unmesh::config::{Settings, Version};
use unmesh::manifest::{Labels, collect};
use unmesh::object::calico::v3::{Document, Set};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::verify::answer::Reading;
use unmesh::verify::calico::Cluster;
use unmesh::verify::formula::Answers;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Side};
use unmesh::verify::program::{Engine, Program};
use unmesh::verify::request::{Dimension, Port, Protocol, Request, Value};
use unmesh::verify::subject::{Chain, Subject};
use unmesh::verify::test::{TestId, Tests};
use unmesh::yaml::{Limits, parse};

/// How many disagreements are printed.
const SHOWN: usize = 20;

struct Asked<'a> {
    tests: &'a Tests,
    request: Request,
}

impl Answers for Asked<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        self.tests.asks(test, &self.request)
    }
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

/// The objects of a question, all of which Calico has accepted, and its namespaces.
fn objects(question: &Json) -> Set {
    let mut text = text(question, "objects");
    for (name, labels) in question["namespaces"].as_object().into_iter().flatten() {
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

/// The pods of a question, and what is recorded of one.
struct World<'a> {
    question: &'a Json,
}

impl World<'_> {
    fn endpoint(&self, pod: &Json) -> Endpoint {
        let namespace = text(pod, "namespace");
        Endpoint {
            account: Some(text(pod, "account")),
            labels: labels(&pod["labels"]),
            open: false,
            namespace_labels: Some(labels(
                self.question["namespaces"].get(&namespace).unwrap_or(&Json::Null),
            )),
            namespace: Some(namespace),
        }
    }

    fn pod(&self, is: impl Fn(&Json) -> bool) -> Option<&Json> {
        list(self.question, "endpoints").iter().find(|pod| is(pod))
    }

    fn asked(&self, request: &Json) -> &Json {
        let name = text(request, "destination");
        self.pod(|pod| format!("{}/{}", text(pod, "namespace"), text(pod, "name")) == name).expect("a pod")
    }

    fn peer(&self, request: &Json) -> Peer {
        let source = &request["source"];
        let pod = self.pod(|pod| list(pod, "addresses").contains(source));
        let known = pod.map(|pod| self.endpoint(pod));
        let kind = if known.is_some() { PeerKind::MeshPod } else { PeerKind::Outside };
        Peer { kind, identity: None, before: known.clone(), after: known, workload: None }
    }

    fn port(&self, request: &Json) -> Port {
        let number = request["port"].as_u64().and_then(|number| u16::try_from(number).ok()).expect("a port");
        let (name, protocol) = match request["protocol"].as_u64() {
            Some(6) => ("TCP", Protocol::Tcp),
            Some(17) => ("UDP", Protocol::parse("UDP").unwrap()),
            Some(132) => ("SCTP", Protocol::parse("SCTP").unwrap()),
            other => panic!("no protocol {other:?}"),
        };
        let ports = list(self.asked(request), "ports").iter();
        let named = ports.filter(|port| {
            port["number"].as_u64() == Some(number.into())
                && port["protocol"].as_str().unwrap_or("TCP") == name
        });
        let names: BTreeSet<String> = named.map(|port| text(port, "name")).collect();
        Port { number, protocol, names: Some(names.into_iter().collect()) }
    }

    fn request(&self, request: &Json) -> Request {
        let source: IpAddr = text(request, "source").parse().expect("an address");
        let pod = self.asked(request);
        let own = list(pod, "addresses").iter().map(|text| text.as_str().unwrap().parse::<IpAddr>().unwrap());
        let own = own.clone().find(|own| own.is_ipv4() == source.is_ipv4()).expect("an address");
        let http = |key: &str| Value::Text(request[key].as_str().map(str::to_string));
        let values: BTreeMap<Dimension, Value> = [
            (Dimension::Destination, Value::Destination(self.endpoint(pod))),
            (Dimension::Port, Value::Port(self.port(request))),
            (Dimension::Peer, Value::Peer(Box::new(self.peer(request)))),
            (Dimension::SourceAddress, Value::Address(source)),
            (Dimension::DestinationAddress, Value::Address(own)),
            (Dimension::Method, http("method")),
            (Dimension::Path, http("path")),
        ]
        .into();
        Request { values }
    }

    /// What the interpreter decides, where it can.
    fn decide(&self, set: &Set, version: Version, request: &Json) -> Option<bool> {
        let mut tests = Tests::default();
        let cluster = Cluster::new(set, Side::After, version, &mut tests);
        let pod = self.endpoint(self.asked(request));
        let subject = Subject {
            name: text(request, "destination"),
            workload: None,
            before: pod.clone(),
            after: pod,
            sidecar: true,
            ports: Vec::new(),
        };
        let reading = if request["reading"] == "dikastes" { Reading::Dikastes } else { Reading::Dataplane };
        let chain = if request["method"].is_null() { Chain::Tcp } else { Chain::Http };
        let mut parts = cluster.parts(&subject, chain, reading);
        if reading == Reading::Dikastes {
            // Dikastes alone was asked.
            parts.retain(|part| part.engine == Engine::Dikastes);
        }
        let program = Program { parts };
        let asked = Asked { tests: &tests, request: self.request(request) };
        program.decide(&asked).map(|decision| decision.allowed).or_else(|| program.outcomes(&asked).only())
    }
}

/// The version that is asked about a reading. The Dikastes of 3.30 and 3.31 refuses everything in its
/// server, which the recording does not ask: its evaluator reads HTTP as that of 3.29 does.
fn version(engine: &str, request: &Json) -> Option<Version> {
    let broken = engine.starts_with("3.30") || engine.starts_with("3.31");
    let name = match (request["reading"].as_str(), broken) {
        (Some("dikastes"), true) if request["method"].is_null() => return None,
        (Some("dikastes"), true) => "3.29",
        _ => engine,
    };
    Some(name.parse().expect("a version"))
}

/// Whether the policies select accounts by labels of their own. The interpreter knows none, and says
/// that it cannot tell.
fn set_asks_for_account_labels(question: &Json) -> bool {
    text(question, "objects").contains("selector: has(x)")
}

/// The path of the recording, or nothing where the test is left out.
fn recording() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name);
    if let Some(path) = set("UNMESH_CALICO_RECORDING") {
        return Some(PathBuf::from(path));
    }
    let required = set("CI").is_some_and(|value| value == "true") && set("UNMESH_CALICO_REQUIRED").is_some();
    assert!(!required, "UNMESH_CALICO_RECORDING is not set, and a recording is required");
    None
}

#[test]
fn the_target_interpreter_decides_as_calico_does() {
    let Some(path) = recording() else {
        println!("left out: UNMESH_CALICO_RECORDING is not set; `conformance/calico/run` sets it");
        return;
    };
    let recorded = std::fs::read_to_string(path).expect("the recording");
    let (mut requests, mut allowed, mut left_out, mut sets) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut undecided = 0_usize;
    let mut different = Vec::new();
    for line in recorded.lines() {
        let answer: Json = serde_json::from_str(line).expect("an answer");
        let (question, engine) = (&answer["question"], text(&answer, "version"));
        let set = objects(question);
        let world = World { question };
        let verdicts = list(&answer, "verdicts");
        assert_eq!(verdicts.len(), list(question, "requests").len(), "{}", question["name"]);
        sets += 1;
        for (request, verdict) in list(question, "requests").iter().zip(verdicts) {
            let Some(version) = version(&engine, request) else {
                left_out += 1;
                continue;
            };
            let expected = verdict["allowed"].as_bool().expect("a verdict");
            requests += 1;
            allowed += usize::from(expected);
            let found = world.decide(&set, version, request);
            if found.is_none() && set_asks_for_account_labels(question) {
                undecided += 1;
            } else if found != Some(expected) {
                let (name, by) = (&question["name"], &verdict["by"]);
                let objects = text(question, "objects");
                different.push((objects.len(), format!(
                    "{name}, Calico {engine}: {request}\n  Calico allows: {expected}, by {by}\n  the interpreter: {found:?}\n{objects}"
                )));
            }
        }
    }
    println!(
        "{requests} requests to {sets} policy sets, {allowed} allowed, {left_out} left out, {undecided} undecided: {} differ",
        different.len()
    );
    assert!(requests >= 100, "too little was recorded");
    assert!(allowed * 10 >= requests * 3 && allowed * 10 <= requests * 7, "verdicts of one kind");
    different.sort();
    let shown: Vec<&str> = different.iter().take(SHOWN).map(|(_, text)| text.as_str()).collect();
    assert!(different.is_empty(), "{}", shown.join("\n"));
}
