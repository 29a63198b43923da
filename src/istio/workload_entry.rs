//! `WorkloadEntry` (`networking.istio.io/v1`, `v1beta1`, `v1alpha3`): a machine outside the cluster.
//!
//! Its fields are also those of a ServiceEntry's endpoints and of a WorkloadGroup's template. Every field of
//! the API (istio/api, `workload_entry.proto`, to 1.31) is read, and what Istio's own validation refuses
//! (`ValidateWorkloadEntry`, and the rules of the CRD) is said while it is read.

use super::Meta;
use super::checks::Checks;
use super::common::{self, at};
use super::destination_rule::hosts;
use super::destination_rule::values::unsigned;
use super::port;
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// How a Unix socket is written.
pub(super) const SOCKET: &str = "unix://";

/// The label that says whether a machine speaks mutual TLS of the mesh (`security.istio.io/tlsMode`).
const TLS_MODE: &str = "security.istio.io/tlsMode";

/// A WorkloadEntry, as far as it could be read.
#[derive(Clone, Debug)]
pub struct WorkloadEntry {
    /// Name and place.
    pub meta: Meta,
    /// The machine.
    pub machine: Machine,
}

/// An address that requests can go to, with what the mesh knows of it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The field that holds it.
    pub at: Leaf<()>,
    /// `address`: an IP, a DNS name, or a socket.
    pub address: Option<Leaf<String>>,
    /// `ports`: the machine's port for the name of a Service's port.
    pub ports: BTreeMap<String, Leaf<i64>>,
    /// `labels`, by which Services select it.
    pub labels: BTreeMap<String, Leaf<String>>,
    /// `network`.
    pub network: Option<Leaf<String>>,
    /// `locality`.
    pub locality: Option<Leaf<String>>,
    /// `weight`; 0 and absent are 1.
    pub weight: Option<Leaf<i64>>,
    /// `serviceAccount`, of the object's own namespace.
    pub account: Option<Leaf<String>>,
}

impl Machine {
    /// Whether proxies speak mutual TLS of the mesh to it (`getTLSModeFromWorkloadEntry`).
    #[must_use]
    pub fn speaks_mutual_tls(&self) -> bool {
        match self.labels.get(TLS_MODE) {
            Some(mode) => mode.value == "istio",
            None => self.account.is_some(),
        }
    }

    /// Its address for a sentence.
    #[must_use]
    pub fn in_words(&self) -> String {
        match (&self.address, &self.network) {
            (Some(address), _) => format!("`{}`", address.value),
            (None, Some(network)) => format!("behind the gateway of network `{}`", network.value),
            (None, None) => "an address that is missing".to_string(),
        }
    }

    /// The socket's path, where its address is one.
    pub(super) fn socket(&self) -> Option<&str> {
        self.address.as_ref()?.value.strip_prefix(SOCKET)
    }
}

/// What an address may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Addresses {
    /// An IP or a socket: `resolution: STATIC`.
    Static,
    /// An IP or a DNS name: `resolution: DNS`.
    Dns,
    /// Any of them.
    Any,
    /// Whatever is there: a template, or a place where Istio does not look.
    Unchecked,
}

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> WorkloadEntry {
    let whole = Leaf { value: (), span: meta.name_span, field: "spec".to_string() };
    let machine = spec.and_then(machine).unwrap_or_else(|| empty(whole.clone()));
    check(&machine, &whole, Addresses::Any, checks);
    WorkloadEntry { meta, machine }
}

fn empty(at: Leaf<()>) -> Machine {
    Machine {
        at,
        address: None,
        ports: BTreeMap::new(),
        labels: BTreeMap::new(),
        network: None,
        locality: None,
        weight: None,
        account: None,
    }
}

/// Reads the fields of a machine.
pub(super) fn machine(field: &Field<'_>) -> Option<Machine> {
    let mut fields = field.fields()?;
    let ports = fields.take("ports").map(|field| field.entries()).unwrap_or_default();
    let number = |(key, field): (Leaf<String>, Field<'_>)| Some((key.value, unsigned(Some(field))?));
    // Empty texts are absent, as protobuf has it.
    let mut text = |name| common::string(fields.take(name)).filter(|text| !text.value.is_empty());
    let (address, network, locality) = (text("address"), text("network"), text("locality"));
    let account = text("serviceAccount");
    let machine = Machine {
        at: at(field),
        address,
        ports: ports.into_iter().filter_map(number).collect(),
        labels: common::string_map(fields.take("labels")),
        network,
        locality,
        weight: unsigned(fields.take("weight")),
        account,
    };
    fields.finish();
    Some(machine)
}

/// What Istio refuses of one machine; `place` is underlined for what is missing.
pub(super) fn check(machine: &Machine, place: &Leaf<()>, kinds: Addresses, checks: &Checks<'_>) {
    let Machine { at: _, address, ports, labels, network, locality: _, weight: _, account: _ } = machine;
    if kinds == Addresses::Unchecked {
        return;
    }
    match address {
        Some(address) => check_address(address, ports, kinds, checks),
        // The CRD asks for one of the two everywhere.
        None if network.is_none() || kinds == Addresses::Dns => {
            let message = "Istio refuses a machine without `address`";
            checks.refuse(place, message, "write its IP address, or the `network` whose gateway leads to it");
        }
        None => {}
    }
    for (name, number) in ports {
        let named = Leaf { value: name.clone(), span: number.span, field: number.field.clone() };
        port::check_name(&named, checks);
        port::check_number(number, checks);
    }
    check_labels(labels, checks);
}

fn check_address(
    address: &Leaf<String>,
    ports: &BTreeMap<String, Leaf<i64>>,
    kinds: Addresses,
    checks: &Checks<'_>,
) {
    let socket = address.value.strip_prefix(SOCKET).filter(|_| kinds != Addresses::Dns);
    if let Some(path) = socket {
        check_socket(address, path, checks);
        if let Some(port) = ports.values().next() {
            let message = format!("Istio refuses `ports` beside the socket `{}`", address.value);
            checks.refuse(port, message, "take the ports out: a socket has none");
        }
        return;
    }
    let is_address = address.value.parse::<IpAddr>().is_ok();
    if is_address || (kinds != Addresses::Static && hosts::is_domain(&address.value)) {
        return;
    }
    let (message, help) = if kinds == Addresses::Static {
        let message =
            format!("Istio refuses `{}`: with `resolution: STATIC` it is no IP address", address.value);
        (message, "write an IP address, or `resolution: DNS`")
    } else {
        let message =
            format!("Istio refuses `{}`: it is neither an IP address nor a full DNS name", address.value);
        (message, "write where the machine can be reached")
    };
    checks.refuse(address, message, help);
}

/// The path of a socket (`ValidateUnixAddress`).
pub(super) fn check_socket(at: &Leaf<String>, path: &str, checks: &Checks<'_>) {
    if !path.starts_with('@') && (!path.starts_with('/') || path.ends_with('/')) {
        let message = format!("Istio refuses `{}`: it is no absolute path of a socket", at.value);
        checks.refuse(at, message, "write `unix:///path/to/socket` or `unix://@name`");
    }
}

/// Labels that a machine can have.
pub(super) fn check_labels(labels: &BTreeMap<String, Leaf<String>>, checks: &Checks<'_>) {
    for (key, value) in labels {
        if !hosts::is_label_key(key) || !hosts::is_label_value(&value.value) {
            let message = format!("Istio refuses the label `{key}={}`", value.value);
            checks.refuse(value, message, "write a label as Kubernetes has them");
        }
    }
}
