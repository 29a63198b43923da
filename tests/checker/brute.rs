//! All requests of a world, decided by the naive evaluators.

use crate::run::{Plane, Setting, dataplanes, second};
use crate::worlds::calico::Reader;
use crate::worlds::known::is_known;
use crate::worlds::mesh::{self, Class};
use crate::worlds::requests::{Content, PORTS, Protocol, Request, contents, sources};
use crate::worlds::spoken::may_speak_http;
use crate::worlds::world::World;
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
