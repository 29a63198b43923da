//! The source interpreter against a real Envoy, request by request.
//!
//! `.ci/envoy/run` asks an Envoy with the filters that istiod makes of some policies, and sets
//! `UNMESH_ENVOY_RECORDING` to what it decided. Here the interpreter is asked the same about the
//! policies themselves, in `.ci/envoy/policies`. `conformance/istio/run` does the same with the
//! filters of Istio's own code, and with random policies in the folder `UNMESH_ENVOY_RANDOM`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use unmesh::config::Settings;
use unmesh::istio::{self, Resources};
use unmesh::manifest::{self, Labels};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::verify::formula::Answers;
use unmesh::verify::istio::Mesh;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Spiffe};
use unmesh::verify::program::{Decision, Program};
use unmesh::verify::request::{Dimension, Port, Protocol, Request, Token, Value};
use unmesh::verify::subject::{Chain, Subject, SubjectPort};
use unmesh::verify::test::{TestId, Tests};
use unmesh::yaml::{Limits, parse};

/// The mesh of one case.
struct Case {
    mesh: Mesh,
    tests: Tests,
}

/// What the file has, or why it is not wholly read.
fn resources(file: &Path) -> Result<Resources, String> {
    let settings = Settings::default();
    let text = std::fs::read_to_string(file).expect("the policies of the case");
    let mut sources = SourceMap::default();
    let name = file.display().to_string();
    let id = sources.add(SourceFile::new(name, None, file.to_path_buf(), text));
    let parsed = parse(id, sources.file(id), Limits::default());
    let reading = manifest::collect(parsed.documents, &sources, &settings);
    let (resources, findings) = istio::read(&reading.manifest);
    let told: Vec<_> = parsed.findings.iter().chain(&findings).map(|found| found.message.as_str()).collect();
    if told.is_empty() { Ok(resources) } else { Err(format!("{}: {}", file.display(), told.join("; "))) }
}

impl Case {
    fn read(folder: &Path, name: &str) -> Result<Self, String> {
        let resources = resources(&folder.join(format!("{name}.yaml")))?;
        let mut tests = Tests::default();
        let mesh = Mesh::new(&resources, &Settings::default(), &mut tests);
        Ok(Self { mesh, tests })
    }

    fn decide(&self, asked: &Json) -> Option<Decision> {
        let port = port(asked);
        let chain = chain(asked);
        let subject = Subject {
            name: "Deployment/shop/catalog".to_string(),
            workload: None,
            before: endpoint("shop", "catalog"),
            after: endpoint("shop", "catalog"),
            sidecar: true,
            ports: Vec::new(),
        };
        let port = SubjectPort { port, captured: true, chains: vec![chain], stands_for_others: false };
        let program = Program { parts: vec![self.mesh.part(&subject, &port, chain)] };
        let mut request = request(asked, &port);
        for test in program.tests() {
            let dimension = self.tests.get(test).expect("a test").dimension();
            let absent = matches!(dimension, Dimension::Header(_) | Dimension::RequestClaim(_));
            if absent {
                request.values.entry(dimension).or_insert(Value::Text(None));
            }
        }
        program.decide(&Asked { tests: &self.tests, request: &request })
    }
}

struct Asked<'a> {
    tests: &'a Tests,
    request: &'a Request,
}

impl Answers for Asked<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        self.tests.asks(test, self.request)
    }
}

fn endpoint(namespace: &str, account: &str) -> Endpoint {
    Endpoint {
        namespace: Some(namespace.to_string()),
        account: Some(account.to_string()),
        labels: Labels::from([("app".to_string(), account.to_string())]),
        open: false,
        namespace_labels: None,
    }
}

fn text(asked: &Json, key: &str) -> Option<String> {
    asked[key].as_str().map(str::to_string)
}

fn chain(asked: &Json) -> Chain {
    match asked["chain"].as_str() {
        Some("http") => Chain::Http,
        Some("tcp") => Chain::Tcp,
        other => panic!("no chain {other:?}"),
    }
}

fn port(asked: &Json) -> Port {
    let number = asked["port"].as_u64().and_then(|number| u16::try_from(number).ok()).expect("a port");
    Port { number, protocol: Protocol::Tcp, names: None }
}

fn peer(asked: &Json) -> Peer {
    let Some(text) = asked["peer"].as_str() else {
        return Peer { kind: PeerKind::Outside, identity: None, before: None, after: None, workload: None };
    };
    let mut parts = text.split('/');
    let mut next = || parts.next().expect("TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT").to_string();
    let (trust_domain, _, namespace, _, account) = (next(), next(), next(), next(), next());
    let local = trust_domain == Settings::default().trust_domain;
    let known = local.then(|| endpoint(&namespace, &account));
    Peer {
        kind: if local { PeerKind::MeshPod } else { PeerKind::Foreign },
        identity: Some(Spiffe { trust_domain, namespace, account }),
        before: known.clone(),
        after: known,
        workload: None,
    }
}

