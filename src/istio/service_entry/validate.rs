//! What Istio refuses in a ServiceEntry: `ValidateServiceEntry` (`pkg/config/validation`) and the CRD's rules.
//!
//! Warnings of Istio's are no refusals: such an entry works, and what it does is said by `lint`.

use super::{Location, Resolution, ServiceEntry};
use crate::istio::checks::Checks;
use crate::istio::destination_rule::hosts;
use crate::istio::port::{self, Port, Traffic};
use crate::istio::workload_entry::{self, Addresses, Machine};
use crate::manifest::Labels;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Says what Istio refuses.
pub(super) fn check(entry: &ServiceEntry, labels: &Labels, checks: &Checks<'_>) {
    let ServiceEntry {
        meta,
        hosts,
        addresses,
        ports,
        location: _,
        resolution: _,
        endpoints,
        selector,
        export_to,
        names: _,
        allocates: _,
    } = entry;
    let whole = Leaf { value: (), span: meta.name_span, field: "spec".to_string() };
    if let (Some(_), Some(list)) = (selector, &endpoints.at) {
        let message = "Istio refuses `endpoints` beside `workloadSelector`";
        checks.refuse(list, message, "keep the one that says who answers");
    }
    if hosts.items.is_empty() {
        let message = "Istio refuses a ServiceEntry without `hosts`";
        checks.refuse(hosts.at.as_ref().unwrap_or(&whole), message, "name the hosts");
    }
    for host in &hosts.items {
        check_host(host, checks);
    }
    for address in &addresses.items {
        check_address(address, entry.resolution(), checks);
    }
    check_ports(&ports.items, checks);
    check_resolution(entry, checks);
    check_waypoint(entry, labels, checks);
    check_hosts_and_ports(entry, checks);
    check_export_to(export_to, entry.namespace(), checks);
}

fn check_host(host: &Leaf<String>, checks: &Checks<'_>) {
    if host.value == "*" {
        checks.refuse(
            host,
            "Istio refuses `*` as a host of a ServiceEntry",
            "name the hosts, or `*.example.com`",
        );
    } else if !hosts::is_wildcard_domain(&host.value) {
        let message = format!("Istio refuses `{}`: it is no name of a host", host.value);
        checks.refuse(host, message, "write a DNS name, such as `api.example.com` or `*.example.com`");
    }
}

/// An address or a block (`ValidateIPSubnet`); blocks only where nothing is resolved.
fn check_address(address: &Leaf<String>, resolution: Resolution, checks: &Checks<'_>) {
    let is_right = match address.value.split_once('/') {
        None => address.value.parse::<IpAddr>().is_ok(),
        Some((ip, bits)) => {
            let most = ip.parse::<IpAddr>().map(|ip| if ip.is_ipv4() { 32 } else { 128 });
            let plain = bits == "0" || !bits.starts_with(['0', '+']);
            most.is_ok_and(|most| plain && bits.parse::<u8>().is_ok_and(|bits| bits <= most))
        }
    };
    if !is_right {
        let message = format!("Istio refuses `{}`: it is neither an IP address nor a block", address.value);
        checks.refuse(address, message, "write an address such as `240.0.0.1` or `10.1.0.0/16`");
    } else if address.value.contains('/') && !matches!(resolution, Resolution::None | Resolution::Static) {
        let message =
            format!("Istio refuses the block `{}` with `resolution: {}`", address.value, resolution.word());
        checks.refuse(address, message, "write single addresses, or `resolution: NONE` or `STATIC`");
    }
}

fn check_ports(ports: &[Port], checks: &Checks<'_>) {
    let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for one in ports {
        let Port { at, number, numbered, protocol: _, name, target } = one;
        match name {
            None => {
                checks.refuse(at, "Istio refuses a port without `name`", "give it a name, such as `https`");
            }
            Some(name) if !names.insert(&name.value) => {
                let message = format!("Istio refuses a second port named `{}`", name.value);
                checks.refuse(name, message, "give each port a name of its own");
            }
            Some(name) => port::check_name(name, checks),
        }
        match number {
            None if *numbered => {}
            None => checks.refuse(at, "Istio refuses a port without `number`", "write the port of the host"),
            Some(number) if !numbers.insert(number.value) => {
                let message = format!("Istio refuses a second port {}", number.value);
                checks.refuse(number, message, "keep one of them");
            }
            Some(number) => port::check_number(number, checks),
        }
        if let Some(target) = target {
            port::check_number(target, checks);
        }
        port::check_protocol(one, checks);
    }
}

