//! Calico, portable layout: one tier, ordered bands.

use super::Translation;
use crate::config::Settings;
use crate::finding::Rules;
use crate::ir::Model;
use crate::manifest::{Inventory, Manifest};
use crate::source::SourceMap;

/// What a back end may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Names of files, for annotations.
    pub sources: &'a SourceMap,
    /// All objects.
    pub manifest: &'a Manifest,
    /// What the input shows of the cluster.
    pub inventory: &'a Inventory,
    /// The settings.
    pub settings: &'a Settings,
    /// What the user accepted.
    pub rules: &'a Rules,
}

/// Translates every policy.
#[must_use]
pub fn translate(_model: &Model, _context: &Context<'_>) -> Translation {
    Translation::default()
}
