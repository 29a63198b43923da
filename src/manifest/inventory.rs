//! What the input shows of the cluster.
//!
//! Objects of which the input holds different documents are here in each form; what the forms
//! disagree on counts as unknown. A Namespace with different labels counts as not shown at all.

use super::in_force::{InForce, TierOrders};
use super::mesh::{self, Mesh};
use super::network_set::NetworkSet;
use super::protocol::SidecarIngress;
use super::proxy::{self, Facts};
use super::service::Service;
use super::template::{self, Template};
use super::{
    Labels, Manifest, Object, Waypoints, Workload, in_force, network_set, protocol, scope, service, text,
};
use crate::config::{Identity, Settings};
use crate::finding::Finding;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Everything in the input that a policy can speak about.
#[derive(Default, Debug)]
pub struct Inventory {
    /// What the input says of the mesh as a whole. [`Mesh::applied`] makes it count.
    pub mesh: Mesh,
    /// `Namespace` objects by name.
    pub namespaces: BTreeMap<String, Namespace>,
    /// Services, in the order of the input.
    pub services: Vec<Service>,
    /// ServiceEntries with a `workloadSelector`: to Istio they declare ports of pods as Services do.
    pub service_entries: Vec<Service>,
    /// Pod templates, in the order of the input.
    pub workloads: Vec<Workload>,
    /// `ServiceAccount` objects.
    pub service_accounts: BTreeSet<Identity>,
    /// Network policies on ingress that stand beside ours: Kubernetes', Calico's, administrators'.
    pub in_force: Vec<InForce>,
    /// Kubernetes' and Calico's on egress alone.
    pub on_egress: Vec<InForce>,
    /// Calico's tiers, by name.
    pub tiers: TierOrders,
    /// Calico's network sets, which positive selectors match as well as pods.
    pub network_sets: Vec<NetworkSet>,
    /// Inbound listeners of Sidecar resources.
    pub sidecars: Vec<SidecarIngress>,
    /// Namespaces that hold an Istio policy or a Sidecar.
    pub istio_namespaces: BTreeSet<String>,
    /// Waypoints of ambient mode, and who asks for them.
    pub waypoints: Waypoints,
    /// Places in `workloads` by namespace, from the first question on: each policy and Service asks.
    by_namespace: OnceLock<BTreeMap<String, Vec<usize>>>,
}

/// A `Namespace` object.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Its labels.
    pub labels: Labels,
    /// Where its name stands.
    pub span: Span,
}

/// Kinds of Istio that show that somebody runs a mesh in their namespace.
const SIGNS_OF_ISTIO: [&str; 4] =
    ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "Sidecar"];

/// Reads the objects that are no Istio configuration, and what Istio's say of namespaces and ports.
#[must_use]
pub fn inventory(manifest: &Manifest, settings: &Settings) -> (Inventory, Vec<Finding>) {
    let mut found = Inventory { namespaces: namespaces(&manifest.objects), ..Inventory::default() };
    let mut findings = Vec::new();
    found.mesh = mesh::read(manifest.objects.iter().chain(&manifest.contested), &mut findings);
    findings.extend(mesh::findings(&found.mesh, settings));
    let settings = &found.mesh.applied(settings);
    let mut templates = Vec::new();
    let tiers = TierOrders::of(&manifest.objects, &mut findings);
    for object in manifest.objects.iter().chain(&manifest.contested) {
        found.istio(object, &mut findings);
    }
    for object in &manifest.objects {
        found.waypoints.read(object);
        match (object.group(), object.reference.kind.as_str()) {
            ("", "Service") => found.services.push(service::read(object, &mut findings)),
            ("", "ServiceAccount") => drop(found.service_accounts.insert(account(object))),
            ("projectcalico.org" | "crd.projectcalico.org", "NetworkSet" | "GlobalNetworkSet") => {
                found.network_sets.push(network_set::read(object, &mut findings));
            }
            (group, kind) => {
                if let Some(path) = template::path_of(group, kind) {
                    templates.extend(
                        template::read(object, path, &mut findings).map(|template| (object, template)),
                    );
                }
                if let Some(policy) = in_force::read(object, &tiers, &mut findings) {
                    let list = if policy.on_ingress { &mut found.in_force } else { &mut found.on_egress };
                    list.push(policy);
                }
            }
        }
    }
    found.tiers = tiers;
    let facts = Facts {
        namespaces: &found.namespaces,
        istio_namespaces: &found.istio_namespaces,
        settings,
        ambient_seen: ambient_seen(&found.namespaces, &templates),
    };
    let workloads =
        templates.into_iter().map(|(object, template)| workload(object, template, &facts, &mut findings));
    found.workloads = workloads.collect();
    (found, findings)
}

