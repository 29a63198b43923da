//! Labels and Kubernetes' label selectors.

use super::text::text;
use crate::object::calico::matching::{Known, all};
use crate::yaml::fields::Field;
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
        let label = |key: &str| labels.get(key).map_or(Known::Absent, |value| Known::Value(value));
        self.evaluate(&label) == Some(true)
    }

    /// Whether it selects something whose labels are known in part; `None` where the rest decides.
    pub fn evaluate<'a>(&self, label: &dyn Fn(&str) -> Known<'a>) -> Option<bool> {
        all(self.requirements.iter().map(|requirement| requirement.operator.passes(label(&requirement.key))))
    }

    /// Reads a selector; `None`, with a finding, where it is none.
    pub(super) fn read(field: &Field<'_>) -> Option<Self> {
        let mut fields = field.fields()?;
        let mut requirements = Vec::new();
        for (key, value) in
            fields.take("matchLabels").map(|field| super::text::texts(&field)).unwrap_or_default()
        {
            requirements.push(Requirement { key, operator: Operator::In(vec![value.value]) });
        }
        let expressions = match fields.take("matchExpressions") {
            Some(field) => field.list()?,
            None => Vec::new(),
        };
        for expression in &expressions {
            requirements.push(Requirement::read(expression)?);
        }
        Some(Self { requirements })
    }
}

/// An operator from its values.
type Make = fn(Vec<String>) -> Operator;

impl Requirement {
    fn read(field: &Field<'_>) -> Option<Self> {
        let mut fields = field.fields()?;
        let key = fields.take("key").and_then(|field| text(&field))?.value;
        let words: [(&str, Make); 4] = [
            ("In", Operator::In),
            ("NotIn", Operator::NotIn),
            ("Exists", |_| Operator::Exists),
            ("DoesNotExist", |_| Operator::DoesNotExist),
        ];
        let operator = fields.take("operator").and_then(|field| field.one_of(&words))?.value;
        let values = fields.take("values").and_then(|field| field.list()).unwrap_or_default();
        let operator = operator(values.iter().filter_map(text).map(|leaf| leaf.value).collect());
        Some(Self { key, operator })
    }
}

impl Operator {
    fn passes(&self, label: Known<'_>) -> Option<bool> {
        let value = match label {
            Known::Value(value) => Some(value),
            Known::Absent => None,
            Known::Unknown => return None,
        };
        Some(match self {
            Self::In(values) => value.is_some_and(|value| values.iter().any(|wanted| wanted == value)),
            Self::NotIn(values) => value.is_none_or(|value| values.iter().all(|wanted| wanted != value)),
            Self::Exists => value.is_some(),
            Self::DoesNotExist => value.is_none(),
        })
    }
}

/// Whether `selector` (as of a Service or an Istio policy) selects a pod with `labels`.
#[must_use]
pub fn matches_labels(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}
