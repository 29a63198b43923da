//! On which ports of a policy's pods HTTP rules hold: Istio drops them where a port is plain TCP.

use super::{Facts, PortClass, Proxy, Scope, ServiceFacts, Uncaptured, Workload};
use crate::finding::ObjectRef;
use std::collections::{BTreeMap, BTreeSet};

/// Pods of one scope that listen alike.
#[derive(Clone, Copy, Debug)]
pub enum Pods<'a> {
    /// Those of a template.
    Of(&'a Workload),
    /// Those behind a Service, whose template the input does not show.
    Behind(&'a ServiceFacts),
}

/// The ports on which an HTTP rule of one scope holds.
#[derive(Clone, Debug)]
pub struct HttpPorts<'a> {
    /// All pods of the scope, as far as the input shows any.
    pub pods: Vec<Pods<'a>>,
    /// Ports that are declared HTTP on each template, and not declared otherwise by a Service.
    /// Without a template: declared HTTP by each Service.
    pub everywhere: BTreeSet<u16>,
    /// As before, but declared HTTP by each Service too, and none where the scope reaches pods of which
    /// the input says nothing. Nothing but HTTP is let through by a rule that names just these.
    pub surely: BTreeSet<u16>,
}

impl Facts {
    /// The ports on which an HTTP rule of this scope holds.
    #[must_use]
    pub fn http_ports(&self, scope: &Scope) -> HttpPorts<'_> {
        let pods = self.pods(scope);
        let (shown, behind): (Vec<_>, Vec<_>) = pods.iter().partition(|pods| matches!(pods, Pods::Of(_)));
        let of_all = |pods: &[&Pods<'_>]| common(pods.iter().map(|pods| pods.http_ports()));
        let mut everywhere = of_all(if shown.is_empty() { &behind } else { &shown });
        everywhere.retain(|port| behind.iter().all(|pods| pods.may_carry_http(*port)));
        let mut surely = everywhere.clone();
        let unseen = self.reaches_unseen(scope);
        surely.retain(|port| !unseen && behind.iter().all(|pods| pods.http_ports().contains(port)));
        HttpPorts { pods, everywhere, surely }
    }

    /// Whether each of these ports is plain TCP on all pods of the scope, and the input says something
    /// of each of them: HTTP filters never see such a port.
    #[must_use]
    pub fn surely_all_tcp(&self, scope: &Scope, ports: impl IntoIterator<Item = u16>) -> bool {
        self.all_tcp(scope, ports) && !self.reaches_unseen(scope)
    }

    /// Whether each of these ports is plain TCP on all pods of the scope, as far as the input says.
    #[must_use]
    pub fn all_tcp(&self, scope: &Scope, ports: impl IntoIterator<Item = u16>) -> bool {
        let pods = self.pods(scope);
        let is_tcp = |port| pods.iter().all(|pods| pods.ports().get(&port) == Some(&PortClass::Tcp));
        !pods.is_empty() && ports.into_iter().all(is_tcp)
    }

    /// The templates that a scope polices, and the Services whose pods no template shows. A Service
    /// counts if its selector holds the scope's labels, so that all its pods are in the scope.
    fn pods(&self, scope: &Scope) -> Vec<Pods<'_>> {
        let shown: Vec<_> = self.policed(scope).map(Pods::Of).collect();
        let is_shown = |service: &ServiceFacts| {
            let mut workloads = self.workloads.of(&service.namespace);
            workloads.any(|workload| {
                service.selector.iter().all(|(key, value)| workload.labels.get(key) == Some(value))
            })
        };
        let services = self.services.within(scope.namespace.as_deref()).filter(|service| {
            scope.reaches(&service.namespace, &service.selector) && (shown.is_empty() || !is_shown(service))
        });
        let behind: Vec<_> = services.map(Pods::Behind).collect();
        shown.into_iter().chain(behind).collect()
    }

    /// Whether a scope reaches pods of which the input says nothing: in some namespace, a policy selects
    /// by labels that no template of the scope has, and no Service stands before all such pods.
    fn reaches_unseen(&self, scope: &Scope) -> bool {
        let unseen = |namespace: &String| {
            let mut selectors = self.selectors.of(namespace).chain(self.selectors.of(""));
            selectors.any(|other| self.is_unseen(namespace, scope, other))
        };
        match (&scope.namespace, &self.namespaces.only) {
            (Some(own), _) => unseen(own),
            (None, Some(all)) => all.iter().any(unseen),
            (None, None) => true,
        }
    }

    /// Whether the input says nothing of pods of a namespace that both scopes select.
    fn is_unseen(&self, namespace: &str, scope: &Scope, other: &Scope) -> bool {
        if !scope.may_meet(other) {
            return false;
        }
        let wanted = |key: &String| scope.labels.get(key).or(other.labels.get(key));
        let keys = || scope.labels.keys().chain(other.labels.keys());
        let shown = self.workloads.of(namespace).any(|workload| {
            matches!(workload.proxy, Proxy::Sidecar | Proxy::Ambient)
                && keys().all(|key| workload.labels.get(key) == wanted(key).map(|leaf| &leaf.value))
        });
        let behind_service = self.services.of(namespace).any(|service| {
            service.selector.iter().all(|(key, value)| wanted(key).is_some_and(|leaf| leaf.value == *value))
        });
        !shown && !behind_service
    }
}

impl<'a> Pods<'a> {
    /// The template, or the Service.
    #[must_use]
    pub fn reference(&self) -> &'a ObjectRef {
        match self {
            Self::Of(workload) => &workload.reference,
            Self::Behind(service) => &service.reference,
        }
    }

    fn ports(&self) -> &'a BTreeMap<u16, PortClass> {
        match self {
            Self::Of(workload) => &workload.ports,
            Self::Behind(service) => &service.ports,
        }
    }

    fn http_ports(&self) -> BTreeSet<u16> {
        let http = self.ports().iter().filter(|(_, class)| **class == PortClass::Http);
        http.map(|(port, _)| *port).collect()
    }

    fn may_carry_http(&self, port: u16) -> bool {
        self.ports().get(&port) != Some(&PortClass::Tcp)
    }

    /// Ports on which a rule with HTTP attributes held where clients spoke HTTP: those that something
    /// mentions, and of these `named` too, if they reach the proxy and are not declared plain TCP.
    #[must_use]
    pub fn listens_for_http(&self, named: &[u16]) -> BTreeSet<u16> {
        let mentioned = self.ports().keys().chain(named).copied();
        mentioned.filter(|port| self.may_carry_http(*port) && self.is_captured(*port)).collect()
    }

    fn is_captured(&self, port: u16) -> bool {
        match self {
            Self::Behind(_) => true,
            Self::Of(workload) => match &workload.uncaptured {
                Uncaptured::Ports(ports) => !ports.contains(&port),
                Uncaptured::AllBut(ports) => ports.contains(&port),
            },
        }
    }
}

fn common(sets: impl Iterator<Item = BTreeSet<u16>>) -> BTreeSet<u16> {
    sets.reduce(|common, set| common.intersection(&set).copied().collect()).unwrap_or_default()
}
