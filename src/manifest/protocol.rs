//! What Istio takes a workload's port for: by a Sidecar's listeners, else by the Services.

use super::service::{PortTarget, Service, ServicePort, port_number};
use super::text::{plain, text, texts, with_spec};
use super::{Inventory, Labels, Object, Workload, matches_labels};
use crate::finding::Finding;
use crate::yaml::fields::Field;
use std::collections::BTreeSet;

/// What Istio takes a port for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AppProtocol {
    /// HTTP filters, so HTTP fields of policies act.
    Http,
    /// TCP filters alone.
    Tcp,
    /// Sniffed: both kinds of filter exist.
    Unknown,
    /// UDP and SCTP: never seen by the proxy.
    NotTcp,
}

/// The inbound listeners of a `Sidecar` resource: they stand in place of the Services' ports.
#[derive(Clone, Debug)]
pub struct SidecarIngress {
    /// Its namespace.
    pub namespace: String,
    /// `workloadSelector.labels`; empty for all workloads of the namespace.
    pub selector: Labels,
    /// `ingress[].port`: number and protocol. `None`: the Services' ports count.
    pub listeners: Option<Vec<(u16, AppProtocol)>>,
}

/// A Service's port by the number that the pods listen on.
#[derive(Clone, Copy, Debug)]
pub struct DeclaredPort<'a> {
    /// The Service.
    pub service: &'a Service,
    /// The pods' port.
    pub port: u16,
    /// What it is declared to be.
    pub protocol: AppProtocol,
}

/// Ports that Istio does not sniff (`pkg/config/kube/conversion.go`): SMTP, DNS, MySQL, MongoDB.
const WELL_KNOWN_TCP: [u16; 4] = [25, 53, 3306, 27_017];

/// The protocol of a word, without regard to case (`pkg/config/protocol/instance.go`).
fn word(word: &str) -> AppProtocol {
    match word.to_ascii_lowercase().as_str() {
        "http" | "http2" | "grpc" | "grpc-web" | "http_proxy" => AppProtocol::Http,
        "tcp" | "https" | "tls" | "mongo" | "redis" | "mysql" => AppProtocol::Tcp,
        _ => AppProtocol::Unknown,
    }
}

impl ServicePort {
    /// What the port is declared to be, as Istio's `ConvertProtocol` decides: `appProtocol`, else
    /// the name, up to the first `-`; a well-known number where these say nothing.
    #[must_use]
    pub fn declared(&self) -> AppProtocol {
        if self.protocol != "TCP" {
            return AppProtocol::NotTcp;
        }
        let by_standard = match self.app_protocol.as_deref() {
            Some("kubernetes.io/h2c" | "kubernetes.io/ws") => Some(AppProtocol::Http),
            Some("kubernetes.io/wss") => Some(AppProtocol::Tcp),
            Some(_) | None => None,
        };
        if let Some(protocol) = by_standard {
            return protocol;
        }
        let name = self.app_protocol.as_deref().or(self.name.as_deref()).unwrap_or("");
        if name.to_ascii_lowercase().starts_with("grpc-web") {
            return AppProtocol::Http;
        }
        match word(name.split('-').next().unwrap_or(name)) {
            AppProtocol::Unknown if WELL_KNOWN_TCP.contains(&self.port) => AppProtocol::Tcp,
            protocol => protocol,
        }
    }

    /// The number that a workload's pods listen on; `None` where they have no port of that name,
    /// since then the Service does not reach them.
    #[must_use]
    pub fn number_on(&self, workload: &Workload) -> Option<u16> {
        match &self.target {
            PortTarget::Number(number) => Some(*number),
            PortTarget::Name(name) => {
                let mut ports = workload.containers.iter().flat_map(|container| &container.ports);
                let named = |port: &&super::ContainerPort| {
                    port.name.as_ref() == Some(name) && port.protocol == self.protocol
                };
                ports.find(named).map(|port| port.port)
            }
        }
    }
}

/// One answer of many: what all agree on, else unknown; unknown for none.
fn agreed(protocols: impl IntoIterator<Item = AppProtocol>) -> AppProtocol {
    let mut protocols = protocols.into_iter();
    let Some(first) = protocols.next() else { return AppProtocol::Unknown };
    if protocols.all(|other| other == first) { first } else { AppProtocol::Unknown }
}

/// What declares the ports of one workload: found once, then asked for each port.
#[derive(Debug)]
pub struct Protocols<'a> {
    workload: &'a Workload,
    /// The Sidecars in charge.
    sidecars: Vec<&'a SidecarIngress>,
    services: Vec<&'a Service>,
}

impl Protocols<'_> {
    /// What a port is taken for.
    #[must_use]
    pub fn of(&self, port: u16) -> AppProtocol {
        if self.sidecars.is_empty() {
            return self.by_services(port);
        }
        agreed(self.sidecars.iter().map(|sidecar| {
            let Some(listeners) = &sidecar.listeners else { return self.by_services(port) };
            let of_port = listeners.iter().filter(|(number, _)| *number == port);
            agreed(of_port.map(|(_, protocol)| *protocol))
        }))
    }

    /// The TCP ports of which anything says something.
    #[must_use]
    pub fn declared(&self) -> BTreeSet<u16> {
        let ports = self.services.iter().flat_map(|service| &service.ports);
        let tcp = ports.filter(|port| port.declared() != AppProtocol::NotTcp);
        let listeners = self.sidecars.iter().flat_map(|sidecar| sidecar.listeners.iter().flatten());
        let listeners = listeners.map(|(number, _)| *number);
        tcp.filter_map(|port| port.number_on(self.workload)).chain(listeners).collect()
    }

    fn by_services(&self, port: u16) -> AppProtocol {
        let ports = self.services.iter().flat_map(|service| &service.ports);
        let here = ports.filter(|declared| declared.number_on(self.workload) == Some(port));
        agreed(here.map(ServicePort::declared).filter(|protocol| *protocol != AppProtocol::NotTcp))
    }
}

