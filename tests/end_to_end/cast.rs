//! Who is there in a folder of a corpus: a pod for each workload and for each peer that the policies tell
//! apart, and what they ask of each other.

use crate::named::Named;
use crate::scene::{Ask, Class, Pod};
use crate::worlds::random::Random;
use std::collections::BTreeMap;
use std::net::IpAddr;
use unmesh::istio::peer_authentication::{Mode, PeerAuthentication};
use unmesh::istio::{Attachment, Resources};
use unmesh::manifest::{Inventory, Labels};
use unmesh::pipeline::Analysis;
use unmesh::verify::peer::{Endpoint, Peer, PeerKind};
use unmesh::verify::request::Protocol;
use unmesh::verify::subject::{Chain, Enforcer, Subject, SubjectPort};

/// More pods than this are not made of one folder.
const MOST_PODS: usize = 60;
/// Of the plans for addresses the first is taken that no policy speaks of, else the first of all.
const PLANS: [(&str, &str); 3] =
    [("10.250.0", "fd00:e2e:1"), ("172.29.7", "fd00:e2e:2"), ("100.96.5", "fd00:e2e:3")];

/// Who is there.
pub(crate) struct Cast<'a> {
    named: &'a Named,
    resources: &'a Resources,
    inventory: &'a Inventory,
    plan: (&'static str, &'static str),
    pub(crate) pods: Vec<Pod>,
    pub(crate) namespaces: BTreeMap<String, Labels>,
    /// Workloads of the input by the place of their pod.
    shown: BTreeMap<String, usize>,
    policed: bool,
}

impl<'a> Cast<'a> {
    pub(crate) fn new(named: &'a Named, analysis: &'a Analysis) -> Self {
        let free = |(v4, v6): &&(&str, &str)| {
            let [v4, v6] = addresses(v4, v6, 1);
            !named.blocks.iter().any(|block| block.contains(&v4) || block.contains(&v6))
        };
        Self {
            named,
            resources: &analysis.resources,
            inventory: &analysis.inventory,
            plan: *PLANS.iter().find(free).unwrap_or(&PLANS[0]),
            pods: Vec::new(),
            namespaces: BTreeMap::new(),
            shown: BTreeMap::new(),
            policed: !analysis.inventory.in_force.is_empty(),
        }
    }

    /// Adds a pod; `None` where there are too many, or its namespace has other labels already.
    fn add(
        &mut self,
        before: &Endpoint,
        after: Option<&Endpoint>,
        sidecar: bool,
        gateway: bool,
    ) -> Option<usize> {
        let (namespace, account) = (before.namespace.clone()?, before.account.clone()?);
        let labels = before.namespace_labels.clone().unwrap_or_default();
        let known = self.namespaces.entry(namespace.clone()).or_insert_with(|| labels.clone());
        if *known != labels || self.pods.len() == MOST_PODS {
            return None;
        }
        let number = self.pods.len() + 1;
        let mut own = before.labels.clone();
        if sidecar {
            own.entry("security.istio.io/tlsMode".to_string()).or_insert_with(|| "istio".to_string());
        }
        self.pods.push(Pod {
            namespace,
            name: format!("pod-{number}"),
            account,
            labels: [own, after.map(|after| after.labels.clone()).unwrap_or_default()],
            addresses: addresses(self.plan.0, self.plan.1, number),
            sidecar,
            gateway,
            ports: Vec::new(),
        });
        Some(number - 1)
    }

    pub(crate) fn subject(&mut self, subject: &Subject) -> Option<usize> {
        // Envoy is what is run here, and stands in no pod of ambient mode.
        let sidecar = match subject.enforcer {
            Enforcer::Sidecar => true,
            Enforcer::Nobody => false,
            Enforcer::Ztunnel => return None,
        };
        let place = self.add(&subject.before, Some(&subject.after), sidecar, false)?;
        if let Some(reference) = &subject.workload {
            self.shown.insert(reference.to_string(), place);
            let own = self.inventory.workloads.iter().find(|workload| workload.reference == *reference)?;
            let ports = own.containers.iter().flat_map(|container| &container.ports);
            let named = ports.filter(|port| port.protocol == "TCP");
            self.pods[place].ports = named.filter_map(|port| Some((port.name.clone()?, port.port))).collect();
        }
        Some(place)
    }

