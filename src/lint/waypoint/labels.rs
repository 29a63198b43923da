//! UM185: sidecars within ambient mode, and labels for a waypoint where nothing is in it.
//!
//! A pod with a sidecar keeps out of ambient mode (`cni/pkg/util`, `PodRedirectionEnabled`), which is a way to
//! move step by step. What one template says of both at once is UM036.

use crate::finding::codes::meaning::AMBIENT_LABELS;
use crate::finding::{Direction, Finding, Severity};
use crate::lint::Context;
use crate::lint::words::listed;
use crate::manifest::{Object, Proxy, Workload};
use std::collections::BTreeMap;

const MODE: &str = "istio.io/dataplane-mode";
const WAYPOINT: &str = "istio.io/use-waypoint";

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = sidecars(context);
    findings.extend(waypoints(context));
    findings
}

/// One note for each namespace in ambient mode that holds workloads with sidecars.
fn sidecars(context: &Context<'_>) -> Vec<Finding> {
    let mut found: BTreeMap<&str, Vec<&Workload>> = BTreeMap::new();
    for workload in &context.inventory.workloads {
        let namespace = workload.identity.namespace.as_str();
        let sidecar = workload.proxy == Proxy::Sidecar && !workload.gateway;
        if sidecar
            && !workload.labels.contains_key(MODE)
            && context.inventory.is_ambient(namespace, context.settings)
        {
            found.entry(namespace).or_default().push(workload);
        }
    }
    found
        .into_iter()
        .filter_map(|(namespace, workloads)| of_namespace(context, namespace, &workloads))
        .collect()
}

fn of_namespace(context: &Context<'_>, namespace: &str, workloads: &[&Workload]) -> Option<Finding> {
    let (first, rest) = workloads.split_first()?;
    let names: Vec<String> = workloads.iter().map(|workload| workload.reference.to_string()).collect();
    let has = if rest.is_empty() { "has a sidecar, and is" } else { "have sidecars, and are" };
    let message = format!(
        "`{namespace}` is in ambient mode, but {} {has} not: policies are the sidecar's there",
        listed(&names)
    );
    let finding = Finding::new(&AMBIENT_LABELS, Direction::None, message)
        .severity(Severity::Info)
        .on(&first.reference)
        .at(first.span)
        .field("spec")
        .help("take the label for a sidecar off its template once it may be in ambient mode; unmesh goes by what is so today");
    let shown = context.inventory.namespaces.get(namespace)?;
    let finding = finding.related("in ambient mode", shown.span);
    Some(rest.iter().fold(finding, |finding, workload| finding.related("with a sidecar too", workload.span)))
}

/// Labels that ask for a waypoint, in an input that shows its namespaces and none of it in ambient mode.
fn waypoints(context: &Context<'_>) -> Vec<Finding> {
    let objects = &context.manifest.objects;
    let ambient = |labels: &BTreeMap<String, String>| labels.get(MODE).is_some_and(|mode| mode == "ambient");
    let of_templates = context.inventory.workloads.iter().any(|workload| ambient(&workload.labels));
    if of_templates || objects.iter().any(|object| ambient(&object.labels)) {
        return Vec::new();
    }
    let asks = |object: &&Object| {
        let kind = matches!(
            (object.group(), object.reference.kind.as_str()),
            ("", "Service" | "Namespace" | "Pod") | ("networking.istio.io", "ServiceEntry")
        );
        kind && object.labels.get(WAYPOINT).is_some_and(|name| name != "none")
    };
    objects.iter().filter(asks).filter_map(|object| nobody(context, object)).collect()
}

fn nobody(context: &Context<'_>, object: &Object) -> Option<Finding> {
    let namespace = match object.reference.kind.as_str() {
        "Namespace" => object.reference.name.as_str(),
        _ => object.namespace(),
    };
    let shown = context.inventory.namespaces.get(namespace)?;
    let label = object.root.get("metadata")?.get("labels")?.entry(WAYPOINT)?;
    let name = label.value.as_str().unwrap_or_default();
    let why = if shown.labels.get("istio-injection").is_some_and(|value| value == "enabled") {
        format!("`{namespace}` has sidecars, and ")
    } else {
        String::new()
    };
    let message = format!(
        "`{}` asks for the waypoint `{name}`, but {why}nothing in the input is in ambient mode: nobody goes through it, as far as the input shows",
        object.reference
    );
    Some(
        Finding::new(&AMBIENT_LABELS, Direction::None, message)
            .severity(Severity::Info)
            .on(&object.reference)
            .at(label.key_span)
            .field(format!("metadata.labels[{WAYPOINT}]"))
            .help("clients in ambient mode go through a waypoint: label their namespaces with `istio.io/dataplane-mode: ambient`, or take this off"),
    )
}
