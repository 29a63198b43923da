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
use std::collections::BTreeSet;

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
    // Of many that are in each other's way, each is told once, and rather for sure than perhaps.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert((finding.code.id, finding.span)));
    findings
}

/// What is said of the second of two resources: a warning where the input proves that both are applied, since
/// they stand in one file or come from a cluster. Other files may hold variants of which one is applied.
fn between<T>(
    first: &Meta,
    second: &Meta,
    code: &'static Code,
    leaf: &Leaf<T>,
    message: impl std::fmt::Display,
) -> Finding {
    let both_live = first.created.is_some() && second.created.is_some();
    if both_live || first.name_span.file == second.name_span.file {
        return warning(second, code, leaf, message.to_string());
    }
    note(second, code, leaf, format!("{message} (if both files are applied)"))
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
