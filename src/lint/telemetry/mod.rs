//! Telemetry: traces, metrics and access logs that proxies made, and what stands in for them.
//!
//! Calico's flow logs know addresses, ports, names of pods and verdicts of policies, no requests.

mod logs;
mod metrics;
mod traces;

use super::Context;
use super::proxies::{Way, Whose, joined};
use crate::finding::codes::traffic::NOTHING_CONFIGURED;
use crate::finding::{Code, Direction, Finding};
use crate::istio::telemetry::{Side, Telemetry};
use crate::yaml::fields::Leaf;

/// A Telemetry with what every message about it needs.
struct Scene<'a> {
    telemetry: &'a Telemetry,
    whose: Whose,
}

/// One finding for each entry.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    context.resources.telemetries.iter().flat_map(|telemetry| one(context, telemetry)).collect()
}

fn one(context: &Context<'_>, telemetry: &Telemetry) -> Vec<Finding> {
    let Telemetry { meta, attachment, tracing, metrics, access_logging } = telemetry;
    let scene = Scene { telemetry, whose: Whose::of(context, meta, attachment) };
    let mut findings = Vec::new();
    findings.extend(tracing.items.iter().map(|found| traces::check(&scene, found)));
    findings.extend(metrics.items.iter().map(|found| metrics::check(&scene, found)));
    findings.extend(access_logging.items.iter().map(|found| logs::check(&scene, found)));
    if findings.is_empty() {
        let message = "this sets nothing, so proxies report as they do without it: nothing changes";
        let finding = Finding::new(&NOTHING_CONFIGURED, Direction::None, message);
        findings.push(finding.at(meta.name_span).on(&meta.reference).field("spec"));
    }
    findings
}

impl Scene<'_> {
    fn traffic(&self, what: &str, mode: Option<&Leaf<Side>>) -> String {
        let way = match mode.map_or(Side::Both, |mode| mode.value) {
            Side::Both => Way::Both,
            Side::Client => Way::Out,
            Side::Server => Way::In,
        };
        self.whose.traffic(what, way)
    }

    fn finding(&self, code: &'static Code, direction: Direction, at: &Leaf<()>, message: String) -> Finding {
        let finding = Finding::new(code, direction, message).at(at.span);
        finding.on(&self.telemetry.meta.reference).field(at.field.as_str())
    }
}

/// Providers by name, or the mesh's default.
fn providers(names: &[Leaf<String>]) -> String {
    if names.is_empty() {
        return "the mesh's default provider".to_string();
    }
    joined(names.iter().map(|name| format!("`{}`", name.value)))
}
