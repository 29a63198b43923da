//! All requests of a world, decided by the naive evaluators.

use crate::run::{Plane, Setting, dataplanes, second};
use crate::worlds::calico::Reader;
use crate::worlds::known::is_known;
use crate::worlds::mesh::{self, Class};
use crate::worlds::requests::{Content, PORTS, Protocol, Request, contents, sources};
use crate::worlds::world::{Action, Authorization, Pod, Rule, Service, World, has_all};
use serde_json::Value;
use std::collections::BTreeMap;
use unmesh::verify::answer::Reading;

/// Where a difference is: the workload's name, the port, whether it is TCP, and the direction.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) workload: String,
    pub(crate) port: u16,
    pub(crate) tcp: bool,
    pub(crate) widens: bool,
}

/// A request's decisions before and after, by the order of the requests.
pub(crate) struct Decided {
    pub(crate) place: Place,
    pub(crate) request: String,
    pub(crate) was: bool,
    pub(crate) is: bool,
}

/// Decides every request to a workload that the input shows, between pods of which the input tells
/// what they are.
pub(crate) fn decide(
    world: &World,
    setting: Setting,
    documents: &[Value],
    readings: &[Reading],
) -> Vec<Decided> {
    let (sources, contents) = (sources(world), contents(world));
    let mut decided = Vec::new();
    for reading in readings {
        let planes = dataplanes([world, world], documents, setting, *reading);
        let second = second(setting, *reading);
        let shown = world.pods.iter().enumerate().filter(|(_, pod)| pod.shown && !pod.gateway);
        for (to, pod) in shown {
            for (port, source) in
                PORTS.into_iter().flat_map(|port| sources.iter().map(move |source| (port, source)))
            {
                let spoken = may_speak_http(world, pod, port);
                for (protocol, content) in asked(mesh::class(world, pod, port), &contents) {
                    let before = Request { source, to, port, protocol, content };
                    if !is_known(world, &before) || content.http.is_some() && !spoken {
                        continue;
                    }
                    let certificate = mesh::certificate(world, &before);
                    let http = content.http.is_some();
                    let runs = runs(world, &before);
                    let both = |plane: &Plane<'_>, request: &Request<'_>| {
                        plane.allows(request, Reader::Felix)
                            && second.filter(|_| runs).is_none_or(|reader| plane.allows(request, reader))
                    };
                    let was = both(&planes[0], &before)
                        && mesh::allows_by(world, &before, http, certificate.as_deref());
                    let is = both(&planes[1], &before);
                    let workload = format!("Deployment/{}/{}", pod.namespace, pod.name);
                    let place = Place { workload, port, tcp: protocol == Protocol::Tcp, widens: is };
                    let request = format!("{} ({reading:?})", before.describe(world));
                    decided.push(Decided { place, request, was, is });
                }
            }
        }
    }
    decided
}

/// Whether Dikastes sees a request, where it runs: it stands in the sidecar.
pub(crate) fn runs(world: &World, request: &Request<'_>) -> bool {
    let pod = &world.pods[request.to];
    request.protocol == Protocol::Tcp && world.has_sidecar_on(pod, request.port)
}

/// Whether HTTP may be spoken on a pod's port: the checker assumes it of the ports of its Services and of
/// those that rules with HTTP fields name on it, and of no others. What a Service or a policy says of other
/// pods says nothing of this one.
fn may_speak_http(world: &World, pod: &Pod, port: u16) -> bool {
    let is_http = |field: &str| !matches!(field, "ports" | "notPorts");
    let rules = on_pod(world, pod).flat_map(|policy| &policy.rules);
    let mut rules = rules.filter(|rule| rule.to.iter().flatten().any(|(field, _)| is_http(field)));
    services(world, pod).any(|service| service.port == port) || rules.any(|rule| named(rule).contains(&port))
}

/// The AuthorizationPolicies that act on a pod.
pub(crate) fn on_pod<'w>(world: &'w World, pod: &'w Pod) -> impl Iterator<Item = &'w Authorization> {
    let acting = world.authorization.iter();
    acting.filter(|policy| {
        !policy.dry_run
            && policy.action != Action::Audit
            && world.selects(&policy.namespace, &policy.selector, pod)
    })
}

/// The Services that select a pod.
pub(crate) fn services<'w>(world: &'w World, pod: &'w Pod) -> impl Iterator<Item = &'w Service> {
    let here = world.services.iter().filter(|service| service.namespace == pod.namespace);
    here.filter(|service| has_all(&pod.labels, &service.selector))
}

/// The ports that a rule names.
pub(crate) fn named(rule: &Rule) -> Vec<u16> {
    let fields = rule.to.iter().flatten().filter(|(field, _)| matches!(field.as_str(), "ports" | "notPorts"));
    let conditions = rule.when.iter().filter(|condition| condition.key == "destination.port");
    let conditions = conditions.flat_map(|condition| condition.values.iter().chain(&condition.not_values));
    fields.flat_map(|(_, values)| values).chain(conditions).map(|port| port.parse().unwrap()).collect()
}

/// What goes to a port of a class.
fn asked(class: Class, contents: &[Content]) -> Vec<(Protocol, &Content)> {
    let fits = |content: &&Content| match class {
        Class::Http => content.http.is_some(),
        Class::Tcp => content.http.is_none(),
        Class::Sniffed | Class::Connection => true,
    };
    let tcp = contents.iter().filter(fits).map(|content| (Protocol::Tcp, content));
    let udp = contents.iter().find(|content| content.http.is_none()).map(|content| (Protocol::Udp, content));
    tcp.chain(udp).collect()
}

/// The differences, each place with one request.
pub(crate) fn differences(decided: &[Decided]) -> BTreeMap<Place, String> {
    let differing = decided.iter().filter(|one| one.was != one.is);
    differing.map(|one| (one.place.clone(), one.request.clone())).collect()
}
