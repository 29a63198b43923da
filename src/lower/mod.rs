//! Istio's resources to the neutral model: the one stage that knows both.

use crate::config::Settings;
use crate::finding::Finding;
use crate::ir::Model;
use crate::istio::Resources;
use crate::manifest::Inventory;

/// Lowers all policies and the facts about workloads.
#[must_use]
pub fn lower(_resources: &Resources, _inventory: &Inventory, _settings: &Settings) -> (Model, Vec<Finding>) {
    (Model::default(), Vec::new())
}
