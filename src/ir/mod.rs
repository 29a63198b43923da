//! The neutral model: policies as sets of requests, and facts about workloads, with origins.
//!
//! It keeps the source's shape, so that output can be reviewed policy by policy, and resolves its
//! context, so that no back end asks what the source would have meant. It names no Istio type and
//! no target type.

/// Everything a back end needs.
#[derive(Default, Debug)]
pub struct Model {}
