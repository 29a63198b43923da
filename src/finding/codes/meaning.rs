//! UM1xx: policy that does not mean what it seems to, before any migration.

super::codes! {
    LITERAL_STAR = "UM101", "literal-star", "a `*` that Istio compares as it stands, not as a wildcard";
    NAMESPACE_GLOB_CROSSES = "UM102", "namespace-glob-crosses", "a namespace pattern that matches namespaces which do not look like it";
    METHOD_CASE = "UM103", "method-case", "a method that no request has, by its letters";
    HOST_WITHOUT_PORT = "UM104", "host-without-port", "an exact host that does not match requests which name a port";
    ALLOW_HTTP_ON_TCP = "UM105", "allow-http-on-tcp", "an ALLOW rule with HTTP fields for ports that carry TCP, where it allows nothing";
    DENY_HTTP_ON_TCP = "UM106", "deny-http-on-tcp", "a DENY rule with HTTP fields for ports that carry TCP, where it refuses the whole port";
    EMPTY_RULE_ALLOWS_ALL = "UM107", "empty-rule-allows-all", "an ALLOW policy with a rule that matches every request";
    EMPTY_LIST = "UM108", "empty-list", "an empty list in a rule, which Istio takes for no list at all";
    PATH_NOT_NORMAL = "UM110", "path-not-normal", "a path that no request has after normalisation";
    PATH_WITHOUT_SLASH = "UM111", "path-without-slash", "a path that does not begin with a slash";
    ROOT_SELECTOR_IGNORED = "UM120", "root-selector-ignored", "a PeerAuthentication with a selector in the root namespace, which Istio ignores";
    PEER_AUTHENTICATION_TIE = "UM121", "peer-authentication-tie", "several PeerAuthentications for one scope, of which only the oldest acts";
    IDENTITY_WITHOUT_MTLS = "UM122", "identity-without-mtls", "a rule on identities for a workload whose mutual TLS is switched off";
    ZTUNNEL_ALLOW_LEFT_OUT = "UM123", "ztunnel-allow-left-out", "an ALLOW rule that ztunnel leaves out, for workloads in ambient mode, where it allows nothing";
    ZTUNNEL_DENY_WIDER = "UM124", "ztunnel-deny-wider", "a DENY rule of which ztunnel drops fields, for workloads in ambient mode, where it refuses more";
    ZTUNNEL_DENY_IGNORED = "UM125", "ztunnel-deny-ignored", "a DENY rule of which ztunnel leaves nothing, for workloads in ambient mode, where it refuses nobody";
    ZTUNNEL_TRUST_DOMAIN = "UM126", "ztunnel-trust-domain", "a trust domain that ztunnel reads otherwise than sidecars, for workloads in ambient mode";
    PLAINTEXT_PASSES = "UM127", "plaintext-passes", "a refusal by identity that clients without one pass";
    TOKEN_WITHOUT_CHECK = "UM130", "token-without-check", "a rule on tokens for workloads where nothing checks tokens";
    REDUNDANT_RULE = "UM131", "redundant-rule", "a rule that changes nothing, since another one of the same action decides the same requests";
    RULE_BEHIND_DENY = "UM132", "rule-behind-deny", "an ALLOW rule of which a DENY rule refuses every request";
    CONTRADICTION = "UM133", "contradiction", "parts of a rule that no request fits at once";
    ALTERNATIVE_ENTRIES = "UM134", "alternative-entries", "entries of `from` or `to` that are alternatives and look as if both had to hold";
    GRPC_METHOD = "UM135", "grpc-method", "methods without POST for gRPC, where every call is a POST";
    PORT_ZERO = "UM136", "port-zero", "the port 0, at which no request comes in";
    HOST_BITS = "UM137", "host-bits", "an address block whose address has bits beyond its prefix";
    SELECTS_NOTHING = "UM138", "selects-nothing", "a selector that no workload has, and that differs from one by a slip of the pen";
    PROBE_REFUSED = "UM139", "probe-refused", "probes or scraping of a workload whose policy lets nobody in";
    UNKNOWN_ACCOUNT = "UM140", "unknown-account", "an identity whose service account is not in the namespace that the input shows";
    UNCOVERED_WORKLOAD = "UM141", "uncovered-workload", "workloads without a policy in a namespace where others have one";
    PARTLY_POLICED = "UM142", "partly-policed", "a policy that selects pods with a proxy and pods without";
    HOST_AFFIX = "UM143", "host-affix", "a host pattern that matches hosts of others";
    HOST_SUFFIX_WITHOUT_PORT = "UM144", "host-suffix-without-port", "a refusal by `*.DOMAIN`, which requests that name a port get round";
    EXACT_PATH_KEPT_OUT = "UM145", "exact-path-kept-out", "a path kept out by one spelling alone";
    PORT_NAME = "UM170", "port-name", "a port of a Service that nothing says the protocol of";
    PORTS_IN_CONFLICT = "UM171", "ports-in-conflict", "Services that say different protocols of one port of a workload";
    WAYPOINT_NEEDED = "UM173", "waypoint-needed", "a resource for requests of workloads in ambient mode, where no waypoint reads it";
    SELECTOR_IGNORED = "UM174", "selector-ignored", "a resource with a selector, or with none, that a waypoint reads by `targetRefs` alone";
    CLAIM_ROUTE_WITHOUT_CHECK = "UM175", "claim-route-without-check", "a route by claims of a token at a gateway where nothing checks tokens";
    SIDECAR_SCOPE = "UM176", "sidecar-scope", "a Sidecar for pods that have none, or for others than meant";
    DEPRECATED_FIELD = "UM177", "deprecated-field", "a field or value that Istio calls deprecated";
    ODD_VALUE = "UM178", "odd-value", "a value that Istio takes and warns of";
    AMBIENT_LABELS = "UM185", "ambient-labels", "labels of ambient mode on pods that are not in it, or sidecars within it";
    GROUP_ACCOUNT = "UM186", "group-account", "a WorkloadGroup whose service account is not in the namespace that the input shows";
}
