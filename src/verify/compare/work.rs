//! Pieces of work: what is the same for several subjects and ports is searched once.

use super::Input;
use super::attribute::{Attributed, Meshes};
use super::classes::Library;
use super::search::{Sides, search};
use super::space::{Region, Space, TooMany};
use crate::finding::Direction;
use crate::verify::answer::Reading;
use crate::verify::dataplane::Dataplane;
use crate::verify::formula::Formula;
use crate::verify::istio::Mesh;
use crate::verify::peer::Side;
use crate::verify::program::{Action, Decision, Engine, Program};
use crate::verify::request::{Dimension, Protocol, Request, Value};
use crate::verify::subject::{Chain, Subject, SubjectPort};
use crate::verify::test::{TestId, Tests};
use std::collections::BTreeSet;

/// Everything that decides, compiled.
pub(super) struct Compiled {
    tests: Tests,
    meshes: Meshes,
    before: Dataplane,
    after: Dataplane,
}

impl Compiled {
    pub(super) fn new(input: &Input<'_>) -> Self {
        let target = input.settings.target;
        let mut tests = Tests::default();
        let mesh = Mesh::new(input.resources, input.settings, &mut tests);
        let meshes = Meshes::new(mesh, input.announcements, input.resources, input.inventory, &mut tests);
        let before = Dataplane::new(input.before, Side::Before, target, &mut tests);
        let after = Dataplane::afterwards(input.after, input.before, target, &mut tests);
        Self { tests, meshes, before, after }
    }

    pub(super) fn world(&self) -> World<'_> {
        let Self { tests, meshes, before, after } = self;
        World { tests, meshes, before, after }
    }
}

/// The same, to be asked.
pub(super) struct World<'a> {
    pub(super) tests: &'a Tests,
    pub(super) meshes: &'a Meshes,
    pub(super) before: &'a Dataplane,
    pub(super) after: &'a Dataplane,
}

/// One port of one subject, by one chain, in one reading.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) subject: &'a Subject,
    pub(super) port: &'a SubjectPort,
    pub(super) chain: Chain,
    pub(super) reading: Reading,
}

/// What a piece is made of, as far as the search can see: equal keys give equal results.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    /// Formulas by their place in memory, which is one for each compiled rule.
    steps: Vec<(usize, Action)>,
    ends: Vec<Option<Decision>>,
    /// What the workload and the port answer.
    fixed: Vec<(TestId, Option<bool>)>,
    chain: Chain,
    reading: Reading,
}

/// What the search of a piece found.
#[derive(Clone, Debug, Default)]
pub(super) struct Result {
    pub(super) differences: Vec<Attributed>,
    pub(super) unknown: Vec<String>,
    pub(super) regions: u64,
    pub(super) capped: bool,
}

impl<'a> World<'a> {
    pub(super) fn sides(&self, piece: Piece<'a>) -> Sides<'a> {
        let Piece { subject, port, chain, reading } = piece;
        // Dikastes sits behind the proxy, and sees what the proxy sees.
        let proxied = port.captured && port.port.protocol == Protocol::Tcp;
        let decide = |dataplane: &'a Dataplane| {
            let mut parts = dataplane.parts(subject, chain, reading);
            parts.retain(|part| proxied || part.engine != Engine::Dikastes);
            parts
        };
        let with = |mesh: &'a crate::verify::istio::Mesh| {
            let mut parts = vec![mesh.part(subject, port, chain)];
            parts.extend(decide(self.before));
            Program { parts }
        };
        Sides {
            before: with(&self.meshes.before),
            after: Program { parts: decide(self.after) },
            narrowed: with(self.meshes.announced(reading, Direction::Narrows)),
            widened: with(self.meshes.announced(reading, Direction::Widens)),
        }
    }

    pub(super) fn key(&self, piece: Piece<'a>) -> Key {
        let sides = self.sides(piece);
        let programs = [&sides.before, &sides.after, &sides.narrowed, &sides.widened];
        let tiers = || programs.iter().flat_map(|program| &program.parts).flat_map(|part| &part.tiers);
        let place = |formula: &Formula| std::ptr::from_ref(formula) as usize;
        let steps = tiers().flat_map(|tier| &tier.steps).map(|step| (place(step.when), step.action));
        let ends = tiers().map(|tier| tier.end.clone());
        let otherwise = programs.iter().flat_map(|program| &program.parts);
        let otherwise = otherwise.map(|part| Some(part.otherwise.clone()));
        let fixed = fixed(piece);
        let answers = asked(&programs).into_iter().filter_map(|id| {
            let dimension = self.tests.get(id)?.dimension();
            let value = fixed.values.get(&dimension)?;
            Some((id, self.tests.passes(id, value)))
        });
        Key {
            steps: steps.collect(),
            ends: ends.chain(otherwise).collect(),
            fixed: answers.collect(),
            chain: piece.chain,
            reading: piece.reading,
        }
    }

    pub(super) fn run(&self, piece: Piece<'a>, library: &Library<'_>) -> Result {
        let sides = self.sides(piece);
        let asked = asked(&[&sides.before, &sides.after, &sides.narrowed, &sides.widened]);
        let space = match Space::new(fixed(piece), &asked, library) {
            Ok(space) => space,
            Err(TooMany(dimension)) => {
                let why = format!("there are too many different {} to compare", plural(&dimension));
                return Result { unknown: vec![why], capped: true, ..Result::default() };
            }
        };
        let searched = search(&sides, &Region::whole(&space), &self.meshes.told_apart(&sides.before));
        let mut differences = Vec::new();
        if !searched.found.is_empty() {
            let in_force: Vec<_> = sides.before.parts.iter().skip(1).cloned().collect();
            let candidates = self.meshes.candidates(piece, &in_force);
            differences = candidates.attribute(&sides, searched.found);
        }
        Result { differences, unknown: searched.unknown, regions: searched.regions, capped: searched.capped }
    }
}

/// What is given in a piece.
fn fixed(piece: Piece<'_>) -> Request {
    let values = [
        (Dimension::Destination, Value::Destination(piece.subject.after.clone())),
        (Dimension::Port, Value::Port(piece.port.port.clone())),
    ];
    Request { values: values.into() }
}

fn asked(programs: &[&Program<'_>]) -> BTreeSet<TestId> {
    programs.iter().flat_map(|program| program.tests()).collect()
}

/// What people call the values of a dimension.
fn plural(dimension: &Dimension) -> &'static str {
    match dimension {
        Dimension::Destination => "workloads",
        Dimension::Port => "ports",
        Dimension::Peer => "peers",
        Dimension::Label(_) => "labels",
        Dimension::SourceAddress | Dimension::DestinationAddress | Dimension::RemoteAddress => "addresses",
        Dimension::Sni => "server names",
        Dimension::Token => "tokens",
        Dimension::PeerAuthentication => "policies",
        Dimension::Authorizer(_) => "authorizers",
        Dimension::Method => "methods",
        Dimension::Path => "paths",
        Dimension::Host => "hosts",
        Dimension::Header(_) => "headers",
        Dimension::RequestPrincipal
        | Dimension::RequestAudience
        | Dimension::RequestPresenter
        | Dimension::RequestClaim(_) => "claims",
        Dimension::EnvoyFilter(_) => "metadata values",
    }
}