impl Inventory {
    /// What Istio takes TCP connections to a workload's ports for.
    ///
    /// Where a Sidecar with ingress listeners selects the workload, these count, and any other port
    /// is unknown. Else the Services and ServiceEntries of the namespace that select it count. No Service, or Services
    /// that disagree (Istio takes the oldest, which files do not show): unknown. A port that is
    /// declared for UDP alone is unknown too, since TCP connections to it are sniffed.
    #[must_use]
    pub fn protocols<'a>(&'a self, workload: &'a Workload) -> Protocols<'a> {
        let namespace = &workload.identity.namespace;
        let selects = |sidecar: &&SidecarIngress| {
            sidecar.namespace == *namespace && matches_labels(&sidecar.selector, &workload.labels)
        };
        let sidecars: Vec<_> = self.sidecars.iter().filter(selects).collect();
        // A Sidecar with a selector stands before the namespace's own.
        let specific = sidecars.iter().any(|sidecar| !sidecar.selector.is_empty());
        let in_charge = sidecars.into_iter().filter(|sidecar| sidecar.selector.is_empty() != specific);
        let services = self.services.iter().chain(&self.service_entries).filter(|service| {
            service.reference.namespace.as_deref() == Some(namespace)
                && !service.selector.is_empty()
                && matches_labels(&service.selector, &workload.labels)
        });
        Protocols { workload, sidecars: in_charge.collect(), services: services.collect() }
    }

    /// The ports that Services declare for pods with these labels: for policies without a workload
    /// in the input. A Service counts if its selector contains the labels, so that all its pods are
    /// among those meant. Targets by name are left out, since only a template could resolve them.
    #[must_use]
    pub fn service_ports_of(&self, namespace: &str, labels: &Labels) -> Vec<DeclaredPort<'_>> {
        let services = self.services.iter().chain(&self.service_entries).filter(|service| {
            service.reference.namespace.as_deref() == Some(namespace)
                && !service.selector.is_empty()
                && matches_labels(labels, &service.selector)
        });
        let mut declared = Vec::new();
        for service in services {
            for port in &service.ports {
                if let PortTarget::Number(number) = port.target {
                    declared.push(DeclaredPort { service, port: number, protocol: port.declared() });
                }
            }
        }
        declared
    }
}

/// Reads a ServiceEntry that stands for pods of its namespace: to Istio its ports are declarations
/// of theirs, as those of a Service. `None` for one without a `workloadSelector`.
pub(super) fn read_entry(object: &Object, findings: &mut Vec<Finding>) -> Option<Service> {
    let read = with_spec(object, findings, |spec| {
        let mut fields = spec.fields()?;
        let selector = plain(&texts(&fields.take("workloadSelector")?.fields()?.take("labels")?));
        let ports = fields.take("ports").and_then(|field| field.list()).unwrap_or_default();
        Some((selector, ports.iter().filter_map(entry_port).collect()))
    });
    let (selector, ports) = read?;
    Some(Service { reference: object.reference.clone(), selector, ports, span: object.name_span })
}

fn entry_port(field: &Field<'_>) -> Option<ServicePort> {
    let mut fields = field.fields()?;
    let port = fields.take("number").and_then(|field| port_number(&field))?;
    let target = fields.take("targetPort").and_then(|field| port_number(&field)).unwrap_or(port);
    Some(ServicePort {
        name: None,
        port,
        target: PortTarget::Number(target),
        protocol: "TCP".to_string(),
        app_protocol: fields.take("protocol").and_then(|field| text(&field)).map(|leaf| leaf.value),
        span: field.node.span,
    })
}

/// Reads what a Sidecar says of inbound ports; its other fields are not this stage's.
pub(super) fn read(object: &Object, findings: &mut Vec<Finding>) -> SidecarIngress {
    let read = with_spec(object, findings, |spec| {
        let mut fields = spec.fields()?;
        let selector = fields.take("workloadSelector").and_then(|field| field.fields()?.take("labels"));
        let selector = selector.map(|field| plain(&texts(&field))).unwrap_or_default();
        let ingress = fields.take("ingress").and_then(|field| field.list()).filter(|items| !items.is_empty());
        Some((selector, ingress.map(|items| items.iter().filter_map(listener).collect())))
    });
    let (selector, listeners) = read.unwrap_or_default();
    SidecarIngress { namespace: object.namespace().to_string(), selector, listeners }
}

fn listener(field: &Field<'_>) -> Option<(u16, AppProtocol)> {
    let mut port = field.fields()?.take("port")?.fields()?;
    let number = port.take("number").and_then(|field| port_number(&field))?;
    let protocol = port.take("protocol").and_then(|field| text(&field));
    Some((number, protocol.map_or(AppProtocol::Unknown, |leaf| word(&leaf.value))))
}

#[cfg(test)]
mod tests;
