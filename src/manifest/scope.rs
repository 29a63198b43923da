//! What kinds are: with or without a namespace, Istio's, or configuration of a tool.

/// Kinds whose loss may open something: the ones that block all output where they cannot be read.
pub(super) const REFUSING_POLICIES: [&str; 2] = ["AuthorizationPolicy", "PeerAuthentication"];

/// Istio's kinds that are translated, or looked at for ports of pods.
pub(super) const READ_OF_ISTIO: [&str; 6] = [
    "AuthorizationPolicy",
    "PeerAuthentication",
    "RequestAuthentication",
    "ServiceEntry",
    "Sidecar",
    "VirtualService",
];

/// Whether an object of this kind may refuse requests at the workload's port.
pub(super) fn is_refusing_policy(kind: &str) -> bool {
    REFUSING_POLICIES.contains(&kind)
}

/// Whether a group is Istio's: `security.istio.io`, `networking.istio.io`, ...
pub(super) fn is_istio(group: &str) -> bool {
    group == "istio.io" || group.ends_with(".istio.io")
}

/// Kinds without a namespace, sorted, by what the API servers of Kubernetes 1.34, the Gateway API,
/// the network policy API, Calico 3.32 and cert-manager serve. Unknown kinds count as namespaced.
const CLUSTER_SCOPED: [&str; 64] = [
    "APIService",
    "AdminNetworkPolicy",
    "BGPConfiguration",
    "BGPFilter",
    "BGPPeer",
    "BaselineAdminNetworkPolicy",
    "BlockAffinity",
    "CSIDriver",
    "CSINode",
    "CalicoNodeStatus",
    "CertificateSigningRequest",
    "ClusterInformation",
    "ClusterIssuer",
    "ClusterNetworkPolicy",
    "ClusterPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FelixConfiguration",
    "FlowSchema",
    "GatewayClass",
    "GlobalNetworkPolicy",
    "GlobalNetworkSet",
    "HostEndpoint",
    "IPAMBlock",
    "IPAMConfig",
    "IPAMConfiguration",
    "IPAMHandle",
    "IPAddress",
    "IPPool",
    "IPReservation",
    "IngressClass",
    "Installation",
    "KubeControllersConfiguration",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "Profile",
    "Project",
    "ResourceSlice",
    "RuntimeClass",
    "SecurityContextConstraints",
    "SelfSubjectAccessReview",
    "SelfSubjectReview",
    "ServiceCIDR",
    "StagedGlobalNetworkPolicy",
    "StorageClass",
    "StorageVersion",
    "SubjectAccessReview",
    "Tier",
    "TokenReview",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// Whether objects of a kind have no namespace.
pub(super) fn is_cluster_scoped(kind: &str) -> bool {
    CLUSTER_SCOPED.contains(&kind)
}

/// Whose configuration a document without a name is, where it is a tool's and never sent to a cluster.
pub(super) fn configures(group: &str, kind: &str) -> Option<&'static str> {
    let by_group = match group {
        "kustomize.config.k8s.io" | "builtin" => Some("configuration of kustomize"),
        "kind.x-k8s.io" => Some("configuration of kind"),
        "skaffold" => Some("configuration of skaffold"),
        "k3d.io" => Some("configuration of k3d"),
        "kubeadm.k8s.io" => Some("configuration of kubeadm"),
        "audit.k8s.io" | "apiserver.config.k8s.io" => Some("configuration of the API server"),
        "kubelet.config.k8s.io" => Some("configuration of the kubelet"),
        "kubeproxy.config.k8s.io" => Some("configuration of kube-proxy"),
        "kubescheduler.config.k8s.io" => Some("configuration of the scheduler"),
        _ => None,
    };
    by_group.or(match kind {
        "Kustomization" | "Component" => Some("configuration of kustomize"),
        "Config" if group.is_empty() => Some("configuration of kubectl"),
        "EncryptionConfig" | "EncryptionConfiguration" | "AdmissionConfiguration" => {
            Some("configuration of the API server")
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_without_doubles() {
        assert!(CLUSTER_SCOPED.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn scopes_are_those_of_the_api_servers() {
        for kind in ["Namespace", "GlobalNetworkPolicy", "ClusterRole", "GatewayClass", "Tier"] {
            assert!(is_cluster_scoped(kind), "{kind}");
        }
        for kind in ["NetworkPolicy", "NetworkSet", "Gateway", "AuthorizationPolicy", "Deployment", "Foo"] {
            assert!(!is_cluster_scoped(kind), "{kind}");
        }
    }

    #[test]
    fn groups_of_istio_are_told_from_lookalikes() {
        assert!(is_istio("security.istio.io") && is_istio("install.istio.io"));
        assert!(!is_istio("notistio.io") && !is_istio("istio.io.example.com") && !is_istio(""));
    }
}
