//! The mesh of some policies, and what it decides about a request.

use crate::request::{endpoint, port_and_chain, request};
use serde_json::Value as Json;
use std::path::PathBuf;
use unmesh::config::Settings;
use unmesh::istio;
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::verify::formula::Answers;
use unmesh::verify::istio::Mesh;
use unmesh::verify::program::{Decision, Program};
use unmesh::verify::request::{Dimension, Request, Value};
use unmesh::verify::subject::{Enforcer, Subject, SubjectPort};
use unmesh::verify::test::{TestId, Tests};
use unmesh::yaml::{Limits, parse};

/// The mesh of one case.
pub(crate) struct Case {
    mesh: Mesh,
    tests: Tests,
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

impl Case {
    /// The mesh of the policies, or why they are not wholly read.
    pub(crate) fn read(name: &str, policies: &str) -> Result<Self, String> {
        let settings = Settings::default();
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new(name.to_string(), None, PathBuf::from(name), policies));
        let parsed = parse(id, sources.file(id), Limits::default());
        let reading = manifest::collect(parsed.documents, &sources, &settings);
        let (resources, findings) = istio::read(&reading.manifest);
        let told: Vec<_> =
            parsed.findings.iter().chain(&findings).map(|found| found.message.as_str()).collect();
        if !told.is_empty() {
            return Err(format!("{name}: {}", told.join("; ")));
        }
        let mut tests = Tests::default();
        let mesh = Mesh::new(&resources, &settings, &mut tests);
        Ok(Self { mesh, tests })
    }

    /// What the interpreter decides; `None` where it does not know.
    pub(crate) fn decide(&self, asked: &Json) -> Option<Decision> {
        let (port, chain) = port_and_chain(asked);
        let subject = Subject {
            name: "Deployment/shop/catalog".to_string(),
            workload: None,
            before: endpoint("shop", "catalog"),
            after: endpoint("shop", "catalog"),
            enforcer: Enforcer::Sidecar,
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
