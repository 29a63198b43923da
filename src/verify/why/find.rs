//! Finding the workload that a question is about and the peer that it names, or making them up from
//! what it says where the input does not show them.

use super::question::{Pod, Refusal, Which, Who};
use crate::finding::nearest;
use crate::manifest::{AppProtocol, CapturedPorts, Labels, Membership, Proxy, Workload};
use crate::verify::peer::{Endpoint, Peer, PeerKind, Spiffe};
use crate::verify::request::{Port, Protocol};
use crate::verify::subject::{Chain, Enforcer, Subject, SubjectPort};
use crate::verify::universe::{self, World};

/// The workload asked.
pub(super) struct Found<'a> {
    pub(super) subject: Subject,
    workload: Option<&'a Workload>,
}

/// The service account that a pod has unless it says another.
const DEFAULT_ACCOUNT: &str = "default";

/// The workload asked, or a pod made up as the question says.
pub(super) fn subject<'a>(
    world: &World<'a>,
    pod: &Pod,
    notes: &mut Vec<String>,
) -> Result<Found<'a>, Refusal> {
    let Some(name) = workload_name(pod) else {
        let endpoint = endpoint(world, pod, notes);
        let proxy = has_proxy(world, &pod.namespace);
        let enforcer = match (proxy, world.inventory.is_ambient(&pod.namespace, world.settings)) {
            (false, _) => Enforcer::Nobody,
            (true, true) => Enforcer::Ztunnel,
            (true, false) => Enforcer::Sidecar,
        };
        notes.push(proxy_note(&pod.namespace, proxy));
        let (before, after) = (endpoint.clone(), endpoint);
        let name = pod_name(pod);
        let subject = Subject { name, workload: None, before, after, enforcer, ports: Vec::new() };
        return Ok(Found { subject, workload: None });
    };
    let workload = workload(world, &pod.namespace, name)?;
    let (subjects, _, unknown) = universe::subjects(world);
    let asked = subjects.into_iter().find(|subject| subject.workload.as_ref() == Some(&workload.reference));
    let Some(subject) = asked else {
        let called = workload.reference.to_string();
        let why = unknown.into_iter().find(|unknown| unknown.workload.contains(&called));
        let why = why.map_or_else(|| outside_the_model(workload).to_string(), |unknown| unknown.why);
        return Err(Refusal { message: format!("`{called}` cannot be asked: {why}"), help: None });
    };
    Ok(Found { subject, workload: Some(workload) })
}

fn outside_the_model(workload: &Workload) -> &'static str {
    if workload.gateway {
        "it is a gateway, whose own proxy decides"
    } else if workload.host_network {
        "its pods are in the node's network, where no policy of pods acts"
    } else {
        "the checker has no model of its pods"
    }
}

impl Found<'_> {
    /// The port asked: as the comparison knows it, or as the template and the Services say.
    pub(super) fn port(&self, world: &World<'_>, number: u16, protocol: Protocol) -> SubjectPort {
        let has_ports =
            matches!(protocol, Protocol::Tcp | Protocol::Udp | Protocol::Sctp | Protocol::UdpLite);
        let number = if has_ports { number } else { 0 };
        let same = |port: &&SubjectPort| {
            !port.stands_for_others && port.port.number == number && port.port.protocol == protocol
        };
        if let Some(port) = self.subject.ports.iter().find(same) {
            return port.clone();
        }
        let tcp = protocol == Protocol::Tcp;
        let in_proxy = self.workload.is_none_or(|workload| match &workload.captured {
            CapturedPorts::AllBut(ports) => !ports.contains(&number),
            CapturedPorts::Only(ports) => ports.contains(&number),
        });
        let declared =
            self.workload.map(|workload| world.inventory.protocols(workload).of(number)).filter(|_| tcp);
        let chains = match declared {
            _ if tcp && self.subject.enforcer == Enforcer::Ztunnel => vec![Chain::Ztunnel],
            Some(AppProtocol::Http) => vec![Chain::Http],
            Some(AppProtocol::Unknown) => vec![Chain::Http, Chain::Tcp],
            None if tcp => vec![Chain::Http, Chain::Tcp],
            Some(AppProtocol::Tcp | AppProtocol::NotTcp) | None => vec![Chain::Tcp],
        };
        let names = self.workload.map(|workload| {
            let ports = workload.containers.iter().flat_map(|container| &container.ports);
            let same =
                ports.filter(|port| port.port == number && Protocol::parse(&port.protocol) == Some(protocol));
            same.filter_map(|port| port.name.clone()).collect()
        });
        SubjectPort {
            port: Port { number, protocol, names },
            captured: self.subject.enforcer.is_there() && tcp && in_proxy,
            chains,
            stands_for_others: false,
        }
    }
}

/// Who asks.
pub(super) fn peer(world: &World<'_>, who: &Who, notes: &mut Vec<String>) -> Result<Peer, Refusal> {
    let plain = |kind| Peer { kind, identity: None, before: None, after: None, workload: None };
    match who {
        Who::Pod(pod) => pod_peer(world, pod, notes),
        Who::Address(_) => {
            notes.push("the address is taken for one that is no pod's".to_string());
            Ok(plain(PeerKind::Outside))
        }
        Who::NodeLocal => Ok(plain(PeerKind::NodeLocal)),
        Who::Outside => Ok(plain(PeerKind::Outside)),
    }
}

