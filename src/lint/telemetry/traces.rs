//! Traces: spans that proxies report, and the headers that tie them together.

use super::{Scene, providers};
use crate::finding::codes::traffic::TRACES;
use crate::finding::{Direction, Finding};
use crate::istio::telemetry::{CustomTag, TagSource, Tracing};
use crate::lint::proxies::{joined, listed};
use crate::yaml::fields::Leaf;

const HELP: &str = "make spans in the application (OpenTelemetry SDK or its automatic instrumentation); \
                    Calico makes none";

pub(super) fn check(scene: &Scene<'_>, found: &Tracing) -> Finding {
    let Tracing {
        at,
        mode,
        providers: names,
        sampling,
        disable_span_reporting,
        custom_tags,
        use_request_id,
        enable_istio_tags,
        disable_context_propagation,
    } = found;
    let traffic = scene.traffic("requests", mode.as_ref());
    let on = |leaf: &Option<Leaf<bool>>| leaf.as_ref().is_some_and(|leaf| leaf.value);
    let off = |leaf: &Option<Leaf<bool>>| leaf.as_ref().is_some_and(|leaf| !leaf.value);
    let to = providers(names);
    if on(disable_span_reporting) {
        let message = format!(
            "no spans of {traffic} are reported to {to}, with the mesh or without it: nothing changes"
        );
        return scene.finding(&TRACES, Direction::None, at, message);
    }
    let share = sampling.as_ref().map_or(String::new(), |share| format!("{} % of ", share.value));
    let mut with = Vec::new();
    if !custom_tags.is_empty() {
        with.push(format!("the tags {}", listed(&custom_tags.iter().map(tag).collect::<Vec<_>>())));
    }
    if off(enable_istio_tags) {
        with.push("none of Istio's tags".to_string());
    }
    if off(use_request_id) {
        with.push("samples that do not go by `x-request-id`".to_string());
    }
    if on(disable_context_propagation) {
        with.push("no trace headers passed on".to_string());
    }
    let with = if with.is_empty() { String::new() } else { format!(", with {}", joined(with.into_iter())) };
    let message = format!(
        "spans of {share}{traffic} are reported to {to}{with}; afterwards no proxy makes spans or trace headers"
    );
    scene.finding(&TRACES, Direction::Drops, at, message).help(HELP)
}

/// A tag with where its value comes from.
fn tag(tag: &CustomTag) -> String {
    let CustomTag { name, source } = tag;
    let text = |leaf: &Option<Leaf<String>>| leaf.as_ref().map_or("", |leaf| leaf.value.as_str()).to_string();
    let from = match source {
        None => return format!("`{}`", name.value),
        Some(TagSource::Literal(value) | TagSource::Formatter(value)) => format!("`{}`", text(value)),
        Some(TagSource::Environment(own, default)) => {
            format!("the variable `{}`{}", text(own), otherwise(default.as_ref()))
        }
        Some(TagSource::Header(own, default)) => {
            format!("the header `{}`{}", text(own), otherwise(default.as_ref()))
        }
    };
    format!("`{}` from {from}", name.value)
}

fn otherwise(default: Option<&Leaf<String>>) -> String {
    default.map_or(String::new(), |default| format!(" or `{}`", default.value))
}
