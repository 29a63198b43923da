//! UM3xx: what VirtualServices and DestinationRules do to traffic, and what becomes of it.

super::codes! {
    VIRTUAL_SERVICE_INVALID = "UM301", "virtual-service-invalid", "a VirtualService that Istio refuses";
    WEIGHTED_SPLIT = "UM302", "weighted-split", "requests or connections shared out by weight";
    SUBSET_ROUTE = "UM303", "subset-route", "requests that go to a subset of a Service's pods";
    REQUEST_MATCH = "UM304", "request-match", "routing by what a request carries or who sends it";
    OTHER_HOST_ROUTE = "UM305", "other-host-route", "requests to one host that another host serves";
    DESTINATION_PORT = "UM306", "destination-port", "requests that are sent to another port of their Service";
    PLAIN_ROUTE = "UM307", "plain-route", "a route that sends requests where they go anyway";
    REDIRECT = "UM308", "redirect", "requests that the proxy answers with another address";
    DIRECT_RESPONSE = "UM309", "direct-response", "requests that the proxy answers itself";
    FAULT_ABORT = "UM310", "fault-abort", "requests that the proxy fails on purpose";
    FAULT_DELAY = "UM311", "fault-delay", "requests that the proxy delays on purpose";
    REWRITE = "UM312", "rewrite", "requests whose path or host the proxy changes";
    MIRROR = "UM313", "mirror", "requests of which the proxy sends a copy elsewhere";
    RETRIES = "UM314", "retries", "requests that the proxy sends again when they fail";
    TIMEOUT = "UM315", "timeout", "requests that the proxy gives up after a time";
    CORS_POLICY = "UM316", "cors-policy", "preflight requests that the proxy answers";
    HEADER_CHANGE = "UM317", "header-change", "headers that the proxy adds or changes";
    HEADER_PROTECTION = "UM318", "header-protection", "request headers that the proxy takes from clients or overwrites";
    DELEGATE = "UM319", "delegate", "routes that another VirtualService holds";
    UNMATCHED_REFUSED = "UM320", "unmatched-refused", "requests that no route matches, which the proxy answers with 404";
    SNI_ROUTE = "UM321", "sni-route", "TLS connections routed by server name";
    TCP_ROUTE = "UM322", "tcp-route", "TCP connections routed elsewhere";
    GATEWAY_BINDING = "UM323", "gateway-binding", "hosts that are reached from outside through a Gateway";
    EXPORT_TO = "UM324", "export-to", "routes that only some namespaces see";
    ROUTE_STATISTICS = "UM325", "route-statistics", "statistics of their own for a route";
    TLS_ORIGINATION = "UM326", "tls-origination", "requests that the application sends in clear, and the proxy encrypts";
    SERVER_VERIFICATION = "UM327", "server-verification", "a server's certificate that nobody checks, or no CA named for it";
    TLS_DISABLED = "UM328", "tls-disabled", "requests that the mesh sends in clear on purpose";
    LOAD_BALANCING = "UM329", "load-balancing", "requests that the proxy shares out among pods one by one";
    SESSION_AFFINITY = "UM330", "session-affinity", "requests of one session that go to one pod";
    LOCALITY = "UM331", "locality", "requests that stay in their zone or region";
    WARMUP = "UM332", "warmup", "new pods that get fewer requests at first";
    CONNECTION_POOL = "UM333", "connection-pool", "limits and times of a client's connections";
    OUTLIER_DETECTION = "UM334", "outlier-detection", "failing pods that get no requests for a while";
    TUNNEL = "UM335", "tunnel", "connections that the proxy sends through a tunnel";
    PROXY_PROTOCOL = "UM336", "proxy-protocol", "connections that begin with the client's address";
    RETRY_BUDGET = "UM337", "retry-budget", "a limit on retries";
    SUBSET = "UM338", "subset", "pods of a host under a name that routes use";
    RULE_SCOPE = "UM339", "rule-scope", "the hosts and clients that a DestinationRule is for";
}
