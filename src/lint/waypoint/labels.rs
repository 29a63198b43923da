//! UM185: sidecars within ambient mode, and labels for a waypoint where nothing is in it.
//!
//! A pod with a sidecar keeps out of ambient mode (`cni/pkg/util`, `PodRedirectionEnabled`), which is a way to
//! move step by step. What one template says of both at once is UM036.

use crate::finding::codes::meaning::AMBIENT_LABELS;
use crate::finding::{Direction, Finding, Severity};
use crate::lint::Context;
use crate::lint::meaning::slip;
use crate::lint::words::listed;
use crate::manifest::{Object, Proxy, Workload};
use std::collections::BTreeMap;

const MODE: &str = "istio.io/dataplane-mode";
const WAYPOINT: &str = "istio.io/use-waypoint";
const WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = sidecars(context);
    findings.extend(waypoints(context));
    findings.extend(
        context
            .manifest
            .objects
            .iter()
            .filter(|object| asks(object))
            .filter_map(|object| absent(context, object)),
    );
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
    objects.iter().filter(|object| asks(object)).filter_map(|object| nobody(context, object)).collect()
}

/// Whether an object's label asks for a waypoint, where labels of that kind are read.
fn asks(object: &Object) -> bool {
    let kind = matches!(
        (object.group(), object.reference.kind.as_str()),
        ("", "Service" | "Namespace" | "Pod") | ("networking.istio.io", "ServiceEntry")
    );
    kind && object.labels.get(WAYPOINT).is_some_and(|name| name != "none")
}

/// A label for a Gateway that is no waypoint, or whose name no waypoint of that namespace has.
fn absent(context: &Context<'_>, object: &Object) -> Option<Finding> {
    let own = match object.reference.kind.as_str() {
        "Namespace" => object.reference.name.as_str(),
        _ => object.namespace(),
    };
    let label = object.root.get("metadata")?.get("labels")?.entry(WAYPOINT)?;
    let name = label.value.as_str()?;
    let namespace = object.labels.get(WAYPOINT_NAMESPACE).map_or(own, String::as_str);
    let waypoints = &context.inventory.waypoints;
    if waypoints.named(namespace, name).is_some() {
        return None;
    }
    let here = |found: &crate::finding::ObjectRef| found.namespace.as_deref() == Some(namespace);
    let gateway = context.resources.gateway_api.gateways.iter().find(|gateway| {
        let class = gateway.class.as_ref().is_some_and(|class| class.value == "istio");
        class && here(&gateway.meta.reference) && gateway.meta.reference.name == name
    });
    let shown: Vec<&str> = waypoints
        .shown
        .iter()
        .filter(|waypoint| here(&waypoint.reference))
        .map(|waypoint| waypoint.reference.name.as_str())
        .collect();
    let near = slip::meant(name, shown.iter().copied());
    let (severity, message, help) = match (gateway, near) {
        (Some(_), _) => (
            Severity::Warning,
            format!(
                "`{}` asks for the waypoint `{name}`, and `Gateway/{namespace}/{name}` is of the class `istio`: nobody goes through it",
                object.reference
            ),
            "a waypoint is a Gateway of the class `istio-waypoint`".to_string(),
        ),
        (None, Some(near)) => (
            Severity::Warning,
            format!(
                "`{}` asks for the waypoint `{name}`, and `{namespace}` has none of that name in the input: nobody goes through one",
                object.reference
            ),
            format!("did you mean `{near}`?"),
        ),
        (None, None) if shown.is_empty() => return None,
        (None, None) => (
            Severity::Info,
            format!(
                "`{}` asks for the waypoint `{name}`, and the input shows others in `{namespace}`, not this one",
                object.reference
            ),
            "see that the name is right, or give unmesh the file that holds it".to_string(),
        ),
    };
    let finding = Finding::new(&AMBIENT_LABELS, Direction::None, message).severity(severity).help(help);
    let finding =
        finding.on(&object.reference).at(label.value.span).field(format!("metadata.labels[{WAYPOINT}]"));
    Some(match gateway {
        Some(gateway) => finding.related("the Gateway", gateway.meta.name_span),
        None => finding,
    })
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
