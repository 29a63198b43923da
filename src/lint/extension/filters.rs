//! Extensions of Envoy that unmesh knows: what each does to requests or connections, and what stands in for it.
//!
//! Facts: Envoy's documentation of its HTTP, network and listener filters (v3 API).

use super::value::{self, Extension};
use crate::yaml::Node;

/// What goes with an extension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// It refuses by who or what asks.
    Refuses,
    /// It refuses what is too much.
    Limits,
    /// It runs code, which may refuse.
    Code,
    /// It turns one protocol into another, which fails without it.
    Converts,
    /// It does something else.
    Feature,
    /// It is a part of every proxy; what counts is how it is set.
    Part,
}

/// An extension that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) key: &'static str,
    pub(super) effect: Effect,
    /// What becomes of requests, after `requests`.
    pub(super) does: &'static str,
    pub(super) help: &'static str,
}

const APPLICATION: &str = "let the application do it, or a gateway at the way in";
const POLICY: &str = "decide it in the application, or at a gateway that asks the same service";
const RATE: &str =
    "limit in the application, or at a gateway at the way in (Envoy Gateway's BackendTrafficPolicy)";
const PROGRAM: &str = "move what the code does into the application or a gateway, first what it refuses";
const CLIENTS: &str = "let the application speak both, or keep a proxy that converts in front of it";
const OBSERVE: &str =
    "measure in the application (OpenTelemetry SDK); flow logs see addresses and ports alone";
const NOTHING: &str = "nothing has to stand in for it where no other filter uses it";

const fn known(key: &'static str, effect: Effect, does: &'static str, help: &'static str) -> Known {
    Known { key, effect, does, help }
}

