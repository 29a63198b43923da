//! UM2xx: policy that the target cannot say, or says differently.

super::codes! {
    HOST_MATCH = "UM201", "host-match", Error [Narrows], "a rule that depends on the host asked for";
    HEADER_MATCH = "UM202", "header-match", Error [Narrows], "a rule that depends on a request header";
    TOKEN_MATCH = "UM203", "token-match", Error [Narrows], "a rule that depends on a token: request principal, audience, presenter, claim";
    SNI_MATCH = "UM204", "sni-match", Error [Narrows], "a rule that depends on the server name of the TLS handshake";
    REMOTE_IP_MATCH = "UM205", "remote-ip-match", Error [Narrows], "a rule that depends on the client's address before trusted proxies";
    ENVOY_FILTER_MATCH = "UM206", "envoy-filter-match", Error [Narrows], "a rule that depends on metadata of an Envoy filter";
    METHOD_PATTERN = "UM207", "method-pattern", Error [Narrows], "a method that is no plain word";
    PATH_PATTERN = "UM208", "path-pattern", Error [Narrows], "a path pattern that the target cannot say";
    PATH_NORMALISED = "UM209", "path-normalised", Error [Widens Narrows], "a path that the target compares after normalising it, which lets more through";
    NEGATED_HTTP_MATCH = "UM210", "negated-http-match", Error [Narrows], "a rule for all methods or paths but some";
    HTTP_DENY = "UM211", "http-deny", Error [Narrows], "a refusal by an HTTP attribute, which becomes a refusal of the port";
    CUSTOM_ACTION = "UM212", "custom-action", Error [Widens Narrows], "a policy that asks an external authorizer";
    AUDIT_ACTION = "UM213", "audit-action", Info [None], "a policy that only logs";
    DRY_RUN = "UM214", "dry-run", Info [None], "a policy that is a dry run";
    NO_HTTP_PORT = "UM215", "no-http-port", Error [Narrows], "an HTTP rule for ports that nothing declares to carry HTTP";
    IDENTITY_PATTERN = "UM216", "identity-pattern", Error [Narrows], "an identity pattern whose matches are not known";
    FOREIGN_TRUST_DOMAIN = "UM217", "foreign-trust-domain", Error [Narrows], "an identity of another trust domain";
    TOKEN_CHECK = "UM218", "token-check", Error [Widens], "a RequestAuthentication, whose refusal of bad tokens goes";
    FORGEABLE_HEADER = "UM219", "forgeable-header", Error [Widens], "headers made from a token, which any client can send once the mesh is gone";
    UNREACHABLE_RULE = "UM220", "unreachable-rule", Info [None], "a rule that matches nothing in this mesh";
    ACCOUNT_WITHOUT_LABEL = "UM226", "account-without-label", Error [Narrows], "a service account that no label stands for";
    SOURCES_OUTSIDE = "UM227", "sources-outside", Error [Narrows], "pods and addresses that one rule cannot tell apart";
    DESTINATION_ADDRESS = "UM228", "destination-address", Error [Narrows], "a test of the pod's own address";
    NAMES_BY_PATTERN = "UM229", "names-by-pattern", Error [Narrows], "a pattern of namespaces, written as those that the input shows";
}
