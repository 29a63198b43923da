//! ServiceEntries: hosts, addresses, endpoints, and who answers for them.

use super::machines::machine_in_words;
use super::names::{self, Known};
use super::outbound::MeshDefault;
use super::users::{self, begins_tls, lets_out, related, sets, used_by};
use super::{exported_to, instead, on, ports, registry_only, texts};
use crate::finding::codes::platform::OUTSIDE_IDENTITY;
use crate::finding::codes::traffic::{
    HOST_ENDPOINTS, MESH_ONLY_NAME, NOTHING_ANSWERS, OUTSIDE_HOST, PROXY_SCOPE, VIRTUAL_ADDRESS,
};
use crate::finding::{Code, Direction, Finding, ObjectRef};
use crate::istio::port::Port;
use crate::istio::service_entry::{Location, Resolution};
use crate::istio::workload_entry::Machine;
use crate::istio::{Meta, ServiceEntry};
use crate::lint::Context;
use crate::lint::words::{full_host, joined, labels, listed};
use crate::source::Span;
use crate::yaml::fields::Leaf;
use std::net::IpAddr;

/// How many endpoints a message spells out before it counts the rest.
const LISTED: usize = 4;

/// An entry among the other objects of the input.
#[derive(Clone, Copy)]
struct Scene<'a> {
    context: &'a Context<'a>,
    entry: &'a ServiceEntry,
}

/// One finding for each feature in use.
pub(super) fn check<'a>(
    context: &Context<'a>,
    entry: &ServiceEntry,
    mesh: Option<&MeshDefault<'a>>,
) -> Vec<Finding> {
    let scene = Scene { context, entry };
    if let Some(hidden) = scene.hidden() {
        return vec![hidden];
    }
    let through = registry_only::let_through(context, entry, mesh);
    let mut findings = scene.hosts(&through);
    findings.extend(scene.nothing_answers());
    findings.extend(scene.addresses());
    findings.extend(scene.endpoints(&through));
    findings.extend(scene.selected());
    findings.extend(entry.ports.items.iter().filter_map(|port| scene.other_port(port)));
    findings.extend(scene.location());
    findings.extend(scene.names());
    findings.extend(scene.exported());
    findings
}

