//! One request, decided on both sides, with the whole way there.

mod find;
mod question;

pub use question::{Content, Pod, Question, Refusal, Which, Who};

use self::question::token;
use super::answer::Reading;
use super::compare::Input;
use super::dataplane::Dataplane;
use super::istio::Mesh;
use super::peer::Side;
use super::program::Program;
use super::request::{Dimension, Protocol, Request, Value};
use super::subject::{Chain, Subject, SubjectPort};
use super::test::Tests;
use super::trace::{Need, Trace, trace};
use super::undecided;
use super::universe::World;
use crate::config::{L7, Target};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The label of pods that run Dikastes.
const L7_LABEL: (&str, &str) = ("unmesh.dev/l7", "dikastes");

/// A request with what both sides make of it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What people call the workload asked.
    pub to: String,
    /// The request, as far as it is given.
    pub request: Request,
    /// Whether it was taken for HTTP.
    pub chain: Chain,
    /// Which way to run the target was taken.
    pub reading: Reading,
    /// With the mesh.
    pub before: Trace,
    /// Without it.
    pub after: Trace,
    /// What was taken for granted to find workload and peer.
    pub notes: Vec<String>,
}

/// Both sides, compiled.
struct Compiled {
    tests: Tests,
    mesh: Mesh,
    before: Dataplane,
    after: Dataplane,
}

/// Decides one request.
///
/// # Errors
/// The question names what the input does not hold, or what the checker has no model of.
pub fn explain(input: &Input<'_>, question: &Question) -> Result<Explanation, Refusal> {
    let world = World {
        resources: input.resources,
        inventory: input.inventory,
        settings: input.settings,
        before: input.before,
        after: input.after,
    };
    let mut notes = Vec::new();
    let protocol = question.protocol.map_or(Protocol::Tcp, question::Content::layer4);
    let found = find::subject(&world, &question.to, &mut notes)?;
    let port = found.port(&world, question.port, protocol);
    let peer = find::peer(&world, &question.from, &mut notes)?;
    let subject = found.subject;
    let chains = chains(question, &port, &mut notes);
    let reading = reading(input, &subject);
    for (policy, why) in undecided::reasons(&subject, input) {
        notes.push(format!("`{policy}`, which may select the workload, decides nothing here: {why}"));
    }
    let compiled = Compiled::new(input);
    let request = request(question, &port, peer, &mut notes);
    let sides = |chain| compiled.decide(&subject, &port, &request, chain, reading);
    let (chain, (mut before, mut after)) = match chains.as_slice() {
        [] => (Chain::Tcp, sides(Chain::Tcp)),
        [chain, ..] => (*chain, sides(*chain)),
    };
    for other in chains.iter().skip(1) {
        let (also_before, also_after) = sides(*other);
        open(&mut before, &also_before);
        open(&mut after, &also_after);
    }
    let request = with_destination(request, &subject, Side::Before);
    Ok(Explanation { to: subject.name, request, chain, reading, before, after, notes })
}

impl Compiled {
    fn new(input: &Input<'_>) -> Self {
        let target = input.settings.target;
        let mut tests = Tests::default();
        let mesh = Mesh::new(input.resources, input.settings, &mut tests);
        let before = Dataplane::new(input.before, Side::Before, target, &mut tests);
        let after = Dataplane::afterwards(input.after, input.before, target, &mut tests);
        Self { tests, mesh, before, after }
    }

    fn decide(
        &self,
        subject: &Subject,
        port: &SubjectPort,
        request: &Request,
        chain: Chain,
        reading: Reading,
    ) -> (Trace, Trace) {
        let mut parts = vec![self.mesh.part(subject, port, chain)];
        parts.extend(self.before.parts(subject, chain, Reading::Dataplane));
        let given = with_destination(request.clone(), subject, Side::Before);
        let before = trace(&Program { parts }, &self.tests, &given);
        let parts = self.after.parts(subject, chain, reading);
        let given = with_destination(request.clone(), subject, Side::After);
        (before, trace(&Program { parts }, &self.tests, &given))
    }
}

/// The same request to the pod as one side knows it.
fn with_destination(mut request: Request, subject: &Subject, side: Side) -> Request {
    let endpoint = match side {
        Side::Before => &subject.before,
        Side::After => &subject.after,
    };
    request.values.insert(Dimension::Destination, Value::Destination(endpoint.clone()));
    request
}

