//! Target types: what a back end writes and a checker reads back. They must not know Istio.

pub mod calico;
