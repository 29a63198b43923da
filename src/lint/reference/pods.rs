//! UM156: Gateways whose selector is that of pods of the input but for a slip of the pen.
//!
//! Istio looks for the pods in every namespace, unless istiod is told otherwise
//! (`PILOT_SCOPE_GATEWAY_TO_NAMESPACE`), so pods of any namespace count.

use super::finding;
use super::shown::{Shown, is_placeholder};
use crate::finding::codes::meaning::GATEWAY_WITHOUT_PODS;
use crate::finding::{Finding, Severity};
use crate::istio::Gateway;
use crate::lint::meaning::slip;
use crate::lint::words::labels;
use crate::manifest::{Labels, is_set_later};

/// Selectors of the gateways that Istio's own charts and profiles install, which are seldom in an input.
const INSTALLED: [(&str, &str); 5] = [
    ("istio", "ingressgateway"),
    ("istio", "egressgateway"),
    ("istio", "eastwestgateway"),
    ("app", "istio-ingressgateway"),
    ("app", "istio-egressgateway"),
];

/// One finding for each Gateway.
pub(super) fn check(shown: &Shown<'_>) -> Vec<Finding> {
    let objects = shown.context.manifest.objects.iter();
    // Such an object makes gateways, with labels of its own.
    if objects.chain(&shown.context.manifest.contested).any(|object| object.reference.kind == "IstioOperator")
    {
        return Vec::new();
    }
    shown.context.resources.gateways.iter().filter_map(|gateway| check_one(shown, gateway)).collect()
}

fn check_one(shown: &Shown<'_>, gateway: &Gateway) -> Option<Finding> {
    let inventory = shown.context.inventory;
    let made_elsewhere = |key: &str, value: &str| {
        INSTALLED.contains(&(key, value))
            || is_set_later(key)
            || key.starts_with("gateway.networking.k8s.io/")
            || key.starts_with("gateway.istio.io/")
            || is_placeholder(value)
    };
    let selects = |own: &Labels| {
        gateway.selector.iter().all(|(key, value)| own.get(key).is_some_and(|own| *own == value.value))
    };
    let fronted = |selector: &Labels| {
        gateway.selector.iter().any(|(key, value)| selector.get(key) == Some(&value.value))
    };
    if gateway.selector.iter().any(|(key, value)| made_elsewhere(key, &value.value))
        || inventory.workloads.iter().any(|workload| selects(&workload.labels))
        || inventory.services.iter().any(|service| fronted(&service.selector))
    {
        return None;
    }
    let shown: Vec<&Labels> = inventory.workloads.iter().map(|workload| &workload.labels).collect();
    let (_, leaf, meant) = slip::meant_label(&gateway.selector, &shown)?;
    let message = format!(
        "no workload of the input has the labels `{}`, in any namespace: nobody listens for this Gateway",
        labels(&gateway.selector)
    );
    let help = format!("did you mean `{meant}`?");
    Some(finding(&gateway.meta, &GATEWAY_WITHOUT_PODS, Severity::Warning, leaf, message, help))
}
