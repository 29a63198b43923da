//! Kubernetes documents, and what the input as a whole shows of a cluster.
//!
//! First the envelope of each object ([`Object`]), then the [`Inventory`]: namespaces, services,
//! workloads, service accounts, policies in force. This stage must not know what an Istio policy
//! means; it only knows labels and annotations that decide whether a pod has a proxy.

mod envelope;
mod expand;
mod identity;
mod in_force;
mod inventory;
mod kustomize;
mod later;
mod membership;
pub mod mesh;
mod metadata;
mod names;
mod network_set;
pub mod own;
mod protocol;
mod proxy;
mod scope;
mod selector;
mod service;
mod template;
#[cfg(test)]
mod testing;
mod text;
mod unread;
mod waypoint;
mod workload;

pub use envelope::{Manifest, Object, ObjectId, Placement, Reading, SkippedDocument, collect};
pub use in_force::{InForce, Stage, Subject, TierOrders};
pub use inventory::{Inventory, Namespace, inventory};
pub use later::{is_set_by_controllers, is_set_by_injector, is_set_later};
pub use membership::{Inside, Membership, Outside};
pub use network_set::NetworkSet;
pub use protocol::{AppProtocol, DeclaredPort, Protocols, SidecarIngress};
pub use selector::{LabelSelector, Labels, Operator, Requirement, matches_labels};
pub use service::{PortTarget, Service, ServicePort};
pub use template::path_of as template_path;
pub use unread::unread;
pub use waypoint::{OfService, Waypoint, Waypoints};
pub use workload::{CapturedPorts, Container, ContainerPort, Proxy, Workload};
