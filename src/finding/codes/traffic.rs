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
    ENVOY_REFUSAL = "UM360", "envoy-refusal", "a patch of an EnvoyFilter that refuses or protects";
    ENVOY_LIMIT = "UM361", "envoy-limit", "a patch of an EnvoyFilter that limits how much comes";
    ENVOY_CODE = "UM362", "envoy-code", "a patch of an EnvoyFilter that runs code";
    ENVOY_UNKNOWN = "UM363", "envoy-unknown", "a patch of an EnvoyFilter that unmesh cannot judge";
    ENVOY_FEATURE = "UM364", "envoy-feature", "a patch of an EnvoyFilter with a filter that refuses nobody";
    ENVOY_SETTING = "UM365", "envoy-setting", "a patch of an EnvoyFilter that sets up proxies";
    ENVOY_NO_EFFECT = "UM366", "envoy-no-effect", "a patch of an EnvoyFilter that Istio passes over";
    ENVOY_ORDER = "UM367", "envoy-order", "a patch of an EnvoyFilter whose place hangs on other filters";
    ENVOY_REMOVAL = "UM368", "envoy-removal", "a patch of an EnvoyFilter that takes a part of proxies out";
    NOTHING_CONFIGURED = "UM369", "nothing-configured", "a resource for proxies that sets nothing";
    WASM_CODE = "UM370", "wasm-code", "WebAssembly code that proxies run";
    LUA_CODE = "UM371", "lua-code", "Lua code that proxies run";
    ACCESS_LOG = "UM372", "access-log", "access logs that proxies write";
    TRACES = "UM373", "traces", "spans that proxies report";
    METRICS = "UM374", "metrics", "metrics that proxies make";
    PROXY_SETUP = "UM375", "proxy-setup", "how proxies are set up";
}
