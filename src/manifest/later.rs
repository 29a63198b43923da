//! Labels that pods get after their template was written, and from whom.

/// Labels that a pod has in the cluster and its template need not have: from controllers, the
/// scheduler and Istio's injector.
#[must_use]
pub fn is_set_later(key: &str) -> bool {
    is_set_by_controllers(key) || is_set_by_injector(key)
}

/// Labels from controllers and the scheduler: nobody knows their values before.
#[must_use]
pub fn is_set_by_controllers(key: &str) -> bool {
    const LATER: [&str; 7] = [
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    ];
    const PREFIXES: [&str; 3] = ["apps.kubernetes.io/", "batch.kubernetes.io/", "topology.kubernetes.io/"];
    LATER.contains(&key) || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// Labels from Istio's injector, which go with the mesh
/// (`manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`).
#[must_use]
pub fn is_set_by_injector(key: &str) -> bool {
    const LATER: [&str; 3] = ["istio.io/rev", "security.istio.io/tlsMode", "topology.istio.io/network"];
    LATER.contains(&key) || key.starts_with("service.istio.io/")
}
