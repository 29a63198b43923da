//! A VirtualService among the other objects of the input: its hosts, gateways, Services, subsets.

use crate::finding::{Code, Direction, Finding};
use crate::istio::VirtualService;
use crate::istio::virtual_service::destination::Destination;
use crate::lint::Context;
pub(super) use crate::lint::words::{
    full_host, is_service_name, joined, labels, listed, listed_hosts, percent,
};
use crate::manifest::Service;
use crate::yaml::fields::Leaf;

/// A VirtualService and what the input shows around it.
pub(super) struct Scene<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) service: &'a VirtualService,
    /// The hosts, short names expanded; of a delegate, those of the VirtualServices that use it.
    pub(super) hosts: Vec<String>,
    /// Whether sidecars have these routes.
    pub(super) mesh: bool,
    /// The Gateways that have these routes, as `namespace/name`.
    pub(super) gateways: Vec<String>,
}

/// What the input shows of a host's Service.
pub(super) enum Known<'a> {
    /// It is in the input.
    Service(&'a Service),
    /// The input has other Services of its namespace, and not this one.
    Missing,
    /// The input has no Service of its namespace, so it proves nothing.
    Unknown,
    /// No name of a Service: an outside host, or a wildcard.
    NoService,
}

impl<'a> Scene<'a> {
    pub(super) fn new(context: &'a Context<'a>, service: &'a VirtualService) -> Self {
        let mut scene = Self { context, service, hosts: Vec::new(), mesh: false, gateways: Vec::new() };
        scene.take_from(service);
        if service.hosts.is_empty() {
            for root in roots(context, service) {
                scene.take_from(root);
            }
            scene.mesh &= !scene.hosts.is_empty() && roots(context, service).any(serves_mesh);
        }
        scene
    }

    fn take_from(&mut self, service: &VirtualService) {
        let namespace = namespace(service);
        for host in &service.hosts {
            let name = full_host(&host.value, namespace);
            if !self.hosts.contains(&name) {
                self.hosts.push(name);
            }
        }
        self.mesh |= serves_mesh(service);
        for gateway in service.gateways.iter().filter(|gateway| gateway.value != "mesh") {
            let name = full_gateway(&gateway.value, namespace);
            if !self.gateways.contains(&name) {
                self.gateways.push(name);
            }
        }
    }

    /// The VirtualService's namespace.
    pub(super) fn namespace(&self) -> &str {
        namespace(self.service)
    }

    /// A finding on this VirtualService.
    pub(super) fn finding<T>(
        &self,
        code: &'static Code,
        direction: Direction,
        leaf: &Leaf<T>,
        message: impl Into<String>,
    ) -> Finding {
        let reference = &self.service.meta.reference;
        Finding::new(code, direction, message).at(leaf.span).on(reference).field(leaf.field.clone())
    }

    /// The hosts for a sentence: `` `a` and `b` ``.
    pub(super) fn hosts_in_words(&self) -> String {
        if self.hosts.is_empty() {
            return format!("the hosts that delegate to `{}`", self.service.meta.reference.name);
        }
        listed_hosts(&self.hosts)
    }

    /// What happens to requests when the routes are gone, after "afterwards". What comes through Gateways
    /// beside sidecars has a finding of its own.
    pub(super) fn afterwards(&self) -> String {
        if self.only_gateways() {
            return format!("this goes with Gateway {}", self.ways_in());
        }
        let service = self.hosts.is_empty() || self.hosts.iter().any(|host| is_service_name(host));
        let own = if service {
            "its Service spreads them over all its pods"
        } else {
            "clients reach whatever its name resolves to"
        };
        own.to_string()
    }

    /// The Gateways for a sentence.
    pub(super) fn ways_in(&self) -> String {
        listed(&self.gateways)
    }

    /// Whether only Gateways have these routes.
    pub(super) fn only_gateways(&self) -> bool {
        !self.mesh && !self.gateways.is_empty()
    }