fn pod_peer(world: &World<'_>, pod: &Pod, notes: &mut Vec<String>) -> Result<Peer, Refusal> {
    let Some(name) = workload_name(pod) else {
        let endpoint = endpoint(world, pod, notes);
        let proxy = has_proxy(world, &pod.namespace);
        notes.push(proxy_note(&pod.namespace, proxy));
        return Ok(made_up(world, endpoint, proxy));
    };
    let workload = workload(world, &pod.namespace, name)?;
    let (peers, _) = universe::peers(world);
    let known = peers.into_iter().find(|peer| peer.workload.as_ref() == Some(&workload.reference));
    Ok(known.unwrap_or_else(|| {
        let which = Which::Labels(workload.labels.clone());
        let pod = Pod { namespace: pod.namespace.clone(), which };
        let mut endpoint = endpoint(world, &pod, &mut Vec::new());
        endpoint.account = Some(workload.identity.account.clone());
        let proxy = match workload.proxy {
            Proxy::Sidecar | Proxy::Ambient | Proxy::Unknown => true,
            Proxy::None => false,
            Proxy::Unlabelled => has_proxy(world, &pod.namespace),
        };
        Peer { workload: Some(workload.reference.clone()), ..made_up(world, endpoint, proxy) }
    }))
}

/// A pod that the input does not show.
fn made_up(world: &World<'_>, endpoint: Endpoint, proxy: bool) -> Peer {
    let identity = Spiffe {
        trust_domain: world.settings.trust_domain.clone(),
        namespace: endpoint.namespace.clone().unwrap_or_default(),
        account: endpoint.account.clone().unwrap_or_default(),
    };
    Peer {
        kind: if proxy { PeerKind::MeshPod } else { PeerKind::BarePod },
        identity: proxy.then_some(identity),
        before: Some(endpoint.clone()),
        after: Some(endpoint),
        workload: None,
    }
}

/// What Calico knows of a pod that is told by its account or its labels.
fn endpoint(world: &World<'_>, pod: &Pod, notes: &mut Vec<String>) -> Endpoint {
    let (account, labels, open) = match &pod.which {
        Which::Account(account) => (account.clone(), Labels::new(), true),
        Which::Labels(labels) => {
            notes.push(format!(
                "a pod with these labels and no other is taken to have the service account `{}/{DEFAULT_ACCOUNT}`",
                pod.namespace
            ));
            (DEFAULT_ACCOUNT.to_string(), labels.clone(), false)
        }
        Which::Workload(_) => (DEFAULT_ACCOUNT.to_string(), Labels::new(), true),
    };
    let namespace = world.inventory.namespaces.get(&pod.namespace);
    Endpoint {
        namespace: Some(pod.namespace.clone()),
        account: Some(account),
        labels,
        open,
        namespace_labels: namespace.map(|namespace| namespace.labels.clone()),
    }
}

/// Whether pods of a namespace that the input does not show have a proxy.
fn has_proxy(world: &World<'_>, namespace: &str) -> bool {
    match world.inventory.membership(namespace, world.settings) {
        Membership::Proven(_) | Membership::Unknown => true,
        Membership::Outside(_) => false,
    }
}

fn proxy_note(namespace: &str, proxy: bool) -> String {
    let has = if proxy { "a proxy" } else { "no proxy" };
    format!("a pod of `{namespace}` that the input does not show is taken to have {has}")
}

fn workload_name(pod: &Pod) -> Option<&str> {
    match &pod.which {
        Which::Workload(name) => Some(name),
        Which::Account(_) | Which::Labels(_) => None,
    }
}

fn pod_name(pod: &Pod) -> String {
    let namespace = &pod.namespace;
    match &pod.which {
        Which::Workload(name) => format!("{namespace}/{name}"),
        Which::Account(account) => format!("a pod of {namespace} with service account {account}"),
        Which::Labels(labels) => {
            let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("a pod of {namespace} with {}", labels.join(", "))
        }
    }
}

/// The workload of this name, or the nearest one in a message.
fn workload<'a>(world: &World<'a>, namespace: &str, name: &str) -> Result<&'a Workload, Refusal> {
    let workloads = &world.inventory.workloads;
    let here =
        |workload: &&Workload| workload.identity.namespace == namespace && workload.reference.name == name;
    if let Some(workload) = workloads.iter().find(here) {
        return Ok(workload);
    }
    let called = |workload: &Workload| format!("{}/{}", workload.identity.namespace, workload.reference.name);
    let names: Vec<String> = workloads.iter().map(called).collect();
    let wanted = format!("{namespace}/{name}");
    let elsewhere = names.iter().find(|other| other.ends_with(&format!("/{name}")));
    let near = elsewhere.map(String::as_str).or_else(|| nearest(&wanted, names.iter().map(String::as_str)));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "a pod that the input does not show is named by its service account, `{namespace}/sa:NAME`, or by its labels, `{namespace}/KEY=VALUE,...`"
        ),
    };
    Err(Refusal { message: format!("the input shows no workload `{wanted}`"), help: Some(help) })
}