fn check_resolution(entry: &ServiceEntry, checks: &Checks<'_>) {
    let endpoints = &entry.endpoints;
    let resolution = entry.resolution();
    match resolution {
        Resolution::None => {
            if let Some(list) = &endpoints.at {
                let message = "Istio refuses `endpoints` with `resolution: NONE`, which is the default";
                checks.refuse(list, message, "write `resolution: STATIC` for addresses, or `DNS` for names");
            }
        }
        Resolution::Static => {
            for machine in &endpoints.items {
                workload_entry::check(machine, &machine.at, Addresses::Static, checks);
                check_socket_ports(machine, entry, checks);
            }
        }
        Resolution::Dns | Resolution::DnsRoundRobin => {
            if endpoints.items.is_empty() {
                check_full_name(entry, checks);
            }
            if let Some(second) = endpoints.items.get(1).filter(|_| resolution == Resolution::DnsRoundRobin) {
                let message = "Istio refuses more than one endpoint with `resolution: DNS_ROUND_ROBIN`";
                checks.refuse(&second.at, message, "keep one, or write `resolution: DNS`");
            }
            for machine in &endpoints.items {
                workload_entry::check(machine, &machine.at, Addresses::Dns, checks);
            }
        }
        Resolution::DynamicDns => check_dynamic(entry, checks),
    }
    if matches!(resolution, Resolution::Static | Resolution::Dns | Resolution::DnsRoundRobin) {
        check_port_names(entry, checks);
    }
}

/// A socket stands for the one port of its entry.
fn check_socket_ports(machine: &Machine, entry: &ServiceEntry, checks: &Checks<'_>) {
    let several = machine.socket().is_some() && entry.ports.items.len() != 1;
    if let Some(address) = machine.address.as_ref().filter(|_| several) {
        let count = entry.ports.items.len();
        let message = format!("Istio refuses the socket `{}` in an entry of {count} ports", address.value);
        checks.refuse(address, message, "give an entry with a socket exactly one port");
    }
}

/// DNS is asked for the host, so it has to be a whole one; the first that is not is enough.
fn check_full_name(entry: &ServiceEntry, checks: &Checks<'_>) {
    let mut hosts = entry.hosts.items.iter();
    let partial = hosts.find(|host| !hosts::is_domain(&host.value) && hosts::is_wildcard_domain(&host.value));
    if let Some(host) = partial.filter(|host| host.value != "*") {
        let message = format!(
            "Istio refuses `{}` with `resolution: {}` and no endpoints: DNS cannot be asked for it",
            host.value,
            entry.resolution().word()
        );
        checks.refuse(host, message, "write `resolution: NONE`, or name the endpoints");
    }
}

/// Ports of endpoints are named as those of the entry.
fn check_port_names(entry: &ServiceEntry, checks: &Checks<'_>) {
    let known = |name: &str| {
        let mut ports = entry.ports.items.iter();
        ports.any(|port| port.name.as_ref().is_some_and(|own| own.value == name))
    };
    for machine in entry.endpoints.items.iter().filter(|machine| machine.socket().is_none()) {
        for (name, number) in machine.ports.iter().filter(|(name, _)| !known(name)) {
            let message =
                format!("Istio refuses the endpoint's port `{name}`: the entry has none of that name");
            checks.refuse(number, message, "use the name of one of the entry's `ports`");
        }
    }
}

