//! A witness, decided by the naive evaluators: a world of the two who talk.

use crate::brute::runs;
use crate::run::{Checked, Plane, Setting, dataplanes, second};
use crate::worlds::calico::Reader;
use crate::worlds::mesh;
use crate::worlds::requests::{Content, Protocol, Request, Source};
use crate::worlds::world::{Action, Labels, Namespace, NetworkSet, Pod, Shown, Wish, World};
use std::net::IpAddr;
use unmesh::verify::answer::Difference;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind, Side};
use unmesh::verify::request::{Answer, Dimension, Protocol as Asked, Value};
use unmesh::verify::subject::{Chain, Enforcer, Subject};

/// Addresses that no world uses.
const SOURCES: [&str; 2] = ["192.0.2.77", "2001:db8:ffff::77"];
const SUBJECTS: [&str; 2] = ["192.0.2.66", "2001:db8:ffff::66"];

/// What the naive evaluators say of a difference's request: before, and after.
pub(crate) fn decide(
    world: &World,
    setting: Setting,
    checked: &Checked,
    difference: &Difference,
) -> (bool, bool) {
    let subject = checked.subject(&difference.workload);
    let asked = Witness { difference, subject };
    let [before, after] = [Side::Before, Side::After].map(|side| asked.world(world, side));
    let source = |world: &World| Source { pod: (world.pods.len() > 1).then_some(1), address: asked.source() };
    let sources = [source(&before), source(&after)];
    let content = asked.content();
    let request =
        |source| Request { source, to: 0, port: asked.port().0, protocol: asked.port().1, content: &content };
    let [first, then] = [request(&sources[0]), request(&sources[1])];
    let planes = dataplanes([&before, &after], &checked.documents, setting, difference.reading);
    let identity =
        asked.peer().and_then(|peer| peer.identity.as_ref()).map(unmesh::verify::peer::Spiffe::text);
    let http = difference.chain == Chain::Http;
    let second = second(setting, difference.reading);
    let both = |plane: &Plane<'_>, world: &World, request: &Request<'_>| {
        let second = second.filter(|_| runs(world, request));
        plane.allows(request, Reader::Felix) && second.is_none_or(|reader| plane.allows(request, reader))
    };
    let was =
        both(&planes[0], &before, &first) && mesh::allows_by(&before, &first, http, identity.as_deref());
    (was, both(&planes[1], &after, &then))
}

struct Witness<'a> {
    difference: &'a Difference,
    subject: &'a Subject,
}

