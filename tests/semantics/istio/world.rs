//! Policies from short lines, requests from words, decisions as words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::manifest::{Labels, collect};
use unmesh::source::{SourceFile, SourceMap};
use unmesh::verify::formula::Answers;
use unmesh::verify::istio::{Loss, Mesh};
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Spiffe};
use unmesh::verify::program::{Decision, Program, What};
use unmesh::verify::request::{Answer, Dimension, Port, Protocol, Request, Token, Value};
use unmesh::verify::subject::{Chain, Enforcer, Subject, SubjectPort};
use unmesh::verify::test::{TestId, Tests};
use unmesh::yaml::{Limits, parse};

/// A mesh with its tests.
pub(crate) struct World {
    mesh: Mesh,
    pub(crate) tests: Tests,
}

/// A request by its words, each `NAME=VALUE` or a flag.
struct Asked<'w> {
    words: BTreeMap<&'w str, &'w str>,
}

/// A request, and tests asked of it: what it does not name is not there.
struct Answered<'w> {
    tests: &'w Tests,
    request: Request,
}

impl Answers for Answered<'_> {
    fn passes(&self, test: TestId) -> Option<bool> {
        let of = self.tests.get(test)?.dimension();
        if self.request.values.contains_key(&of) {
            return self.tests.asks(test, &self.request);
        }
        self.tests.passes(test, &Value::Text(None))
    }
}

/// `KIND NAMESPACE/NAME [dry-run=VALUE] [created=TIME] SPEC` as a document.
fn document(line: &str) -> String {
    let (kind, rest) = line.split_once(' ').expect("a kind");
    let (name, mut rest) = rest.split_once(' ').expect("a name");
    let (namespace, name) = name.split_once('/').expect("a namespace");
    let mut metadata = format!("name: {name}, namespace: {namespace}");
    while let Some((word, after)) = rest.split_once(' ').filter(|(word, _)| !word.starts_with('{')) {
        let field = match word.split_once('=').expect("NAME=VALUE") {
            ("dry-run", value) => format!(", annotations: {{istio.io/dry-run: \"{value}\"}}"),
            ("created", value) => format!(", creationTimestamp: \"{value}\""),
            (other, _) => panic!("`{other}`"),
        };
        metadata.push_str(&field);
        rest = after;
    }
    format!("apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {rest}\n")
}

impl World {
    /// The trust domain may have aliases behind it, each behind a blank.
    pub(crate) fn in_trust_domain(policies: &str, trust_domain: &str) -> Self {
        let lines = policies.lines().map(str::trim).filter(|line| !line.is_empty());
        let text = lines.map(document).collect::<Vec<_>>().join("---\n");
        let mut sources = SourceMap::default();
        let name = "input.yaml".to_string();
        let file = sources.add(SourceFile::new(name.clone(), None, PathBuf::from(name), text.as_str()));
        let parsed = parse(file, sources.file(file), Limits::default());
        assert!(parsed.findings.is_empty(), "{text}\n{:?}", parsed.findings);
        let mut domains = trust_domain.split(' ').map(str::to_string);
        let settings = Settings {
            trust_domain: domains.next().expect("a trust domain"),
            trust_domain_aliases: domains.collect(),
            ..Settings::default()
        };
        let manifest = collect(parsed.documents, &sources, &settings).manifest;
        let (resources, findings) = unmesh::istio::read(&manifest);
        assert!(findings.is_empty(), "{text}\n{findings:?}");
        let mut tests = Tests::default();
        let mesh = Mesh::new(&resources, &settings, &mut tests);
        Self { mesh, tests }
    }

    pub(crate) fn announced(&mut self, losses: &[Loss]) -> Self {
        let mesh = self.mesh.announced(losses, &mut self.tests);
        Self { mesh, tests: std::mem::take(&mut self.tests) }
    }

    /// Who decides, and how: `allow by rule p rules[0]`, `unknown`.
    pub(crate) fn ask(&self, request: &str) -> String {
        let asked = Asked::parse(request);
        let (subject, port) = (asked.subject(), asked.port());
        let parts = vec![self.mesh.part(&subject, &port, asked.chain())];
        let program = Program { parts };
        let answers = Answered { tests: &self.tests, request: asked.request(&port) };
        match program.decide(&answers) {
            Some(decision) => shown(&decision),
            None => match program.outcomes(&answers).only() {
                None => "unknown".to_string(),
                Some(allowed) => format!("{} anyhow", verb(allowed)),
            },
        }
    }
}

