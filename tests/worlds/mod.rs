//! Random small clusters, and what Istio and Calico decide in them, naively: nothing here is shared
//! with the program.

pub(crate) mod calico;
pub(crate) mod generate;
pub(crate) mod generate_ambient;
pub(crate) mod generate_policies;
pub(crate) mod known;
pub(crate) mod mesh;
pub(crate) mod random;
pub(crate) mod requests;
mod selector;
pub(crate) mod shrink;
pub(crate) mod spoken;
pub(crate) mod world;
pub(crate) mod yaml;
pub(crate) mod ztunnel;