const KNOWN: &[Known] = &[
    known("http.ext_authz", Effect::Refuses, "pass only if an external service lets them", POLICY),
    known("http.rbac", Effect::Refuses, "are refused by rules of Envoy's own", POLICY),
    known(
        "http.jwt_authn",
        Effect::Refuses,
        "have their tokens checked, and are refused for bad ones",
        POLICY,
    ),
    known(
        "http.istio_authn",
        Effect::Refuses,
        "are authenticated by a filter of old releases of Istio",
        POLICY,
    ),
    known(
        "http.oauth2",
        Effect::Refuses,
        "are sent to log in before they pass",
        "put an OIDC proxy in front, such as oauth2-proxy",
    ),
    known("http.csrf", Effect::Refuses, "are refused if they come from another site's pages", APPLICATION),
    known("http.basic_auth", Effect::Refuses, "are refused without a password that Envoy knows", POLICY),
    known("http.api_key_auth", Effect::Refuses, "are refused without a key that Envoy knows", POLICY),
    known("http.local_ratelimit", Effect::Limits, "are limited by each proxy", RATE),
    known("http.ratelimit", Effect::Limits, "are limited by a rate limit service", RATE),
    known("http.rate_limit_quota", Effect::Limits, "are limited by a quota service", RATE),
    known(
        "http.buffer",
        Effect::Limits,
        "are held until they are whole, and refused if they are too large",
        APPLICATION,
    ),
    known("http.lua", Effect::Code, "run through Lua code", PROGRAM),
    known("http.wasm", Effect::Code, "run through WebAssembly code", PROGRAM),
    known("http.golang", Effect::Code, "run through Go code", PROGRAM),
    known("http.dynamic_modules", Effect::Code, "run through code of a module", PROGRAM),
    known("http.ext_proc", Effect::Code, "run through an external process", PROGRAM),
    known("http.grpc_json_transcoder", Effect::Converts, "are turned from JSON into gRPC", CLIENTS),
    known("http.grpc_web", Effect::Converts, "are turned from gRPC-Web into gRPC", CLIENTS),
    known("http.grpc_http1_bridge", Effect::Converts, "are turned from HTTP/1.1 into gRPC", CLIENTS),
    known("http.grpc_http1_reverse_bridge", Effect::Converts, "are turned from gRPC into HTTP/1.1", CLIENTS),
    known("http.connect_grpc_bridge", Effect::Converts, "are turned from Connect into gRPC", CLIENTS),
    known("http.cors", Effect::Feature, "have their preflight requests answered by the proxy", APPLICATION),
    known(
        "http.fault",
        Effect::Feature,
        "are delayed or failed on purpose",
        "inject faults in the client or with a chaos tool",
    ),
    known("http.header_to_metadata", Effect::Feature, "have headers noted for other filters", NOTHING),
    known(
        "http.json_to_metadata",
        Effect::Feature,
        "have parts of their body noted for other filters",
        NOTHING,
    ),
    known("http.set_metadata", Effect::Feature, "have values noted for other filters", NOTHING),
    known("http.set_filter_state", Effect::Feature, "have values noted for other filters", NOTHING),
    known("http.header_mutation", Effect::Feature, "have headers changed", APPLICATION),
    known("http.compressor", Effect::Feature, "are answered compressed", APPLICATION),
    known("http.gzip", Effect::Feature, "are answered compressed", APPLICATION),
    known("http.decompressor", Effect::Feature, "are decompressed", APPLICATION),
    known("http.ip_tagging", Effect::Feature, "are tagged by the address of their client", APPLICATION),
    known(
        "http.health_check",
        Effect::Feature,
        "are answered by the proxy where they check health",
        APPLICATION,
    ),
    known("http.cache", Effect::Feature, "are answered from a cache", APPLICATION),
    known("http.tap", Effect::Feature, "are recorded", OBSERVE),
    known("http.grpc_stats", Effect::Feature, "are counted by gRPC method", OBSERVE),
    known("http.istio_stats", Effect::Feature, "are counted in Istio's metrics", OBSERVE),
    known("http.istio_metadata_exchange", Effect::Feature, "carry what proxies say of themselves", NOTHING),
    known("http.peer_metadata", Effect::Feature, "carry what proxies say of themselves", NOTHING),
    known("http.istio_alpn", Effect::Feature, "are sent with Istio's protocol names", NOTHING),
    known("http.alpn", Effect::Feature, "are sent with Istio's protocol names", NOTHING),
    known(
        "http.stateful_session",
        Effect::Feature,
        "stay with one pod for a session",
        "use the Service's sessionAffinity, which goes by client address",
    ),
    known("http.dynamic_forward_proxy", Effect::Feature, "go to whichever host they name", APPLICATION),
    known("http.aws_request_signing", Effect::Feature, "are signed for AWS", APPLICATION),
    known("http.credential_injector", Effect::Feature, "get credentials added", APPLICATION),
    known("http.adaptive_concurrency", Effect::Limits, "are shed when answers become slow", RATE),
    known("http.admission_control", Effect::Limits, "are shed when answers fail", RATE),
    known("http.bandwidth_limit", Effect::Limits, "are slowed to a rate of bytes", RATE),
    known("http.on_demand", Effect::Feature, "have their routes fetched when they come", NOTHING),
    known("http.original_src", Effect::Feature, "keep the address of their client", NOTHING),
    known("http.router", Effect::Part, "", NOTHING),
    known("network.ext_authz", Effect::Refuses, "pass only if an external service lets them", POLICY),
    known(
        "network.rbac",
        Effect::Refuses,
        "are refused by rules of Envoy's own",
        "write it as an AuthorizationPolicy, which unmesh translates",
    ),
    known(
        "network.client_ssl_auth",
        Effect::Refuses,
        "are refused without a certificate that a service knows",
        POLICY,
    ),
    known("network.ratelimit", Effect::Limits, "are limited by a rate limit service", RATE),
    known("network.local_ratelimit", Effect::Limits, "are limited by each proxy", RATE),
    known("network.connection_limit", Effect::Limits, "are refused above a number at a time", RATE),
    known("network.wasm", Effect::Code, "run through WebAssembly code", PROGRAM),
    known("network.golang", Effect::Code, "run through Go code", PROGRAM),
    known("network.ext_proc", Effect::Code, "run through an external process", PROGRAM),
    known("network.direct_response", Effect::Refuses, "are answered by the proxy itself", APPLICATION),
    known("network.sni_cluster", Effect::Feature, "go to the target that their server name is", NOTHING),
    known(
        "network.sni_dynamic_forward_proxy",
        Effect::Feature,
        "go to whichever host their server name is",
        NOTHING,
    ),
    known("network.forward_downstream_sni", Effect::Feature, "keep their server name", NOTHING),
    known("network.istio_stats", Effect::Feature, "are counted in Istio's metrics", OBSERVE),
    known(
        "network.istio_metadata_exchange",
        Effect::Feature,
        "carry what proxies say of themselves",
        NOTHING,
    ),
    known("network.metadata_exchange", Effect::Feature, "carry what proxies say of themselves", NOTHING),
    known("network.peer_metadata", Effect::Feature, "carry what proxies say of themselves", NOTHING),
    known("network.mongo_proxy", Effect::Feature, "are counted by what they ask of MongoDB", OBSERVE),
    known("network.mysql_proxy", Effect::Feature, "are counted by what they ask of MySQL", OBSERVE),
    known("network.postgres_proxy", Effect::Feature, "are counted by what they ask of PostgreSQL", OBSERVE),
    known("network.zookeeper_proxy", Effect::Feature, "are counted by what they ask of ZooKeeper", OBSERVE),
    known("network.kafka_broker", Effect::Feature, "are counted by what they ask of Kafka", OBSERVE),
    known(
        "network.redis_proxy",
        Effect::Feature,
        "are spread over servers of Redis",
        "use a client that knows the cluster",
    ),
    known("network.thrift_proxy", Effect::Feature, "are routed by Thrift method", APPLICATION),
    known("network.dubbo_proxy", Effect::Feature, "are routed by Dubbo method", APPLICATION),
    known("network.http_connection_manager", Effect::Part, "", NOTHING),
    known("network.tcp_proxy", Effect::Part, "", NOTHING),
    known(
        "listener.proxy_protocol",
        Effect::Feature,
        "may say in a PROXY header whose they are",
        "let the application read the header, or have the load balancer keep addresses",
    ),
    known("listener.local_ratelimit", Effect::Limits, "are limited by each proxy", RATE),
    known("listener.tls_inspector", Effect::Feature, "are looked at for TLS", NOTHING),
    known("listener.http_inspector", Effect::Feature, "are looked at for HTTP", NOTHING),
    known("listener.original_dst", Effect::Feature, "keep the address that they were sent to", NOTHING),
    known("listener.original_src", Effect::Feature, "keep the address of their client", NOTHING),
    known(
        "transport_sockets.tls",
        Effect::Refuses,
        "are encrypted, or ask for certificates, as this says",
        "speak TLS in the application; WireGuard encrypts between nodes and proves no identity",
    ),
];

