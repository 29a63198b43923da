//! Whether an answer tells of a difference that brute force found.

use crate::brute::Place;
use crate::run::{Checked, Setting, dataplanes};
use crate::worlds::requests::Protocol;
use crate::worlds::spoken::{named, on_pod, services};
use crate::worlds::world::{ROOT, World, has_all};
use unmesh::finding::Direction;
use unmesh::verify::answer::{Answer, Unknown, Verdict};
use unmesh::verify::request::Protocol as Asked;
use unmesh::verify::subject::SubjectPort;

/// Whether an answer tells of a difference at a place, or that it cannot tell.
///
/// A port without a verdict of its own is one of those that another port stands for. Which one, nobody says,
/// but nothing may tell the two apart: all ports of which that holds have to tell of the difference.
pub(crate) fn is_told(world: &World, setting: Setting, checked: &Checked, place: &Place) -> bool {
    let protocol = if place.tcp { Asked::Tcp } else { Asked::Udp };
    let ports = &checked.subject(&place.workload).ports;
    let ports: Vec<&SubjectPort> = ports.iter().filter(|port| port.port.protocol == protocol).collect();
    let told = |port: &SubjectPort| is_told_of(&checked.answer, place, &name(port, place.tcp));
    let own = ports.iter().find(|port| !port.stands_for_others && port.port.number == place.port);
    if let Some(own) = own {
        return told(own);
    }
    let lists = lists(world, setting, checked, place);
    let answers = |port: u16| -> Vec<bool> {
        lists.iter().map(|list| list.iter().any(|(first, last)| (*first..=*last).contains(&port))).collect()
    };
    let mut alike = ports.iter().filter(|port| answers(port.port.number) == answers(place.port)).peekable();
    alike.peek().is_some() && alike.all(|port| told(port))
}

/// What a verdict calls a port.
fn name(port: &SubjectPort, tcp: bool) -> String {
    let protocol = if tcp { "TCP" } else { "UDP" };
    if port.stands_for_others {
        format!("other/{protocol}")
    } else {
        format!("{}/{protocol}", port.port.number)
    }
}

/// All lists of ports, each with its ranges, that policies and declarations on the pod ask of: what
/// decides about two ports that all of them answer alike is the same.
fn lists(world: &World, setting: Setting, checked: &Checked, place: &Place) -> Vec<Vec<(u16, u16)>> {
    let is_it = |name: String| name == place.workload;
    let to = world.pods.iter().position(|pod| is_it(format!("Deployment/{}/{}", pod.namespace, pod.name)));
    let to = to.expect("a pod of the world");
    let pod = &world.pods[to];
    let protocol = if place.tcp { Protocol::Tcp } else { Protocol::Udp };
    let mut all = Vec::new();
    for reading in &checked.answer.readings {
        let planes = dataplanes([world, world], &checked.documents, setting, *reading);
        all.extend(planes.iter().flat_map(|plane| plane.port_lists(to, protocol)));
    }
    if place.tcp {
        let authentication = world.peer_authentication.iter().filter(|policy| {
            policy.namespace != ROOT
                && policy.namespace == pod.namespace
                && has_all(&pod.labels, &policy.selector)
        });
        let single = on_pod(world, pod).flat_map(|policy| policy.rules.iter().flat_map(named));
        let single = single.chain(services(world, pod).map(|service| service.port));
        let single =
            single.chain(authentication.flat_map(|policy| policy.ports.iter().map(|(port, _)| *port)));
        let excluded = pod.excluded.iter().copied().filter(|_| !world.is_ambient(pod));
        all.extend(single.chain(excluded).map(|port| vec![(port, port)]));
    }
    all
}

/// Whether a port's verdict tells of a difference at a place.
fn is_told_of(answer: &Answer, place: &Place, port: &str) -> bool {
    let direction = if place.widens { Direction::Widens } else { Direction::Narrows };
    let unknown = |unknown: &Unknown| {
        unknown.workload == place.workload && (unknown.port == port || unknown.port == "all")
    };
    if answer.unknown.iter().any(unknown) {
        return true;
    }
    let mut verdicts = answer.verdicts.iter();
    let verdict = verdicts.find(|verdict| verdict.workload == place.workload && verdict.port == port);
    match verdict.map(|verdict| &verdict.verdict) {
        None | Some(Verdict::Holds | Verdict::Unknown) => false,
        Some(Verdict::HoldsAsAnnounced | Verdict::Fails) => answer.differences.iter().any(|difference| {
            difference.direction == direction
                && (difference.workload == place.workload || difference.more > 0)
        }),
    }
}
