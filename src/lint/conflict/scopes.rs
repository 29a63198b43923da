//! UM164: several Sidecars for one workload, and several Telemetries for a whole namespace.
//!
//! Of Sidecars one acts: those with a selector come first, and of these the first that selects the pod
//! (`doGetSidecarScope`). Telemetries with selectors are merged; of those for a whole namespace the first acts
//! (`namespaceWideTelemetryConfig`).

use super::order::{Order, pairs};
use super::{between, namespace};
use crate::finding::Finding;
use crate::finding::codes::meaning::SHARED_SCOPE;
use crate::istio::workload_selector::WorkloadSelector;
use crate::istio::{Attachment, Meta, Sidecar, Telemetry};
use crate::lint::Context;
use crate::lint::words::labels;
use crate::yaml::fields::Leaf;

/// One finding for each two of which one never acts, or not everywhere.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let sidecars =
        pairs(&context.resources.sidecars).filter_map(|(one, other)| sidecars(context, one, other));
    let telemetries =
        pairs(&context.resources.telemetries).filter_map(|(one, other)| telemetries(one, other));
    sidecars.chain(telemetries).collect()
}

fn place(meta: &Meta) -> Leaf<()> {
    Leaf { value: (), span: meta.name_span, field: "metadata.name".to_string() }
}

fn sidecars(context: &Context<'_>, one: &Sidecar, other: &Sidecar) -> Option<Finding> {
    if one.namespace() != other.namespace() {
        return None;
    }
    let who = match (&one.selector, &other.selector) {
        (None, None) if one.namespace() == context.settings.root_namespace => {
            "all namespaces without a Sidecar of their own".to_string()
        }
        (None, None) => format!("all workloads of `{}`", one.namespace()),
        (Some(left), Some(right)) => selected(context, one.namespace(), left, right)?,
        (None, Some(_)) | (Some(_), None) => return None,
    };
    let order = Order::of(one, other, |sidecar: &Sidecar| -> &Meta { &sidecar.meta });
    let (first, second) = (order.first, order.second);
    let at = second.selector.as_ref().map_or_else(|| place(&second.meta), |selector| selector.at.clone());
    let message = format!(
        "`{}` is for {who} as well: {} acts there, and the other one does not",
        first.meta.reference,
        order.winner()
    );
    Some(
        between(&first.meta, &second.meta, &SHARED_SCOPE, &at, message)
            .related("the other one", first.meta.name_span)
            .help("write one Sidecar for these workloads: Istio does not merge them"),
    )
}

/// Pods that both select, as far as the input proves that there are such.
fn selected(
    context: &Context<'_>,
    namespace: &str,
    one: &WorkloadSelector,
    other: &WorkloadSelector,
) -> Option<String> {
    let within = |fewer: &WorkloadSelector, more: &WorkloadSelector| {
        fewer
            .labels
            .iter()
            .all(|(name, value)| more.labels.get(name).is_some_and(|own| own.value == value.value))
    };
    let narrower = if within(one, other) {
        Some(other)
    } else if within(other, one) {
        Some(one)
    } else {
        None
    };
    if let Some(narrower) = narrower {
        return Some(if narrower.labels.is_empty() {
            format!("all workloads of `{namespace}`")
        } else {
            format!("pods with `{}`", labels(&narrower.labels))
        });
    }
    let mut workloads = context.inventory.workloads.iter();
    let met = workloads.find(|workload| {
        workload.identity.namespace == namespace
            && one.matches(&workload.labels)
            && other.matches(&workload.labels)
    });
    met.map(|workload| format!("the pods of `{}`", workload.reference))
}

fn telemetries(one: &Telemetry, other: &Telemetry) -> Option<Finding> {
    let whole = |found: &Telemetry| matches!(found.attachment, Attachment::Everything);
    if namespace(&one.meta) != namespace(&other.meta) || !whole(one) || !whole(other) {
        return None;
    }
    let order = Order::of(one, other, |found: &Telemetry| -> &Meta { &found.meta });
    let (first, second) = (order.first, order.second);
    let message = format!(
        "`{}` is for the whole of `{}` as well: {} acts, and the other one does not",
        first.meta.reference,
        namespace(&first.meta),
        order.winner()
    );
    Some(
        between(&first.meta, &second.meta, &SHARED_SCOPE, &place(&second.meta), message)
            .related("the other one", first.meta.name_span)
            .help("write one Telemetry for the namespace: those without a selector are not merged"),
    )
}
