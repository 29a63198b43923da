//! Before against after: the promise on every request of a world.

use crate::program::{self, Run};
use crate::worlds::calico::{Dataplane, Reader};
use crate::worlds::known::{is_alike, is_known, orders};
use crate::worlds::mesh::{self, Class};
use crate::worlds::requests::{PORTS, Protocol, Request, contents, sources};
use crate::worlds::world::{Pod, World, reaches};
use crate::worlds::yaml;
use unmesh::config::{L7, Layout, Settings};
use unmesh::finding::codes::platform::ENCRYPTION_ENDS;
use unmesh::finding::{Direction, Finding, Severity};

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

/// All settings that are asked for.
pub(crate) const SETTINGS: [Setting; 22] = [
    portable("calico@3.28", L7::Unstated),
    tiers("calico@3.32", L7::Unstated),
    portable("calico@3.28", L7::Dikastes),
    tiers("calico@3.29", L7::Dikastes),
    portable("calico@3.28", L7::None),
    portable("calico@3.32", L7::Unstated),
    tiers("calico@3.31", L7::Unstated),
    portable("calico@3.32", L7::Dikastes),
    portable("calico@3.32", L7::None),
    tiers("calico@3.32", L7::Dikastes),
    portable("calico@3.29", L7::Unstated),
    tiers("calico@3.29", L7::Unstated),
    portable("calico@3.29", L7::Dikastes),
    portable("calico@3.29", L7::None),
    tiers("calico@3.29", L7::None),
    portable("calico@3.31", L7::Unstated),
    portable("calico@3.31", L7::None),
    tiers("calico@3.31", L7::None),
    portable("calico@3.26", L7::Unstated),
    portable("calico@3.26", L7::Dikastes),
    tiers("calico@3.32", L7::None),
    portable("calico@3.26", L7::None),
];

/// Those in which unmesh's objects are an AND with everything else.
pub(crate) const IN_TIERS: [Setting; 3] =
    [tiers("calico@3.29", L7::None), tiers("calico@3.31", L7::Unstated), tiers("calico@3.32", L7::Dikastes)];

/// What must not happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Breach {
    /// Refused before, allowed after.
    Opened,
    /// Allowed before, refused after, and no finding says so.
    Silent,
    /// Not the same, where it can be.
    Inexact,
}

#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) breach: Breach,
    pub(crate) request: String,
    pub(crate) output: String,
}

/// What comparing came to.
#[derive(Default, Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) failure: Option<Failure>,
    pub(crate) blocked: bool,
    pub(crate) requests: usize,
    pub(crate) narrowed: usize,
}

/// Whether pods carry the guard label, and who reads the objects beside Felix.
struct View {
    guard: bool,
    second: Option<Reader>,
}

fn views(setting: Setting, run: &Run) -> Vec<View> {
    let guarded = run.text.contains("unmesh.dev/l7");
    let minor = setting.target.strip_prefix("calico@3.").unwrap();
    // In 3.31 Dikastes refuses everything: what it adds can open nothing.
    let reader = match minor {
        "32" => Some(Reader::NewDikastes),
        "31" => None,
        _ => Some(Reader::OldDikastes),
    };
    match setting.l7 {
        L7::None => vec![View { guard: false, second: None }],
        L7::Dikastes => vec![View { guard: false, second: reader }],
        // Nobody labels pods where nothing that is written asks for the label.
        L7::Unstated if !guarded => vec![View { guard: false, second: None }],
        L7::Unstated => {
            vec![View { guard: false, second: None }, View { guard: true, second: reader }]
        }
    }
}

/// Compares all requests. `exact`: what is not the same is a failure.
pub(crate) fn check(world: &World, setting: Setting, exact: bool) -> Outcome {
    let has_tiers = !["calico@3.26", "calico@3.28"].contains(&setting.target);
    let world = &if has_tiers { world.clone() } else { world.without_tiers() };
    let run = program::run(&yaml::render(world), &settings(world, setting));
    assert_lasting(&run);
    let mut outcome = Outcome { blocked: run.is_blocked(), ..Outcome::default() };
    if outcome.blocked {
        return outcome;
    }
    // That requests cross the network in clear is no question of who may send them.
    let mut of_access = run.findings().filter(|finding| finding.code != &ENCRYPTION_ENDS);
    let loud = of_access.find(|finding| finding.severity == Severity::Error);
    if let Some(finding) = loud.filter(|_| exact) {
        let request = format!("an error: {}", finding.message);
        outcome.failure = Some(Failure { breach: Breach::Inexact, request, output: run.said() });
        return outcome;
    }
    let before = Dataplane::new(world, &[], setting.target, false);
    // Whichever of several is the oldest, where the input does not show it.
    let worlds = orders(world);
    for view in views(setting, &run) {
        let after = Dataplane::new(world, &run.objects, setting.target, view.guard);
        for world in &worlds {
            compare(world, &run, &view, [&before, &after], exact, &mut outcome);
        }
    }
    outcome
}

