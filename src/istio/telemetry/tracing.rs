//! `tracing[]`: which requests are traced, where to, and with which tags.

use super::{Side, read_mode, read_providers};
use crate::istio::checks::Checks;
use crate::istio::common;
use crate::yaml::fields::{Field, Leaf};

/// One of `tracing`.
#[derive(Clone, Debug)]
pub struct Tracing {
    /// The list's item.
    pub at: Leaf<()>,
    /// `match.mode`; absent is both sides.
    pub mode: Option<Leaf<Side>>,
    /// `providers`, by name, of which Istio takes the first alone; none is the mesh's default.
    pub providers: Vec<Leaf<String>>,
    /// `randomSamplingPercentage`.
    pub sampling: Option<Leaf<f64>>,
    /// `disableSpanReporting`.
    pub disable_span_reporting: Option<Leaf<bool>>,
    /// `customTags`, in the order of names.
    pub custom_tags: Vec<CustomTag>,
    /// `useRequestIdForTraceSampling`.
    pub use_request_id: Option<Leaf<bool>>,
    /// `enableIstioTags`.
    pub enable_istio_tags: Option<Leaf<bool>>,
    /// `disableContextPropagation`.
    pub disable_context_propagation: Option<Leaf<bool>>,
}

/// One of `customTags`.
#[derive(Clone, Debug)]
pub struct CustomTag {
    /// Its name.
    pub name: Leaf<String>,
    /// Where its value comes from; `None` where it has none.
    pub source: Option<TagSource>,
}

/// Where a tag's value comes from.
#[derive(Clone, Debug)]
pub enum TagSource {
    /// `literal.value`.
    Literal(Option<Leaf<String>>),
    /// `environment.name` of the proxy, or a default.
    Environment(Option<Leaf<String>>, Option<Leaf<String>>),
    /// `header.name` of the request, or a default.
    Header(Option<Leaf<String>>, Option<Leaf<String>>),
    /// `formatter.value`, as in access logs.
    Formatter(Option<Leaf<String>>),
}

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<Tracing> {
    let mut fields = field.fields()?;
    let tags = fields.take("customTags").map(|field| field.entries()).unwrap_or_default();
    let mut custom_tags: Vec<CustomTag> =
        tags.into_iter().map(|(name, field)| read_tag(name, &field, checks)).collect();
    custom_tags.sort_by(|left, right| left.name.value.cmp(&right.name.value));
    let mut flag = |name| common::boolean(fields.take(name));
    let (disable_span_reporting, use_request_id) =
        (flag("disableSpanReporting"), flag("useRequestIdForTraceSampling"));
    let (enable_istio_tags, disable_context_propagation) =
        (flag("enableIstioTags"), flag("disableContextPropagation"));
    let tracing = Tracing {
        at: common::at(field),
        mode: read_mode(fields.take("match")),
        providers: read_providers(fields.take("providers"), checks),
        sampling: fields.take("randomSamplingPercentage").and_then(|field| field.number()),
        disable_span_reporting,
        custom_tags,
        use_request_id,
        enable_istio_tags,
        disable_context_propagation,
    };
    fields.finish();
    if let Some(share) = tracing.sampling.as_ref().filter(|share| !(0.0..=100.0).contains(&share.value)) {
        let message = format!("{} is no percentage", share.value);
        checks.refuse(share, message, "it is a number from 0 to 100");
    }
    Some(tracing)
}

fn read_tag(name: Leaf<String>, field: &Field<'_>, checks: &Checks<'_>) -> CustomTag {
    if name.value.is_empty() {
        checks.refuse(&name, "a tag has an empty name", "name it");
    }
    let fields = if field.is_null() { None } else { field.fields() };
    let Some(mut fields) = fields else {
        if field.is_null() {
            let message = format!("the tag `{}` has no value", name.value);
            checks.refuse(&name, message, "say where its value comes from");
        }
        return CustomTag { name, source: None };
    };
    let kinds = ["literal", "environment", "header", "formatter"].map(|kind| fields.take(kind));
    fields.finish();
    let mut given = kinds.into_iter().flatten();
    let first = given.next();
    if let (Some(first), Some(second)) = (&first, given.next()) {
        let message = format!("`{}` and `{}` stand side by side in a tag", first.name(), second.name());
        checks.refuse(&common::at(&second), message, "keep one of them");
    }
    let source = first.and_then(|field| read_source(&field, checks));
    CustomTag { name, source }
}

fn read_source(field: &Field<'_>, checks: &Checks<'_>) -> Option<TagSource> {
    let mut fields = field.fields()?;
    let (key, has_default) = match field.name() {
        "environment" | "header" => ("name", true),
        _ => ("value", false),
    };
    let value = common::string(fields.take(key));
    let default = if has_default { common::string(fields.take("defaultValue")) } else { None };
    fields.finish();
    if value.as_ref().is_none_or(|value| value.value.is_empty()) {
        let message = format!("`{}` of a tag has no `{key}`", field.name());
        checks.refuse(&common::at(field), message, "fill it in");
    }
    Some(match field.name() {
        "literal" => TagSource::Literal(value),
        "environment" => TagSource::Environment(value, default),
        "header" => TagSource::Header(value, default),
        _ => TagSource::Formatter(value),
    })
}
