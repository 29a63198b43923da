//! Istio's resources to the neutral model: the one stage that knows both.
//!
//! Each file lowers one thing. What Istio's own code does with a field is cited at the function
//! that follows it. This stage must not know any target.

mod ambient;
mod ambient_selector;
mod authorization;
mod facts;
mod mutual_tls;
mod rule;
mod trust_domain;
mod ztunnel;

use crate::config::Settings;
use crate::finding::Finding;
use crate::ir::{Model, Scope};
use crate::istio::{Attachment, Resources};
use crate::manifest::Inventory;
use std::collections::BTreeMap;

/// Lowers all policies and the facts about workloads.
#[must_use]
pub fn lower(resources: &Resources, inventory: &Inventory, settings: &Settings) -> (Model, Vec<Finding>) {
    let mut findings = Vec::new();
    let authorization = resources.authorization_policies.iter();
    let mut policies: Vec<_> = authorization
        .flat_map(|policy| authorization::lower(policy, settings, inventory, &mut findings))
        .collect();
    let mutual_tls = mutual_tls::lower(&resources.peer_authentications, inventory, settings, &mut findings);
    policies.extend(mutual_tls.policies);
    policies.sort_by_key(|policy| policy.origin.object);
    let selectors = selectors(resources, settings);
    let facts = facts::facts(&policies, mutual_tls.plaintext, selectors, inventory, settings);
    (Model { policies, facts }, findings)
}

/// What policies select, each thing once.
fn selectors(resources: &Resources, settings: &Settings) -> Vec<Scope> {
    let Resources {
        authorization_policies,
        peer_authentications,
        request_authentications,
        destination_rules: _,
        virtual_services: _,
        envoy_filters: _,
        wasm_plugins: _,
        traffic_extensions: _,
        telemetries: _,
        proxy_configs: _,
        gateways: _,
        gateway_api: _,
        service_entries: _,
        sidecars: _,
        workload_entries: _,
        workload_groups: _,
    } = resources;
    let authorization = authorization_policies.iter().map(|policy| (&policy.meta, &policy.attachment));
    let peers = peer_authentications.iter().map(|policy| (&policy.meta, &policy.attachment));
    let tokens = request_authentications.iter().map(|policy| (&policy.meta, &policy.attachment));
    let mut found: BTreeMap<_, Scope> = BTreeMap::new();
    for (meta, attachment) in authorization.chain(peers).chain(tokens) {
        if matches!(attachment, Attachment::TargetRefs(_)) {
            continue;
        }
        let namespace = meta.reference.namespace.as_deref().unwrap_or_default();
        let scope = authorization::scope(namespace, attachment, settings);
        let labels = scope.labels.iter().map(|(key, leaf)| (key.clone(), leaf.value.clone()));
        found.insert((scope.namespace.clone(), labels.collect::<Vec<_>>()), scope);
    }
    found.into_values().collect()
}
