//! UM139: probes and scraping that a policy without rules refuses.
//!
//! By default the injector has the kubelet ask the proxy in place of the application, and serves metrics
//! there too, on ports that no policy closes (`pkg/kube/inject/app_probe.go`, `applyPrometheusMerge`). Where
//! annotations switch that off, both come in as plain requests of strangers.

use crate::finding::codes::meaning::PROBE_REFUSED;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::{Action, Policy, Uncaptured};
use crate::lint::Context;
use crate::lint::words::joined;
use crate::manifest::{Proxy, Workload};
use crate::yaml::{Node, Value};
use std::collections::BTreeSet;

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// One finding for each workload whose probes are refused, and for each that is scraped in vain.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let sidecars = context.inventory.workloads.iter();
    let sidecars = sidecars.filter(|workload| workload.proxy == Proxy::Sidecar && !workload.gateway);
    sidecars.flat_map(|workload| findings(context, workload)).collect()
}

fn findings(context: &Context<'_>, workload: &Workload) -> Vec<Finding> {
    let probed = is_off(workload, "sidecar.istio.io/rewriteAppHTTPProbers");
    let scraped = workload.annotations.get("prometheus.io/scrape").is_some_and(|value| value == "true")
        && is_off(workload, "prometheus.istio.io/merge-metrics");
    // Few ask for either, and finding the policy looks at all of them.
    let Some(policy) = (probed || scraped).then(|| closes(context, workload)).flatten() else {
        return Vec::new();
    };
    let probed = if probed { probed_ports(context, workload) } else { BTreeSet::new() };
    let scraped = scraped.then(|| workload.annotations.get("prometheus.io/port")?.parse().ok()).flatten();
    let captured = |port: &u16| is_captured(context, workload, *port);
    let probed: Vec<String> = probed.iter().filter(|port| captured(port)).map(u16::to_string).collect();
    let mut found = Vec::new();
    if !probed.is_empty() {
        let message = format!(
            "`{}` is probed at {} {} as it stands, since rewriting probes is off: `{}` lets nobody in, the kubelet neither",
            workload.reference,
            if probed.len() == 1 { "port" } else { "ports" },
            joined(&probed),
            policy.origin.reference
        );
        let help = "take the annotation `sidecar.istio.io/rewriteAppHTTPProbers` away, or allow the path of the probe";
        found.push(finding(workload, policy, message, Severity::Warning).help(help));
    }
    if let Some(port) = scraped.filter(captured) {
        let message = format!(
            "`{}` is scraped at port {port} itself, since merging metrics is off: `{}` lets nobody in, Prometheus neither",
            workload.reference, policy.origin.reference
        );
        let help =
            "allow Prometheus on that port, or take the annotation `prometheus.istio.io/merge-metrics` away";
        found.push(finding(workload, policy, message, Severity::Info).help(help));
    }
    found
}

fn finding(workload: &Workload, policy: &Policy, message: String, severity: Severity) -> Finding {
    Finding::new(&PROBE_REFUSED, Direction::None, message)
        .severity(severity)
        .at(workload.span)
        .on(&workload.reference)
        .related("this policy", policy.origin.span)
}

/// A policy without rules, where no other one lets anybody in.
fn closes<'a>(context: &Context<'a>, workload: &Workload) -> Option<&'a Policy> {
    let allows = context.model.policies.iter().filter(|policy| {
        policy.action == Action::Allow
            && policy.not_enforced.is_none()
            && policy.scope.selects(&workload.identity.namespace, &workload.labels)
    });
    let allows: Vec<&Policy> = allows.collect();
    allows.first().copied().filter(|_| allows.iter().all(|policy| policy.rules.is_empty()))
}

/// Whether an annotation is there and false, as Go reads it.
fn is_off(workload: &Workload, annotation: &str) -> bool {
    let value = workload.annotations.get(annotation).map(String::as_str);
    matches!(value, Some("0" | "f" | "F" | "FALSE" | "false" | "False"))
}

/// The ports of HTTP probes. A TCP probe succeeds wherever the proxy listens.
fn probed_ports(context: &Context<'_>, workload: &Workload) -> BTreeSet<u16> {
    let mut found = BTreeSet::new();
    let own = context.manifest.objects.iter().filter(|object| object.reference == workload.reference);
    for object in own {
        collect(&object.root, workload, &mut found);
    }
    found
}

fn collect(node: &Node, workload: &Workload, found: &mut BTreeSet<u16>) {
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, workload, found)),
        Value::Mapping(entries) => {
            for entry in entries {
                if PROBES.contains(&entry.key.as_str()) {
                    let port = entry.value.get("httpGet").and_then(|get| get.get("port"));
                    found.extend(port.and_then(|port| number(port, workload)));
                } else {
                    collect(&entry.value, workload, found);
                }
            }
        }
    }
}

fn number(port: &Node, workload: &Workload) -> Option<u16> {
    let Value::Scalar(scalar) = &port.value else { return None };
    let mut ports = workload.containers.iter().flat_map(|container| &container.ports);
    let named = || ports.find(|port| port.name.as_ref() == Some(&scalar.text)).map(|port| port.port);
    scalar.text.parse().ok().or_else(named)
}

fn is_captured(context: &Context<'_>, workload: &Workload, port: u16) -> bool {
    let mut facts = context.model.facts.workloads.of(&workload.identity.namespace);
    facts.find(|facts| facts.reference == workload.reference).is_some_and(|facts| match &facts.uncaptured {
        Uncaptured::Ports(ports) => !ports.contains(&port),
        Uncaptured::AllBut(ports) => ports.contains(&port),
    })
}