fn request(asked: &Json, port: &SubjectPort) -> Request {
    let mut request = Request::default();
    let mut put = |dimension, value| drop(request.values.insert(dimension, value));
    let address = |key: &str| Value::Address(text(asked, key).and_then(|text| text.parse().ok()).unwrap());
    put(Dimension::Port, Value::Port(port.port.clone()));
    put(Dimension::Peer, Value::Peer(Box::new(peer(asked))));
    put(Dimension::SourceAddress, address("source"));
    put(Dimension::DestinationAddress, address("destination"));
    put(Dimension::RemoteAddress, address("remote"));
    put(Dimension::Sni, Value::Text(text(asked, "sni")));
    let http = &asked["http"];
    if http.is_null() {
        return request;
    }
    put(Dimension::Method, Value::Text(text(http, "method")));
    put(Dimension::Path, Value::Text(text(http, "path")));
    put(Dimension::Host, Value::Text(text(http, "host")));
    for (name, value) in http["headers"].as_object().unwrap() {
        put(Dimension::Header(name.clone()), Value::Text(value.as_str().map(str::to_string)));
    }
    let token = match http["token"].as_str() {
        Some("none") => Token::Absent,
        Some("valid") => Token::Valid,
        Some("invalid") => Token::Invalid,
        other => panic!("no token {other:?}"),
    };
    put(Dimension::Token, Value::Token(token));
    let claims = &http["claims"];
    let principal =
        text(claims, "iss").zip(text(claims, "sub")).map(|(issuer, subject)| format!("{issuer}/{subject}"));
    put(Dimension::RequestPrincipal, Value::Text(principal));
    put(Dimension::RequestAudience, Value::Text(text(claims, "aud")));
    put(Dimension::RequestPresenter, Value::Text(text(claims, "azp")));
    for (path, value) in flat(claims) {
        put(Dimension::RequestClaim(path), Value::Text(Some(value)));
    }
    request
}

/// Claims that are text, by their paths.
fn flat(claims: &Json) -> BTreeMap<Vec<String>, String> {
    let mut found = BTreeMap::new();
    for (key, value) in claims.as_object().into_iter().flatten() {
        match value {
            Json::String(text) => drop(found.insert(vec![key.clone()], text.clone())),
            inner => found.extend(flat(inner).into_iter().map(|(mut path, text)| {
                path.insert(0, key.clone());
                (path, text)
            })),
        }
    }
    found
}

/// The requests of a recording, and those that the interpreter decides otherwise.
#[derive(Default)]
struct Judged {
    entries: Vec<Json>,
    cases: BTreeMap<String, Case>,
    different: Vec<(Json, String)>,
    verdicts: BTreeSet<(String, bool)>,
    allowed: usize,
    /// Sets of policies that Istio takes and unmesh does not read without a word.
    unread: BTreeMap<String, String>,
}

fn judge(recording: &Path, folder: &Path) -> Judged {
    let text = std::fs::read_to_string(recording).expect("the recording");
    let entries: Vec<Json> = serde_json::from_str(&text).expect("a list");
    let mut judged = Judged::default();
    for entry in &entries {
        let name = entry["case"].as_str().expect("the name of a case").to_string();
        if judged.unread.contains_key(&name) {
            continue;
        }
        if !judged.cases.contains_key(&name) {
            match Case::read(folder, &name) {
                Ok(case) => drop(judged.cases.insert(name.clone(), case)),
                Err(told) => {
                    judged.unread.insert(name, told);
                    continue;
                }
            }
        }
        let allowed = entry["allowed"].as_bool().expect("a verdict");
        let decision = judged.cases.get(&name).expect("a case").decide(entry);
        if decision.as_ref().map(|decision| decision.allowed) != Some(allowed) {
            judged.different.push((entry.clone(), format!("{decision:?}")));
        }
        judged.verdicts.insert((name, allowed));
        judged.allowed += usize::from(allowed);
    }
    judged.entries = entries;
    judged
}

impl Judged {
    fn told(&self) -> String {
        let lines: Vec<_> = self
            .different
            .iter()
            .map(|(entry, decision)| format!("{entry}\n  the interpreter: {decision}"))
            .collect();
        lines.join("\n")
    }
}

#[test]
fn the_source_interpreter_decides_as_envoy_does() {
    let Some(recording) = std::env::var_os("UNMESH_ENVOY_RECORDING").map(PathBuf::from) else {
        println!("left out: UNMESH_ENVOY_RECORDING is not set; `bash .ci/envoy/run` sets it");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/envoy/policies");
    let judged = judge(&recording, &folder);
    let (entries, cases) = (judged.entries.len(), judged.cases.len());
    println!("{entries} requests in {cases} cases: {} differ", judged.different.len());
    assert!(judged.unread.is_empty(), "{:?}", judged.unread);
    assert!(cases >= 10 && entries >= 300, "too little was recorded");
    assert!(judged.verdicts.len() >= 2 * cases - 1, "cases of which one verdict is missing");
    assert!(judged.different.is_empty(), "{}", judged.told());
}

#[test]
fn random_policies_are_decided_as_envoy_decides() {
    let Some(folder) = std::env::var_os("UNMESH_ENVOY_RANDOM").map(PathBuf::from) else {
        println!("left out: UNMESH_ENVOY_RANDOM is not set; `bash conformance/istio/run` sets it");
        return;
    };
    let judged = judge(&folder.join("recording.json"), &folder);
    // For the program that makes the disagreements small.
    let different: Vec<_> = judged.different.iter().map(|(entry, _)| entry).collect();
    let text = serde_json::to_string(&different).expect("JSON");
    std::fs::write(folder.join("different.json"), text).expect("a file beside the recording");
    let decided = judged.entries.len();
    let share = judged.allowed * 100 / decided.max(1);
    println!(
        "{decided} requests on {} sets, {share} % allowed: {} differ; {} sets are not read",
        judged.cases.len(),
        judged.different.len(),
        judged.unread.len()
    );
    for told in judged.unread.values().collect::<BTreeSet<_>>().into_iter().take(20) {
        println!("not read: {told}");
    }
    assert!(judged.different.is_empty(), "{}", judged.told());
    assert!(judged.unread.is_empty(), "Istio takes policies that unmesh does not read in silence");
}
