//! Metrics of requests and connections, as Prometheus or another provider has them.

use super::{Scene, providers};
use crate::finding::codes::traffic::METRICS;
use crate::finding::{Direction, Finding};
use crate::istio::telemetry::{Metrics, Override, Side};
use crate::lint::proxies::{joined, listed};

const HELP: &str = "measure requests in the application (a Prometheus client or the OpenTelemetry SDK), and mend \
                    dashboards and alerts that ask for `istio_requests_total` and its like; Calico's metrics and \
                    flow logs count connections, packets and bytes";

pub(super) fn check(scene: &Scene<'_>, found: &Metrics) -> Finding {
    let Metrics { at, providers: names, overrides, reporting_interval } = found;
    let traffic = scene.traffic("requests", None);
    let to = providers(names);
    if overrides.items.iter().any(switches_all_off) {
        let message =
            format!("no metrics of {traffic} go to {to}, with the mesh or without it: nothing changes");
        return scene.finding(&METRICS, Direction::None, at, message);
    }
    let changes: Vec<String> = overrides.items.iter().map(change).collect();
    let changes = if changes.is_empty() { String::new() } else { format!(", {}", listed(&changes)) };
    let every = reporting_interval.as_ref();
    let every = every.map_or(String::new(), |every| format!(", for TCP every {}", every.value.text));
    let message =
        format!("Istio's metrics of {traffic} go to {to}{every}{changes}; afterwards no proxy counts them");
    scene.finding(&METRICS, Direction::Drops, at, message).help(HELP)
}

/// An override that leaves nothing to report.
fn switches_all_off(found: &Override) -> bool {
    let all = found.metric.as_ref().is_none_or(|metric| metric.value == "ALL_METRICS");
    let both = found.mode.as_ref().is_none_or(|mode| mode.value == Side::Both);
    all && both && found.disabled.as_ref().is_some_and(|disabled| disabled.value)
}

/// As `REQUEST_COUNT without the tag `source_app``.
fn change(found: &Override) -> String {
    let Override { at: _, metric, mode, disabled, tags } = found;
    let metric = metric.as_ref().map_or("ALL_METRICS", |metric| metric.value.as_str());
    let side = match mode.as_ref().map_or(Side::Both, |mode| mode.value) {
        Side::Both => "",
        Side::Client => " of clients",
        Side::Server => " of servers",
    };
    if disabled.as_ref().is_some_and(|disabled| disabled.value) {
        return format!("`{metric}`{side} left out");
    }
    let tags = tags.iter().map(|tag| match &tag.value {
        Some(value) if !tag.removed => format!("the tag `{}` = `{}`", tag.name.value, value.value),
        Some(_) | None if tag.removed => format!("no tag `{}`", tag.name.value),
        Some(_) | None => format!("the tag `{}`", tag.name.value),
    });
    let tags = joined(tags);
    if tags.is_empty() { format!("`{metric}`{side}") } else { format!("`{metric}`{side} with {tags}") }
}
