//! What a MeshConfig sets for the whole mesh, and what becomes of it.
//!
//! Where traffic out of the mesh may go is told with the resources that narrow it. These rules look at the
//! inventory's MeshConfigs, and at policies that they change the meaning of.

mod aliases;
mod discovery;
mod mutual_tls;
mod paths;
mod providers;
mod settings;

use super::Context;
use crate::finding::{Code, Direction, Finding};
use crate::manifest::mesh::MeshConfig;
use crate::yaml::fields::Leaf;

/// One finding for each feature in use.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = providers::check(context);
    for config in &context.inventory.mesh.configs {
        findings.extend(aliases::check(config, context));
        findings.extend(paths::check(config, context));
        findings.extend(discovery::check(config, context));
        findings.extend(mutual_tls::check(config, context));
        findings.extend(settings::check(config));
    }
    findings
}

fn on<T>(
    config: &MeshConfig,
    at: &Leaf<T>,
    code: &'static Code,
    direction: Direction,
    message: String,
) -> Finding {
    Finding::new(code, direction, message).on(&config.reference).at(at.span).field(at.field.clone())
}
