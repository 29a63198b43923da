//! YAML as Kubernetes reads it, with the place of every key and value.
//!
//! Reading never fails: it gives documents and findings. Aliases and merge keys are expanded here
//! (within bounds), so that later stages see plain trees. This stage must not know what a
//! Kubernetes object is; [`fields`] only knows that mappings are read field by field.

pub mod fields;
mod nearest;
mod node;
mod parse;
mod scalar;

pub use nearest::nearest;
pub use node::{Document, Duplicate, Entry, Node, Scalar, Style, Value};
pub use parse::{Limits, parse};
pub use scalar::{Resolved, resolve};
