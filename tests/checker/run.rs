//! The checker, run in memory over a world.

use crate::brute::Place;
use crate::network_policies::{self, NetworkPolicies};
use crate::worlds::calico::{Dataplane, Reader};
use crate::worlds::requests::{Protocol, Request};
use crate::worlds::world::World;
use crate::worlds::yaml;
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;
use unmesh::config::{Calico, L7, Layout, Settings, Target};
use unmesh::finding::{Acceptance, Rules, find};
use unmesh::ir::Model;
use unmesh::lower;
use unmesh::pipeline::{self, Analysis};
use unmesh::report::product;
use unmesh::source::{SourceFile, Sources};
use unmesh::verify::answer::{Answer, Difference, Reading};
use unmesh::verify::program::{By, Decision};
use unmesh::verify::request::Value as Asked;
use unmesh::verify::subject::Subject;
use unmesh::verify::universe;

/// A target, its layout, and what is said of Dikastes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) target: &'static str,
    pub(crate) layout: Layout,
    pub(crate) l7: L7,
}

const fn portable(target: &'static str, l7: L7) -> Setting {
    Setting { target, layout: Layout::Portable, l7 }
}

const fn tiers(target: &'static str, l7: L7) -> Setting {
    Setting { target, layout: Layout::Tiers, l7 }
}

/// All settings that are tried, in turn.
pub(crate) const SETTINGS: [Setting; 13] = [
    portable("calico@3.28", L7::Unstated),
    tiers("calico@3.32", L7::Unstated),
    portable("calico@3.32", L7::Unstated),
    portable("calico@3.28", L7::Dikastes),
    tiers("calico@3.29", L7::Dikastes),
    portable("calico@3.29", L7::Dikastes),
    portable("calico@3.31", L7::Unstated),
    tiers("calico@3.31", L7::Unstated),
    portable("calico@3.32", L7::Dikastes),
    tiers("calico@3.32", L7::Dikastes),
    portable("calico@3.26", L7::None),
    portable("calico@3.32", L7::None),
    tiers("calico@3.29", L7::None),
];

impl Setting {
    /// The world as this version has it.
    pub(crate) fn world(self, world: &World) -> World {
        let has_tiers = !["calico@3.26", "calico@3.28"].contains(&self.target);
        if has_tiers { world.clone() } else { world.without_tiers() }
    }
}

/// What one run gave.
pub(crate) struct Checked {
    pub(crate) answer: Answer,
    /// The code of each announcement.
    pub(crate) announcements: Vec<String>,
    /// What stands afterwards, beside the policies in force.
    pub(crate) documents: Vec<Value>,
    pub(crate) subjects: Vec<Subject>,
}

fn sources(name: &str, text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.map.add(SourceFile::new(name.to_string(), None, PathBuf::from(name), text));
    sources
}

pub(crate) fn settings(world: &World, setting: Setting) -> Settings {
    let target = match setting.target {
        "kubernetes" => Target::Kubernetes,
        calico => calico.parse().unwrap(),
    };
    let target = match target {
        Target::Calico(calico) => Target::Calico(Calico { layout: setting.layout, ..calico }),
        Target::Kubernetes => target,
    };
    let mut settings = Settings { target, l7: setting.l7, ..Settings::default() };
    if world.closed {
        let inside = world.namespaces.iter().filter(|namespace| namespace.injects);
        settings.mesh_namespaces = Some(inside.map(|namespace| namespace.name.clone()).collect());
    }
    settings
}

/// Kubernetes has no form for some policies without opening something: that is accepted, so that the rest is
/// written.
fn rules(setting: Setting) -> Rules {
    let accepted: &[&str] = if setting.target == "kubernetes" { &["UM419", "UM510"] } else { &[] };
    let accept = |id: &&str| Acceptance::of(find(id).unwrap());
    Rules { accepted: accepted.iter().map(accept).collect(), ..Rules::default() }
}

/// Translates and verifies a world; `None` where nothing is written.
pub(crate) fn verify(world: &World, setting: Setting) -> Option<Checked> {
    verify_lowered(world, setting, |_| {})
}

/// The same with a change between lowering and translation.
pub(crate) fn verify_lowered(
    world: &World,
    setting: Setting,
    change: impl FnOnce(&mut Model),
) -> Option<Checked> {
    let (settings, rules) = (settings(world, setting), rules(setting));
    let front = pipeline::read(sources("input.yaml", &yaml::render(world)), &settings);
    let (mut model, findings) = lower::lower(&front.resources, &front.inventory, &settings);
    change(&mut model);
    let analysis = front.translate(&model, findings, &settings, &rules);
    let text = product::file(analysis.written.iter().map(|written| written.text.as_str()));
    check(analysis, &|| None, documents(&text), &settings, &rules)
}

/// Verifies a world against other policies.
pub(crate) fn verify_against(world: &World, setting: Setting, documents: &[Value]) -> Option<Checked> {
    let (settings, rules) = (settings(world, setting), rules(setting));
    let analysis = pipeline::analyse(sources("input.yaml", &yaml::render(world)), &settings, &rules);
    let texts: Vec<String> =
        documents.iter().map(|document| serde_yaml::to_string(document).unwrap()).collect();
    let text = texts.join("---\n");
    check(analysis, &|| Some(sources("against.yaml", &text)), documents.to_vec(), &settings, &rules)
}

