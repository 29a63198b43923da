//! `workloadSelector` of ServiceEntry and Sidecar: pods, and machines outside the cluster, by their labels.

use super::attachment;
use super::checks::Checks;
use super::common::at;
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;

/// A `workloadSelector`.
#[derive(Clone, Debug)]
pub struct WorkloadSelector {
    /// The field's key.
    pub at: Leaf<()>,
    /// `labels`; without any, everything in the namespace.
    pub labels: BTreeMap<String, Leaf<String>>,
}

impl WorkloadSelector {
    /// Whether a workload of the same namespace with these labels is selected.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().all(|(name, value)| labels.get(name).is_some_and(|own| *own == value.value))
    }
}

/// Reads a selector; names and values that no label can have are refused (`ValidateAlphaWorkloadSelector`).
pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<WorkloadSelector> {
    let mut fields = field.fields()?;
    let mut labels = BTreeMap::new();
    if let Some(field) = fields.take("labels") {
        for (key, value) in field.entries() {
            if let Some(value) = value.string() {
                attachment::check_label(&key, &value, checks);
                labels.insert(key.value, value);
            }
        }
    }
    fields.finish();
    Some(WorkloadSelector { at: at(field), labels })
}