fn verb(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

fn shown(decision: &Decision) -> String {
    let what = match decision.by.what {
        What::Rule => "rule",
        What::Authorizer => "authorizer",
        What::MutualTls => "mutual TLS",
        What::BadToken => "token",
        What::NoAllowMatched => "default",
        What::NoPolicy => "nobody",
        What::NotCaptured => "no proxy",
        What::Isolated => "isolation",
        other => panic!("{other:?}"),
    };
    let mut words = vec![verb(decision.allowed), "by", what];
    words.extend(decision.by.objects.iter().map(|object| object.name.as_str()));
    words.extend(decision.by.field.iter().map(|field| field.trim_start_matches("spec.")));
    words.join(" ")
}

impl<'w> Asked<'w> {
    fn parse(text: &'w str) -> Self {
        let word = |word: &'w str| word.split_once('=').unwrap_or((word, ""));
        let words: BTreeMap<&str, &str> = text.split_whitespace().map(word).collect();
        for name in words.keys() {
            let known = NAMES.contains(name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
            assert!(known, "`{name}` is no part of a request");
        }
        Self { words }
    }

    fn word(&self, name: &str) -> Option<&'w str> {
        self.words.get(name).copied()
    }

    fn chain(&self) -> Chain {
        match (self.word("ztunnel"), self.word("tcp")) {
            (Some(_), _) => Chain::Ztunnel,
            (None, Some(_)) => Chain::Tcp,
            (None, None) => Chain::Http,
        }
    }

    /// `app=catalog` in `shop`, unless `in` and `labels` say otherwise.
    fn subject(&self) -> Subject {
        let label =
            |pair: &str| pair.split_once(':').map(|(key, value)| (key.to_string(), value.to_string()));
        let labels: Labels =
            self.word("labels").unwrap_or("app:catalog").split(',').filter_map(label).collect();
        let endpoint = Endpoint {
            namespace: Some(self.word("in").unwrap_or("shop").to_string()),
            account: Some("catalog".to_string()),
            labels,
            open: self.word("open").is_some(),
            namespace_labels: None,
        };
        Subject {
            name: "subject".to_string(),
            workload: None,
            before: endpoint.clone(),
            after: endpoint,
            enforcer: match (self.word("ztunnel"), self.word("bare")) {
                (Some(_), _) => Enforcer::Ztunnel,
                (None, Some(_)) => Enforcer::Nobody,
                (None, None) => Enforcer::Sidecar,
            },
            ports: Vec::new(),
        }
    }

    fn port(&self) -> SubjectPort {
        let protocol = match (self.word("udp"), self.word("icmp")) {
            (Some(_), _) => Protocol::Udp,
            (None, Some(_)) => Protocol::Icmp,
            (None, None) => Protocol::Tcp,
        };
        let number = self.word("port").unwrap_or("8080").parse().expect("a port");
        SubjectPort {
            port: Port { number, protocol, names: Some(BTreeSet::new()) },
            captured: self.word("uncaptured").is_none(),
            chains: vec![self.chain()],
            stands_for_others: false,
        }
    }

    /// `NAMESPACE/ACCOUNT`, with its trust domain in front where it is another, or `plain`.
    fn peer(&self) -> Peer {
        let text = self.word("from").unwrap_or("other/app");
        let spiffe = |trust_domain: &str, namespace: &str, account: &str| Spiffe {
            trust_domain: trust_domain.to_string(),
            namespace: namespace.to_string(),
            account: account.to_string(),
        };
        let identity = match text.split('/').collect::<Vec<_>>().as_slice() {
            ["plain"] => None,
            [namespace, account] => Some(spiffe("cluster.local", namespace, account)),
            [domain, namespace, account] => Some(spiffe(domain, namespace, account)),
            _ => panic!("`{text}` is no peer"),
        };
        let kind = if identity.is_some() { PeerKind::MeshPod } else { PeerKind::BarePod };
        Peer { kind, identity, before: None, after: None, workload: None }
    }

    fn request(&self, port: &SubjectPort) -> Request {
        let address = |name: &str, otherwise: &str| {
            Value::Address(self.word(name).unwrap_or(otherwise).parse().expect("an address"))
        };
        let text = |text: &str| Value::Text(Some(text.to_string()));
        let token = match self.word("token") {
            None => Token::Absent,
            Some("valid") => Token::Valid,
            Some("invalid") => Token::Invalid,
            Some(other) => panic!("`{other}` is no token"),
        };
        let mut values = BTreeMap::from([
            (Dimension::Port, Value::Port(port.port.clone())),
            (Dimension::Peer, Value::Peer(Box::new(self.peer()))),
            (Dimension::SourceAddress, address("ip", "192.0.2.1")),
            (Dimension::DestinationAddress, address("to", "192.0.2.2")),
            (Dimension::RemoteAddress, address("remote", "192.0.2.3")),
            (Dimension::Token, Value::Token(token)),
        ]);
        let provider = Dimension::Authorizer("opa".to_string());
        let refuses = self.word("refuses").is_some();
        let answer = if refuses { Answer::Refuses } else { Answer::Passes };
        values.insert(provider, Value::Answer(answer));
        if self.chain() == Chain::Http {
            values.insert(Dimension::Method, text(self.word("method").unwrap_or("GET")));
            values.insert(Dimension::Path, text(self.word("path").unwrap_or("/")));
            values.insert(Dimension::Host, text(self.word("host").unwrap_or("catalog:8080")));
        }
        for (name, value) in &self.words {
            let dimension = match name.split_once(':') {
                Some(("header", name)) => Dimension::Header(name.to_string()),
                Some(("claim", path)) => {
                    Dimension::RequestClaim(path.split('.').map(str::to_string).collect())
                }
                Some(("metadata", key)) => Dimension::EnvoyFilter(key.to_string()),
                _ => match *name {
                    "principal" => Dimension::RequestPrincipal,
                    "audience" => Dimension::RequestAudience,
                    "presenter" => Dimension::RequestPresenter,
                    "sni" => Dimension::Sni,
                    "force" => Dimension::PeerAuthentication,
                    _ => continue,
                },
            };
            // Words of a request are parted by spaces, so a plus sign stands for one in a value.
            values.insert(dimension, text(&value.replace('+', " ")));
        }
        Request { values }
    }
}

const NAMES: [&str; 24] = [
    "ztunnel",
    "tcp",
    "udp",
    "icmp",
    "bare",
    "uncaptured",
    "open",
    "in",
    "labels",
    "port",
    "from",
    "ip",
    "to",
    "remote",
    "token",
    "refuses",
    "method",
    "path",
    "host",
    "principal",
    "audience",
    "presenter",
    "sni",
    "force",
];

const PREFIXES: [&str; 3] = ["header:", "claim:", "metadata:"];
