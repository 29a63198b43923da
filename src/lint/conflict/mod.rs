//! Two resources, or two parts of one, in each other's way: which of them acts today, and which never does.
//!
//! Said only where the input itself shows both sides. Whatever Istio merges is no conflict. These rules look at
//! types, inventory and the modes in force; they must not know how a finding is shown.

mod certificate;
mod cover;
mod destination_rules;
mod entries;
mod ingress_subset;
mod layer4;
mod order;
mod pattern;
mod repeated;
mod routes;
mod scopes;
mod servers;
mod shared_host;
mod tls_mode;

use super::Context;
use crate::finding::{Code, Direction, Finding, Severity};
use crate::istio::Meta;
use crate::yaml::fields::Leaf;

/// One finding for each conflict.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = shared_host::check(context);
    findings.extend(destination_rules::check(context));
    findings.extend(servers::check(context));
    findings.extend(certificate::check(context));
    findings.extend(scopes::check(context));
    findings.extend(entries::check(context));
    findings.extend(routes::check(context));
    findings.extend(tls_mode::check(context));
    findings.extend(ingress_subset::check(context));
    findings.extend(repeated::check(context));
    findings
}

/// A warning on a resource: wrong today, and nothing changes when the mesh goes.
fn warning<T>(meta: &Meta, code: &'static Code, leaf: &Leaf<T>, message: impl Into<String>) -> Finding {
    note(meta, code, leaf, message).severity(Severity::Warning)
}

/// A note on a resource.
fn note<T>(meta: &Meta, code: &'static Code, leaf: &Leaf<T>, message: impl Into<String>) -> Finding {
    Finding::new(code, Direction::None, message).at(leaf.span).on(&meta.reference).field(leaf.field.as_str())
}

/// The namespace of a resource.
fn namespace(meta: &Meta) -> &str {
    meta.reference.namespace.as_deref().unwrap_or("")
}