impl Inventory {
    /// The pod templates of a namespace, in the order of the input.
    pub fn workloads_of(&self, namespace: &str) -> impl Iterator<Item = &Workload> {
        let index = self.by_namespace.get_or_init(|| {
            let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for (place, workload) in self.workloads.iter().enumerate() {
                index.entry(workload.identity.namespace.clone()).or_default().push(place);
            }
            index
        });
        index.get(namespace).into_iter().flatten().filter_map(|place| self.workloads.get(*place))
    }

    fn istio(&mut self, object: &Object, findings: &mut Vec<Finding>) {
        let kind = object.reference.kind.as_str();
        if !scope::is_istio(object.group()) {
            return;
        }
        if kind == "ServiceEntry" {
            self.service_entries.extend(protocol::read_entry(object, findings));
        }
        if !SIGNS_OF_ISTIO.contains(&kind) {
            return;
        }
        self.istio_namespaces.insert(object.namespace().to_string());
        if kind == "Sidecar" {
            self.sidecars.push(protocol::read(object, findings));
        }
    }
}

fn account(object: &Object) -> Identity {
    Identity { namespace: object.namespace().to_string(), account: object.reference.name.clone() }
}

/// Namespaces by name, but for those whose documents disagree on their labels.
fn namespaces(objects: &[Object]) -> BTreeMap<String, Namespace> {
    let mut shown: BTreeMap<String, Namespace> = BTreeMap::new();
    let mut disputed = BTreeSet::new();
    for object in
        objects.iter().filter(|object| object.group().is_empty() && object.reference.kind == "Namespace")
    {
        let namespace = Namespace { labels: object.labels.clone(), span: object.name_span };
        let name = object.reference.name.clone();
        let former = shown.entry(name.clone()).or_insert_with(|| namespace.clone());
        if former.labels != namespace.labels {
            disputed.insert(name);
        }
    }
    shown.retain(|name, _| !disputed.contains(name));
    shown
}

fn ambient_seen(namespaces: &BTreeMap<String, Namespace>, templates: &[(&Object, Template)]) -> bool {
    let of_namespaces = namespaces.values().map(|namespace| &namespace.labels);
    let of_templates = templates.iter().map(|(_, template)| &template.labels);
    of_namespaces.chain(of_templates).any(|labels| proxy::ambient(labels) == Some(true))
}

fn workload(object: &Object, template: Template, facts: &Facts<'_>, findings: &mut Vec<Finding>) -> Workload {
    let namespace = object.namespace().to_string();
    let mut own = Vec::new();
    let proxy = proxy::decide(&template, &namespace, facts);
    let captured = proxy::captured(&template, proxy, &mut own);
    findings.extend(own.into_iter().map(|finding| finding.on(&object.reference)));
    Workload {
        reference: object.reference.clone(),
        proxy,
        gateway: proxy::is_gateway(&template),
        captured,
        identity: Identity { namespace, account: template.account },
        labels: template.labels,
        annotations: text::plain(&template.annotations),
        host_network: template.host_network,
        containers: template.containers,
        span: object.name_span,
    }
}

#[cfg(test)]
mod tests;