impl<'a> Witness<'a> {
    fn value(&self, dimension: &Dimension) -> Option<&'a Value> {
        self.difference.request.values.get(dimension)
    }

    fn text(&self, dimension: &Dimension) -> Option<String> {
        match self.value(dimension) {
            Some(Value::Text(text)) => text.clone(),
            Some(_) | None => None,
        }
    }

    fn address(&self, dimension: &Dimension) -> Option<IpAddr> {
        match self.value(dimension) {
            Some(Value::Address(address)) => Some(*address),
            Some(_) | None => None,
        }
    }

    fn source(&self) -> IpAddr {
        let of_family = self.address(&Dimension::DestinationAddress).is_some_and(|address| address.is_ipv6());
        let default = SOURCES[usize::from(of_family)].parse().unwrap();
        self.address(&Dimension::SourceAddress).unwrap_or(default)
    }

    fn peer(&self) -> Option<&'a Peer> {
        match self.value(&Dimension::Peer) {
            Some(Value::Peer(peer)) => Some(peer),
            Some(_) | None => None,
        }
    }

    fn port(&self) -> (u16, Protocol) {
        match self.value(&Dimension::Port) {
            Some(Value::Port(port)) => {
                let protocol = if port.protocol == Asked::Tcp { Protocol::Tcp } else { Protocol::Udp };
                (port.number, protocol)
            }
            other => panic!("no port: {other:?}"),
        }
    }

    fn content(&self) -> Content {
        let of = |dimension, default: &str| self.text(&dimension).unwrap_or_else(|| default.to_string());
        let http = (self.difference.chain == Chain::Http)
            .then(|| (of(Dimension::Method, "GET"), of(Dimension::Path, "/x")));
        Content { http, host: of(Dimension::Host, "other.example"), sni: of(Dimension::Sni, "") }
    }

    /// The world's policies, and the two pods as one side sees them.
    fn world(&self, world: &World, side: Side) -> World {
        let mut alone = world.clone();
        alone.pods = vec![self.asked(world)];
        let passes = |value: &Value| matches!(value, Value::Answer(Answer::Passes));
        if self.difference.request.values.values().any(passes) {
            alone.authorization.retain(|policy| policy.action != Action::Custom);
        }
        if let Some(peer) = self.peer() {
            // What takes a gateway's place is what the gateway was to policies in force, and a stranger to
            // all others.
            let side = if peer.kind == PeerKind::Gateway { Side::Before } else { side };
            assert!(peer.kind != PeerKind::Gateway || peer.after.is_none(), "nothing is mapped here");
            if let Some(endpoint) = peer.endpoint(side) {
                self.put(peer, endpoint, &mut alone);
            }
            check_peer(world, peer);
        }
        // Pods that the input does not show may have a sidecar injected by hand, whatever the namespace says.
        let shown =
            [self.subject.workload.is_some(), self.peer().is_some_and(|peer| peer.workload.is_some())];
        for (pod, _) in alone.pods.iter().zip(shown).filter(|(pod, shown)| pod.wish == Wish::In && !shown) {
            alone.namespaces.retain(|namespace| namespace.name != pod.namespace);
        }
        let spaces: Vec<String> = alone.pods.iter().map(|pod| pod.namespace.clone()).collect();
        for name in spaces {
            if !alone.namespaces.iter().any(|namespace| namespace.name == name) {
                alone.namespaces.push(Namespace { name, shown: Shown::No, injects: true });
            }
        }
        alone
    }

    /// The pod asked: the world's own where the input shows it.
    fn asked(&self, world: &World) -> Pod {
        let subject = self.subject;
        let shown = subject.workload.as_ref().map(|workload| {
            let found = world
                .pods
                .iter()
                .find(|pod| Some(&pod.namespace) == workload.namespace.as_ref() && pod.name == workload.name);
            found.unwrap_or_else(|| panic!("no pod {workload}")).clone()
        });
        let mut pod = shown.unwrap_or_else(|| {
            let port = subject.ports.iter().find(|port| port.port.number == self.port().0);
            let captured = port.is_none_or(|port| port.captured);
            let mut pod = self.pod(&subject.after);
            pod.excluded = if captured { Vec::new() } else { vec![self.port().0] };
            pod
        });
        if !pod.shown || !world.is_proven(&pod) {
            pod.wish = match subject.enforcer {
                Enforcer::Sidecar => Wish::In,
                Enforcer::Ztunnel | Enforcer::Nobody => Wish::Out,
            };
        }
        let own = self.address(&Dimension::DestinationAddress);
        pod.addresses = SUBJECTS.map(|address| {
            let address: IpAddr = address.parse().unwrap();
            own.filter(|own| own.is_ipv4() == address.is_ipv4()).unwrap_or(address)
        });
        pod
    }

    /// Puts the peer into the world: a pod, or a network set with its address.
    fn put(&self, peer: &Peer, endpoint: &Endpoint, world: &mut World) {
        if endpoint.account.is_none() {
            world.network_sets.push(NetworkSet {
                name: "witness".to_string(),
                namespace: endpoint.namespace.clone(),
                labels: self.labels(endpoint),
                nets: vec![self.source().to_string() + if self.source().is_ipv4() { "/32" } else { "/128" }],
            });
            return;
        }
        let mut pod = self.pod(endpoint);
        pod.gateway = peer.kind == PeerKind::Gateway;
        let ambient = |space: &Namespace| space.name == pod.namespace && space.shown == Shown::Ambient;
        // ztunnel proves identities as a sidecar does.
        let by_ztunnel = world.namespaces.iter().any(ambient);
        pod.wish = if peer.kind == PeerKind::BarePod || by_ztunnel { Wish::Out } else { Wish::In };
        world.pods.push(pod);
    }

    fn pod(&self, endpoint: &Endpoint) -> Pod {
        let address = self.source();
        Pod {
            name: "witness".to_string(),
            namespace: endpoint.namespace.clone().unwrap(),
            account: endpoint.account.clone().unwrap_or_else(|| "default".to_string()),
            labels: self.labels(endpoint),
            wish: Wish::Unsaid,
            gateway: false,
            shown: false,
            excluded: Vec::new(),
            addresses: [address, address],
        }
    }

    /// Its own labels, and of those that it may have the ones that the witness gives it.
    fn labels(&self, endpoint: &Endpoint) -> Labels {
        let mut labels: Labels = endpoint.labels.clone();
        if endpoint.open {
            for (dimension, value) in &self.difference.request.values {
                if let (Dimension::Label(key), Value::Text(Some(value))) = (dimension, value) {
                    labels.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        labels
    }
}

/// A peer that the input shows is what the world's pod is.
fn check_peer(world: &World, peer: &Peer) {
    let Some(workload) = &peer.workload else { return };
    let same = |pod: &&Pod| Some(&pod.namespace) == workload.namespace.as_ref() && pod.name == workload.name;
    let pod = world.pods.iter().find(same).unwrap_or_else(|| panic!("no pod {workload}"));
    let endpoint = peer.before.as_ref().expect("a pod is an endpoint");
    assert_eq!(endpoint.account.as_ref(), Some(&pod.account), "{workload}");
    assert!(pod.labels.iter().all(|(key, value)| endpoint.labels.get(key) == Some(value)), "{workload}");
    if world.is_proven(pod) {
        assert_eq!(peer.identity.is_some(), pod.gateway || world.is_injected(pod), "{workload}");
    }
}
