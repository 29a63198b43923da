//! Kubernetes documents, and what the input as a whole shows of a cluster.
//!
//! First the envelope of each object ([`Object`]), then the [`Inventory`]: namespaces, services,
//! workloads, service accounts, policies in force. This stage must not know what an Istio policy
//! means; it only knows labels and annotations that decide whether a pod has a proxy.

pub mod calico_selector;
mod envelope;
mod expand;
mod identity;
pub mod in_force;
mod inventory;
mod kustomize;
mod metadata;
pub mod own;
mod scope;
mod selector;
#[cfg(test)]
mod testing;
mod text;
mod workload;

pub use envelope::{Manifest, Object, ObjectId, Placement, Reading, SkippedDocument, collect};
pub use inventory::{AppProtocol, Inventory, Namespace, PortTarget, Service, ServicePort, inventory};
pub use selector::{LabelSelector, Labels, Operator, Requirement, matches_labels};
pub use workload::{CapturedPorts, Container, ContainerPort, Proxy, Workload};