/// What is written selects by no label of the mesh, so that it says the same with and without them.
pub(crate) fn assert_lasting(run: &Run) {
    for object in &run.objects {
        let spec = object["spec"].to_string().replace("sidecar.istio.io/inject", "");
        assert!(!spec.contains("istio.io/"), "{}", run.text);
    }
}

fn settings(world: &World, setting: Setting) -> Settings {
    let mut settings = program::settings(setting.target, setting.layout, setting.l7);
    if world.closed {
        let inside = world.namespaces.iter().filter(|namespace| namespace.injects);
        settings.mesh_namespaces = Some(inside.map(|namespace| namespace.name.clone()).collect());
    }
    settings
}

fn compare(
    world: &World,
    run: &Run,
    view: &View,
    [before, after]: [&Dataplane<'_>; 2],
    exact: bool,
    outcome: &mut Outcome,
) {
    let (sources, contents) = (sources(world), contents(world));
    for (to, pod) in world.pods.iter().enumerate() {
        for port in PORTS {
            // Ports outside capture are assumed to be alike on pods that the input does not show.
            let excluded = world.pods.iter().any(|pod| pod.excluded.contains(&port));
            if !pod.shown && (excluded || is_alike(world, pod)) {
                continue;
            }
            let class = mesh::class(world, pod, port);
            for source in &sources {
                for (index, content) in contents.iter().enumerate() {
                    let arrives = match class {
                        Class::Http => content.http.is_some(),
                        Class::Tcp => content.http.is_none(),
                        Class::Sniffed | Class::Connection => true,
                    };
                    if !arrives {
                        continue;
                    }
                    for protocol in [Protocol::Tcp, Protocol::Udp] {
                        if protocol == Protocol::Udp && index > 0 {
                            continue;
                        }
                        let request = Request { source, to, port, protocol, content };
                        // It stands in the sidecar, and reads what is in force before too.
                        let captured = world.has_sidecar_on(pod, port);
                        let second = view.second.filter(|_| captured && protocol == Protocol::Tcp);
                        let both = |plane: &Dataplane<'_>| {
                            plane.allows(&request, Reader::Felix)
                                && second.is_none_or(|reader| plane.allows(&request, reader))
                        };
                        let (was, is) = (both(before) && mesh_allows(world, &request), both(after));
                        outcome.requests += 1;
                        let breach = match (was, is) {
                            (true, true) | (false, false) => continue,
                            _ if exact => Breach::Inexact,
                            (false, true) if is_assumed(world, run, &request) => continue,
                            (false, true) => Breach::Opened,
                            (true, false) => {
                                outcome.narrowed += 1;
                                if !is_known(world, &request) || is_said(run, pod) {
                                    continue;
                                }
                                Breach::Silent
                            }
                        };
                        if outcome.failure.as_ref().is_none_or(|failure| failure.breach > breach) {
                            let request =
                                format!("{} (guard label: {})", request.describe(world), view.guard);
                            let output = format!("{}\n{}", run.said(), run.text);
                            outcome.failure = Some(Failure { breach, request, output });
                        }
                    }
                }
            }
        }
    }
}

/// Whether the mesh lets a request through. On ports whose protocol is sniffed it counts as refused
/// what either chain refuses.
pub(crate) fn mesh_allows(world: &World, request: &Request<'_>) -> bool {
    let certificate = mesh::certificate(world, request);
    let by = |http| mesh::allows_by(world, request, http, certificate.as_deref());
    match mesh::class(world, &world.pods[request.to], request.port) {
        Class::Http => by(true),
        Class::Tcp | Class::Connection => by(false),
        Class::Sniffed => by(false) && (request.content.http.is_none() || by(true)),
    }
}

/// The source is a pod without a proxy in a namespace that is taken for a member because a policy
/// names it (said by UM404), or one that the input does not show and that looks like one that it
/// shows, by account or labels.
pub(crate) fn is_assumed(world: &World, run: &Run, request: &Request<'_>) -> bool {
    let Some(pod) = request.source.pod.map(|index| &world.pods[index]) else { return false };
    let name = format!("`{}`", pod.namespace);
    let assumed = |finding: &Finding| finding.code.id == "UM404" && finding.message.contains(&name);
    let same_account = |other: &Pod| other.shown && world.is_injected(other) && other.account == pod.account;
    let twins = world.pods.iter().filter(|other| !pod.shown && other.namespace == pod.namespace);
    let by_account = twins.into_iter().any(same_account);
    is_alike(world, pod)
        || (!world.is_injected(pod) && !world.is_proven(pod) && (by_account || run.findings().any(assumed)))
}

/// Whether a finding says that a policy on this pod narrows.
pub(crate) fn is_said(run: &Run, pod: &Pod) -> bool {
    let selecting = |finding: &Finding| {
        let namespace = finding.object.as_ref().and_then(|object| object.namespace.as_deref());
        namespace.is_some_and(|namespace| reaches(namespace, pod))
    };
    // For pods that the input does not show, the ports of the Services count: said by UM412.
    let says = |finding: &&Finding| {
        finding.direction == Direction::Narrows || (!pod.shown && finding.code.id == "UM412")
    };
    run.findings().filter(says).any(selecting)
}
