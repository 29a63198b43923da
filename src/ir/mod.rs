//! The neutral model: policies as sets of requests, and facts about workloads, with origins.
//!
//! It keeps the source's shape, so that output can be reviewed policy by policy, and resolves its
//! context, so that no back end asks what the source would have meant. It names no Istio type and
//! no target type.

mod by_namespace;
mod facts;
mod http_ports;
pub mod identity;
pub mod pattern;
mod policy;
mod relation;

pub use by_namespace::ByNamespace;
pub use facts::{Facts, Member, Namespaces, Plaintext, PortClass, Proxy, ServiceFacts, Uncaptured, Workload};
pub use http_ports::{HttpPorts, Pods};
pub use pattern::{Bound, Glob, Pattern, Segment};
pub use policy::{
    Action, AttachedTo, Attribute, Clause, Conjunction, Enforcer, NotEnforced, Origin, Policy, Protocols,
    Rule, Scope, Test,
};
pub use relation::no_identity_in_both;

use crate::manifest::ObjectId;

/// Everything a back end needs.
#[derive(Default, Debug)]
pub struct Model {
    /// The policies, in the order of the input.
    pub policies: Vec<Policy>,
    /// The facts.
    pub facts: Facts,
}

impl Model {
    /// What one object of the input became.
    #[must_use]
    pub fn of(&self, object: ObjectId) -> &[Policy] {
        let begin = self.policies.partition_point(|policy| policy.origin.object < object);
        let rest = self.policies.get(begin..).unwrap_or_default();
        let length = rest.partition_point(|policy| policy.origin.object == object);
        rest.get(..length).unwrap_or_default()
    }
}
