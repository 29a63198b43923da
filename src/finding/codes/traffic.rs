//! UM3xx: what VirtualServices do to traffic, and what becomes of it.

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
    GATEWAY_SERVER = "UM340", "gateway-server", "hosts and ports on which a Gateway lets clients in";
    EDGE_TLS = "UM341", "edge-tls", "TLS that ends at a Gateway, or passes it by server name";
    EDGE_CLIENT_CERTIFICATES = "UM342", "edge-client-certificates", "certificates that a Gateway asks of clients";
    HTTPS_REDIRECT = "UM343", "https-redirect", "requests in clear text that a Gateway sends to HTTPS";
    GATEWAY_WORKLOADS = "UM344", "gateway-workloads", "the pods whose proxies listen for a Gateway";
    ISTIO_GATEWAY_CLASS = "UM345", "istio-gateway-class", "a Gateway of Gateway API that Istio serves";
    WAYPOINT = "UM346", "waypoint", "a waypoint: a Gateway of class istio-waypoint";
    EDGE_ROUTE = "UM347", "edge-route", "a route of Gateway API with a Gateway that Istio serves";
    MESH_ROUTE = "UM348", "mesh-route", "a route of Gateway API with a Service as its parent";
    WITHOUT_EFFECT = "UM349", "without-effect", "a field of Gateway API that Istio does not act on";
}
