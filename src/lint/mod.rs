//! Rules over resources, inventory and IR: what a policy does not mean, and what features go.

pub mod advice;
pub mod claims;
pub mod conflict;
pub mod dead;
pub mod destination;
pub mod edge;
pub mod egress;
pub mod extension;
pub mod meaning;
pub mod mesh;
pub mod metrics;
pub mod multi_cluster;
pub mod mutual_tls;
pub mod not_injected;
mod proxies;
pub mod reference;
pub mod service;
pub mod sidecar_scope;
pub mod telemetry;
pub mod tokens;
pub mod traffic;
pub mod waypoint;
mod words;
pub mod workload;

use crate::config::Settings;
use crate::finding::Finding;
use crate::ir::Model;
use crate::istio::Resources;
use crate::manifest::{Inventory, Manifest};

/// What a rule may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// All objects.
    pub manifest: &'a Manifest,
    /// What the input shows of the cluster.
    pub inventory: &'a Inventory,
    /// Istio's resources.
    pub resources: &'a Resources,
    /// The neutral model.
    pub model: &'a Model,
    /// The settings.
    pub settings: &'a Settings,
}

/// A rule: looks, and says what it found.
pub type Rule = fn(&Context<'_>) -> Vec<Finding>;

/// All rules; adding one is a file and a line here.
pub static RULES: &[Rule] = &[
    meaning::literal_star::check,
    meaning::namespace_glob::check,
    meaning::method::check,
    meaning::host_port::check,
    meaning::empty_list::check,
    meaning::empty_rule::check,
    meaning::path::not_normal,
    meaning::path::without_slash,
    meaning::tcp_port::check,
    meaning::token::check,
    meaning::redundant::same_action,
    meaning::redundant::behind_deny,
    meaning::contradiction::check,
    meaning::alternatives::check,
    meaning::grpc::check,
    meaning::numbers::port_zero,
    meaning::numbers::host_bits,
    meaning::workloads::selects_nothing,
    meaning::kubelet::check,
    meaning::accounts::check,
    meaning::workloads::uncovered,
    meaning::workloads::partly,
    meaning::hosts::affix,
    meaning::hosts::suffix_without_port,
    meaning::exact_path::check,
    mesh::check,
    edge::check,
    meaning::ambient::check,
    metrics::check,
    multi_cluster::check,
    tokens::check,
    traffic::check,
    destination::check,
    extension::check,
    telemetry::check,
    dead::check,
    egress::check,
    workload::check,
    mutual_tls::check,
    reference::check,
    conflict::check,
    not_injected::check,
    service::check,
    waypoint::check,
    claims::check,
    sidecar_scope::check,
    advice::check,
];

/// Runs every rule.
#[must_use]
pub fn run(context: &Context<'_>) -> Vec<Finding> {
    RULES.iter().flat_map(|rule| rule(context)).collect()
}
