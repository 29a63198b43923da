//! `metrics[]`: which metrics are made, and with which tags.

use super::{SIDES, Side, read_providers};
use crate::istio::checks::Checks;
use crate::istio::common::{self, Duration, List};
use crate::yaml::fields::{Field, Leaf};

/// One of `metrics`.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The list's item.
    pub at: Leaf<()>,
    /// `providers`, by name; none is the mesh's default.
    pub providers: Vec<Leaf<String>>,
    /// `overrides`, in their order.
    pub overrides: List<Override>,
    /// `reportingInterval`.
    pub reporting_interval: Option<Leaf<Duration>>,
}

/// One of `overrides`.
#[derive(Clone, Debug)]
pub struct Override {
    /// The list's item.
    pub at: Leaf<()>,
    /// `match.metric` or `match.customMetric`; absent is all metrics.
    pub metric: Option<Leaf<String>>,
    /// `match.mode`; absent is both sides.
    pub mode: Option<Leaf<Side>>,
    /// `disabled`.
    pub disabled: Option<Leaf<bool>>,
    /// `tagOverrides`, in the order of names.
    pub tags: Vec<TagOverride>,
}

/// One of `tagOverrides`.
#[derive(Clone, Debug)]
pub struct TagOverride {
    /// The tag.
    pub name: Leaf<String>,
    /// Whether `operation` is `REMOVE`.
    pub removed: bool,
    /// `value`: a CEL expression.
    pub value: Option<Leaf<String>>,
}

const METRICS: &[(&str, &str)] = &[
    ("ALL_METRICS", "ALL_METRICS"),
    ("REQUEST_COUNT", "REQUEST_COUNT"),
    ("REQUEST_DURATION", "REQUEST_DURATION"),
    ("REQUEST_SIZE", "REQUEST_SIZE"),
    ("RESPONSE_SIZE", "RESPONSE_SIZE"),
    ("TCP_OPENED_CONNECTIONS", "TCP_OPENED_CONNECTIONS"),
    ("TCP_CLOSED_CONNECTIONS", "TCP_CLOSED_CONNECTIONS"),
    ("TCP_SENT_BYTES", "TCP_SENT_BYTES"),
    ("TCP_RECEIVED_BYTES", "TCP_RECEIVED_BYTES"),
    ("GRPC_REQUEST_MESSAGES", "GRPC_REQUEST_MESSAGES"),
    ("GRPC_RESPONSE_MESSAGES", "GRPC_RESPONSE_MESSAGES"),
];

/// One millisecond: the API server takes no shorter `reportingInterval`.
const SHORTEST: i128 = 1_000_000;

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<Metrics> {
    let mut fields = field.fields()?;
    let metrics = Metrics {
        at: common::at(field),
        providers: read_providers(fields.take("providers"), checks),
        overrides: common::list(fields.take("overrides"), |item| read_override(item, checks)),
        reporting_interval: fields.take("reportingInterval").and_then(|field| common::duration(&field)),
    };
    fields.finish();
    let interval = metrics.reporting_interval.as_ref();
    if let Some(interval) = interval.filter(|interval| interval.value.nanoseconds < SHORTEST) {
        let message = format!("`{}` is shorter than one millisecond", interval.value.text);
        checks.refuse(interval, message, "write a longer one, such as `5s`");
    }
    Some(metrics)
}

fn read_override(field: &Field<'_>, checks: &Checks<'_>) -> Option<Override> {
    let mut fields = field.fields()?;
    let (metric, mode) = fields.take("match").map(|field| read_match(&field, checks)).unwrap_or_default();
    let tags = fields.take("tagOverrides").map(|field| field.entries()).unwrap_or_default();
    let mut tags: Vec<_> =
        tags.into_iter().filter_map(|(name, field)| read_tag(name, &field, checks)).collect();
    tags.sort_by(|left, right| left.name.value.cmp(&right.name.value));
    let disabled = common::boolean(fields.take("disabled"));
    fields.finish();
    Some(Override { at: common::at(field), metric, mode, disabled, tags })
}

fn read_match(field: &Field<'_>, checks: &Checks<'_>) -> (Option<Leaf<String>>, Option<Leaf<Side>>) {
    let Some(mut fields) = field.fields() else { return (None, None) };
    let metric = fields.take("metric");
    let custom = fields.take("customMetric");
    let mode = fields.take("mode").and_then(|field| field.one_of(SIDES));
    fields.finish();
    if let (Some(_), Some(custom)) = (&metric, &custom) {
        let message = "`metric` and `customMetric` stand side by side";
        checks.refuse(&common::at(custom), message, "keep one of them");
    }
    let metric = metric.and_then(|field| field.one_of(METRICS)).map(|leaf| leaf.map(str::to_string));
    let custom = common::string(custom);
    if let Some(custom) = custom.as_ref().filter(|custom| custom.value.is_empty()) {
        checks.refuse(custom, "`customMetric` is empty", "name the metric");
    }
    (metric.or(custom), mode)
}

fn read_tag(name: Leaf<String>, field: &Field<'_>, checks: &Checks<'_>) -> Option<TagOverride> {
    if field.is_null() {
        checks.refuse(&name, format!("the tag `{}` has null", name.value), "say what becomes of it");
        return None;
    }
    let mut fields = field.fields()?;
    let operation = fields.take("operation");
    let removed = operation.and_then(|field| field.one_of(&[("UPSERT", false), ("REMOVE", true)]));
    let removed = removed.is_some_and(|removed| removed.value);
    let value = common::string(fields.take("value"));
    fields.finish();
    let filled = value.as_ref().filter(|value| !value.value.is_empty());
    match filled {
        Some(value) if removed => {
            let message = format!("the tag `{}` is removed, and has a `value`", name.value);
            checks.refuse(value, message, "keep one of them");
        }
        None if !removed => {
            let message = format!("the tag `{}` has no `value`", name.value);
            checks.refuse(&name, message, "write an expression, or `operation: REMOVE`");
        }
        Some(_) | None => {}
    }
    Some(TagOverride { name, removed, value })
}
