//! Metrics that are scraped through the proxy.
//!
//! Istio merges a pod's metrics with its own and serves both on 15020, a port that no policy closes
//! (`pkg/kube/inject`, annotations `prometheus.io/*`). When the proxy goes, Prometheus asks the
//! application's own port, which policies do decide on.

use super::Context;
use crate::finding::codes::platform::MERGED_METRICS;
use crate::finding::{Direction, Finding};
use crate::ir::{Action, Policy};
use crate::manifest::{Proxy, Workload};

/// One finding for each such workload under a policy that refuses by default.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let scraped = context.inventory.workloads.iter().filter(|workload| is_merged(workload));
    scraped.filter_map(|workload| Some(finding(workload, policed_by(workload, context)?))).collect()
}

fn is_merged(workload: &Workload) -> bool {
    let says = |key: &str, value: &str| workload.annotations.get(key).is_some_and(|own| own == value);
    workload.proxy == Proxy::Sidecar
        && !workload.gateway
        && says("prometheus.io/scrape", "true")
        && !says("prometheus.istio.io/merge-metrics", "false")
}

/// The first policy that refuses the workload's peers but for those that it names.
fn policed_by<'a>(workload: &Workload, context: &Context<'a>) -> Option<&'a Policy> {
    context.model.policies.iter().find(|policy| {
        let by_default = match policy.action {
            Action::Allow => true,
            Action::RequireIdentity => !policy.rules.is_empty(),
            Action::Deny | Action::Custom | Action::Audit => false,
        };
        by_default
            && policy.not_enforced.is_none()
            && policy.scope.selects(&workload.identity.namespace, &workload.labels)
    })
}

fn finding(workload: &Workload, policy: &Policy) -> Finding {
    let port = workload.annotations.get("prometheus.io/port").map_or("80", String::as_str);
    let message = format!(
        "`{}` is scraped through the proxy's port 15020, which no policy closed; afterwards Prometheus asks port {port} itself, and `{}` decides",
        workload.reference, policy.origin.reference
    );
    Finding::new(&MERGED_METRICS, Direction::Drops, message)
        .at(workload.span)
        .on(&workload.reference)
        .related("this policy", policy.origin.span)
        .help(format!("allow Prometheus on port {port}, by its namespace or service account"))
}
