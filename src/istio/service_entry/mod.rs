//! `ServiceEntry` (`networking.istio.io/v1`, `v1beta1`, `v1alpha3`; one schema for all three).
//!
//! Every field of the API (istio/api, `service_entry.proto`, to 1.31) is read. Ports of pods that an entry
//! selects are also read with the inventory, which says what a proxy takes them for. This module must not
//! know what becomes of an entry.

mod validate;

use super::Meta;
use super::checks::Checks;
use super::common::{self, List};
use super::port::{self, Port};
use super::workload_entry::{self, Machine};
use super::workload_selector::{self, WorkloadSelector};
use crate::manifest::Labels;
use crate::yaml::fields::{Field, Leaf};

/// A ServiceEntry, as far as it could be read.
#[derive(Clone, Debug)]
pub struct ServiceEntry {
    /// Name and place.
    pub meta: Meta,
    /// `hosts`: full names; `*` may stand for the beginning of one.
    pub hosts: List<Leaf<String>>,
    /// `addresses`: virtual IPs, or blocks of addresses.
    pub addresses: List<Leaf<String>>,
    /// `ports`.
    pub ports: List<Port>,
    /// `location`; outside where absent.
    pub location: Option<Leaf<Location>>,
    /// `resolution`; none where absent.
    pub resolution: Option<Leaf<Resolution>>,
    /// `endpoints`.
    pub endpoints: List<Machine>,
    /// `workloadSelector`: pods and WorkloadEntries of its namespace that answer for the hosts.
    pub selector: Option<WorkloadSelector>,
    /// `exportTo`: namespaces whose proxies know it; empty is all.
    pub export_to: Vec<Leaf<String>>,
    /// `subjectAltNames`: the names of which the server's certificate must have one.
    pub names: List<Leaf<String>>,
    /// Whether istiod may give its hosts an address of their own, which only DNS of the mesh knows.
    pub allocates: bool,
}

/// `location`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// `MESH_EXTERNAL`.
    External,
    /// `MESH_INTERNAL`: proxies may speak mutual TLS of the mesh to it.
    Internal,
}

/// `resolution`: how a proxy finds the address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// `NONE`: it is the address that the client asked for.
    None,
    /// `STATIC`: the endpoints' own, or those of the workloads that are selected.
    Static,
    /// `DNS`: it asks DNS, for the endpoints' names or for the host.
    Dns,
    /// `DNS_ROUND_ROBIN`: the same, with one address at a time.
    DnsRoundRobin,
    /// `DYNAMIC_DNS`: it asks DNS for the host of each request.
    DynamicDns,
}

impl Resolution {
    /// The word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Static => "STATIC",
            Self::Dns => "DNS",
            Self::DnsRoundRobin => "DNS_ROUND_ROBIN",
            Self::DynamicDns => "DYNAMIC_DNS",
        }
    }
}

impl ServiceEntry {
    /// The namespace that holds it.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.meta.reference.namespace.as_deref().unwrap_or("")
    }

    /// Where it is, with the default.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location.as_ref().map_or(Location::External, |location| location.value)
    }

    /// How a proxy finds its address, with the default.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        self.resolution.as_ref().map_or(Resolution::None, |resolution| resolution.value)
    }

    /// Whether proxies of a namespace know it.
    #[must_use]
    pub fn is_exported_to(&self, namespace: &str) -> bool {
        self.export_to.is_empty()
            || self.export_to.iter().any(|name| match name.value.as_str() {
                "*" => true,
                "." => self.namespace() == namespace,
                other => other == namespace,
            })
    }
}

/// Reads the `spec`; the object's labels say whether istiod gives it addresses.
pub(super) fn read(
    meta: Meta,
    labels: &Labels,
    spec: Option<&Field<'_>>,
    checks: &Checks<'_>,
) -> ServiceEntry {
    let mut entry = ServiceEntry {
        meta,
        hosts: List::default(),
        addresses: List::default(),
        ports: List::default(),
        location: None,
        resolution: None,
        endpoints: List::default(),
        selector: None,
        export_to: Vec::new(),
        names: List::default(),
        allocates: false,
    };
    if let Some(mut fields) = spec.and_then(Field::fields) {
        take(&mut entry, &mut fields, checks);
        fields.finish();
    }
    let opted_out = labels.get("networking.istio.io/enable-autoallocate-ip");
    // shouldV2AutoAllocateIPFromPieces
    entry.allocates = entry.resolution() != Resolution::None
        && entry.addresses.items.is_empty()
        && !opted_out.is_some_and(|value| value.eq_ignore_ascii_case("false"));
    validate::check(&entry, labels, checks);
    entry
}

fn take(entry: &mut ServiceEntry, fields: &mut crate::yaml::fields::Fields<'_>, checks: &Checks<'_>) {
    const LOCATIONS: [(&str, Location); 2] =
        [("MESH_EXTERNAL", Location::External), ("MESH_INTERNAL", Location::Internal)];
    const RESOLUTIONS: [(&str, Resolution); 5] = [
        ("NONE", Resolution::None),
        ("STATIC", Resolution::Static),
        ("DNS", Resolution::Dns),
        ("DNS_ROUND_ROBIN", Resolution::DnsRoundRobin),
        ("DYNAMIC_DNS", Resolution::DynamicDns),
    ];
    entry.hosts = common::list(fields.take("hosts"), Field::string);
    entry.addresses = common::list(fields.take("addresses"), Field::string);
    entry.ports = common::list(fields.take("ports"), port::read);
    entry.location = fields.take("location").and_then(|field| field.one_of(&LOCATIONS));
    entry.resolution = fields.take("resolution").and_then(|field| field.one_of(&RESOLUTIONS));
    entry.endpoints = common::list(fields.take("endpoints"), workload_entry::machine);
    entry.selector =
        fields.take("workloadSelector").and_then(|field| workload_selector::read(&field, checks));
    entry.export_to = common::strings(fields.take("exportTo"));
    entry.names = common::list(fields.take("subjectAltNames"), Field::string);
}
