"""Envoy's configuration for the pods of one scene: a listener for each address and port asked.

Ports are taken for HTTP or for bytes as Services declare them; where none does, Envoy looks, as
Istio's sidecars do.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / ".ci/envoy"))
from envoy_config import TYPE, http_chain, tcp_chain, tls  # noqa: E402

# What asking proxies call their protocol under mutual TLS.
TLS_PROTOCOLS = {"http": ["istio-http/1.1"], "bytes": ["istio"]}
PLAIN_PROTOCOLS = {"http": ["http/1.0", "http/1.1", "h2c"], "bytes": []}
ALL_TLS = [name for names in TLS_PROTOCOLS.values() for name in names]


def _inspector(name, message):
    kind = TYPE + f"extensions.filters.listener.{name}.v3.{message}"
    return {"name": f"envoy.filters.listener.{name}", "typed_config": {"@type": kind}}


def _chains(taken_for, mode, filters, socket):
    """The chains of a listener; `filters` are those for HTTP and for bytes."""
    if taken_for == "sniffed":
        kinds = [(filters[kind], TLS_PROTOCOLS[kind], PLAIN_PROTOCOLS[kind]) for kind in ("http", "bytes")]
    else:
        kinds = [(filters["http" if taken_for == "http" else "bytes"], ALL_TLS, [])]
    chains = []
    for kind, over_tls, plain in kinds:
        if mode != "DISABLE":
            match = {"transport_protocol": "tls", "application_protocols": over_tls}
            chains.append({"filter_chain_match": match, "transport_socket": socket, "filters": kind})
        if mode != "STRICT":
            match = {"transport_protocol": "raw_buffer"}
            if plain:
                match["application_protocols"] = plain
            chains.append({"filter_chain_match": match, "filters": kind})
    return chains


def _listener(asked, answers, socket, log):
    pod, address, port, taken_for = asked
    answer = answers[pod]
    filters = {"http": http_chain(answer, log), "bytes": tcp_chain(answer)}
    inspectors = [_inspector("tls_inspector", "TlsInspector")]
    if taken_for == "sniffed":
        inspectors.append(_inspector("http_inspector", "HttpInspector"))
    return {
        "name": f"{address}-{port}",
        "address": {"socket_address": {"address": address, "port_value": port}},
        "listener_filters": inspectors,
        "filter_chains": _chains(taken_for, answer["mtls"][str(port)], filters, socket),
    }


def bootstrap(scene, answers, authority, log):
    """One Envoy for all pods; `answers` are Istio's, by the place of the pod."""
    socket = tls(authority, authority.identity(f"{scene['trust_domain']}/ns/asked/sa/asked"))
    captured = [ask for ask in scene["asks"] if ask["captured"]]
    asked = {(ask["pod"], ask["destination"], ask["port"], ask["class"]) for ask in captured}
    return {
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
        "static_resources": {
            "listeners": [_listener(one, answers, socket, log) for one in sorted(asked)]
        },
    }