    pub(crate) fn peer(&mut self, peer: &Peer) {
        let sidecar = peer.kind == PeerKind::MeshPod;
        let gateway = peer.kind == PeerKind::Gateway;
        let is_pod = sidecar || gateway || peer.kind == PeerKind::BarePod;
        let known = peer.workload.as_ref().and_then(|reference| self.shown.get(&reference.to_string()));
        if !is_pod || known.is_some_and(|place| self.pods[*place].sidecar == sidecar) {
            return;
        }
        if let Some(before) = &peer.before {
            self.add(before, peer.after.as_ref(), sidecar, gateway);
        }
    }

    pub(crate) fn asks(
        &self,
        to: usize,
        subject: &Subject,
        random: &mut Random,
        most: usize,
        found: &mut Vec<Ask>,
    ) {
        let ports: Vec<&SubjectPort> = subject
            .ports
            .iter()
            .filter(|port| {
                matches!(port.port.protocol, Protocol::Tcp | Protocol::Udp) && port.port.number > 0
            })
            .collect();
        if ports.is_empty() {
            return;
        }
        let outside: Vec<IpAddr> = self.named.outside.iter().copied().collect();
        let first = found.len();
        for _ in 0..most * 3 {
            if found.len() - first == most {
                break;
            }
            let port = *random.pick(&ports);
            let from = (random.below(self.pods.len() + outside.len().min(12)) < self.pods.len())
                .then(|| random.below(self.pods.len()));
            let source = match from {
                Some(pod) => self.pods[pod].addresses[usize::from(random.chance(15))],
                None => *random.pick(&outside),
            };
            let of_gateway = from.is_some_and(|pod| self.pods[pod].gateway);
            if of_gateway && self.policed || from == Some(to) && random.chance(80) {
                continue;
            }
            let tcp = port.port.protocol == Protocol::Tcp;
            let class = match port.chains.as_slice() {
                [Chain::Http] => Class::Http,
                [Chain::Tcp] => Class::Tcp,
                _ => Class::Sniffed,
            };
            let http = tcp && (class == Class::Http || class == Class::Sniffed && random.chance(70));
            let http = http.then(|| self.named.http(random));
            let ask = Ask {
                from,
                source,
                to,
                port: port.port.number,
                tcp,
                captured: port.captured && subject.enforcer == Enforcer::Sidecar,
                class,
                http,
                sni: self.named.sni(random),
                in_force: self.in_force(to, port.port.number),
            };
            if !found[first..].contains(&ask) {
                found.push(ask);
            }
        }
    }

    /// The PeerAuthentication whose mode holds on a port: Istio takes those that give no age to be as
    /// old as they stand in the text.
    fn in_force(&self, to: usize, port: u16) -> Option<String> {
        let pod = &self.pods[to];
        let mut all: Vec<&PeerAuthentication> = self.resources.peer_authentications.iter().collect();
        all.sort_by_key(|policy| (policy.meta.created.is_none(), policy.meta.created.clone()));
        let here =
            |policy: &&&PeerAuthentication| policy.meta.reference.namespace.as_ref() == Some(&pod.namespace);
        let root = |policy: &&&PeerAuthentication| {
            policy.meta.reference.namespace.as_deref() == Some("istio-system")
        };
        let everything = |policy: &&&PeerAuthentication| matches!(policy.attachment, Attachment::Everything);
        let selects = |policy: &&&PeerAuthentication| match &policy.attachment {
            Attachment::Selector(labels) => {
                labels.iter().all(|(key, value)| pod.labels[0].get(key) == Some(&value.value))
            }
            Attachment::Everything | Attachment::TargetRefs(_) => false,
        };
        let layers = [
            all.iter().find(|policy| here(policy) && !root(policy) && selects(policy)),
            all.iter().find(|policy| here(policy) && !root(policy) && everything(policy)),
            all.iter().find(|policy| root(policy) && everything(policy)),
        ];
        let set = |mode: &Mode| *mode != Mode::Unset;
        let says = |policy: &&&PeerAuthentication| {
            let own = policy.ports.iter().find(|(number, _)| number.value == port);
            let own = own.and_then(|(_, mode)| mode.as_ref()).filter(|mode| set(&mode.value));
            own.or(policy.mode.as_ref()).is_some_and(|mode| set(&mode.value))
        };
        let speaks = layers.into_iter().flatten().find(says)?;
        Some(speaks.meta.reference.to_string())
    }
}

fn addresses(v4: &str, v6: &str, number: usize) -> [IpAddr; 2] {
    [format!("{v4}.{number}").parse().unwrap(), format!("{v6}::{number:x}").parse().unwrap()]
}
