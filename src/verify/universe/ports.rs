//! The ports to ask about: each that anybody mentions, and one for each class of all others.

use super::choosers::Chooser;
use crate::manifest::{CapturedPorts, Inventory, PortTarget, ServicePort, Workload, matches_labels};
use crate::object::calico::Ports;
use crate::object::calico::ports::contains;
use crate::object::calico::v3;
use crate::verify::request::{Port, Protocol};
use crate::verify::subject::{Chain, SubjectPort};
use std::collections::{BTreeMap, BTreeSet};

/// Ports of the proxy itself: nothing listens there once it is gone.
pub(super) const PROXY_PORTS: [u16; 3] = [15_020, 15_021, 15_090];

/// Numbers for ports that nobody mentions, the plainest first.
const PLAIN: [u16; 4] = [9999, 12_345, 7777, 54_321];

/// What is mentioned of ports.
#[derive(Default, Debug)]
pub(super) struct Mentioned {
    /// By protocol.
    points: BTreeMap<Protocol, BTreeSet<u16>>,
    /// Lists of ranges, each asked as a whole.
    lists: BTreeSet<(Protocol, Vec<Ports>)>,
    /// Protocols beside TCP and UDP.
    protocols: BTreeSet<Protocol>,
    /// TCP ports on which somebody may speak HTTP, whether or not it is declared: those of templates
    /// and Services, and those that rules with HTTP fields name. The rest is taken for bytes.
    http: BTreeSet<u16>,
}

/// What is known of the pod whose ports they are.
pub(super) struct Pod<'a> {
    /// Which TCP ports reach a proxy; `None` for a pod without one.
    pub(super) captured: Option<&'a CapturedPorts>,
    /// What its containers call a port; `None` where they are not known.
    pub(super) names: &'a dyn Fn(u16, Protocol) -> Option<BTreeSet<String>>,
    /// By which chains connections to a TCP port go.
    pub(super) chains: &'a dyn Fn(u16) -> Vec<Chain>,
}

impl Mentioned {
    /// A port.
    pub(super) fn point(&mut self, protocol: Protocol, port: u16) {
        self.points.entry(protocol).or_default().insert(port);
    }

    /// What a policy mentions.
    pub(super) fn chooser(&mut self, chooser: &Chooser<'_>) {
        match chooser {
            Chooser::Istio(policy) => {
                policy.ports.iter().for_each(|port| self.point(Protocol::Tcp, *port));
                self.http.extend(policy.http_ports.iter().flatten());
            }
            Chooser::Calico(_, policy) => policy.ingress.iter().for_each(|rule| self.rule(rule)),
            Chooser::Service(service) => {
                for port in &service.ports {
                    if let (PortTarget::Number(number), Some(protocol)) =
                        (&port.target, Protocol::parse(&port.protocol))
                    {
                        self.point(protocol, *number);
                        self.http.insert(*number);
                    }
                }
            }
        }
    }

    fn rule(&mut self, rule: &v3::Rule) {
        let protocol = rule.protocol.as_deref().and_then(Protocol::parse);
        self.protocols.extend(protocol);
        self.protocols.extend(rule.not_protocol.as_deref().and_then(Protocol::parse));
        let protocol = protocol.unwrap_or(Protocol::Tcp);
        for list in [&rule.destination.ports, &rule.destination.not_ports] {
            let ranges = list.iter().filter_map(|port| match port {
                v3::Port::Range(range) => Some(*range),
                v3::Port::Named(_) => None,
            });
            let ranges: Vec<Ports> = ranges.collect();
            ranges.iter().filter(|range| range.first == range.last).for_each(|range| {
                self.point(protocol, range.first);
            });
            if !ranges.is_empty() {
                self.lists.insert((protocol, ranges));
            }
        }
    }

    /// What a workload of the input, its Services and its annotations mention.
    pub(super) fn workload(&mut self, workload: &Workload, inventory: &Inventory) {
        for port in workload.containers.iter().flat_map(|container| &container.ports) {
            if let Some(protocol) = Protocol::parse(&port.protocol) {
                self.point(protocol, port.port);
                self.http.insert(port.port);
            }
        }
        for port in service_ports(workload, inventory) {
            if let (Some(number), Some(protocol)) =
                (number_on(workload, port), Protocol::parse(&port.protocol))
            {
                self.point(protocol, number);
                self.http.insert(number);
            }
        }
        let sidecars = inventory.sidecars.iter().filter(|sidecar| {
            sidecar.namespace == workload.identity.namespace
                && matches_labels(&sidecar.selector, &workload.labels)
        });
        for (port, _) in sidecars.flat_map(|sidecar| sidecar.listeners.iter().flatten()) {
            self.point(Protocol::Tcp, *port);
        }
        let (CapturedPorts::AllBut(ports) | CapturedPorts::Only(ports)) = &workload.captured;
        for port in ports {
            self.point(Protocol::Tcp, *port);
        }
    }

    /// The ports of a pod: TCP, UDP, then the rest; in each protocol by number, what nobody
    /// mentions at the end.
    pub(super) fn of(&self, pod: &Pod<'_>) -> Vec<SubjectPort> {
        let more = self.points.keys().chain(&self.protocols).copied();
        let protocols: BTreeSet<Protocol> = more.chain([Protocol::Tcp, Protocol::Udp]).collect();
        protocols.into_iter().flat_map(|protocol| self.of_protocol(protocol, pod)).collect()
    }

