//! unmesh: a compiler for leaving a service mesh.
//!
//! It reads Istio manifests from files, says what a cluster loses when the mesh goes, and writes
//! the network policy that keeps the rest. The stages, each a folder, each using only earlier ones:
//!
//! ```text
//! source -> yaml -> manifest -> istio -> ir <- lower -> lint, translate, verify -> report
//! beside all: finding, config, names, progress; object (the target's own types)
//! pipeline calls them in this order; cli is the command line
//! ```
//!
//! `ARCHITECTURE.md` draws the map and names what no stage may know.

pub mod cli;
pub mod config;
pub mod finding;
pub mod ir;
pub mod istio;
pub mod lint;
pub mod lower;
pub mod manifest;
pub mod names;
pub mod object;
pub mod pipeline;
pub mod progress;
pub mod report;
pub mod source;
pub mod translate;
pub mod verify;
pub mod yaml;