impl Scene<'_> {
    fn finding<T>(
        &self,
        code: &'static Code,
        direction: Direction,
        leaf: &Leaf<T>,
        message: impl Into<String>,
    ) -> Finding {
        on(&self.entry.meta.reference, code, direction, leaf, message)
    }

    fn hosts_in_words(&self) -> String {
        match self.entry.hosts.items.as_slice() {
            [] => "a host that is missing".to_string(),
            hosts => texts(hosts),
        }
    }

    /// An entry that is exported to nobody.
    fn hidden(&self) -> Option<Finding> {
        let none = self.entry.export_to.iter().find(|name| name.value == "~")?;
        let at = Leaf { value: (), span: none.span, field: "spec.exportTo".to_string() };
        let message =
            format!("no proxy knows {} by this entry (`exportTo: ~`): no effect", self.hosts_in_words());
        Some(self.finding(&PROXY_SCOPE, Direction::None, &at, message))
    }

    /// The hosts of which this is known.
    fn hosts_that(&self, known: &[Known]) -> Vec<Leaf<String>> {
        let hosts = self.entry.hosts.items.iter();
        let kind = |host: &str| names::known(self.entry, host, self.context.inventory);
        hosts.filter(|host| known.contains(&kind(&host.value))).cloned().collect()
    }

    /// One finding for hosts that DNS or the cluster knows, one for those that only the mesh does. Hosts that
    /// lead nowhere, or to endpoints while public DNS may know them, are told with these.
    fn hosts(&self, through: &[(String, Span)]) -> Vec<Finding> {
        let Some(list) = self.entry.hosts.at.as_ref().filter(|_| !self.answers_nothing()) else {
            return Vec::new();
        };
        let (alone, others) =
            (self.hosts_that(&[Known::MeshAlone]), self.hosts_that(&[Known::Dns, Known::Service]));
        let mut findings = Vec::new();
        if let Some(first) = others.first() {
            findings.push(self.known_hosts(&others, &instead(first, list), through));
        }
        if let Some(first) = alone.first() {
            findings.push(self.mesh_only(&alone, &instead(first, list), through));
        }
        findings
    }

    fn known_hosts(&self, hosts: &[Leaf<String>], at: &Leaf<()>, through: &[(String, Span)]) -> Finding {
        let users = self.users(hosts);
        let ends = match self.entry.location() {
            Location::External => "outside the mesh",
            Location::Internal => "inside the mesh",
        };
        let message = format!(
            "proxies know {} on {} by name ({ends}, resolution {}): routes, settings and metrics go by it{}{}; \
             afterwards connections go out as to any other host",
            texts(hosts),
            ports(&self.entry.ports.items),
            self.entry.resolution().word(),
            used_by(&users),
            lets_out(through)
        );
        let help = if through.is_empty() {
            "see its traffic in flow logs or in the application's own metrics; if the mesh refuses unknown \
             destinations (`outboundTrafficPolicy: REGISTRY_ONLY`, which this input does not show), this is what lets \
             traffic out, and afterwards any destination is open: close the way out by egress policy"
        } else {
            "see its traffic in flow logs or in the application's own metrics; that all other destinations are open \
             afterwards is said of what closes them now (UM433)"
        };
        related(self.finding(&OUTSIDE_HOST, Direction::Drops, at, message).help(help), &users, through)
    }

    fn mesh_only(&self, hosts: &[Leaf<String>], at: &Leaf<()>, through: &[(String, Span)]) -> Finding {
        let users = self.users(hosts);
        let address = if self.entry.allocates {
            "; istiod may have given it an address, which only DNS of the mesh knows"
        } else {
            ""
        };
        let leads = match &self.entry.selector {
            Some(selector) if selector.labels.is_empty() => "all pods of its namespace".to_string(),
            Some(selector) => format!("what has the labels `{}`", labels(&selector.labels)),
            None => self.endpoints_in_words(),
        };
        let (what, to) = if hosts.len() == 1 { ("is a name", "leads to") } else { ("are names", "lead to") };
        let message = format!(
            "{} on {} {} that this entry makes, and {to} {leads}{address}{}{}; afterwards clients that use it reach \
             nothing, unless DNS knows it",
            texts(hosts),
            ports(&self.entry.ports.items),
            what,
            used_by(&users),
            lets_out(through)
        );
        let help = "make a Service of type ExternalName, or one without a selector and an EndpointSlice with the \
                    addresses, or add the name to DNS; then point clients at it";
        related(self.finding(&MESH_ONLY_NAME, Direction::Narrows, at, message).help(help), &users, through)
    }

    fn users(&self, hosts: &[Leaf<String>]) -> Vec<&Meta> {
        users::of(self.context, self.entry, hosts)
    }

    /// Whether a proxy finds no address for the hosts at all.
    fn answers_nothing(&self) -> bool {
        let entry = self.entry;
        entry.resolution() == Resolution::Static
            && entry.endpoints.items.is_empty()
            && entry.selector.is_none()
    }

    fn nothing_answers(&self) -> Option<Finding> {
        let resolution = self.entry.resolution.as_ref().filter(|_| self.answers_nothing())?;
        let message = format!(
            "`resolution: STATIC` without endpoints leads nowhere: proxies refuse requests to {} with status 503; \
             afterwards they reach whatever DNS knows by that name",
            self.hosts_in_words()
        );
        let help = "where this keeps pods from the host, keep them from its addresses by egress policy; else take the \
                    entry out before the mesh goes";
        Some(self.finding(&NOTHING_ANSWERS, Direction::Widens, resolution, message).help(help))
    }

    /// Virtual addresses; real ones, where nothing is resolved.
    fn addresses(&self) -> Option<Finding> {
        let entry = self.entry;
        let list = entry.addresses.at.as_ref()?;
        let first = entry.addresses.items.first()?;
        let at = instead(first, list);
        let hosts = self.hosts_in_words();
        if entry.resolution() == Resolution::None {
            let message = format!(
                "connections to {} count as those to {hosts}, and go to the address that the client asked for: they \
                 do so afterwards",
                texts(&entry.addresses.items)
            );
            return Some(self.finding(&VIRTUAL_ADDRESS, Direction::None, &at, message));
        }
        let real = |address: &&Leaf<String>| {
            entry
                .endpoints
                .items
                .iter()
                .any(|one| one.address.as_ref().is_some_and(|own| own.value == address.value))
        };
        let made_up: Vec<Leaf<String>> =
            entry.addresses.items.iter().filter(|address| !real(address)).cloned().collect();
        if made_up.is_empty() {
            let message = format!(
                "{} are addresses of the endpoints themselves: no effect",
                texts(&entry.addresses.items)
            );
            return Some(self.finding(&VIRTUAL_ADDRESS, Direction::None, &at, message));
        }
        let reserved = made_up.iter().all(|address| is_reserved(&address.value));
        let unless = if reserved { ", since no network routes it" } else { ", unless the network routes it" };
        let message = format!(
            "{} stands for {hosts} in proxies alone; afterwards clients that use the address reach nothing{unless}",
            texts(&made_up)
        );
        let help = "point clients at the real addresses, or at a Service that leads to them";
        Some(self.finding(&VIRTUAL_ADDRESS, Direction::Narrows, &at, message).help(help))
    }

    fn endpoints(&self, through: &[(String, Span)]) -> Option<Finding> {
        let list = self.entry.endpoints.at.as_ref()?;
        let first = self.entry.endpoints.items.first()?;
        let place = first.address.as_ref().map_or_else(|| first.at.clone(), |leaf| leaf.clone().map(|_| ()));
        let at = instead(&place, list);
        let others = self.hosts_that(&[Known::Elsewhere, Known::Dns, Known::Service]);
        if others.is_empty() && !self.entry.hosts.items.is_empty() {
            let message =
                format!("these endpoints go with the name {}: no effect beside that", self.hosts_in_words());
            return Some(self.finding(&HOST_ENDPOINTS, Direction::None, &at, message));
        }
        let users = self.users(&others);
        let message = format!(
            "connections to {} on {} go to {}{}{}; afterwards to whatever address the name has for the client",
            texts(&others),
            ports(&self.entry.ports.items),
            self.endpoints_in_words(),
            used_by(&users),
            lets_out(through)
        );
        let help = "give the name these addresses in DNS, or make a Service without a selector and an EndpointSlice \
                    with them; neither knows weights";
        Some(related(
            self.finding(&HOST_ENDPOINTS, Direction::Drops, &at, message).help(help),
            &users,
            through,
        ))
    }

    fn endpoints_in_words(&self) -> String {
        let items = &self.entry.endpoints.items;
        let mut words: Vec<String> = items.iter().take(LISTED).map(machine_in_words).collect();
        if items.len() > LISTED {
            words.push(format!("{} more", items.len() - LISTED));
        }
        if words.is_empty() { "nothing".to_string() } else { joined(&words) }
    }

    fn selected(&self) -> Option<Finding> {
        let selector = self.entry.selector.as_ref()?;
        let own = self.entry.namespace();
        let workloads = self.context.inventory.workloads.iter();
        let pods = workloads.filter(|one| one.identity.namespace == own && selector.matches(&one.labels));
        let machines = self.context.resources.workload_entries.iter().filter(|one| {
            let labels = one.machine.labels.iter().map(|(key, value)| (key.clone(), value.value.clone()));
            one.meta.reference.namespace.as_deref() == Some(own) && selector.matches(&labels.collect())
        });
        let mut shown: Vec<&ObjectRef> = pods.map(|one| &one.reference).collect();
        shown.extend(machines.map(|one| &one.meta.reference));
        let shown: Vec<String> = shown.into_iter().map(ToString::to_string).collect();
        let which = if selector.labels.is_empty() {
            format!("all pods and WorkloadEntries of `{own}`")
        } else {
            format!("pods and WorkloadEntries of `{own}` with `{}`", labels(&selector.labels))
        };
        let among = if shown.is_empty() { "none in the input".to_string() } else { listed(&shown) };
        let message = format!(
            "{which} answer for {} ({among}); afterwards they do not, by this name",
            self.hosts_in_words()
        );
        if self.hosts_that(&[Known::Dns, Known::Service, Known::Elsewhere]).is_empty() {
            return Some(self.finding(&HOST_ENDPOINTS, Direction::None, &selector.at, message));
        }
        let help = "give the pods a Service with the same selector; machines outside the cluster need one without a \
                    selector, with an EndpointSlice";
        Some(self.finding(&HOST_ENDPOINTS, Direction::Drops, &selector.at, message).help(help))
    }

    /// A port that is another one at the server.
    fn other_port(&self, port: &Port) -> Option<Finding> {
        let target = port.target.as_ref()?;
        let number = port.number.as_ref().map_or(0, |number| number.value);
        if number == target.value {
            let message = format!("port {number} of the host is port {number} of the server: no effect");
            return Some(self.finding(&HOST_ENDPOINTS, Direction::None, target, message));
        }
        let message = format!(
            "connections to port {} of {} go to port {} of the server; afterwards to port {number}",
            port.in_words(),
            self.hosts_in_words(),
            target.value
        );
        let help = "let clients ask for the server's own port";
        Some(self.finding(&HOST_ENDPOINTS, Direction::Drops, target, message).help(help))
    }

    /// A host inside the mesh: proxies speak mutual TLS to what has a proxy.
    fn location(&self) -> Option<Finding> {
        let location = self.entry.location.as_ref().filter(|one| one.value == Location::Internal)?;
        let hosts = self.hosts_in_words();
        let speaks = self.entry.selector.is_some()
            || self.entry.endpoints.items.iter().any(Machine::speaks_mutual_tls);
        if !speaks {
            let message = format!(
                "{hosts} counts as part of the mesh (`MESH_INTERNAL`), but no endpoint speaks its mutual TLS: no effect \
                 on what is sent"
            );
            return Some(self.finding(&OUTSIDE_IDENTITY, Direction::None, location, message));
        }
        let message = format!(
            "connections to {hosts} are encrypted where what answers has a proxy, and both sides show who they are \
             (mutual TLS of the mesh, `MESH_INTERNAL`); afterwards they cross the network in clear, and neither side \
             knows the other"
        );
        Some(self.finding(&OUTSIDE_IDENTITY, Direction::Widens, location, message).help(ENCRYPT))
    }

    /// Names that a certificate has to have, where a proxy looks at one.
    fn names(&self) -> Option<Finding> {
        let list = self.entry.names.at.as_ref()?;
        let first = self.entry.names.items.first()?;
        let at = instead(first, list);
        let names = texts(&self.entry.names.items);
        let hosts = self.hosts_in_words();
        let full: Vec<String> = self
            .entry
            .hosts
            .items
            .iter()
            .map(|host| full_host(&host.value, self.entry.namespace()))
            .collect();
        let looks = self
            .context
            .resources
            .destination_rules
            .iter()
            .find(|rule| sets(rule, &full) && begins_tls(rule));
        let inside = self.entry.location() == Location::Internal
            && (self.entry.selector.is_some()
                || self.entry.endpoints.items.iter().any(Machine::speaks_mutual_tls));
        if looks.is_none() && !inside {
            let message = format!(
                "a server's certificate for {hosts} has to be one of {names} where a proxy begins TLS, and no \
                 DestinationRule of the input says so: no effect"
            );
            return Some(self.finding(&OUTSIDE_IDENTITY, Direction::None, &at, message));
        }
        let message = format!(
            "proxies that begin TLS to {hosts} take only a server whose certificate is for {names}; afterwards nobody \
             looks"
        );
        let help = "let the application speak TLS itself, and check these names";
        let finding = self.finding(&OUTSIDE_IDENTITY, Direction::Widens, &at, message).help(help);
        Some(match looks {
            Some(rule) => finding.related("begins TLS", rule.meta.name_span),
            None => finding,
        })
    }

    fn exported(&self) -> Option<Finding> {
        let first = self.entry.export_to.first()?;
        let at = Leaf { value: (), span: first.span, field: "spec.exportTo".to_string() };
        let hosts = self.hosts_in_words();
        let message = match exported_to(&self.entry.export_to, self.entry.namespace()) {
            Some(who) => format!("{who} {hosts} by this entry; for all others nothing changes"),
            None => format!("proxies in all namespaces know {hosts}, which is the default: no effect"),
        };
        Some(self.finding(&PROXY_SCOPE, Direction::None, &at, message))
    }
}

/// What stands in for encryption by proxies.
pub(super) const ENCRYPT: &str = "WireGuard of the network plugin encrypts between nodes of the cluster alone, and \
                                  proves no workload's identity: let the applications speak TLS themselves, or connect \
                                  the machines by a VPN";

/// 240.0.0.0/4, which no router forwards.
fn is_reserved(address: &str) -> bool {
    let ip = address.split('/').next().unwrap_or(address);
    matches!(ip.parse::<IpAddr>(), Ok(IpAddr::V4(ip)) if ip.octets().first().is_some_and(|first| *first >= 240))
}
