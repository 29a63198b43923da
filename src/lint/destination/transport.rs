//! `tunnel` and `proxyProtocol`: what the proxy puts around a connection.

use super::Part;
use crate::finding::codes::traffic::{PROXY_PROTOCOL, TUNNEL};
use crate::finding::{Direction, Finding};
use crate::istio::destination_rule::traffic_policy::{ProxyProtocol, Tunnel};

/// A tunnel leads through a proxy that may refuse what it does not like.
pub(super) fn tunnel(part: Part<'_>, found: &Tunnel) -> Finding {
    let Tunnel { at, protocol, host, port } = found;
    let method =
        protocol.as_ref().map(|protocol| protocol.value.as_str()).filter(|method| !method.is_empty());
    let to = host.as_ref().map_or("", |host| host.value.as_str());
    let port = port.as_ref().map_or_else(String::new, |port| format!(":{}", port.value));
    let message = format!(
        "connections that are routed to {} go on through a tunnel to `{to}{port}` (HTTP {}); afterwards clients go \
         there directly, past that proxy and what it refuses",
        part.target(),
        method.unwrap_or("CONNECT")
    );
    let help = "name the proxy in the applications' own settings (`HTTPS_PROXY`), and let egress policy refuse the \
                direct way";
    part.scene.finding(&TUNNEL, Direction::Widens, at, message).help(help)
}

pub(super) fn proxy_protocol(part: Part<'_>, found: &ProxyProtocol) -> Finding {
    let ProxyProtocol { at, version } = found;
    let version = version.as_ref().map_or(1, |version| version.value);
    let message = format!(
        "connections to {} begin with a header that names the client (PROXY protocol, version {version}); afterwards \
         they do not, and a server that waits for it refuses them",
        part.target()
    );
    let help = "let the server take connections without the header, before the mesh goes";
    part.scene.finding(&PROXY_PROTOCOL, Direction::Narrows, at, message).help(help)
}