fn check_dynamic(entry: &ServiceEntry, checks: &Checks<'_>) {
    for host in entry.hosts.items.iter().filter(|host| !host.value.starts_with('*')) {
        let message =
            format!("Istio refuses `{}` with `resolution: DYNAMIC_DNS`: it is one host", host.value);
        checks.refuse(host, message, "write `*.example.com`, or `resolution: DNS`");
    }
    let lists = [("addresses", &entry.addresses.at), ("endpoints", &entry.endpoints.at)];
    let filled = [!entry.addresses.items.is_empty(), !entry.endpoints.items.is_empty()];
    for ((name, at), _) in lists.into_iter().zip(filled).filter(|(_, filled)| *filled) {
        if let Some(at) = at {
            let message = format!("Istio refuses `{name}` with `resolution: DYNAMIC_DNS`");
            checks.refuse(at, message, "take them out: the address is found by each request's host");
        }
    }
    for port in &entry.ports.items {
        let word = port.protocol.as_ref().map(|word| word.value.to_ascii_lowercase());
        let fits = matches!(word.as_deref(), Some("http" | "http2" | "grpc" | "tls"));
        // One that Istio does not know at all is told already.
        let unknown = port.protocol.is_some() && port.traffic() == Traffic::Sniffed;
        if !fits && !unknown {
            let at = port.protocol.as_ref().map_or_else(|| port.at.clone(), |word| word.clone().map(|_| ()));
            let message =
                "Istio refuses this port with `resolution: DYNAMIC_DNS`: it takes HTTP, HTTP2, GRPC and TLS";
            checks.refuse(&at, message, "write one of these protocols");
        }
    }
}

/// An entry inside the mesh whose hosts are found by request cannot go through a waypoint.
fn check_waypoint(entry: &ServiceEntry, labels: &Labels, checks: &Checks<'_>) {
    let waypoint = labels.get("istio.io/use-waypoint");
    let uses = waypoint.is_some_and(|name| !name.is_empty() && !name.eq_ignore_ascii_case("none"));
    let dynamic = entry.resolution() == Resolution::DynamicDns;
    if let Some(location) =
        entry.location.as_ref().filter(|one| one.value == Location::Internal && dynamic && uses)
    {
        let message = "Istio refuses `MESH_INTERNAL` with `resolution: DYNAMIC_DNS` and a waypoint";
        checks.refuse(location, message, "write `MESH_EXTERNAL`");
    }
}

/// Connections without a server name cannot be told apart by host.
fn check_hosts_and_ports(entry: &ServiceEntry, checks: &Checks<'_>) {
    if entry.resolution() == Resolution::None || entry.hosts.items.len() < 2 {
        return;
    }
    let nameless = |port: &&Port| matches!(port.traffic(), Traffic::Connections | Traffic::Sniffed);
    // An entry whose hosts are found by request has a refusal for such a port already.
    let dynamic = entry.resolution() == Resolution::DynamicDns;
    if let Some(port) = entry.ports.items.iter().find(nameless).filter(|_| !dynamic) {
        let at = port.protocol.as_ref().map_or_else(|| port.at.clone(), |word| word.clone().map(|_| ()));
        if port.protocol.is_some() && port.traffic() == Traffic::Sniffed {
            return;
        }
        let message = format!(
            "Istio refuses {} hosts on port {}: neither HTTP nor TLS tells them apart there",
            entry.hosts.items.len(),
            port.in_words()
        );
        checks.refuse(&at, message, "write an entry for each host, or a protocol that names the host");
    }
}

/// `validateExportTo`, where `~` stands for nobody.
fn check_export_to(names: &[Leaf<String>], own: &str, checks: &Checks<'_>) {
    let mut seen = BTreeSet::new();
    for name in names {
        let key = if name.value == "." { own } else { name.value.as_str() };
        if !matches!(name.value.as_str(), "." | "*" | "~") && !hosts::is_label(&name.value) {
            let message = format!("Istio refuses `{}` in `exportTo`", name.value);
            let help = "write names of namespaces, `.` for the entry's own, `~` for nobody, or `*` alone";
            checks.refuse(name, message, help);
        } else if !seen.insert(key) {
            let message = format!("Istio refuses `exportTo`: the namespace `{key}` stands twice in it");
            checks.refuse(name, message, "name each namespace once; `.` is the entry's own");
        } else if matches!(name.value.as_str(), "*" | "~") && names.len() > 1 {
            let message = format!("Istio refuses `{}` beside other names in `exportTo`", name.value);
            checks.refuse(name, message, format!("keep `{}` alone, or the names without it", name.value));
        }
    }
}
