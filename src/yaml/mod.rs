//! YAML as Kubernetes reads it, with the place of every key and value.
//!
//! Reading never fails: it gives documents and findings. Aliases and merge keys are expanded here
//! (within bounds), so that later stages see plain trees. This stage must not know what a
//! Kubernetes object is; [`fields`] only knows that mappings are read field by field.

mod comment;
mod compose;
mod event;
pub mod fields;
mod message;
mod node;
mod parse;
mod scalar;
mod tag;
mod template;
mod within;

pub use comment::{Comment, Reach, comments, has_comment};
pub use node::{Document, Duplicate, Entry, Node, Scalar, Style, Unread, Value};
pub use parse::{Limits, Parsed, parse};
pub use scalar::{Resolved, resolve};
pub use within::{parse_at, parse_within};