/// What is known of an extension.
pub(super) fn find(key: &str) -> Option<Known> {
    KNOWN.iter().find(|known| known.key == key).copied()
}

/// What the configuration adds, to stand after what the filter does.
pub(super) fn detail(extension: &Extension<'_>) -> String {
    let Some(config) = extension.config else { return String::new() };
    let own = extension.key.rsplit('.').next().unwrap_or_default();
    let named = |names: &[&str]| value::find_text(config, names).map(|text| format!("`{text}`"));
    match own {
        "local_ratelimit" => bucket(config),
        "ratelimit" => named(&["domain"]).map_or(String::new(), |domain| format!(" (domain {domain})")),
        "ext_authz" | "ext_proc" => {
            let service = named(&["cluster_name", "cluster", "target_uri", "uri"]);
            service.map_or(String::new(), |service| format!(" ({service})"))
        }
        "jwt_authn" => named(&["issuer"]).map_or(String::new(), |issuer| format!(" (issuer {issuer})")),
        "buffer" => {
            named(&["max_request_bytes"]).map_or(String::new(), |size| format!(" (above {size} bytes)"))
        }
        "connection_limit" => {
            named(&["max_connections"]).map_or(String::new(), |number| format!(" (above {number})"))
        }
        "wasm" => named(&["uri", "filename"]).map_or(String::new(), |code| format!(" ({code})")),
        "lua" => lines(config),
        _ => String::new(),
    }
}

/// A token bucket: how many at once, and how many come anew.
fn bucket(config: &Node) -> String {
    let Some(bucket) = value::find(config, "token_bucket") else {
        return ", as routes say".to_string();
    };
    let number = |name| value::find_text(bucket, &[name]);
    let most = number("max_tokens").unwrap_or("0");
    let each = number("fill_interval").unwrap_or("0s");
    format!(" to {most} at once and {} each {each}", number("tokens_per_fill").unwrap_or("1"))
}

/// How much Lua it is.
fn lines(config: &Node) -> String {
    match value::find_text(config, &["inline_code", "inline_string"]).map(|code| code.lines().count()) {
        Some(1) => " (1 line)".to_string(),
        Some(count) => format!(" ({count} lines)"),
        None => String::new(),
    }
}