fn check(
    mut analysis: Analysis,
    against: &dyn Fn() -> Option<Sources>,
    documents: Vec<Value>,
    settings: &Settings,
    rules: &Rules,
) -> Option<Checked> {
    let sides = pipeline::sides(&mut analysis, against(), settings);
    let world = universe::World {
        resources: &analysis.resources,
        inventory: &analysis.inventory,
        settings,
        before: &sides.before,
        after: &sides.after,
    };
    let (subjects, _, _) = universe::subjects(&world);
    let check = pipeline::check(&mut analysis, against(), settings, rules);
    let codes = check.announcements.iter();
    let announcements = codes
        .map(|announcement| format!("{} {}", announcement.finding.code.id, announcement.finding.message));
    Some(Checked { answer: check.answer?, announcements: announcements.collect(), documents, subjects })
}

fn documents(text: &str) -> Vec<Value> {
    let read = |document| {
        let value = serde_yaml::Value::deserialize(document).unwrap();
        serde_json::to_value(value).unwrap()
    };
    if text.is_empty() { Vec::new() } else { serde_yaml::Deserializer::from_str(text).map(read).collect() }
}

impl Checked {
    pub(crate) fn subject(&self, name: &str) -> &Subject {
        self.subjects
            .iter()
            .find(|subject| subject.name == name)
            .unwrap_or_else(|| panic!("no subject {name}"))
    }

    /// What is not told, and what is instead.
    pub(crate) fn untold(&self, place: &Place, request: &str) -> String {
        let verdicts = self.answer.verdicts.iter().filter(|verdict| verdict.workload == place.workload);
        let verdicts: Vec<String> =
            verdicts.map(|verdict| format!("{} {:?}", verdict.port, verdict.verdict)).collect();
        let told: Vec<String> =
            self.answer.differences.iter().map(|difference| self.describe(difference)).collect();
        format!("{place:?} is not told: {request}\n{}\n{}", verdicts.join(", "), told.join("\n"))
    }

    /// A difference in words, with what announced it.
    pub(crate) fn describe(&self, difference: &Difference) -> String {
        let by = difference.announced_by.map_or("nothing", |place| &self.announcements[place]);
        let Difference { workload, direction, reading, chain, request, before, after, .. } = difference;
        let values: Vec<String> = request.values.values().map(value).collect();
        let decision = |decision: &Decision| {
            let By { what, objects, field, span: _ } = &decision.by;
            let objects: Vec<String> = objects.iter().map(ToString::to_string).collect();
            let word = if decision.allowed { "allowed" } else { "refused" };
            format!("{word} by {what:?} {} {}", objects.join(" "), field.as_deref().unwrap_or(""))
        };
        format!(
            "{direction:?} at {workload} ({reading:?}, {chain:?}), announced by: {by}\n  {}\n  before: {}\n  after: {}",
            values.join("\n  "),
            decision(before),
            decision(after)
        )
    }
}

fn value(value: &Asked) -> String {
    match value {
        Asked::Peer(peer) => format!("{peer:?}"),
        Asked::Destination(endpoint) => format!("{endpoint:?}"),
        Asked::Port(port) => format!("{port:?}"),
        Asked::Text(text) => format!("{text:?}"),
        Asked::Address(address) => address.to_string(),
        Asked::Token(token) => format!("{token:?}"),
        Asked::Answer(answer) => format!("{answer:?}"),
    }
}

/// What decides beside the mesh, and in its place.
pub(crate) enum Plane<'w> {
    Calico(Dataplane<'w>),
    Kubernetes(NetworkPolicies<'w>),
}

impl Plane<'_> {
    /// Whether a request gets through; only Calico's objects have several readers.
    pub(crate) fn allows(&self, request: &Request<'_>, reader: Reader) -> bool {
        match self {
            Self::Calico(dataplane) => dataplane.allows(request, reader),
            Self::Kubernetes(policies) => policies.allows(request),
        }
    }

    /// The lists of ports in policies on a pod.
    pub(crate) fn port_lists(&self, to: usize, protocol: Protocol) -> Vec<Vec<(u16, u16)>> {
        match self {
            Self::Calico(dataplane) => dataplane.port_lists(to, protocol),
            Self::Kubernetes(policies) => policies.port_lists(to, protocol),
        }
    }
}

/// The target before, and afterwards with these documents.
pub(crate) fn dataplanes<'w>(
    [before, after]: [&'w World; 2],
    documents: &[Value],
    setting: Setting,
    reading: Reading,
) -> [Plane<'w>; 2] {
    if setting.target == "kubernetes" {
        let plane = |world: &'w World, ours: Vec<Value>| {
            Plane::Kubernetes(NetworkPolicies::new(world, network_policies::in_force(world), ours))
        };
        return [plane(before, Vec::new()), plane(after, documents.to_vec())];
    }
    let guard = reading == Reading::Dikastes;
    let afterwards = Dataplane::new(after, documents, setting.target, guard).after_gateways();
    [Plane::Calico(Dataplane::new(before, &[], setting.target, false)), Plane::Calico(afterwards)]
}

/// Who reads the objects beside Felix.
pub(crate) fn second(setting: Setting, reading: Reading) -> Option<Reader> {
    match (reading, setting.target) {
        (Reading::Dataplane, _) => None,
        (Reading::Dikastes, "calico@3.32") => Some(Reader::NewDikastes),
        (Reading::Dikastes, _) => Some(Reader::OldDikastes),
    }
}