/// What two readings of the content disagree on is open.
fn open(trace: &mut Trace, other: &Trace) {
    if trace.allowed != other.allowed {
        (trace.allowed, trace.by) = (None, None);
        trace.needs.insert(Need::Content);
        trace.needs.extend(other.needs.iter().cloned());
    }
}

/// The chains that the request may go by: what the port is, unless the question says more.
fn chains(question: &Question, port: &SubjectPort, notes: &mut Vec<String>) -> Vec<Chain> {
    let wanted = match question.protocol {
        Some(protocol) => protocol.chain(),
        None => None,
    };
    let wanted = wanted.or_else(|| question.is_http().then_some(Chain::Http));
    let Some(wanted) = wanted else { return port.chains.clone() };
    if port.captured && !port.chains.contains(&wanted) {
        if port.chains.contains(&Chain::Ztunnel) {
            return on_ztunnel(wanted, port, notes);
        }
        notes.push(match wanted {
            Chain::Http => "the port is declared for TCP: the mesh sees no method, path, host, header or token there",
            Chain::Tcp | Chain::Ztunnel => "the port is declared for HTTP: what is no HTTP does not get through the proxy, and is decided here as a request",
        }.to_string());
        return port.chains.clone();
    }
    vec![wanted]
}

/// What is asked of HTTP is a connection to ztunnel.
fn on_ztunnel(wanted: Chain, port: &SubjectPort, notes: &mut Vec<String>) -> Vec<Chain> {
    if wanted == Chain::Http {
        let note = "the pod is in ambient mode: ztunnel sees no method, path, host, header or token";
        notes.push(note.to_string());
    }
    port.chains.clone()
}

/// The way to run the target that the settings and the pod's labels say.
fn reading(input: &Input<'_>, subject: &Subject) -> Reading {
    if input.settings.target == Target::Kubernetes {
        return Reading::Dataplane;
    }
    let (key, value) = L7_LABEL;
    let labelled = subject.after.labels.get(key).is_some_and(|label| label == value);
    match input.settings.l7 {
        L7::Dikastes => Reading::Dikastes,
        L7::Unstated if labelled => Reading::Dikastes,
        L7::Unstated | L7::None => Reading::Dataplane,
    }
}

/// The request, as far as the question gives it.
fn request(
    question: &Question,
    port: &SubjectPort,
    peer: super::peer::Peer,
    notes: &mut Vec<String>,
) -> Request {
    let mut values = BTreeMap::new();
    values.insert(Dimension::Port, Value::Port(port.port.clone()));
    values.insert(Dimension::Peer, Value::Peer(Box::new(peer)));
    let mut text = |of: Dimension, value: &Option<String>| {
        if let Some(value) = value {
            values.insert(of, Value::Text(Some(value.clone())));
        }
    };
    text(Dimension::Method, &question.method);
    text(Dimension::Host, &question.host);
    text(Dimension::Sni, &question.sni);
    let path = question.path.as_deref().map(|path| {
        let plain = path.split(['?', '#']).next().unwrap_or(path);
        if plain != path {
            notes.push("policies compare the path without query and fragment".to_string());
        }
        plain.to_string()
    });
    text(Dimension::Path, &path);
    for (name, value) in &question.headers {
        values.insert(Dimension::Header(name.to_lowercase()), Value::Text(value.clone()));
    }
    let of_peer = match question.from {
        Who::Address(address) => Some(address),
        Who::Pod(_) | Who::NodeLocal | Who::Outside => question.address,
    };
    if let Some(address) = of_peer {
        values.insert(Dimension::SourceAddress, Value::Address(address));
        client(question, address, &mut values);
    }
    if let Some(claims) = &question.claims {
        values.extend(token(claims));
        // Who asks about a token means one that is looked at: not that of a request which begins CORS,
        // unless this header is named too.
        let begins = Dimension::Header("access-control-request-method".to_string());
        values.entry(begins).or_insert(Value::Text(None));
    }
    Request { values }
}

/// Without a proxy in between the client is the peer.
fn client(question: &Question, address: IpAddr, values: &mut BTreeMap<Dimension, Value>) {
    let forwarded = question.headers.keys().any(|name| name.eq_ignore_ascii_case("x-forwarded-for"));
    if !forwarded {
        values.insert(Dimension::RemoteAddress, Value::Address(address));
    }
}
