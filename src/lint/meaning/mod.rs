//! Policy that does not mean what it seems to: one file for each lint.
//!
//! These rules look at policies that Istio accepts, say what Istio makes of them, and change
//! nothing. What an AuthorizationPolicy compares is listed once, in `values`.

pub mod accounts;
pub mod alternatives;
pub mod ambient;
pub mod contradiction;
pub mod empty_list;
pub mod empty_rule;
pub mod exact_path;
pub mod grpc;
pub mod host_port;
pub mod hosts;
pub mod kubelet;
pub mod literal_star;
pub mod method;
pub mod namespace_glob;
pub mod numbers;
pub mod path;
mod reasoning;
pub mod redundant;
pub(in crate::lint) mod slip;
pub mod tcp_port;
pub mod token;
mod values;
mod whole;
pub mod workloads;

use crate::finding::{Code, Direction, Finding, Severity};
use crate::istio::AuthorizationPolicy;
use crate::yaml::fields::Leaf;

/// A warning about a value of a policy, which changes nothing about access.
fn warning<T>(
    code: &'static Code,
    policy: &AuthorizationPolicy,
    at: &Leaf<T>,
    message: impl Into<String>,
) -> Finding {
    Finding::new(code, Direction::None, message)
        .severity(Severity::Warning)
        .on(&policy.meta.reference)
        .at(at.span)
        .field(at.field.as_str())
}
