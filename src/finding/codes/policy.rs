//! UM2xx: policy that the target cannot say, or says differently.

super::codes! {
    HOST_MATCH = "UM201", "host-match", "a rule that depends on the host asked for";
    HEADER_MATCH = "UM202", "header-match", "a rule that depends on a request header";
    TOKEN_MATCH = "UM203", "token-match", "a rule that depends on a token: request principal, audience, presenter, claim";
    SNI_MATCH = "UM204", "sni-match", "a rule that depends on the server name of the TLS handshake";
    REMOTE_IP_MATCH = "UM205", "remote-ip-match", "a rule that depends on the client's address before trusted proxies";
    ENVOY_FILTER_MATCH = "UM206", "envoy-filter-match", "a rule that depends on metadata of an Envoy filter";
    METHOD_PATTERN = "UM207", "method-pattern", "a method that is no plain word";
    PATH_PATTERN = "UM208", "path-pattern", "a path pattern that the target cannot say";
    PATH_NORMALISED = "UM209", "path-normalised", "a path that the target compares after normalising it, which lets more through";
    NEGATED_HTTP_MATCH = "UM210", "negated-http-match", "a rule for all methods or paths but some";
    HTTP_DENY = "UM211", "http-deny", "a refusal by an HTTP attribute, which becomes a refusal of the port";
    CUSTOM_ACTION = "UM212", "custom-action", "a policy that asks an external authorizer";
    AUDIT_ACTION = "UM213", "audit-action", "a policy that only logs";
    DRY_RUN = "UM214", "dry-run", "a policy that is a dry run";
    NO_HTTP_PORT = "UM215", "no-http-port", "an HTTP rule for ports that nothing declares to carry HTTP";
    IDENTITY_PATTERN = "UM216", "identity-pattern", "an identity pattern whose matches are not known";
    FOREIGN_TRUST_DOMAIN = "UM217", "foreign-trust-domain", "an identity of another trust domain";
    TOKEN_CHECK = "UM218", "token-check", "a RequestAuthentication, whose refusal of bad tokens goes";
    FORGEABLE_HEADER = "UM219", "forgeable-header", "headers made from a token, which any client can send once the mesh is gone";
    UNREACHABLE_RULE = "UM220", "unreachable-rule", "a rule that matches nothing in this mesh";
    ACCOUNT_WITHOUT_LABEL = "UM226", "account-without-label", "a service account that no label stands for";
    SOURCES_OUTSIDE = "UM227", "sources-outside", "pods and addresses that one rule cannot tell apart";
    DESTINATION_ADDRESS = "UM228", "destination-address", "a test of the pod's own address";
    NAMES_BY_PATTERN = "UM229", "names-by-pattern", "a pattern of namespaces, written as those that the input shows";
}
