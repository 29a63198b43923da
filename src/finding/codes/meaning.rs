//! UM1xx: policy that does not mean what it seems to, before any migration.

super::codes! {
    LITERAL_STAR = "UM101", "literal-star", Warning [None], "a `*` that Istio compares as it stands, not as a wildcard";
    NAMESPACE_GLOB_CROSSES = "UM102", "namespace-glob-crosses", Warning [None], "a namespace pattern that matches namespaces which do not look like it";
    METHOD_CASE = "UM103", "method-case", Warning [None], "a method that no request has, by its letters";
    HOST_WITHOUT_PORT = "UM104", "host-without-port", Warning [None], "an exact host that does not match requests which name a port";
    ALLOW_HTTP_ON_TCP = "UM105", "allow-http-on-tcp", Warning [None], "an ALLOW rule with HTTP fields for ports that carry TCP, where it allows nothing";
    DENY_HTTP_ON_TCP = "UM106", "deny-http-on-tcp", Warning [None], "a DENY rule with HTTP fields for ports that carry TCP, where it refuses the whole port";
    EMPTY_RULE_ALLOWS_ALL = "UM107", "empty-rule-allows-all", Info [None], "an ALLOW policy with a rule that matches every request";
    EMPTY_LIST = "UM108", "empty-list", Warning [None], "an empty list in a rule, which Istio takes for no list at all";
    PATH_NOT_NORMAL = "UM110", "path-not-normal", Warning [None], "a path that no request has after normalisation";
    PATH_WITHOUT_SLASH = "UM111", "path-without-slash", Warning [None], "a path that does not begin with a slash";
    ROOT_SELECTOR_IGNORED = "UM120", "root-selector-ignored", Warning [None], "a PeerAuthentication with a selector in the root namespace, which Istio ignores";
    PEER_AUTHENTICATION_TIE = "UM121", "peer-authentication-tie", Error [Narrows None], "several PeerAuthentications for one scope, of which only the oldest acts";
    IDENTITY_WITHOUT_MTLS = "UM122", "identity-without-mtls", Error [Narrows None], "a rule on identities for a workload whose mutual TLS is switched off";
    ZTUNNEL_ALLOW_LEFT_OUT = "UM123", "ztunnel-allow-left-out", Warning [None], "an ALLOW rule that ztunnel leaves out, for workloads in ambient mode, where it allows nothing";
    ZTUNNEL_DENY_WIDER = "UM124", "ztunnel-deny-wider", Warning [None], "a DENY rule of which ztunnel drops fields, for workloads in ambient mode, where it refuses more";
    ZTUNNEL_DENY_IGNORED = "UM125", "ztunnel-deny-ignored", Warning [None], "a DENY rule of which ztunnel leaves nothing, for workloads in ambient mode, where it refuses nobody";
    ZTUNNEL_TRUST_DOMAIN = "UM126", "ztunnel-trust-domain", Warning [None], "a trust domain that ztunnel reads otherwise than sidecars, for workloads in ambient mode";
    PLAINTEXT_PASSES = "UM127", "plaintext-passes", Warning [None], "a refusal by identity that clients without one pass";
    TOKEN_WITHOUT_CHECK = "UM130", "token-without-check", Warning [None], "a rule on tokens for workloads where nothing checks tokens";
    REDUNDANT_RULE = "UM131", "redundant-rule", Info [None], "a rule that changes nothing, since another one of the same action decides the same requests";
    RULE_BEHIND_DENY = "UM132", "rule-behind-deny", Warning [None], "an ALLOW rule of which a DENY rule refuses every request";
    CONTRADICTION = "UM133", "contradiction", Warning [None], "parts of a rule that no request fits at once";
    ALTERNATIVE_ENTRIES = "UM134", "alternative-entries", Warning [None], "entries of `from` or `to` that are alternatives and look as if both had to hold";
    GRPC_METHOD = "UM135", "grpc-method", Warning [None], "methods without POST for gRPC, where every call is a POST";
    PORT_ZERO = "UM136", "port-zero", Warning [None], "the port 0, at which no request comes in";
    HOST_BITS = "UM137", "host-bits", Warning [None], "an address block whose address has bits beyond its prefix";
    SELECTS_NOTHING = "UM138", "selects-nothing", Warning [None], "a selector that no workload has, and that differs from one by a slip of the pen";
    PROBE_REFUSED = "UM139", "probe-refused", Warning [None], "probes or scraping of a workload whose policy lets nobody in";
    UNKNOWN_ACCOUNT = "UM140", "unknown-account", Warning [None], "an identity whose service account is not in the namespace that the input shows";
    UNCOVERED_WORKLOAD = "UM141", "uncovered-workload", Info [None], "workloads without a policy in a namespace where others have one";
    PARTLY_POLICED = "UM142", "partly-policed", Info [None], "a policy that selects pods with a proxy and pods without";
    HOST_AFFIX = "UM143", "host-affix", Warning [None], "a host pattern that matches hosts of others";
    HOST_SUFFIX_WITHOUT_PORT = "UM144", "host-suffix-without-port", Warning [None], "a refusal by `*.DOMAIN`, which requests that name a port get round";
    EXACT_PATH_KEPT_OUT = "UM145", "exact-path-kept-out", Info [None], "a path kept out by one spelling alone";
    UNKNOWN_HOST = "UM150", "unknown-host", "a host that no Service or ServiceEntry of the input has";
    UNKNOWN_SUBSET = "UM151", "unknown-subset", "a subset that no DestinationRule of its host has";
    UNKNOWN_GATEWAY = "UM152", "unknown-gateway", "a Gateway that routes are for and that the input does not have";
    SUBSET_WITHOUT_PODS = "UM153", "subset-without-pods", "a subset whose labels no pod behind its host has";
    UNKNOWN_NAMESPACE = "UM154", "unknown-namespace", "a namespace in `exportTo` that the input does not have";
    PORT_NOT_SERVED = "UM155", "port-not-served", "requests for a port that the destination does not have";
    GATEWAY_WITHOUT_PODS = "UM156", "gateway-without-pods", "a Gateway whose selector no pod has, but for a slip of the pen";
    PORT_NOT_EXPOSED = "UM157", "port-not-exposed", "a port of a Gateway that no Service in front of its pods has";
    HOST_NOT_LET_IN = "UM158", "host-not-let-in", "a VirtualService for a Gateway that lets none of its hosts in";
    INTERNAL_GATEWAY = "UM159", "internal-gateway", "a VirtualService for a Gateway that Istio makes for itself";
}
