//! UM4xx: what the platform loses or needs: identity, enforcement at L7, gateways, scope.

super::codes! {
    L7_GUARD_LABEL = "UM401", "l7-guard-label", "HTTP rules that act only on pods with a label, since Calico alone would ignore their HTTP part";
    L7_NOT_ENFORCED = "UM402", "l7-not-enforced", "HTTP rules that nothing would enforce";
    UNKNOWN_NAMESPACES = "UM403", "unknown-namespaces", "a rule for all of the mesh, where the input does not show all of it";
    ASSUMED_MEMBER = "UM404", "assumed-member", "a namespace named as a peer that the input does not show";
    GATEWAY_IDENTITY = "UM405", "gateway-identity", "a gateway's identity, which goes with the mesh";
    GATEWAY_POLICY = "UM406", "gateway-policy", "a policy on a gateway or waypoint, which goes with it";
    AMBIENT_WORKLOAD = "UM407", "ambient-workload", "a policy that reaches workloads in ambient mode", blocks;
    INSEPARABLE_POD = "UM408", "inseparable-pod", "a pod without a proxy that no label tells from pods with one";
    NAMESPACE_WITHOUT_MESH = "UM409", "namespace-without-mesh", "a peer namespace that the input shows without the mesh";
    NODE_LOCAL = "UM410", "node-local", "sources on a pod's own node, which no network policy keeps out";
    ASSUMED_GATEWAY = "UM411", "assumed-gateway", "a policy taken for a gateway's by its selector";
    ASSUMED_PORTS = "UM412", "assumed-ports", "ports taken from a Service, since the input shows no workload";
    INJECTOR_LABEL = "UM413", "injector-label", "a selector on a label that goes with the mesh";
    NOTHING_TO_REFUSE = "UM414", "nothing-to-refuse", "a PeerAuthentication or RequestAuthentication that refuses nobody";
    UNCAPTURED_PORTS = "UM415", "uncaptured-ports", "ports outside the mesh that would be policed";
    NEVER_POLICED = "UM416", "never-policed", "a policy whose pods have no proxy, so that it never acted";
    MERGED_METRICS = "UM417", "merged-metrics", "metrics scraped through the proxy, whose port policies never closed";
    MULTI_CLUSTER = "UM418", "multi-cluster", "a refusal by identity in a mesh of several clusters";
    NAMESPACES_TO_COME = "UM419", "namespaces-to-come", "a policy of the whole mesh, where each namespace needs an object of its own", blocks;
    OTHER_PROTOCOLS = "UM420", "other-protocols", "protocols that no rule can name, such as ICMP";
    ADDRESSES_OF_PODS = "UM421", "addresses-of-pods", "address blocks, which network plugins read differently";
    ACCOUNT_BY_LABEL = "UM422", "account-by-label", "a service account written as the labels of its pods";
    MESH_ENCRYPTION = "UM423", "mesh-encryption", "traffic that the mesh encrypts, with both sides' identities";
    MESH_CONFIG_USED = "UM425", "mesh-config-used", "mesh settings taken from a MeshConfig of the input, or set against it";
    MESH_SETTINGS_UNCLEAR = "UM426", "mesh-settings-unclear", "MeshConfigs of the input that disagree on what policies mean, or that cannot be read", blocks;
    TRUST_DOMAIN_ALIASES = "UM427", "trust-domain-aliases", "identities of other trust domains that count as the mesh's own";
    UNKNOWN_PROVIDER = "UM428", "unknown-provider", "a CUSTOM policy whose provider the MeshConfig does not have";
    PATH_NORMALIZATION = "UM429", "path-normalization", "paths that policies see in another form than Istio's default";
    NOT_DISCOVERED = "UM430", "not-discovered", "a policy in a namespace that discoverySelectors leave out";
    MESH_SETTING = "UM431", "mesh-setting", "a setting of the whole mesh that goes with it";
    AUTO_MUTUAL_TLS_OFF = "UM432", "auto-mutual-tls-off", "identities that peers show only where a DestinationRule says so";
    PROXY_ANNOTATIONS = "UM445", "proxy-annotations", "annotations that set up a workload's proxy";
    UNCAPTURED_INBOUND = "UM446", "uncaptured-inbound", "connections to a workload that never reach its proxy";
    UNCAPTURED_OUTBOUND = "UM447", "uncaptured-outbound", "connections from a workload that pass its proxy by";
    WORKLOAD_OUTSIDE = "UM448", "workload-outside", "a workload that keeps out of the mesh";
    PROBES = "UM449", "probes", "probes that the proxy answers for the application, or not";
    PROXY_FILES = "UM450", "proxy-files", "files that only the proxy of a workload has";
    PROXY_CONFIG_ANNOTATION = "UM451", "proxy-config-annotation", "settings of one workload's proxy";
    MESH_LABEL = "UM452", "mesh-label", "labels and annotations that only the mesh reads";
    SERVICE_VISIBILITY = "UM453", "service-visibility", "a Service that the mesh shows to some namespaces alone";
    ENCRYPTION_ENDS = "UM454", "encryption-ends", "connections that mutual TLS encrypts, with both sides' identities";
    PROXYLESS_GRPC = "UM455", "proxyless-grpc", "an application that gets its routes from istiod itself";
}
