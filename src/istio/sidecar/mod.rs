//! `Sidecar` (`networking.istio.io/v1`, `v1beta1`, `v1alpha3`; one schema for all three).
//!
//! Every field of the API (istio/api, `sidecar.proto`, to 1.31) is read. Its inbound ports are also read with
//! the inventory, which says what a proxy takes them for. This module must not know what becomes of a Sidecar.

pub mod tls;
mod validate;

pub use self::tls::ServerTls;
use super::Meta;
use super::checks::Checks;
use super::common::{self, List, at};
use super::destination_rule::connection_pool::{self, ConnectionPool};
use super::destination_rule::values::unsigned;
use super::port::{self, Port};
use super::workload_selector::{self, WorkloadSelector};
use crate::yaml::fields::{Field, Leaf};

/// A Sidecar, as far as it could be read.
#[derive(Clone, Debug)]
pub struct Sidecar {
    /// Name and place.
    pub meta: Meta,
    /// `workloadSelector`; without it, all workloads of the namespace, in the root namespace of the mesh.
    pub selector: Option<WorkloadSelector>,
    /// `ingress`.
    pub ingress: List<IngressListener>,
    /// `egress`; without any, everything is known.
    pub egress: List<EgressListener>,
    /// `inboundConnectionPool`.
    pub inbound_pool: Option<ConnectionPool>,
    /// `outboundTrafficPolicy`; without it, the mesh's own.
    pub outbound: Option<OutboundTrafficPolicy>,
}

/// One of `ingress`.
#[derive(Clone, Debug)]
pub struct IngressListener {
    /// The list's item.
    pub at: Leaf<()>,
    /// `port`.
    pub port: Option<Port>,
    /// `bind`: an IP.
    pub bind: Option<Leaf<String>>,
    /// `captureMode`.
    pub capture: Option<Leaf<CaptureMode>>,
    /// `defaultEndpoint`: where connections go on to; without it, to the same port of the pod's address.
    pub endpoint: Option<Leaf<String>>,
    /// `tls`.
    pub tls: Option<ServerTls>,
    /// `connectionPool`.
    pub pool: Option<ConnectionPool>,
}

/// One of `egress`.
#[derive(Clone, Debug)]
pub struct EgressListener {
    /// The list's item.
    pub at: Leaf<()>,
    /// `port`; without it, the ports of the hosts.
    pub port: Option<Port>,
    /// `bind`: an IP, or a socket.
    pub bind: Option<Leaf<String>>,
    /// `captureMode`.
    pub capture: Option<Leaf<CaptureMode>>,
    /// `hosts`: `namespace/name`.
    pub hosts: List<Leaf<String>>,
}

/// `captureMode`: how connections come to a listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaptureMode {
    /// As the proxy is set up, which is by redirection.
    Default,
    /// By redirection.
    Iptables,
    /// The client speaks to the listener.
    None,
}

/// `outboundTrafficPolicy`.
#[derive(Clone, Debug)]
pub struct OutboundTrafficPolicy {
    /// The field's key.
    pub at: Leaf<()>,
    /// `mode`.
    pub mode: Option<Leaf<Mode>>,
    /// `egressProxy`: where connections to unknown destinations go.
    pub proxy: Option<EgressProxy>,
}

/// What becomes of connections to destinations that a proxy does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// They are refused.
    RegistryOnly,
    /// They go on.
    AllowAny,
}

/// `egressProxy`.
#[derive(Clone, Debug)]
pub struct EgressProxy {
    /// The field's key.
    pub at: Leaf<()>,
    /// `host`.
    pub host: Option<Leaf<String>>,
    /// `subset`.
    pub subset: Option<Leaf<String>>,
    /// `port.number`.
    pub port: Option<Leaf<i64>>,
}

impl Sidecar {
    /// The namespace that holds it.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.meta.reference.namespace.as_deref().unwrap_or("")
    }
}

impl OutboundTrafficPolicy {
    /// The mode that is in force. Without one it is the first of the enumeration, since Istio takes the
    /// policy's own mode as soon as there is a policy (`initSidecarScopeInternalIndexes`).
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode.as_ref().map_or(Mode::RegistryOnly, |mode| mode.value)
    }
}

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> Sidecar {
    let mut sidecar = Sidecar {
        meta,
        selector: None,
        ingress: List::default(),
        egress: List::default(),
        inbound_pool: None,
        outbound: None,
    };
    if let Some(mut fields) = spec.and_then(Field::fields) {
        sidecar.selector =
            fields.take("workloadSelector").and_then(|field| workload_selector::read(&field, checks));
        sidecar.ingress = common::list(fields.take("ingress"), |field| ingress(field, checks));
        sidecar.egress = common::list(fields.take("egress"), egress);
        sidecar.inbound_pool =
            fields.take("inboundConnectionPool").and_then(|field| connection_pool::read(&field, checks));
        sidecar.outbound = fields.take("outboundTrafficPolicy").and_then(|field| outbound(&field));
        fields.finish();
    }
    validate::check(&sidecar, checks);
    sidecar
}

/// Empty texts are absent, as protobuf has it.
fn text(field: Option<Field<'_>>) -> Option<Leaf<String>> {
    common::string(field).filter(|text| !text.value.is_empty())
}

fn capture(field: Option<Field<'_>>) -> Option<Leaf<CaptureMode>> {
    const MODES: [(&str, CaptureMode); 3] =
        [("DEFAULT", CaptureMode::Default), ("IPTABLES", CaptureMode::Iptables), ("NONE", CaptureMode::None)];
    field.and_then(|field| field.one_of(&MODES))
}

fn ingress(field: &Field<'_>, checks: &Checks<'_>) -> Option<IngressListener> {
    let mut fields = field.fields()?;
    let listener = IngressListener {
        at: at(field),
        port: fields.take("port").and_then(|field| port::read(&field)),
        bind: text(fields.take("bind")),
        capture: capture(fields.take("captureMode")),
        endpoint: text(fields.take("defaultEndpoint")),
        tls: fields.take("tls").and_then(|field| tls::read(&field)),
        pool: fields.take("connectionPool").and_then(|field| connection_pool::read(&field, checks)),
    };
    fields.finish();
    Some(listener)
}

fn egress(field: &Field<'_>) -> Option<EgressListener> {
    let mut fields = field.fields()?;
    let listener = EgressListener {
        at: at(field),
        port: fields.take("port").and_then(|field| port::read(&field)),
        bind: text(fields.take("bind")),
        capture: capture(fields.take("captureMode")),
        hosts: common::list(fields.take("hosts"), Field::string),
    };
    fields.finish();
    Some(listener)
}

fn outbound(field: &Field<'_>) -> Option<OutboundTrafficPolicy> {
    const MODES: [(&str, Mode); 2] = [("REGISTRY_ONLY", Mode::RegistryOnly), ("ALLOW_ANY", Mode::AllowAny)];
    let mut fields = field.fields()?;
    let policy = OutboundTrafficPolicy {
        at: at(field),
        mode: fields.take("mode").and_then(|field| field.one_of(&MODES)),
        proxy: fields.take("egressProxy").and_then(|field| egress_proxy(&field)),
    };
    fields.finish();
    Some(policy)
}

fn egress_proxy(field: &Field<'_>) -> Option<EgressProxy> {
    let mut fields = field.fields()?;
    let port = fields.take("port").and_then(|field| {
        let mut fields = field.fields()?;
        let number = unsigned(fields.take("number"));
        fields.finish();
        number
    });
    let (host, subset) = (text(fields.take("host")), text(fields.take("subset")));
    fields.finish();
    Some(EgressProxy { at: at(field), host, subset, port })
}