    /// A destination's host, expanded.
    pub(super) fn host_of(&self, destination: &Destination) -> String {
        destination.host.as_ref().map_or_else(String::new, |host| full_host(&host.value, self.namespace()))
    }

    /// Whether a destination is the host that the routes are for. Beside names of Services, other names
    /// are those that a Gateway has for it.
    pub(super) fn is_own_host(&self, destination: &Destination) -> bool {
        let host = self.host_of(destination);
        let services: Vec<_> = self.hosts.iter().filter(|host| is_service_name(host)).collect();
        if services.is_empty() {
            self.hosts.contains(&host)
        } else {
            services.iter().all(|own| **own == host)
        }
    }

    /// A destination for a sentence: host, subset with its labels, port.
    pub(super) fn destination_in_words(&self, destination: &Destination, name_host: bool) -> String {
        let mut words = Vec::new();
        if let Some(subset) = &destination.subset {
            let labels = self.subset_labels(&self.host_of(destination), &subset.value);
            let labels = labels.map_or_else(String::new, |labels| format!(" (`{labels}`)"));
            words.push(format!("subset `{}`{labels}", subset.value));
        }
        if name_host || words.is_empty() {
            let of = if words.is_empty() { "" } else { "of " };
            words.push(format!("{of}`{}`", self.host_of(destination)));
        }
        if let Some(port) = &destination.port {
            words.push(format!("port {}", port.value));
        }
        words.join(" ")
    }

    /// The labels of a subset, where a DestinationRule of the input defines it.
    pub(super) fn subset_labels(&self, host: &str, subset: &str) -> Option<String> {
        let mut rules = self.context.resources.destination_rules.iter();
        rules.find_map(|rule| {
            let named = rule.host.as_ref()?;
            let namespace = rule.meta.reference.namespace.as_deref().unwrap_or("");
            if full_host(&named.value, namespace) != host {
                return None;
            }
            let named = |name: &Leaf<String>| name.value == subset;
            let found = rule.subsets.items.iter().find(|item| item.name.as_ref().is_some_and(named))?;
            Some(labels(&found.labels)).filter(|labels| !labels.is_empty())
        })
    }

    /// What the input shows of a host's Service.
    pub(super) fn known(&self, host: &str) -> Known<'a> {
        let Some((name, namespace)) = host.strip_suffix(".svc").and_then(|host| host.split_once('.')) else {
            return Known::NoService;
        };
        let services = &self.context.inventory.services;
        let mut neighbours =
            services.iter().filter(|one| one.reference.namespace.as_deref() == Some(namespace));
        let found = neighbours.clone().find(|one| one.reference.name == name);
        match (found, neighbours.next()) {
            (Some(service), _) => Known::Service(service),
            (None, Some(_)) => Known::Missing,
            (None, None) => Known::Unknown,
        }
    }
}

/// The VirtualServices that delegate to this one.
fn roots<'a>(context: &'a Context<'a>, to: &'a VirtualService) -> impl Iterator<Item = &'a VirtualService> {
    context.resources.virtual_services.iter().filter(move |root| {
        root.http.items.iter().filter_map(|route| route.delegate.as_ref()).any(|delegate| {
            let name = delegate.name.as_ref().map(|name| name.value.as_str());
            let space = delegate.namespace.as_ref().map_or(namespace(root), |space| space.value.as_str());
            name == Some(to.meta.reference.name.as_str()) && space == namespace(to)
        })
    })
}

fn serves_mesh(service: &VirtualService) -> bool {
    service.gateways.is_empty() || service.gateways.iter().any(|gateway| gateway.value == "mesh")
}

fn namespace(service: &VirtualService) -> &str {
    service.meta.reference.namespace.as_deref().unwrap_or("")
}

fn full_gateway(gateway: &str, namespace: &str) -> String {
    if gateway.contains('/') || gateway.contains('.') {
        return gateway.to_string();
    }
    format!("{namespace}/{gateway}")
}
