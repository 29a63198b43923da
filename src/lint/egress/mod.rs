//! What ServiceEntries, WorkloadEntries, WorkloadGroups and Sidecars do here, and what becomes of it when the
//! mesh goes.
//!
//! One finding for each feature. Files do not show what DNS knows nor who listens where, and these rules say
//! so. They look at types and inventory alone; they must not know how a finding is shown.

mod entry;
mod listeners;
mod machines;
mod names;
mod outbound;
mod registry_only;
mod tls;
mod users;

pub use self::outbound::{MeshDefault, effective};

use super::Context;
use super::words::{joined, listed};
use crate::finding::{Code, Direction, Finding, ObjectRef};
use crate::istio::sidecar::Mode;
use crate::manifest::mesh::Outbound;
use crate::yaml::fields::Leaf;

/// One finding for each feature in use, in the mesh that the input shows.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mesh = &context.inventory.mesh;
    let says =
        mesh.configs.iter().find(|config| config.outbound.is_some() && config.outbound == mesh.outbound);
    let Some((config, outbound)) = says.zip(mesh.outbound.as_ref()) else {
        return check_in_mesh(context, None);
    };
    let mode = match outbound.value {
        Outbound::RegistryOnly => Mode::RegistryOnly,
        Outbound::AllowAny | Outbound::AllowAnyDynamicDns => Mode::AllowAny,
    };
    let at = outbound.clone().map(drop);
    check_in_mesh(context, Some(&MeshDefault { mode, object: &config.reference, at: &at }))
}

/// The same where the mesh's own policy for unknown destinations is this.
#[must_use]
pub fn check_in_mesh(context: &Context<'_>, mesh: Option<&MeshDefault<'_>>) -> Vec<Finding> {
    let resources = context.resources;
    let mut findings = registry_only::check(context, mesh);
    findings.extend(resources.service_entries.iter().flat_map(|one| entry::check(context, one, mesh)));
    findings.extend(resources.sidecars.iter().flat_map(|one| listeners::check(context, one)));
    findings.extend(resources.workload_entries.iter().flat_map(|one| machines::entry(context, one)));
    findings.extend(resources.workload_groups.iter().flat_map(|one| machines::group(context, one)));
    findings
}

/// A finding on an object.
fn on<T>(
    object: &ObjectRef,
    code: &'static Code,
    direction: Direction,
    leaf: &Leaf<T>,
    message: impl Into<String>,
) -> Finding {
    Finding::new(code, direction, message).at(leaf.span).on(object).field(leaf.field.clone())
}

/// A finding that underlines one place and stands for another.
fn instead<T, U>(underlined: &Leaf<T>, whole: &Leaf<U>) -> Leaf<()> {
    Leaf { value: (), span: underlined.span, field: whole.field.clone() }
}

/// Names as they stand, in backticks; a long list is cut and counted.
fn texts(leaves: &[Leaf<String>]) -> String {
    let texts: Vec<String> = leaves.iter().map(|leaf| leaf.value.clone()).collect();
    listed(&texts)
}

/// `port 443 (HTTPS)`, `ports 80 (HTTP) and 443 (HTTPS)`.
fn ports(ports: &[crate::istio::port::Port]) -> String {
    let words: Vec<String> = ports.iter().map(crate::istio::port::Port::in_words).collect();
    match words.len() {
        0 => "every port".to_string(),
        1 => format!("port {}", joined(&words)),
        _ => format!("ports {}", joined(&words)),
    }
}

/// Which namespaces have an object that is exported.
fn exported_to(names: &[Leaf<String>], own: &str) -> Option<String> {
    if names.is_empty() || names.iter().any(|name| name.value == "*") {
        return None;
    }
    if names.iter().any(|name| name.value == "~") {
        return Some("no proxy knows".to_string());
    }
    let spaces =
        names.iter().map(|name| if name.value == "." { own.to_string() } else { name.value.clone() });
    Some(format!("only proxies in {} know", listed(&spaces.collect::<Vec<_>>())))
}
