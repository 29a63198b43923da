//! Labels and Kubernetes' label selectors.

use std::collections::BTreeMap;

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// A `metav1.LabelSelector`: all requirements hold. Empty selects everything.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct LabelSelector {
    /// `matchLabels` and `matchExpressions` alike, in their order.
    pub requirements: Vec<Requirement>,
}

/// One requirement on one label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// How its value is tested.
    pub operator: Operator,
}

/// How a label's value is tested.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operator {
    /// Present with one of these values.
    In(Vec<String>),
    /// Absent, or present with another value.
    NotIn(Vec<String>),
    /// Present.
    Exists,
    /// Absent.
    DoesNotExist,
}

impl LabelSelector {
    /// Whether it selects these labels.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            match &requirement.operator {
                Operator::In(values) => value.is_some_and(|value| values.contains(value)),
                Operator::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }
}

/// Whether `selector` (as of a Service or an Istio policy) selects a pod with `labels`.
#[must_use]
pub fn matches_labels(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}