    fn of_protocol(&self, protocol: Protocol, pod: &Pod<'_>) -> Vec<SubjectPort> {
        match protocol {
            Protocol::Tcp | Protocol::Udp | Protocol::Sctp | Protocol::UdpLite => {}
            Protocol::Icmp | Protocol::IcmpV6 | Protocol::Number(_) => {
                return vec![self.port(0, protocol, pod, true)];
            }
        }
        let none = BTreeSet::new();
        let points = self.points.get(&protocol).unwrap_or(&none);
        let points = points.iter().filter(|number| **number > 0 && !PROXY_PORTS.contains(number));
        let mut found: Vec<SubjectPort> =
            points.map(|number| self.port(*number, protocol, pod, false)).collect();
        let mut classes = self.unmentioned(protocol, pod);
        // Of classes that only ranges tell apart, the largest is that of the others.
        let size = |class: &Vec<Ports>| {
            class.iter().map(|range| u32::from(range.last - range.first) + 1).sum::<u32>()
        };
        classes.sort_by_key(|class| std::cmp::Reverse(size(class)));
        let mut classes = classes.iter();
        let others = classes.next().map(|class| self.port(plain(class), protocol, pod, true));
        found.extend(classes.map(|class| self.port(plain(class), protocol, pod, false)));
        found.sort_by_key(|port| port.port.number);
        found.extend(others);
        found
    }

    fn port(&self, number: u16, protocol: Protocol, pod: &Pod<'_>, stands_for_others: bool) -> SubjectPort {
        let tcp = protocol == Protocol::Tcp;
        let mut chains = if tcp { (pod.chains)(number) } else { vec![Chain::Tcp] };
        if chains.contains(&Chain::Tcp) && !self.http.contains(&number) {
            chains = vec![Chain::Tcp];
        }
        SubjectPort {
            port: Port {
                number,
                protocol,
                names: if number == 0 { Some(BTreeSet::new()) } else { (pod.names)(number, protocol) },
            },
            captured: tcp && pod.captured.is_some_and(|captured| captures(captured, number)),
            chains,
            stands_for_others,
        }
    }

    /// Ports that nobody mentions one by one, in classes that nothing tells apart.
    fn unmentioned(&self, protocol: Protocol, pod: &Pod<'_>) -> Vec<Vec<Ports>> {
        let lists: Vec<&Vec<Ports>> =
            self.lists.iter().filter(|(of, _)| *of == protocol).map(|(_, list)| list).collect();
        let none = BTreeSet::new();
        let points = self.points.get(&protocol).unwrap_or(&none);
        let single = points.iter().chain(&PROXY_PORTS).map(|number| (*number, *number));
        let ranges = lists.iter().flat_map(|list| list.iter().map(|range| (range.first, range.last)));
        let mut cuts = BTreeSet::from([1_u32, 65_536]);
        for (first, last) in single.chain(ranges) {
            cuts.extend([u32::from(first), u32::from(last) + 1]);
        }
        let cuts: Vec<u32> = cuts.into_iter().filter(|cut| *cut > 0).collect();
        let mut classes: BTreeMap<(bool, Vec<bool>), Vec<Ports>> = BTreeMap::new();
        for pair in cuts.windows(2) {
            let [Ok(first), Ok(last)] = [pair.first(), pair.last()].map(|cut| {
                let end = cut.copied().unwrap_or(0);
                u16::try_from(if cut == pair.last() { end.saturating_sub(1) } else { end })
            }) else {
                continue;
            };
            if points.contains(&first) || PROXY_PORTS.contains(&first) {
                continue;
            }
            let answers = lists.iter().map(|list| contains(list, first)).collect();
            let captured = pod.captured.is_some_and(|captured| captures(captured, first));
            classes.entry((captured, answers)).or_default().push(Ports { first, last });
        }
        classes.into_values().collect()
    }
}

/// The plainest port of some ranges.
fn plain(ranges: &[Ports]) -> u16 {
    let named = PLAIN.into_iter().find(|number| contains(ranges, *number));
    let high = || ranges.iter().find(|range| range.last >= 1024).map(|range| range.first.max(1024));
    named.or_else(high).or_else(|| ranges.first().map(|range| range.first)).unwrap_or(0)
}

fn captures(captured: &CapturedPorts, port: u16) -> bool {
    match captured {
        CapturedPorts::AllBut(ports) => !ports.contains(&port),
        CapturedPorts::Only(ports) => ports.contains(&port),
    }
}

/// The ports of Services, and of what is one to Istio, that select a workload.
fn service_ports<'a>(
    workload: &'a Workload,
    inventory: &'a Inventory,
) -> impl Iterator<Item = &'a ServicePort> {
    let services = inventory.services.iter().chain(&inventory.service_entries);
    let selecting = services.filter(|service| {
        service.reference.namespace.as_ref() == Some(&workload.identity.namespace)
            && !service.selector.is_empty()
            && matches_labels(&service.selector, &workload.labels)
    });
    selecting.flat_map(|service| &service.ports)
}

/// The number on which a workload's pods listen for a Service's port.
fn number_on(workload: &Workload, port: &ServicePort) -> Option<u16> {
    match &port.target {
        PortTarget::Number(number) => Some(*number),
        PortTarget::Name(name) => {
            let mut ports = workload.containers.iter().flat_map(|container| &container.ports);
            let named = ports.find(|own| own.name.as_ref() == Some(name) && own.protocol == port.protocol)?;
            Some(named.port)
        }
    }
}

/// The names that a workload's containers give a port.
pub(super) fn names_of(workload: &Workload, number: u16, protocol: Protocol) -> BTreeSet<String> {
    let ports = workload.containers.iter().flat_map(|container| &container.ports);
    let same = ports.filter(|port| port.port == number && Protocol::parse(&port.protocol) == Some(protocol));
    same.filter_map(|port| port.name.clone()).collect()
}
