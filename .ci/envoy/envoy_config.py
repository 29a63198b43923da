"""Envoy's configuration: one address for each case, one listener for each of its ports.

The listeners are those of a sidecar's inbound side: mutual TLS as PeerAuthentication asks for it,
paths normalised as the mesh does by default, the filters of the case, and an upstream of one word.
"""

TYPE = "type.googleapis.com/envoy."


def tls(authority, server):
    certificate, key = server
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": TYPE + "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "require_client_certificate": True,
            "common_tls_context": {
                "tls_certificates": [
                    {
                        "certificate_chain": {"filename": str(certificate)},
                        "private_key": {"filename": str(key)},
                    }
                ],
                "validation_context": {"trusted_ca": {"filename": str(authority.file)}},
                "alpn_protocols": ["istio"],
            },
        },
    }


def http_chain(case, log):
    fields = {
        "ask": "%REQ(X-ASK)%",
        "path": "%REQ(:PATH)%",
        "status": "%RESPONSE_CODE%",
        "details": "%RESPONSE_CODE_DETAILS%",
    }
    manager = {
        "@type": TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "inbound",
        "normalize_path": True,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "use_remote_address": False,
        "forward_client_cert_details": "APPEND_FORWARD",
        "access_log": [
            {
                "name": "envoy.access_loggers.file",
                "typed_config": {
                    "@type": TYPE + "extensions.access_loggers.file.v3.FileAccessLog",
                    "path": str(log),
                    "log_format": {"json_format": fields},
                },
            }
        ],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "inbound",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}],
                }
            ]
        },
        "http_filters": [
            *case["http"],
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": TYPE + "extensions.filters.http.router.v3.Router"},
            },
        ],
    }
    return [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]


def tcp_chain(case):
    # Answers once it has data: by then the filters before it have decided.
    echo = {
        "name": "envoy.filters.network.echo",
        "typed_config": {"@type": TYPE + "extensions.filters.network.echo.v3.Echo"},
    }
    return [*case["tcp"], echo]


def listener(address, port, of_port, case, socket, log):
    filters = http_chain(case, log) if of_port["chain"] == "http" else tcp_chain(case)
    mutual = {
        "filter_chain_match": {"transport_protocol": "tls", "application_protocols": ["istio"]},
        "transport_socket": socket,
        "filters": filters,
    }
    plain = {"filter_chain_match": {"transport_protocol": "raw_buffer"}, "filters": filters}
    chains = {"STRICT": [mutual], "PERMISSIVE": [mutual, plain], "DISABLE": [plain]}
    return {
        "name": f"{address}-{port}",
        "address": {"socket_address": {"address": address, "port_value": port}},
        "listener_filters": [
            {
                "name": "envoy.filters.listener.tls_inspector",
                "typed_config": {
                    "@type": TYPE + "extensions.filters.listener.tls_inspector.v3.TlsInspector"
                },
            }
        ],
        "filter_chains": chains[of_port["mtls"]],
    }


def bootstrap(cases, authority, log):
    socket = tls(authority, authority.identity("cluster.local/ns/shop/sa/catalog"))
    listeners = [
        listener(case["address"], port, of_port, case, socket, log)
        for case in cases
        for port, of_port in case["ports"].items()
    ]
    return {
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
        "static_resources": {"listeners": listeners},
    }
