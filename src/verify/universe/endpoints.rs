//! Pods as Calico's and Istio's selectors see them.

use super::World;
use super::namespaces::{Namespaces, labels};
use super::subjects::assumption;
use crate::manifest::{Labels, Proxy, Workload, is_set_by_injector};
use crate::verify::answer::Assumption;
use crate::verify::peer::{Endpoint, TLS_MODE};
use crate::verify::subject::Enforcer;

/// The labels by which Istio's telemetry knows a workload, which its injector adds.
pub(super) const CANONICAL_NAME: &str = "service.istio.io/canonical-name";
/// See [`CANONICAL_NAME`].
pub(super) const CANONICAL_REVISION: &str = "service.istio.io/canonical-revision";

/// A pod of a workload of the input: with the labels that the injector adds, where it has a sidecar,
/// and as its template has it.
pub(super) fn shown(world: &World<'_>, workload: &Workload, injected: bool) -> (Endpoint, Endpoint) {
    let namespace = &workload.identity.namespace;
    let after = Endpoint {
        namespace: Some(namespace.clone()),
        account: Some(workload.identity.account.clone()),
        labels: workload.labels.clone(),
        open: false,
        namespace_labels: labels(world, namespace),
    };
    let mut before = after.clone();
    if injected {
        inject(&mut before.labels, &workload.reference.name);
    }
    (before, after)
}

/// Adds what the injector adds to a pod of this name
/// (`manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`).
pub(super) fn inject(labels: &mut Labels, name: &str) {
    let first = |keys: [&str; 2], other: &str| {
        let given = keys.iter().find_map(|key| labels.get(*key)).filter(|value| !value.is_empty());
        given.map_or_else(|| other.to_string(), Clone::clone)
    };
    let canonical = first(["app.kubernetes.io/name", "app"], name);
    let revision = first(["app.kubernetes.io/version", "version"], "latest");
    for (key, value) in
        [(CANONICAL_NAME, canonical), (CANONICAL_REVISION, revision), (TLS_MODE, "istio".into())]
    {
        labels.entry(key.to_string()).or_insert(value);
    }
}

/// Any pod of a namespace with a service account.
pub(super) fn any(world: &World<'_>, namespace: &str, account: &str) -> Endpoint {
    Endpoint {
        namespace: Some(namespace.to_string()),
        account: Some(account.to_string()),
        labels: Labels::new(),
        open: true,
        namespace_labels: labels(world, namespace),
    }
}

/// A network set that the input does not show; `None` for a global one.
pub(super) fn network_set(world: &World<'_>, namespace: Option<&str>) -> Endpoint {
    Endpoint {
        namespace: namespace.map(str::to_string),
        account: None,
        labels: Labels::new(),
        open: true,
        namespace_labels: namespace.and_then(|name| labels(world, name)),
    }
}

/// Of each template of a namespace whose pods have no proxy, the labels by which they are set apart:
/// its own, without those that belong to Istio, since no selector may rest on them. A template without
/// any is left out.
///
/// No pod that has all of these labels is taken to have a proxy, unless the input shows it: without this
/// no selector could set such a template apart.
pub(super) fn labels_without_proxy(world: &World<'_>, namespace: &str) -> Vec<Labels> {
    let bare = world.inventory.workloads.iter().filter(|workload| {
        workload.identity.namespace == namespace
            && workload.proxy == Proxy::None
            && !workload.host_network
            && !workload.gateway
    });
    bare.map(own_labels).filter(|labels| !labels.is_empty()).collect()
}

/// The same of each template of a gateway, which is no subject of policies for workloads.
pub(super) fn labels_of_gateways(world: &World<'_>, namespace: &str) -> Vec<Labels> {
    let here = |workload: &&Workload| workload.identity.namespace == namespace && workload.gateway;
    let gateways = world.inventory.workloads.iter().filter(here);
    gateways.map(own_labels).filter(|labels| !labels.is_empty()).collect()
}

/// What [`labels_of_gateways`] takes for granted.
pub(super) fn gateways_apart(namespace: &str) -> Assumption {
    assumption(
        format!(
            "no pod of `{namespace}` that the input does not show has all labels of a gateway's template and is none"
        ),
        format!("look at the labels of its pods: `kubectl -n {namespace} get pods --show-labels`"),
    )
}

/// What [`labels_without_proxy`] takes for granted.
pub(super) fn set_apart(namespace: &str) -> Assumption {
    assumption(
        format!(
            "no pod of `{namespace}` that the input does not show has a proxy and all labels of a template without one"
        ),
        format!(
            "look at the labels of its pods with the container `istio-proxy`: `kubectl -n {namespace} get pods --show-labels`"
        ),
    )
}

/// Of each template with a proxy of one kind in a namespace whose other pods have none of it, the labels by which
/// they are known, as [`labels_without_proxy`]. No pod that has all of them is taken to be of another kind.
pub(super) fn labels_with_proxy(
    world: &World<'_>,
    namespaces: &Namespaces,
    namespace: &str,
    enforcer: Enforcer,
) -> Vec<Labels> {
    let injected = world.inventory.workloads.iter().filter(|workload| {
        workload.identity.namespace == namespace
            && !workload.gateway
            && namespaces.enforcer(workload) == enforcer
    });
    injected.map(own_labels).filter(|labels| !labels.is_empty()).collect()
}

/// What [`labels_with_proxy`] takes for granted.
pub(super) fn known_by_labels(namespace: &str) -> Assumption {
    assumption(
        format!(
            "no pod of `{namespace}` that the input does not show has all labels of a template with a proxy, and none itself"
        ),
        format!(
            "look at the labels of its pods without the container `istio-proxy`: `kubectl -n {namespace} get pods --show-labels`"
        ),
    )
}

/// The labels of a workload that are not Istio's.
pub(super) fn own_labels(workload: &Workload) -> Labels {
    let own = workload.labels.iter().filter(|(key, _)| !key.contains("istio.io/"));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The labels without those of the injector.
pub(super) fn without_injected(all: &Labels) -> Labels {
    let kept = all.iter().filter(|(key, _)| !is_set_by_injector(key));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}
