//! Istio's resources, typed and with positions, as far as unmesh reads them.
//!
//! Field names are those of the API; every leaf keeps its place and path. What Istio's own
//! validation refuses is a finding here, and such a resource is not translated. This stage must
//! not know what becomes of a resource: it has no IR and no target in it.

mod attachment;
pub mod authorization_policy;
mod checks;
pub mod common;
pub mod dead;
pub mod destination_rule;
mod document;
pub mod envoy_filter;
pub mod gateway;
pub mod gateway_api;
pub mod peer_authentication;
pub mod port;
pub mod proxy_config;
pub mod request_authentication;
pub mod service_entry;
pub mod sidecar;
pub mod telemetry;
pub mod traffic_extension;
mod unread;
mod values;
pub mod virtual_service;
pub mod wasm;
pub mod wasm_plugin;
pub mod workload_entry;
pub mod workload_group;
pub mod workload_selector;

pub use authorization_policy::AuthorizationPolicy;
pub use destination_rule::DestinationRule;
pub use envoy_filter::EnvoyFilter;
pub use gateway::Gateway;
pub use gateway_api::GatewayApi;
pub use peer_authentication::PeerAuthentication;
pub use proxy_config::ProxyConfig;
pub use request_authentication::RequestAuthentication;
pub use service_entry::ServiceEntry;
pub use sidecar::Sidecar;
pub use telemetry::Telemetry;
pub use traffic_extension::TrafficExtension;
pub use virtual_service::VirtualService;
pub use wasm_plugin::WasmPlugin;
pub use workload_entry::WorkloadEntry;
pub use workload_group::WorkloadGroup;

pub(crate) use values::is_path_template;

use crate::finding::{Finding, ObjectRef};
use crate::manifest::{Manifest, ObjectId};
use crate::source::Span;
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;
use unread::Unread;

/// What every resource has.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Its place in the manifest.
    pub object: ObjectId,
    /// Kind, namespace, name.
    pub reference: ObjectRef,
    /// Where its name stands.
    pub name_span: Span,
    /// `metadata.creationTimestamp`, where it is given: the older of two wins.
    pub created: Option<String>,
}

/// Which workloads a policy is for: `selector`, or `targetRef(s)`, or neither.
#[derive(Clone, Debug)]
pub enum Attachment {
    /// Neither: all workloads of the namespace; in the root namespace, of the mesh.
    Everything,
    /// `selector.matchLabels`: workloads with all these labels.
    Selector(BTreeMap<String, Leaf<String>>),
    /// `targetRef` or `targetRefs`: gateways and waypoints; sidecars ignore the policy.
    TargetRefs(Vec<TargetRef>),
}

impl Attachment {
    /// Whether it picks no workloads out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

/// One `targetRef`.
#[derive(Clone, Debug)]
pub struct TargetRef {
    /// `group`; empty is the core group.
    pub group: Option<Leaf<String>>,
    /// `kind`.
    pub kind: Option<Leaf<String>>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `namespace`, which Istio refuses but for the policy's own.
    pub namespace: Option<Leaf<String>>,
}

/// All Istio resources of the input that could be read.
#[derive(Default, Debug)]
pub struct Resources {
    /// In the order of the input, as all of them.
    pub authorization_policies: Vec<AuthorizationPolicy>,
    /// PeerAuthentication.
    pub peer_authentications: Vec<PeerAuthentication>,
    /// RequestAuthentication.
    pub request_authentications: Vec<RequestAuthentication>,
    /// DestinationRule.
    pub destination_rules: Vec<DestinationRule>,
    /// VirtualService.
    pub virtual_services: Vec<VirtualService>,
    /// EnvoyFilter.
    pub envoy_filters: Vec<EnvoyFilter>,
    /// WasmPlugin.
    pub wasm_plugins: Vec<WasmPlugin>,
    /// TrafficExtension.
    pub traffic_extensions: Vec<TrafficExtension>,
    /// Telemetry.
    pub telemetries: Vec<Telemetry>,
    /// ProxyConfig.
    pub proxy_configs: Vec<ProxyConfig>,
    /// Gateway, of `networking.istio.io`.
    pub gateways: Vec<Gateway>,
    /// Gateway API, as far as Istio serves it.
    pub gateway_api: GatewayApi,
    /// ServiceEntry.
    pub service_entries: Vec<ServiceEntry>,
    /// Sidecar.
    pub sidecars: Vec<Sidecar>,
    /// WorkloadEntry.
    pub workload_entries: Vec<WorkloadEntry>,
    /// WorkloadGroup.
    pub workload_groups: Vec<WorkloadGroup>,
}

/// Reads every Istio resource. Kinds that unmesh cannot read yet are one finding a kind.
#[must_use]
pub fn read(manifest: &Manifest) -> (Resources, Vec<Finding>) {
    let mut resources = Resources::default();
    let mut findings = Vec::new();
    let mut unread = Unread::default();
    for (index, object) in manifest.objects.iter().enumerate() {
        let id = ObjectId(index);
        match (object.group(), object.reference.kind.as_str()) {
            ("security.istio.io", "AuthorizationPolicy") => {
                let policy = document::authorization_policy(id, object, &mut findings);
                resources.authorization_policies.extend(policy);
            }
            ("security.istio.io", "PeerAuthentication") => {
                let policy = document::peer_authentication(id, object, &mut findings);
                resources.peer_authentications.extend(policy);
            }
            ("security.istio.io", "RequestAuthentication") => {
                let policy = document::request_authentication(id, object, &mut findings);
                resources.request_authentications.extend(policy);
            }
            ("networking.istio.io", "DestinationRule") => {
                let rule = document::destination_rule(id, object, &mut findings);
                resources.destination_rules.extend(rule);
            }
            ("networking.istio.io", "VirtualService") => {
                let service = document::virtual_service(id, object, &mut findings);
                resources.virtual_services.extend(service);
            }
            ("networking.istio.io", "EnvoyFilter") => {
                resources.envoy_filters.extend(document::envoy_filter(id, object, &mut findings));
            }
            ("extensions.istio.io", "WasmPlugin") => {
                resources.wasm_plugins.extend(document::wasm_plugin(id, object, &mut findings));
            }
            ("extensions.istio.io", "TrafficExtension") => {
                resources.traffic_extensions.extend(document::traffic_extension(id, object, &mut findings));
            }
            ("telemetry.istio.io", "Telemetry") => {
                resources.telemetries.extend(document::telemetry(id, object, &mut findings));
            }
            ("networking.istio.io", "ProxyConfig") => {
                resources.proxy_configs.extend(document::proxy_config(id, object, &mut findings));
            }
            ("networking.istio.io", "Gateway") => {
                resources.gateways.extend(document::gateway(id, object, &mut findings));
            }
            ("networking.istio.io", "ServiceEntry") => {
                let entry = document::service_entry(id, object, &mut findings);
                resources.service_entries.extend(entry);
            }
            ("networking.istio.io", "Sidecar") => {
                resources.sidecars.extend(document::sidecar(id, object, &mut findings));
            }
            ("networking.istio.io", "WorkloadEntry") => {
                let entry = document::workload_entry(id, object, &mut findings);
                resources.workload_entries.extend(entry);
            }
            ("networking.istio.io", "WorkloadGroup") => {
                let group = document::workload_group(id, object, &mut findings);
                resources.workload_groups.extend(group);
            }
            _ if dead::find(object).is_some() => {}
            _ => unread.see(object),
        }
    }
    resources.gateway_api = gateway_api::read(manifest, &mut findings);
    findings.extend(unread.into_findings());
    (resources, findings)
}
