//! Settings of listeners, routes and targets that matter to access, wherever they stand in a patch.

use super::value;
use crate::finding::Code;
use crate::finding::codes::traffic::{ENVOY_LIMIT, ENVOY_REFUSAL};
use crate::yaml::Node;

/// A setting that refuses, limits or protects.
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) code: &'static Code,
    /// What becomes of requests, after `requests`.
    pub(super) does: &'static str,
    pub(super) help: &'static str,
}

/// Facts: `envoy.config.route.v3`, `envoy.config.cluster.v3` and the HTTP connection manager.
static SETTINGS: [Setting; 7] = [
    Setting {
        name: "rate_limits",
        code: &ENVOY_LIMIT,
        does: "are counted by a rate limit as `rate_limits` says",
        help: "limit in the application, or at a gateway at the way in",
    },
    Setting {
        name: "direct_response",
        code: &ENVOY_REFUSAL,
        does: "are answered by the proxy itself, by `direct_response`",
        help: "have the application refuse what is refused here",
    },
    Setting {
        name: "require_tls",
        code: &ENVOY_REFUSAL,
        does: "have to come over TLS, by `require_tls`",
        help: "redirect to HTTPS at the way in",
    },
    Setting {
        name: "transport_socket",
        code: &ENVOY_REFUSAL,
        does: "are encrypted, or ask for certificates, as `transport_socket` says",
        help: "speak TLS in the application; WireGuard encrypts between nodes and proves no identity",
    },
    Setting {
        name: "transport_socket_matches",
        code: &ENVOY_REFUSAL,
        does: "are encrypted, or ask for certificates, as `transport_socket_matches` says",
        help: "speak TLS in the application; WireGuard encrypts between nodes and proves no identity",
    },
    Setting {
        name: "request_headers_to_remove",
        code: &ENVOY_REFUSAL,
        does: "lose the headers in `request_headers_to_remove`",
        help: "have the application ignore these headers, or take them out at the way in",
    },
    Setting {
        name: "forward_client_cert_details",
        code: &ENVOY_REFUSAL,
        does: "have their `x-forwarded-client-cert` header set or taken out",
        help: "have the application ignore that header: afterwards any client can send it",
    },
];

/// The first of them that a patch holds.
pub(super) fn find(node: &Node) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| value::find(node, setting.name).is_some())
}

/// The settings' names: those of a filter's configuration where that is all there is.
pub(super) fn names(node: &Node) -> Vec<String> {
    let names = match value::get(node, "typed_config") {
        Some(config) => value::names(config),
        None => value::names(node),
    };
    names.into_iter().map(|name| format!("`{name}`")).collect()
}
